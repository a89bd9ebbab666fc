"""A job is what asks for the processor: when it comes, how long it computes, and when it goes away for I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Job:
    """One row of the job table, its times exact."""

    name: str
    arrival: Fraction
    burst: Fraction                     # processor time it needs in all
    priority: int = 0
    tickets: int = 1
    io_every: Fraction = Fraction(0)    # it does I/O after each so much processor time; 0: never
    io_time: Fraction = Fraction(0)     # and is away for so long

    @property
    def pauses(self) -> int:
        """How often it goes away for I/O: not at its very end."""
        return math.ceil(self.burst / self.io_every) - 1 if self.io_every else 0

    @property
    def away(self) -> Fraction:
        """Time it spends in I/O altogether."""
        return self.pauses * self.io_time


def exact(value: float | str) -> Fraction:
    """The number that was written: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(value))


def jobs_of(rows: Iterable[tuple[Any, ...]]) -> tuple[Job, ...]:
    """The jobs of a table's rows; a job without a name is called by its number."""
    return tuple(
        Job(str(name).strip() or f"P{number}", exact(arrival), exact(burst), int(priority), int(tickets),
            exact(io_every), exact(io_time))
        for number, (name, arrival, burst, priority, tickets, io_every, io_time) in enumerate(rows, 1))


def work(jobs: Iterable[Job]) -> Fraction:
    """Processor time that all of them need."""
    return sum((job.burst for job in jobs), Fraction(0))
