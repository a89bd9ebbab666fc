"""A small grid for tables, matrices and masks: cells are typed or pasted, rows added and removed."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QTableWidgetItem

from app.entry import ParamWords
from app.look import Look, sentence
from app.numbers import format_number, parse_number
from app.widgets.base import Control
from app.widgets.grid_cells import HEAD, ROW, Cells
from app.widgets.seed import SquareButton
from app.widgets.style import dot, radius, rounded
from engine.core.faults import BadInput
from engine.core.params import Parameter, coerce
from engine.core.structured import Columns, note_of

LABEL, SHOWN, AFTER, BUTTON = 26, 7, 13, 22             # px, but SHOWN: rows before it scrolls


class GridEditor(Control):
    """A `Table`, `Matrix` or `Mask` parameter."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.look = look
        columns = note_of(spec.notes, Columns)
        self.columns = columns if spec.type == "table" else None
        self.cells = Cells(look, self)
        self.cells.horizontalHeader().setVisible(self.columns is not None)
        self._value: Any = None
        names = ["add_row", "remove_row"] + ([] if self.columns else ["add_column", "remove_column"]) + ["paste"]
        icons = {"add_row": "plus", "remove_row": "minus", "add_column": "plus", "remove_column": "minus",
                 "paste": "note"}
        self.buttons = {n: SquareButton(look, icons[n], f"controls.{n}", self, BUTTON) for n in names}
        for name, button in self.buttons.items():
            button.clicked.connect(getattr(self, name))
        self.cells.itemChanged.connect(lambda _item: self._edited())
        self.cells.pasted.connect(self.paste_text)
        self.cells.turns = spec.type == "mask"
        self.cells.turned.connect(self.turn)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_value(spec.default)
        self.begin_look(look)

    # the value ------------------------------------------------------------------------------------------------------

    def set_value(self, value: Any) -> None:
        if value == self._value:
            return
        self._value = value
        rows = value.plain()
        self._fill([[self._text(cell) for cell in row] for row in rows])
        self.refused.emit("")

    def _text(self, cell: Any) -> str:
        return format_number(cell, "" if isinstance(cell, int) else ".6g") if isinstance(cell, int | float) else str(cell)

    def texts(self) -> list[list[str]]:
        """What stands in the cells, row by row."""
        found = []
        for row in range(self.cells.rowCount()):
            items = [self.cells.item(row, column) for column in range(self.cells.columnCount())]
            found.append([item.text() if item is not None else "" for item in items])
        return found

    def _fill(self, texts: list[list[str]]) -> None:
        cells = self.cells
        cells.blockSignals(True)
        width = len(self.columns.names) if self.columns else max((len(r) for r in texts), default=1)
        cells.setRowCount(len(texts))
        cells.setColumnCount(width)
        for r, row in enumerate(texts):
            for c, text in enumerate(row[:width]):
                item = QTableWidgetItem(text)
                wordy = self.columns is not None and self.columns.types[c] == "text"
                side = Qt.AlignmentFlag.AlignLeft if wordy else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                cells.setItem(r, c, item)
        cells.blockSignals(False)
        self._name_columns()
        self._place()

    def _name_columns(self) -> None:
        if self.columns is not None:
            names = [self.words.choice(n, self.look.language) for n in self.columns.names]
            self.cells.setHorizontalHeaderLabels(names)
            for c, kind in enumerate(self.columns.types):
                item = self.cells.horizontalHeaderItem(c)
                side = Qt.AlignmentFlag.AlignLeft if kind == "text" else Qt.AlignmentFlag.AlignRight
                if item is not None:
                    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def _cell(self, text: str, column: int) -> Any:
        """A cell's plain value; what is no number stays text, and is refused with the column's name."""
        kind = self.columns.types[column] if self.columns else "float"
        if kind in ("text", "exact", "exacts"):
            return text.strip()
        try:
            found = parse_number(text)
        except ValueError:
            return text
        whole = self.spec.type == "mask" or kind == "int"
        return int(found) if whole and found == int(found) else found

    def _edited(self) -> None:
        """Take the cells as they are, or say why they cannot be."""
        plain = [[self._cell(text, c) for c, text in enumerate(row)] for row in self.texts()]
        try:
            value = coerce(self.spec, plain)
        except BadInput as fault:
            self.refused.emit(sentence(fault, self.look.language))
            return
        self.refused.emit("")
        if value != self._value:
            self._value = value
            self.changed.emit(value.plain(), True)

    def turn(self) -> None:
        """Every chosen cell of a mask to what the current one is not."""
        cells, current = self.cells, self.cells.currentItem()
        if current is None:
            cells.setCurrentCell(0, 0)
            current = cells.currentItem()
        if current is None:
            return
        new = "0" if current.text() == "1" else "1"
        cells.blockSignals(True)
        for item in cells.selectedItems() or [current]:
            item.setText(new)
        cells.blockSignals(False)
        self._edited()

    # rows, columns, the clipboard -------------------------------------------------------------------------------------

    def add_row(self) -> None:
        """A copy of the chosen row (or of the last), below it."""
        texts = self.texts()
        at = self.cells.currentRow() if self.cells.currentRow() >= 0 else len(texts) - 1
        new = list(texts[at]) if texts else ["0"] * max(1, self.cells.columnCount())
        texts.insert(at + 1, new)
        self._fill(texts)
        self.cells.setCurrentCell(at + 1, 0)
        self._edited()

    def remove_row(self) -> None:
        """The chosen row away, or the last."""
        texts = self.texts()
        if texts:
            del texts[self.cells.currentRow() if self.cells.currentRow() >= 0 else -1]
            self._fill(texts)
            self._edited()

    def add_column(self) -> None:
        """A column of zeros at the end."""
        self._fill([[*row, "0"] for row in self.texts()])
        self._edited()

    def remove_column(self) -> None:
        """The last column away."""
        if self.cells.columnCount() > 1:
            self._fill([row[:-1] for row in self.texts()])
            self._edited()

    def paste(self) -> None:
        """Rows from the clipboard in place of these."""
        self.cells.setCurrentCell(-1, -1)
        self.paste_text(QGuiApplication.clipboard().text())

    def paste_text(self, text: str) -> None:
        """Rows of a spreadsheet or CSV: from the chosen cell on, or in place of everything."""
        rows = pasted_rows(text)
        if not rows:
            return
        top, left = self.cells.currentRow(), self.cells.currentColumn()
        texts = self.texts() if top >= 0 else []
        top, left = max(top, 0), max(left, 0)
        width = self.cells.columnCount() if self.columns or texts else max(len(row) for row in rows)
        for number, row in enumerate(rows):
            if top + number >= len(texts):
                texts.append(["0"] * width)
            line = texts[top + number]
            line[left:left + len(row)] = row[:max(0, width - left)]
        self._fill(texts)
        self._edited()

    # looks ----------------------------------------------------------------------------------------------------------

    def relook(self) -> None:
        self.describe(self)
        self.cells.setAccessibleName(self.label)
        self._name_columns()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        shown = min(max(1, self.cells.rowCount()), SHOWN)
        head = HEAD if self.columns else 0
        height = round(self.px(head + shown * ROW)) + 2 * round(self.px(4))
        self.setFixedHeight(round(self.px(LABEL)) + height + round(self.px(AFTER)))
        inset, left = round(self.px(4)), self.px(18 if self.columns else 4)
        self.cells.setGeometry(round(left), round(self.px(LABEL)) + inset, self.width() - round(left) - inset, height - 2 * inset)
        x = self.width()
        for name, button in reversed(self.buttons.items()):
            x -= button.width()
            button.move(x, 0)
            x -= round(self.px(10 if name.startswith("add") or name == "paste" else 3))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        first = next(iter(self.buttons.values()))
        self.paint_label(painter, QRectF(0, 0, first.x() - self.px(8), self.px(BUTTON)))
        box = QRectF(0, self.px(LABEL), self.width(), self.height() - self.px(LABEL + AFTER))
        line: QColor = self.ink("accent" if self.cells.hasFocus() else "line")
        rounded(painter, box, radius(self.look, "button"), self.ink("surface"), line)
        if self.columns is None:
            return
        painter.setClipRect(box.adjusted(0, self.px(HEAD + 2), 0, -self.px(2)))
        for row in range(self.cells.rowCount()):            # each row in the colour of its series
            y = self.cells.y() + self.px(HEAD) + self.cells.rowViewportPosition(row) + self.px(ROW / 2)
            dot(painter, QPointF(self.px(12), y), self.px(8), self.ink(f"series[{row % 8}]"))


def pasted_rows(text: str) -> list[list[str]]:
    """Cells of copied text: tabs, semicolons, commas or spaces between them, whichever comes first in this order."""
    lines = [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
    for separator in ("\t", ";", ","):
        if any(separator in line for line in lines):
            return [[cell.strip() for cell in line.split(separator)] for line in lines]
    return [re.split(r"\s+", line.strip()) for line in lines]
