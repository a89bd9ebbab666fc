"""Readouts: the metrics of the shown frame, the main ones first, each with what it should be compared with."""

from __future__ import annotations

import string
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.entry import Entry, MetricWords, Words
from app.look import Look
from app.numbers import format_number
from app.session import Session
from app.widgets.base import Looked
from app.widgets.column_parts import Link
from app.widgets.style import DOT, digits_font, dot, text_width, write
from engine.core.frame import metrics
from engine.core.params import plain

LIMIT = 6               # readouts in sight; the rest is behind "more"
LABEL, NUMBER, NOTE, GAP = 16, 26, 14, 8        # px heights within a readout, and below it
LEFT = 13               # px, where a label begins that has a dot


def slot_names(words: Words) -> set[str]:
    """The metrics and parameters that a text names."""
    return {name for text in (words.en, words.zh) for _, name, _, _ in string.Formatter().parse(text) if name}


def fill(text: str, entry: Entry, values: dict[str, Any], language: str) -> str:
    """A text with its slots filled, `{loss}`, `{loss:.2f}` or `{spread.median}`; '' where one of them is undefined."""
    parts: list[str] = []
    for words, name, form, _ in string.Formatter().parse(text):
        parts.append(words)
        if name:
            value = values.get(name)
            if value is None:
                return ""
            plain_form = form and isinstance(value, int | float)
            parts.append(format_number(value, form or "", language) if plain_form else entry.format_value(name, value, language))
    return "".join(parts)


class Readout(Looked, QWidget):
    """One metric: label with role dot, number, unit, and a note below."""

    def __init__(self, look: Look, name: str, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self.role, self.lit = name, role, False
        self.label = self.number = self.unit = self.note = ""
        self.begin_look(look)

    def show_words(self, label: str, number: str, unit: str, note: str) -> bool:
        """Show these; True when the note now takes another number of lines."""
        if (label, number, unit, note) == (self.label, self.number, self.unit, self.note):
            return False
        before = self.note_lines()
        self.label, self.number, self.unit, self.note = label, number, unit, note
        if QAccessible.isActive():
            self.setAccessibleName(f"{label}: {number} {unit}. {note}")
        self.update()
        return before != self.note_lines()

    def note_lines(self) -> int:
        """None, one, or two lines below the number."""
        if not self.note:
            return 0
        return 1 if text_width(self.look.font("note"), self.note) <= self.width() else 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, width = 0.0, float(self.width())
        if self.role:
            center = QPointF(self.px(DOT / 2), self.px(LABEL / 2))
            if self.lit:
                dot(painter, center, self.px(DOT + 7), self.ink(self.role, 0.28))
            dot(painter, center, self.px(DOT), self.ink(self.role))
            left = self.px(LEFT)
        write(painter, QRectF(left, 0, width - left, self.px(LABEL)), self.label,
              self.look.font("label", weight=400), self.ink("ink_soft"))
        self._paint_number(painter, width)
        note = QRectF(0, self.px(LABEL + NUMBER - 1), width, self.px(2 * NOTE))
        painter.setFont(self.look.font("note"))
        painter.setPen(self.ink("ink_soft"))
        painter.drawText(note, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), self.note)

    def _paint_number(self, painter: QPainter, width: float) -> None:
        unit_font = self.look.font("label", weight=400)
        unit = text_width(unit_font, self.unit) + self.px(4) if self.unit else 0.0
        size = next((s for s in (22.0, 19.0, 16.0, 14.0)
                     if text_width(digits_font(self.look, s), self.number) + unit <= width), 13.0)
        font = digits_font(self.look, size)
        baseline = self.px(LABEL + NUMBER - 6)
        painter.setFont(font)
        painter.setPen(self.ink("ink"))
        painter.drawText(QPointF(0, baseline), self.number)
        if self.unit:
            painter.setFont(unit_font)
            painter.setPen(self.ink("ink_soft"))
            painter.drawText(QPointF(text_width(font, self.number) + self.px(4), baseline), self.unit)


