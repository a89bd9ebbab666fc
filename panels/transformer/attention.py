"""The picture of attention: all heads, one head's weights token by token, and what its query reads."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.models.patterns import NAMES
from engine.transformer.attention import PAGE, STEPS, Frame, Params, attention
from engine.transformer.attention_readings import Pass, entropy
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View
from panels.transformer import attention_below as below

FROM = {name: number for number, name in enumerate((*STEPS, "prompt", "written", "trained"))}
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NUMBERS_TO = 16                                 # tokens up to which each row's entropy is written
BELOW = {"explain": "{below}:1.2", "generate": "next:1 sink:1", "train": "learning:1.2"}


@panel(attention, layout=lambda p: f"2.9| heads:1 weights:1.6 / 1.15| reads {BELOW[p.mode].format(below=p.below)}")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    s = f.seen.value
    query = f.length - 1 if p.mode == "generate" else min(p.query, f.length - 1)
    layer, head = p.at(*s.kinds.shape)
    c.values(asks=f.asks, answers=f.answers, position=str(query), in_layer=str(layer + 1), in_head=str(head + 1))
    draw_heads(c["heads"], s, p)
    draw_weights(c["weights"], f, p, query)
    below.draw(c, f, p, shown, query)


def draw_heads(v: View, s: Pass, p: Params) -> None:
    """Every head's weights as a small picture; a click chooses it."""
    layer, head = p.at(*s.kinds.shape)
    first, left = (min(start, many - 1) for start, many in zip((p.first_layer, p.first_head), s.kinds.shape, strict=True))
    kinds = s.kinds[first:first + PAGE, left:left + PAGE]
    layers, heads = kinds.shape
    v.bare()
    v.range(x=(1, heads + 1), y=(1, layers + 1), equal=True, flip_y=True)
    v.image("all_heads", np.full((layers, heads), np.nan), x=(1, heads + 1), y=(1, layers + 1))
    v.pick("all_heads", ("layer", "head"))
    x, y = head - left + 1, layer - first + 1
    box(v, "chosen", x - 0.02, y - 0.02, x + 0.84, y + 0.84, "accent")
    for (i, j), kind in np.ndenumerate(kinds):
        x, y, shares = j + 1.02, i + 1.02, np.where(s.visible, s.weights[first + i, left + j], np.nan)
        v.image(f"head_{i + 1}_{j + 1}", shares, x=(x, x + 0.78), y=(y, y + 0.78), limits=(0.0, 1.0))
        chosen = (first + i, left + j) == (layer, head)
        v.text(f"kind_{i + 1}_{j + 1}", x, y + 0.885, role="accent" if chosen else "ink_soft", size="tick", anchor="left",
               word=NAMES[int(kind)])



def box(v: View, name: str, x0: float, y0: float, x1: float, y1: float, role: str) -> None:
    v.line(name, [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], role, width=2, dash=(), label=False)


def draw_weights(v: View, f: Frame, p: Params, query: int) -> None:
    """What the step at hand has made: vectors, then scores, then shares."""
    s, n, step = f.seen.value, f.length, FROM[f.phase]
    if strips := strips_of(s).get(f.phase):
        draw_strips(v, s.tokens, strips)
        box(v, "row", -0.47, query - 0.5, n - 0.5, query + 0.5, "model")
        return
    values = s.scores if step == FROM["scores"] else s.scores / f.divisor
    mask = s.visible if step >= FROM["masking"] else None
    if step >= FROM["softmax"]:
        lengths = np.linalg.norm(s.v, axis=1) if p.by_length else np.ones(n)
        values = s.shares * lengths
        v.matrix("shares", values, limits=(0.0, max(1.0, float(values.max()))), numbers=".2f", mask=mask, rows=s.tokens,
                 columns=s.tokens)
        draw_entropies(v, s, n)
    else:
        v.matrix("fits", values, map="diverging", numbers=".1f", mask=mask, rows=s.tokens, columns=s.tokens)
    if p.brush and step >= FROM["masking"]:
        v.paint_cells("brush", p.canvas(n), "painted", shown=(n, n), also={"mask": "painted"})
    v.pick("shares" if step >= FROM["softmax"] else "fits", (None if p.mode == "generate" else "query", "key"))
    box(v, "row", -0.47, query - 0.5, n - 0.5, query + 0.5, "model")
    box(v, "cell", min(p.key, n - 1) - 0.5, query - 0.5, min(p.key, n - 1) + 0.5, query + 0.5, "data")


def strips_of(s: Pass) -> dict[str, list[tuple[str, Array]]]:
    """The steps that show vectors, and which: a symbol and (T, width) each."""
    heads = np.split(s.joined, len(s.kinds[0]), axis=1)
    return {"tokens": [("x", s.stream)], "projections": [("q", s.q), ("k", s.k), ("v", s.v)],
            "values": [("v", s.v), ("o = Σ α v", s.mixed)], "output": [("Δx = o Wᵒ", s.written)],
            "joining": [(f"o{str(i + 1).translate(RAISED)}", o) for i, o in enumerate(heads)]}


def draw_strips(v: View, tokens: tuple[str, ...], strips: list[tuple[str, Array]]) -> None:
    """A row for each token; vectors of one kind stand in one strip."""
    n, wide = len(tokens), len(tokens) / len(strips)
    v.range(x=(-0.5, n - 0.5), y=(-0.5, n - 0.5), equal=True, flip_y=True)
    starts = [-0.5 + wide * at for at in range(len(strips))]
    v.ticks(x=[(x + wide / 2, name) for x, (name, _) in zip(starts, strips, strict=True)],
            y=[(float(i), token) for i, token in enumerate(tokens)])
    for at, (x, (_, values)) in enumerate(zip(starts, strips, strict=True)):
        v.image(f"strip_{at}", values, x=(x + 0.02 * wide, x + 0.98 * wide), y=(-0.5, n - 0.5), map="diverging")


def draw_entropies(v: View, s: Pass, n: int) -> None:
    """Right of each row its entropy, as a bar and in bits."""
    bits: Array = np.array([entropy(row) for row in s.shares])
    start, unit = n - 0.2, 0.1 * n / max(1.0, float(np.log2(n)))
    v.range(x=(-0.5, 1.24 * n), y=(-0.5, n - 0.5), equal=True, flip_y=True)
    v.segments("entropies", start, np.arange(n), start + unit * bits, np.arange(n), "line_strong", width=5, label=False)
    for i, value in enumerate(bits) if n <= NUMBERS_TO else ():
        v.text(f"bits_{i}", start + unit * value, i, f"{value:.1f}", "ink_soft", size="tick", anchor="left", halo=False,
               offset=(5, 0))
