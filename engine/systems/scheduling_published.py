"""Answers printed in books for jobs that many courses use: which convention gives which of them can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.systems.jobs import Job
from engine.systems.policies import Name, Rules

Rows = tuple[tuple[Fraction, Fraction, int], ...]


@dataclass(frozen=True)
class Published:
    """A mean turnaround as printed in `source` (a key of the concept's marks) for jobs and a policy."""

    source: str
    jobs: Rows                                      # arrival, burst, priority
    policy: Name
    turnaround: Fraction
    quantum: int | None = None
    wrong: bool = False                             # no convention gives it


def _jobs(text: str) -> Rows:
    """Jobs written as 'arrival,burst' or 'arrival,burst,priority', apart by spaces."""
    rows = [word.split(",") for word in text.split()]
    return tuple((Fraction(r[0]), Fraction(r[1]), int(r[2]) if len(r) > 2 else 0) for r in rows)


THREE = _jobs("0,24 0,3 0,3")
FOUR = _jobs("0,6 0,8 0,7 0,3")
COMING = _jobs("0,8 1,4 2,9 3,5")
RANKED = _jobs("0,10,3 0,1,1 0,2,4 0,1,5 0,5,2")
STALLINGS = _jobs("0,3 2,6 4,4 6,5 8,2")
SLIDES = _jobs("0,7 2,4 4,1 5,4")
HOURS = _jobs("8,1 8.5,0.5 9,0.2 9.1,0.1")              # a Chinese exam's single-track batch system, in hours
DISPUTED = _jobs("22,18 4,6 16,10 2,32 10,17")          # boonsuen/process-scheduling-solver, issue 5: the author is right
DEGENERATE = _jobs("0,5 1,3 2,8 3,6")                   # dhairyagothi/100_days_100_web_project, issue 2604

PUBLISHED = (
    Published("silberschatz", THREE, "fcfs", Fraction(27)),
    Published("silberschatz", THREE, "rr", Fraction(47, 3), 4),
    Published("silberschatz", FOUR, "sjf", Fraction(13)),
    Published("silberschatz", COMING, "srtf", Fraction(13)),
    Published("silberschatz", COMING, "sjf", Fraction(57, 4)),
    Published("silberschatz", RANKED, "priority", Fraction(12)),
    Published("stallings", STALLINGS, "fcfs", Fraction(43, 5)),
    Published("stallings", STALLINGS, "rr", Fraction(54, 5), 1),
    Published("stallings", STALLINGS, "rr", Fraction(10), 4),
    Published("stallings", STALLINGS, "sjf", Fraction(38, 5)),
    Published("stallings", STALLINGS, "srtf", Fraction(36, 5)),
    Published("stallings", STALLINGS, "hrrn", Fraction(8)),
    Published("stallings", STALLINGS, "mlfq", Fraction(53, 5)),
    Published("slides", SLIDES, "srtf", Fraction(7)),
    Published("exam", HOURS, "fcfs", Fraction("0.85")),
    Published("exam", HOURS, "sjf", Fraction("0.675")),
    Published("exam", HOURS, "hrrn", Fraction("0.825")),
    Published("solver", DISPUTED, "rr", Fraction(49), 10),
    Published("webdemo", DEGENERATE, "rr", Fraction("11.25"), 1, wrong=True),
)
SOURCES = tuple(dict.fromkeys(answer.source for answer in PUBLISHED))
DOUBLING = tuple((Fraction(2**level), 1) for level in range(5))         # the queues of Stallings' feedback with q = 2^i


def published(jobs: Sequence[Job], rules: Rules) -> Published | None:
    """What a book prints for just these jobs under this policy on one processor, if one of ours does."""
    if rules.cpus != 1 or rules.switch_cost or any(job.pauses for job in jobs):
        return None
    given = [(job.arrival, job.burst) for job in jobs]
    for answer in PUBLISHED:
        same = [(a, b) for a, b, _ in answer.jobs] == given and answer.policy == rules.policy
        if rules.policy == "priority":
            same = same and [c for *_, c in answer.jobs] == [job.priority for job in jobs] and not rules.ageing
        if rules.policy == "mlfq":
            same = same and rules.queues == DOUBLING and not rules.boost
        if same and answer.quantum in (None, rules.quantum):
            return answer
    return None
