"""Scheduling policies: each says which ready task runs next, for how long, and who may push whom off a processor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from engine.systems.tasks import NICE_0, Task, weight

Name = Literal["fcfs", "sjf", "srtf", "hrrn", "priority", "rr", "mlfq", "lottery", "stride", "fair"]
Tie = Literal["arrival", "queue", "table"]
Requeue = Literal["arrivals_first", "preempted_first"]
AfterIO = Literal["tail", "head"]
Draw = Callable[[int], int]             # a number in [0, tickets)
Joining = Literal["arrival", "io", "expired", "preempted"]


@dataclass(frozen=True)
class Rules:
    """A policy and every convention on which textbooks differ."""

    policy: Name = "fcfs"
    quantum: Fraction = Fraction(1)             # of round robin, lottery and stride
    preemptive: bool = False                    # priority: a better job takes the processor at once
    ageing: Fraction = Fraction(0)              # priority improves by 1 for each so much waiting; 0: never
    larger_first: bool = False                  # a larger number is a better priority
    queues: tuple[tuple[Fraction, int], ...] = ((Fraction(1), 1),)      # MLFQ: (slice, slices before going down)
    boost: Fraction = Fraction(0)               # MLFQ: everyone back to the top so often; 0: never
    io_resets: bool = False                     # MLFQ: I/O gives a task its whole allotment back
    tie: Tie = "arrival"                        # who goes first among equals
    requeue: Requeue = "arrivals_first"         # who joins first at the instant at which a slice ends
    preempt_equal: bool = False                 # a newcomer as good as the running task takes its processor
    after_io: AfterIO = "tail"                  # where a task joins the queue when its I/O is done
    switch_cost: Fraction = Fraction(0)
    cpus: int = 1
    latency: Fraction = Fraction(48)            # fair: a time in which everybody ready is to run once
    least: Fraction = Fraction(6)               # fair: no slice is shorter
    tick: Fraction = Fraction(1)                # fair: the timer, by which alone a slice ends


@dataclass(eq=False)
class Policy:
    """First come, first served; the others say where they differ. The smallest `key` goes first."""

    rules: Rules
    draw: Draw = lambda total: 0
    drawn: list[int] = field(default_factory=list)      # lottery: the tickets drawn at this instant
    _count: int = field(default=0, repr=False)

    preempts = False                            # a better task takes a processor at once
    in_order = True                             # equals go in the order in which they joined

    def key(self, task: Task, now: Fraction) -> Fraction:
        """What is compared; smaller is better."""
        return Fraction(0)

    def shown(self, task: Task, now: Fraction) -> Fraction:
        """The number that people compare by hand: here, how long it has waited; it had, once it runs."""
        return task.waiting(now)

    def rank(self, task: Task, now: Fraction) -> tuple[Fraction, Fraction, int]:
        """The key, then the convention among equals."""
        if self.in_order or self.rules.tie == "queue":
            return self.key(task, now), Fraction(0), task.place
        first = task.job.arrival if self.rules.tie == "arrival" else Fraction(0)
        return self.key(task, now), first, task.index

    def choose(self, ready: Sequence[Task], now: Fraction) -> Task:
        """The task that runs next."""
        return min(ready, key=lambda task: self.rank(task, now))

    def join(self, task: Task, why: Joining, now: Fraction) -> None:
        """A task enters the ready queue: at its tail, or at its head."""
        self._count += 1
        to_head = (why == "io" and self.rules.after_io == "head") or (why == "preempted" and self.in_order)
        task.joined, task.waited, task.place = now, None, -self._count if to_head else self._count

    def expired(self, task: Task) -> None:
        """Its slice is used up."""

    def blocked(self, task: Task) -> None:
        """It goes away for I/O."""

    def starts(self, task: Task, now: Fraction) -> None:
        """It gets a processor."""
        task.waited = now - task.joined

    def ran(self, task: Task, length: Fraction) -> None:
        """It had a processor for so long."""

    def beats(self, waiting: Task, running: Task, now: Fraction, *, new: bool) -> bool:
        """Whether it takes the running task's processor. An equal one does by convention, when it has just come."""
        ours, theirs = self.key(waiting, now), self.key(running, now)
        return ours < theirs or (ours == theirs and new and self.rules.preempt_equal)

    def next_change(self, ready: Sequence[Task], now: Fraction) -> Fraction | None:
        """When keys next change by themselves so that somebody may be pushed off."""
        return None


class ShortestJob(Policy):
    """The shortest next burst first; it then runs to the end of the burst."""

    in_order = False

    def key(self, task: Task, now: Fraction) -> Fraction:
        return task.burst_left

    def shown(self, task: Task, now: Fraction) -> Fraction:
        return task.burst_left


class ShortestRemaining(ShortestJob):
    """The same, and a newcomer with less to do takes the processor."""

    preempts = True


class HighestResponseRatio(Policy):
    """The largest (wait + burst) / burst first: short jobs gain fast, long ones in the end."""

    in_order = False

    def key(self, task: Task, now: Fraction) -> Fraction:
        return -self.shown(task, now)

    def shown(self, task: Task, now: Fraction) -> Fraction:
        return 1 + task.waiting(now) / task.burst_left if task.waited is None else task.ratio

    def starts(self, task: Task, now: Fraction) -> None:
        task.ratio = self.shown(task, now)
        super().starts(task, now)


