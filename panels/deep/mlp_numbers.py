"""Numbers of the followed network: one layer's weights, and the chain rule for one of them."""

from __future__ import annotations

import math

from engine.deep.mlp import Frame, Params
from engine.deep.mlp_example import chain_of, chosen, example_of
from panels.kit.canvas import Canvas
from panels.kit.scale import number

LINES = ("forward", "slope_here", "sent_back", "delta", "gradient", "checked", "updated")


def draw_weights(c: Canvas, f: Frame, p: Params) -> None:
    v = c["weights"]
    layer, unit, source = chosen(f, p)
    c.values(chosen_layer=str(layer), shape=f"{f.weights[2 * layer - 2].shape[0]} × {f.weights[2 * layer - 2].shape[1]}")
    v.matrix("weight_cells", f.weights[2 * layer - 2].T, map="diverging", numbers=".2f", outline=[(unit, source, "accent")])
    v.pick("weight_cells", ("unit", "source"))


def draw_chain(c: Canvas, f: Frame, p: Params) -> None:
    """The lines of the chain rule; at the output there is no activation and nothing behind."""
    v, e = c["chain"], example_of(f, p)
    k = chain_of(f, p, e)
    c.values(example_number=str(e.number), chosen_layer=str(k.layer), chosen_unit=str(k.unit), chosen_source=str(k.source),
             z=digits(k.sum), a=digits(k.value), d=digits(k.error), entering=digits(k.entering), g=digits(k.gradient),
             q=digits(k.quotient), w=digits(k.weight), after=digits(k.after), eta=f"{f.rate:.3g}",
             slope=digits(k.slope or 0.0), back=digits(k.back or 0.0))
    lines = [n for n in LINES if k.slope is not None or n not in ("slope_here", "sent_back")]
    v.bare()
    v.range(x=(0, 1), y=(-len(LINES) + 0.4, 0.6))
    for row, name in enumerate(lines):
        word = "delta_out" if name == "delta" and k.slope is None else name
        role = {"forward": "data", "delta": "error", "gradient": "error", "checked": "truth", "updated": "model"}.get(name, "ink")
        v.text(name, 0.0, -row, word=word, role=role, anchor="left", halo=False)


def digits(value: float) -> str:
    """Four digits that matter, with a real minus."""
    if value == 0 or not math.isfinite(value):
        return "0"
    return number(value, 10.0 ** (math.floor(math.log10(abs(value))) - 3))
