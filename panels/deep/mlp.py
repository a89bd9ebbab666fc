"""The picture of a network in training: decision map, every unit's own map, losses of all seeds, and one thing beside."""

from __future__ import annotations

import numpy as np

from engine.deep import mlp_view as seen
from engine.deep.datasets import MOST_ROWS, OWN, TYPED
from engine.deep.mlp import Frame, Params, mlp
from panels.deep.mlp_network import draw_network
from panels.deep.mlp_numbers import draw_chain, draw_weights
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

PAIR = ("negative", "positive")             # two classes wear the ends of the diverging map


@panel(mlp, layout=seen.layout)
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    c.values(followed=str(f.followed), train=f"{f.accuracy:.1%}",
             test="–" if f.test_accuracy is None else f"{f.test_accuracy:.1%}")
    draw_boundary(c["boundary"], f, p)
    draw_network(c, f, p)
    draw_loss(c["loss"], f, shown)
    if p.beside == "slopes":
        draw_slopes(c["slopes"], f)
    elif p.beside == "seeds":
        draw_seeds(c["seeds"], f)
    elif p.beside == "chain":
        draw_chain(c, f, p)
    elif p.beside == "weights":
        draw_weights(c, f, p)
    elif p.beside == "edge":
        draw_edge(c["edge"], f, shown)
    else:
        draw_check(c["check"], shown)


def draw_boundary(v: View, f: Frame, p: Params) -> None:
    plane, box = f.plane.value, (-f.plane.value.box, f.plane.value.box)
    v.range(x=box, y=box, equal=True)
    v.ticks([], [])
    if plane.classes == 2:
        v.image("answer", seen.signed_answer(f), x=box, y=box, map="diverging", limits=(-2.1, 2.1), smooth=True)
        v.contours("border", seen.signed_answer(f), x=box, y=box, levels=[0.0], role="ink", width=1.6, alpha=0.8)
    else:
        v.image("answer", f.maps.answer.max(axis=0), x=box, y=box, map="terrain", limits=(0, 1), smooth=True)
        for number, margin in enumerate(seen.margins(f)):
            v.contours(f"border_{number}", margin, x=box, y=box, levels=[0.0], role=f"series[{number}]", width=2, alpha=0.9)
    if p.data.name == TYPED and not p.data.sha256:
        v.contours("typed", seen.typed_side(p, box[1]), x=box, y=box, levels=[0.0], role="truth", width=1.4, alpha=0.9)
    for number in range(plane.classes):
        role = PAIR[number] if plane.classes == 2 else f"series[{number}]"
        for name, chosen in (("kept", plane.test), ("learned", ~plane.test)):
            x, y = plane.x[chosen & (plane.label == number)].T
            v.points(f"{name}_{number}", x, y, role, size=9 if name == "learned" else 7, ring=name == "learned",
                     marker="ring" if name == "kept" else None, label=False)
    x, y = plane.x[min(p.example, len(plane.x) - 1)]
    v.circle("example", x, y, 0.045 * plane.box, "ink", width=2)
    v.edit_points("edit", seen.rows_of(f), "points", adds=p.brush if p.data.name == OWN else None, picks="example",
                  also={"data": OWN}, least=2, most=MOST_ROWS)


def draw_loss(v: View, f: Frame, shown: Shown) -> None:
    names = ("spread.least", "spread.lower", "spread.median", "spread.upper", "spread.most", "loss", "test_loss")
    step = seen.curve(shown.history, f, "step")[0]
    least, lower, median, upper, most, loss, test = (seen.positive(seen.curve(shown.history, f, n)[1]) for n in names)
    v.range(x=(0, max(1.0, float(step[-1]))), y=seen.decades([lower, median, upper, most, loss, test], 5), log="y")
    if len(f.losses) > 1:
        v.band("all_seeds", step, np.maximum(least, 1e-12), most, "data", alpha=0.13)
        v.band("middle_half", step, lower, upper, "data", alpha=0.25, label=False)
        v.line("median", step, median, "data", width=1.4, future_from=float(f.step))
    v.line("train", step, loss, "model", width=2, future_from=float(f.step))
    v.line("test", step, test, "error", width=2, future_from=float(f.step))
    v.rule("now", x=f.step, role="accent", label=False)


def draw_slopes(v: View, f: Frame) -> None:
    layers, norms = np.arange(1, len(f.slope_norms) + 1), seen.positive(f.slope_norms)
    bounds = seen.positive(f.slope_bounds)
    low, high = seen.decades([norms, bounds], 12)
    v.range(x=(0.7, layers[-1] + 0.3), y=(low, high), log="y")
    v.line("most", layers, bounds, "bound", dash=(6, 4))
    v.ticks([(float(n), str(n)) for n in layers])
    if len(f.losses) > 1:
        v.segments("slope_range", layers, np.nanmin(norms, axis=1, initial=np.inf, where=norms > 0), layers,
                   np.nanmax(norms, axis=1, initial=0, where=norms > 0), "data", width=7, alpha=0.3)
    v.line("slope", layers, norms[:, f.followed], "model", markers=True)
    if not np.any(f.slope_norms[:, f.followed] > 0):
        v.text("no_slope", float(np.mean(layers)), float(np.sqrt(low * high)), role="model")


def draw_seeds(v: View, f: Frame) -> None:
    fine, number = seen.positive(f.losses), np.arange(len(f.losses))
    v.range(x=(-0.8, len(fine) - 0.2), y=seen.decades([fine], 7), log="y")
    v.points("seeds", number, fine, "data", size=7, label=False)
    v.points("followed", f.followed, fine[f.followed], "model", size=11, ring=True)
    v.pick("seeds", (None, "follow"))


def draw_edge(v: View, f: Frame, shown: Shown) -> None:
    step, sharp = seen.curve(shown.history, f, "sharpness")
    edge = seen.curve(shown.history, f, "edge")[1]
    v.range(x=(0, max(1.0, float(step[-1]))), y=seen.decades([sharp, edge], 4), log="y")
    v.line("sharpest", step, seen.positive(sharp), "data", future_from=float(f.step))
    v.line("limit", step, seen.positive(edge), "bound", dash=(6, 4))
    v.rule("here", x=f.step, role="accent", label=False)


def draw_check(v: View, shown: Shown) -> None:
    found = shown.layers.get("quotient")
    v.range(x=(1e-12, 0.1), y=(1e-12, 10), log="xy")
    if found is not None:
        v.line("gap", found.x, found.y, "error", markers=True)
