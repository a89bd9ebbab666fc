"""The picture of the central limit theorem: a histogram that becomes the bell, its distance, its quantiles."""

from __future__ import annotations

import numpy as np

from engine.mathematics.clt import SHOWN, Frame, Params, clt, rebinned
from engine.mathematics.exact_sums import normal_density
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

Z = np.linspace(-SHOWN, SHOWN, 241)


@panel(clt, layout="3.3| means / 2| distance quantiles")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    draw_means(c["means"], f, p)
    draw_distance(c["distance"], f, p, shown)
    draw_quantiles(c["quantiles"], f)


def draw_means(v: View, f: Frame, p: Params) -> None:
    edges, density = rebinned(f, p.bins)
    bell = normal_density(Z)
    exact = f.law.value if p.exact else None
    tallest = max(density.max(), bell.max(), exact.density.max() if exact is not None else 0.0)
    v.range(x=(-SHOWN, SHOWN), y=(0.0, min(1.12 * tallest, 4.0)))
    v.bars("averages", edges, density)
    v.line("bell", Z, bell, "truth")
    if exact is not None and exact.lattice:
        v.points("exact", exact.z, exact.density, "model", size=5)
    elif exact is not None:
        v.line("exact", exact.z, exact.density, "model")
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
    for number, weight in enumerate(weights, 1):
        v.handle(f"w{number}", number - 0.5, weight, (None, f"w{number}"), label=False)
    v.text("draw_here", 0.0, 0.0, role="ink_soft", size="tick", anchor="left top", offset=(0, 4))


def draw_distance(v: View, f: Frame, p: Params, shown: Shown) -> None:
    v.range(x=(1, 1000), log="xy")
    layer = shown.layers.get("distance_by_n")
    if layer is not None:
        v.line("bound", layer.n, layer.bound, "bound")
        v.line("edgeworth", layer.n, layer.edgeworth, "truth", alpha=0.7)
        v.line("corrected", layer.n, layer.corrected, "model")
        v.line("measured", layer.n, layer.distance, "error")
    v.points("now", p.n, f.ks, "error", size=10, ring=True)


def draw_quantiles(v: View, f: Frame) -> None:
    reach = float(np.abs(f.bell_quantiles).max()) * 1.25
    v.range(x=(-reach, reach), y=(-2 * reach, 2 * reach) if np.abs(f.quantiles).max() > 1.5 * reach else (-reach, reach))
    v.line("bell_quantiles", f.bell_quantiles, f.bell_quantiles, "truth", label=False)
    v.points("averages_quantiles", f.bell_quantiles, f.quantiles, "data", size=4.5, label=False)
