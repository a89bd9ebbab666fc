"""The sidebar: search, the gallery, the chapters with their concepts; a narrow rail in small windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

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


class SearchField(QLineEdit):
    """The search field; arrows and Enter go to the list below it."""

    moved = Signal(int)
    chosen = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        px = 15 * self.look.scale
        painter.drawPixmap(QRectF(10 * self.look.scale, (self.height() - px) / 2, px, px), pixmap(
            "search", self.look.theme.color("ink_soft"), round(px), self.devicePixelRatioF()), QRectF())


class Logo(QWidget):
    """The program's mark and name; a click goes home."""

    clicked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look, self.rail = look, False
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t, s = self.look.theme, self.look.scale
        size = 24 * s
        left = (self.width() - size) / 2 if self.rail else 4 * s
        painter.drawPixmap(QRectF(left, (self.height() - size) / 2, size, size), pixmap(
            "logo", t.color("ink"), round(size), self.devicePixelRatioF(), t.color("accent")), QRectF())
        if not self.rail:
            painter.setPen(t.color("ink"))
            painter.setFont(self.look.font("section", family="display"))
            painter.drawText(self.rect().adjusted(round(36 * s), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter,
                             self.look.tr("window.full_name"))

    def mouseReleaseEvent(self, event: Any) -> None:
        self.clicked.emit()


class Sidebar(QWidget):
    """The way to every concept."""

    opened = Signal(str)
    went_home = Signal()
    wanted_palette = Signal()

    def __init__(self, look: Look, catalog: Catalog) -> None:
        super().__init__()
        self.look, self.rail = look, False
        self.rows = Rows(look, catalog)
        self.delegate = Painter(look, self.rows)
        self.logo, self.field, self.list = Logo(look), SearchField(look), QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(self.delegate)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        layout = self.column = QVBoxLayout(self)
        layout.setSpacing(round(10 * look.scale))
        for widget in (self.logo, self.field, self.list):
            layout.addWidget(widget)
        self.logo.clicked.connect(self.went_home)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.field.textChanged.connect(self._filter)
        self.field.moved.connect(self._move)
        self.field.chosen.connect(self._choose_current)
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take words, fonts and colours from the present look."""
        t, s = self.look.theme, self.look.scale
        self.setFixedWidth(round((52 if self.rail else 236) * s))
        self.column.setContentsMargins(round(8 * s), round(12 * s), round(8 * s), round(8 * s))
        self.logo.setFixedHeight(round(30 * s))
        self.logo.rail = self.rail
        self.field.setVisible(not self.rail)
        self.field.setFont(self.look.font("body"))
        self.field.setPlaceholderText(self.look.tr("window.search"))
        self.field.setAccessibleName(self.look.tr("window.search"))
        self.list.setAccessibleName(self.look.tr("window.chapters"))
        self.field.setStyleSheet(
            f"QLineEdit {{ background: {t.hex('surface_raised')}; color: {t.hex('ink')}; border: 1px solid {t.hex('line')};"
            f" border-radius: {8 * s}px; padding: {6 * s}px {8 * s}px {6 * s}px {32 * s}px; }}"
            f"QLineEdit:focus {{ border: 2px solid {t.hex('accent')}; }}")
        self.list.setStyleSheet("QListView { background: transparent; outline: 0; }")
        self.delegate.rail = self.rows.rail = self.rail
        self.rows.rebuild()
        self.update()

    def set_rail(self, rail: bool) -> None:
        """Narrow or wide."""
        if rail != self.rail:
            self.rail = rail
            self.restyle()

    def show_current(self, concept_id: str) -> None:
        """Mark where we are; '' is the gallery."""
        self.delegate.current = concept_id
        chapter = concept_id.partition(".")[0]
        if chapter and chapter != self.rows.open_chapter:
            self.rows.open_chapter = chapter
            self.rows.rebuild()
        self.list.viewport().update()

    def focus_search(self) -> None:
        if self.rail:
            self.wanted_palette.emit()
        else:
            self.field.setFocus()
            self.field.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.theme.color("surface_sunken"))
        painter.setPen(self.look.theme.color("line"))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())

    def _filter(self, text: str) -> None:
        self.rows.query = text
        self.rows.rebuild()
        if text.strip():
            self.list.setCurrentIndex(self.rows.index(0))

    def _move(self, by: int) -> None:
        row = min(max(self.list.currentIndex().row() + by, 0), self.rows.rowCount() - 1)
        self.list.setCurrentIndex(self.rows.index(row))

    def _choose_current(self) -> None:
        index = self.list.currentIndex()
        self._choose(index if index.isValid() else self.rows.index(0))

    def _choose(self, index: QModelIndex) -> None:
        row = self.rows.rows[index.row()]
        if row.kind == "concept":
            self.field.clear()
            self.opened.emit(row.key)
        elif row.kind == "home":
            self.went_home.emit()
        elif row.kind == "chapter" and self.rail:
            self.wanted_palette.emit()
        elif row.kind == "chapter":
            self.rows.open_chapter = "" if self.rows.open_chapter == row.key else row.key
            self.rows.rebuild()
            self.list.setCurrentIndex(self.rows.index(next(
                n for n, r in enumerate(self.rows.rows) if r.kind == "chapter" and r.key == row.key)))
