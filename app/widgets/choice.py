"""A choice parameter: segments where two to five words fit, a dropdown otherwise; it decides by the room it has."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from app.entry import ParamWords
from app.look import Look
from app.widgets.base import Control
from app.widgets.dropdown import HEIGHT as DROP
from app.widgets.dropdown import Dropdown
from app.widgets.segmented import HEIGHT as SEGMENTS
from app.widgets.segmented import Segmented
from engine.core.params import Parameter

MOST_SEGMENTS = 5
LABEL, AFTER, GAP = 22, 13, 12      # px: a label on a line of its own, room below, between label and dropdown
USUAL, LEAST = 150, 110             # px, the width of a dropdown beside its label


class Choice(Control):
    """One of several named choices."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.look = look
        self.segmented = Segmented(look, self.texts(), self) if 2 <= len(spec.choices) <= MOST_SEGMENTS else None
        self.dropdown = Dropdown(look, self.texts(), self)
        for part in self.parts():
            part.chosen.connect(self._chosen)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_value(spec.default)
        self.begin_look(look)

    def parts(self) -> list[Segmented | Dropdown]:
        """Both ways to choose; one of them is shown."""
        return [self.dropdown] if self.segmented is None else [self.segmented, self.dropdown]

    def texts(self) -> list[str]:
        """The choices in the present language."""
        return [self.words.choice(c, self.look.language) for c in self.spec.choices]

    def set_value(self, value: Any) -> None:
        number = self.spec.choices.index(value)
        for part in self.parts():
            part.set_current(number)

    def _chosen(self, number: int) -> None:
        value = self.spec.choices[number]
        self.set_value(value)
        self.changed.emit(value, True)

    def relook(self) -> None:
        self.describe(self)
        for part in self.parts():
            part.set_texts(self.texts())
            self.describe(part)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _in_segments(self) -> bool:
        return self.segmented is not None and self.segmented.wanted_width() <= self.width()

    def _beside(self) -> bool:
        wanted = max(self.px(LEAST), self.dropdown.wanted_width())
        return self.label_width() + self.px(GAP) + wanted <= self.width()

    def _place(self) -> None:
        segments = self._in_segments()
        if self.segmented is not None:
            self.segmented.setVisible(segments)
        self.dropdown.setVisible(not segments)
        line = round(self.px(LABEL))
        if segments:
            assert self.segmented is not None
            self.segmented.setGeometry(0, line, self.width(), round(self.px(SEGMENTS)))
            height = self.px(LABEL + SEGMENTS + AFTER)
        elif self._beside():
            room = self.width() - self.label_width() - self.px(GAP)
            width = round(min(room, max(self.px(USUAL), self.dropdown.wanted_width())))
            self.dropdown.setGeometry(self.width() - width, 0, width, round(self.px(DROP)))
            height = self.px(DROP + AFTER)
        else:
            self.dropdown.setGeometry(0, line, self.width(), round(self.px(DROP)))
            height = self.px(LABEL + DROP + AFTER)
        if self.minimumHeight() != round(height):
            self.setFixedHeight(round(height))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        beside = not self._in_segments() and self._beside()
        width = self.dropdown.x() - self.px(8) if beside else self.width()
        self.paint_label(painter, QRectF(0, 0, width, self.px(DROP if beside else 18)))
