"""The machine: it runs tasks on processors under a policy, from event to event, in exact time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Literal

from engine.core import BadInput
from engine.systems.jobs import Job
from engine.systems.policies import POLICIES, Draw, FeedbackQueues, Policy, Rules
from engine.systems.tasks import Task

MOST_EVENTS = 20_000
Kind = Literal["run", "io", "switch"]
Reason = Literal["idle", "alone", "chosen", "preempts", "keeps", "runs_on"]
REASONS: tuple[Reason, ...] = ("idle", "alone", "chosen", "preempts", "keeps", "runs_on")


@dataclass(frozen=True)
class Stretch:
    """What a job did from start to end; `cpu` is -1 while it does I/O."""

    job: int
    cpu: int
    start: Fraction
    end: Fraction
    kind: Kind


@dataclass(frozen=True)
class Standing:
    """Who holds the processors and who waits, in the order in which they would be taken, after an instant's events."""

    time: Fraction
    running: tuple[int, ...]                    # a job for each processor; -1: idle
    ready: tuple[int, ...]
    keys: tuple[Fraction, ...]                  # what is compared: of the running, then of the waiting
    reason: Reason
    started: tuple[int, ...]                    # jobs that got a processor at this instant
    drawn: tuple[int, ...] = ()                 # lottery: the tickets


@dataclass(frozen=True)
class Schedule:
    """Everything that happened."""

    stretches: tuple[Stretch, ...]
    standings: tuple[Standing, ...]
    first: tuple[Fraction, ...]                 # when each job first ran
    finish: tuple[Fraction, ...]
    switches: int


@dataclass(eq=False)
class Cpu:
    """A processor: the task it holds, and until when it is still switching to it."""

    index: int
    task: Task | None = None
    last: Task | None = None
    ready_at: Fraction = Fraction(0)            # the end of the switch


