"""The same jobs otherwise: under every policy, under every convention of one, and under round robin by its slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from engine.core import Array, Run
from engine.systems.jobs import Job, work
from engine.systems.measures import JUDGED, mean, measure
from engine.systems.policies import POLICIES, Rules
from engine.systems.scheduler import Schedule, simulate
from engine.systems.scheduling_published import published

SLICES = 48                             # points of the curve by slice
TIES, JOINS, AFTER_IO, EITHER = (("arrival", "queue", "table"), ("arrivals_first", "preempted_first"), ("tail", "head"),
                                 (False, True))
VARIED: dict[str, dict[str, tuple[Any, ...]]] = {
    "fcfs": {}, "sjf": {"tie": TIES}, "srtf": {"tie": TIES, "preempt_equal": EITHER}, "hrrn": {"tie": TIES},
    "priority": {"tie": TIES, "larger_first": EITHER}, "rr": {"requeue": JOINS}, "mlfq": {"requeue": JOINS},
    "lottery": {}, "stride": {"tie": TIES}, "fair": {"tie": TIES},
}
CONVENTIONS = tuple(f"{name}_{str(value).lower()}" for name, values in (
    ("tie", TIES), ("requeue", JOINS), ("preempt_equal", EITHER), ("larger_first", EITHER), ("after_io", AFTER_IO))
    for value in values)


def lottery(run: Run) -> Callable[[int], int]:
    """Draws of the seed's own stream, the same in every run."""
    rng = run.generator("lottery")
    return lambda total: int(rng.integers(total))


def _judged(jobs: tuple[Job, ...], rules: Rules, run: Run) -> tuple[Schedule, list[float]]:
    """The schedule, and every measure of it."""
    schedule = simulate(jobs, rules, lottery(run), run.check)
    judged = measure(jobs, schedule, rules.cpus)
    return schedule, [float(judged.judged(name)) for name in JUDGED]


@dataclass(frozen=True)
class Ranking:
    """Every policy on the same jobs."""

    policies: tuple[str, ...]
    judged: Array                           # (policies, measures in the order of JUDGED)
    strip: Array                            # (runs,) the policy of each stretch that a job ran
    cpu: Array                              # (runs,)
    job: Array                              # (runs,)
    start: Array                            # (runs,)
    end: Array                              # (runs,)


def ranking(jobs: tuple[Job, ...], rules: Rules, run: Run) -> Ranking:
    """Judge all policies."""
    rows, ran = [], []
    for number, policy in enumerate(POLICIES):
        schedule, judged = _judged(jobs, replace(rules, policy=policy), run)
        rows.append(judged)
        ran += [(number, s.cpu, s.job, float(s.start), float(s.end)) for s in schedule.stretches if s.kind == "run"]
        run.report(number + 1, len(POLICIES))
    strip, cpu, job, start, end = map(np.array, zip(*ran, strict=True))
    return Ranking(tuple(POLICIES), np.array(rows), strip, cpu, job, start, end)


@dataclass(frozen=True)
class Ties:
    """What each convention makes of the same jobs under the same policy."""

    settings: tuple[tuple[str, ...], ...]   # a key of words for every convention that varies, by row
    judged: Array                           # (rows, measures)
    orders: tuple[str, ...]                 # the jobs in the order in which they ran
    chosen: int                             # the row of the conventions that are set
    source: str                             # who has printed an answer for these jobs; '' if nobody we know
    answer: Array                           # (measures,) that answer where it can be compared, else NaN


def varied(jobs: tuple[Job, ...], rules: Rules) -> list[dict[str, Any]]:
    """Every combination of the conventions that matter to the policy and these jobs."""
    choices = dict(VARIED[rules.policy])
    if rules.policy in ("fcfs", "rr", "mlfq") and any(job.pauses for job in jobs):
        choices["after_io"] = AFTER_IO
    if rules.policy == "priority" and rules.preemptive:
        choices["preempt_equal"] = EITHER
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def every_convention(jobs: tuple[Job, ...], rules: Rules, run: Run) -> Ties:
    """Judge the policy under each combination, beside the printed answer."""
    combinations, rows, orders, settings = varied(jobs, rules), [], [], []
    for conventions in combinations:
        schedule, judged = _judged(jobs, replace(rules, **conventions), run)
        rows.append(judged)
        ran = sorted((s.start, s.cpu, s.job) for s in schedule.stretches if s.kind == "run")
        orders.append(" ".join(jobs[j].name for _, _, j in ran))
        settings.append(tuple(f"{name}_{str(value).lower()}" for name, value in conventions.items()))
    chosen = [all(getattr(rules, n) == v for n, v in c.items()) for c in combinations].index(True)
    answer = published(jobs, rules)
    book = np.full(len(JUDGED), np.nan)
    if answer is not None:
        book[:2] = float(answer.turnaround - mean([job.burst for job in jobs])), float(answer.turnaround)
    return Ties(tuple(settings), np.array(rows), tuple(orders), chosen, answer.source if answer else "", book)


@dataclass(frozen=True)
class Slices:
    """Round robin by its slice."""

    quantum: Array                          # (slices,)
    judged: Array                           # (slices, measures)
    done: float


def by_slice(jobs: tuple[Job, ...], rules: Rules, run: Run) -> Iterator[Slices]:
    """Judge round robin for slices up to the longest burst, the half units among them where there is room."""
    longest = max(job.burst for job in jobs)
    step = max(longest / SLICES, work(jobs) / 2000)
    if longest >= 2:
        half = Fraction(1, 2)
        step = half * max(1, -(-step // half))
    quanta = [step * k for k in range(1, int(longest / step) + 2)]
    rows = []
    for number, quantum in enumerate(quanta, 1):
        rows.append(_judged(jobs, replace(rules, policy="rr", quantum=quantum), run)[1])
        run.report(number, len(quanta))
        if number % 16 == 0 or number == len(quanta):
            yield Slices(np.array([float(q) for q in quanta[:number]]), np.array(rows), number / len(quanta))
