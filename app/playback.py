"""Playing a session: its run forward in time, or one of its parameters up and down its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.animation import Animation
from engine.core.params import parameter

if TYPE_CHECKING:
    from app.session import Session


class Playback:
    """What play, pause, stop and the arrows do to a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._animation: Animation | None = None

    @property
    def animated(self) -> str | None:
        """The parameter that play animates instead of the run."""
        return self._animation.spec.name if self._animation else None

    def play(self) -> None:
        """Play on; from the start if it stood at the end, and on from where a lost or stopped run was."""
        session = self._session
        if self._animation is None:
            if session.fault is not None or session.recording.ended == "stopped":
                session.take_up()
            elif session.ended and session.player.index >= session.recording.last_index:
                self.seek(0)
        session.player.play()
        session.status_changed.emit()

    def pause(self) -> None:
        """Stand still; a parameter that was played is one step of the history."""
        self._session.player.pause()
        if self._animation:
            self._animation.pause()
            self._session.changes.settle()
        self._session.status_changed.emit()

    def stop(self) -> None:
        """End the run where it is; what was recorded stays, and play goes on from there."""
        self._session.run.stop()
        self._session.status_changed.emit()

    def seek(self, index: int) -> None:
        """Show the frame at an index."""
        self._session.run.seek(index)
        self._session.showing.redraw()
        self._session.recording_changed.emit()

    def step(self, count: int) -> None:
        """One frame on or back; one that is not there yet is computed."""
        self._session.player.pause()
        self.seek(self._session.player.index + count)
        self._session.status_changed.emit()

    def animate(self, name: str | None) -> None:
        """Play a parameter over its range (None: play the run)."""
        spec = parameter(self._session.concept.Params, name) if name else None
        self._animation = Animation(spec, getattr(self._session.requested, spec.name)) if spec else None
        self._session.status_changed.emit()

    def tick(self, now: float) -> bool:
        """Ask for the next value of a parameter that is played; False where it is the run that plays."""
        session = self._session
        if self._animation is None or not session.player.playing:
            return False
        if not session.computing:
            session.ask({self._animation.spec.name: self._animation.value(now, session.player.speed)}, final=False)
        return True
