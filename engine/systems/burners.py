"""Nice values for real: processes pinned to one processor, each burning what it is given, and the shares that they got."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter, process_time

import numpy as np

from engine.core import Array, Failed, Run
from engine.core.nursery import Worker
from engine.systems.jobs import Job
from engine.systems.tasks import NICE_0, WEIGHTS, weight

SECONDS, LOOKS = 1.6, 8             # how long they burn, and how often they are looked at
PATIENCE = 20.0                     # seconds without a word until they are taken for lost


@dataclass(frozen=True)
class Measured:
    """The shares of one processor that real processes had so far, beside those that their weights promise."""

    nice: Array                     # (jobs,) what the system granted: below 0 it asks for rights
    got: Array                      # (jobs,) shares of what all of them had
    promised: Array                 # (jobs,) w / sum of w
    seconds: float                  # so far
    cpu: int                        # the processor that all are pinned to; -1: nothing was measured


def burn(worker: Worker, nice: int, cpu: int) -> int:
    """Entry of a process: pinned and made nice it waits for the word, then burns, and says what it has had."""
    os.sched_setaffinity(0, {cpu})
    with suppress(PermissionError):                         # less than 0 asks for rights
        os.nice(nice)
    worker.say(os.getpriority(os.PRIO_PROCESS, 0))
    start = worker.hear()
    while perf_counter() < start:
        pass
    begun = process_time()
    for look in range(1, LOOKS + 1):
        until = start + SECONDS * look / LOOKS
        while perf_counter() < until:
            pass
        worker.say((look, process_time() - begun))
    return 0


def shares(jobs: Sequence[Job], run: Run) -> Iterator[Measured]:
    """Let a process for each job burn on one processor; a job's priority is its nice value."""
    if not hasattr(os, "sched_setaffinity"):
        raise Failed("shares: this system does not let a process be pinned to a processor; Linux does", "cannot_pin")
    cpu = max(os.sched_getaffinity(0))
    asked = [{"nice": min(max(job.priority, -20), 19), "cpu": cpu} for job in jobs]
    n, granted, had, looks = len(jobs), {}, np.zeros((LOOKS + 1, len(jobs))), 0
    with run.spawn(f"{burn.__module__}:burn", asked) as workers:
        while looks < LOOKS:
            word = workers.listen()
            if any(o.raised or o.exitcode for o in workers.outcomes):
                workers.answers(PATIENCE)
            if word is None:
                continue
            number, value = word
            if number not in granted:
                granted[number] = int(value)
                if len(granted) == n:
                    start = perf_counter() + 0.05
                    for other in range(n):
                        workers.tell(other, start)
            else:
                had[value[0], number] = value[1]
            while looks < LOOKS and had[looks + 1].all():
                looks += 1
                weights = np.array([WEIGHTS[granted[k] + 20] for k in range(n)], np.float64)
                yield Measured(np.array([granted[k] for k in range(n)]), had[looks] / had[looks].sum(),
                               weights / weights.sum(), SECONDS * looks / LOOKS, cpu)


def nothing(jobs: Sequence[Job]) -> Measured:
    """Nothing measured: what the weights promise."""
    weights = np.array([weight(job) for job in jobs], np.float64) / NICE_0
    return Measured(np.array([job.priority for job in jobs]), np.zeros(len(jobs)), weights / weights.sum(), 0.0, -1)
