"""A data set: the bundled and generated ones by name in a list, and at its end a CSV file of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QSizePolicy

from app.entry import ParamWords
from app.look import Look
from app.widgets.base import Control
from app.widgets.dropdown import HEIGHT, Dropdown
from engine.core.data import Takes
from engine.core.params import Parameter
from engine.core.structured import note_of
from engine.core.values import Source

LINE, AFTER = 22, 13                # px: the label on a line of its own, room below
FILES = "CSV (*.csv *.tsv *.txt);;(*)"


class SourceField(Control):
    """The named sources, the file in use if there is one, and the way to choose another file."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.look = look
        self.value: Source = spec.default
        self.dropdown = Dropdown(look, [], self)
        self.dropdown.chosen.connect(self._chosen)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def set_value(self, value: Any) -> None:
        self.value = value
        self._list()

    def _list(self) -> None:
        """The choices as they are now, the present one chosen."""
        texts = [self.words.choice(c, self.look.language) for c in self.spec.choices]
        own = [self.value.name] if self.value.sha256 else []
        texts += [*own, self.look.tr("controls.open_csv")]
        if [self.dropdown.itemText(i) for i in range(self.dropdown.count())] != texts:
            self.dropdown.clear()
            self.dropdown.addItems(texts)
        at = len(self.spec.choices) if own else self.spec.choices.index(self.value.name)
        self.dropdown.set_current(at)

    def _chosen(self, number: int) -> None:
        if number < len(self.spec.choices):
            self.refused.emit("")
            self.changed.emit(self.spec.choices[number], True)
        elif number == self.dropdown.count() - 1:
            self._list()                                    # the box shows what is in use until a file was read
            name, _ = QFileDialog.getOpenFileName(self, self.look.tr("controls.open_csv"), "", FILES)
            if name:
                self.take(name)

    def take(self, path: str) -> None:
        """Show what is in a file, and ask which of its columns are wanted."""
        from app.widgets.table_dialog import TableDialog

        dialog = TableDialog(self.look, Path(path), self.spec.name, note_of(self.spec.notes, Takes) or Takes(), self.window())
        dialog.chosen.connect(self._brought)
        dialog.open()

    def _brought(self, source: Source) -> None:
        self.refused.emit("")
        self.changed.emit(source.plain(), True)

    def relook(self) -> None:
        self.describe(self)
        self.describe(self.dropdown)
        self._list()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        self.dropdown.setGeometry(0, round(self.px(LINE)), self.width(), round(self.px(HEIGHT)))
        self.setFixedHeight(round(self.px(LINE + HEIGHT + AFTER)))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paint_label(QPainter(self), QRectF(0, 0, self.width(), self.px(18)))
