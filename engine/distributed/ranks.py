"""What a rank's process does from its first breath to its last: join, take part or be measured, report; and end badly if asked.

torch is imported where it is used: the module itself is light, for a window reads what ranks report.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from time import perf_counter, sleep

from engine.core.nursery import Worker
from engine.distributed.job import Fault, Job, defined, probes
from engine.distributed.library import library
from engine.distributed.messages import GaveUp, Rank, join, play_library

IMPORTS = ("torch", "torch.distributed")
LIMIT = 64 << 20            # bytes more that a rank may take, where it is to run out of memory


# one rank's life ------------------------------------------------------------------------------------------------------


def take_part(worker: Worker, job: Job) -> None:
    """Entry of a rank's process: the collective from messages, then the library's own, and a report of both."""
    import torch.distributed as dist

    device = join(job, worker.number)
    if not job.risky:
        Rank(job, worker.number, device).play(job.rounds())         # once for nothing: connections and memory are warm
        library(job, worker.number, Rank(job, worker.number, device).start)
    rank = Rank(job, worker.number, device)
    dist.barrier()
    with suppress(GaveUp):
        run(worker, rank)
    rank.report.ended = rank.report.ended or perf_counter()
    if not job.risky and job.algorithm != "library":
        dist.barrier()
        found = play_library(rank)
        rows = defined(job, rank.me)
        rank.report.worst = float((found[rows] - rank.buffer[rows]).abs().max()) if rows else 0.0
        rank.report.library = found[:, probes(job.block)].cpu().numpy()
    worker.answer(rank.report)
    with suppress(EOFError, OSError):
        worker.hear()                                               # stay until everybody has told: an exit is an event


def run(worker: Worker, rank: Rank) -> None:
    """The collective that is traced, with the fault that was asked for."""
    job, report, rounds = rank.job, rank.report, rank.job.rounds()
    hit = job.fault != "none" and rank.me == job.victim
    report.begun = perf_counter()
    if hit and job.fault == "slow":
        sleep(job.delay)
        report.spans.append((report.begun, perf_counter(), "late"))
    if hit and job.fault == "absent":
        rank.note()
        return
    if hit and job.fault in ("killed", "memory"):
        with suppress(GaveUp):
            rank.play(rounds, stop_before=len(rounds) // 2)
        report.ended = perf_counter()
        worker.say(report)
        end_badly(job.fault)
    if job.algorithm == "library":
        rank.note()
        rank.buffer = play_library(rank)
        begun, ended = report.library_times or (0.0, 0.0)
        report.spans.append((begun, ended, "library"))
        rank.note()
    else:
        rank.play(rounds)
    report.ended = perf_counter()
    report.ours = rank.buffer[:, probes(job.block)].cpu().numpy()


def end_badly(how: Fault) -> None:
    """Really: SIGKILL to oneself, or an allocation beyond what the operating system grants this process."""
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    import torch

    size = 1 << 62
    with suppress(ImportError, ValueError, OSError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT, used + LIMIT))
        size = 16 * LIMIT
    torch.empty(size, dtype=torch.uint8).fill_(1)


# time against size ----------------------------------------------------------------------------------------------------


def measure(worker: Worker, job: Job, algorithms: tuple[str, ...], blocks: tuple[int, ...], repeats: int) -> None:
    """Entry of a rank's process: each algorithm at each size; says (size, algorithm, [(begun, ended), ...]) as it goes."""
    import torch.distributed as dist

    device = join(job, worker.number)
    for at, block in enumerate(blocks):
        for name in algorithms:
            one = dataclasses.replace(job, algorithm=name, block=block, short=0)
            worker.say((at, name, list(times(Rank(one, worker.number, device), repeats))))
    dist.barrier()
    worker.answer(True)
    with suppress(EOFError, OSError):
        worker.hear()


def times(rank: Rank, repeats: int) -> Iterator[tuple[float, float]]:
    """(begun, ended) of each repeat after one for nothing, all ranks entering from a barrier."""
    import torch.distributed as dist

    rounds = rank.job.rounds()
    for number in range(repeats + 1):
        dist.barrier()
        begun = perf_counter()
        if rank.job.algorithm == "library":
            library(rank.job, rank.me, rank.buffer)
        else:
            rank.play(rounds)
        if number:
            yield begun, perf_counter()
