"""One view at a time: where there is no room for all views of a picture, a row of their titles chooses one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.look import Look
from app.widgets.segmented import Segmented
from panels.kit.canvas import Canvas


class ViewSwitch(QWidget):
    """A segment a view; it stays away where all views are shown, or where there is only one."""

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.only: str | None = None            # the view that is shown alone; None: all of them
        self._row: Segmented | None = None
        self._names: list[str] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def offer(self, canvas: Canvas, alone: bool) -> str | None:
        """Offer the views of a canvas; gives the one to show alone, or None where all are shown."""
        names = list(canvas.view_names)
        if len(names) != len(self._names):
            self._make_row(len(names))
        self._names = names
        self.setVisible(alone and self._row is not None)
        if not alone or not names:
            self.only = None
            return None
        if self.only not in names:
            self.only = names[0]
        if self._row is not None:
            self._row.set_texts([canvas.title(name) for name in names])
            self._row.set_current(names.index(self.only))
        return self.only

    def _make_row(self, count: int) -> None:
        if self._row is not None:
            self._row.deleteLater()
            self._row = None
        if count > 1:
            self._row = Segmented(self.look, [""] * count, self)
            self._row.chosen.connect(self._choose)
            self._layout.addWidget(self._row)

    def _choose(self, number: int) -> None:
        self.only = self._names[number]
        self.chosen.emit(self.only)
