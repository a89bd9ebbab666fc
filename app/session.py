"""A session is one open concept: what was asked for, what is shown, its recording, player, layers and history."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.entry import Entry
from app.player import Player
from app.recording import Recorded, Recording
from engine.core import messages as m
from engine.core.address import load
from engine.core.concept import Check
from engine.core.faults import LoupeError
from engine.core.params import build, effect_of_change, parameter, plain, run_key, schema
from engine.core.run import Edit

if TYPE_CHECKING:
    from app.host import LaneHost

REST = 0.35             # seconds without a change after which layers and checks are asked for
CAUGHT_UP = ("steps", "trace")


@dataclass(frozen=True)
class ShownFrame:
    """What is on screen: a frame with the parameters to draw it with, and where it stands in the run."""

    frame: Any
    params: Any
    index: int
    live: bool = True               # False: a recorded first picture, until the live one lands


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
        self.concept = load(entry.id)
        self.schema = schema(self.concept.Params)
        self.requested: Any = params if params is not None else self.concept.default()
        self.recording, self.player = Recording(), Player()
        self.shown: ShownFrame | None = None
        self.layers: dict[str, Any] = {}
        self.fault: LoupeError | None = None
        self.details = ""
        self.checks: tuple[Check, ...] | None = None
        self.progress: tuple[int, int] | None = None
        self.generation = -1
        self.animated: str | None = None
        self.visible = True
        self._undo: list[Any] = []
        self._redo: list[Any] = []
        self._merging = False
        self._changed_at = monotonic()
        self._asked_extras = False
        self._granted = -1
        self._land = land
        self._layer_keys: dict[str, str] = {}
        self._layer_cache: OrderedDict[str, Any] = OrderedDict()
        self._first_edits = edits
        self.player.index = land

    # asking ---------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask for the first run; streams, steps and traces play at once."""
        if self.concept.kind in ("stream", "steps", "trace", "training") and self._land == 0:
            self.player.play()
        self._start(edits=self._first_edits)

    def ask(self, values: dict[str, Any], *, final: bool = True) -> None:
        """Change parameters: redraw, edit the running generator, or begin a new run, as their effects say."""
        self.ask_params(build(self.concept.Params, values, self.requested, settle=True), final=final)

    def ask_params(self, params: Any, *, final: bool = True, remember: bool = True) -> None:
        """As `ask`, with the whole parameter set; a drag (final=False) is one step of the history."""
        old = self.requested
        if params == old:
            self._merging = self._merging and not final
            return
        if remember and not self._merging:
            self._undo.append(old)
            self._redo.clear()
        self._merging = not final
        self.requested = params
        self._changed_at = monotonic()
        effect = effect_of_change(old, params)
        if effect == "run":
            self._start()
        elif effect == "live":
            self._edit_live(old, params)
        if effect == "view" or (effect == "live" and self.shown):
            self._redraw()
        self.requested_changed.emit()

    def reset(self, name: str) -> None:
        """One parameter back to its default."""
        self.ask({name: _plain_default(self.concept.Params, name)})

    def preset(self, name: str) -> None:
        """The defaults with a preset's values."""
        self.ask_params(build(self.concept.Params, self.entry.presets[name].set, settle=True))

    def undo(self) -> None:
        if self._undo:
            self._redo.append(self.requested)
            self.ask_params(self._undo.pop(), remember=False)

    def redo(self) -> None:
        if self._redo:
            self._undo.append(self.requested)
            self.ask_params(self._redo.pop(), remember=False)

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def restart(self) -> None:
        """Begin the run again from its first frame."""
        self.player.seek(0)
        self._start()
        self.player.play()
        self.status_changed.emit()

    def stop(self) -> None:
        """End the run where it is; what was recorded stays."""
        self.player.pause()
        self.host.send(self, m.Stop(self.generation))
        self.recording.ended = self.recording.ended or "stopped"
        self.status_changed.emit()

    def set_device(self, device: str) -> None:
        if device != self.device:
            self.device = device
            self._start()

    def set_visible(self, visible: bool) -> None:
        """A hidden session gets no credit; one that trains in the background goes on (the host keeps its lane)."""
        self.visible = visible

    def provenance_params(self) -> dict[str, Any]:
        """The shown parameters as plain values."""
        return plain(self.shown.params if self.shown else self.requested)

    def animate(self, name: str | None) -> None:
        """Play a parameter over its range (None: play the run)."""
        self.animated = name

    # running --------------------------------------------------------------------------------------------------------

    def _start(self, edits: tuple[Edit, ...] = ()) -> None:
        self.generation = self.host.next_generation()
        land = self.player.index if self.concept.kind in CAUGHT_UP else self._land
        self._land, self._granted, self._asked_extras = 0, land, False
        self.recording_next = Recording()
        self.recording_next.edits = edits
        self._landing = land
        self.fault, self.details, self.progress = None, "", None
        self._changed_at = monotonic()
        self.host.send(self, m.Start(self.generation, self.concept.id, self.requested, self.device, edits, land))
        self.status_changed.emit()

    def _edit_live(self, old: Any, new: Any) -> None:
        at = self.player.index
        if at < self.recording.last_index:                      # scrubbed back: replay to here, then branch
            edits = tuple(e for e in self.recording.edits if e[0] <= at)
            edits += tuple((at + 1, n, v) for n, v in _differences(old, new))
            self._land = at
            self._start(edits)
            return
        for name, value in _differences(old, new):
            self.host.send(self, m.EditLive(self.generation, name, value))

    @property
    def computing(self) -> bool:
        """Whether what is asked for is not yet on screen."""
        return self.fault is None and (self.shown is None or not self.shown.live or self.recording_next is not None)

    recording_next: Recording | None = None
    _landing = 0

    def receive(self, message: Any) -> None:
        """Take a message of this session's lane; those of overtaken runs are let go."""
        if isinstance(message, m.LayerSent):
            self._receive_layer(message)
            return
        if message.generation != self.generation and not (isinstance(message, m.FaultSent) and message.generation == -1):
            if isinstance(message, m.FrameSent):
                self._receive_stale(message)
            return
        if isinstance(message, m.FrameSent):
            self._receive_frame(message)
        elif isinstance(message, m.Ended):
            self._take_over()
            self.recording.ended = message.reason
            self.recording.missing |= message.missing
            self.progress = None
            self.status_changed.emit()
        elif isinstance(message, m.Missing):
            (self.recording_next or self.recording).missing = message.missing
        elif isinstance(message, m.Edited):
            self.recording.edits = (*self.recording.edits, message.edit)
        elif isinstance(message, m.Progress):
            self.progress = (message.done, message.total)
            self.status_changed.emit()
        elif isinstance(message, m.ChecksSent):
            self.checks = message.checks
            self.checks_changed.emit()
        elif isinstance(message, m.FaultSent):
            self._receive_fault(message)

    def _receive_frame(self, message: m.FrameSent) -> None:
        target = self.recording_next if self.recording_next is not None else self.recording
        target.add(message.index, message.frame, message.params)
        if self.recording_next is not None and message.index >= self._landing:
            self._take_over()

    def _receive_stale(self, message: m.FrameSent) -> None:
        """A first picture of an overtaken drag value is still a picture: show it, keep nothing."""
        if self.recording_next is not None and self.concept.kind not in CAUGHT_UP and message.index == 0:
            self._show(Recorded(message.index, message.frame, message.params))

    def _take_over(self) -> None:
        if self.recording_next is None:
            return
        self.recording, self.recording_next = self.recording_next, None
        self.checks = None
        self.player.seek(min(self._landing, max(0, self.recording.last_index)))
        self._redraw()
        self.recording_changed.emit()
        self.checks_changed.emit()

    def _receive_fault(self, message: m.FaultSent) -> None:
        self.fault = message.fault if isinstance(message.fault, LoupeError) else None
        self.details, self.progress, self.recording_next = message.details, None, None
        self.player.pause()
        self.failed.emit(message.fault)
        self.status_changed.emit()

    def tick(self, now: float) -> None:
        """Move the player, give credit, and ask for layers and checks once the user has come to rest."""
        if not self.visible:
            return
        if self.recording_next is None and self.fault is None:
            if self.player.tick(now, self.recording.last_index, bool(self.recording.ended)):
                self._redraw()
                self.recording_changed.emit()
            wanted = self.player.wanted()
            if wanted > self._granted and not self.recording.ended:
                self._granted = wanted
                self.host.send(self, m.Grant(self.generation, wanted))
            elif not self.player.playing and self._granted > self.recording.last_index + 2:
                self._granted = self.player.index
                self.host.send(self, m.Grant(self.generation, self.player.index))
        if not self._asked_extras and self.recording_next is None and len(self.recording) and now - self._changed_at > REST:
            self._ask_layers()
            at_rest = self.concept.rest is not None and self.recording.last_index >= min(self.concept.rest, 8)
            if self.recording.ended or not self.player.playing or at_rest:
                self._asked_extras = True
                self.host.send(self, m.Verify(self.generation))

    def seek(self, index: int) -> None:
        """Show the frame at an index that is recorded."""
        self.player.seek(min(index, max(0, self.recording.last_index)))
        self._redraw()
        self.recording_changed.emit()

    def step(self, count: int) -> None:
        """One frame on or back; one that is not there yet is computed."""
        self.player.pause()
        self.player.seek(self.player.index + count)
        if self.player.index <= self.recording.last_index or self.recording.ended:
            self.seek(self.player.index)
        self.status_changed.emit()

    # showing ----------------------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        if len(self.recording):
            self._show(self.recording.at(self.recording.position_of(self.player.index)))
        elif self.shown is not None:
            self._show(Recorded(self.shown.index, self.shown.frame, self.shown.params), live=self.shown.live)

    def _show(self, recorded: Recorded, live: bool = True) -> None:
        views = {p.name: getattr(self.requested, p.name) for p in self.schema if p.effect == "view"}
        params = build(self.concept.Params, {k: _plain(v) for k, v in views.items()}, recorded.params, settle=True)
        self.shown = ShownFrame(recorded.frame, params, recorded.index, live)
        self.frame_shown.emit()

    def show_poster(self, frame: Any, params: Any, index: int) -> None:
        """A recorded first picture, until the live one lands."""
        if self.shown is None:
            self._show(Recorded(index, frame, params), live=False)

    # layers -----------------------------------------------------------------------------------------------------------

    def _ask_layers(self) -> None:
        for name, layer in self.concept.layers.items():
            key = run_key(f"{self.concept.id}/{name}", self.requested, layer.reads)
            if self._layer_keys.get(name) == key:
                continue
            self._layer_keys[name] = key
            if key in self._layer_cache:
                self.layers[name] = self._layer_cache[key]
                self._redraw()
                continue
            self.layers.pop(name, None)
            self.host.send(self, m.StartLayer(key, self.concept.id, name, self.requested, self.device))

    def _receive_layer(self, message: m.LayerSent) -> None:
        if message.done:
            if message.name in self.layers:
                self._layer_cache[message.key] = self.layers[message.name]
                while len(self._layer_cache) > 16:
                    self._layer_cache.popitem(last=False)
            return
        if self._layer_keys.get(message.name) == message.key:
            self.layers[message.name] = message.frame
            self.layers_changed.emit()
            self._redraw()


def _differences(old: Any, new: Any) -> list[tuple[str, Any]]:
    before, after = plain(old), plain(new)
    return [(k, v) for k, v in after.items() if before[k] != v]


def _plain(value: Any) -> Any:
    return value.plain() if hasattr(value, "plain") else value


def _plain_default(params_type: Any, name: str) -> Any:
    return _plain(parameter(params_type, name).default)
