"""A concept as none may be: its curve holds NaN and both infinities, and so does a metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.core import Array, Range, Run, concept


@dataclass(frozen=True)
class Params:
    n: Annotated[int, Range(10, 100)] = 40


@dataclass(frozen=True)
class Frame:
    y: Array
    worst: float


@concept(kind="steps")
def broken(p: Params, run: Run) -> Iterator[Frame]:
    for step in range(20):
        y = np.sin(np.arange(p.n) / 5 + step)
        y[3], y[7], y[11] = np.nan, np.inf, -np.inf
        yield Frame(y, float("nan"))


def draw(c: Any, f: Frame, p: Params, shown: Any) -> None:
    view = c["curve"]
    x = np.arange(p.n, dtype=float)
    view.line("y", x, f.y, "data", label=False)
    view.points("points", x, f.y, "model")
    view.bars("bars", np.arange(p.n + 1, dtype=float), f.y, "error")
    view.band("band", x, f.y, f.y + 1, "truth")


def draw_nothing(c: Any, f: Any, p: Any, shown: Any) -> None:
    c["curve"].line("value", np.arange(2.0), np.full(2, f.value), "data", label=False)
