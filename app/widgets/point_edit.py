"""Points edited with the pointer: taken hold of, dragged, added on free ground, taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF

from panels.kit.canvas import Canvas
from panels.kit.marks_handles import Editable
from panels.kit.plot import Plot

Ask = Callable[[dict[str, Any], bool], None]
STILL = 4.0                     # px that a hand may tremble in a click


class PointEdit:
    """What a press began: holding a point, or free ground that a click may put a point on."""

    def __init__(self, canvas: Canvas, ask: Ask) -> None:
        self.canvas, self._ask = canvas, ask
        self._held: tuple[Plot, Editable, int | None, QPointF] | None = None
        self.dragging = False

    @property
    def holds(self) -> bool:
        """Whether a point is being held."""
        return self._held is not None and self._held[2] is not None

    def over(self, at: QPointF) -> bool:
        """Whether a point lies under the pixel."""
        found = self.canvas.editable_at(at)
        return found is not None and found[1].number_at(found[0].box, at) is not None

    def press(self, at: QPointF) -> bool:
        """Begin; True when a point was taken hold of, so that nothing else is to be dragged."""
        found = self.canvas.editable_at(at)
        self.dragging = False
        self._held = None if found is None else (*found, found[1].number_at(found[0].box, at), at)
        return self.holds

    def move(self, at: QPointF) -> None:
        """The held point follows the pointer; free ground that is dragged is no click any more."""
        if self._held is None or (not self.dragging and _far(at - self._held[3]) < STILL):
            return
        self.dragging = True
        self._drag(at, False)

    def release(self, at: QPointF) -> None:
        """End a drag, or do what a click does: pick the point, or put one down."""
        held, self._held = self._held, None
        if held is None:
            return
        plot, mark, number, _ = held
        if self.dragging:
            self._held = held
            self._drag(at, True)
            self._held = None
        elif number is not None:
            self._send(mark.picked(number), True)
        elif plot.box.rect.contains(at):
            self._send(mark.added(*_data(plot, at)), True)
        self.dragging = False

    def remove(self, at: QPointF) -> None:
        """Take away the point under the pixel."""
        found = self.canvas.editable_at(at)
        number = found[1].number_at(found[0].box, at) if found is not None else None
        if found is not None and number is not None:
            self._send(found[1].removed(number), True)

    def drop(self) -> None:
        """Let go without doing anything."""
        self._held, self.dragging = None, False

    def _drag(self, at: QPointF, final: bool) -> None:
        assert self._held is not None
        plot, mark, number, _ = self._held
        if number is not None:
            r = plot.box.rect
            inside = QPointF(min(max(at.x(), r.left()), r.right()), min(max(at.y(), r.top()), r.bottom()))
            self._send(mark.moved(number, *_data(plot, inside)), final)

    def _send(self, values: dict[str, Any], final: bool) -> None:
        if values:
            self._ask(values, final)


def _far(gap: QPointF) -> float:
    return abs(gap.x()) + abs(gap.y())


def _data(plot: Plot, at: QPointF) -> tuple[float, float]:
    return float(plot.box.x.data(at.x())), float(plot.box.y.data(at.y()))
