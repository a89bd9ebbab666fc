"""Chips: small rounded buttons that flow over lines; presets are chips, and so are flags."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLayout, QLayoutItem, QPushButton, QSizePolicy, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.style import dot, rounded, text_width, write

PRESET, FLAG, SIDE, GAP, FLAG_DOT = 26, 24, 10, 6, 9


class Flow(QLayout):
    """Lays widgets out as words in a line, wrapping where the line is full."""

    def __init__(self, parent: QWidget, gap: int) -> None:
        super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self._gap = gap
        self._items: list[QLayoutItem] = []

    def set_gap(self, gap: int) -> None:
        self._gap = gap
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._run(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._run(rect, place=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items]
        return QSize(max((min(s.width(), 80) for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def _run(self, rect: QRect, *, place: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            width = min(size.width(), rect.width())
            if x > rect.x() and x + width > rect.x() + rect.width():
                x, y, line = rect.x(), y + line + self._gap, 0
            if place:
                item.setGeometry(QRect(QPoint(x, y), QSize(width, size.height())))
            x, line = x + width + self._gap, max(line, size.height())
        return y + line - rect.y()


class Chips(Looked, QWidget):
    """A flow of chips; its height follows its width."""

    def __init__(self, look: Look, chips: list[QAbstractButton], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._flow = Flow(self, round(self.px(GAP)))
        for chip in chips:
            self._flow.addWidget(chip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def relook(self) -> None:
        self._flow.set_gap(round(self.px(GAP)))
        self.fit()

    def fit(self) -> None:
        """As tall as the chips need at this width."""
        self.setFixedHeight(self._flow.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.oldSize().width() != event.size().width():
            self.fit()


class PresetChip(Looked, QPushButton):
    """A preset: accent when every parameter is as it says."""

    def __init__(self, look: Look, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.chosen = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.begin_look(look)

    def set_chosen(self, chosen: bool) -> None:
        if chosen != self.chosen:
            self.chosen = chosen
            self.update()

    def sizeHint(self) -> QSize:
        width = text_width(self.look.font("label"), self.text()) + 2 * self.px(SIDE)
        return QSize(round(width) + 1, round(self.px(PRESET)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(self.px(40)), round(self.px(PRESET)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, corner = QRectF(self.rect()), self.height() / 2
        over = self.underMouse() and self.isEnabled()
        line = "accent" if self.chosen else "line_strong" if over else "line"
        fill = "accent_soft" if self.chosen else "surface_sunken" if self.isDown() else "surface_raised"
        rounded(painter, rect, corner, self.ink(fill), self.ink(line), self.px(1.2) if self.chosen else 1.0)
        write(painter, rect.adjusted(self.px(SIDE) - 2, 0, 2 - self.px(SIDE), 0), self.text(), self.look.font("label"),
              self.ink("accent" if self.chosen else "ink" if over else "ink_soft"), Qt.AlignmentFlag.AlignHCenter)
        self.ring(rect, corner)


class FlagChip(Looked, QCheckBox):
    """A flag: its dot is filled with its colour while it is on, and a ring while it is off."""

    def __init__(self, look: Look, text: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.role = role
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def sizeHint(self) -> QSize:
        width = text_width(self.look.font("label"), self.text()) + self.px(2 * 8 + FLAG_DOT + 5)
        return QSize(round(width) + 1, round(self.px(FLAG)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, corner, on = QRectF(self.rect()), self.height() / 2, self.isChecked()
        rounded(painter, rect, corner, self.ink("surface" if on else "surface_raised"),
                self.ink("line_strong" if self.underMouse() else "line"))
        color, size = self.ink(self.role), self.px(FLAG_DOT)
        center = QPointF(self.px(8) + size / 2, rect.center().y())
        dot(painter, center, size, color if on else None, None if on else color, self.px(1.6))
        left = self.px(8 + FLAG_DOT + 5)
        write(painter, QRectF(left, 0, rect.width() - left - self.px(4), rect.height()), self.text(),
              self.look.font("label"), self.ink("ink" if on or self.underMouse() else "ink_soft"))
        self.ring(rect, corner)
