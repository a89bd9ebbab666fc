"""A task is a job under way, with what the policies keep of it; and the weight that its nice value gives it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from engine.systems.jobs import Job


@dataclass(eq=False)
class Task:
    """A job under way."""

    index: int
    job: Job
    left: Fraction
    piece: int = 0                              # of its processor time, between I/Os
    since_io: Fraction = Fraction(0)            # processor time since its last I/O
    joined: Fraction = Fraction(0)              # when it last joined the ready queue
    place: int = 0                              # its place in the order of joining
    slice_left: Fraction | None = None          # None: it may keep the processor
    level: int = 0                              # MLFQ: 0 is the top
    turns: int = 0                              # MLFQ: slices left on this level
    passed: Fraction = Fraction(0)              # stride: processor time had, per ticket
    waited: Fraction | None = None              # how long it had waited when it got its processor; None while it waits
    ratio: Fraction = Fraction(1)               # HRRN: what it was chosen with

    @property
    def burst_left(self) -> Fraction:
        """Processor time until its I/O or its end: the burst that SJF, SRTF and HRRN compare."""
        piece = self.job.piece(self.piece)
        return self.left if piece is None else min(self.left, piece - self.since_io)

    def waiting(self, now: Fraction) -> Fraction:
        """How long it has waited; once it runs, how long it had."""
        return now - self.joined if self.waited is None else self.waited


# Linux's kernel/sched/core.c, sched_prio_to_weight: of nice -20 to 19, each step about 1.25 times the next
WEIGHTS = (88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121, 2501,
           1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15)
NICE_0 = 1024


def weight(job: Job) -> int:
    """The weight of a job whose priority is a nice value, -20 to 19."""
    return WEIGHTS[min(max(job.priority, -20), 19) + 20]
