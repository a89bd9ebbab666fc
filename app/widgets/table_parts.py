"""Which columns of a table play which part: a list for each named part, or any number of them, and perhaps the classes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.look import Look
from app.widgets.dropdown import Dropdown
from engine.core.data import Takes
from engine.core.tables import label_column

CLASSES = "label"


class Parts(QWidget):
    """The choice of columns; by lists, or by clicks on the table."""

    changed = Signal()

    def __init__(self, look: Look, takes: Takes) -> None:
        super().__init__()
        self.look, self.takes = look, takes
        self.names: tuple[str, ...] = ()
        self.taken: set[int] = set()                        # where any number may be taken
        self.turn_of = 0                                    # the part that the next click on a column is for
        self.lists = {part: Dropdown(look, []) for part in (*takes.parts, *([CLASSES] if takes.label != "no" else []))}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        for column, (part, box) in enumerate(self.lists.items()):
            label = self._label(look.tr(f"table.parts.{part}"))
            box.setAccessibleName(label.text())
            grid.addWidget(label, 0, column)
            grid.addWidget(box, 1, column)
            grid.setColumnStretch(column, 1)
            box.chosen.connect(lambda _, p=part: self._listed(p))
        if not takes.parts:
            grid.addWidget(self._label(look.tr("table.columns")), 0, len(self.lists))
            hint = self._label(look.tr("table.toggle"))
            hint.setWordWrap(True)
            grid.addWidget(hint, 1, len(self.lists))
            grid.setColumnStretch(len(self.lists), 2)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setFont(self.look.font("label"))
        label.setStyleSheet(f"color: {self.look.theme.hex('ink_soft')};")
        return label

    # what is there ----------------------------------------------------------------------------------------------------

    @property
    def _optional(self) -> bool:
        return self.takes.label == "may"

    def show_columns(self, names: Sequence[str], numeric: Sequence[bool]) -> None:
        """Other columns: the first that fit are chosen."""
        self.names = tuple(names)
        texts = [name if good else self.look.tr("table.is_words", name=name) for name, good in zip(names, numeric, strict=True)]
        for part, box in self.lists.items():
            box.clear()
            box.addItems(([self.look.tr("table.none")] if part == CLASSES and self._optional else []) + texts)
        label = self._classes(numeric)
        numbers = [n for n, good in enumerate(numeric) if good and n != label] or [n for n in range(len(names)) if n != label]
        for place, part in enumerate(self.takes.parts):
            self.lists[part].set_current(numbers[min(place, len(numbers) - 1)] if numbers else 0)
        if CLASSES in self.lists:
            self.lists[CLASSES].set_current(label + 1 if self._optional else label)
        self.taken = {n for n, good in enumerate(numeric) if (good or not any(numeric)) and n != label}

    def _classes(self, numeric: Sequence[bool]) -> int:
        """The column that most likely names classes; -1 where none need do."""
        if self.takes.label == "no":
            return -1
        called = label_column(self.names)
        if called is not None:
            return called
        words = [n for n, good in enumerate(numeric) if not good]
        return words[-1] if words and not self._optional else -1 if self._optional else len(self.names) - 1

    # what is chosen ---------------------------------------------------------------------------------------------------

    def _at(self, part: str) -> int:
        """The column of a part; -1 for none."""
        return self.lists[part].current - (part == CLASSES and self._optional)

    def columns(self) -> tuple[str, ...]:
        """The chosen columns but for the classes, in the order of their parts."""
        if not self.names:
            return ()
        at = [self._at(part) for part in self.takes.parts] if self.takes.parts else sorted(self.taken)
        return tuple(self.names[n] for n in at if n >= 0)

    def label(self) -> str:
        """The column that names classes; '' for none."""
        at = self._at(CLASSES) if CLASSES in self.lists and self.names else -1
        return self.names[at] if at >= 0 else ""

    def label_word(self) -> str | None:
        """The same as a reading has it: None where no column could be taken for it by its name."""
        return self.label() or (None if label_column(self.columns()) is None else "")

    def used(self) -> dict[int, str]:
        """The part of each column in use, as the table's head shows it."""
        found = dict.fromkeys(sorted(self.taken), "") if not self.takes.parts else {}
        for part in self.lists:
            if (at := self._at(part)) >= 0:
                found[at] = self.look.tr(f"table.short.{part}")
        return found

    def fault(self) -> str:
        """The key of what is wrong with the choice; '' where nothing is."""
        columns, label = self.columns(), self.label()
        if not columns:
            return "table.no_columns"
        enough = len(self.names) > len(self.takes.parts)
        return "table.twice" if label in columns or (len(set(columns)) < len(columns) and enough) else ""

    # choosing ---------------------------------------------------------------------------------------------------------

    def _listed(self, part: str) -> None:
        if part == CLASSES and not self.takes.parts:
            self.taken.discard(self._at(CLASSES))           # what names classes is no number to be looked at
        self.changed.emit()

    def turn(self, column: int) -> None:
        """A column was clicked: taken or left, or given to the next part in turn."""
        if not self.takes.parts:
            if self.lists.get(CLASSES) is None or column != self._at(CLASSES):
                self.taken ^= {column}
        elif column not in self.used():
            part = list(self.lists)[self.turn_of % len(self.lists)]
            self.lists[part].set_current(column + (part == CLASSES and self._optional))
            self.turn_of += 1
        self.changed.emit()
