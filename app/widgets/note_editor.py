"""The words of one item: written as Markdown with TeX, shown set as soon as they are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from app.catalog import Catalog
from app.entry import Entry, Words
from app.look import Look
from app.notebook import Item, Note, Picture
from app.notebook_file import MOST_LINE, MOST_NOTE, clean
from app.typeset import Typesetter
from app.widgets.lesson import Lesson
from app.widgets.notebook_list import title_of
from app.widgets.scrolled import Scrolled

NOTHING = Entry("", "", 0, Words(), Words(), Words())


class _Field(QPlainTextEdit):
    """The note as it is typed."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class NoteEditor(QWidget):
    """Title and note of the chosen item."""

    edited = Signal(str, str)           # title, note
    followed = Signal(str)
    went_out = Signal(str)

    def __init__(self, look: Look, catalog: Catalog, typesetter: Typesetter) -> None:
        super().__init__()
        self.look, self.catalog, self.typesetter = look, catalog, typesetter
        self.item: Item | None = None
        self.reader: Lesson | None = None
        self.title, self.field = QLineEdit(), _Field()
        self.title.setFrame(False)
        self.title.setMaxLength(MOST_LINE)
        self.field.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.field.setTabChangesFocus(True)
        self.page = Scrolled()
        self.page.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.page.installEventFilter(self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.field)
        self.stack.addWidget(self.page)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.title)
        self.column.addWidget(self.stack, 1)
        self.title.textEdited.connect(lambda _: self._tell())
        self.field.textChanged.connect(self._tell)
        self.field.left.connect(self._set)
        self._quiet = False
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        look, s = self.look, self.look.scale
        t = look.theme
        self.column.setContentsMargins(round(16 * s), round(10 * s), round(12 * s), round(10 * s))
        self.column.setSpacing(round(4 * s))
        self.title.setFont(look.font("body", weight=600))
        self.title.setStyleSheet(f"QLineEdit {{ background: transparent; color: {t.hex('ink')}; border: none; }}")
        self.field.setFont(look.font("body"))
        self.field.setStyleSheet(f"QPlainTextEdit {{ background: transparent; color: {t.hex('ink')}; border: none; }}")
        self.page.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        self.field.setPlaceholderText(look.tr("notebook.placeholder"))
        self.field.setAccessibleName(look.tr("notebook.note"))
        self.title.setAccessibleName(look.tr("notebook.item_title"))
        self.page.setAccessibleName(look.tr("notebook.note"))
        self._name()

    def _name(self) -> None:
        if self.item is not None:
            plain = title_of(Note(note="x") if isinstance(self.item, Note) else _untitled(self.item), self.catalog, self.look)
            self.title.setPlaceholderText(self.look.tr("notebook.item_title") if isinstance(self.item, Note) else plain)

    def show_item(self, item: Item | None) -> None:
        """Another item; the same one changed elsewhere is taken over without moving the cursor."""
        self.item = item
        self.setVisible(item is not None)
        if item is None:
            return
        self._quiet = True
        if self.title.text() != item.title:
            self.title.setText(item.title)
            self.title.setCursorPosition(0)
        if self.field.toPlainText() != item.note:
            self.field.setPlainText(item.note)
        self._quiet = False
        self._name()
        if not self.field.hasFocus():
            self._set()

    def write(self) -> None:
        """Take the keyboard into the note."""
        self.stack.setCurrentWidget(self.field)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self) -> None:
        if not self._quiet and self.item is not None:
            self.edited.emit(clean(self.title.text()), clean(self.field.toPlainText())[:MOST_NOTE])

    def _set(self) -> None:
        """Show the note set, if there is anything to set."""
        item = self.item
        if item is None or not item.note.strip():
            self.stack.setCurrentWidget(self.field)
            return
        entry, values = NOTHING, {}
        if isinstance(item, Picture):
            entry = next((e for e in self.catalog.entries if e.id == item.figure.concept), NOTHING)
            values = values_of(item)
        self.reader = Lesson(self.look, entry, self.typesetter, lambda _language: item.note)
        self.reader.set_values(values)
        self.reader.followed.connect(self.followed)
        self.reader.went_out.connect(self.went_out)
        self.reader.viewport().installEventFilter(self)
        self.page.setWidget(self.reader)
        self.page.viewport().setAutoFillBackground(False)
        self.reader.setAutoFillBackground(False)
        self.stack.setCurrentWidget(self.page)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click into the set note, or a key on it, goes on writing; a link is followed."""
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent) and self.reader is not None and (
                watched is self.reader.viewport() and not self.reader.anchorAt(event.position().toPoint())):
            self.write()
        elif watched is self.page and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in (
                Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.write()
            return True
        elif watched is self.page and event.type() == QEvent.Type.MouseButtonRelease:
            self.write()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, 0, self.width(), 1, self.look.theme.color("line"))


def _untitled(item: Item) -> Item:
    return replace(item, title="")


def values_of(item: Picture) -> dict[str, Any]:
    """The numbers a note may cite: the recorded parameters and readouts."""
    return dict(item.figure.params) | dict(item.readouts)
