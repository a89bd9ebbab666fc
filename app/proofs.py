"""The sessions that wait for their checks: the lane that proves does one at a time, and of each the newest wish counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shiboken6 import isValid

from engine.core import messages as m
from engine.core.proving import broken

if TYPE_CHECKING:
    from app.session import Session


class Proofs:
    """Hands wishes to the lane, one after another; those of what is looked at come first."""

    def __init__(self, send: Callable[[m.Prove], None]) -> None:
        self._send = send
        self._wishes: dict[Session, m.Prove] = {}           # in the order they came
        self._current: Session | None = None                # whose wish the lane has

    def ask(self, session: Session, wish: m.Prove) -> None:
        """A session wants the checks of a run; an older wish of it is let go."""
        self._wishes.pop(session, None)
        self._wishes[session] = wish
        if self._current is session:
            self._current = None
        self.look()

    def forget(self, session: Session) -> None:
        """A session that is closed wants nothing any more."""
        self._wishes.pop(session, None)
        self._current = None if self._current is session else self._current

    def look(self) -> None:
        """Have the lane prove what is wanted next, where what it does is wanted no more, or by nobody who looks."""
        for session in [s for s, wish in self._wishes.items() if not _wanted(s, wish)]:
            self.forget(session)
        first = next((s for s in self._wishes if s.visible), next(iter(self._wishes), None))
        if first is None or (self._current is not None and (self._current.visible or not first.visible)):
            return
        self._current = first
        self._send(self._wishes[first])

    def take(self, message: Any) -> None:
        """Checks go to the session that asked for them; a lane that died says so in its badge, nowhere else."""
        if isinstance(message, m.FaultSent):
            message = m.ChecksSent(message.generation, (broken(message.fault),))
        if not isinstance(message, m.ChecksSent):
            return
        session = next((s for s, wish in self._wishes.items() if wish.generation == message.generation), None)
        if session is not None:
            self.forget(session)
            if isValid(session):
                session.receive(message)
        self.look()


def _wanted(session: Session, wish: m.Prove) -> bool:
    """Whether the session is still there, and still at the run that the checks are of."""
    return isValid(session) and session.generation == wish.generation
