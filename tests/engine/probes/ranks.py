"""Probe of kind 'real': worker processes sum their vectors around a ring; their own clocks make the trace that is replayed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic, perf_counter
from typing import Annotated, Any

import numpy as np

from engine.core import Array, Check, Failed, Range, Run, Seed, Shared, concept
from engine.core.trace import Trace, trace

PATIENCE = 20.0             # seconds until a rank that says nothing is taken for lost


@dataclass(frozen=True)
class Params:
    ranks: Annotated[int, Range(2, 8)] = 4
    size: Annotated[int, Range(8, 1_000_000, log=True)] = 4096
    seed: Seed = 5


@dataclass(frozen=True)
class Frame:
    trace: Shared[Trace]
    sums: Shared[Array]         # (ranks, size) what each rank ends with
    pids: tuple[int, ...]
    sent: int                   # bytes so far
    in_flight: int              # messages
    time: float                 # seconds since the first event
    phase: str


@concept(kind="real", lane="heavy", repeatable=False, small={"ranks": 2, "size": 64})
def ranks(p: Params, run: Run) -> Iterator[Frame]:
    """Ring all-reduce: ranks - 1 steps of reduce-scatter, then ranks - 1 of all-gather, each passing one chunk on."""
    workers, pipes = start(p)
    try:
        answers = gather(pipes, run)
        pids = tuple(w.pid or 0 for w in workers)
    finally:
        end(workers, pipes)                                     # also when this generator is closed or overtaken
    recorded, sums = Shared(merged(answers)), Shared(np.stack([a[0] for a in answers]))
    events = recorded.value
    for time in events.moments():
        gone = events.message_sent <= time
        yield Frame(recorded, sums, pids, int(events.message_bytes[gone].sum()), len(events.in_flight(time)), float(time),
                    "scatter" if time < np.median(events.message_sent) else "gather")


def start(p: Params) -> tuple[list[BaseProcess], list[Connection]]:
    """One process a rank, joined in a ring by pipes; each has a pipe of its own for its answer."""
    context = multiprocessing.get_context("forkserver")
    links = [context.Pipe(duplex=False) for _ in range(p.ranks)]            # link i leads from rank i to rank i + 1
    answers = [context.Pipe(duplex=False) for _ in range(p.ranks)]
    workers: list[BaseProcess] = []
    for rank in range(p.ranks):
        worker = context.Process(target=work, daemon=True, args=(
            rank, p.ranks, p.size, p.seed, links[rank][1], links[rank - 1][0], answers[rank][1]))
        worker.start()
        workers.append(worker)
    for end_of_pipe in [*(e for link in links for e in link), *(a[1] for a in answers)]:
        end_of_pipe.close()                                     # the ranks hold them now: a rank's death is an end of file
    return workers, [a[0] for a in answers]


def vector(seed: int, rank: int, size: int) -> Array:
    """What a rank contributes: whole numbers, so that sums are exact in any order."""
    return np.random.default_rng([seed, rank]).integers(-1000, 1000, size).astype(np.float64)


def work(rank: int, count: int, size: int, seed: int, out: Any, into: Any, answer: Any) -> None:
    """A rank: passes chunks around, adds what comes or keeps it, and notes the times; its peers' end is its end."""
    chunks = np.array_split(vector(seed, rank, size), count)
    spans: list[Any] = []
    sent: list[Any] = []
    received: list[float] = []

    def send(chunk: int) -> None:
        sent.append((perf_counter(), chunks[chunk].nbytes))
        out.send_bytes(chunks[chunk].tobytes())

    with suppress(OSError, EOFError):
        for step in range(2 * (count - 1)):
            chunk, coming = (rank - step) % count, (rank - step - 1) % count
            if rank % 2 == 0:                                   # even ranks send first: were all to, full pipes would lock
                send(chunk)
            if not into.poll(PATIENCE):
                return
            data = np.frombuffer(into.recv_bytes())
            received.append(perf_counter())
            if rank % 2 == 1:
                send(chunk)
            start, adding = perf_counter(), step < count - 1
            chunks[coming] = chunks[coming] + data if adding else data
            spans.append((start, perf_counter(), "add" if adding else "keep"))
        answer.send((np.concatenate(chunks), spans, sent, received))


def gather(pipes: list[Connection], run: Run) -> list[Any]:
    """Every rank's answer, in order; looks up now and then, so that a newer request can overtake."""
    found: dict[int, Any] = {}
    latest = monotonic() + PATIENCE
    while len(found) < len(pipes):
        run.report(len(found), len(pipes))
        for pipe in wait([q for i, q in enumerate(pipes) if i not in found], timeout=0.05):
            rank = pipes.index(pipe)                            # type: ignore[arg-type]
            try:
                found[rank] = pipes[rank].recv()
            except (EOFError, OSError) as fault:
                raise Failed(f"rank {rank} ended without an answer; start it again", "rank_lost", rank=rank) from fault
        if monotonic() > latest:
            raise Failed(f"{len(pipes) - len(found)} ranks gave no answer in {PATIENCE:g} s", "ranks_silent")
    return [found[rank] for rank in range(len(pipes))]


def end(workers: list[BaseProcess], pipes: list[Connection]) -> None:
    """Every worker is gone when this returns, whatever it was doing."""
    for worker in workers:
        with suppress(OSError):
            worker.kill()
    for worker in workers:
        worker.join(5)
        worker.close()
    for pipe in pipes:
        pipe.close()


def merged(answers: list[Any]) -> Trace:
    """One trace of all ranks' times, from the first event on."""
    count = len(answers)
    first = min(sent[0][0] for _, _, sent, _ in answers)
    spans = [(r, a - first, b - first, kind) for r, (_, own, _, _) in enumerate(answers) for a, b, kind in own]
    passed = [(r, (r + 1) % count, at - first, answers[(r + 1) % count][3][i] - first, size)
              for r, (_, _, sent, _) in enumerate(answers) for i, (at, size) in enumerate(sent)]
    return trace(tuple(f"rank {r}" for r in range(count)), spans, passed, measured=True)


@ranks.verify
def against_plain_sums(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Every rank ends with the plain sum; each sends 2 (ranks - 1) / ranks of its vector; nothing arrives before it left."""
    f = frames[-1]
    total = sum(vector(p.seed, r, p.size) for r in range(p.ranks))
    yield Check.worst("sums", f.sums.value, np.tile(total, (p.ranks, 1)), 0, "numpy's sum of whole numbers")
    yield Check("bytes", f.sent, 2 * (p.ranks - 1) * p.size * 8, 0, "2 (ranks - 1) / ranks of the vector from each rank")
    events = f.trace.value
    yield Check("causal", float((events.message_received - events.message_sent).min()), 0, 0, "one monotonic clock", "at_least")