class Readouts(QWidget):
    """A grid of two columns of readouts; what has words is shown, in the order of its worth."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.session, self.look = session, look
        self.cells: dict[str, Readout] = {}
        self.pinned: dict[str, Any] | None = None
        self.more = Link(look, "readouts.more", self, folds=True, count=0)
        self.more.toggled.connect(lambda _on: self._place())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        session.frame_shown.connect(self.refresh)
        look.changed.connect(self._restyle)
        self.refresh()

    def set_pinned(self, pinned: dict[str, Any] | None) -> None:
        """The metrics of a pinned run, to tell the difference from; None for none."""
        self.pinned = pinned
        self.refresh()

    def brighten(self, term: str) -> None:
        """Brighten the readout whose metric is that term's ('' for none)."""
        found = self.session.entry.terms.get(term)
        for name, cell in self.cells.items():
            lit = found is not None and found.metric == name
            if lit != cell.lit:
                cell.lit = lit
                cell.update()

    def refresh(self) -> None:
        """Show the metrics of the shown frame."""
        shown = self.session.shown
        found = metrics(shown.frame) if shown is not None else {}
        values = plain(shown.params) | found if shown is not None else {}
        names = ordered(self.session.entry, found)
        again = list(self.cells) != names
        if again:
            self._make(names)
        for name in names:
            again = self._show(name, values) or again
        if again:
            self._place()

    def _make(self, names: list[str]) -> None:
        for cell in self.cells.values():
            cell.hide()
            cell.deleteLater()
        self.cells = {}
        for name in names:
            term = self.session.entry.term_for_metric(name)
            self.cells[name] = Readout(self.look, name, term.role if term else "", self)

    def _show(self, name: str, values: dict[str, Any]) -> bool:
        entry, language, value = self.session.entry, self.look.language, values.get(name)
        words = words_of(entry, name)
        number, unit = entry.format_value(name, value, language), words.unit
        if value is None:
            number, unit, note = format_number(None), "", self._reason(name)
        else:
            note = self._difference(name, value) or fill(words.note(language), entry, values, language)
        cell = self.cells[name]
        changed = cell.show_words(label_of(entry, name, language), number, unit, note)
        cell.setToolTip(note if cell.note_lines() > 1 or value is None else "")
        return changed

    def _reason(self, name: str) -> str:
        """Why a metric is undefined, as the engine noted it."""
        recording = self.session.recording
        key = recording.missing.get(name) or recording.missing.get(name.partition(".")[0], "")
        return self.session.entry.words("reasons", key, "", self.look.language) or ""

    def _difference(self, name: str, value: Any) -> str:
        old = (self.pinned or {}).get(name)
        if not isinstance(old, int | float) or not isinstance(value, int | float) or isinstance(value, bool):
            return ""
        text = self.session.entry.format_value(name, value - old, self.look.language)
        pinned = self.session.entry.format_value(name, old, self.look.language)
        return self.look.tr("readouts.from_pinned", value=pinned, difference=f"+{text}" if value > old else text)

    # looks ----------------------------------------------------------------------------------------------------------

    def _restyle(self) -> None:
        self.refresh()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        """Two columns; a row is as tall as its longest note."""
        s, names = self.look.scale, list(self.cells)
        folded = len(names) > LIMIT
        shown = names if self.more.isChecked() or not folded else names[:LIMIT]
        gap, y = round(12 * s), 0
        width = (self.width() - gap) // 2
        for name in names:
            self.cells[name].setVisible(name in shown)
        for first in range(0, len(shown), 2):
            row = [self.cells[n] for n in shown[first:first + 2]]
            for cell in row:
                cell.resize(width, cell.height())
            lines = max(max(cell.note_lines(), 1 if words_of(self.session.entry, cell.name).note else 0) for cell in row)
            height = round((LABEL + NUMBER + NOTE * lines) * s)
            for column, cell in enumerate(row):
                cell.setGeometry(column * (width + gap), y, width, height)
            y += height + round(GAP * s)
        self.more.setVisible(folded)
        if folded:
            key = "readouts.fewer" if self.more.isChecked() else "readouts.more"
            if self.more.key != key or self.more.values.get("count") != len(names) - LIMIT:
                self.more.say(key, count=len(names) - LIMIT)
            size = self.more.sizeHint()
            self.more.setGeometry(0, y - round(4 * s), size.width(), size.height())
            y += size.height()
        if self.minimumHeight() != y:
            self.setFixedHeight(y)

    def sizeHint(self) -> QSize:
        return QSize(200, self.minimumHeight())


def words_of(entry: Entry, name: str) -> MetricWords:
    """The words of a metric; a member of a named vector takes its vector's."""
    return entry.metrics.get(name) or entry.metrics[name.partition(".")[0]]


def label_of(entry: Entry, name: str, language: str) -> str:
    """What a metric is called."""
    _, point, member = name.partition(".")
    words = words_of(entry, name)
    if not point or name in entry.metrics:
        return words.label(language)
    called = words.names[member](language) if member in words.names else member
    return f"{words.label(language)}, {called}"


def ordered(entry: Entry, found: dict[str, Any]) -> list[str]:
    """Metrics that have words: the main one, then those with a note, with a term, others, and what notes name."""
    named = {slot for words in entry.metrics.values() for slot in slot_names(words.note)}
    order = {name: number for number, name in enumerate(entry.metrics)}

    def worth(name: str) -> tuple[int, int]:
        base = name if name in entry.metrics else name.partition(".")[0]
        words = entry.metrics[base]
        rank = 0 if words.main else 4 if name in named else 1 if words.note else 2 if entry.term_for_metric(base) else 3
        return rank, order[base]

    return sorted((n for n in found if n in entry.metrics or n.partition(".")[0] in entry.metrics), key=worth)
