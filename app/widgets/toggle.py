"""A toggle: one parameter that is on or off, as a switch at the end of its row."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from app.entry import ParamWords
from app.look import Look
from app.widgets.base import Control, Looked
from app.widgets.style import dot, rounded
from engine.core.params import Parameter

ROW, WIDTH, HEIGHT, KNOB = 28, 32, 18, 14


class Switch(Looked, QCheckBox):
    """The switch; it covers its whole row, so that the label can be clicked too."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, width = self.px(HEIGHT), self.px(WIDTH)
        rect = QRectF(self.width() - width, (self.height() - height) / 2, width, height)
        on = self.isChecked()
        line = None if on else self.ink("ink_soft" if self.underMouse() else "line_strong")
        rounded(painter, rect, height / 2, self.ink("ink") if on else self.ink("surface"), line, self.px(1.5))
        inset = height / 2
        x = rect.right() - inset if on else rect.left() + inset
        dot(painter, QPointF(x, rect.center().y()), self.px(KNOB if on else KNOB - 4),
            self.ink("surface_raised" if on else "line_strong"))
        self.ring(rect, height / 2)


class Toggle(Control):
    """A bool as a row of 28 px."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.switch = Switch(look, self)
        self.switch.setChecked(bool(spec.default))
        self.switch.clicked.connect(lambda on: self.changed.emit(bool(on), True))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def set_value(self, value: Any) -> None:
        self.switch.setChecked(bool(value))

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(ROW)))
        self.describe(self)
        self.describe(self.switch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.switch.setGeometry(self.rect())

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), round(self.px(ROW)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_label(painter, QRectF(self.rect()).adjusted(0, 0, -self.px(WIDTH + 8), 0))
