"""What a schedule is judged by, each number exact: waiting, turnaround, response, throughput, fairness and the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.systems.jobs import Job
from engine.systems.scheduler import Schedule

JUDGED = ("wait", "turnaround", "weighted", "response", "longest", "switches")        # what policies are ranked by


@dataclass(frozen=True)
class Measures:
    """Of each job, then of all."""

    turnaround: tuple[Fraction, ...]        # finish - arrival
    wait: tuple[Fraction, ...]              # turnaround - processor time - I/O: time in the ready queue, and being switched to
    response: tuple[Fraction, ...]          # first ran - arrival
    weighted: tuple[Fraction, ...]          # turnaround / (processor time + I/O)
    span: Fraction                          # first arrival to last finish
    busy: Fraction                          # processor time over cpus x span
    fairness: Fraction                      # Jain's index of the slowdowns: 1 when all are slowed alike, 1/n at worst
    switches: int

    def judged(self, name: str) -> Fraction:
        """The number that policies are ranked by."""
        if name in ("longest", "switches"):
            return max(self.wait) if name == "longest" else Fraction(self.switches)
        values: tuple[Fraction, ...] = getattr(self, name)
        return mean(values)


def mean(values: Sequence[Fraction]) -> Fraction:
    """The exact mean."""
    return sum(values, Fraction(0)) / len(values)


def percentile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """The nearest-rank percentile: the smallest value that at least this share of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def measure(jobs: Sequence[Job], schedule: Schedule, cpus: int) -> Measures:
    """Judge a schedule."""
    turnaround = tuple(end - job.arrival for job, end in zip(jobs, schedule.finish, strict=True))
    wait = tuple(t - job.burst - job.away for job, t in zip(jobs, turnaround, strict=True))
    response = tuple(start - job.arrival for job, start in zip(jobs, schedule.first, strict=True))
    weighted = tuple(t / (job.burst + job.away) for job, t in zip(jobs, turnaround, strict=True))
    span = max(schedule.finish) - min(job.arrival for job in jobs)
    total = sum((job.burst for job in jobs), Fraction(0))
    fairness = sum(weighted, Fraction(0)) ** 2 / (len(jobs) * sum((w * w for w in weighted), Fraction(0)))
    return Measures(turnaround, wait, response, weighted, span, total / (cpus * span), fairness, schedule.switches)
