"""The proof of the scheduling panel: a machine that goes tick by tick, all orders tried, Little's law, work kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Check

if TYPE_CHECKING:
    from engine.systems.scheduling import Frame, Params, World

MOST_TICKS = 200_000
NICE = (1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,           # 0 to 19
        88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,                                 # -20 to -1
        9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277)
EMPTY, SWITCH = -1, -2                  # on a processor's line: nobody; switching to job j is SWITCH - j


class Clock:
    """A scheduler that looks at the clock at every tick. Plain lists and whole numbers; it shares no code with ours."""

    def __init__(self, p: Params, drawn: Sequence[int]) -> None:
        self.p = p
        rows = [[Fraction(str(v)) for v in (row[1], 0, *row[3:])] for row in p.jobs.rows]
        plans = [[Fraction(v) for v in str(row[2]).split("+")] for row in p.jobs.rows]
        levels = [(Fraction(str(length)), int(turns)) for length, turns in p.queues.rows]
        settings = [Fraction(str(v)) for v in (p.quantum, p.ageing, p.boost, p.switch_cost)]
        timer = [Fraction(str(v)) if p.policy == "fair" else Fraction(1) for v in (p.latency, p.least, p.tick)]
        times = [r[k] for r in rows for k in (0, 4, 5)] + settings + [length for length, _ in levels] + timer
        self.unit = math.lcm(*(t.denominator for t in (*times, *(v for plan in plans for v in plan))))
        self.arrival, every, pause = ([int(r[k] * self.unit) for r in rows] for k in (0, 4, 5))
        self.left = [int(sum(plan[::2]) * self.unit) for plan in plans]
        self.plans: list[list[int]] = [                     # computing, I/O, computing … of each job, still to come
            [int(t * self.unit) for t in plan] if len(plan) > 1 else self._cut(left, e, io)
            for plan, left, e, io in zip(plans, self.left, every, pause, strict=True)]
        self.priority, self.tickets = [int(r[2]) for r in rows], [int(r[3]) for r in rows]
        self.quantum, self.ageing, self.boost, self.cost = (int(s * self.unit) for s in settings)
        self.levels = [(int(length * self.unit), turns) for length, turns in levels]
        self.timer = [int(t * self.unit) for t in timer]
        self.n, self.t, self.drawn = (n := len(rows)), 0, list(drawn)
        self.level, self.turns = [0] * n, [0] * n
        self.slice: list[float] = [math.inf] * n
        self.enough, self.floor = [Fraction(0)] * n, Fraction(0)                # stride: time had per ticket
        self.joined, self.held = [0] * n, [0] * n                              # HRRN, ageing
        self.queue: list[int] = []
        self.back: list[tuple[int, int]] = []
        self.on: list[int | None] = [None] * p.cpus
        self.before: list[int | None] = [None] * p.cpus
        self.busy_until = [0] * p.cpus
        self.lines: list[list[int]] = []

    @staticmethod
    def _cut(left: int, every: int, pause: int) -> list[int]:
        """Pieces of `every` ticks with I/O between them, as long as anything is left."""
        plan = [min(every or left, left)]
        while every and sum(plan[::2]) < left:
            plan += [pause, min(every, left - sum(plan[::2]))]
        return plan

    def lines_of(self) -> Array:
        """(ticks, processors) who was on each, from time 0 to the last finish."""
        done = [False] * self.n
        while not all(done):
            out = self._leave(done)
            if not all(done):
                self._settle(out)
                self.lines.append(self._work())
                self.t += 1
        return np.array(self.lines)

    def _leave(self, done: list[bool]) -> list[int]:
        """Take off the processors whoever ended, does I/O or has used up a slice; return the last."""
        out = []
        for c, j in enumerate(self.on):
            if j is None or self.busy_until[c] > self.t:
                continue
            does_io = self.left[j] > 0 and self.plans[j][0] == 0
            spent = self.slice[j] <= 0 and self.left[j] > 0
            done[j] = self.left[j] == 0
            if does_io:
                self.back.append((self.t + self.plans[j][1], j))
                self.plans[j] = self.plans[j][2:]
                if self.p.policy == "mlfq" and self.p.io_resets:
                    self.slice[j], self.turns[j] = self.levels[self.level[j]]
            if spent and self.p.policy == "mlfq":
                self._go_down(j)
            if spent and not does_io:
                out.append(j)
            if does_io or spent or done[j]:
                self.on[c] = None
        return out

    def _go_down(self, j: int) -> None:
        self.turns[j] -= 1
        if self.turns[j] == 0:
            self.level[j] = min(self.level[j] + 1, len(self.levels) - 1)
            self.turns[j] = self.levels[self.level[j]][1]
        self.slice[j] = self.levels[self.level[j]][0]

    def _settle(self, out: list[int]) -> None:
        """Joins, boost, pushing off and filling up, in the order that the conventions ask for."""
        first = self._come() if self.p.requeue == "arrivals_first" else []
        for j in out:
            self._enter(j)
        if self.p.policy == "mlfq" and self.boost and self.t and self.t % self.boost == 0:
            self._lift_all()
        new = first + (self._come() if self.p.requeue == "preempted_first" else [])
        if self.p.policy in ("srtf", "mlfq") or (self.p.policy == "priority" and self.p.preemptive):
            self._push(new)
        while self.queue and None in self.on:
            j = self._pick()
            free = [c for c in range(self.p.cpus) if self.on[c] is None]
            own = [c for c in free if self.before[c] == j]
            self._put(j, (own or free)[0])

    def _come(self) -> list[int]:
        """Arrivals in the table's order, then those back from I/O."""
        new = [j for j in range(self.n) if self.arrival[j] == self.t]
        for j in new:
            if self.p.policy == "mlfq":
                self.level[j], (self.slice[j], self.turns[j]) = 0, self.levels[0]
        back = [j for at, j in self.back if at == self.t]
        self.back = [b for b in self.back if b[0] > self.t]
        for j in new + back:
            self.enough[j] = max(self.enough[j], self.floor)
            self._enter(j, head=j in back and self.p.after_io == "head")
        return new + back

    def _enter(self, j: int, *, head: bool = False) -> None:
        self.joined[j], self.held[j] = self.t, 0
        self.queue.insert(0 if head else len(self.queue), j)
        if self.p.policy in ("rr", "lottery", "stride"):
            self.slice[j] = self.quantum

    def _lift_all(self) -> None:
        for c, j in enumerate(self.on):
            if j is not None and self.busy_until[c] <= self.t:
                self.on[c] = None
                self._enter(j, head=True)
        lower = [j for depth in range(len(self.levels) - 1, 0, -1) for j in self.queue if self.level[j] == depth]
        self.queue = [j for j in self.queue if self.level[j] == 0] + lower
        for j in range(self.n):
            self.level[j], (self.slice[j], self.turns[j]) = 0, self.levels[0]

    def _merit(self, j: int) -> Any:
        """What is compared, smaller first, of a job that waits or runs."""
        policy = self.p.policy
        wait = self.held[j] if j in self.on else self.t - self.joined[j]
        if policy in ("sjf", "srtf", "hrrn"):
            burst = self.plans[j][0]
            return Fraction(-(wait + burst), burst) if policy == "hrrn" else burst
        if policy == "priority":
            aged = wait // self.ageing if self.ageing else 0
            return (-self.priority[j] if self.p.larger_first else self.priority[j]) - aged
        return {"mlfq": self.level[j], "stride": self.enough[j], "fair": self.enough[j]}.get(policy, 0)

    def _weight(self, j: int) -> int:
        """Of its nice value, by the table of the Linux kernel."""
        return NICE[min(max(self.priority[j], -20), 19)]

    def _equals(self, j: int) -> tuple[int, ...]:
        if self.p.policy in ("fcfs", "rr", "mlfq") or self.p.tie == "queue":
            return (self.queue.index(j),)
        return (self.arrival[j], j) if self.p.tie == "arrival" else (j,)

    def _pick(self) -> int:
        if self.p.policy != "lottery":
            return min(self.queue, key=lambda j: (self._merit(j), self._equals(j)))
        bought = [j for j in sorted(self.queue) for _ in range(self.tickets[j])]
        return bought[self.drawn.pop(0)] if self.drawn else self.queue[0]

    def _push(self, new: list[int]) -> None:
        """Whoever waits and is better than the worst that runs takes its place; an equal newcomer by convention."""
        order = sorted(self.queue, key=lambda j: (self._merit(j), self._equals(j)))
        for j in order[self.on.count(None):]:
            worst = max(((self._merit(k), c, k) for c, k in enumerate(self.on) if k is not None
                         and self.busy_until[c] <= self.t), default=None)
            if worst is None:
                return
            level = self.p.preempt_equal and j in new and self.p.policy != "mlfq" and self._merit(j) == worst[0]
            if self._merit(j) < worst[0] or level:
                self.on[worst[1]] = None
                self._enter(worst[2], head=self.p.policy == "mlfq")
                self._put(j, worst[1])

    def _put(self, j: int, c: int) -> None:
        if self.p.policy == "fair":                         # whole ticks of the timer, as many as the share begins
            latency, least, tick = self.timer
            everybody = [k for k in (*self.queue, *self.on) if k is not None]
            share: Fraction = Fraction(latency * self._weight(j), sum(map(self._weight, everybody)))
            self.slice[j] = math.ceil(Fraction(max(share, Fraction(least))) / tick) * tick
        self.queue.remove(j)
        self.held[j] = self.t - self.joined[j]
        self.floor = max(self.floor, self.enough[j])
        changes = self.before[c] is not None and self.before[c] != j
        self.on[c], self.before[c], self.busy_until[c] = j, j, self.t + (self.cost if changes else 0)

    def _work(self) -> list[int]:
        """One tick of every processor."""
        line = []
        for c, j in enumerate(self.on):
            if j is None or self.busy_until[c] > self.t:
                line.append(EMPTY if j is None else SWITCH - j)
                continue
            line.append(j)
            self.left[j], self.slice[j] = self.left[j] - 1, self.slice[j] - 1
            self.plans[j][0] -= 1
            self.enough[j] += Fraction(1, self._weight(j) if self.p.policy == "fair" else self.tickets[j])
        return line


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Every span against the clock's lines, and what holds of any schedule."""
    f, world = frames[-1], frames[-1].world.value
    clock = Clock(p, world.drawn.tolist())
    if f.makespan * clock.unit <= MOST_TICKS:
        theirs = clock.lines_of()
        yield Check.worst("clock", _lines(world, p.cpus, clock.unit), theirs, 0, "a tick-by-tick scheduler of its own")
        finish = [1 + np.flatnonzero((theirs == j).any(axis=1))[-1] for j in range(len(world.names))]
        waited = np.array(finish) / clock.unit - world.arrival - world.burst - world.away
        yield Check("wait", f.mean_wait, float(waited.mean()), 1e-9, "finishes read off the ticks")
    yield from _conserved(p, f, world)
    if f.best_wait is not None:
        yield from _optimal(p, f, world)
    yield from _as_printed(p, f)


