"""The interface of an executor, and how a crew of its workers does many jobs without losing any."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Protocol

from engine.core.faults import Failed, LoupeError

if TYPE_CHECKING:
    from app.executors.far_end import FarEnd

STILLBORN = 3           # workers in a row that ended before they could take a job: then it is said, not tried again
TRIES = 2               # a job whose worker ends is given once more to another

Task = Callable[[Any], Any]


@dataclass(frozen=True)
class Outcome:
    """What came of one job: its value, or the fault that it ended in; with `died`, its workers ended under it."""

    key: int
    value: Any = None
    fault: LoupeError | None = None
    died: bool = False


@dataclass(frozen=True)
class Room:
    """A worker is up, and takes so many jobs at a time."""

    count: int


@dataclass(frozen=True)
class Lost:
    """Nothing more can be computed there, for this reason."""

    fault: LoupeError


class Executor(Protocol):
    """Where computations run. A sweep asks it for the outcomes of many jobs, the window for the far end of a lane."""

    def outcomes(self, task: Task, arguments: Sequence[tuple[int, Any]]) -> Iterator[Outcome]:
        """Call `task` with each (key, argument), many at once; yields as they come, in no order. Closing it ends all."""

    def far_end(self, name: str) -> FarEnd:
        """A process that answers as a lane."""


class Worker(Protocol):
    """Takes jobs through a pipe: one process of this machine, or a gateway behind which a cluster stands."""

    held: dict[int, Any]                # key -> argument of what it was given and has not answered
    room: int                           # jobs that it takes at a time
    up: bool                            # whether it has said that it listens
    lost: LoupeError | None             # what it means that it ends, where others than its jobs can be to blame

    def give(self, key: int, argument: Any) -> None: ...
    def take(self) -> list[Outcome | Room | Lost]: ...
    def handles(self) -> list[Any]: ...
    def ended(self) -> bool: ...
    def end(self) -> str: ...


class Crew:
    """Workers, and the jobs that wait for one."""

    def __init__(self, hire: Callable[[], Worker], most: int, arguments: Sequence[tuple[int, Any]]) -> None:
        self._hire, self._most = hire, most
        self._workers: list[Worker] = []
        self._waiting = deque(arguments)
        self._tries: dict[int, int] = {}
        self._stillborn = 0

    def outcomes(self) -> Iterator[Outcome]:
        """Every job's outcome, as they come; at the end, or when this is closed, no worker is left."""
        try:
            while self._waiting or any(worker.held for worker in self._workers):
                self._give()
                for worker in self._moved():
                    yield from self._taken(worker)
        finally:
            for worker in self._workers:
                worker.end()

    def _give(self) -> None:
        """Hand out jobs; as long as some are left over, another worker is hired."""
        while self._waiting and len(self._workers) < self._most and all(self._full(w) for w in self._workers):
            self._workers.append(self._hire())
            self._fill(self._workers[-1])
        for worker in self._workers:
            self._fill(worker)

    def _full(self, worker: Worker) -> bool:
        return len(worker.held) >= worker.room

    def _fill(self, worker: Worker) -> None:
        while self._waiting and not self._full(worker):
            worker.give(*self._waiting.popleft())

    def _moved(self) -> list[Worker]:
        """Wait until some worker has said something, or has ended."""
        moved = set(wait([handle for worker in self._workers for handle in worker.handles()]))
        return [worker for worker in self._workers if moved.intersection(worker.handles())]

    def _taken(self, worker: Worker) -> Iterator[Outcome]:
        ended = worker.ended()                          # asked first: what it said before its end is still read below
        for message in worker.take():
            if isinstance(message, Room):
                self._stillborn = 0
            elif isinstance(message, Lost):
                raise message.fault
            else:
                yield from self._settled(message.key, message)
        if ended:
            self._workers.remove(worker)
            details = worker.end()
            if worker.lost is not None:
                raise worker.lost
            self._stillborn += not worker.up
            if self._stillborn >= STILLBORN:
                raise Failed(f"a process to compute in cannot be started ({_last(details)}); make memory free, or restart "
                             "the machine", "worker_stillborn", reason=_last(details))
            for key, argument in worker.held.items():
                yield from self._settled(key, Outcome(key, argument, died=True))

    def _settled(self, key: int, outcome: Outcome) -> Iterator[Outcome]:
        """A job whose worker ended is done once more; whatever else came of it stands. `value` holds its argument."""
        self._tries[key] = self._tries.get(key, 0) + 1
        if outcome.died and self._tries[key] < TRIES:
            self._waiting.appendleft((key, outcome.value))
        else:
            yield outcome


def _last(details: str) -> str:
    return (details.strip().splitlines() or ["no reason was given"])[-1][:160]
