"""Flags: several names on or off at once, as chips in the colours of the series they switch."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from app.entry import ParamWords
from app.look import Look, sentence
from app.widgets.base import Control
from app.widgets.chips import Chips, FlagChip
from engine.core.faults import BadInput
from engine.core.params import Parameter, coerce

LABEL, AFTER, COLOURS = 22, 13, 8


class FlagChips(Control):
    """A `Flags` parameter as a label above its chips."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.look = look
        self.chips = {name: FlagChip(look, words.choice(name, look.language), f"series[{number % COLOURS}]")
                      for number, name in enumerate(spec.choices)}
        for chip in self.chips.values():
            chip.clicked.connect(self._clicked)
        self.box = Chips(look, list(self.chips.values()), self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._value = tuple(spec.default.names)
        self.set_value(spec.default)
        self.begin_look(look)

    def wear(self, roles: dict[str, str]) -> None:
        """Roles of flags that are terms of the formula, so that chip, word and mark have one colour."""
        for name, chip in self.chips.items():
            chip.role = roles.get(name, chip.role)
            chip.update()

    def set_value(self, value: Any) -> None:
        self._value = tuple(value.names)
        for name, chip in self.chips.items():
            chip.setChecked(name in self._value)

    def _clicked(self) -> None:
        wanted = [name for name, chip in self.chips.items() if chip.isChecked()]
        try:
            value = coerce(self.spec, wanted)
        except BadInput as fault:                       # too few or too many
            self.refused.emit(sentence(fault, self.look.language))
            for name, chip in self.chips.items():
                chip.setChecked(name in self._value)
            return
        self.refused.emit("")
        self._value = tuple(value.names)
        self.changed.emit(wanted, True)

    def relook(self) -> None:
        self.describe(self)
        for name, chip in self.chips.items():
            chip.setText(self.words.choice(name, self.look.language))
            chip.setAccessibleName(chip.text())
            chip.setAccessibleDescription(self.label)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        self.box.setGeometry(0, round(self.px(LABEL)), self.width(), self.box.height())
        self.box.fit()
        height = self.box.height()
        self.setFixedHeight(round(self.px(LABEL)) + height + round(self.px(AFTER)))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paint_label(QPainter(self), QRectF(0, 0, self.width(), self.px(18)))
