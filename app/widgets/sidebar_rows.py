"""The rows of the sidebar: chapters and their concepts, or what a search found, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.catalog import Catalog
from app.look import Look
from app.search import Hit, Search
from app.widgets.found import paint_found
from app.widgets.icons import pixmap

Index = QModelIndex | QPersistentModelIndex
HEIGHTS = {"home": 34, "chapter": 29, "concept": 28, "empty": 60}


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    kind: str                   # home, chapter, concept, empty
    key: str                    # chapter or concept id
    number: int = 0
    count: int = 0
    hit: Hit | None = None      # where a search found it


class Rows(QAbstractListModel):
    """What the list shows: the whole tree with one chapter open, or what a search found."""

    def __init__(self, look: Look, catalog: Catalog) -> None:
        super().__init__()
        self.look, self.catalog, self.search = look, catalog, Search(catalog)
        self.rows: list[Row] = []
        self.open_chapter = ""
        self.query, self.rail = "", False
        self.rebuild()

    def rebuild(self) -> None:
        """Make the rows anew."""
        self.beginResetModel()
        self.rows = self._found() if self.query.strip() else self._tree()
        self.endResetModel()

    def _tree(self) -> list[Row]:
        rows = [Row("home", "")]
        for chapter in self.catalog.chapters:
            inside = self.catalog.of_chapter(chapter.id)
            rows.append(Row("chapter", chapter.id, chapter.number, len(inside)))
            if chapter.id == self.open_chapter and not self.rail:
                rows += [Row("concept", e.id) for e in inside]
        return rows

    def _found(self) -> list[Row]:
        hits = self.search.find(self.query, 30)
        return [Row("concept", hit.id, hit=hit) for hit in hits] or [Row("empty", "")]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(row)
        if role == Qt.ItemDataRole.ToolTipRole and row.kind == "concept":
            return self.catalog.entry(row.key).summary(self.look.language)
        return None

    def text(self, row: Row) -> str:
        """A row's words in the present language."""
        if row.kind == "home":
            return self.look.tr("window.gallery")
        if row.kind == "empty":
            return self.look.tr("window.no_match")
        if row.kind == "chapter":
            return self.catalog.chapter(row.key).title(self.look.language)
        return self.catalog.entry(row.key).title(self.look.language)


class Painter(QStyledItemDelegate):
    """Paints rows as the design draws them."""

    def __init__(self, look: Look, rows: Rows, rail: bool = False) -> None:
        super().__init__()
        self.look, self.rows, self.rail = look, rows, rail
        self.current = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = 36 if self.rail else HEIGHTS[self.rows.rows[index.row()].kind]
        return QSize(10, round(height * self.look.scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, t, s = self.rows.rows[index.row()], self.look.theme, self.look.scale
        rect = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state = option.state
        here = row.key == self.current if row.kind == "concept" else row.kind == "home" and not self.current
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = rect.left() + (30 * s if row.kind == "concept" and not self.rows.query and not self.rail else 0)
        pill = QRectF(left, rect.top(), rect.right() - left, rect.height())
        if here or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(t.color("line"), 1) if here else Qt.PenStyle.NoPen)
            painter.setBrush(t.color("surface_raised", 1.0 if here else 0.6))
            painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), 6 * s, 6 * s)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(t.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(pill.adjusted(1, 1, -1, -1), 6 * s, 6 * s)
        if here and row.kind == "concept":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color("accent"))
            painter.drawRoundedRect(QRectF(pill.left() + 1, pill.top() + 7 * s, 3 * s, pill.height() - 14 * s), 1.5 * s, 1.5 * s)
        (self._paint_rail if self.rail else self._paint_row)(painter, row, rect, pill, here)
        painter.restore()

    def _paint_rail(self, painter: QPainter, row: Row, rect: QRectF, pill: QRectF, here: bool) -> None:
        t, s = self.look.theme, self.look.scale
        if row.kind == "home":
            self._icon(painter, "home", rect.center().x() - 8 * s, rect.center().y(), "ink" if here else "ink_soft")
            return
        within = row.kind == "chapter" and self.current.startswith(row.key + ".")
        if within:
            painter.setPen(QPen(t.color("line"), 1))
            painter.setBrush(t.color("surface_raised"))
            painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), 6 * s, 6 * s)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color("accent"))
            painter.drawRoundedRect(QRectF(pill.left() + 1, pill.top() + 9 * s, 3 * s, pill.height() - 18 * s), 1.5 * s, 1.5 * s)
        painter.setPen(t.color("ink" if within else "ink_soft"))
        painter.setFont(self.look.font("body", weight=600))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(row.number))

    def _paint_row(self, painter: QPainter, row: Row, rect: QRectF, pill: QRectF, here: bool) -> None:
        t, s, text = self.look.theme, self.look.scale, self.rows.text(row)
        middle = Qt.AlignmentFlag.AlignVCenter
        is_open = row.kind == "chapter" and row.key == self.rows.open_chapter
        painter.setPen(t.color("ink" if here or is_open else "ink_soft"))
        weight = 600 if here or is_open else 500
        painter.setFont(self.look.font("body", weight=weight if row.kind != "concept" or here else 400))
        if row.kind == "home":
            self._icon(painter, "home", rect.left() + 8 * s, rect.center().y(), "ink" if here else "ink_soft")
        if row.kind == "empty":
            painter.drawText(rect, middle | Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, text)
            return
        left = pill.left() + (12 * s if row.kind == "concept" else 32 * s)
        room = rect.right() - left - (26 * s if row.kind == "chapter" else 6 * s)
        spans, also = (row.hit.spans(self.look.language), row.hit.also) if row.hit else ((), "")
        paint_found(painter, self.look, QRectF(left, rect.top(), room, rect.height()), text, spans, also)
        if row.kind == "chapter":
            painter.setFont(self.look.font("note"))
            painter.setPen(t.color("ink_soft"))
            painter.drawText(QRectF(rect.left(), rect.top(), 22 * s, rect.height()), middle | Qt.AlignmentFlag.AlignRight,
                             str(row.number))
            if is_open:
                self._icon(painter, "chevron-down", rect.right() - 18 * s, rect.center().y(), "ink_soft", 12)
            elif row.count:
                painter.drawText(QRectF(rect.right() - 30 * s, rect.top(), 22 * s, rect.height()),
                                 middle | Qt.AlignmentFlag.AlignRight, str(row.count))

    def _icon(self, painter: QPainter, name: str, left: float, middle: float, role: str, size: int = 16) -> None:
        px = size * self.look.scale
        painter.drawPixmap(QRectF(left, middle - px / 2, px, px), pixmap(
            name, self.look.theme.color(role), round(px), painter.device().devicePixelRatio()), QRectF())
