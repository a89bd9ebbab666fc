"""The picture of attention: all heads, one head's weights token by token, and what its query reads."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.models.patterns import NAMES
from engine.models.translator import MATCHES
from engine.transformer.attention import PAGE, STEPS, Params, attention
from engine.transformer.attention_readings import Frame, HeadSlopes, Pass, entropy
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View
from panels.transformer import attention_below as below

FROM = {name: number for number, name in enumerate((*STEPS, "prompt", "written", "trained", "translated"))}
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
NUMBERS_TO = 16                                 # tokens up to which each row's entropy is written
BELOW = {"explain": "{below}:1.2", "generate": "next:1 sink:1", "train": "learning:1.2", "translate": "choices:0.75 matching:1.4",
         "widths": "widths:0.8 variance:0.7"}


def layout(p: Params) -> str:
    """Heads and the chosen one's matrix; below them its row, and what was asked for beside it."""
    right = BELOW["widths" if (p.mode, p.below) == ("explain", "widths") else p.mode].format(below=p.below)
    heads = "matches:0.5" if p.mode == "translate" else "heads:1"
    return f"2.9| {heads} {matrix_of(p)}:1.6 / 1.15| reads {right}"


def matrix_of(p: Params) -> str:
    """The large view: the numbers, or the slopes of the loss by them."""
    if p.mode == "translate":
        return "alignment"
    return "slopes" if p.show == "gradients" else "weights"


@panel(attention, layout=layout)
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    s = f.seen.value
    query = f.length - 1 if p.mode == "generate" else min(p.query, f.length - 1)
    layer, head = at_of(s, p)
    c.values(asks=f.asks, answers=f.answers, position=str(query), in_layer=str(layer + 1), in_head=str(head + 1))
    if p.mode == "translate":
        draw_matches(c["matches"], s, p)
    else:
        draw_heads(c["heads"], s, p)
    draw_matrix(c[matrix_of(p)], f, p, query)
    below.draw(c, f, p, shown, query)


def at_of(s: Pass, p: Params) -> tuple[int, int]:
    """The chosen layer and head, from 0; of a translator the way to match."""
    return (0, min(p.head, len(MATCHES)) - 1) if p.mode == "translate" else p.at(*s.kinds.shape)


def draw_heads(v: View, s: Pass, p: Params) -> None:
    """Every head's weights as a small picture; a click chooses it."""
    layer, head = at_of(s, p)
    first, left = (min(start, many - 1) for start, many in zip((p.first_layer, p.first_head), s.kinds.shape, strict=True))
    kinds = s.kinds[first:first + PAGE, left:left + PAGE]
    grid(v, "all_heads", kinds.shape, ("layer", "head"))
    for (i, j), kind in np.ndenumerate(kinds):
        small(v, i, j, s, (first + i, left + j), NAMES[int(kind)], (first + i, left + j) == (layer, head))


def draw_matches(v: View, s: Pass, p: Params) -> None:
    """The two ways to match, one above the other; a click chooses the one that writes."""
    grid(v, "all_matches", (len(MATCHES), 1), ("head", None))
    for i, name in enumerate(MATCHES):
        small(v, i, 0, s, (0, i), name, i == at_of(s, p)[1])


def grid(v: View, name: str, shape: tuple[int, ...], sets: tuple[str | None, str | None]) -> None:
    """Room for so many rows and columns of small pictures; a click asks for the row's and the column's parameter."""
    (rows, columns), numbered = shape, np.full(shape, np.nan)
    v.bare()
    v.range(x=(1, columns + 1), y=(1, rows + 1), flip_y=True)
    v.image(name, numbered, x=(1, columns + 1), y=(1, rows + 1))
    v.pick(name, sets)


def small(v: View, row: int, column: int, s: Pass, at: tuple[int, int], word: str, chosen: bool) -> None:
    """One head's weights in its cell, with its name below."""
    x, y, number = column + 1.02, row + 1.02, f"{row + 1}_{column + 1}"
    shares = np.where(s.visible, s.weights[at], np.nan)
    if chosen:
        box(v, "chosen", x - 0.02, y - 0.02, x + 0.8, y + 0.78, "accent")
    v.image(f"head_{number}", shares, x=(x, x + 0.78), y=(y, y + 0.76), limits=(0.0, 1.0))
    v.text(f"kind_{number}", x, y + 0.87, role="accent" if chosen else "ink_soft", size="tick", anchor="left", word=word)


def box(v: View, name: str, x0: float, y0: float, x1: float, y1: float, role: str) -> None:
    v.line(name, [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], role, width=2, dash=(), label=False)


