"""The spectrum of PCA: shares of the components, what the first is made of, and digits rebuilt from k of them."""

from __future__ import annotations

import numpy as np

from engine.classical import pca_view as seen
from engine.classical.pca import Frame, Params
from panels.kit.scale import number
from panels.kit.view import View

SHARES = [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")]


def draw_scree(v: View, f: Frame, p: Params) -> None:
    """Component n stands between n - 1 and n, so that the share of the first k is read at k."""
    count = len(f.eigenvalues)
    share = f.eigenvalues / (f.total or 1.0)
    edges, kept = np.arange(count + 1.0), np.arange(count) < p.k
    texts = tuple(f"{100 * s:.1f} %" for s in share) if count <= 4 else ()
    v.range(x=(-0.01 * count, 1.02 * count), y=(0, 1.12))
    v.ticks([(n - 0.5, str(n)) for n in range(1, count + 1) if count <= 13 or n == 1 or n % 10 == 0], SHARES)
    v.bars("shares", edges, np.where(kept, share, np.nan), gap=8 if count <= 4 else 1, label=False, solid=True, texts=texts)
    v.bars("left", edges, np.where(kept, np.nan, share), gap=8 if count <= 4 else 1, label=False, texts=texts)
    if len(f.by_svd):
        v.points("by_svd", edges[:0:-1] - 0.5, f.by_svd[::-1] / (f.total or 1.0), "truth", size=7 if count <= 13 else 3.6,
                 marker="diamond", ring=count <= 13, at=0.9)
    if (band := seen.noise_band(f)) is not None:
        v.band("noise_band", (edges[0], edges[-1]), (band[0],) * 2, (band[1],) * 2, "bound", alpha=0.14, label=False)
        v.rule("noise", y=band[1])
    v.line("cumulative", edges, np.concatenate([[0.0], np.cumsum(share)]), "ink_soft", markers=count <= 13)
    v.handle("keep", p.k, f.k_share, ("k", None), "model", label=False)


def draw_loadings(v: View, f: Frame, p: Params) -> None:
    rows = seen.longest_loadings(f)
    names = [(v.words(column) or column)[:18] for column in f.columns.value]
    reach = 1.25 * max(float(np.abs(f.loadings).max()), 1e-9)
    v.range(x=(-reach, reach), y=(-len(rows) + 0.4, 0.6))
    v.ticks(y=[(-float(n), names[row]) for n, row in enumerate(rows)])
    for n, row in enumerate(rows):
        weight = round(float(f.loadings[row] * seen.signs(f, p)[0]), 2) + 0.0             # no minus before a zero
        v.bars(f"weight_{n}", [-n - 0.36, -n + 0.36], [weight], horizontal=True, label=False,
               roles=["positive" if weight >= 0 else "negative"], texts=[number(weight, 0.01)])


def draw_pictures(v: View, f: Frame) -> None:
    rows = (f.pictures.originals, f.pictures.rebuilt, f.pictures.rebuilt - f.pictures.originals)
    v.range(x=(0, 89), y=(-3, 34), equal=True, flip_y=True)
    v.bare()
    for n, (name, pictures) in enumerate(zip(("originals", "rebuilt", "difference"), rows, strict=True)):
        top = 12.0 * n
        signed = name == "difference"
        v.image(name, seen.mosaic(pictures, 10), x=(0, 89), y=(top, top + 8), map="diverging" if signed else "sequential",
                limits=(-16, 16) if signed else (0, 16))
        v.text(f"{name}_name", 0, top, role="ink_soft", anchor="left bottom", offset=(0, -2), halo=False)


def draw_components(v: View, f: Frame, p: Params) -> None:
    most = 0.75 * float(np.abs(f.pictures.components).max())
    components = f.pictures.components * seen.signs(f, p)[:20, None, None]
    v.range(x=(0, 44), y=(0, 35), equal=True, flip_y=True)
    v.bare()
    for name, shown, alpha in (("in_use", np.arange(20) < p.k, 1.0), ("left_out", np.arange(20) >= p.k, 0.3)):
        grid = np.where(shown[:, None, None], components, np.nan)
        v.image(name, seen.mosaic(grid, 5), x=(0, 44), y=(0, 35), map="diverging", limits=(-most, most), alpha=alpha)
