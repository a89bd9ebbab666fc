"""The columns of a comparison as one session, for the transport: what it does to one is done to all."""

from __future__ import annotations

from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.animation import Animation
from app.compare import Comparison
from app.player import Player
from app.recording import Recording
from app.session import Session
from app.showing import ShownFrame
from engine.core.params import Parameter, parameter

TICK_MS = 16


class Together(QObject):
    """Plays, pauses, scrubs and sweeps all columns; its timeline is that of the longest run."""

    requested_changed = Signal()
    frame_shown = Signal()
    recording_changed = Signal()
    status_changed = Signal()

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        self._animation: Animation | None = None
        self._known: list[Session] = []
        comparison.columns_changed.connect(self.join)
        comparison.frame_shown.connect(self.frame_shown)
        comparison.requested_changed.connect(self.requested_changed)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.join()

    def join(self) -> None:
        """Hear of every column."""
        for session in self.comparison.sessions:
            if session not in self._known:
                session.recording_changed.connect(self.recording_changed)
                session.status_changed.connect(self.status_changed)
        self._known = list(self.comparison.sessions)
        self.recording_changed.emit()

    def leave(self) -> None:
        """Hear no more of the session that goes on alone."""
        self._timer.stop()
        first = self._known[0]
        first.recording_changed.disconnect(self.recording_changed)
        first.status_changed.disconnect(self.status_changed)

    # what the transport looks at ------------------------------------------------------------------------------------

    @property
    def _first(self) -> Session:
        return self.comparison.sessions[0]

    @property
    def entry(self) -> Any:
        return self._first.entry

    @property
    def concept(self) -> Any:
        return self._first.concept

    @property
    def player(self) -> Player:
        return self.comparison.link.player

    @property
    def recording(self) -> Recording:
        return self.comparison.link.leader.recording

    @property
    def shown(self) -> ShownFrame | None:
        return self.comparison.link.leader.shown

    @property
    def requested(self) -> Any:
        return self.comparison.current.requested

    @property
    def schema(self) -> tuple[Parameter, ...]:
        """The parameters that all columns share; played, one that differs would no longer differ."""
        apart = {spec.name for spec in self.comparison.apart()}
        return tuple(spec for spec in self._first.schema if spec.name not in apart)

    @property
    def animated(self) -> str | None:
        return self._animation.spec.name if self._animation else None

    @property
    def playback(self) -> Together:
        """What plays the columns: they themselves, together."""
        return self

    # what it does ---------------------------------------------------------------------------------------------------

    def play(self) -> None:
        link = self.comparison.link
        stopped = [s for s in link.sessions if s.fault is not None or s.recording.ended == "stopped"]
        for session in stopped if self._animation is None else ():
            session.take_up()
        if self._animation is not None:
            self._timer.start()
        elif all(s.ended for s in link.sessions) and link.player.index >= link.leader.recording.last_index:
            link.seek(0)
        link.player.play()
        self.status_changed.emit()

    def pause(self) -> None:
        self._timer.stop()
        self.player.pause()
        if self._animation:
            self._animation.pause()
        for session in self.comparison.sessions:
            session.changes.settle()
        self.status_changed.emit()

    def seek(self, index: int) -> None:
        self.comparison.link.seek(index)
        self.recording_changed.emit()

    def step(self, count: int) -> None:
        self.player.pause()
        self.seek(self.player.index + count)
        self.status_changed.emit()

    def restart(self) -> None:
        """Every column's run again from its first frame."""
        for session in self.comparison.sessions:
            session.restart()
        self.status_changed.emit()

    def animate(self, name: str | None) -> None:
        """Play a parameter that the columns share over its range."""
        spec = parameter(self.concept.Params, name) if name else None
        self._animation = Animation(spec, getattr(self.requested, spec.name)) if spec else None
        self.comparison.link.stands = spec is not None
        self.status_changed.emit()

    def ask(self, values: dict[str, Any], *, final: bool = True) -> None:
        self.comparison.ask_all(values, final=final)

    def _tick(self) -> None:
        if self._animation is None or not self.player.playing:
            self._timer.stop()
        elif not any(session.computing for session in self.comparison.sessions):
            self.ask({self._animation.spec.name: self._animation.value(monotonic(), self.player.speed)}, final=False)
