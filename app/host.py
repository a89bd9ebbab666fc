"""The host owns the lanes and carries messages between them and the open sessions, at the display's pace."""

from __future__ import annotations

import os
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.lanes import InlineLane, Lane
from engine.core import messages as m

if TYPE_CHECKING:
    from app.session import Session


@dataclass(frozen=True)
class LaneStatus:
    """What a lane is doing, for the status line."""

    name: str
    state: str
    concept: str


class LaneHost(QObject):
    """Two lanes, light and heavy, and one more for each training left running in the background."""

    status_changed = Signal()
    devices_found = Signal(object)

    def __init__(self, inline: bool = False, interval_ms: int = 16) -> None:
        super().__init__()
        self.inline = inline
        self._lanes: dict[str, Lane | InlineLane] = {}
        self._owner: dict[str, Session] = {}            # lane -> the session whose messages it carries
        self._background: list[tuple[Lane | InlineLane, Session]] = []
        self._generation = 0
        self._states: tuple[LaneStatus, ...] = ()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._timer.start(interval_ms)

    def warm(self) -> None:
        """Start the light lane; the heavy one is started when it is first needed, or when the window is idle."""
        self.lane("light")

    def lane(self, name: str) -> Lane | InlineLane:
        """The lane of that name, started when first asked for."""
        if name not in self._lanes:
            self._lanes[name] = InlineLane(name) if self.inline else Lane(name)
        return self._lanes[name]

    def next_generation(self) -> int:
        self._generation += 1
        return self._generation

    def send(self, session: Session, message: Any) -> None:
        """A session's message to its lane; a Start makes it the lane's owner."""
        for lane, owner in self._background:
            if owner is session:
                lane.send(message)
                return
        name = session.concept.lane
        if isinstance(message, m.Start):
            self._owner[name] = session
        if self._owner.get(name) is session:
            self.lane(name).send(message)

    def leave(self, session: Session) -> None:
        """The session is no longer looked at: a training goes on in a lane of its own, if there is room."""
        name = session.concept.lane
        training = session.concept.kind == "training" and session.player.playing and not session.recording.ended
        room = len(self._background) < max(1, (os.cpu_count() or 2) - 1)
        if training and room and self._owner.get(name) is session:
            self._background.append((self._lanes.pop(name), session))
            self._owner.pop(name)
            return
        session.set_visible(False)

    def come_back(self, session: Session) -> bool:
        """The session is looked at again; True if its run is still there, False if it must be started anew."""
        session.set_visible(True)
        return any(owner is session for _, owner in self._background) or self._owner.get(session.concept.lane) is session

    def ask_devices(self) -> None:
        self.lane("heavy").send(m.AskDevices())

    def tick(self) -> None:
        """Carry every message, then let every session move."""
        now = monotonic()
        for name, lane in list(self._lanes.items()):
            self._carry(lane, self._owner.get(name))
        for lane, session in list(self._background):
            self._carry(lane, session)
            if session.recording.ended or session.fault:
                lane.close()
                self._background.remove((lane, session))
        for session in {*self._owner.values(), *(s for _, s in self._background)}:
            session.tick(now)
        states = self.status()
        if states != self._states:
            self._states = states
            self.status_changed.emit()

    def _carry(self, lane: Lane | InlineLane, session: Session | None) -> None:
        for message in lane.poll():
            if isinstance(message, m.DevicesSent):
                self.devices_found.emit(message.devices)
            elif session is not None and not isinstance(message, m.Ready | m.Loading | m.Began):
                session.receive(message)

    def status(self) -> tuple[LaneStatus, ...]:
        """Every lane's state, and the concept it works for."""
        found = [LaneStatus(n, lane.state, self._owner[n].concept.id if n in self._owner else "")
                 for n, lane in self._lanes.items()]
        found += [LaneStatus("background", lane.state, s.concept.id) for lane, s in self._background]
        return tuple(found)

    def pids(self) -> list[int]:
        """Process ids of the lanes."""
        lanes = [*self._lanes.values(), *(lane for lane, _ in self._background)]
        return [lane.pid for lane in lanes if lane.pid is not None]

    def close(self) -> None:
        """End every lane."""
        self._timer.stop()
        for lane in [*self._lanes.values(), *(lane for lane, _ in self._background)]:
            lane.close()
        self._lanes.clear()
        self._owner.clear()
        self._background.clear()
