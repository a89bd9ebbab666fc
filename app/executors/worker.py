"""A process that does jobs: the task comes first, then one job after the other until the pipe closes."""

# What computes with several threads is imported only inside `main`, once the number of threads has been chosen.
from __future__ import annotations

import faulthandler
import os
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.executors.executor import Outcome, Task

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")


def main(connection: Connection, log: str, path: list[str]) -> None:
    """Entry of the process."""
    one_thread()
    from app.executors.executor import Room
    from engine.core import child

    child.enter(path)
    with open(log, "w", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        try:
            task = connection.recv()
            connection.send(Room(1))
            while (job := connection.recv()) is not None:
                connection.send(attempt(task, *job))
        except (EOFError, OSError):
            pass                            # nobody listens any more
    child.leave()


def one_thread() -> None:
    """A job keeps to one core: the others have jobs of their own, and its numbers depend on no count of threads."""
    for name in THREADS:
        os.environ[name] = "1"


def attempt(task: Task, key: int, argument: Any) -> Outcome:
    """The outcome of one job; whatever it raises is part of it."""
    from app.executors.executor import Outcome
    from engine.core.faults import sentence_of

    try:
        return Outcome(key, task(argument))
    except Exception as fault:  # noqa: BLE001  told as one sentence, and the other jobs go on
        return Outcome(key, fault=sentence_of(fault))
