"""The notebook's items as a list of cards: opened by a click, moved by the mouse or Alt and the arrows, taken out by Delete."""

from __future__ import annotations

import base64
import re
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.catalog import Catalog
from app.entry import Entry
from app.look import Look
from app.notebook import Answer, Item, Note, Notebook, Picture
from app.provenance import Provenance
from app.widgets.icons import pixmap
from app.widgets.style import radius, rounded, text_width, write
from engine.core.faults import LoupeError
from engine.core.params import changed

HEIGHT, THUMB_WIDTH, THUMB_HEIGHT, PAD = 78, 96, 60, 9
MARKS = re.compile(r"\*\*|`|(?:^|(?<=\s))#{1,6}\s|\$")          # of Markdown, in a line that shows it plain


def title_of(item: Item, catalog: Catalog, look: Look) -> str:
    """What an item is called: as the reader wrote, else its concept's name, its question, or its first line."""
    if item.title:
        return item.title
    if isinstance(item, Answer):
        return item.ask(look.language)
    if isinstance(item, Note):
        line = next((line for line in item.note.splitlines() if line.strip()), "")
        return MARKS.sub("", line).strip()[:200] or look.tr("notebook.empty_note")
    entry = next((e for e in catalog.entries if e.id == item.figure.concept), None)
    return entry.title(look.language) if entry is not None else item.figure.concept


def line_of(item: Item, catalog: Catalog, look: Look) -> str:
    """What stands below the title."""
    if isinstance(item, Answer):
        return look.tr("notebook.as_predicted" if item.right else "notebook.not_as_predicted")
    text = MARKS.sub("", " ".join(item.note.split()))
    if isinstance(item, Note) and not item.title:
        first = next((line for line in item.note.splitlines() if line.strip()), "")
        text = MARKS.sub("", " ".join(item.note.replace(first, "", 1).split()))
    if isinstance(item, Picture) and not text:
        pinned = [look.tr("notebook.pinned_count", count=len(item.pins))] if item.pins else []
        entry = next((e for e in catalog.entries if e.id == item.figure.concept), None)
        moved = _moved(item.figure, entry, look.language) if entry is not None else []
        text = " · ".join([*moved, look.tr("notebook.frame", index=item.figure.index), *pinned])
    return text[:300]


def _moved(figure: Provenance, entry: Entry, language: str) -> list[str]:
    """The first parameters that differ from their defaults, in words; none where the program no longer knows them."""
    try:
        _, params = figure.rebuilt()
    except (LoupeError, ImportError):
        return []
    short = {n: v for n, v in changed(params).items() if n in entry.params and isinstance(v, bool | int | float | str)}
    return [f"{entry.params[n].label(language)} {entry.format_value(n, v, language)}" for n, v in short.items()][:3]


