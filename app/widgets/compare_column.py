"""One column of a comparison: what sets it apart, its picture, and its numbers beside those of the first column."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.export.compared import NARROW, difference
from app.look import Look, sentence
from app.session import Session
from app.span import within
from app.widgets.badge import ProofBadge
from app.widgets.base import Looked
from app.widgets.canvas_widget import CanvasWidget
from app.widgets.readouts import label_of, ordered, words_of
from app.widgets.style import DOT, digits_font, dot, elided, text_width, write
from app.widgets.transport_buttons import StepButton
from engine.core.frame import metrics
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, load_panel

ROW, LEFT, GAP = 21, 13, 12         # px: a row of numbers, its label behind a role dot, between label and number
TALL, SHORT = 38, 22                # px of a heading of two lines, of one
NAMED = 34                          # px of a number's label below which its difference gives way
WORDY = 380                         # px of a column from which its badge says in words what it knows


class ColumnHeading(Looked, QAbstractButton):
    """What sets the column apart; pressed, its controls are shown. The selected one is underlined in accent."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = self.short = self.note = ""
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def say(self, name: str, short: str, note: str) -> None:
        """The words, shorter ones for where they have no room, and what is said of the run behind them."""
        if (name, short, note) != (self.name, self.short, self.note):
            self.name, self.short, self.note = name, short, note
            self.setAccessibleName(f"{name} {note}".strip())
            self.setToolTip(name)
            self.update()

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(TALL + 4)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, chosen = float(self.width()), self.isChecked()
        font = self.look.font("section")
        ink = self.ink("ink" if chosen or self.underMouse() else "ink_soft")
        head, rest = self._parted(font, width)
        write(painter, QRectF(0, 0, width, self.px(SHORT)), head, font, ink)
        if rest:
            write(painter, QRectF(0, self.px(SHORT - 3), width, self.px(SHORT)), rest, self.look.font("label"), ink)
        elif self.note:
            write(painter, QRectF(0, self.px(SHORT - 3), width, self.px(SHORT)), self.note, self.look.font("note"),
                  self.ink("ink_faint"))
        self.ring(QRectF(self.rect()).adjusted(2, 2, -2, -4), self.px(4))

    def _parted(self, font: Any, width: float) -> tuple[str, str]:
        """The name in one line, or in two where it is long; by symbols where not even its first parameter has room."""
        if text_width(font, self.name) <= width:
            return self.name, ""
        gap = self.look.tr("compare.gap")
        cut = text_width(font, self.name.partition(gap)[0]) > width or text_width(self.look.font("label"), self.name) > 2 * width
        first, rest = "", self.short if cut and self.short else self.name
        if text_width(font, rest) <= width:
            return rest, ""
        while gap in rest and text_width(font, first + rest.partition(gap)[0] + gap) <= width:
            word, _, rest = rest.partition(gap)
            first += word + gap
        return (first, rest) if first else (elided(font, rest, width), "")