def _lines(world: World, cpus: int, unit: int) -> Array:
    """The processors' spans of the picture, tick by tick."""
    trace = world.trace
    lines = np.full((round(world.finish.max() * unit), cpus), EMPTY)
    for row, start, end, kind, job in zip(trace.span_row, trace.span_start, trace.span_end, trace.span_kind, world.owner,
                                          strict=True):
        if row >= len(world.names):
            lines[round(start * unit):round(end * unit), row - len(world.names)] = \
                job if trace.kinds[kind] == "run" else SWITCH - job
    return lines


def _conserved(p: Params, f: Frame, world: World) -> Iterator[Check]:
    """Little's law over the whole run, work done equals work asked, one job a processor, none idle while jobs wait."""
    trace = world.trace
    kinds = np.array(trace.kinds)[trace.span_kind]
    length = trace.span_end - trace.span_start
    on_cpu = trace.span_row >= len(world.names)
    span = f.makespan - world.arrival.min()
    switching = float(length[kinds == "switch"].sum())
    area = float((world.waiting[:-1] * np.diff(world.times)).sum()) + switching
    yield Check("little", area / span, f.throughput * f.mean_wait, 1e-9, "L = λ W, L from the area under the queue")
    yield Check("work", float(length[on_cpu & (kinds == "run")].sum()), float(world.burst.sum()), 1e-9, "sum of the bursts")
    overlap = 0.0
    for row in range(len(trace.rows)):
        own = np.flatnonzero(trace.span_row == row)
        own = own[np.argsort(trace.span_start[own], kind="stable")]
        if len(own) > 1:
            overlap = max(overlap, float((trace.span_end[own][:-1] - trace.span_start[own][1:]).max()))
    yield Check("one_at_a_time", overlap, 0.0, 1e-9, "no two spans of a row overlap", "at_most")
    idle = 0.0
    for time, until, ready in zip(world.times, world.times[1:], world.waiting, strict=False):
        middle = trace.running((time + until) / 2)
        idle = max(idle, float(ready > 0 and on_cpu[middle].sum() < p.cpus))
    yield Check("never_idle", idle, 0.0, 0.0, "no processor idle while a job waits", "at_most")