class _Card(QStyledItemDelegate):
    """Paints an item."""

    def __init__(self, view: NotebookList) -> None:
        super().__init__(view)
        self.view, self.look = view, view.look
        self._thumbs: dict[tuple[str, bool], QPixmap] = {}
        self._lines: dict[tuple[int, str], tuple[Item, str]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, round(HEIGHT * self.look.scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        item = self.view.item_at(index.row())
        if item is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        given: Any = option
        s, t = self.look.scale, self.look.theme
        rect = QRectF(given.rect).adjusted(0, 2 * s, 0, -2 * s)
        chosen = bool(given.state & QStyle.StateFlag.State_Selected)
        over = bool(given.state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            focus = chosen and self.view.hasFocus()
            rounded(painter, rect, radius(self.look, "button"), t.color("accent_soft" if chosen else "surface"),
                    t.color("accent") if focus else None)
        left = rect.left() + PAD * s
        if isinstance(item, Picture):
            top = rect.center().y() - THUMB_HEIGHT * s / 2
            self._paint_thumb(painter, item, QRectF(left, top, THUMB_WIDTH * s, THUMB_HEIGHT * s))
            left += (THUMB_WIDTH + 10) * s
        else:
            left = self._paint_icon(painter, item, left, rect)
        self._paint_words(painter, item, QRectF(left, rect.top(), rect.right() - PAD * s - left, rect.height()))
        painter.restore()

    def _paint_icon(self, painter: QPainter, item: Item, left: float, rect: QRectF) -> float:
        s = self.look.scale
        name, role = ("note", "ink_soft") if isinstance(item, Note) else ("check", "ok") if item.right else ("flask", "model")  # type: ignore[union-attr]
        px = 16 * s
        painter.drawPixmap(QRectF(left + 2 * s, rect.top() + 13 * s, px, px), pixmap(
            name, self.look.theme.color(role), round(px), self.view.devicePixelRatioF()), QRectF())
        return left + 27 * s

    def _paint_words(self, painter: QPainter, item: Item, rect: QRectF) -> None:
        look, s = self.look, self.look.scale
        title, line = title_of(item, self.view.catalog, look), self._line(item)
        strong, soft = look.font("label", weight=600), look.font("label", weight=400)
        two = text_width(strong, title) > rect.width()
        step = 18 * s
        lines = 2 if two else 1
        below = 2 if not two and text_width(soft, line) > rect.width() else 1 if line else 0
        y = rect.center().y() - (lines + below) * step / 2 if isinstance(item, Picture) else rect.top() + 12 * s
        wrap = int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        for text, font, role, count in ((title, strong, "ink", lines), (line, soft, "ink_soft", below)):
            box = QRectF(rect.left(), y, rect.width(), step * count)
            if count > 1:
                painter.setFont(font)
                painter.setPen(look.theme.color(role))
                painter.drawText(box, wrap, painter.fontMetrics().elidedText(
                    text, Qt.TextElideMode.ElideRight, round(rect.width() * 1.8)))
            elif count:
                write(painter, box, text, font, look.theme.color(role))
            y += step * count

    def _paint_thumb(self, painter: QPainter, item: Picture, rect: QRectF) -> None:
        corner = radius(self.look, "field")
        picture = self._thumb(item)
        rounded(painter, rect, corner, self.look.theme.color("surface"))
        if not picture.isNull():
            painter.drawPixmap(rect, picture, QRectF(picture.rect()))
        rounded(painter, rect, corner, None, self.look.theme.color("line"))

    def _line(self, item: Item) -> str:
        """The line below the title; what it takes to know a concept's defaults is done once an item."""
        key = (id(item), self.look.language)
        if key not in self._lines or self._lines[key][0] is not item:
            self._lines[key] = (item, line_of(item, self.view.catalog, self.look))
        return self._lines[key][1]

    def _thumb(self, item: Picture) -> QPixmap:
        text = item.thumbs.get("dark" if self.look.theme.dark else "light", "")
        key = (text[:400] + text[-400:], self.look.theme.dark)
        if key not in self._thumbs:
            picture = QPixmap()
            picture.loadFromData(base64.b64decode(text), "PNG")
            self._thumbs[key] = picture
        return self._thumbs[key]


class NotebookList(QListWidget):
    """The cards. It shows a notebook and asks for changes; it never changes one."""

    opened = Signal(int)                # show this item again
    chosen = Signal(int)                # this item is the one to write about; -1 for none
    move_wanted = Signal(int, int)
    delete_wanted = Signal(int)
    undo_wanted = Signal(bool)          # True: redo

    def __init__(self, look: Look, catalog: Catalog) -> None:
        super().__init__()
        self.look, self.catalog = look, catalog
        self.notebook = Notebook()
        self._filling = False
        self.setItemDelegate(_Card(self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.model().rowsMoved.connect(self._rows_moved)
        self.currentRowChanged.connect(lambda row: None if self._filling else self.chosen.emit(row))
        self._pressed = QPoint()
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.setStyleSheet("QListWidget { background: transparent; border: none; outline: none; }")
        self.setAccessibleName(self.look.tr("notebook.items"))
        self.show_notebook(self.notebook)

    def item_at(self, row: int) -> Item | None:
        """The item that a row shows; while one is dragged, rows and places differ."""
        found = self.item(row)
        place = found.data(Qt.ItemDataRole.UserRole) if found is not None else -1
        return self.notebook.items[place] if 0 <= place < len(self.notebook.items) else None

    def show_notebook(self, notebook: Notebook, current: int | None = None) -> None:
        """Show these items; the current place is kept, or another one chosen."""
        place = self.currentRow() if current is None else current
        same = len(notebook.items) == self.count()
        self.notebook = notebook
        self._filling = True
        if not same:
            self.clear()
            for _ in notebook.items:
                self.addItem(QListWidgetItem())
        for number, item in enumerate(notebook.items):
            row = self.item(number)
            row.setData(Qt.ItemDataRole.UserRole, number)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, title_of(item, self.catalog, self.look))
        self.setCurrentRow(min(place, len(notebook.items) - 1))
        self._filling = False
        self.viewport().update()

    def _rows_moved(self, _parent: Any, start: int, _end: int, _to: Any, before: int) -> None:
        QTimer.singleShot(0, self, lambda: self.move_wanted.emit(start, before if before < start else before - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            painter = QPainter(self.viewport())
            painter.setFont(self.look.font("body", weight=400))
            painter.setPen(self.look.theme.color("ink_soft"))
            painter.drawText(self.viewport().rect().adjusted(14, 10, -14, -10), int(Qt.TextFlag.TextWordWrap),
                             self.look.tr("notebook.empty"))

    def event(self, event: QEvent) -> bool:
        """Undo, redo, delete and space are the list's own while it has the keyboard."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and (
                event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
                or event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Backspace)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, step = self.currentRow(), {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_wanted.emit(False)
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.undo_wanted.emit(True)
        elif row < 0:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(row)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit(row)
        elif step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            if 0 <= row + step < self.count():
                self.move_wanted.emit(row, row + step)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        row = self.indexAt(at).row()
        if event.button() == Qt.MouseButton.LeftButton and row >= 0 and (at - self._pressed).manhattanLength() < 6:
            self.opened.emit(row)
