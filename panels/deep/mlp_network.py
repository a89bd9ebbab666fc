"""The network as a diagram: a tile for each unit with what it answers, a link for each weight."""

from __future__ import annotations

import math

from engine.deep import mlp_view as seen
from engine.deep.mlp import Frame, Params
from engine.deep.mlp_example import Example, chosen, example_of
from engine.deep.mlp_readings import MOST_MAPS
from panels.kit.canvas import Canvas
from panels.kit.scale import number
from panels.kit.view import View

MOST_LETTERS = 8                            # of a column's name
LINKED = ("chain", "weights")               # what stands beside shows one weight: it is marked here


def draw_network(c: Canvas, f: Frame, p: Params) -> None:
    v, numbers = c["network"], p.picture == "numbers"
    d = seen.diagram(seen.counts(f), seen.MOST_NUMBERS if numbers else MOST_MAPS)
    c.values(drawn=str(sum(map(len, d.y))), units=str(sum(seen.counts(f))))
    v.bare()
    v.range(x=(-0.95, d.width + 0.6), y=(-d.height / 2, d.height / 2), equal=True)
    e = example_of(f, p) if numbers else None
    for group in seen.links(d, e.slopes if e is not None else f.weights[::2]):
        x0, y0, x1, y1 = group.ends
        v.segments(group.name, x0, y0, x1, y1, group.role, width=group.width, alpha=group.alpha, label=False)
    if p.beside in LINKED:
        layer, unit, source = chosen(f, p)
        (x0, y0), (x1, y1) = d.at(layer - 1, source), d.at(layer, unit)
        v.segments("chosen", x0 + seen.HALF, y0, x1 - seen.HALF, y1, "accent", width=4, dash=(), label=False)
    if e is not None:
        draw_numbers(v, d, e)
    else:
        draw_maps(v, d, f)
    for row, name in enumerate(p.features.names):
        called = dict(zip(("x1", "x2"), f.plane.value.names, strict=True))
        text = called.get(name, seen.SYMBOLS[name])
        text = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS - 1]}…"
        v.text(f"feature_{row}", -seen.HALF, d.y[0][row], text=text, anchor="right", offset=(-5, 0), role="ink_soft", halo=False)


def draw_maps(v: View, d: seen.Diagram, f: Frame) -> None:
    for column, maps in enumerate(seen.tiles(f)):
        for row, y in enumerate(d.y[column]):
            x, half = d.x[column], seen.HALF
            v.image(f"tile_{column}_{row}", maps[row], x=(x - half, x + half), y=(y - half, y + half), map="diverging",
                    limits=(-1.35, 1.35), smooth=True)


def draw_numbers(v: View, d: seen.Diagram, e: Example) -> None:
    """Values going forwards above, errors coming back below."""
    for column, ys in enumerate(d.y):
        for row, y in enumerate(ys):
            x = d.x[column]
            v.circle(f"unit_{column}_{row}", x, y, seen.HALF, "line_strong", fill="surface_raised")
            v.text(f"value_{column}_{row}", x, y, text=number(e.values[column][row], 0.01), role="data", size="tick",
                   offset=(0, -7 if column else 0))
            if column:
                v.text(f"error_{column}_{row}", x, y, text=short(e.errors[column - 1][row]), role="error", size="tick",
                       offset=(0, 7))


def short(value: float) -> str:
    """One or two digits that matter: as many as fit in a circle."""
    if abs(value) >= 0.001:
        return number(value, 0.01 if abs(value) >= 0.1 else 0.001)
    return number(value, 10.0 ** math.floor(math.log10(abs(value)))) if value else "0"
