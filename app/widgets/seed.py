"""A seed: a typed whole number, and a die that throws another one."""

from __future__ import annotations

import random
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.entry import ParamWords
from app.look import Look
from app.widgets.base import Control, Looked
from app.widgets.field import NumberField
from app.widgets.glyphs import glyph
from app.widgets.style import radius, rounded, text_width
from engine.core.params import Parameter

ROW, FIELD, DIE = 34, 60, 26
THROWN_BELOW = 10_000           # a thrown seed stays short enough to read out


class SquareButton(Looked, QAbstractButton):
    """A square button with an icon."""

    def __init__(self, look: Look, icon: str, words: str, parent: QWidget | None = None, side: int = DIE) -> None:
        super().__init__(parent)
        self.icon_name, self.key, self.side = icon, words, side
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def relook(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.setToolTip(self.look.tr(self.key))
        self.setAccessibleName(self.look.tr(self.key))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(self.side)), round(self.px(self.side)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        over = self.underMouse() and self.isEnabled()
        rect, corner = QRectF(self.rect()), radius(self.look, "field")
        fill = "surface_sunken" if self.isDown() else "surface_raised"
        rounded(painter, rect, corner, self.ink(fill), self.ink("line_strong" if over else "line"))
        glyph(painter, self.icon_name, QPointF(rect.center()), self.px(16), self.ink("ink" if over else "ink_soft"))
        self.ring(rect, corner)


class SeedField(Control):
    """A seed as a row: field and die."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.field = NumberField(look, spec, "d", self)
        self.die = SquareButton(look, "dice", "controls.throw", self)
        self._seed = int(spec.default)
        self.field.typed.connect(self._take)
        self.field.refused.connect(self.refused)
        self.field.stepped.connect(lambda steps, _fine: self._take(self._within(self._seed + steps)))
        self.die.clicked.connect(self._throw)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def set_value(self, value: Any) -> None:
        self._seed = int(value)
        self.field.set_value(self._seed)
        self._place()

    def _take(self, seed: int) -> None:
        self.set_value(seed)
        self.changed.emit(int(seed), True)

    def _within(self, seed: int) -> int:
        assert self.spec.min is not None and self.spec.max is not None
        return int(min(max(seed, self.spec.min), self.spec.max))

    def _throw(self) -> None:
        seed = self._seed
        while seed == self._seed:
            seed = self._within(random.randrange(THROWN_BELOW))
        self._take(seed)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self._take(int(self.spec.default))

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(ROW)))
        self.describe(self)
        self.describe(self.field)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        middle, die, width = self.height() / 2, round(self.px(DIE)), round(self._field_width())
        self.die.setGeometry(self.width() - die, round(middle - die / 2), die, die)
        height = round(self.px(22))
        self.field.setGeometry(self.die.x() - round(self.px(6)) - width, round(middle - height / 2), width, height)

    def _field_width(self) -> float:
        return max(self.px(FIELD), text_width(self.field.font(), self.field.text()) + self.px(22))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), round(self.px(ROW)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_label(painter, QRectF(0, 0, self.field.x() - self.px(8), self.height()))