def _optimal(p: Params, f: Frame, world: World) -> Iterator[Check]:
    """The optimum by trying all orders one after the other."""
    cost, jobs = p.switch_cost, list(zip(world.arrival.tolist(), world.burst.tolist(), strict=True))
    least = math.inf
    for order in permutations(jobs):
        free, waited = [-math.inf] * p.cpus, 0.0
        for arrival, burst in order:
            c = free.index(min(free))
            start = arrival if free[c] == -math.inf else max(arrival, free[c]) + cost
            waited += start - arrival
            free[c] = start + burst
            if waited >= least:
                break
        least = min(least, waited)
    assert f.best_wait is not None
    yield Check("optimum", f.best_wait, least / len(jobs), 1e-9, "all orders, itertools.permutations")
    if p.policy in ("fcfs", "sjf", "hrrn") or (p.policy == "priority" and not p.preemptive):
        yield Check("not_better", f.mean_wait, least / len(jobs), 1e-9, "no order waits less", "at_least")
    if p.policy == "srtf" and p.cpus == 1 and p.switch_cost == 0:
        yield Check("srtf_best", f.mean_wait, least / len(jobs), 1e-9, "preemption can only help: SRTF is optimal", "at_most")


def _as_printed(p: Params, f: Frame) -> Iterator[Check]:
    """The book's own number, where the jobs are a book's and the conventions are the usual ones."""
    from engine.systems.scheduling_published import published

    answer = published(p.job_list(), p.rules())
    usual = p.tie == "arrival" and p.requeue == "arrivals_first" and not (p.preempt_equal or p.larger_first)
    if answer is not None and usual and not answer.wrong:
        yield Check("published", f.mean_turnaround, float(answer.turnaround), 1e-9, f"mean turnaround printed: {answer.source}")
