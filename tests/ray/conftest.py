"""One Ray cluster of two worker nodes for all tests here; `make test-ray` installs Ray and runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.executors.cluster import ClusterExecutor
from tests.app.conftest import Bench, window  # noqa: F401  a fixture

HERE = Path(__file__).parent


class RayCluster:
    """The cluster's process."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="loupe-ray-", dir="/tmp")         # sockets have short names
        self.process = subprocess.Popen([sys.executable, str(HERE / "cluster.py"), self.folder], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self._line()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line, "the cluster did not start"
        return line

    def ask(self, word: str) -> None:
        """`kill` a node, or `add` one."""
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert self._line() == "done"

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[RayCluster]:
    made = RayCluster()
    yield made
    made.close()


@pytest.fixture
def executor(cluster: RayCluster) -> ClusterExecutor:
    return ClusterExecutor(cluster.address)


@pytest.fixture
def bench(qapp: Any, executor: ClusterExecutor) -> Iterator[Bench]:
    """Sessions whose lanes compute on the cluster."""
    made = Bench(qapp, executor=executor)
    yield made
    made.close()
