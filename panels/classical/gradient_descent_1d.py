"""The picture of descent on a line: the curve with its steps, what was promised by rate, the fall, and the long run."""

from __future__ import annotations

import numpy as np

from engine.classical.gradient_descent_1d import Frame, Params, gradient_descent_1d
from engine.classical.gradient_descent_1d_late import Escapes
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View


@panel(gradient_descent_1d, layout=lambda p: f"3.2| curve:1.5 promise / 2| fall:1.5 {p.beside}")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    draw_curve(c["curve"], f, p)
    draw_promise(c["promise"], f, p)
    draw_fall(c["fall"], f, p, shown)
    if p.beside == "rates":
        draw_rates(c["rates"], p, f, shown)
    else:
        draw_escape(c["escape"], p, shown.layers.get("escape"))


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


def draw_promise(v: View, f: Frame, p: Params) -> None:
    """The newest step (or the first to come) with every rate: what happens, what the tangent promises, what is sure."""
    rates, there, first, bound = f.ahead
    here = float(first[0])
    deepest = min(float(np.nanmin(there)), float(np.nanmin(bound)))
    drop = (here - deepest) or abs(here) or 1.0
    v.range(x=(0.0, float(rates[-1])), y=(max(deepest - 0.35 * drop, here - 3 * drop), here + 0.6 * drop))
    v.rule("no_fall", y=here, role="ink_soft")
    v.line("first_order", rates, first, "truth", at=0.6)
    v.line("sure", rates, bound, "bound", width=1.6)
    v.line("happens", rates, there, "data", width=2.2)
    v.rule("chosen_here", x=p.learning_rate, role="model", label=False)
    if f.promised is not None and f.lemma is not None:
        v.segments("gap", p.learning_rate, f.promised, p.learning_rate, f.f, "error", width=3, label=False)
        v.points("promised_here", p.learning_rate, f.promised, "truth", size=9, marker="diamond", label=False)
        v.points("landed", p.learning_rate, f.f, "model", size=10, ring=True, label=False)


def draw_fall(v: View, f: Frame, p: Params, shown: Shown) -> None:
    far = shown.history.get("distance", np.abs(f.path - f.ground.value.valley))
    k = np.arange(len(far))
    v.range(x=(0, max(4, len(far) - 1)), log="y")
    v.line("distance", k, np.maximum(far, 1e-16), "data", future_from=shown.index)
    if f.rate is not None and (f.rate < 1 or p.function == "bowl") and p.noise == 0:
        v.line("theory", k, np.maximum(far[0] * f.rate**k, 1e-16), "truth")
    v.rule("now", x=shown.index, role="accent", label=False)


def draw_escape(v: View, p: Params, found: Escapes | None) -> None:
    v.range(x=(0.0, 3.05), y=(1.0, 1e4), log="y")
    if found is None or np.isnan(found.steps).all():
        v.text("no_ridge", 1.5, 100.0, role="ink_soft", halo=False)
    else:
        noise, (low, middle, high) = found.noise, found.steps.T
        v.band("half", noise, low, high, "data", label=False)
        v.line("steps_out", noise, middle, "data", markers=True)
    v.rule("noise_now", x=p.noise, role="model")


def draw_rates(v: View, p: Params, f: Frame, shown: Shown) -> None:
    orbits = shown.layers.get("bifurcation")
    most = orbits.most if orbits is not None else max(1.0, 1.5 * (f.limit or 0.0))
    v.range(x=(0.0, max(most, 1.1 * p.learning_rate)), y=(f.ground.value.x[0], f.ground.value.x[-1]))
    if orbits is not None:
        v.points("orbits", orbits.rates, orbits.places, "data", size=1.8, alpha=0.75)
    if f.limit is not None:
        v.rule("limit", x=f.limit, role="bound")
    v.rule("chosen", x=p.learning_rate, role="model")
