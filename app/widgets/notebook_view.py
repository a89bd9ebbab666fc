"""The notebook's drawer: its title, what can be done with it, its items, and the words of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from app.catalog import Catalog
from app.look import Look, sentence
from app.notebook import Notebook
from app.notebook_file import MOST_LINE, clean
from app.typeset import Typesetter
from app.widgets.buttons import Button
from app.widgets.note_editor import NoteEditor
from app.widgets.notebook_list import NotebookList
from engine.core.faults import LoupeError
from panels.kit.theme import tokens

WIDTH, SMALL_WIDTH = 320, 288


class NotebookView(QWidget):
    """The drawer at the window's right. It shows a notebook and asks for changes."""

    title_edited = Signal(str)
    menu_wanted = Signal()
    rescue_wanted = Signal()

    def __init__(self, look: Look, catalog: Catalog, typesetter: Typesetter) -> None:
        super().__init__()
        self.look = look
        self.small = False
        self.name = QLineEdit()
        self.name.setFrame(False)
        self.name.setMaxLength(MOST_LINE)
        self.picture = Button(look, "window.actions.note_picture", "camera", "icon")
        self.note = Button(look, "window.actions.note_add", "note", "icon")
        self.report = Button(look, "window.actions.note_report", "export", "icon")
        self.more = Button(look, "notebook.menu", "menu", "icon")
        self.shut = Button(look, "notebook.close", "close", "icon")
        self.trouble = QLabel()
        self.trouble.setWordWrap(True)
        self.rescue = Button(look, "notebook.elsewhere", "folder", "link")
        self.list = NotebookList(look, catalog)
        self.editor = NoteEditor(look, catalog, typesetter)
        self._build()
        self.name.textEdited.connect(lambda text: self.title_edited.emit(clean(text)))
        self.more.clicked.connect(self.menu_wanted)
        self.rescue.clicked.connect(self.rescue_wanted)
        look.changed.connect(self.restyle)
        self.restyle()
        self.say_trouble(None)

    def _build(self) -> None:
        self.head = QHBoxLayout()
        self.head.setSpacing(0)
        self.head.addWidget(self.name, 1)
        for button in (self.picture, self.note, self.report, self.more, self.shut):
            self.head.addWidget(button)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(3)
        for widget in (self.list, self.editor):
            self.split.addWidget(widget)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.list.setMinimumHeight(90)
        self.editor.setMinimumHeight(96)
        self.banner = QVBoxLayout()
        for label in (self.trouble, self.rescue):
            self.banner.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.head)
        column.addLayout(self.banner)
        column.addWidget(self.split, 1)

    def restyle(self) -> None:
        look, s, t = self.look, self.look.scale, self.look.theme
        self.setFixedWidth(round((SMALL_WIDTH if self.small else WIDTH) * s))
        self.head.setContentsMargins(round(16 * s), round(14 * s), round(8 * s), round(8 * s))
        self.banner.setContentsMargins(round(16 * s), 0, round(12 * s), round(4 * s))
        self.list.setContentsMargins(0, 0, 0, 0)
        self.list.setViewportMargins(round(8 * s), 0, round(6 * s), 0)
        self.name.setFont(look.font("section"))
        self.name.setStyleSheet(f"QLineEdit {{ background: transparent; color: {t.hex('ink')}; border: none; }}")
        self.name.setPlaceholderText(look.tr("notebook.title"))
        self.name.setAccessibleName(look.tr("notebook.title"))
        self.trouble.setFont(look.font("label", weight=400))
        self.trouble.setStyleSheet(f"color: {t.hex('fail')};")
        self.split.setStyleSheet("QSplitter::handle { background: transparent; }")
        self.update()

    def set_small(self, small: bool) -> None:
        """Narrower, in small windows."""
        if small != self.small:
            self.small = small
            self.restyle()

    def show_notebook(self, notebook: Notebook, current: int | None = None) -> None:
        """Show this notebook; `current` is chosen, else what was."""
        if self.name.text() != notebook.title:
            self.name.setText(notebook.title)
            self.name.setCursorPosition(0)
        self.list.show_notebook(notebook, current)
        self.report.setEnabled(bool(notebook.items))
        self.show_current()

    def show_current(self) -> None:
        """The chosen item's words."""
        place = self.list.currentRow()
        items = self.list.notebook.items
        self.editor.show_item(items[place] if 0 <= place < len(items) else None)

    def say_trouble(self, fault: LoupeError | None) -> None:
        """Why the notebook is not on the disk, and a way out; None where it is."""
        for widget in (self.trouble, self.rescue):
            widget.setVisible(fault is not None)
        if fault is not None:
            self.trouble.setText(self.look.tr("notebook.not_saved", reason=sentence(fault, self.look.language)))

    def sizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.theme.color("surface_raised"))
        painter.fillRect(0, 0, 1, self.height(), self.look.theme.color("line"))


def rail_below() -> int:
    """The window width from which the drawer has room beside the whole sidebar."""
    return int(tokens()["layout"]["breakpoints"]["large"]) + 400
