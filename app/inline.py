"""A lane without a process: it computes a little at each poll. For the debugger (--inline) and for tests."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Any

from engine.core import messages as m
from engine.core.serve import Server
from engine.core.wire import Decoder

SLICE = 0.015           # seconds of computing in one poll; a frame that takes longer is computed to its end


class InlineLane:
    """The same interface as a Lane's, in this process."""

    def __init__(self, name: str) -> None:
        self.name, self.state, self.deaths = name, "idle", 0
        self.pid: int | None = None
        self._pipe = _Loop()
        self._server = Server(self._pipe)

    def send(self, message: Any) -> None:
        self._pipe.inbox.append(message)

    def poll(self) -> list[Any]:
        """Compute for a moment, then hand over what came of it."""
        until = monotonic() + SLICE
        self._server.read()
        while self._server.busy() and monotonic() < until:
            self._server.work()
            self._server.read()
        self.state = "busy" if self._server.busy() else "idle"
        found, self._pipe.outbox = self._pipe.outbox, []
        return found

    def close(self) -> None:
        """Close what runs; there is no process to end."""
        self.send(m.Stop(2**62))
        self._server.read()
        self.state = "dead"


class _Loop:
    """A pipe to oneself; messages are decoded at once, so that Shared works as over a real one."""

    def __init__(self) -> None:
        self.inbox: deque[Any] = deque()
        self.outbox: list[Any] = []
        self._decoders = {b"M": Decoder(), b"L": Decoder()}

    def poll(self, timeout: float | None = 0.0) -> bool:
        return bool(self.inbox)

    def recv(self) -> Any:
        return self.inbox.popleft()

    def send_bytes(self, data: bytes) -> None:
        self.outbox.append(self._decoders[data[:1]].loads(memoryview(data)[1:]))
