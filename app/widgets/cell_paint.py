"""Cells painted with the pointer: a press turns one, and dragging carries what it became to those it crosses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF

from engine.core.frame import Array
from panels.kit.canvas import Canvas
from panels.kit.marks_paint import Cell, Paintable
from panels.kit.plot import Plot

Ask = Callable[[dict[str, Any], bool], None]


@dataclass
class Stroke:
    """A stroke on its way: what it paints on, with what, and how far it has come."""

    plot: Plot
    mark: Paintable
    value: float
    at: Cell
    cells: Array


class CellPaint:
    """Asks for the painted cells while the stroke goes on, and once more, finally, when it ends: one step to undo."""

    def __init__(self, canvas: Canvas, ask: Ask) -> None:
        self.canvas, self._ask = canvas, ask
        self._stroke: Stroke | None = None

    @property
    def painting(self) -> bool:
        """Whether a stroke is on its way."""
        return self._stroke is not None

    def press(self, at: QPointF) -> bool:
        """Begin; True when a cell was turned, so that nothing else is to happen."""
        found = self.canvas.paintable_at(at)
        cell = found[1].cell_at(found[0].box, at) if found is not None else None
        if found is None or cell is None:
            return False
        plot, mark = found
        value = mark.turned(cell)
        self._stroke = Stroke(plot, mark, value, cell, mark.stroke(mark.cells, cell, cell, value))
        self._send(False)
        return True

    def move(self, at: QPointF) -> None:
        """The stroke follows the pointer; outside the cells it waits."""
        s = self._stroke
        cell = s.mark.cell_at(s.plot.box, at) if s is not None else None
        if s is None or cell is None or cell == s.at:
            return
        s.cells, s.at = s.mark.stroke(s.cells, s.at, cell, s.value), cell
        self._send(False)

    def release(self) -> None:
        """End the stroke."""
        if self._stroke is not None:
            self._send(True)
        self._stroke = None

    def drop(self) -> None:
        """Let go without a further word."""
        self._stroke = None

    def _send(self, final: bool) -> None:
        assert self._stroke is not None
        self._ask(self._stroke.mark.asked(self._stroke.cells), final)