def draw_matrix(v: View, f: Frame, p: Params, query: int) -> None:
    """What the step at hand has made: vectors, then scores, then shares; or how the loss feels each of them."""
    s, n, wide = f.seen.value, len(f.seen.value.tokens), len(f.seen.value.columns)
    key = min(p.key, wide - 1)
    if strips := strips_of(s, s.slopes or s).get(f.phase):
        draw_strips(v, s.tokens, strips)
        box(v, "row", -0.47, query - 0.5, n - 0.5, query + 0.5, "model")
        return
    name = "shares" if FROM[f.phase] >= FROM["softmax"] else "fits"
    if s.slopes is not None:
        draw_slopes(v, f, s.slopes, name)
    else:
        draw_values(v, f, p, name)
    if p.brush and FROM[f.phase] >= FROM["masking"]:
        v.paint_cells("brush", p.canvas(n), "painted", shown=(n, n), also={"mask": "painted"})
    v.pick(name, (None if p.mode == "generate" else "query", "key"))
    box(v, "row", -0.47, query - 0.5, wide - 0.5, query + 0.5, "model")
    box(v, "cell", key - 0.5, query - 0.5, key + 0.5, query + 0.5, "data")


def draw_values(v: View, f: Frame, p: Params, name: str) -> None:
    """Scores before softmax; shares after it, with the entropy of each row."""
    s, step = f.seen.value, FROM[f.phase]
    mask = s.visible if step >= FROM["masking"] else None
    if name == "shares":
        lengths = np.linalg.norm(s.v, axis=1) if p.by_length else np.ones(len(s.columns))
        values = s.shares * lengths
        v.matrix("shares", values, limits=(0.0, max(1.0, float(values.max()))), numbers=".2f", mask=mask, rows=s.tokens,
                 columns=s.columns)
        draw_entropies(v, s)
    else:
        v.matrix("fits", s.scores if step == FROM["scores"] else s.scores / f.divisor, map="diverging", numbers=".1f",
                 mask=mask, rows=s.tokens, columns=s.columns)


def draw_slopes(v: View, f: Frame, slopes: HeadSlopes, name: str) -> None:
    """How the loss changes with each score or share, in thousandths of a nat; what is not seen is not felt."""
    s = f.seen.value
    values = slopes.shares if name == "shares" else slopes.fits / (f.divisor if f.phase == "scores" else 1.0)
    v.matrix(name, 1000 * values, map="diverging", numbers=".1f", mask=s.visible, rows=s.tokens, columns=s.columns)


def strips_of(s: Pass, of: Pass | HeadSlopes) -> dict[str, list[tuple[str, Array]]]:
    """The steps that show vectors, and which of the pass or of its slopes: a symbol and (T, width) each."""
    heads, d = np.split(of.joined, len(s.kinds[0]), axis=1), "" if of is s else "∂/∂"
    return {"tokens": [(f"{d}x", of.stream)], "projections": [(f"{d}q", of.q), (f"{d}k", of.k), (f"{d}v", of.v)],
            "values": [(f"{d}v", of.v), (f"{d}o" if d else "o = Σ α v", of.mixed)],
            "output": [(f"{d}Δx" if d else "Δx = o Wᵒ", of.written)],
            "joining": [(f"{d}o{str(i + 1).translate(RAISED)}", o) for i, o in enumerate(heads)]}


def draw_strips(v: View, tokens: tuple[str, ...], strips: list[tuple[str, Array]]) -> None:
    """A row for each token; vectors of one kind stand in one strip."""
    n, wide = len(tokens), len(tokens) / len(strips)
    v.range(x=(-0.5, n - 0.5), y=(-0.5, n - 0.5), equal=True, flip_y=True)
    starts = [-0.5 + wide * at for at in range(len(strips))]
    v.ticks(x=[(x + wide / 2, name) for x, (name, _) in zip(starts, strips, strict=True)],
            y=[(float(i), token) for i, token in enumerate(tokens)])
    for at, (x, (_, values)) in enumerate(zip(starts, strips, strict=True)):
        v.image(f"strip_{at}", values, x=(x + 0.02 * wide, x + 0.98 * wide), y=(-0.5, n - 0.5), map="diverging")


def draw_entropies(v: View, s: Pass) -> None:
    """Right of each row its entropy, as a bar and in bits."""
    n, wide = s.shares.shape
    bits: Array = np.array([entropy(row) for row in s.shares])
    start, unit = wide - 0.2, 0.1 * wide / max(1.0, float(np.log2(wide)))
    v.range(x=(-0.5, 1.24 * wide), y=(-0.5, n - 0.5), equal=True, flip_y=True)
    v.segments("entropies", start, np.arange(n), start + unit * bits, np.arange(n), "line_strong", width=5, label=False)
    for i, value in enumerate(bits) if n <= NUMBERS_TO else ():
        v.text(f"bits_{i}", start + unit * value, i, f"{value:.1f}", "ink_soft", size="tick", anchor="left", halo=False,
               offset=(5, 0))