class Priority(Policy):
    """The best priority first; ageing improves it by 1 for each so much waiting, until the task leaves the processor."""

    in_order = False

    @property
    def preempts(self) -> bool:  # type: ignore[override]
        return self.rules.preemptive

    def key(self, task: Task, now: Fraction) -> Fraction:
        sign, step = -1 if self.rules.larger_first else 1, self.rules.ageing
        return Fraction(sign * task.job.priority - (task.waiting(now) // step if step else 0))

    def shown(self, task: Task, now: Fraction) -> Fraction:
        return -self.key(task, now) if self.rules.larger_first else self.key(task, now)

    def next_change(self, ready: Sequence[Task], now: Fraction) -> Fraction | None:
        step = self.rules.ageing
        if not (step and self.rules.preemptive):
            return None
        return min((task.joined + step * (1 + (now - task.joined) // step) for task in ready), default=None)


class RoundRobin(Policy):
    """First come, first served, a slice at a time."""

    def join(self, task: Task, why: Joining, now: Fraction) -> None:
        super().join(task, why, now)
        task.slice_left = self.rules.quantum


class FeedbackQueues(Policy):
    """MLFQ: start at the top; who uses up its allotment goes down a level; higher levels go first, at once."""

    preempts = True

    def key(self, task: Task, now: Fraction) -> Fraction:
        return Fraction(task.level)

    def shown(self, task: Task, now: Fraction) -> Fraction:
        return Fraction(task.level + 1)

    def join(self, task: Task, why: Joining, now: Fraction) -> None:
        super().join(task, why, now)
        if why == "arrival":
            self._renew(task, 0)

    def _renew(self, task: Task, level: int) -> None:
        task.level = min(level, len(self.rules.queues) - 1)
        task.slice_left, task.turns = self.rules.queues[task.level]

    def expired(self, task: Task) -> None:
        task.turns -= 1
        if task.turns <= 0:
            self._renew(task, task.level + 1)
        else:
            task.slice_left = self.rules.queues[task.level][0]

    def blocked(self, task: Task) -> None:
        if self.rules.io_resets:
            self._renew(task, task.level)

    def beats(self, waiting: Task, running: Task, now: Fraction, *, new: bool) -> bool:
        return waiting.level < running.level

    def boost(self, ready: Sequence[Task], others: Sequence[Task]) -> None:
        """Everyone to the top with a whole allotment: the lowest level joins first, each in its own order."""
        for task in sorted(ready, key=lambda t: (-t.level, t.place)):
            if task.level:
                self._count += 1
                task.place = self._count
        for task in (*ready, *others):
            self._renew(task, 0)


class Lottery(RoundRobin):
    """A ticket is drawn for each slice."""

    def shown(self, task: Task, now: Fraction) -> Fraction:
        return Fraction(task.job.tickets)

    def choose(self, ready: Sequence[Task], now: Fraction) -> Task:
        tickets = sorted(ready, key=lambda task: task.index)
        left = self.draw(sum(task.job.tickets for task in tickets))
        self.drawn.append(left)
        for task in tickets:
            left -= task.job.tickets
            if left < 0:
                return task
        raise AssertionError("the ticket drawn belongs to nobody")


class LeastPassed(Policy):
    """Who has passed least goes next, each passing at a pace of its own: what stride scheduling and CFS have in common."""

    in_order = False
    floor = Fraction(0)                 # where the last task chosen stood: who comes, or comes back, gets no arrears

    def key(self, task: Task, now: Fraction) -> Fraction:
        return task.passed

    def shown(self, task: Task, now: Fraction) -> Fraction:
        return task.passed

    def join(self, task: Task, why: Joining, now: Fraction) -> None:
        super().join(task, why, now)
        if why in ("arrival", "io"):
            task.passed = max(task.passed, self.floor)

    def starts(self, task: Task, now: Fraction) -> None:
        super().starts(task, now)
        self.floor = max(self.floor, task.passed)


class Stride(LeastPassed, RoundRobin):
    """The task with the least processor time per ticket goes next."""

    def ran(self, task: Task, length: Fraction) -> None:
        task.passed += length / task.job.tickets


@dataclass(eq=False)
class Fair(LeastPassed):
    """CFS: the least virtual run time goes next, for its share of the latency; it passes slowly for who weighs much.

    Arpaci-Dusseau, Three Easy Pieces, chapter 9: slice = latency * w / sum of w, no shorter than the least and ending with
    a tick of the timer; virtual run time grows by time * 1024 / w; who comes, or comes back, begins where the others are.
    """

    active: dict[int, int] = field(default_factory=dict)            # weights of the tasks that are ready or run

    def join(self, task: Task, why: Joining, now: Fraction) -> None:
        super().join(task, why, now)
        self.active[task.index] = weight(task.job)

    def blocked(self, task: Task) -> None:
        self.active.pop(task.index)

    def ran(self, task: Task, length: Fraction) -> None:
        task.passed += length * NICE_0 / weight(task.job)
        if not task.left:
            self.active.pop(task.index)

    def starts(self, task: Task, now: Fraction) -> None:
        super().starts(task, now)
        share = max(self.rules.least, self.rules.latency * weight(task.job) / sum(self.active.values()))
        task.slice_left = self.rules.tick * -(-share // self.rules.tick)


POLICIES: dict[Name, type[Policy]] = {
    "fcfs": Policy, "sjf": ShortestJob, "srtf": ShortestRemaining, "hrrn": HighestResponseRatio, "priority": Priority,
    "rr": RoundRobin, "mlfq": FeedbackQueues, "lottery": Lottery, "stride": Stride,
    "fair": Fair,
}
