"""A lane is a child process that computes for the window; it can be overtaken, killed and replaced at any moment."""

from __future__ import annotations

import atexit
from collections import deque
from time import monotonic
from typing import Any

from app.executors.executor import Executor
from app.executors.local import LocalExecutor
from engine.core import messages as m
from engine.core.faults import Failed
from engine.core.wire import Decoder

PATIENCE = 2.0          # seconds that a lane has to give way before it is replaced
DRAIN = 0.010           # seconds that one poll may spend on reading: what is left waits for the next
STILLBORN = 3           # processes in a row that died before they could listen: then it is said, not tried again


class Lane:
    """One child process and what it is doing; `poll` and `send` never block.

    The process computes itself, or is the gateway to a cluster that does: the executor knows.
    """

    def __init__(self, name: str, executor: Executor | None = None) -> None:
        self.name = name
        self._executor = executor or LocalExecutor()
        self.deaths = 0                                          # processes that were replaced
        self._stillborn = 0
        self._open: m.Start | m.Prove | None = None              # the newest request, until it has ended
        self._waiting: deque[tuple[int, float]] = deque()        # (generation, asked at) not yet begun
        self._heard = -1                                         # the last generation the lane has taken up
        self._start_process()
        atexit.register(self.close)

    def _start_process(self) -> None:
        self._end = self._executor.far_end(self.name)
        self._decoders = {b"M": Decoder(), b"L": Decoder()}
        self._waiting.clear()
        self.state = "starting"                                  # starting, loading, busy, idle or dead

    @property
    def pid(self) -> int | None:
        return self._end.pid

    # talking ----------------------------------------------------------------------------------------------------

    def send(self, message: Any) -> None:
        """Send a request; one that cannot be sent is noticed by the next poll as the lane's death."""
        if self.state == "dead":
            self._stillborn = 0
            self._start_process()
        if isinstance(message, m.Start | m.Prove):
            self._open = message
        if isinstance(message, m.Stop):
            self._open = None
        if isinstance(message, m.Start | m.Stop | m.Prove):
            self._waiting.append((message.generation, monotonic()))
            self.state = "busy" if self.state == "idle" else self.state
        self._end.put(message)

    def poll(self) -> list[Any]:
        """Messages that have come. A lane that died, or did not give way, is replaced, and says so."""
        found: list[Any] = []
        if self.state == "dead":
            return found
        until = monotonic() + DRAIN
        try:
            while self._end.poll():
                data = self._end.recv_bytes()
                message = self._decoders[data[:1]].loads(memoryview(data)[1:])
                self._note(message)
                found.append(message)
                if monotonic() > until:
                    return found
            died = not self._end.alive()
        except (EOFError, OSError):
            died = True
        if died:
            found += self._replace_dead()
        elif self._stuck():
            self._replace_stuck()
        return found

    def _note(self, message: Any) -> None:
        """Keep account of what the lane is doing."""
        if isinstance(message, m.Loading):
            self.state, self._heard = ("busy" if message.done else "loading"), message.generation
            self._waiting = deque((g, monotonic()) for g, _ in self._waiting)
        elif isinstance(message, m.Ready):
            self.state, self._stillborn = "busy" if self._waiting else "idle", 0
            self._waiting = deque((g, monotonic()) for g, _ in self._waiting)
        elif isinstance(message, m.Began | m.Ended | m.FaultSent) or self._is_proof(message):
            self._heard = message.generation
            self._waiting = deque((g, t) for g, t in self._waiting if g > message.generation)
            over = not isinstance(message, m.Began)
            if over and self._open is not None and self._open.generation <= message.generation:
                self._open = None
            self.state = "idle" if self._open is None else "busy"
        elif self.state == "loading":
            self.state = "idle" if self._open is None else "busy"

    def _is_proof(self, message: Any) -> bool:
        return isinstance(message, m.ChecksSent) and isinstance(self._open, m.Prove)

    # faults -----------------------------------------------------------------------------------------------------

    def _stuck(self) -> bool:
        """A newer request has waited too long for an older one to give way (starting and importing are excused)."""
        return bool(self._waiting) and self.state != "starting" and monotonic() - self._waiting[0][1] > PATIENCE

    def _replace_stuck(self) -> None:
        """A new process gets the newest request; the run that would not give way is gone with the old one."""
        again = self._open
        self._renew()
        if again is not None:
            self.send(again)

    def _replace_dead(self) -> list[Any]:
        """A new process; the newest run's generation is told, or asked again where it was not the cause."""
        again, innocent = self._open, bool(self._waiting) and self._heard != self._waiting[-1][0]
        self._stillborn += self.state == "starting"
        details = self._renew(start=self._stillborn < STILLBORN)
        if again is None:
            return []
        if self._stillborn >= STILLBORN:
            fault = Failed(f"the {self.name} engine process cannot be started; restart the program, or run it with "
                           "--inline", "engine_stillborn", lane=self.name)
        elif innocent:
            self.send(again)
            return []
        else:
            fault = Failed(f"the {self.name} engine process ended unexpectedly; it has been restarted, press play to go "
                           "on", "engine_died", lane=self.name)
        self._open = None
        return [m.FaultSent(again.generation, fault, details)]

    def _renew(self, start: bool = True) -> str:
        """End the process and start another; returns what the old one left in its crash log."""
        details = self._end.end()
        self.deaths += 1
        self._heard = -1
        if start:
            self._start_process()
        else:
            self.state = "dead"
        return details

    def close(self) -> None:
        """End the process and its workers at once."""
        atexit.unregister(self.close)
        if self.state != "dead":
            self.state = "dead"
            self._end.end()
        self._open = None
