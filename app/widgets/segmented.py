"""Segments: one of two to five short choices, all in sight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.style import rounded, text_width, write

HEIGHT, INSET, SIDE, CORNER = 28, 3, 7, 8


class Segment(Looked, QRadioButton):
    """One choice. A radio button: arrow keys go from one to the next, and screen readers know it."""

    own_keys = (Qt.Key.Key_Space,)
    always_own = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.box = parent
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.box.update()

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.box.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, chosen = QRectF(self.rect()), self.isChecked()
        if chosen:
            rounded(painter, rect, self.px(CORNER - INSET + 1), self.ink("surface_raised"), self.ink("line"))
        write(painter, rect, self.text(), self.look.font("label", weight=600 if chosen else 500),
              self.ink("ink" if chosen or self.underMouse() else "ink_soft"), Qt.AlignmentFlag.AlignHCenter)


class Segmented(Looked, QWidget):
    """A row of segments in a sunken box."""

    chosen = Signal(int)

    def __init__(self, look: Look, texts: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.segments = [Segment(look, self) for _ in texts]
        for number, segment in enumerate(self.segments):
            segment.clicked.connect(lambda _on, n=number: self.chosen.emit(n))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.look = look
        self.set_texts(texts)
        self.begin_look(look)

    def set_texts(self, texts: list[str]) -> None:
        """The words of the segments."""
        for segment, text in zip(self.segments, texts, strict=True):
            segment.setText(text)
            segment.setAccessibleName(text)

    def wanted_width(self) -> float:
        """The least width at which every word fits."""
        font = self.look.font("label", weight=600)
        widest = max(text_width(font, s.text()) for s in self.segments)
        return len(self.segments) * (widest + 2 * self.px(SIDE)) + 2 * self.px(INSET)

    @property
    def current(self) -> int:
        return next((n for n, s in enumerate(self.segments) if s.isChecked()), -1)

    def set_current(self, number: int) -> None:
        """Choose without a signal."""
        if 0 <= number < len(self.segments):
            self.segments[number].setChecked(True)
        for n, segment in enumerate(self.segments):         # one tab stop: the chosen one
            segment.setFocusPolicy(Qt.FocusPolicy.StrongFocus if n == max(number, 0) else Qt.FocusPolicy.ClickFocus)
        self.update()

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(HEIGHT)))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        inset, count = self.px(INSET), len(self.segments)
        width = (self.width() - 2 * inset) / count
        for number, segment in enumerate(self.segments):
            left, right = round(inset + number * width), round(inset + (number + 1) * width)
            segment.setGeometry(left, round(inset), right - left, self.height() - 2 * round(inset))

    def sizeHint(self) -> QSize:
        return QSize(round(self.wanted_width()) + 1, round(self.px(HEIGHT)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, corner = QRectF(self.rect()), self.px(CORNER)
        rounded(painter, rect, corner, self.ink("surface_sunken"), self.ink("line"))
        self.ringed = any(s.ringed for s in self.segments)
        self.ring(rect, corner)
