"""A job is what asks for the processor: when it comes, how long it computes, and when it goes away for I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.core import BadInput


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
    plan: tuple[Fraction, ...] = ()     # or, in place of the two: computing, I/O, computing …, which add up as they are

    @property
    def pauses(self) -> int:
        """How often it goes away for I/O: not at its very end."""
        if self.plan:
            return len(self.plan) // 2
        return math.ceil(self.burst / self.io_every) - 1 if self.io_every else 0

    @property
    def away(self) -> Fraction:
        """Time it spends in I/O altogether."""
        return sum(self.plan[1::2], Fraction(0)) if self.plan else self.pauses * self.io_time

    def piece(self, number: int) -> Fraction | None:
        """Processor time between its I/Os, from the first piece, 0, on; None where it computes to its end."""
        if self.plan:
            return self.plan[2 * number] if number < self.pauses else None
        return self.io_every or None

    def pause(self, number: int) -> Fraction:
        """How long its I/O after that piece takes."""
        return self.plan[2 * number + 1] if self.plan else self.io_time


def exact(value: float | str) -> Fraction:
    """The number that was written: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(value))


def jobs_of(rows: Iterable[tuple[Any, ...]]) -> tuple[Job, ...]:
    """The jobs of a table's rows; a job without a name is called by its number."""
    return tuple(_job(number, *row) for number, row in enumerate(rows, 1))


def _job(number: int, name: Any, arrival: Any, burst: Any, priority: Any, tickets: Any, io_every: Any, io_time: Any) -> Job:
    """One row; its burst may be a plan, 'computing+I/O+computing …'."""
    called, plan = str(name).strip() or f"P{number}", tuple(exact(part) for part in str(burst).split("+"))
    if len(plan) == 1:
        return Job(called, exact(arrival), plan[0], int(priority), int(tickets), exact(io_every), exact(io_time))
    if len(plan) % 2 == 0:
        raise BadInput(f"jobs: {called} ends with I/O ({burst}); write computing+I/O+computing", "plan_ends_in_io", name=called,
                       value=burst)
    if exact(io_every):
        raise BadInput(f"jobs: {called} has both a plan ({burst}) and a gap between I/Os; give one of them", "plan_and_gap",
                       name=called, value=burst)
    return Job(called, exact(arrival), sum(plan[::2], Fraction(0)), int(priority), int(tickets), plan=plan)


def work(jobs: Iterable[Job]) -> Fraction:
    """Processor time that all of them need."""
    return sum((job.burst for job in jobs), Fraction(0))
