"""CPU scheduling: jobs under a policy, simulated in exact time and replayed from one event to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

import numpy as np

from engine.core import Array, Check, Columns, Range, Run, Seed, Shared, Size, Table, View, When, concept
from engine.core.trace import Trace, trace
from engine.systems.burners import Measured, nothing, shares
from engine.systems.jobs import Job, exact, jobs_of
from engine.systems.measures import Measures, mean, measure, percentile
from engine.systems.policies import AfterIO, Name, Requeue, Rules, Tie
from engine.systems.scheduler import Reason, Schedule, Standing, simulate
from engine.systems.scheduling_optimum import best_wait
from engine.systems.scheduling_rivals import Ranking, Slices, Ties, by_slice, every_convention, lottery, ranking

JOBS = Columns("name:text", "arrival:exact:0:10000", "burst:exacts:1/100:10000", "priority:int:-99:99",
               "tickets:int:1:9999", "io_every:exact:0:10000", "io_time:exact:0:10000")
QUEUES = Columns("slice:exact:1/100:10000", "turns:int:1:999")
FIVE = tuple((f"P{i}", a, b, p, t, "0", "0") for i, (a, b, p, t) in enumerate(
    (("0", "8", 3, 100), ("1", "4", 1, 100), ("2", "9", 4, 100), ("3", "5", 2, 100), ("6", "2", 5, 100)), 1))
LEVELS = (("2", 1), ("4", 1), ("8", 1))


@dataclass(frozen=True)
class Params:
    policy: Name = "rr"
    jobs: Annotated[Table, JOBS, Size(1, 20)] = Table(FIVE)
    quantum: Annotated[float, Range(0.5, 40, step=0.5), When("policy", ("rr", "lottery", "stride"))] = 3.0
    preemptive: Annotated[bool, When("policy", ("priority",))] = False
    ageing: Annotated[float, Range(0, 50, step=0.5), When("policy", ("priority",))] = 0.0
    queues: Annotated[Table, QUEUES, Size(1, 8), When("policy", ("mlfq",))] = Table(LEVELS)
    boost: Annotated[float, Range(0, 500, step=1), When("policy", ("mlfq",))] = 0.0
    io_resets: Annotated[bool, When("policy", ("mlfq",))] = False
    latency: Annotated[float, Range(1, 500, log=True, step=1), When("policy", ("fair",))] = 12.0
    least: Annotated[float, Range(0.5, 50, log=True, step=0.5), When("policy", ("fair",))] = 2.0
    tick: Annotated[float, Range(0.1, 10, log=True, step=0.1), When("policy", ("fair",))] = 1.0
    cpus: Annotated[int, Range(1, 4)] = 1
    switch_cost: Annotated[float, Range(0, 5, step=0.1)] = 0.0
    tie: Annotated[Tie, When("policy", ("sjf", "srtf", "hrrn", "priority", "stride", "fair"))] = "arrival"
    requeue: Annotated[Requeue, When("policy", ("rr", "mlfq"))] = "arrivals_first"
    preempt_equal: Annotated[bool, When("policy", ("srtf", "priority"))] = False
    larger_first: Annotated[bool, When("policy", ("priority",))] = False
    after_io: Annotated[AfterIO, When("policy", ("fcfs", "rr", "mlfq"))] = "tail"
    compare: Annotated[Literal["strips", "rules", "jobs", "ties", "slices", "measured"], View()] = "strips"
    judge: Annotated[Literal["wait", "turnaround", "weighted", "response", "longest", "switches"], View()] = "wait"
    seed: Annotated[Seed, When("policy", ("lottery",))] = 7

    def job_list(self) -> tuple[Job, ...]:
        """The jobs, exact."""
        return jobs_of(self.jobs.rows)

    def rules(self) -> Rules:
        """The policy and its conventions, exact."""
        levels = tuple((exact(str(length)), int(turns)) for length, turns in self.queues.rows)
        return Rules(self.policy, exact(self.quantum), self.preemptive, exact(self.ageing), self.larger_first, levels,
                     exact(self.boost), self.io_resets, self.tie, self.requeue, self.preempt_equal, self.after_io,
                     exact(self.switch_cost), self.cpus, exact(self.latency), exact(self.least), exact(self.tick))


@dataclass(frozen=True)
class World:
    """The whole schedule: what all frames of a run have in common."""

    names: tuple[str, ...]
    trace: Trace                            # rows: the jobs, then the processors; kinds run, io, switch, wait
    owner: Array                            # (spans,) the job of each span
    arrival: Array                          # (jobs,)
    burst: Array                            # (jobs,)
    away: Array                             # (jobs,) in I/O
    first: Array                            # (jobs,)
    finish: Array                           # (jobs,)
    wait: Array                             # (jobs,)
    times: Array                            # (instants,) at which anything happened
    waiting: Array                          # (instants,) jobs ready from then on
    drawn: Array                            # the lottery's tickets in the order in which they were drawn
    fractions: tuple[str, str]              # mean wait and mean turnaround, exact


@dataclass(frozen=True)
class Moment:
    """Who runs, who waits and why, after everything that happened at an instant."""

    running: Array                          # (processors,) the job on each; -1: idle
    ready: Array                            # (waiting,) jobs in the order in which they would be taken
    keys: Array                             # (running + waiting,) the number that the policy compares
    key_texts: tuple[str, ...]              # the same, exact
    why: Reason
    started: Array                          # jobs that got a processor at this instant
    drawn: Array                            # the lottery's tickets at this instant


@dataclass(frozen=True)
class Frame:
    world: Shared[World]
    time: float
    moment: Moment
    mean_wait: float
    mean_turnaround: float
    mean_weighted: float
    mean_response: float
    worst_response: float
    p95_wait: float
    longest_wait: float
    throughput: float
    utilisation: float                      # percent
    fairness: float
    switches: int
    best_wait: float | None                 # the least mean wait without preemption, by exhaustive search
    makespan: float
    waiting: int                            # jobs ready now
    phase: str


@concept(kind="trace")
def scheduling(p: Params, run: Run) -> Iterator[Frame]:
    """Simulate the jobs to their end, then show every instant at which something happened.

    W_i = F_i - A_i - B_i: what is left of a job's turnaround after its own processor time (and its I/O) is waiting.
    """
    jobs, rules = p.job_list(), p.rules()
    schedule = simulate(jobs, rules, lottery(run), run.check)
    judged = measure(jobs, schedule, p.cpus)
    best = best_wait(jobs, p.cpus, rules.switch_cost)
    if best is None:
        run.note("best_wait", "has_io" if any(job.pauses for job in jobs) else "too_many_jobs")
    shown = instants(schedule)
    world = Shared(world_of(jobs, p.cpus, schedule, judged, shown))
    totals = _totals(judged, schedule, best)
    last_arrival = max(job.arrival for job in jobs)
    drained = max((s.time for s in shown if s.ready), default=Fraction(0))
    for standing in shown:
        phase = "arriving" if standing.time < last_arrival else "waiting" if standing.time <= drained else "draining"
        yield Frame(world, float(standing.time), _moment(standing), **totals, waiting=len(standing.ready), phase=phase)


def _moment(standing: Standing) -> Moment:
    return Moment(np.array(standing.running), np.array(standing.ready, np.int64),
                  np.array([float(key) for key in standing.keys]), tuple(str(key) for key in standing.keys),
                  standing.reason, np.array(standing.started, np.int64), np.array(standing.drawn, np.int64))


def instants(schedule: Schedule) -> list[Standing]:
    """The standings at which the picture changes."""
    edges = {edge for s in schedule.stretches for edge in (s.start, s.end)}
    kept: list[Standing] = []
    for standing in schedule.standings:
        before = kept[-1] if kept else None
        if before is None or standing.time in edges or (before.running, before.ready) != (standing.running, standing.ready):
            kept.append(standing)
    return kept


def _totals(judged: Measures, schedule: Schedule, best: Fraction | None) -> dict[str, Any]:
    return {"mean_wait": float(mean(judged.wait)), "mean_turnaround": float(mean(judged.turnaround)),
            "mean_weighted": float(mean(judged.weighted)), "mean_response": float(mean(judged.response)),
            "worst_response": float(max(judged.response)), "p95_wait": float(percentile(judged.wait, Fraction(95, 100))),
            "longest_wait": float(max(judged.wait)), "throughput": float(len(judged.wait) / judged.span),
            "utilisation": float(100 * judged.busy), "fairness": float(judged.fairness), "switches": schedule.switches,
            "best_wait": None if best is None else float(best), "makespan": float(max(schedule.finish))}


def _floats(values: Iterable[Fraction]) -> Array:
    return np.array([float(value) for value in values])


def world_of(jobs: Sequence[Job], cpus: int, schedule: Schedule, judged: Measures, shown: Sequence[Standing]) -> World:
    """The schedule as arrays, with a span for every wait."""
    spans: list[tuple[int, float, float, str]] = []
    owner: list[int] = []
    for s in schedule.stretches:
        rows = [s.job] if s.kind == "io" else [len(jobs) + s.cpu] + ([s.job] if s.kind == "run" else [])
        spans += [(row, float(s.start), float(s.end), s.kind) for row in rows]
        owner += [s.job] * len(rows)
    for j, job in enumerate(jobs):
        own = sorted((s.start, s.end) for s in schedule.stretches if s.job == j and s.kind != "switch")
        for start, end in zip([job.arrival, *(e for _, e in own)], [s for s, _ in own], strict=False):
            if end > start:
                spans.append((j, float(start), float(end), "wait"))
                owner.append(j)
    names = tuple(job.name for job in jobs)
    return World(names, trace((*names, *map(str, range(1, cpus + 1))), spans),
                 np.array(owner), _floats(job.arrival for job in jobs), _floats(job.burst for job in jobs),
                 _floats(job.away for job in jobs), _floats(schedule.first), _floats(schedule.finish), _floats(judged.wait),
                 _floats(s.time for s in shown), np.array([len(s.ready) for s in shown]),
                 np.array([ticket for s in schedule.standings for ticket in s.drawn], np.int64),
                 (str(mean(judged.wait)), str(mean(judged.turnaround))))


# companions -----------------------------------------------------------------------------------------------------------

ALL = ("jobs", "quantum", "preemptive", "ageing", "queues", "boost", "io_resets", "cpus", "switch_cost", "tie", "requeue",
       "preempt_equal", "larger_first", "after_io", "latency", "least", "tick", "seed")


@scheduling.layer(reads=ALL)
def rivals(p: Params, run: Run) -> Iterator[Ranking]:
    """All policies on these jobs, judged by every measure."""
    yield ranking(p.job_list(), p.rules(), run)


@scheduling.layer(reads=("policy", *ALL))
def ties(p: Params, run: Run) -> Iterator[Ties]:
    """The same jobs under every convention of the policy, and the answer that a book prints, if one does."""
    yield every_convention(p.job_list(), p.rules(), run)


@scheduling.layer(reads=("jobs", "cpus", "switch_cost", "requeue", "after_io"))
def slices(p: Params, run: Run) -> Iterator[Slices]:
    """Round robin for many slices, up to the longest burst: from there on it is first come, first served."""
    yield from by_slice(p.job_list(), p.rules(), run)


@scheduling.layer(reads=("jobs", "compare"))
def measured(p: Params, run: Run) -> Iterator[Measured]:
    """Real processes with the jobs' nice values on one processor, when they are looked at: no two runs are alike."""
    if p.compare == "measured":
        yield from shares(p.job_list(), run)
    else:
        yield nothing(p.job_list())


@scheduling.verify
def against_a_clock(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """A tick-by-tick machine, an enumeration of orders, Little's law and the conservation of work."""
    from engine.systems.scheduling_proof import proof

    yield from proof(p, frames)
