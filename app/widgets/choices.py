"""A column of answers of which one can be picked."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.look import Look

ROW = 34


class Choices(QWidget):
    """Answers as rows; click or arrow keys pick."""

    picked = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.texts: list[str] = []
        self.current: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_texts(self, texts: list[str]) -> None:
        self.texts = texts
        self.setFixedHeight(round(ROW * len(texts) * self.look.scale))
        self.setAccessibleName(" / ".join(texts))
        self.update()

    def set_current(self, number: int | None) -> None:
        self.current = number
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t, s = self.look.theme, self.look.scale
        for number, text in enumerate(self.texts):
            chosen = number == self.current
            rect = QRectF(0.5, number * ROW * s + 2.5, self.width() - 1, ROW * s - 5)
            painter.setPen(QPen(t.color("accent" if chosen else "line"), 1.5 if chosen else 1))
            painter.setBrush(t.color("accent_soft" if chosen else "surface"))
            painter.drawRoundedRect(rect, 6 * s, 6 * s)
            painter.setPen(t.color("ink" if self.isEnabled() or chosen else "ink_soft"))
            painter.setFont(self.look.font("label"))
            painter.drawText(rect.adjusted(12 * s, 0, -8 * s, 0), Qt.AlignmentFlag.AlignVCenter, painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, int(rect.width() - 20 * s)))
        if self.hasFocus():
            painter.setPen(QPen(t.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7 * s, 7 * s)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pick(int(event.position().y() / (ROW * self.look.scale)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._pick((self.current if self.current is not None else -1 if step > 0 else len(self.texts)) + step)

    def _pick(self, number: int) -> None:
        if self.isEnabled() and 0 <= number < len(self.texts):
            self.current = number
            self.update()
            self.picked.emit(number)
