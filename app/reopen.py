"""Shows a figure again as it was: its pinned runs are run first, one after another, then the run itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from app.notebook import Answer, Picture
from app.provenance import Provenance
from engine.core.faults import LoupeError
from panels.kit.canvas import Ghost

if TYPE_CHECKING:
    from app.window import Window


class Reopening:
    """One figure on its way back; it lets go as soon as the user opens something else."""

    def __init__(self, window: Window, figure: Provenance, pins: Sequence[Provenance]) -> None:
        self.window = window
        self.runs: list[Provenance] = [*pins, figure]
        self.ghosts: list[Ghost] = []

    def begin(self) -> None:
        """Show the first of the runs; LoupeError where this program no longer knows the concept or its parameters."""
        for run in self.runs:
            run.columns()
        self._next()

    def _next(self) -> None:
        window, run = self.window, self.runs.pop(0)
        window.open(run.concept, figure=run, visit=not self.runs)
        stage, session = window.stage, window.session
        if stage is None or session is None:
            return
        if not self.runs:
            stage.take_pins(self.ghosts)
            return
        landed = False

        def shown() -> None:
            nonlocal landed
            found = session.shown
            if landed or window.session is not session or found is None or not found.live or found.index != run.index:
                return
            landed = True
            self.ghosts.append(Ghost(found.frame, found.params, stage.shown(), run))
            QTimer.singleShot(0, window, lambda: self._next() if window.session is session else None)

        def failed(_fault: object) -> None:
            nonlocal landed
            if not landed:
                landed = True                           # a pin that cannot be had again costs no other
                QTimer.singleShot(0, window, lambda: self._next() if window.session is session else None)

        session.failed.connect(failed)
        session.frame_shown.connect(shown)
        shown()


def open_figure(window: Window, figure: Provenance) -> None:
    """Show what a file carries, with what is pinned behind it; LoupeError says why it cannot be."""
    Reopening(window, figure, figure.pinned()).begin()


def reopen(window: Window, item: Picture | Answer) -> LoupeError | None:
    """Begin to show an item again, an answer by the run that shows what happens; the fault where it cannot be."""
    try:
        if isinstance(item, Answer):
            _, params = item.figure.rebuilt()
            window.open(item.figure.concept, params=params)
        else:
            Reopening(window, item.figure, item.pins).begin()
    except LoupeError as fault:
        return fault
    return None
