"""The picture of the central limit theorem: a histogram that becomes the bell, its distance, and one look beside."""

from __future__ import annotations

import math

import numpy as np

from engine.mathematics.clt import Frame, Params, clt, rebinned
from engine.mathematics.clt_by_n import Distances
from engine.mathematics.clt_tally import SHOWN
from engine.mathematics.exact_sums import normal_density
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.scale import SUPERSCRIPTS
from panels.kit.view import View
from panels.mathematics.clt_beside import BESIDE

POWER = SUPERSCRIPTS | str.maketrans("-.", "⁻·")
Z = np.linspace(-SHOWN, SHOWN, 241)


@panel(clt, layout=lambda p: f"3.3| means / 2| distance {p.beside}")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    layer = shown.layers.get("distance_by_n")
    power = math.nan if layer is None else round(layer.slope, 2)
    c.values(law="" if math.isnan(power) else f" ∝ n{f'{power:.2f}'.translate(POWER)}")
    draw_means(c["means"], f, p)
    draw_distance(c["distance"], f, p, layer)
    BESIDE[p.beside](c[p.beside], f, p, shown)


def draw_means(v: View, f: Frame, p: Params) -> None:
    edges, density = rebinned(f, p.bins)
    bell = normal_density(Z)
    exact = f.law.value if p.exact else None
    tallest = max(density.max(), bell.max(), exact.density.max() if exact is not None else 0.0)
    v.range(x=(-SHOWN, SHOWN), y=(0.0, min(1.12 * tallest, 4.0)))
    middle, (low, high) = (edges[:-1] + edges[1:]) / 2, sorted((p.low, p.high))
    asked = (middle >= low) & (middle <= high) if p.beside == "interval" else np.zeros(len(density), bool)
    v.bars("averages", edges, np.where(asked, np.nan, density))
    v.bars("asked", edges, np.where(asked, density, np.nan), "highlight", label=False)
    v.line("bell", Z, bell, "truth")
    if exact is not None and exact.lattice:
        v.points("exact", exact.z, exact.density, "model", size=5)
    elif exact is not None:
        v.line("exact", exact.z, exact.density, "model")
    if p.beside == "interval":
        for name, at in (("low", p.low), ("high", p.high)):
            v.handle(name, at, 0.0, (name, None), "highlight")
    draw_population(v, f, p)


def draw_population(v: View, f: Frame, p: Params) -> None:
    """One draw, small in the corner; a drawn one has rings to draw it with."""
    if p.population == "drawn":
        draw_by_hand(v.inset("population", x=0.01, y=0.06, w=0.26, h=0.32), p)
        return
    one = v.inset("population", x=0.01, y=0.06, w=0.22, h=0.3)
    one.line("one_draw_shape", f.draw_edges, f.draw_density, "data", steps=True, fill=0.0, label=False, width=1.4)
    one.text("one_draw", f.draw_edges[0], 0.0, role="ink_soft", size="tick", anchor="left top", offset=(0, 4))


def draw_by_hand(v: View, p: Params) -> None:
    weights = [p.w1, p.w2, p.w3, p.w4, p.w5, p.w6, p.w7, p.w8]
    v.range(x=(0.0, 8.0), y=(0.0, 1.05))
    v.bars("drawn_shape", range(9), weights, "data", label=False)
    for step, weight in enumerate(weights, 1):
        v.handle(f"w{step}", step - 0.5, weight, (None, f"w{step}"), label=False)
    v.text("draw_here", 0.0, 0.0, role="ink_soft", size="tick", anchor="left top", offset=(0, 4))


def draw_distance(v: View, f: Frame, p: Params, layer: Distances | None) -> None:
    v.range(x=(1, 10_000), log="xy")
    if layer is not None:
        v.line("bound", layer.n, layer.bound, "bound")
        v.line("edgeworth", layer.n, layer.edgeworth, "truth", alpha=0.7)
        v.line("corrected", layer.n, layer.corrected, "model")
        v.line("measured", layer.n, layer.distance, "error")
    v.points("now", p.n, f.ks, "error", size=10, ring=True)
