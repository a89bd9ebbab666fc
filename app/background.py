"""Trainings that go on while something else is looked at, so that coming back finds them further on, or ended."""

from __future__ import annotations

from collections import OrderedDict

from app.host import LaneHost
from app.session import Session

KEPT = 4                # hidden trainings kept; the one left longest ago is let go first


class Background:
    """The hidden sessions, one a concept."""

    def __init__(self, host: LaneHost) -> None:
        self._host = host
        self._hidden: OrderedDict[str, Session] = OrderedDict()

    def leave(self, session: Session) -> None:
        """The session is no longer looked at: kept if it is a training under way, else closed; it is its concept's last."""
        older = self._hidden.pop(session.entry.id, None)
        if older is not None:
            self._close(older)
        if not self._host.leave(session):
            session.deleteLater()
            return
        self._hidden[session.entry.id] = session
        while len(self._hidden) > KEPT:
            self._close(self._hidden.popitem(last=False)[1])

    def take(self, concept_id: str, anew: bool) -> Session | None:
        """The hidden session of a concept, looked at again; closed where the concept is opened anew."""
        session = self._hidden.pop(concept_id, None)
        if session is not None and anew:
            self._close(session)
            return None
        return session

    def go_on(self, session: Session) -> None:
        """Show what a session that was taken has reached."""
        self._host.come_back(session)
        session.playback.seek(session.player.index)

    def _close(self, session: Session) -> None:
        self._host.forget(session)
        session.deleteLater()
