"""A worker at the far end of a pipe, as its crew sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.executors.executor import Lost, Outcome, Room, Task
from app.executors.far_end import FarEnd, Main
from engine.core.faults import LoupeError


class PipeWorker:
    """One process. With room for one job, a process that ends is known to have ended of that job."""

    def __init__(self, task: Task, main: Main, *more: Any, room: int = 1, lost: LoupeError | None = None) -> None:
        self.held: dict[int, Any] = {}
        self.room, self.up, self.lost = room, False, lost
        self._end = FarEnd("worker", main, *more)
        self._end.put(task)

    def give(self, key: int, argument: Any) -> None:
        self.held[key] = argument
        self._end.put((key, argument))

    def take(self) -> list[Outcome | Room | Lost]:
        """What it has said since."""
        found: list[Outcome | Room | Lost] = []
        while (message := self._end.recv()) is not None:
            if isinstance(message, Room):
                self.room, self.up = message.count, True
            elif isinstance(message, Outcome):
                argument = self.held.pop(message.key, None)
                message = replace(message, value=argument) if message.died else message
            found.append(message)
        return found

    def handles(self) -> list[Any]:
        """What becomes readable when it says something or ends."""
        return self._end.handles()

    def ended(self) -> bool:
        return not self._end.alive()

    def end(self) -> str:
        """End the process with everything it has started; returns what it left in its crash log."""
        return self._end.end()
