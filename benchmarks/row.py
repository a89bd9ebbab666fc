"""A row: our work and its floor, timed in turns, so that a machine that slows down slows both."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

REPEATS = 7             # pairs measured; the ratio is their median, its spread their least and greatest
SHORTEST = 0.02         # seconds that one timing takes at least, by doing the work often enough


@dataclass(frozen=True)
class Benchmark:
    """What is compared: `prepare` returns our work and the floor as functions of nothing; `bar` is the greatest ratio."""

    name: str
    prepare: Callable[[], tuple[Callable[[], object], Callable[[], object]]]
    bar: float
    what: str
    repeats: int = REPEATS


def measure(benchmark: Benchmark) -> dict[str, Any]:
    """The benchmark's row: seconds of both for one piece of work, and their ratio with its spread."""
    ours, floor = benchmark.prepare()
    counts = [_count(work) for work in (ours, floor)]
    pairs = [(_time(ours, counts[0]), _time(floor, counts[1])) for _ in range(benchmark.repeats)]
    ratios = [a / b for a, b in pairs]
    ratio = median(ratios)
    return {"name": benchmark.name, "ours": median(a for a, _ in pairs), "floor": median(b for _, b in pairs),
            "ratio": ratio, "low": min(ratios), "high": max(ratios), "repeats": benchmark.repeats, "bar": benchmark.bar,
            "ok": ratio <= benchmark.bar}


def _count(work: Callable[[], object]) -> int:
    """How often the work is done in one timing; the first, cold time does not count."""
    work()
    return max(1, round(SHORTEST / max(_time(work, 1), 1e-7)))


def _time(work: Callable[[], object], count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        work()
    return (perf_counter() - start) / count


def machine() -> str:
    """The machine in words, without its name."""
    import numpy

    return (f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
            f"Python {sys.version.split()[0]}, numpy {numpy.__version__}")
