"""Before a CSV file is used: what it looks like, which of its columns play which part, and which rows cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from app.look import Look, sentence
from app.reading import TableReader
from app.widgets.buttons import Button
from app.widgets.dialogs import Card
from app.widgets.dropdown import Dropdown
from app.widgets.field import LineField
from app.widgets.table_parts import Parts
from app.widgets.table_preview import TablePreview
from app.widgets.toggle import Switch
from engine.core.data import SEPARATORS, Takes, word_for
from engine.core.faults import LoupeError
from engine.core.tables import ENCODINGS, Layout, Preview, Reading, preview

SOME_LINES = 8          # of the bad ones that are named
ROW = 26                # px: a field's height


class TableDialog(Card):
    """Shows a file's beginning and asks what is wanted of it; `chosen` brings the source once it was read and kept."""

    chosen = Signal(object)

    def __init__(self, look: Look, path: Path, parameter: str, takes: Takes, parent: QWidget) -> None:
        super().__init__(look, "table.title", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.path, self.parameter = path, parameter
        self.seen: Preview | None = None
        self.found: Layout | None = None                    # as the file was found before anybody changed anything
        self.reader: TableReader | None = None
        self.what = self.words(path.name, "label", "ink_soft")
        self.encoding = Dropdown(look, [name.upper() for name in ENCODINGS])
        self.delimiter = Dropdown(look, [look.tr(f"table.{name}") for name in SEPARATORS])
        self.parts = Parts(look, takes)
        self.table = TablePreview(look, self)
        self.rows = LineField(look)
        self.leave_out = Switch(look, self)
        self.leave_out.setChecked(True)
        self.use, self.cancel = Button(look, "table.use", kind="primary"), Button(look, "table.cancel")
        self._build()
        self._connect()
        self.look_again()
        self.use.setFocus()

    # what is in it ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        tr = self.look.tr
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        for column, (key, widget) in enumerate((("encoding", self.encoding), ("delimiter", self.delimiter), ("rows", self.rows))):
            label = self._label(tr(f"table.{key}"))
            label.setBuddy(widget)
            widget.setAccessibleName(label.text())
            widget.setFixedHeight(round(ROW * self.look.scale))
            grid.addWidget(label, 0, column)
            grid.addWidget(widget, 1, column)
            grid.setColumnStretch(column, 1)
        self.rows.setPlaceholderText(tr("table.all_rows"))
        self.column.addLayout(grid)
        self.column.addWidget(self.parts)
        self.column.addWidget(self.table, 1)
        self.said = self.words("", "label")
        self.typed = self.words("", "tick", "ink_soft", family="mono")
        skip = QHBoxLayout()
        self.skip_words = self._label(tr("table.leave_out"))
        self.leave_out.setAccessibleName(self.skip_words.text())
        self.leave_out.setFixedSize(round(40 * self.look.scale), round(22 * self.look.scale))
        skip.addWidget(self.leave_out)
        skip.addWidget(self.skip_words, 1)
        skip.addWidget(self.cancel)
        skip.addWidget(self.use)
        self.column.addLayout(skip)
        self.column.setSpacing(9)
        self.setMinimumSize(round(420 * self.look.scale), round(400 * self.look.scale))
        screen = self.screen().availableGeometry()
        self.resize(min(round(660 * self.look.scale), screen.width()), min(round(560 * self.look.scale), screen.height()))

    def _label(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setFont(self.look.font("label"))
        label.setStyleSheet(f"color: {self.look.theme.hex('ink_soft')};")
        return label

    def _connect(self) -> None:
        self.encoding.chosen.connect(lambda number: self.look_again(encoding=list(ENCODINGS)[number]))
        self.delimiter.chosen.connect(self._separate)
        self.parts.changed.connect(self.refresh)
        self.table.turned.connect(self.parts.turn)
        self.rows.textChanged.connect(lambda _: self.refresh())
        self.leave_out.clicked.connect(lambda _: self.refresh())
        self.use.clicked.connect(self.take)
        self.cancel.clicked.connect(self.reject)

    def _separate(self, number: int) -> None:
        marks = list(SEPARATORS.values())
        if number < len(marks):
            self.look_again(delimiter=marks[number])

    def look_again(self, encoding: str = "", delimiter: str = "") -> None:
        """Read the beginning once more, in another encoding or with another separator."""
        before = self.seen.layout if self.seen is not None else None
        if before is not None:
            encoding, delimiter = encoding or before.encoding, delimiter or before.delimiter
        try:
            self.seen = preview(self.path, Reading(encoding, delimiter))
        except LoupeError as fault:
            if self.seen is None or before is None:
                self._refuse(fault)
                return
            self.refresh()
            self._say(sentence(fault, self.look.language), "error")
            return
        layout = self.seen.layout
        self.found = self.found or layout
        self.encoding.set_current(list(ENCODINGS).index(layout.encoding))
        marks = list(SEPARATORS.values())
        self.delimiter.set_current(marks.index(layout.delimiter) if layout.delimiter in marks else -1)
        if before is None or before.names != layout.names:
            self.parts.show_columns(layout.names, self.seen.numeric)
        self.refresh()

    def _refuse(self, fault: LoupeError) -> None:
        """Nothing of it can be used: the sentence, and only the way out."""
        for widget in (self.encoding, self.delimiter, self.parts, self.rows, self.use, self.leave_out):
            widget.setEnabled(False)
        self._say(sentence(fault, self.look.language), "error")

    # what is wanted of it -----------------------------------------------------------------------------------------------

    def reading(self) -> Reading | None:
        """What is asked for now; None where it cannot be."""
        if self.seen is None or self.parts.fault() or (rows := self._count()) is None:
            return None
        layout, found = self.seen.layout, self.found or self.seen.layout
        return Reading("" if found.encoding == layout.encoding else layout.encoding,
                       "" if found.delimiter == layout.delimiter else layout.delimiter,
                       self.parts.columns(), self.parts.label_word(), rows, self.leave_out.isChecked() and bool(self.bad))

    def _count(self) -> int | None:
        text = self.rows.text().strip()
        if not text:
            return 0
        return int(text) if text.isascii() and text.isdecimal() and int(text[:12]) > 0 else None

    @property
    def bad(self) -> tuple[int, ...]:
        """Lines of the beginning that cannot be used as things stand."""
        if self.seen is None or not self.parts.columns():
            return ()
        return self.seen.unusable(self.parts.columns(), self.parts.label())

    def refresh(self) -> None:
        """Say what would come of it now."""
        seen, tr = self.seen, self.look.tr
        if seen is None:
            return
        bad, columns = self.bad, len(seen.layout.names)
        words = {"rows": len(seen.rows), "columns": columns, "size": self._size(seen.bytes)}
        self.what.setText(f"{self.path.name} · " + tr("table.seen_all" if seen.whole else "table.seen_some", **words))
        self.table.show_table(seen, self.parts.used(), bad)
        self.leave_out.setVisible(bool(bad))
        self.skip_words.setVisible(bool(bad))
        fault = self.parts.fault() or ("table.rows_wrong" if self._count() is None else "")
        useless = len(bad) == len(seen.rows)
        lines = ", ".join(map(str, bad[:SOME_LINES])) + (" …" if len(bad) > SOME_LINES else "")
        if fault or useless:
            self._say(tr(fault or "table.none_good"), "error")
        elif bad:
            self._say(tr("table.some_bad", count=len(bad), rows=len(seen.rows), lines=lines),
                      "ink_soft" if self.leave_out.isChecked() else "error")
        else:
            self._say(tr("table.all_good"), "ink_soft")
        self.use.setEnabled(not fault and not useless and (self.leave_out.isChecked() or not bad))
        how = self.reading()
        self.typed.setText("" if how is None else f"{tr('table.same_typed')} {self.parameter}={word_for(self.path.name, how)}")

    def _size(self, count: int) -> str:
        for unit, factor in (("mb", 10**6), ("kb", 10**3)):
            if count >= factor:
                return self.look.tr(f"table.sizes.{unit}", n=f"{count / factor:.3g}")
        return self.look.tr("table.sizes.bytes", n=count)

    def _say(self, words: str, role: str) -> None:
        self.said.setText(words)
        self.said.setStyleSheet(f"color: {self.look.theme.hex(role)};")

    # reading it -----------------------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Read the whole file as asked, and say so while it lasts."""
        how = self.reading()
        if how is None or self.reader is not None:
            return
        if self.seen is not None and not self.seen.whole and self.leave_out.isChecked():
            how = replace(how, skip_bad=True)               # more of them may come further on
        self.use.setEnabled(False)
        self._say(self.look.tr("table.reading", name=self.path.name), "ink_soft")
        self.reader = TableReader(self.path, how, self)
        self.reader.done.connect(self._read)
        self.reader.start()

    def _read(self, found: object) -> None:
        self.reader = None
        if isinstance(found, LoupeError):
            self.refresh()
            self._say(sentence(found, self.look.language), "error")
            return
        self.chosen.emit(found)
        self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.use.isEnabled():
            self.take()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        if self.reader is not None:
            self.reader.stop()
            self.reader = None
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.done(0)
        super().closeEvent(event)
