"""Computations in processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from app.executors import worker
from app.executors.executor import Crew, Lost, Outcome, Room, Task
from app.executors.far_end import FarEnd
from engine.core import child


class LocalExecutor:
    """As many processes as `jobs`, by default one a core."""

    def __init__(self, jobs: int = 0) -> None:
        self._jobs = jobs or os.cpu_count() or 1

    def outcomes(self, task: Task, arguments: Sequence[tuple[int, Any]]) -> Iterator[Outcome]:
        """See Executor."""
        return Crew(lambda: LocalWorker(task), min(self._jobs, len(arguments)), arguments).outcomes()

    def far_end(self, name: str) -> FarEnd:
        """See Executor."""
        return FarEnd(name, child.main)


class LocalWorker:
    """One process; it has one job at a time, so that one that ends is known to have ended of that."""

    def __init__(self, task: Task) -> None:
        self.held: dict[int, Any] = {}
        self.room, self.up = 1, False
        self._end = FarEnd("worker", worker.main)
        self._end.put(task)

    def give(self, key: int, argument: Any) -> None:
        self.held[key] = argument
        self._end.put((key, argument))

    def take(self) -> list[Outcome | Room | Lost]:
        """What it has said since."""
        found: list[Outcome | Room | Lost] = []
        while (message := self._end.recv()) is not None:
            found.append(message)
            if isinstance(message, Room):
                self.up = True
            else:
                self.held.pop(message.key, None)
        return found

    def handles(self) -> list[Any]:
        """What becomes readable when it says something or ends."""
        return self._end.handles()

    def ended(self) -> bool:
        return not self._end.alive()

    def end(self) -> str:
        """End the process with everything it has started; returns what it left in its crash log."""
        return self._end.end()
