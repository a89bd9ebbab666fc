"""The picture of descent on a line: the curve with its steps, what was promised, the fall, and where rates lead."""

from __future__ import annotations

import numpy as np

from engine.classical.gradient_descent_1d import Frame, Params, gradient_descent_1d
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View


@panel(gradient_descent_1d, layout="3.2| curve / 2| fall rates")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    draw_curve(c["curve"], f, p)
    draw_fall(c["fall"], f, p, shown)
    draw_rates(c["rates"], p, f, shown)


def draw_curve(v: View, f: Frame, p: Params) -> None:
    ground = f.ground.value
    lowest, highest = float(np.nanmin(ground.f)), float(np.nanmax(ground.f))
    top = float(np.clip(f.heights.max(), f.heights[0], max(highest, f.heights[0])))
    room = 0.1 * ((top - lowest) or 1.0)
    least = lowest if f.promised is None else max(min(lowest, f.promised), lowest - 3 * room)
    v.range(x=(ground.x[0], ground.x[-1]), y=(least - room, top + 1.5 * room))
    v.line("function", ground.x, ground.f, "ink_soft", at=0.9)
    v.segments("walk", f.path[:-1], f.heights[:-1], f.path[1:], f.heights[1:], "data", width=1.4,
               alpha=float(np.clip(12 / len(f.path), 0.2, 0.65)), label=False)
    v.points("steps", f.path, f.heights, "data", size=6)
    if f.promised is not None:
        before, now = float(f.path[-2]), float(f.path[-1])
        v.segments("promise", before, f.heights[-2], now, f.promised, "truth", label=False)
        v.segments("error", now, f.promised, now, f.f, "error", width=3)
        v.points("promised", now, f.promised, "truth", size=9, marker="diamond")
    v.points("here", f.x, f.f, "model", size=11, ring=True, label=False)
    v.handle("start", p.start, float(f.heights[0]), ("start", None))


def draw_fall(v: View, f: Frame, p: Params, shown: Shown) -> None:
    far = shown.history.get("distance", np.abs(f.path - f.ground.value.valley))
    k = np.arange(len(far))
    v.range(x=(0, max(4, len(far) - 1)), log="y")
    v.line("distance", k, np.maximum(far, 1e-16), "data", future_from=shown.index)
    if f.rate is not None and (f.rate < 1 or p.function == "bowl") and p.noise == 0:
        v.line("theory", k, np.maximum(far[0] * f.rate**k, 1e-16), "truth")
    v.rule("now", x=shown.index, role="accent", label=False)


def draw_rates(v: View, p: Params, f: Frame, shown: Shown) -> None:
    orbits = shown.layers.get("bifurcation")
    most = orbits.most if orbits is not None else max(1.0, 1.5 * (f.limit or 0.0))
    v.range(x=(0.0, max(most, 1.1 * p.learning_rate)), y=(f.ground.value.x[0], f.ground.value.x[-1]))
    if orbits is not None:
        v.points("orbits", orbits.rates, orbits.places, "data", size=1.8, alpha=0.75)
    if f.limit is not None:
        v.rule("limit", x=f.limit, role="bound")
    v.rule("chosen", x=p.learning_rate, role="model")
