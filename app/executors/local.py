"""Computations in processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from app.executors import worker
from app.executors.executor import Crew, Outcome, Task
from app.executors.far_end import FarEnd
from app.executors.pipe_worker import PipeWorker
from engine.core import child


class LocalExecutor:
    """As many processes as `jobs`, by default one a core; each has one job at a time."""

    def __init__(self, jobs: int = 0) -> None:
        self._jobs = jobs or os.cpu_count() or 1

    def outcomes(self, task: Task, arguments: Sequence[tuple[int, Any]]) -> Iterator[Outcome]:
        """See Executor."""
        return Crew(lambda: PipeWorker(task, worker.main), min(self._jobs, len(arguments)), arguments).outcomes()

    def far_end(self, name: str) -> FarEnd:
        """See Executor."""
        return FarEnd(name, child.main)
