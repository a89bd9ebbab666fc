"""The command palette (Ctrl+K): concepts, presets and actions, found by typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.look import Look
from app.search import Hit, Search
from app.widgets.found import paint_found

ROW, SHOWN = 34, 9


@dataclass(frozen=True)
class Entry:
    """One thing that can be done."""

    title: str
    kind: str                       # concept, preset, action
    act: Callable[[], None]
    shortcut: str = ""
    hit: Hit | None = None          # where a search found it


class Field(QLineEdit):
    """The palette's field: arrows, Enter and Escape belong to the list."""

    steered = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.steered.emit(event.key())
        else:
            super().keyPressEvent(event)


class Palette(QWidget):
    """A card over the window; typing narrows, Enter does."""

    def __init__(self, look: Look, search: Search, parent: QWidget) -> None:
        super().__init__(parent)
        self.look, self.search, self.window_ = look, search, parent
        self.entries: list[Entry] = []
        self.by_concept: dict[str, Entry] = {}
        self.shown: list[Entry] = []
        self.current = 0
        self.field = Field(self)
        self.field.setFrame(False)
        self.field.textChanged.connect(self._filter)
        self.field.steered.connect(self._steer)
        self.hide()

    def open(self, by_concept: dict[str, Entry], entries: list[Entry]) -> None:
        """Show the palette with these concepts and other entries."""
        self.by_concept, self.entries = by_concept, entries
        t, s = self.look.theme, self.look.scale
        self.field.setFont(self.look.font(15))
        self.field.setPlaceholderText(self.look.tr("window.palette.placeholder"))
        self.field.setAccessibleName(self.look.tr("window.actions.palette"))
        self.field.setStyleSheet(f"QLineEdit {{ background: transparent; color: {t.hex('ink')}; border: none; }}")
        width = min(round(620 * s), self.window_.width() - 40)
        self.setGeometry((self.window_.width() - width) // 2, round(90 * s), width, round((58 + ROW * SHOWN) * s))
        self.field.setGeometry(round(20 * s), round(10 * s), width - round(40 * s), round(36 * s))
        self.field.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.field.setFocus()

    def _filter(self, text: str) -> None:
        words = text.strip().casefold()
        found = [h for h in self.search.find(text, 30) if h.id in self.by_concept] if words else []
        hits = [replace(self.by_concept[h.id], hit=h) for h in found]
        others = [e for e in self.entries if not words or all(w in e.title.casefold() for w in words.split())]
        self.shown = [*hits, *others] if words else [*others, *self.by_concept.values()]
        self.current = 0
        self.update()

    def _steer(self, key: int) -> None:
        if key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.shown:
            self.current = (self.current + (1 if key == Qt.Key.Key_Down else -1)) % len(self.shown)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.shown:
            self._do(self.shown[self.current])

    def _do(self, entry: Entry) -> None:
        self.close_palette()
        entry.act()

    def close_palette(self) -> None:
        """Hide, and give the keyboard back to the window."""
        self.hide()
        self.window_.setFocus()

    def _first(self) -> int:
        return max(0, min(self.current - SHOWN + 2, len(self.shown) - SHOWN))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t, s = self.look.theme, self.look.scale
        painter.setPen(t.color("line_strong"))
        painter.setBrush(t.color("surface_raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10 * s, 10 * s)
        painter.setPen(t.color("line"))
        painter.drawLine(0, round(52 * s), self.width(), round(52 * s))
        if not self.shown:
            painter.setPen(t.color("ink_soft"))
            painter.setFont(self.look.font("body"))
            painter.drawText(QRectF(20 * s, 60 * s, self.width() - 40 * s, ROW * s), Qt.AlignmentFlag.AlignVCenter,
                             self.look.tr("window.palette.nothing"))
        first = self._first()
        for place, entry in enumerate(self.shown[first:first + SHOWN]):
            self._paint_row(painter, QRectF(6 * s, (55 + place * ROW) * s, self.width() - 12 * s, ROW * s), entry,
                            first + place == self.current)

    def _paint_row(self, painter: QPainter, rect: QRectF, entry: Entry, here: bool) -> None:
        t, s = self.look.theme, self.look.scale
        if here:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color("accent_soft"))
            painter.drawRoundedRect(rect, 6 * s, 6 * s)
        kind = entry.shortcut or self.look.tr(f"window.palette.{entry.kind}")
        painter.setFont(self.look.font("label", weight=400))
        painter.setPen(t.color("ink_soft"))
        used = painter.fontMetrics().horizontalAdvance(kind)
        painter.drawText(rect.adjusted(0, 0, -14 * s, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, kind)
        painter.setFont(self.look.font("body", weight=500 if here else 400))
        painter.setPen(t.color("ink"))
        room = rect.width() - used - 44 * s
        spans, also = (entry.hit.spans(self.look.language), entry.hit.also) if entry.hit else ((), "")
        paint_found(painter, self.look, QRectF(rect.left() + 14 * s, rect.top(), room, rect.height()), entry.title, spans, also)

    def mousePressEvent(self, event: object) -> None:
        place = int((event.position().y() / self.look.scale - 55) // ROW)  # type: ignore[attr-defined]
        if 0 <= place < SHOWN and self._first() + place < len(self.shown):
            self._do(self.shown[self._first() + place])
