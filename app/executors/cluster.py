"""Computations on a Ray cluster, through a gateway process each; this process never imports Ray."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from app.executors import gateway
from app.executors.executor import Crew, Outcome, Task
from app.executors.far_end import FarEnd
from app.executors.pipe_worker import PipeWorker
from engine.core.faults import Failed

HEAVY = ("heavy", "proof")              # lanes that may ask for a GPU


class ClusterExecutor:
    """A cluster by its address, HOST:PORT; '' is the one that runs on this machine."""

    def __init__(self, address: str = "", jobs: int = 0, device: str = "cpu") -> None:
        if importlib.util.find_spec("ray") is None:
            raise gateway.not_installed()
        self._address, self._jobs, self._gpu = address, jobs, device.startswith("cuda")

    def outcomes(self, task: Task, arguments: Sequence[tuple[int, Any]]) -> Iterator[Outcome]:
        """See Executor."""
        lost = Failed("the connection to the Ray cluster was lost; see that it runs, then ask again", "ray_lost")
        return Crew(lambda: PipeWorker(task, gateway.jobs, self._address, self._jobs, self._gpu, room=0, lost=lost), 1,
                    arguments).outcomes()

    def far_end(self, name: str) -> FarEnd:
        """See Executor."""
        return FarEnd(name, gateway.lane, self._address, name in HEAVY)