@dataclass(eq=False)
class Machine:
    """The state of a simulation; `run` takes it to the end."""

    policy: Policy
    jobs: tuple[Job, ...]
    cpus: list[Cpu]
    now: Fraction = Fraction(0)
    ready: list[Task] = field(default_factory=list)
    away: list[tuple[Fraction, int, Task]] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    switches: int = 0

    def __post_init__(self) -> None:
        self.rules = self.policy.rules
        self.tasks = [Task(i, job, job.burst) for i, job in enumerate(self.jobs)]
        self.coming = sorted(self.tasks, key=lambda t: (t.job.arrival, t.index))
        self.first: dict[int, Fraction] = {}
        self.finish: dict[int, Fraction] = {}
        self.returns = count()
        self.reason: Reason = "idle"
        self.started: list[Task] = []

    def run(self, check: Callable[[], None] = lambda: None) -> Schedule:
        """From the first arrival to the last finish."""
        for events in count():
            if events > MOST_EVENTS:
                raise BadInput(f"jobs: more than {MOST_EVENTS} events; use a longer slice or shorter jobs",
                               "too_many_events", most=MOST_EVENTS)
            if len(self.finish) == len(self.jobs):
                break
            check()
            self._advance(self._next_event())
            self._settle()
        n = range(len(self.jobs))
        return Schedule(tuple(self.stretches), tuple(self.standings), tuple(self.first[i] for i in n),
                        tuple(self.finish[i] for i in n), self.switches)

    # time -----------------------------------------------------------------------------------------------------------

    def _next_event(self) -> Fraction:
        """The next instant at which anything can change."""
        times = [self.coming[0].job.arrival] if self.coming else []
        times += [back for back, _, _ in self.away]
        for cpu, task in self._holding():
            limits = [task.burst_left] + ([task.slice_left] if task.slice_left is not None else [])
            times.append(cpu.ready_at if cpu.ready_at > self.now else self.now + min(limits))
        if isinstance(self.policy, FeedbackQueues) and self.rules.boost:
            times.append(self.rules.boost * (1 + self.now // self.rules.boost))
        changes = self.policy.next_change(self.ready, self.now) if any(self._holding()) else None
        return min(times if changes is None else [*times, changes])

    def _holding(self) -> Iterator[tuple[Cpu, Task]]:
        return ((cpu, cpu.task) for cpu in self.cpus if cpu.task is not None)

    def _advance(self, to: Fraction) -> None:
        """Let everyone who runs run until then."""
        length = to - self.now
        for cpu, task in self._holding():
            if cpu.ready_at > self.now or not length:
                continue
            task.left, task.since_io = task.left - length, task.since_io + length
            if task.slice_left is not None:
                task.slice_left -= length
            self.policy.ran(task, length)
            self._note(task.index, cpu.index, self.now, to, "run")
        self.now = to

    def _note(self, job: int, cpu: int, start: Fraction, end: Fraction, kind: Kind) -> None:
        """Keep a stretch; one that goes on where the last of its processor ended is one with it."""
        for k in range(len(self.stretches) - 1, max(-1, len(self.stretches) - 3 * len(self.cpus) - 3), -1):
            s = self.stretches[k]
            if (s.job, s.cpu, s.kind, s.end) == (job, cpu, kind, start) and kind == "run":
                self.stretches[k] = Stretch(job, cpu, s.start, end, kind)
                return
        self.stretches.append(Stretch(job, cpu, start, end, kind))

    # what happens at an instant -----------------------------------------------------------------------------------

    def _settle(self) -> None:
        """All that happens now, in the order of the conventions, until every processor has something to do."""
        self.reason, self.started, self.policy.drawn = "runs_on", [], []
        expired = self._leave()
        new: list[Task] = []
        if self.rules.requeue == "arrivals_first":
            new = self._arrive()
        for task in expired:
            self._join(task, "expired")
        if isinstance(self.policy, FeedbackQueues) and self.rules.boost and self.now and self.now % self.rules.boost == 0:
            self._boost(self.policy)
        if self.rules.requeue == "preempted_first":
            new = self._arrive()
        if self.policy.preempts:
            self._preempt(new)
        self._dispatch()
        self._stand()

    def _leave(self) -> list[Task]:
        """Tasks that are done, or go away for I/O, leave their processors; those whose slice is over are returned."""
        expired = []
        for cpu, task in list(self._holding()):
            if cpu.ready_at > self.now:
                continue
            done = task.left == 0
            blocks = not done and task.burst_left == 0
            over = task.slice_left == 0
            if done:
                self.finish[task.index] = self.now
            elif blocks:
                pause = task.job.pause(task.piece)
                task.piece, task.since_io = task.piece + 1, Fraction(0)
                self.policy.blocked(task)
                self.away.append((self.now + pause, next(self.returns), task))
                if pause:
                    self._note(task.index, -1, self.now, self.now + pause, "io")
            if over and not done:
                self.policy.expired(task)
                if not blocks:
                    expired.append(task)
            if done or blocks or over:
                cpu.task = None
        return expired

    def _join(self, task: Task, why: Literal["arrival", "io", "expired", "preempted"]) -> None:
        self.policy.join(task, why, self.now)
        self.ready.append(task)

    def _arrive(self) -> list[Task]:
        """New jobs, then those back from I/O, join the ready queue."""
        new: list[Task] = []
        while self.coming and self.coming[0].job.arrival <= self.now:
            new.append(self.coming.pop(0))
            self._join(new[-1], "arrival")
        for item in sorted(a for a in self.away if a[0] <= self.now):
            self.away.remove(item)
            new.append(item[2])
            self._join(item[2], "io")
        return new

    def _boost(self, policy: FeedbackQueues) -> None:
        for cpu, task in list(self._holding()):
            if cpu.ready_at <= self.now:
                self._push_off(cpu, task)
        others = [task for _, _, task in self.away] + [task for _, task in self._holding()]
        policy.boost(self.ready, others)

    def _push_off(self, cpu: Cpu, task: Task) -> None:
        cpu.task = None
        self._join(task, "preempted")

    def _preempt(self, new: Sequence[Task]) -> None:
        """Those who beat a running task take its processor, the best of them first."""
        idle = sum(cpu.task is None for cpu in self.cpus)
        waiting = sorted(self.ready, key=lambda t: self.policy.rank(t, self.now))[idle:]     # the others get idle ones
        for task in waiting:
            pairs = [(c, t) for c, t in self._holding() if c.ready_at <= self.now]
            if not pairs:
                return
            cpu, victim = max(pairs, key=lambda pair: (self.policy.key(pair[1], self.now), pair[0].index))
            if self.policy.beats(task, victim, self.now, new=task in new):
                self._push_off(cpu, victim)
                self._start(cpu, task)
                self.reason = "preempts"

    def _dispatch(self) -> None:
        """Every idle processor takes the next task; one that it ran last goes back to the same processor."""
        while self.ready and any(cpu.task is None for cpu in self.cpus):
            alone = len(self.ready) == 1
            task = self.policy.choose(self.ready, self.now)
            idle = [cpu for cpu in self.cpus if cpu.task is None]
            self._start(min(idle, key=lambda c: (c.last is not task, c.index)), task)
            self.reason = "alone" if alone and self.reason != "chosen" else "chosen"

    def _start(self, cpu: Cpu, task: Task) -> None:
        self.ready.remove(task)
        self.started.append(task)
        self.policy.starts(task, self.now)
        other = cpu.last is not None and cpu.last is not task
        self.switches += other
        cost = self.rules.switch_cost if other else Fraction(0)
        if cost:
            self._note(task.index, cpu.index, self.now, self.now + cost, "switch")
        cpu.task, cpu.last, cpu.ready_at = task, task, self.now + cost
        self.first.setdefault(task.index, cpu.ready_at)

    def _stand(self) -> None:
        """Keep who runs and who waits."""
        running = [cpu.task for cpu in self.cpus]
        ready = sorted(self.ready, key=lambda t: self.policy.rank(t, self.now))
        keys = tuple(self.policy.shown(t, self.now) for t in (*(t for t in running if t), *ready))
        reason: Reason = self.reason
        if not any(running):
            reason = "idle"
        elif reason == "runs_on" and self.policy.preempts and ready:
            reason = "keeps"
        self.standings.append(Standing(self.now, tuple(-1 if t is None else t.index for t in running),
                                       tuple(t.index for t in ready), keys, reason, tuple(t.index for t in self.started),
                                       tuple(self.policy.drawn)))


def simulate(jobs: tuple[Job, ...], rules: Rules, draw: Draw = lambda total: 0,
             check: Callable[[], None] = lambda: None) -> Schedule:
    """What these jobs do under these rules; `draw` gives the lottery's numbers."""
    policy = POLICIES[rules.policy](rules, draw)
    return Machine(policy, jobs, [Cpu(i) for i in range(rules.cpus)]).run(check)
