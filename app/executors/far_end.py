"""The far end of a pipe: a child process with its guard and its crash log, written to without ever waiting."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import select
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from app.guard import Guard

AT_ONCE = 32_768        # bytes that a pipe which says it has room surely takes

Main = Callable[..., None]              # (connection, log, path, *more): the entry of the process


class Outbox:
    """Writes what fits at once; the rest goes from a thread, so that a reader that does not read never blocks us."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._left = 0                                          # messages that the thread has still to write

    def put(self, message: Any) -> None:
        """Send a message after those before it; an end that has gone is noticed by who reads from it."""
        data = pickle.dumps(message, protocol=5)
        with self._lock:
            at_once = self._left == 0 and len(data) <= AT_ONCE and _has_room(self._connection)
            self._left += not at_once
        if at_once:
            with contextlib.suppress(OSError, ValueError):
                self._connection.send_bytes(data)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, daemon=True, name="outbox")
            self._thread.start()
        self._queue.put(data)

    def _write(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                self._connection.send_bytes(data)
            except (OSError, ValueError):
                return
            with self._lock:
                self._left -= 1

    def close(self) -> None:
        """End the thread; the reader's process has ended before, so that no write can hang."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(2.0)


def _has_room(connection: Connection) -> bool:
    """Whether a small message can be written without waiting; where the system cannot say, it is taken not to."""
    if not hasattr(select, "poll"):
        return False
    try:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLOUT)
        return bool(poll.poll(0))
    except (OSError, ValueError):
        return False


class FarEnd:
    """One child process; `put`, `poll` and `alive` never block."""

    def __init__(self, name: str, main: Main, *more: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        handle, log = tempfile.mkstemp(prefix=f"loupe-{name}-", suffix=".log")
        os.close(handle)
        self._log = Path(log)
        self.process = context.Process(target=main, args=(theirs, log, list(sys.path), *more), name=f"loupe-{name}")
        self.process.start()
        theirs.close()
        self._guard = Guard(self.process.pid or 0)
        self._outbox = Outbox(self._connection)
        self._over = False

    @property
    def pid(self) -> int | None:
        return self.process.pid

    def put(self, message: Any) -> None:
        """Send a message."""
        self._outbox.put(message)

    def poll(self) -> bool:
        """Whether something has come; raises EOFError or OSError where nothing ever will."""
        return self._connection.poll(0)

    def recv_bytes(self) -> bytes:
        """What has come, raw."""
        return self._connection.recv_bytes()

    def recv(self) -> Any:
        """The next object that has come whole, or None."""
        try:
            return self._connection.recv() if self._connection.poll(0) else None
        except (EOFError, OSError):
            return None

    def handles(self) -> list[Any]:
        """What becomes readable when something comes, or when the process ends."""
        return [self._connection, self.process.sentinel]

    def alive(self) -> bool:
        return self.process.is_alive()

    def end(self) -> str:
        """Kill the process with its whole group; returns its crash log and exit status."""
        if self._over:
            return ""
        self._over = True
        pid = self.process.pid
        if pid is not None and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):                   # no group: it has not come so far, or nobody is left
                os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.join(5.0)
        self._guard.release()
        self._outbox.close()
        self._connection.close()
        words = ""
        with contextlib.suppress(OSError):
            words = self._log.read_text(encoding="utf-8", errors="replace")[-8000:]
            self._log.unlink()
        return f"{words}\nexit status {self.process.exitcode}".strip()
