"""Where things stand in the pictures of a network: tiles in columns, links by strength, curves over steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array
from engine.core.expression import parse

if TYPE_CHECKING:
    from engine.deep.mlp import Frame, Params

SYMBOLS = {"x1": "x₁", "x2": "x₂", "x1_squared": "x₁²", "x2_squared": "x₂²", "product": "x₁x₂", "sin_x1": "sin 2x₁",
           "sin_x2": "sin 2x₂"}
HALF = 0.4                      # of a tile's side; rows are 1 apart
STRENGTHS = ((0.0, 0.7, 0.25), (0.15, 1.2, 0.5), (0.35, 2.0, 0.75), (0.6, 3.2, 1.0))    # from this share: width, alpha
MOST_NUMBERS = 6                # units of a layer whose numbers are shown


def layout(p: Params) -> str:
    """The decision map beside the network; below it the losses, and what was chosen to stand beside them."""
    return f"3.1| boundary network:1.45 / 2| loss {p.beside}{':1.35' if p.beside == 'chain' else ''}"


@dataclass(frozen=True)
class Diagram:
    """Tiles of the units that are drawn, column by column."""

    x: tuple[float, ...]                # of each column
    y: tuple[Array, ...]                # of each column's tiles, first unit on top
    width: float
    height: float

    def shown(self, column: int) -> int:
        """How many units of a column are drawn."""
        return len(self.y[column])

    def at(self, column: int, unit: int) -> tuple[float, float]:
        """The middle of a unit's tile, or of the last one drawn in its column."""
        return self.x[column], float(self.y[column][min(unit, self.shown(column) - 1)])


def diagram(counts: Sequence[int], most: int) -> Diagram:
    """Columns of at most `most` tiles each, spread over a wide rectangle."""
    rows = [min(n, most) for n in counts]
    height = float(max(rows))
    width = max(1.5 * height, 1.35 * (len(counts) - 1))
    x = tuple(width * n / (len(counts) - 1) for n in range(len(counts)))
    return Diagram(x, tuple((n - 1) / 2 - np.arange(n) for n in rows), width, height)


def counts(f: Frame) -> list[int]:
    """Units of every column: features, hidden layers, outputs."""
    return [f.weights[0].shape[0], *(w.shape[1] for w in f.weights[::2])]


@dataclass(frozen=True)
class Links:
    """Links of one sign and one strength: ends, how thick, how solid."""

    name: str
    role: str
    width: float
    alpha: float
    ends: Array                         # (4, links): x0, y0, x1, y1


def links(d: Diagram, strengths: Sequence[Array]) -> Iterator[Links]:
    """Every link between drawn tiles, sorted by sign and by its share of the strongest of its layer."""
    ends, share = [], []
    for column, values in enumerate(strengths):
        n, m = d.shown(column), d.shown(column + 1)
        part = values[:n, :m]
        most = float(np.abs(part).max()) or 1.0
        ends.append(np.stack([np.full(n * m, d.x[column] + HALF), np.repeat(d.y[column], m),
                              np.full(n * m, d.x[column + 1] - HALF), np.tile(d.y[column + 1], n)]))
        share.append(part.ravel() / most)
    at, shares = np.concatenate(ends, axis=1), np.concatenate(share)
    edges = [*(s[0] for s in STRENGTHS), np.inf]
    for number, (low, width, alpha) in enumerate(STRENGTHS):
        for role, sign in (("negative", -1), ("positive", 1)):
            here = (np.abs(shares) >= low) & (np.abs(shares) < edges[number + 1]) & (np.sign(shares) == sign)
            if here.any():
                yield Links(f"{role}_{number}", role, width, alpha, at[:, here])


def tiles(f: Frame) -> list[Array]:
    """Each column's maps, scaled to ±1 a unit; the outputs' are chances, 0 to ±1 about a half."""
    hidden = [m / np.maximum(np.abs(m).max(axis=(1, 2), keepdims=True), 1e-12) for m in f.maps.units]
    return [*hidden, 2 * f.maps.answer[:, ::2, ::2] - 1]


def signed_answer(f: Frame) -> Array:
    """Two classes: from -1, surely class 0, to 1, surely class 1."""
    return np.asarray(2 * f.maps.answer[0] - 1)


def typed_side(p: Params, box: float) -> Array:
    """The typed function over the picture's square: its sign is what is to be learned."""
    side = np.linspace(-box, box, 81)
    return np.nan_to_num(np.asarray(parse(p.boundary, ("x", "y"), "boundary")(*np.meshgrid(side, side)), np.float64))


def margins(f: Frame) -> Iterator[Array]:
    """Several classes: for each, its chance less the largest other; 0 on its border."""
    for number in range(len(f.maps.answer)):
        yield f.maps.answer[number] - np.delete(f.maps.answer, number, axis=0).max(axis=0)


def curve(history: Mapping[str, Array], f: Frame, name: str) -> tuple[Array, Array]:
    """(steps, values) of a metric over the recording; of this frame alone where there is none."""
    if name in history and "step" in history:
        return np.asarray(history["step"], np.float64), np.asarray(history[name], np.float64)
    head, _, tail = name.partition(".")
    value = getattr(f, head)
    if tail:
        value = dict(zip(value.names, value.values, strict=True))[tail]
    return np.array([float(f.step)]), np.array([np.nan if value is None else float(value)])


def positive(values: Array) -> Array:
    """Values for a logarithmic axis: what is not positive is left out."""
    return np.where(np.asarray(values) > 0, values, np.nan)


def decades(values: Sequence[Array], most: float = 8.0) -> tuple[float, float]:
    """Ends of a logarithmic axis around all positive values, so many decades at most."""
    known = np.concatenate([np.ravel(v) for v in values])
    known = known[np.isfinite(known) & (known > 0)]
    if not len(known):
        return 0.1, 10.0
    top = 1.6 * float(known.max())
    return max(float(known.min()) / 1.6, top * 10.0**-most), top


def rows_of(f: Frame) -> list[tuple[float, float, int]]:
    """The points as rows of a `Points` parameter."""
    plane = f.plane.value
    return [(float(a), float(b), int(c)) for (a, b), c in zip(np.round(plane.x, 4), plane.label, strict=True)]
