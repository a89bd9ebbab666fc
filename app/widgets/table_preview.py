"""The first rows of a table: columns in use are bright, and one takes or leaves them with a click or with space."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.field import clear_palette
from app.widgets.style import elided, stylesheet, text_width
from engine.core.tables import Preview

SHOWN, MOST_SHOWN = 8, 60           # rows, and columns: of a table with more the others are chosen by name
ROW, HEAD, LEAST, MOST = 24, 28, 56, 190        # px; the last two: a column's width


class TablePreview(Looked, QTableWidget):
    """Cells as they stand in the file, under their columns' names. Arrows move; space turns the column of the cell."""

    turned = Signal(int)                # a column, by its number
    always_own = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Home,
                  Qt.Key.Key_End)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.seen: Preview | None = None
        self.used: dict[int, str] = {}
        self.bad: frozenset[int] = frozenset()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setSectionsClickable(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().sectionClicked.connect(self.turned)
        self.cellClicked.connect(lambda _row, column: self.turned.emit(column))
        self.begin_look(look)

    def show_table(self, seen: Preview | None, used: dict[int, str], bad: Sequence[int]) -> None:
        """The first rows; `used`: the part that each chosen column plays ('' where it has no name); bad: lines to dim."""
        self.seen, self.used, self.bad = seen, used, frozenset(bad)
        self._fill()

    def _fill(self) -> None:
        row, column = self.currentRow(), self.currentColumn()
        seen = self.seen
        rows = seen.rows[:SHOWN] if seen is not None else ()
        names = seen.layout.names[:MOST_SHOWN] if seen is not None else ()
        self.setRowCount(len(rows))
        self.setColumnCount(len(names))
        for at, name in enumerate(names):
            self._name(at, name)
        for number, cells in enumerate(rows):
            line = seen.lines[number] if seen is not None else 0
            head = QTableWidgetItem(str(line))
            head.setForeground(self.ink("error" if line in self.bad else "ink_faint"))
            self.setVerticalHeaderItem(number, head)
            for at in range(len(names)):
                self.setItem(number, at, self._cell(cells[at].strip() if at < len(cells) else "", at, line))
        self.setCurrentCell(max(0, min(row, len(rows) - 1)), max(0, min(column, len(names) - 1)))
        if not self.hasFocus():
            self.clearSelection()
        self._widen()

    def _name(self, at: int, name: str) -> None:
        part = self.used.get(at, "")
        item = QTableWidgetItem(elided(self.look.font("label"), f"{name} · {part}" if part else name, self.px(MOST - 20)))
        item.setToolTip(name)
        item.setForeground(self.ink("accent" if at in self.used else "ink_soft"))
        item.setTextAlignment(self._side(at))
        self.setHorizontalHeaderItem(at, item)

    def _cell(self, text: str, at: int, line: int) -> QTableWidgetItem:
        item = QTableWidgetItem(elided(self.look.font("label"), text, self.px(MOST - 14)))
        item.setTextAlignment(self._side(at))
        used = at in self.used
        item.setForeground(self.ink("error" if used and line in self.bad else "ink" if used else "ink_faint"))
        if used:
            item.setBackground(self.ink("accent_soft"))
        return item

    def _side(self, at: int) -> Qt.AlignmentFlag:
        numbers = self.seen is not None and self.seen.numeric[at]
        return (Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter

    def _widen(self) -> None:
        font = self.look.font("label")
        for at in range(self.columnCount()):
            head = self.horizontalHeaderItem(at)
            texts = [item.text() for n in range(self.rowCount()) if (item := self.item(n, at)) is not None]
            wide = max((text_width(font, text) for text in [*texts, head.text() if head else ""]), default=0.0)
            self.setColumnWidth(at, round(min(self.px(MOST), max(self.px(LEAST), wide + self.px(18)))))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.currentItem() is not None:
            self.currentItem().setSelected(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentColumn() >= 0:
            self.turned.emit(self.currentColumn())
        else:
            super().keyPressEvent(event)

    def relook(self) -> None:
        look = self.look
        made = clear_palette(look)
        made.setColor(QPalette.ColorRole.Highlight, look.theme.color("accent", 0.25))
        made.setColor(QPalette.ColorRole.HighlightedText, look.theme.color("ink"))
        self.setPalette(made)
        self.setFont(look.font("label", weight=400))
        self.setStyleSheet(stylesheet(look) + f"""
            QHeaderView, QTableCornerButton::section {{ background: transparent; border: none; }}
            QHeaderView::section {{ background: transparent; border: none; font-size: {round(self.px(12))}px;
                padding: 0 {round(self.px(6))}px; }}
            QTableWidget {{ background: {look.theme.hex("surface")}; border: 1px solid {look.theme.hex("line")};
                border-radius: {round(self.px(6))}px; }}""")
        for header, size in ((self.verticalHeader(), ROW), (self.horizontalHeader(), HEAD)):
            header.setMinimumSectionSize(round(self.px(ROW)))
            header.setDefaultSectionSize(round(self.px(size)))
        self.horizontalHeader().setFixedHeight(round(self.px(HEAD)))
        self.setAccessibleName(look.tr("table.table"))
        self.setToolTip(look.tr("table.toggle"))
        self._fill()

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(520)), round(self.px(HEAD + SHOWN * ROW + 14)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(self.px(220)), round(self.px(HEAD + 3 * ROW)))
