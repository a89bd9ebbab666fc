"""The proof of the collectives: numpy on the same numbers, torch's own results, closed forms of traffic, circles by algebra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array, Check
from engine.distributed.job import Job, before, defined, probes

if TYPE_CHECKING:
    from engine.distributed.collectives import Frame, Params
    from engine.distributed.collectives_replay import World

CAME_TO_NOTHING = ("killed", "memory", "absent")


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Every check that the run admits: one that ended early has no result to compare."""
    world, job = frames[-1].world.value, p.job()
    if world.verdict == "done":
        yield from results(job, world)
        yield from traffic(p, frames[-1])
    yield from clocks(world)
    yield Check("conserved", float(world.received.sum()), float(frames[-1].moved), 0, "what left arrived, and no more")
    yield Check("gone", world.left, 0, 0, "the operating system's table of processes, after the run")
    yield from ending(p, world)


def results(job: Job, world: World) -> Iterator[Check]:
    """What each rank holds where the collective says something, against numpy; so also the library's own."""
    wanted = expected(job)
    tolerance = 1e-12 * max((float(np.abs(w).max()) for w in wanted if w.size), default=1.0)
    for name, found in (("numpy", world.ours), ("library_numpy", world.library)):
        if not found.size or not any(w.size for w in wanted):
            continue
        ours = np.concatenate([found[r][defined(job, r)].ravel() for r in range(job.ranks)])
        yield Check.worst(name, ours, np.concatenate([w.ravel() for w in wanted]), tolerance, "numpy on the ranks' numbers")
    if world.library.size:
        yield Check("library", world.worst, 0, tolerance, f"torch.distributed.{job.primitive} ({world.backend}), whole buffers")


def expected(job: Job) -> list[Array]:
    """(blocks, probes) of each rank, where the collective defines them: definitions, written with numpy."""
    n, at = job.ranks, probes(job.block)
    own = np.stack([before(job, r)[:, at] for r in range(n)])                   # (ranks, blocks, probes)
    reductions: dict[str, Callable[..., Array]] = {"sum": np.sum, "avg": np.mean, "max": np.max, "min": np.min,
                                                   "product": np.prod}
    together = reductions[job.op](own, axis=0)
    diagonal = own[np.arange(n), np.arange(n)]
    whole = {"send": own[job.root], "broadcast": own[job.root], "scatter": own[job.root], "reduce": together,
             "all_reduce": together, "reduce_scatter": together, "gather": diagonal, "all_gather": diagonal}
    if job.primitive == "all_to_all":
        return list(own.transpose(1, 0, 2))
    return [whole.get(job.primitive, own[0])[defined(job, r)] for r in range(n)]


# traffic --------------------------------------------------------------------------------------------------------------


def hops(n: int) -> float:
    """Blocks that a binomial tree carries in all, over n: each block takes as many hops as its rank has ones."""
    return sum(v.bit_count() for v in range(n)) / n


def folded(n: int, inner: Callable[[int], float]) -> float:
    power = 2 ** int(np.log2(n))
    return inner(power) + 2 * (n - power)


TOTALS: dict[tuple[str, str], Callable[[int], float]] = {
    ("all_reduce", "doubling"): lambda n: folded(n, lambda p: p * np.log2(p)),
    ("all_reduce", "halving"): lambda n: folded(n, lambda p: 2 * (p - 1)),
    ("gather", "tree"): hops, ("scatter", "tree"): hops,
    ("gather", "naive"): lambda n: (n - 1) / n, ("scatter", "naive"): lambda n: (n - 1) / n,
    ("all_gather", "naive"): lambda n: (n - 1) * (1 + 1 / n), ("reduce_scatter", "naive"): lambda n: (n - 1) * (1 + 1 / n),
}
WHOLE = ("send", "broadcast", "reduce", "all_reduce")                           # every rank deals with whole buffers
TOKENS: dict[str, Callable[[int], float]] = {
    "tree": lambda n: 2 * (n - 1), "naive": lambda n: 2 * (n - 1), "ring": lambda n: 2 * n - 1,
    "doubling": lambda n: n * np.ceil(np.log2(n))}


def traffic(p: Params, f: Frame) -> Iterator[Check]:
    """Bytes on all links against closed forms, and of each rank of a ring against NCCL-tests' bus factor."""
    n, size, sent, short = p.ranks, f.buffer, f.world.value.sent, p.job().short
    if p.algorithm == "library":
        return
    if p.primitive == "barrier":
        yield Check("tokens", float(sent.sum()), float(TOKENS[p.algorithm](n)), 0, "closed form")
        return
    usual = {"send": 1.0, "all_reduce": 2.0 * (n - 1)}.get(p.primitive, n - 1.0)
    total = TOTALS.get((p.primitive, p.algorithm))
    shares = usual if total is None else total(n)
    whole = p.primitive in WHOLE and total is None                              # nobody has a part larger than another's
    yield Check("total", float(sent.sum()), size * shares, 1e-9 * size if whole else 1e-9 * size + 8 * n * n * (short > 0),
                "closed form")
    around = {"all_reduce": 2 * (n - 1) / n, "all_gather": (n - 1) / n, "reduce_scatter": (n - 1) / n,
              "all_to_all": (n - 1) / n}
    if p.algorithm == "ring" and p.primitive in around:
        factor = around[p.primitive]
        yield Check.worst("ring", sent, np.full(n, factor * size), 16.0 * (short > 0), f"NCCL-tests' bus factor {factor:g}")


# clocks and endings ---------------------------------------------------------------------------------------------------


def clocks(world: World) -> Iterator[Check]:
    """One monotonic clock: nothing arrives before it was sent, nothing ends before it began."""
    t = world.trace
    if len(t.message_sent):
        yield Check("causal", float((t.message_received - t.message_sent).min()), 0, 0, "one monotonic clock", "at_least")
    if len(t.span_start):
        yield Check("forward", float((t.span_end - t.span_start).min()), 0, 0, "one monotonic clock", "at_least")


def ending(p: Params, world: World) -> Iterator[Check]:
    """Circles by the rank of a power of the wait-for matrix, losses as they were asked for, time-outs no earlier."""
    n = p.ranks
    waits = np.zeros((n, n))
    stuck = np.flatnonzero(world.waits_for >= 0)
    waits[stuck, world.waits_for[stuck]] = 1
    around = np.linalg.matrix_rank(np.linalg.matrix_power(waits, n))        # its image: the ranks on circles
    yield Check("circle", float(len(world.cycle) > 0), float(around > 0), 0, "rank of the wait-for matrix to the n-th power")
    yield Check("lost", int((world.ended > 0).sum()), int(p.fault in CAME_TO_NOTHING), 0, "as it was asked for")
    if world.verdict == "deadlock":
        yield Check("patience", float(world.end - world.stuck_since.min()), p.patience, 0.05, "the time-out", "at_least")
