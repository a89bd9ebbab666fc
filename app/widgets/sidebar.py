"""The sidebar: search, the gallery, the chapters with their concepts; a narrow rail in small windows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QListView, QVBoxLayout, QWidget

from app.catalog import Catalog
from app.look import Look
from app.widgets.icons import pixmap
from app.widgets.sidebar_rows import Painter, Rows


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
