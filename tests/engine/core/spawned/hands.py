"""What the workers of the tests do, well and badly; and a parent that waits to be killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[4])]

from engine.core.nursery import Worker


def square(worker: Worker, value: int = 0) -> int:
    worker.say(("began", os.getpid()))
    return value * value


def echo(worker: Worker) -> Any:
    """Answers what it is told."""
    return worker.hear()


def sleep(worker: Worker, stopped: bool = False) -> None:
    """Does nothing for an hour; or cannot do anything at all."""
    worker.say("here")
    if stopped:
        os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(3600)


def die(worker: Worker, how: str = "") -> int:
    """Ends in one of the ways in which a process ends."""
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "left":
        os._exit(3)
    if how == "memory":
        raise MemoryError
    if how == "raised":
        raise ValueError("the matrix\nis singular")
    if how == "silent":
        time.sleep(3600)
    return 1


def parent() -> None:
    """Starts workers, says every process there is, and waits."""
    from engine.core.run import Run
    from engine.core.workers import HOME

    with Run(None).spawn("hands:sleep", [{}, {"stopped": True}, {}]) as workers:
        while sum(len(o.said) for o in workers.outcomes) < 3:
            workers.listen()
        print(HOME.process.pid if HOME.process else 0, *workers.pids, flush=True)
        time.sleep(3600)


if __name__ == "__main__":
    parent()
