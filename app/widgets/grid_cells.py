"""The cells of a grid: typed, turned, pasted and copied like a spreadsheet's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHeaderView, QTableWidget, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.field import clear_palette
from app.widgets.style import stylesheet

HEAD, ROW, NARROWEST = 22, 24, 24               # px


class Cells(Looked, QTableWidget):
    """The cells. Typing edits, Enter goes on, space flips a mask's cell or opens another's, Ctrl+V pastes, Delete empties."""

    pasted = Signal(str)
    turned = Signal()                       # space: the chosen cells of a mask are to be turned
    always_own = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space,
                  Qt.Key.Key_Home, Qt.Key.Key_End)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.turns = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.viewport().setAutoFillBackground(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.begin_look(look)

    def relook(self) -> None:
        look = self.look
        made = clear_palette(look)
        made.setColor(made.ColorRole.Highlight, look.theme.color("accent_soft"))
        made.setColor(made.ColorRole.HighlightedText, look.theme.color("ink"))
        self.setPalette(made)
        self.setFont(look.font("label", weight=400))
        self.setStyleSheet(stylesheet(look) + f"""
            QHeaderView {{ background: transparent; }}
            QHeaderView::section {{ background: transparent; border: none; color: {look.theme.hex("ink_soft")};
                font-size: {round(self.px(11))}px; font-weight: normal; padding: 0 {round(self.px(3))}px; }}
            QTableWidget {{ background: transparent; color: {look.theme.hex("ink")}; }}
            QLineEdit {{ background: {look.theme.hex("surface_raised")}; border: 1px solid {look.theme.hex("accent")};
                color: {look.theme.hex("ink")}; padding: 0 2px; }}""")
        self.verticalHeader().setDefaultSectionSize(round(self.px(ROW)))
        self.verticalHeader().setMinimumSectionSize(round(self.px(ROW)))
        self.horizontalHeader().setMinimumSectionSize(round(self.px(NARROWEST)))
        self.horizontalHeader().setFixedHeight(round(self.px(HEAD)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QGuiApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._chosen_text())
        elif event.key() == Qt.Key.Key_Space and self.turns and self.state() != self.State.EditingState:
            self.turned.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.rowCount() and \
                self.state() != self.State.EditingState:
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        """The chosen cell's text to be edited, or else the first's."""
        if self.currentItem() is None:
            self.setCurrentCell(0, 0)
        self.editItem(self.currentItem())

    def _chosen_text(self) -> str:
        chosen = {(i.row(), i.column()): i.text() for i in self.selectedItems()}
        rows = sorted({row for row, _ in chosen})
        return "\n".join("\t".join(text for (r, _), text in sorted(chosen.items()) if r == row) for row in rows)
