"""The stage: one open concept with its title, notice, formula, picture and transport."""

from __future__ import annotations

import traceback
from functools import partial
from time import monotonic
from typing import Any

from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.catalog import Catalog
from app.differences import briefly
from app.look import Look, sentence
from app.pins import named, toggled
from app.provenance import Provenance
from app.repeat import command_of
from app.session import Session
from app.span import within
from app.typeset import Typesetter
from app.widgets.badge import ProofBadge
from app.widgets.buttons import Button
from app.widgets.canvas_widget import CanvasWidget
from app.widgets.column import values_of
from app.widgets.fault import Fault
from app.widgets.formula_bar import FormulaBar
from app.widgets.front import Front
from app.widgets.heading import Heading
from app.widgets.notice import Notice
from app.widgets.transport import Transport
from app.widgets.view_switch import ViewSwitch
from engine.core.faults import Failed, LoupeError
from engine.core.frame import metrics, not_finite
from engine.core.params import build
from panels.kit.canvas import Canvas, Ghost
from panels.kit.panel import Shown, load_panel

COMPUTING_MS = 150
GAPS_EVERY = 0.5        # seconds between two looks for numbers that are not finite


class Stage(Front):
    """One open concept. It draws what the session shows, and asks the session for what the user does to the picture."""

    export_wanted = Signal()
    compare_wanted = Signal()
    pinned = Signal(object)             # the metrics of the newest pin, None for none
    said = Signal(str)
    term_hovered = Signal(str)

    def __init__(self, look: Look, catalog: Catalog, session: Session, typesetter: Typesetter) -> None:
        super().__init__()
        self.look, self.catalog, self.session, self.entry = look, catalog, session, session.entry
        self.panel = load_panel(self.entry.id)
        self.pins: list[Ghost] = []
        self.ghosts: tuple[Ghost, ...] = ()             # the pins with their names
        self._late_since: float | None = None
        self.gaps: list[str] = []               # metrics and arrays on screen that hold NaN or infinity
        self._looked: tuple[float, Any] = (0.0, None)
        self._presets = {k: build(session.concept.Params, p.set, settle=True) for k, p in self.entry.presets.items()}
        self.canvas = Canvas(look.theme, look.language, self.entry.words, self.entry.format_value)
        self.picture = CanvasWidget(look, self.canvas)
        self.picture.limits = partial(within, session.concept.Params)
        self.heading, self.notice = Heading(self), Notice(look, self.entry)
        self.badge = ProofBadge(session, look)
        self.formula = FormulaBar(look, self.entry, typesetter, self.badge)
        self.transport = Transport(session, look)
        self.pin = Button(look, "window.actions.pin", "pin")
        self.pin.setCheckable(True)
        self.sweep = Button(look, "window.actions.sweep", "sweep")
        self.compare = Button(look, "window.actions.compare", "compare")
        self.export = Button(look, "window.actions.export", "export", "primary")
        self.switch = ViewSwitch(look)
        self.fault = Fault(look, self._restart)
        self._build()
        self._connect()
        self.restyle()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.heading, 1)
        top.addWidget(self.compare)
        top.addWidget(self.pin)
        top.addWidget(self.sweep)
        top.addWidget(self.export)
        self.place = QWidget()
        self.layers = QStackedLayout(self.place)
        self.layers.addWidget(self.picture)
        self.layers.addWidget(self.fault)
        self.inner = QWidget()
        self.column = QVBoxLayout(self.inner)
        self.column.setSpacing(8)
        self.column.addLayout(top)
        for widget in (self.notice, self.formula, self.switch):
            self.column.addWidget(widget)
        self.column.addWidget(self.place, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.inner, 1)
        layout.addWidget(self.transport)
        self._soon = QTimer(self, interval=30, singleShot=True)
        self._soon.timeout.connect(self.redraw)
        self._watch = QTimer(self, interval=60)
        self._watch.timeout.connect(self._watch_computing)
        self._watch.start()

    def _connect(self) -> None:
        self.session.frame_shown.connect(self.redraw)
        self.session.layers_changed.connect(self._layers_changed)
        self.session.recording_changed.connect(self._recording_changed)
        self.session.failed.connect(self._failed)
        self.session.requested_changed.connect(self._requested)
        self.picture.asked.connect(self._asked)
        self.picture.broken.connect(self._unpainted)
        self.picture.picked.connect(lambda values: self._asked(values, True))
        self.formula.hovered.connect(self.term_hovered)
        self.notice.hovered.connect(self.term_hovered)
        self.switch.chosen.connect(self.picture.show_only)
        self.pin.clicked.connect(self.toggle_pin)
        self.export.clicked.connect(self.export_wanted)
        self.compare.clicked.connect(self.compare_wanted)
        self.look.changed.connect(self.restyle)

    # showing --------------------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw what the session shows."""
        shown = self.session.shown
        if shown is None or self.asleep:
            return
        if self.session.fault is None:
            self.layers.setCurrentWidget(self.picture)
        self.ghosts = named(self.entry, self.pins, shown.params, shown.index, self.look.language)
        self.picture.show_scene(self.panel, shown.frame, shown.params, self.shown(), self.ghosts)
        self.formula.set_values(values_of(self.session))
        self._show_pins(shown.params)
        self._name_views()

    def _show_pins(self, params: Any) -> None:
        """The button lets go where it is the present setting that is pinned; the heading says what is."""
        here = any(ghost.params == params for ghost in self.pins)
        if here != self.pin.isChecked():
            self.pin.setChecked(here)
            self.pin.set_key("window.actions.unpin" if here else "window.actions.pin")
        if self.heading.pinned != (words := " · ".join(ghost.name for ghost in self.ghosts)):
            self.heading.pinned = words
            self.heading.update()

    def shown(self) -> Shown:
        """What the picture may read besides its frame."""
        shown = self.session.shown
        index = shown.index if shown else 0
        return Shown(self.session.recording.history() if len(self.session.recording) else {}, index, dict(self.session.layers))

    def _layers_changed(self) -> None:
        """Draw what has come, and say once why a companion of the picture stays away."""
        for fault in self.session.layer_book.news():
            self.said.emit(sentence(fault, self.look.language))
        self.redraw()

    def _recording_changed(self) -> None:
        """What is yet to come is drawn too: bring it up to date, but not for every frame that arrives."""
        if not self._soon.isActive():
            self._soon.start()

    def _requested(self) -> None:
        """A preset's own notice while it is the one that is set."""
        requested = self.session.requested
        current = next((self.entry.presets[k] for k, params in self._presets.items() if params == requested), None)
        self.notice.show_text(current.notice if current else self.entry.notice)

    def _failed(self, fault: BaseException) -> None:
        self.fault.say(fault, self.session.details)
        self.layers.setCurrentWidget(self.fault)

    def _asked(self, values: dict[str, Any], final: bool) -> None:
        """The pointer asks of what is on screen, which may be older than what is requested: a row may have gone."""
        try:
            self.session.ask(values, final=final)
        except LoupeError as fault:
            self.said.emit(sentence(fault, self.look.language))

    def _unpainted(self, fault: Exception) -> None:
        """The panel could not draw its frame: as a failed computation, a sentence in the picture's place."""
        words = f"{type(fault).__name__}: {' '.join(str(fault).split())[:160]}"
        said = Failed(f"the picture cannot be drawn: {words}", "picture_failed", words=words)
        self.fault.say(said, "".join(traceback.format_exception(fault)))
        self.layers.setCurrentWidget(self.fault)

    def _restart(self) -> None:
        self.layers.setCurrentWidget(self.picture)
        self.session.restart()

    def _look_for_gaps(self) -> None:
        """What is drawn leaves out numbers that are not finite: that is said, lest it be taken for the whole."""
        frame, now = self.session.shown.frame if self.session.shown else None, monotonic()
        if frame is None or frame is self._looked[1] or now - self._looked[0] < GAPS_EVERY:
            return
        self._looked, before = (now, frame), self.gaps
        self.gaps = not_finite(frame)
        if self.gaps != before:
            self.update()

    def _watch_computing(self) -> None:
        """A quiet line appears when what is asked for has not come within 150 ms."""
        self._look_for_gaps()
        if not self.session.computing:
            late, self._late_since = False, None
        else:
            self._late_since = self._late_since or monotonic()
            late = monotonic() - self._late_since > COMPUTING_MS / 1000
        if late != self.late:
            self.late = late
            self.update()

    late = False
    asleep = False                      # another page is in front: nothing is drawn here

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t = self.look.theme
        painter.fillRect(self.rect(), t.color("surface"))
        if self.gaps:
            painter.setPen(t.color("error"))
            painter.setFont(self.look.font("note"))
            words = self.look.tr("window.stage.gaps", names=", ".join(self.gaps[:4]))
            painter.drawText(QPointF(self.picture.x() + 32, 14), words)
        if self.late:
            painter.fillRect(0, 0, self.width(), 2, t.color("accent"))
            if self.session.shown is not None and not self.session.shown.live and not self.gaps:
                painter.setPen(t.color("ink_faint"))
                painter.setFont(self.look.font("note"))
                painter.drawText(QPointF(self.picture.x() + 32, 14), self.look.tr("window.stage.recorded"))

    # layout ---------------------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Take sizes from the present look and layout."""
        s = self.look.scale
        side, top = (20, 12) if self.small else (32, 18)
        self.column.setContentsMargins(round(side * s), round(top * s), round(side * s), round((6 if self.small else 12) * s))
        self.heading.setFixedHeight(round((30 if self.small else 48) * s))
        self.formula.set_small(self.small)
        self.formula.setVisible(bool(self.entry.formula))
        for button in (self.compare, self.pin, self.sweep, self.export):
            button.show_words(not self.small)
        self._name_views()
        self._requested()
        self.update()

    @property
    def tools(self) -> tuple[QWidget, ...]:
        return self.compare, self.pin, self.sweep, self.export, self.notice

    def _name_views(self) -> None:
        self.picture.show_only(self.switch.offer(self.canvas, alone=self.small))

    # doing ----------------------------------------------------------------------------------------------------------

    def toggle_pin(self) -> None:
        """Keep the present run as a ghost behind later ones; once more, while it is shown, lets go of all ghosts."""
        shown = self.session.shown
        if shown is None:
            return
        self.take_pins(toggled(self.pins, Ghost(shown.frame, shown.params, self.shown(), source=self._source())))
        key = "window.stage.pinned" if self.pins else "window.stage.unpinned"
        what = briefly(self.entry, shown.params, [self.session.concept.default()], self.look.language)
        self.said.emit(self.look.tr(key, what=what or self.look.tr("window.stage.defaults")))

    def _source(self) -> Provenance | None:
        """What makes the present picture again; None for a recorded one."""
        from app.widgets.export_dialog import figure_of

        return figure_of(self.session, self).provenance().alone() if len(self.session.recording) else None

    def take_pins(self, ghosts: list[Ghost]) -> None:
        """Have these runs behind the picture."""
        self.pins = list(ghosts)
        self.pinned.emit(metrics(self.pins[-1].frame) if self.pins else None)
        self.redraw()

    def command(self) -> str:
        """The command line that makes the present picture."""
        shown = self.session.shown
        params = shown.params if shown else self.session.requested
        return command_of(self.entry.id, params, self.session.recording.edits, shown.index if shown else 0)
