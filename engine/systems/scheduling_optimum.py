"""The best that any order can do without preemption: an exhaustive search, cut where it cannot win any more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from engine.systems.jobs import Job

MOST_JOBS = 8


def best_wait(jobs: Sequence[Job], cpus: int = 1, switch_cost: Fraction = Fraction(0)) -> Fraction | None:
    """The least mean wait of all non-preemptive schedules; None for more than eight jobs, or where any does I/O.

    Every such schedule is at best an order: each job in turn starts as early as the first free processor allows. An idle
    processor may wait for a short job that is about to come, which no rule that looks only at the present does.
    """
    if len(jobs) > MOST_JOBS or any(job.pauses for job in jobs):
        return None
    scale = math.lcm(*(x.denominator for job in jobs for x in (job.arrival, job.burst)), switch_cost.denominator)
    todo = [(int(job.arrival * scale), int(job.burst * scale)) for job in jobs]
    search = _Search(todo, int(switch_cost * scale))
    search.extend((-1,) * cpus, (1 << len(todo)) - 1, 0)
    return Fraction(search.best, scale * len(jobs))


class _Search:
    """Depth first over the orders, in whole ticks; a processor that has run nothing yet is free since -1."""

    def __init__(self, todo: list[tuple[int, int]], cost: int) -> None:
        self.todo, self.cost, self.best = todo, cost, 1 << 200
        self.seen: dict[tuple[int, tuple[int, ...]], int] = {}

    def extend(self, free: tuple[int, ...], rest: int, waited: int) -> None:
        """Try every job that is left next, on the processor that is free first."""
        if waited >= self.best or self.seen.get((rest, free), 1 << 200) <= waited:
            return
        self.seen[rest, free] = waited
        if not rest:
            self.best = waited
            return
        first, others = free[0], free[1:]
        for j, (arrival, burst) in enumerate(self.todo):
            if rest >> j & 1:
                start = max(arrival, first) + (self.cost if first >= 0 else 0)
                self.extend(tuple(sorted((*others, start + burst))), rest & ~(1 << j), waited + start - arrival)
