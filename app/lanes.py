"""A lane is a child process that computes for the window; it can be overtaken, killed and replaced at any moment."""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
from collections import deque
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

from engine.core import messages as m
from engine.core import serve
from engine.core.faults import Failed
from engine.core.wire import Decoder

PATIENCE = 2.0          # seconds that a ready lane has to give way before it is replaced
STATES = ("starting", "idle", "busy", "loading", "dead")


class Lane:
    """One child process and what it is doing; `poll` never blocks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.deaths = 0
        self._context = multiprocessing.get_context("spawn")
        self._start_process()
        atexit.register(self.close)

    def _start_process(self) -> None:
        ours, theirs = self._context.Pipe()
        handle, log = tempfile.mkstemp(prefix=f"loupe-{self.name}-", suffix=".log")
        os.close(handle)
        self._log = Path(log)
        self.process = self._context.Process(target=serve.main, args=(theirs, log, list(sys.path)), name=f"loupe-{self.name}")
        self.process.start()
        theirs.close()
        self._connection: Connection | None = ours
        self._decoders = {b"M": Decoder(), b"L": Decoder()}
        self._waiting: deque[tuple[int, float]] = deque()        # (generation, asked at) not yet begun
        self._last_start: m.Start | None = None
        self.state = "starting"

    @property
    def pid(self) -> int | None:
        return self.process.pid

    def send(self, message: Any) -> None:
        """Send a request; one that cannot be sent is noticed by the next poll as the lane's death."""
        if isinstance(message, m.Start):
            self._last_start = message
            self._waiting.append((message.generation, monotonic()))
            self.state = "busy" if self.state != "starting" else self.state
        if self._connection is not None:
            with contextlib.suppress(OSError, ValueError):
                self._connection.send(message)

    def poll(self) -> list[Any]:
        """Every message that has come. A lane that died, or did not give way, is replaced and says so."""
        found: list[Any] = []
        try:
            while self._connection is not None and self._connection.poll(0):
                data = self._connection.recv_bytes()
                message = self._decoders[data[:1]].loads(data[1:])
                self._note(message)
                found.append(message)
        except (EOFError, OSError):
            found.append(self._replace(died=True))
            return found
        if self._stuck():
            found.append(self._replace(died=False))
        return [x for x in found if x is not None]

    def _note(self, message: Any) -> None:
        if isinstance(message, m.Ready):
            self.state = "idle"
            self._waiting = deque((g, monotonic()) for g, _ in self._waiting)
        elif isinstance(message, m.Loading):
            self.state = "busy" if message.done else "loading"
            self._waiting = deque((g, monotonic()) for g, _ in self._waiting if g >= message.generation)
        elif isinstance(message, m.Began):
            self._waiting = deque((g, t) for g, t in self._waiting if g > message.generation)
        elif isinstance(message, m.Ended | m.FaultSent):
            self.state = "idle"
            self._waiting = deque((g, t) for g, t in self._waiting if g > message.generation)

    def _stuck(self) -> bool:
        """A newer request has waited too long for an older one to give way (an import under way is excused)."""
        if not self._waiting or self.state in ("starting", "loading"):
            return False
        return monotonic() - self._waiting[-1][1] > PATIENCE

    def _replace(self, *, died: bool) -> Any:
        """Start a new process; after a death tell the newest run's generation, after a kill ask it again."""
        details = self._crash_words() if died else ""
        code = self.process.exitcode
        again = self._last_start
        waiting = bool(self._waiting)
        self._end_process()
        self._start_process()
        self.deaths += 1
        if not died:
            if again is not None:
                self.send(again)
            return None
        if waiting and again is not None and self.deaths < 3 and len(details) == 0 and code == 0:
            self.send(again)
            return None
        fault = Failed(f"the {self.name} engine process ended unexpectedly; it has been restarted, press play to go on",
                       "engine_died", lane=self.name)
        return m.FaultSent(again.generation if again else -1, fault, details or f"exit status {code}")

    def _crash_words(self) -> str:
        self.process.join(0.5)
        with contextlib.suppress(OSError):
            return self._log.read_text(encoding="utf-8", errors="replace")[-8000:]
        return ""

    def _end_process(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        pid = self.process.pid
        if pid is not None and self.process.is_alive():
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg") and os.getpgid(pid) == pid:
                    os.killpg(pid, signal.SIGKILL)
                else:
                    self.process.kill()
        self.process.join(2.0)
        with contextlib.suppress(OSError):
            self._log.unlink()

    def close(self) -> None:
        """End the process and its workers at once."""
        atexit.unregister(self.close)
        if self.state != "dead":
            self.state = "dead"
            self._end_process()


class InlineLane:
    """The same interface without a process: computes a little at each poll. For the debugger and for tests."""

    def __init__(self, name: str) -> None:
        self.name, self.state, self.deaths, self.pid = name, "idle", 0, None
        self._pipe = _Loop()
        self._server = serve.Server(self._pipe)

    def send(self, message: Any) -> None:
        self._pipe.inbox.append(message)

    def poll(self) -> list[Any]:
        """Compute for up to 15 ms, then hand over what came of it."""
        until = monotonic() + 0.015
        self._server.read()
        while self._server.busy() and monotonic() < until:
            self._server.work()
            self._server.read()
        self.state = "busy" if self._server.busy() else "idle"
        found, self._pipe.outbox = self._pipe.outbox, []
        return found

    def close(self) -> None:
        self._server._close()
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
        self.outbox.append(self._decoders[data[:1]].loads(data[1:]))
