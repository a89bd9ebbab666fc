"""Undo and redo of parameter changes: a drag is one step, however many values it passes."""

from __future__ import annotations

from typing import Any

MOST = 200


class Changes:
    """The parameter sets before and after the present one."""

    def __init__(self) -> None:
        self._before: list[Any] = []
        self._after: list[Any] = []
        self._dragging = False

    def note(self, old: Any, *, final: bool) -> None:
        """A change away from `old`; until a final one, further changes belong to it."""
        if not self._dragging:
            self._before = [*self._before[-MOST + 1:], old]
            self._after.clear()
        self._dragging = not final

    def settle(self) -> None:
        """The drag has ended, though its last value brought no change."""
        self._dragging = False

    def undo(self, present: Any) -> Any | None:
        """The parameters before, or None."""
        return self._move(self._before, self._after, present)

    def redo(self, present: Any) -> Any | None:
        """The parameters after, or None."""
        return self._move(self._after, self._before, present)

    def _move(self, source: list[Any], target: list[Any], present: Any) -> Any | None:
        self._dragging = False
        if not source:
            return None
        target.append(present)
        return source.pop()

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)
