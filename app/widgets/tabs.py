"""Tabs as words over a hairline; the chosen one is underlined in the accent."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.look import Look

GAP, NARROW = 20, 14


class Tabs(QWidget):
    """Words to choose a page by; arrow keys move between them."""

    chosen = Signal(str)

    def __init__(self, look: Look, names: list[str]) -> None:
        super().__init__()
        self.look, self.names, self.current = look, names, names[0]
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.setFixedHeight(round(34 * self.look.scale))
        self.setAccessibleName(self.look.tr(f"window.tabs.{self.current}"))
        self.update()

    def set_names(self, names: list[str]) -> None:
        """Other tabs; the current one stays if it is among them."""
        self.names = names
        if self.current not in names:
            self.choose(names[0])
        self.update()

    def choose(self, name: str) -> None:
        self.current = name
        self.restyle()
        self.chosen.emit(name)

    def _word(self, name: str) -> str:
        """A tab's word; with four tabs in a narrow column, a short one."""
        short = name == "experiments" and len(self.names) > 3
        return self.look.tr("window.tabs.experiments_short" if short else f"window.tabs.{name}")

    def _boxes(self) -> list[tuple[str, QRectF]]:
        s, left, found = self.look.scale, 0.0, []
        metrics = QFontMetricsF(self.look.font("body", weight=600))
        for name in self.names:
            width = metrics.horizontalAdvance(self._word(name))
            found.append((name, QRectF(left, 0, width, self.height())))
            left += width + (NARROW if len(self.names) > 3 else GAP) * s
        return found

    def sizeHint(self) -> QSize:
        return QSize(round(self._boxes()[-1][1].right()) + 1, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t, bottom = self.look.theme, self.height() - 1
        painter.setPen(t.color("line"))
        painter.drawLine(0, bottom, self.width(), bottom)
        for name, box in self._boxes():
            here = name == self.current
            painter.setPen(t.color("ink" if here else "ink_soft"))
            painter.setFont(self.look.font("body", weight=600 if here else 500))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._word(name))
            if here:
                painter.fillRect(QRectF(box.left(), bottom - 1, box.width(), 2), t.color("accent"))
            if here and self.hasFocus():
                painter.setPen(t.color("accent"))
                painter.drawRoundedRect(box.adjusted(-5, 4, 5, -5), 4, 4)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for name, box in self._boxes():
            if box.adjusted(-GAP / 2, 0, GAP / 2, 0).contains(event.position()):
                self.choose(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self.choose(self.names[(self.names.index(self.current) + step) % len(self.names)])
