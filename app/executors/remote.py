"""What runs on the nodes of a cluster. It knows no Ray: the gateway makes tasks and actors of it."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from app.executors.executor import Outcome, Task
from app.executors.worker import attempt
from engine.core import child
from engine.core.data import bring
from engine.core.serve import Server

MOST_WAITING = 16       # messages that wait to be fetched

_tasks: dict[bytes, Task] = {}          # the task that this process has been given last, by its bytes


def find_modules(path: list[str]) -> None:
    """Look for modules where the program does too, as far as this machine has those folders."""
    sys.path += [folder for folder in path if folder not in sys.path and os.path.isdir(folder)]


def do(path: list[str], task: bytes, key: int, argument: bytes, tables: dict[str, Any]) -> Outcome:
    """One job of a sweep, with the user's tables that it names."""
    if task not in _tasks:
        find_modules(path)
        _tasks.clear()
        _tasks[task] = pickle.loads(task)
    bring(tables)
    return attempt(_tasks[task], key, pickle.loads(argument))


class RemoteLane:
    """A lane's server in a process of the cluster. Calls in one group keep their order (see gateway)."""

    def __init__(self, path: list[str]) -> None:
        find_modules(path)
        self._pipe = QueuePipe()

    def bring(self, tables: dict[str, Any]) -> None:
        """The user's tables that the next messages name."""
        bring(tables)

    def put(self, data: bytes) -> None:
        """A message of the window, as it was pickled there."""
        self._pipe.arrived(data)

    def frames(self) -> Iterator[list[bytes]]:
        """What the server says, piece by piece; a piece holds what had piled up. It waits while too many are on the way."""
        threading.Thread(target=child.answer, args=(Server(self._pipe),), daemon=True, name="lane").start()
        while piece := self._pipe.said():
            yield piece


class QueuePipe:
    """The server's end of a pipe whose other end is a cluster away."""

    def __init__(self) -> None:
        self._inbox: deque[bytes] = deque()
        self._come = threading.Condition()
        self._outbox: SimpleQueue[bytes] = SimpleQueue()
        self._room = threading.Semaphore(MOST_WAITING)

    def arrived(self, data: bytes) -> None:
        with self._come:
            self._inbox.append(data)
            self._come.notify()

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether a message has come; None waits for one."""
        with self._come:
            return self._come.wait_for(lambda: bool(self._inbox), timeout)

    def recv(self) -> Any:
        return pickle.loads(self._inbox.popleft())

    def send_bytes(self, data: bytes) -> None:
        """Hand on a message; waits while nobody fetches them."""
        self._room.acquire()
        self._outbox.put(data)

    def said(self) -> list[bytes]:
        """What has been handed on since; waits for the first."""
        piece = [self._outbox.get()]
        while not self._outbox.empty():
            piece.append(self._outbox.get())
        self._room.release(len(piece))
        return piece
