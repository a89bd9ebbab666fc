"""A session is one open concept: what was asked for, what is shown, its run, its layers and its history."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.changes import Changes
from app.entry import Entry
from app.layers import LayerBook
from app.playback import Playback
from app.player import Player
from app.recording import Recording
from app.running import Running
from app.showing import Showing, ShownFrame
from engine.core import messages as m
from engine.core.address import find
from engine.core.concept import Check
from engine.core.faults import LoupeError
from engine.core.params import build, effect_of_change, plain, schema
from engine.core.run import Edit

if TYPE_CHECKING:
    from app.host import LaneHost

REST = 0.35             # seconds without a change after which layers and checks are asked for


class Session(QObject):
    """The state of one open concept. Exports and readouts use `shown`; controls show `requested`."""

    requested_changed = Signal()
    frame_shown = Signal()
    recording_changed = Signal()
    status_changed = Signal()
    checks_changed = Signal()
    layers_changed = Signal()
    failed = Signal(object)

    def __init__(self, entry: Entry, host: LaneHost, params: Any = None, device: str = "cpu",
                 edits: tuple[Edit, ...] = (), land: int = 0) -> None:
        super().__init__()
        self.entry, self.host, self.device = entry, host, device
        self.concept = find(entry.id)
        self.schema = schema(self.concept.Params)
        self.requested: Any = params if params is not None else self.concept.default()
        self.checks: tuple[Check, ...] | None = None
        self._visible = True
        self.run = Running(entry.id, self.concept, self._send, host.next_generation)
        self.layer_book = LayerBook(entry.id, self.concept, self._send)
        self.changes = Changes()
        self.showing, self.playback = Showing(self), Playback(self)
        self._changed_at = monotonic()
        self._asked_checks = False
        self._first = (edits, land)
        self.player.index = land

    def _send(self, message: Any) -> None:
        self.host.send(self, message)

    # what others look at ----------------------------------------------------------------------------------------------

    @property
    def shown(self) -> ShownFrame | None:
        return self.showing.shown

    @property
    def recording(self) -> Recording:
        return self.run.recording

    @property
    def player(self) -> Player:
        return self.run.player

    @property
    def generation(self) -> int:
        return self.run.generation

    @property
    def fault(self) -> LoupeError | None:
        return self.run.fault

    @property
    def details(self) -> str:
        return self.run.details

    @property
    def progress(self) -> tuple[int, int] | None:
        return self.run.progress

    @property
    def layers(self) -> dict[str, Any]:
        return self.layer_book.shown

    @property
    def visible(self) -> bool:
        """A hidden session gets no credit; one that trains in the background goes on (the host sees to it)."""
        return self._visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._visible = visible
        self.player.seek(self.player.index)                 # the time it was hidden does not count as played

    @property
    def computing(self) -> bool:
        """Whether what is asked for is not yet on screen."""
        return self.fault is None and (self.shown is None or not self.shown.live or self.run.coming is not None)

    @property
    def ended(self) -> bool:
        """Whether the lane has nothing more to compute for this session."""
        return self.run.coming is None and bool(self.recording.ended)

    @property
    def can_undo(self) -> bool:
        return self.changes.can_undo

    @property
    def can_redo(self) -> bool:
        return self.changes.can_redo

    # asking -----------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask for the first run; everything but a function plays at once, unless a later frame is to be shown."""
        edits, land = self._first
        if self.concept.kind != "function" and land == 0:
            self.player.play()
        self._start(edits, land)

    def ask(self, values: dict[str, Any], *, final: bool = True) -> None:
        """Change parameters: redraw, edit the running generator, or begin a new run, as their effects say."""
        self.ask_params(build(self.concept.Params, values, self.requested, settle=True), final=final)

    def ask_params(self, params: Any, *, final: bool = True, remember: bool = True) -> None:
        """As `ask`, with the whole parameter set; a drag (final=False) is one step of the history."""
        old = self.requested
        if params == old:
            if final:
                self.changes.settle()
            return
        if remember:
            self.changes.note(old, final=final)
        self.requested = params
        self._changed_at = monotonic()
        effect = effect_of_change(old, params)
        if effect == "run":
            self._start()
        elif effect == "live":
            self._edit_live(old)
        self.showing.follow_views()
        self.requested_changed.emit()

    def preset(self, name: str) -> None:
        """The defaults with a preset's values."""
        self.ask_params(build(self.concept.Params, self.entry.presets[name].set, settle=True))

    def undo(self) -> None:
        found = self.changes.undo(self.requested)
        if found is not None:
            self.ask_params(found, remember=False)

    def redo(self) -> None:
        found = self.changes.redo(self.requested)
        if found is not None:
            self.ask_params(found, remember=False)

    def set_device(self, device: str) -> None:
        """Compute somewhere else from now on; where there is no such device, the run says so in one sentence."""
        if device != self.device:
            self.device = device
            self._start()

    def _start(self, edits: tuple[Edit, ...] = (), land: int | None = None) -> None:
        self._renewed()
        self.run.start(self.requested, self.device, edits, land)
        self.status_changed.emit()

    def _renewed(self) -> None:
        """Another run is to come: its checks are asked for again once it is at rest."""
        self._asked_checks = False
        self._changed_at = monotonic()

    def _edit_live(self, old: Any) -> None:
        run = self.run
        if run.fault is not None or (run.coming is None and run.recording.ended and not run.scrubbed):
            self._start()                                   # nothing runs that could hear of it
        elif run.coming is None and run.scrubbed and self.concept.repeatable:
            shown = run.shown()
            self._renewed()
            run.branch(self._live_changes(shown.params if shown else old), self.device)
            self.recording_changed.emit()
        else:
            for name, value in self._live_changes(old):
                run.edit(name, value)

    def _live_changes(self, old: Any) -> list[tuple[str, Any]]:
        before, after = plain(old), plain(self.requested)
        return [(p.name, after[p.name]) for p in self.schema if p.effect == "live" and before[p.name] != after[p.name]]

    def restart(self) -> None:
        """Begin the run again from its first frame."""
        self.player.seek(0)
        self._start()
        self.player.play()
        self.status_changed.emit()

    def take_up(self) -> None:
        """Go on with a run whose lane was lost, or has served another session since."""
        self._renewed()
        self.layer_book.lost()
        self.run.take_up(self.requested, self.device)
        self.status_changed.emit()

    def verify(self) -> None:
        """Check what is recorded against the independent implementation."""
        self._asked_checks = True
        recording = self.recording
        if not self.concept.repeatable or recording.params is None:
            self._send(m.Verify(self.generation))       # on the very frames, which nothing can compute again
            return
        self._send(m.Prove(self.generation, self.run.address, recording.params, self.device, recording.edits,
                           recording.last_index))

    # carried by the host ------------------------------------------------------------------------------------------

    def receive(self, message: Any) -> None:
        """Take a message of this session's lane."""
        if isinstance(message, m.LayerSent | m.LayerFailed):
            if self.layer_book.receive(message):
                self.layers_changed.emit()
                self.showing.redraw()
        elif isinstance(message, m.ChecksSent):
            if message.generation == self.generation and self.run.coming is None:
                self.checks = message.checks
                self.checks_changed.emit()
        else:
            self._react(self.run.receive(message))

    def _react(self, happened: str) -> None:
        """Show and tell what a message of the run has brought."""
        if happened == "landed":
            self.checks = None
            self.showing.redraw()
            self.recording_changed.emit()
            self.checks_changed.emit()
            self.status_changed.emit()
        elif happened == "frame":
            if not self.player.playing and self.recording.last_index <= self.player.index:
                self.showing.redraw()                              # the frame that a step has asked for
            self.recording_changed.emit()
        elif happened == "stale" and self.run.stale is not None:
            self.showing.show(self.run.stale)
        elif happened == "failed":
            self.layer_book.lost()
            self.failed.emit(self.fault)
        if happened in ("ended", "failed", "said"):
            self.status_changed.emit()

    def tick(self, now: float) -> None:
        """Move the player, give credit, and ask for layers and checks once the user has come to rest."""
        if self.playback.tick(now):
            return
        was_playing = self.player.playing
        if self.run.pace(now):
            self.showing.redraw()
            self.recording_changed.emit()
        if was_playing != self.player.playing:
            self.status_changed.emit()
        if now - self._changed_at > REST and self.run.coming is None and self.fault is None and len(self.recording):
            self._ask_extras()

    def _ask_extras(self) -> None:
        self.layer_book.ask(self.requested, self.device)
        rest = self.concept.rest
        settled = rest is not None and self.recording.last_index >= min(rest, 8)
        if not self._asked_checks and (self.recording.ended or not self.player.playing or settled):
            self.verify()
