"""The host owns the lanes and carries messages between them and the open sessions, at the display's pace."""

from __future__ import annotations

import os
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from app.executors.executor import Executor
from app.inline import InlineLane
from app.lanes import Lane
from app.proofs import Proofs
from engine.core import messages as m
from engine.core.device import Device

if TYPE_CHECKING:
    from app.session import Session

SIDE_BY_SIDE = 4        # lanes of a kind that visible sessions may have at once, whatever the cores
FAREWELL = 5.0          # seconds that a training ended in the background keeps its lane for its checks


@dataclass(frozen=True)
class LaneStatus:
    """What a lane is doing, for the status line."""

    name: str
    state: str
    concept: str
    background: bool = False


@dataclass
class Slot:
    """A lane and the session it works for."""

    kind: str
    lane: Lane | InlineLane
    owner: Session | None = None
    background: bool = False            # its owner is hidden and goes on all the same
    ended_at: float = 0.0


class LaneHost(QObject):
    """One lane of each kind, light and heavy, and more where sessions work side by side or in the background."""

    status_changed = Signal()
    devices_found = Signal(object)

    def __init__(self, inline: bool = False, interval_ms: int = 16, most_background: int | None = None,
                 executor: Executor | None = None) -> None:
        super().__init__()
        self.inline, self._executor = inline, executor
        self._most = max(1, (os.cpu_count() or 2) - 1) if most_background is None else most_background
        self._slots: list[Slot] = []
        self._queue: list[Session] = []                 # trainings that wait for a lane of their own
        self._generation = 0
        self._proofs = Proofs(lambda wish: self.lane("proof").send(wish))
        self._states: tuple[LaneStatus, ...] = ()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._timer.start(interval_ms)

    # lanes ------------------------------------------------------------------------------------------------------

    def warm(self, *kinds: str) -> None:
        """Start lanes before they are needed: the light one with the window, the heavy one when the window is idle."""
        for kind in kinds or ("light",):
            self.lane(kind)

    def lane(self, kind: str) -> Lane | InlineLane:
        """The first lane of that kind, started when first asked for."""
        found = next((slot for slot in self._slots if slot.kind == kind), None)
        return (found or self._new_slot(kind)).lane

    def next_generation(self) -> int:
        self._generation += 1
        return self._generation

    def ask_devices(self) -> None:
        """Find out what there is to compute on; `devices_found` tells. Torch is imported in the lane, not here."""
        self.lane("heavy").send(m.AskDevices())

    def _new_slot(self, kind: str) -> Slot:
        slot = Slot(kind, InlineLane(kind) if self.inline else Lane(kind, self._executor))
        self._slots.append(slot)
        return slot

    def _slot_of(self, session: Session) -> Slot | None:
        return next((slot for slot in self._slots if slot.owner is session), None)

    def _claim(self, session: Session) -> Slot:
        """The session's slot, a free one, or a new one; at the limit, that of another visible session."""
        kind = session.concept.lane
        alike = [slot for slot in self._slots if slot.kind == kind and not slot.background]
        free = [slot for slot in alike if slot.owner is None or not slot.owner.visible]
        if free:
            slot = free[0]
        elif len(alike) < max(1 + self._most, SIDE_BY_SIDE):
            slot = self._new_slot(kind)
        else:
            slot = alike[0]
        slot.owner, slot.background = session, False
        return slot

    # sessions ---------------------------------------------------------------------------------------------------

    def send(self, session: Session, message: Any) -> None:
        """A session's message to its lane; asking for a run or a layer gets it a lane if it has none."""
        if isinstance(message, m.Prove):
            self._proofs.ask(session, message)
            return
        slot = self._slot_of(session)
        if slot is None and isinstance(message, m.Start | m.StartLayer):
            slot = self._claim(session)
        if slot is not None:
            slot.lane.send(message)

    def leave(self, session: Session) -> bool:
        """The session is no longer looked at. True for a training that goes on, now or when a lane is free: keep it."""
        slot = self._slot_of(session)
        goes_on = session.concept.kind_of(session.requested) == "training" and session.player.playing and not session.ended
        session.visible = False
        if not goes_on or session.fault is not None or slot is None:
            return False
        if sum(s.background for s in self._slots) < self._most:
            slot.background, slot.ended_at = True, 0.0
        else:
            self._queue.append(session)
        return True

    def come_back(self, session: Session) -> bool:
        """The session is looked at again; False if its lane had gone to another, so that its run is taken up anew."""
        self._queue = [s for s in self._queue if s is not session]
        session.visible = True
        slot = self._slot_of(session)
        if slot is not None:
            slot.background = False
            return True
        if not session.ended:
            session.take_up()
        return False

    def forget(self, session: Session) -> None:
        """The session is closed for good: its run ends, and nothing here remembers it."""
        self._queue = [s for s in self._queue if s is not session]
        slot = self._slot_of(session)
        session.visible = False
        self._proofs.forget(session)
        if slot is not None:
            slot.lane.send(m.Stop(session.generation))
            slot.owner, slot.background = None, False

    # carrying ---------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Carry every message, let every session move, and see to the background."""
        now = monotonic()
        self._queue = [session for session in self._queue if isValid(session)]
        for slot in list(self._slots):
            self._drop_deleted(slot)
            self._carry(slot)
            if slot.owner is not None and (slot.owner.visible or slot.background):
                slot.owner.tick(now)
            if slot.background:
                self._look_after(slot, now)
        self._proofs.look()
        self._next_in_queue()
        self._close_spare()
        states = self.status()
        if states != self._states:
            self._states = states
            self.status_changed.emit()

    def _carry(self, slot: Slot) -> None:
        for message in slot.lane.poll():
            if isinstance(message, m.DevicesSent):
                self.devices_found.emit(tuple(Device(*device) for device in message.devices))
            elif slot.kind == "proof":
                self._proofs.take(message)
            elif slot.owner is not None and not isinstance(message, m.Ready | m.Loading | m.Began):
                slot.owner.receive(message)

    def _drop_deleted(self, slot: Slot) -> None:
        """A session whose window side has been deleted is closed, whether anybody said so or not."""
        if slot.owner is not None and not isValid(slot.owner):
            slot.lane.send(m.Stop(slot.owner.generation))
            slot.owner, slot.background = None, False

    def _look_after(self, slot: Slot, now: float) -> None:
        """A training that has ended in the background gives its lane back once it has been checked."""
        session = slot.owner
        if session is None or not (session.ended or session.fault):
            return
        slot.ended_at = slot.ended_at or now
        if session.fault or session.checks is not None or not session.concept.verifiers or now - slot.ended_at > FAREWELL:
            slot.background = False

    def _next_in_queue(self) -> None:
        if self._queue and sum(s.background for s in self._slots) < self._most:
            session = self._queue.pop(0)
            slot = self._slot_of(session) or self._new_slot(session.concept.lane)
            taken_up = slot.owner is session
            slot.owner, slot.background, slot.ended_at = session, True, 0.0
            if not taken_up:
                session.take_up()

    def _close_spare(self) -> None:
        """Of lanes of one kind that nobody looks at, one stays warm."""
        for kind in {slot.kind for slot in self._slots}:
            alike = [s for s in self._slots if s.kind == kind]
            idle = [s for s in alike if not s.background and (s.owner is None or not s.owner.visible)]
            for slot in idle[1:] if len(idle) == len(alike) else idle:
                if len(alike) > 1:
                    alike.remove(slot)
                    self._slots.remove(slot)
                    slot.lane.close()

    def status(self) -> tuple[LaneStatus, ...]:
        """Every lane's state, and the concept it works for."""
        return tuple(LaneStatus(s.kind, s.lane.state, s.owner.entry.id if s.owner else "", s.background)
                     for s in self._slots)

    def pids(self) -> list[int]:
        """Process ids of the lanes."""
        return [slot.lane.pid for slot in self._slots if slot.lane.pid is not None]

    def close(self) -> None:
        """End every lane."""
        self._timer.stop()
        for slot in self._slots:
            slot.lane.close()
        self._slots.clear()
        self._queue.clear()
