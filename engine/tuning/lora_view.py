"""What the picture of LoRA needs besides the frame: places of matrices, and the lines of the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array
from engine.models.weights import shipped
from engine.tuning.sizes import FROZEN_BYTES, MODELS, TRAINED_BYTES, bill

if TYPE_CHECKING:
    from engine.tuning.lora import Frame, Params

Box = tuple[float, float, float, float]         # x from, x to, y from (top), y to
TIMES, THIN = "·", "\u2009"
WIDE = 3.28                                     # width of the picture over its height


@dataclass(frozen=True)
class Places:
    """Where the matrices of W + s B A stand, and full tuning's change; each is 1 high, y grows downward."""

    w: Box
    b: Box
    a: Box
    product: Box
    full: Box
    wide: float
    top: float


def places(out: int, width: int, rank: int) -> Places:
    """W, then B with A lying on top of their product, then full tuning's change; spread over the width of the picture."""
    w, gap = min(1.5, max(0.62, width / out)), 0.05
    column, row = (min(max(rank / side, 0.03), 0.4) for side in (width / w, out))      # B's width, A's height, at most 0.4
    space = max(0.36, (WIDE * (1.19 + gap + row) - 3 * w - column - gap) / 2)
    at_b = w + space
    at_product = at_b + column + gap
    at_full = at_product + w + space
    return Places((0, w, 0, 1), (at_b, at_b + column, 0, 1), (at_product, at_product + w, -gap - row, -gap),
                  (at_product, at_product + w, 0, 1), (at_full, at_full + w, 0, 1), at_full + w, -gap - row)


def adapter_of(f: Frame, p: Params) -> tuple[Array, Array, Array]:
    """(W, A, B) of the followed matrix."""
    name = p.followed()
    found = f.adapters[p.names().index(name)]
    return shipped()[name], found.a, found.b


def curve(history: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    """(steps, values) of a metric over the recording."""
    return history.get("step", np.zeros(1)), history.get(name, np.full(1, np.nan))


def digits(value: int) -> str:
    """A whole number in groups of three."""
    return f"{value:,}".replace(",", THIN)


@dataclass(frozen=True)
class Line:
    """A line of the arithmetic: its name, how the number comes about, the number."""

    name: str
    how: str
    result: str


def shapes_text(shapes: Sequence[tuple[int, int]]) -> str:
    """2·8192·8192 + 2·1024·8192: equal shapes counted together."""
    groups = [(shape, len(list(same))) for shape, same in groupby(sorted(shapes, reverse=True))]
    return " + ".join((f"{count}{TIMES}" if count > 1 else "") + f"{out}{TIMES}{into}" for (out, into), count in groups)


def arithmetic(p: Params) -> list[Line]:
    """Every line from the published shape to the bytes."""
    s, b = MODELS[p.big], bill(MODELS[p.big], p.targets.names, p.rank, p.dora)
    parts = s.matrices()
    chosen = [sum(shape) for part, shape in parts.items() if part in p.targets.names]
    sums = " + ".join((f"{n}{TIMES}" if (n := len(list(same))) > 1 else "") + str(size)
                      for size, same in groupby(sorted(chosen, reverse=True)))
    each, d = s.attention() + s.feed_forward() + s.small_parts(), s.hidden
    rows = (1 if s.tied else 2, s.vocabulary)
    lengths = sum(parts[part][0] for part in p.targets.names if part in parts) if p.dora else 0
    return [
        Line("attention", shapes_text([parts[n] for n in "qkvo"]), digits(s.attention())),
        Line("feed_forward", shapes_text([v for n, v in parts.items() if n not in "qkvo"]), digits(s.feed_forward())),
        Line("small_parts", f"{s.small_parts() // d}{TIMES}{d}", digits(s.small_parts())),
        Line("each_layer", " + ".join(map(digits, (s.attention(), s.feed_forward(), s.small_parts()))), digits(each)),
        Line("all_layers", f"{s.layers}{TIMES}{digits(each)}", digits(s.layers * each)),
        Line("outside", f"{rows[0]}{TIMES}{rows[1]}{TIMES}{d} + {s.outside() - rows[0] * rows[1] * d}", digits(s.outside())),
        Line("decoder", "", digits(b.total)),
        Line("one_layer", f"{p.rank}{TIMES}({sums})" + (f" + {lengths}" if lengths else ""),
             digits(s.adapter(p.targets.names, p.rank) + lengths)),
        Line("adapters", f"{s.layers}{TIMES}{digits(b.trainable // s.layers)}", digits(b.trainable)),
        Line("part", f"{digits(b.trainable)} / {digits(b.total + b.trainable)}", f"{b.share:.4%}".replace("%", " %")),
        Line("full_memory", f"{TRAINED_BYTES}{TIMES}{digits(b.total)}", gigabytes(b.full_bytes)),
        Line("lora_memory", f"{FROZEN_BYTES}{TIMES}{digits(b.total)} + {TRAINED_BYTES}{TIMES}{digits(b.trainable)}",
             gigabytes(b.lora_bytes)),
        Line("file", f"2{TIMES}{digits(b.trainable)}", megabytes(b.file_bytes)),
    ]


def gigabytes(count: float) -> str:
    """Bytes in powers of ten."""
    return f"{count / 1e9:.1f} GB"


def megabytes(count: float) -> str:
    """Bytes in powers of ten."""
    return f"{count / 1e6:.1f} MB"
