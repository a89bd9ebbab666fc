"""Labelled points in the plane to learn from: made here, typed or dragged by hand, or two columns of a CSV file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.core import Array, BadInput, Points, Source
from engine.core.data import load_source
from engine.core.expression import parse
from engine.core.structured import brief
from engine.core.tables import label_column

BOX = 3.0                       # made data lie within ±BOX on both axes; a table's columns are standardised into it
MOST_CLASSES, MOST_ROWS = 8, 2000
OWN, TYPED = "own", "typed"


@dataclass(frozen=True, eq=False)
class Plane:
    """Points with a class each, and which of them are kept back to test on."""

    x: Array                    # (n, 2)
    label: Array                # (n,) 0 … classes - 1
    test: Array                 # (n,) bool
    classes: int
    box: float                  # half the side of the square that the pictures show
    names: tuple[str, str] = ("x₁", "x₂")
    left_out: int = 0           # rows of a table beyond MOST_ROWS

    def part(self, test: bool) -> tuple[Array, Array]:
        """(points, labels) to train on, or to test on."""
        chosen = self.test == test
        return self.x[chosen], self.label[chosen]


def made(name: str, count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """`count` points of a generated set, classes in turn; `noise` is a deviation in units of the box."""
    label = np.arange(count) % 2
    x = MAKERS[name](label, rng) + noise * rng.standard_normal((count, 2))
    return np.round(x, 4), label


def _circles(label: Array, rng: np.random.Generator) -> Array:
    radius = np.where(label == 1, rng.uniform(0, 1.1, len(label)), rng.uniform(1.7, 2.6, len(label)))
    return _polar(radius, rng.uniform(0, 2 * np.pi, len(label)))


def _xor(label: Array, rng: np.random.Generator) -> Array:
    x = rng.uniform(0.2, 2.6, (len(label), 2))
    sign = rng.choice([-1.0, 1.0], len(label))
    return x * np.stack([sign, np.where(label == 1, sign, -sign)], axis=1)


def _spirals(label: Array, rng: np.random.Generator) -> Array:
    along = np.sqrt(rng.uniform(0.03, 1, len(label)))           # denser outside: equal spacing along the arm
    return _polar(2.6 * along, 1.4 * 2 * np.pi * along + np.pi * label)


def _gauss(label: Array, rng: np.random.Generator) -> Array:
    middle = np.where(label[:, None] == 1, 1.2, -1.2)
    return middle + 0.55 * rng.standard_normal((len(label), 2))


def _moons(label: Array, rng: np.random.Generator) -> Array:
    turn = rng.uniform(0, np.pi, len(label))
    upper = np.stack([np.cos(turn) - 0.5, np.sin(turn) - 0.25], axis=1)
    return 1.6 * np.where(label[:, None] == 1, upper, -upper)


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


MAKERS: dict[str, Callable[[Array, np.random.Generator], Array]] = {
    "circles": _circles, "xor": _xor, "spirals": _spirals, "gauss": _gauss, "moons": _moons,
}


def typed(boundary: str, count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Points all over the square, of class 1 where the typed function of x and y is positive; then shaken."""
    f = parse(boundary, ("x", "y"), "boundary")
    x = rng.uniform(-0.9 * BOX, 0.9 * BOX, (count, 2))
    with np.errstate(all="ignore"):
        label = np.broadcast_to(np.asarray(f(x[:, 0], x[:, 1]), np.float64) > 0, (count,)).astype(int)
    if label.min() == label.max():
        raise BadInput(f"boundary={brief(boundary)}: puts every point on one side; let it be positive here and negative there",
                       "one_sided", name="boundary", value=brief(boundary))
    return np.round(x + noise * rng.standard_normal((count, 2)), 4), label


def own(points: Points) -> tuple[Array, Array]:
    """The user's own points; their labels become 0, 1, 2 … in order."""
    rows = np.array(points.rows, np.float64).reshape(-1, 3)
    label = rows[:, 2].astype(int)
    if len(rows) < 2 or len(np.unique(label)) < 2:
        raise BadInput("points: give at least one point of each of two classes; click on the picture to add some",
                       "few_points", name="points")
    return rows[:, :2], _renumbered("points", label)


def table(source: Source, first: int, second: int) -> tuple[Array, Array, tuple[str, str]]:
    """(points, labels, column names): two columns of a CSV file, standardised, and the column that names classes."""
    values, at = load_source(source), class_column(source)
    columns = [n for n in range(values.shape[1]) if n != at]
    if not columns:
        raise BadInput(f"data={source.name}: has no column besides its classes; give one or two columns of numbers",
                       "no_features", name=source.name)
    chosen = [columns[min(n, len(columns)) - 1] for n in (first, second)]
    x = values[:, chosen]
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return x, _renumbered(source.name, values[:, at]), (source.columns[chosen[0]], source.columns[chosen[1]])


def class_column(source: Source) -> int:
    """The column called label, class, target …, else the last."""
    at = label_column(source.columns)
    return len(source.columns) - 1 if at is None else at


def _renumbered(name: str, label: Array) -> Array:
    found, renumbered = np.unique(label, return_inverse=True)
    if not 2 <= len(found) <= MOST_CLASSES:
        raise BadInput(f"{name}: has {len(found)} classes, 2 to {MOST_CLASSES} can be learned; its last column, or one called "
                       "label, must name them", "bad_classes", name=name, count=len(found), max=MOST_CLASSES)
    return np.asarray(renumbered)


def split(x: Array, label: Array, share: float, rng: np.random.Generator) -> Array:
    """Which points are kept back: each by its own draw, so that adding a point leaves the others where they are."""
    test = rng.random(len(x)) < share
    for value in np.unique(label):                              # every class keeps a point to train on
        of = np.flatnonzero(label == value)
        if test[of].all():
            test[of[0]] = False
    return np.asarray(test)
