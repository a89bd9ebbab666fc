"""Which executor the words `--engine local`, `ray` or `ray:HOST:PORT` ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.core.faults import BadInput

if TYPE_CHECKING:
    from app.executors.executor import Executor

ADDRESS = re.compile(r"[^\s:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
FOR = ("open", "sweep")                 # the commands that compute elsewhere than in their own process


def executor_of(engine: str, jobs: int = 0, device: str = "cpu") -> Executor:
    """The executor; what it needs is imported only where it is asked for."""
    kind, colon, address = engine.partition(":")
    if engine == "local":
        from app.executors.local import LocalExecutor

        return LocalExecutor(jobs)
    if kind != "ray" or (colon and not ADDRESS.fullmatch(address)):
        raise BadInput(f"engine={engine}: must be local, ray or ray:HOST:PORT", "bad_engine", value=engine)
    from app.executors.cluster import ClusterExecutor

    return ClusterExecutor(address, jobs, device)


def check_engine(engine: str, command: str) -> None:
    """A cluster is asked for only where it would be used."""
    if engine != "local" and command not in FOR:
        raise BadInput(f"engine={engine}: {command} computes in its own process; only {' and '.join(FOR)} use a cluster",
                       "no_engine_there", value=engine, command=command)
