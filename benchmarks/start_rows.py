"""Rows of starting: the command line against an interpreter that imports what any such program must."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.row import Benchmark

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "import argparse, dataclasses, json, tomllib, typing, numpy"


def command(*words: str) -> Callable[[], tuple[Callable[[], object], Callable[[], object]]]:
    """A command of ours in a process of its own, against Python with numpy and the standard modules."""

    def start(*line: str) -> object:
        return subprocess.run([sys.executable, *line], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)

    return lambda: (lambda: start("main.py", *words), lambda: start("-c", FLOOR))


ROWS = (
    Benchmark("start.list", command("list"), 1.5, "every concept listed"),
    Benchmark("start.run", command("run", "mathematics.clt", "--frame", "0"), 2.0, "the first frame as JSON"),
)
