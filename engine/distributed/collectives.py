"""Collectives on real ranks: processes that pass real messages, built from point-to-point, beside the library's own."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

import numpy as np

from engine.core import Array, Check, Range, Run, Seed, Shared, View, When, concept
from engine.core.workers import Outcome, gravity
from engine.distributed.collectives_replay import World, leftover, world_of
from engine.distributed.costs import Demand, bus_factor, demand, fit, misses
from engine.distributed.job import Fault, Job, Op, Order
from engine.distributed.ranks import IMPORTS, measure, take_part
from engine.distributed.schedules import REDUCES, ROOTED, Algorithm, Primitive, algorithms, schedule

DEADLY = ("killed", "memory")
PATIENCE = 90.0                     # seconds without any word from any rank until they are taken for lost
GRACE = 20.0                        # seconds more than their own time-out for those who wait for a rank that dies as asked
SIZES = (1 << 10, 1 << 13, 1 << 16, 1 << 19, 1 << 22)       # bytes at which time is measured


@dataclass(frozen=True)
class Params:
    primitive: Primitive = "all_reduce"
    algorithm: Algorithm = "ring"
    op: Annotated[Op, When("primitive", REDUCES)] = "sum"
    ranks: Annotated[int, Range(2, 8)] = 4
    root: Annotated[int, Range(0, 7), When("primitive", ROOTED)] = 0
    size: Annotated[int, Range(1 << 10, 1 << 24, log=True)] = 1 << 20
    padded: bool = True             # the buffer is made longer until the ranks divide it, as libraries do
    order: Order = "together"
    fault: Fault = "none"
    victim: Annotated[int, Range(0, 7), When("fault", ("slow", "absent", "killed", "memory"))] = 2
    delay: Annotated[float, Range(1, 500, log=True), When("fault", ("slow",))] = 20.0
    patience: Annotated[float, Range(0.3, 10, log=True)] = 1.0
    repeats: Annotated[int, Range(1, 40, log=True)] = 10
    compare: Annotated[Literal["time", "bytes"], View()] = "time"
    model: Annotated[Literal["fitted", "set"], View(), When("compare", ("time",))] = "fitted"
    latency: Annotated[float, Range(0.1, 10_000, log=True), View(), When("model", ("set",))] = 5.0
    bandwidth: Annotated[float, Range(0.01, 1000, log=True), View(), When("model", ("set",))] = 25.0
    seed: Seed = 5

    def settled(self) -> Params:
        """A root and a victim that are there, where they count, and an algorithm that the collective has."""
        from dataclasses import replace

        known = algorithms(self.primitive)
        nearest = {"halving": "doubling", "doubling": "tree", "ring": "tree"}
        name: Any = self.algorithm
        while name not in known:
            name = nearest.get(name, "naive")
        last = self.ranks - 1
        return replace(self, algorithm=name, root=min(self.root, last) if self.primitive in ROOTED else self.root,
                       victim=min(self.victim, last) if self.fault != "none" else self.victim)

    def job(self, store: str = "", backend: str = "gloo") -> Job:
        """What every rank is told."""
        numbers = max(3 * self.ranks, math.ceil(self.size / 8))
        block = math.ceil(numbers / self.ranks)
        equal = self.padded or self.primitive == "all_to_all"                # there blocks change places: they must be
        short = 0 if equal else self.ranks * block - numbers
        return Job(self.primitive, self.algorithm, self.op, self.ranks, self.root if self.primitive in ROOTED else 0, block,
                   self.seed, self.order, self.fault, self.victim, self.delay / 1000, self.patience, store, backend, short)


@dataclass(frozen=True)
class Frame:
    world: Shared[World]
    time: float                     # s since the first rank began
    holders: Array                  # (n, n) bits of the ranks whose contributions each block of each rank has now
    values: Array                   # (n, n) a number of each block
    sent: Array                     # (n,) bytes so far
    received: Array                 # (n,)
    rounds: int
    buffer: int                     # bytes of a rank's buffer
    busiest: int                    # bytes sent by the rank that sends most, in the whole run
    share: float                    # the same, of the buffer
    total: int                      # bytes on all links
    moved: int                      # bytes so far
    delivered: int                  # messages so far
    elapsed: float | None           # ms
    library_time: float | None      # ms
    bus: float | None               # GB/s
    leftover: int                   # blocks with partial sums outside of what the collective promises
    stuck: int                      # ranks that wait in vain now
    circle: int                     # ranks in the circle of waits, at the end
    lost: int                       # ranks that died or never came
    gpus: int | None                # that held the buffers
    phase: str


@concept(kind="real", lane="heavy", repeatable=False, small={"size": 2048, "patience": 0.3, "repeats": 1})
def collectives(p: Params, run: Run) -> Iterator[Frame]:
    """Start the ranks, let them do it once, end them; then replay what they noted, event by event."""
    with store() as path:
        gpus = gpus_for(run.device)
        job = p.job(path, "nccl" if gpus >= p.ranks else "gloo")           # nccl refuses two ranks on one GPU
        with run.spawn(f"{take_part.__module__}:take_part", [{"job": job}] * p.ranks, IMPORTS) as workers:
            outcomes = workers.gather(PATIENCE, job.patience + GRACE if job.fault in DEADLY else 2.0)
    unasked(job, outcomes)
    world = world_of(job, outcomes, workers.pids, sum(map(alive, workers.pids)), gpus)
    if world.verdict != "done":
        run.stop("deadlock" if world.verdict == "deadlock" else "rank_lost")
    totals = totals_of(p, job, world, run)
    shared = Shared(world)
    for time in moments(world):
        yield moment(job, shared, float(time), totals)


@contextlib.contextmanager
def store() -> Iterator[str]:
    """A file through which ranks find one another; rank 0 takes it away, or the end of this block."""
    with tempfile.TemporaryDirectory(prefix="loupe-ranks-", ignore_cleanup_errors=True) as folder:
        yield os.path.join(folder, "store")


def gpus_for(device: str) -> int:
    """How many GPUs there are, where one was asked for; -1 where none was."""
    if device == "cpu":
        return -1
    from engine.core.device import cuda_titles

    return len(cuda_titles())


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def unasked(job: Job, outcomes: Sequence[Outcome]) -> None:
    """Raise the one sentence of a rank that failed though nobody asked it to."""
    asked = job.victim if job.fault in DEADLY else -1
    faulty = sorted((o for o in outcomes if not o.answered and not (o.number == asked and o.said)), key=gravity)
    if faulty and (fault := faulty[0].fault()) is not None:
        raise fault


def totals_of(p: Params, job: Job, world: World, run: Run) -> dict[str, Any]:
    """The numbers of the whole run."""
    buffer, done = 8 * job.numbers, world.verdict == "done"
    elapsed = world.end if done else None
    own = world.library_time if done else None
    factor = bus_factor(p.primitive, p.ranks)
    for name, value in (("elapsed", elapsed), ("library_time", own)):
        if value is None:
            run.note(name, "ended_early")
    if factor is None or not elapsed:
        run.note("bus", "moves_nothing" if factor is None and done else "ended_early")
    if world.backend != "nccl":
        run.note("gpus", "no_gpu_asked" if world.gpus < 0 else "too_few_gpus")
    busiest = int(world.sent.max())
    return {"rounds": len(job.rounds()), "buffer": buffer, "busiest": busiest, "share": busiest / buffer,
            "total": int(world.sent.sum()), "elapsed": elapsed and 1e3 * elapsed, "library_time": own and 1e3 * own,
            "bus": buffer * factor / elapsed / 1e9 if factor and elapsed else None, "leftover": leftover(job, world),
            "circle": len(world.cycle), "lost": int((world.ended > 0).sum()),
            "gpus": p.ranks if world.backend == "nccl" else None}


def moments(world: World) -> Array:
    """(frames,) the times at which something changes."""
    stuck = world.stuck_since[world.waits_for >= 0]
    lost = world.ended_at[world.ended > 0]
    return np.unique(np.clip(np.concatenate([
        [0.0, world.end], world.trace.message_sent, world.trace.message_received, world.state_time, world.trace.span_end,
        stuck, lost]), 0.0, world.end))


def moment(job: Job, shared: Shared[World], time: float, totals: dict[str, Any]) -> Frame:
    """Everything at an instant."""
    w, t, n = shared.value, shared.value.trace, job.ranks
    sent, got = t.message_sent <= time, t.message_received <= time
    state = np.array([max((k for k in np.flatnonzero(w.state_rank == r) if w.state_time[k] <= time),
                          default=int(np.flatnonzero(w.state_rank == r)[0])) for r in range(n)])
    stuck = is_stuck(w, time)
    return Frame(shared, time, w.holders[state], w.values[state],
                 np.bincount(t.message_from[sent], t.message_bytes[sent], n).astype(np.int64),
                 np.bincount(t.message_to[got], t.message_bytes[got], n).astype(np.int64),
                 **totals, moved=int(t.message_bytes[got].sum()), delivered=int(got.sum()), stuck=int(stuck.sum()),
                 phase=phase(w, time, sent, bool(stuck.any())))


def is_stuck(w: World, time: float) -> Array:
    """(n,) which ranks wait in vain at a time."""
    return (w.stuck_since < w.end) & (w.stuck_since <= time)


def phase(w: World, time: float, sent: Array, stuck: bool) -> str:
    """The named part of the run at a time."""
    if time >= w.end:
        return w.verdict
    if stuck:
        return "stuck"
    if not sent.any():
        return "before"
    return "reducing" if w.combines[np.flatnonzero(sent)[-1]] else "spreading"


# companions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Costs:
    """Time against size for every algorithm of the collective, measured so far, and the model fitted to it."""

    names: tuple[str, ...]          # algorithms from messages, then the library
    demands: tuple[Demand, ...]     # of those from messages
    sizes: Array                    # (k,) bytes
    seconds: Array                  # (algorithms, k) the shortest of the repeats: the others were disturbed
    longest: Array                  # (algorithms, k)
    alpha: float                    # s
    beta: float                     # s/B
    off: float                      # by which factor the model misses, typically
    done: float


@collectives.layer(reads=("primitive", "ranks", "repeats"))
def costs(p: Params, run: Run) -> Iterator[Costs]:
    """The same collective by every algorithm at sizes from 1 kB to 4 MB, one size a frame."""
    from dataclasses import replace

    names = algorithms(p.primitive)
    clean = replace(p, order="together", fault="none", algorithm=cast(Any, names[0]), op="sum", root=0).settled()
    blocks = tuple(max(2, math.ceil(size / (8 * p.ranks))) for size in SIZES)
    times: dict[tuple[int, str], list[list[tuple[float, float]]]] = {}
    with store() as path:
        given = {"job": clean.job(path), "algorithms": names, "blocks": blocks, "repeats": p.repeats}
        with run.spawn(f"{measure.__module__}:measure", [given] * p.ranks, IMPORTS) as workers:
            at = 0
            while at < len(blocks):
                word = workers.listen()
                if any(o.raised or o.exitcode for o in workers.outcomes):
                    workers.answers(0.0)
                if word is not None:
                    size, name, found = word[1]
                    times.setdefault((size, name), []).append(found)
                while at < len(blocks) and all(len(times.get((at, name), ())) == p.ranks for name in names):
                    at += 1
                    yield costs_of(p, names, blocks[:at], times, at / len(blocks))


def costs_of(p: Params, names: tuple[str, ...], blocks: tuple[int, ...],
             times: dict[tuple[int, str], list[list[tuple[float, float]]]], done: float) -> Costs:
    """From the first rank's start to the last rank's end, and the model through all of it."""
    taken = np.array([[[max(e for _, e in one) - min(b for b, _ in one) for one in zip(*times[k, name], strict=True)]
                      for k in range(len(blocks))] for name in names])
    sizes = np.array([8.0 * p.ranks * b for b in blocks])
    demands = tuple(demand(schedule(p.primitive, name, p.ranks), p.ranks) for name in names[:-1])
    rounds = np.repeat([float(d.rounds) for d in demands], len(sizes))
    volumes = np.concatenate([d.volume * sizes for d in demands])
    seconds = taken.min(axis=2)
    alpha, beta = fit(rounds, volumes, seconds[:-1].ravel())
    return Costs(names, demands, sizes, seconds, taken.max(axis=2), alpha, beta,
                 misses(rounds, volumes, seconds[:-1].ravel(), alpha, beta), done)


@collectives.verify
def against_numpy_and_the_library(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Results against numpy and torch.distributed's own, bytes against closed forms, circles, clocks, and nobody left."""
    from engine.distributed.collectives_proof import proof

    yield from proof(p, frames)
