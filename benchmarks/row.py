"""A row: our work and its floor, timed in turns, so that a machine that slows down slows both.

What computes in this process alone, on one thread, is timed by the processor's clock ('cpu'): other programs that want the
machine are then not in the figure. What waits, shares its work over threads or is a program of its own is timed by the wall
(numpy's threads spin while they have nothing to do, and a processor's clock would count that). Peers are timed in the same
turns and told as ratios to the floor; they have no bar.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any, Literal

REPEATS = 9             # turns measured; the ratio is their median, its spread their least and greatest
SHORTEST = 0.02         # seconds that one timing takes at least, by doing the work often enough
WHOLE = 0.6             # seconds that all timings of a row take at least, by taking more turns
MOST = 31               # turns


CLOCKS = {"cpu": process_time, "wall": perf_counter}

Work = Callable[[], object]
Sides = tuple[Work, Work] | tuple[Work, Work, dict[str, Work]]


@dataclass(frozen=True)
class Benchmark:
    """What is compared: `prepare` gives our work, the floor, and any peers; `bar` is the greatest ratio to the floor."""

    name: str
    prepare: Callable[[], Sides]
    bar: float
    what: str
    repeats: int = REPEATS
    clock: Literal["cpu", "wall"] = "cpu"


def measure(benchmark: Benchmark) -> dict[str, Any]:
    """The benchmark's row: seconds of each for one piece of work, and the ratios to the floor with their spread."""
    ours, floor, peers = _sides(benchmark.prepare())
    clock, works = CLOCKS[benchmark.clock], [ours, floor, *peers.values()]
    counts = [_count(work) for work in works]
    turns: list[list[float]] = []
    began = perf_counter()
    while len(turns) < benchmark.repeats or (perf_counter() - began < WHOLE and len(turns) < MOST):
        order = range(len(works)) if len(turns) % 2 else reversed(range(len(works)))     # none is always the first
        times = {at: _time(works[at], counts[at], clock) for at in order}
        turns.append([times[at] for at in range(len(works))])
    ratios = [turn[0] / turn[1] for turn in turns]
    ratio = median(ratios)
    return {"name": benchmark.name, "ours": median(turn[0] for turn in turns), "floor": median(turn[1] for turn in turns),
            "ratio": ratio, "low": min(ratios), "high": max(ratios), "repeats": len(turns), "clock": benchmark.clock,
            "bar": benchmark.bar, "ok": ratio <= benchmark.bar,
            "peers": {name: median(turn[at] / turn[1] for turn in turns) for at, name in enumerate(peers, 2)}}


def _sides(made: Sides) -> tuple[Work, Work, dict[str, Work]]:
    return made if len(made) == 3 else (*made, {})


def _count(work: Work) -> int:
    """How often the work is done in one timing; the first, cold time does not count."""
    work()
    return max(1, round(SHORTEST / max(_time(work, 1, perf_counter), 1e-7)))


def _time(work: Work, count: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(count):
        work()
    return max(clock() - start, 1e-9) / count


def machine() -> str:
    """The machine in words, without its name."""
    import numpy

    return (f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
            f"Python {sys.version.split()[0]}, numpy {numpy.__version__}")