class ColumnNumbers(Looked, QWidget):
    """The most telling metrics in rows: label, number, and the difference from the first column."""

    def __init__(self, look: Look, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session = session
        self.most = 4
        self.rows: list[tuple[str, str, str, str]] = []             # role, label, number, difference
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def refresh(self, first: dict[str, Any] | None) -> None:
        """Show the numbers of the shown frame; `first` are those of the first column, None in it."""
        shown, entry, language = self.session.shown, self.session.entry, self.look.language
        found = metrics(shown.frame) if shown is not None else {}
        rows = []
        for name in [n for n in ordered(entry, found) if not isinstance(found[n], str)][:self.most]:
            unit = words_of(entry, name).unit
            number = entry.format_value(name, found[name], language)
            term = entry.term_for_metric(name)
            apart = difference(entry, name, found[name], first.get(name), language) if first else ""
            same = first is not None and apart and found[name] == first.get(name)
            apart = "=" if same else f"Δ {apart}" if apart else ""
            rows.append((term.role if term else "", label_of(entry, name, language),
                         f"{number} {unit}".rstrip() if found[name] is not None else number, apart))
        if rows != self.rows:
            again = len(rows) != len(self.rows)
            self.rows = rows
            self.setAccessibleName(". ".join(f"{label}: {number} {apart}".strip() for _, label, number, apart in rows))
            if again:
                self.relook()
            self.update()

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(ROW * len(self.rows) + 4)))

    def sizeHint(self) -> QSize:
        return QSize(100, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        label_font, number_font = self.look.font("label", weight=400), digits_font(self.look, 14.0)
        apart_font = self.look.font("note")
        width, room = float(self.width()), self.px(GAP)
        apart = max((text_width(apart_font, row[3]) for row in self.rows), default=0.0)
        widest = max((text_width(number_font, row[2]) for row in self.rows), default=0.0)
        if width - widest - apart - room * 1.5 - self.px(LEFT) < self.px(NAMED):
            apart = 0.0                                 # no number without a word of what it is
        for place, (role, label, number, difference_) in enumerate(self.rows):
            middle = self.px(4 + ROW * (place + 0.5))
            if role:
                dot(painter, QPointF(self.px(DOT / 2), middle), self.px(DOT), self.ink(role))
            top, right = middle - self.px(ROW / 2), width
            if apart:
                write(painter, QRectF(right - apart, top, apart, self.px(ROW)), difference_, apart_font, self.ink("ink_soft"),
                      Qt.AlignmentFlag.AlignRight)
            right -= apart + (room / 2 if apart else 0)
            wide = text_width(number_font, number)
            write(painter, QRectF(right - wide, top, wide + 1, self.px(ROW)), number, number_font, self.ink("ink"))
            left = self.px(LEFT)
            write(painter, QRectF(left, top, right - wide - room - left, self.px(ROW)), label, label_font,
                  self.ink("ink_soft"))


class CompareColumn(QWidget):
    """A session's column; a line in accent below its head says that it is the selected one."""

    chosen = Signal()
    removed = Signal()
    drawn = Signal()                        # a new scene, whose axes are to be linked
    zoomed = Signal()

    def __init__(self, look: Look, session: Session, removable: bool) -> None:
        super().__init__()
        self.look, self.session = look, session
        self.panel = load_panel(session.entry.id)
        self.canvas = Canvas(look.theme, look.language, session.entry.words, session.entry.format_value)
        self.picture = CanvasWidget(look, self.canvas)
        self.picture.limits = partial(within, session.concept.Params)
        self.heading = ColumnHeading(look, self)
        self.remove = StepButton(look, "close", "compare.remove", self)
        self.remove.setVisible(removable)
        self.badge = ProofBadge(session, look)
        self.numbers = ColumnNumbers(look, session, self)
        top = QHBoxLayout()
        top.setSpacing(round(3 * look.scale))
        top.addWidget(self.heading, 1)
        top.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addSpacing(4)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self.numbers)
        self._connect()
        self.redraw()

    def _connect(self) -> None:
        session = self.session
        session.frame_shown.connect(self.redraw)
        session.layers_changed.connect(self.redraw)
        session.recording_changed.connect(self.drawn)
        session.failed.connect(lambda _fault: self.drawn.emit())
        self.heading.clicked.connect(lambda _on: self.chosen.emit())
        self.heading.toggled.connect(lambda _on: self.update())
        self.remove.clicked.connect(self.removed)
        self.picture.asked.connect(self._asked)
        self.picture.picked.connect(lambda values: session.ask(values))
        self.picture.zoom_changed.connect(self.zoomed)

    def paintEvent(self, event: QPaintEvent) -> None:
        chosen, scale = self.heading.isChecked(), self.look.scale
        line = QRectF(0, self.heading.geometry().bottom() + 3 * scale, self.width(), (2 if chosen else 1) * scale)
        QPainter(self).fillRect(line, self.look.theme.color("accent" if chosen else "line"))

    def _asked(self, values: dict[str, Any], final: bool) -> None:
        self.chosen.emit()
        self.session.ask(values, final=final)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()

    def redraw(self) -> None:
        """Draw what the session shows."""
        shown = self.session.shown
        if shown is None:
            return
        recording = self.session.recording
        history = recording.history() if len(recording) else {}
        self.picture.show_scene(self.panel, shown.frame, shown.params, Shown(history, shown.index, dict(self.session.layers)))
        self.drawn.emit()

    def metrics(self) -> dict[str, Any]:
        """The numbers of the shown frame."""
        shown = self.session.shown
        return metrics(shown.frame) if shown is not None else {}

    def state(self, behind: bool) -> str:
        """What is to be said of the run: that it computes, has ended before the others (is `behind`), or has failed."""
        session, tr = self.session, self.look.tr
        if session.fault is not None:
            return sentence(session.fault, self.look.language)
        if session.computing:
            return tr("compare.computing")
        shown = session.shown
        if shown is None or session.concept.kind == "function":
            return ""
        return tr("compare.ended_at" if behind and session.recording.ended else "compare.at", index=shown.index)

    def resizeEvent(self, event: Any) -> None:
        self.canvas.stacked = self.width() < NARROW * self.look.scale
        self.badge.set_brief(self.width() < WORDY * self.look.scale)
