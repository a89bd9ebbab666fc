"""Cells that can be painted with the pointer: what a stroke does is a new rectangle for a parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF

from engine.core.frame import Array
from panels.kit.mark import Box, Mark, no_values
from panels.kit.paper import Paper

Cell = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Paintable(Mark):
    """Cells of a `Mask` or `Matrix` parameter: cell (i, j) is centred at x = j, y = i. It paints nothing itself.

    A press turns a cell from `off` to `on`, or back, and a stroke carries that value to every cell that it crosses.
    """

    cells: Array = no_values()                      # (rows, columns) as they are now; those beyond the picture too
    shown: tuple[int, int] = (0, 0)                 # rows and columns that the picture shows
    sets: str = ""
    off: float = 0
    on: float = 1
    also: tuple[tuple[str, Any], ...] = ()          # further values that go with a stroke

    def paint(self, paper: Paper, box: Box) -> None:
        """Nothing."""

    def cell_at(self, box: Box, pixel: QPointF) -> Cell | None:
        """The (row, column) under a pixel."""
        i, j = round(float(box.y.data(pixel.y()))), round(float(box.x.data(pixel.x())))
        return (i, j) if 0 <= i < self.shown[0] and 0 <= j < self.shown[1] else None

    def turned(self, cell: Cell) -> float:
        """What a press makes of a cell."""
        return self.off if self.cells[cell] == self.on else self.on

    def stroke(self, cells: Array, start: Cell, end: Cell, value: float) -> Array:
        """The cells with every one between two of them, both included, at the value."""
        count = max(abs(end[0] - start[0]), abs(end[1] - start[1])) + 1
        made = cells.copy()
        made[tuple(np.rint(np.linspace(a, b, count)).astype(int) for a, b in zip(start, end, strict=True))] = value
        return made

    def asked(self, cells: Array) -> dict[str, Any]:
        """What to ask for when the cells are to be these."""
        return {self.sets: cells.tolist(), **dict(self.also)}

    def as_ghost(self) -> Mark | None:
        return None
