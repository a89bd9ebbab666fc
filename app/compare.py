"""A comparison: two to four sessions of one concept under one playhead, one of them selected, with a common history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.changes import Changes
from app.differences import differing
from app.link import Follower, Link
from app.provenance import MOST_COLUMNS
from app.recording import Recording
from app.session import Session
from engine.core.params import Parameter
from engine.core.run import Edit

if TYPE_CHECKING:
    from app.host import LaneHost

Setting = tuple[Any, tuple[Edit, ...], int]         # parameters, live edits, and the frame to show first


class ColumnChanges(Changes):
    """A column's history; undo and redo go through all columns in the order of the changes."""

    def __init__(self, comparison: Comparison, session: Session) -> None:
        super().__init__()
        self.comparison, self.session = comparison, session

    def note(self, old: Any, *, final: bool) -> None:
        count = len(self._before)
        super().note(old, final=final)
        if len(self._before) != count:
            self.comparison.noted(self.session)

    def undo(self, present: Any) -> Any | None:
        return super().undo(present) if self.comparison.takes(self.session, back=True) else None

    def redo(self, present: Any) -> Any | None:
        return super().redo(present) if self.comparison.takes(self.session, back=False) else None


class Comparison(QObject):
    """The columns. The first session may be the stage's own: it gets its player and history back at the end."""

    columns_changed = Signal()
    selected_changed = Signal()
    frame_shown = Signal()
    requested_changed = Signal()

    def __init__(self, first: Session, host: LaneHost) -> None:
        super().__init__()
        self.host, self.link = host, Link()
        self.sessions: list[Session] = []
        self.selected = 0
        self.linked = True
        self._own = (first, first.player, first.changes)
        self.before = first.requested
        self._done: list[list[Session]] = []                # whose change came when; a change of several is one step
        self._undone: list[list[Session]] = []
        self._group: list[Session] | None = None
        self._replaying = False
        self.link.player.index, self.link.player.speed = first.player.index, first.player.speed
        self.link.player.loop = first.player.loop
        if first.player.playing:
            self.link.player.play()
        self._join(first, first.player.index)

    def _join(self, session: Session, index: int) -> None:
        session.run.player = Follower(self.link, session, index)
        session.changes = ColumnChanges(self, session)
        self.sessions.append(session)
        self.link.sessions = list(self.sessions)
        session.frame_shown.connect(self.frame_shown)
        session.requested_changed.connect(self.requested_changed)

    # columns --------------------------------------------------------------------------------------------------------

    @property
    def current(self) -> Session:
        """The session that the controls act on."""
        return self.sessions[self.selected]

    @property
    def full(self) -> bool:
        return len(self.sessions) >= MOST_COLUMNS

    def settings(self) -> list[Any]:
        """What each column asks for."""
        return [session.requested for session in self.sessions]

    def apart(self) -> list[Parameter]:
        """The parameters that are not the same in all columns."""
        return differing(self.settings())

    def add(self, settings: Sequence[Setting]) -> None:
        """More columns at the right, as many as there is room for; the last of them is selected."""
        first = self.sessions[0]
        for params, edits, index in settings[:MOST_COLUMNS - len(self.sessions)]:
            playing = self.link.player.playing
            session = Session(first.entry, self.host, params, first.device, edits, index)
            self._join(session, index)
            session.begin()
            if not playing:
                self.link.player.pause()
        self.select(len(self.sessions) - 1)
        self.columns_changed.emit()

    def add_setting(self, params: Any) -> None:
        """A column with these parameters, at the present frame."""
        self.add([(params, (), self.link.player.index if self.current.concept.kind != "function" else 0)])

    def remove(self, number: int) -> None:
        """A column away; the first one and the last two stay."""
        if len(self.sessions) < 3 or number == 0:
            return
        session = self.sessions.pop(number)
        self.link.sessions = list(self.sessions)
        for history in (self._done, self._undone):
            history[:] = [left for turn in history if (left := [s for s in turn if s is not session])]
        self.selected = min(self.selected - (self.selected > number), len(self.sessions) - 1)
        self._close(session)
        self.columns_changed.emit()
        self.selected_changed.emit()

    def select(self, number: int) -> None:
        """The controls act on that column from now on."""
        if 0 <= number < len(self.sessions) and number != self.selected:
            self.selected = number
            self.selected_changed.emit()

    # history --------------------------------------------------------------------------------------------------------

    def noted(self, session: Session) -> None:
        """A column has changed: the next undo is about it."""
        self._undone.clear()
        if self._group is None:
            self._done.append([session])
            return
        if not self._group:
            self._done.append(self._group)
        self._group.append(session)

    def ask_all(self, values: dict[str, Any], *, final: bool) -> None:
        """The same parameters in every column; one undo takes them back."""
        self._group = []
        for session in self.sessions:
            session.ask(values, final=final)
        self._group = None

    def takes(self, session: Session, *, back: bool) -> bool:
        """Whether a session is to undo (redo) itself now; if it is others' turn, they do it instead."""
        if self._replaying:
            return True
        source, target = (self._done, self._undone) if back else (self._undone, self._done)
        if not source:
            return False
        turn = source.pop()
        target.append(turn)
        if turn == [session]:
            return True
        if len(turn) == 1:
            self.select(self.sessions.index(turn[0]))
        self._replaying = True
        try:
            for one in turn:
                (one.undo if back else one.redo)()
        finally:
            self._replaying = False
        return False

    # the end --------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Give the first session back what is its own; the others are closed."""
        first, player, changes = self._own
        first.frame_shown.disconnect(self.frame_shown)
        first.requested_changed.disconnect(self.requested_changed)
        player.index = first.player.index
        player.pause()
        first.run.player, first.changes = player, changes
        for session in self.sessions[1:]:
            self._close(session)
        self.sessions, self.selected = [first], 0
        self.link.sessions = []

    def _close(self, session: Session) -> None:
        self.host.forget(session)
        session.deleteLater()


def can_be_adopted(session: Session) -> bool:
    """Whether a session's run can go on as another's: it is there, and can be computed again to be taken up."""
    return session.run.coming is None and session.fault is None and session.concept.repeatable and len(session.recording) > 0


def adopt(session: Session, params: Any, recording: Recording, index: int) -> None:
    """Go on with another session's run, where it stands; playing takes it up on a lane of this session's own."""
    session.run.stop()
    session.run.generation = session.host.next_generation()     # nothing that the old run still sends is taken
    session.run.recording, session.requested = recording, params
    recording.ended = recording.ended or "stopped"
    session.requested_changed.emit()
    session.playback.seek(index)
    session.verify()
