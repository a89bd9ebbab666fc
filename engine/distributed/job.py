"""A job is one collective as every rank is told it, with the numbers in its buffers; a report is what a rank noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from engine.core import Array
from engine.distributed.schedules import REDUCES, Schedule, schedule

Op = Literal["sum", "avg", "max", "min", "product"]
Order = Literal["together", "odd_even", "send_first", "recv_first"]
Fault = Literal["none", "slow", "absent", "killed", "memory"]
LONGEST = 60.0              # seconds that a message may take where nothing is meant to fail
PROBES = 64                 # numbers of each block that are sent back to be checked


@dataclass(frozen=True)
class Job:
    """One collective, the same for every rank."""

    primitive: str
    algorithm: str
    op: Op
    ranks: int
    root: int
    block: int                          # numbers (float64) in each of the n blocks of a buffer, but for the shorter ones
    seed: int
    order: Order = "together"
    fault: Fault = "none"
    victim: int = 0
    delay: float = 0.0                  # seconds by which the victim comes late
    patience: float = 2.0               # seconds after which a message is given up
    store: str = ""                     # file through which the ranks find one another
    backend: str = "gloo"
    short: int = 0                      # so many blocks, the last ones, hold one number less: n need not divide the buffer

    @property
    def numbers(self) -> int:
        """In a whole buffer."""
        return self.ranks * self.block - self.short

    def length(self, block: int) -> int:
        """Numbers in a block; in memory all blocks are equally long, and what a shorter one lacks is a zero, never sent."""
        return self.block - (block >= self.ranks - self.short)

    def uneven(self, blocks: tuple[int, ...]) -> bool:
        """Whether a shorter one is among these blocks."""
        return any(b >= self.ranks - self.short for b in blocks)

    @property
    def risky(self) -> bool:
        """Whether it may be meant to hang or die: then it is not tried out before it is measured."""
        return self.fault in ("absent", "killed", "memory") or self.order in ("send_first", "recv_first")

    @property
    def timeout(self) -> float:
        return self.patience if self.risky else LONGEST

    def rounds(self) -> Schedule:
        return schedule(self.primitive, self.algorithm, self.ranks, self.root)


@dataclass(frozen=True)
class Stuck:
    """The operation that a rank was in when it gave up."""

    peer: int                           # the rank it waits for; -1 where only the library knows
    sends: bool
    since: float
    until: float
    closed: bool                        # the other end was closed, rather than silent


@dataclass
class Report:
    """What a rank noted, on its clock."""

    rank: int
    begun: float = 0.0
    ended: float = 0.0
    sends: list[tuple[int, int, float, float, int]] = field(default_factory=list)   # round, to, posted, done, bytes
    receives: list[tuple[int, int, float, float]] = field(default_factory=list)     # round, from, posted, arrived
    spans: list[tuple[float, float, str]] = field(default_factory=list)
    states: list[tuple[float, Array]] = field(default_factory=list)                 # time, (n, 2) mark and value of each block
    stuck: Stuck | None = None
    ours: Array | None = None           # (n, probes) of the buffer at the end
    library: Array | None = None        # (n, probes) of what the library's own collective leaves
    worst: float = 0.0                  # largest difference of the two, over the whole buffers, where both are defined
    library_times: tuple[float, float] | None = None


# the numbers -----------------------------------------------------------------------------------------------------------------


def full(job: Job, rank: int) -> Array:
    """(n, block) what a rank could contribute: small whole numbers, so that sums are exact in any order.

    The first number of each block is a mark, 2^rank (2^2^rank for products), by which any partial sum tells whose
    contributions are in it.
    """
    made = np.random.default_rng([job.seed, rank]).integers(1, 6, (job.ranks, job.block)).astype(np.float64)
    product = job.op == "product" and job.primitive in REDUCES
    made[:, 0] = 2.0 ** (2.0**rank) if product else 2.0**rank
    made[job.ranks - job.short:, -1] = 0
    return made


def before(job: Job, rank: int) -> Array:
    """(n, block) a rank's buffer before the collective; zeros where it holds nothing yet."""
    made = full(job, rank)
    if job.primitive in ("send", "broadcast", "scatter") and rank != job.root:
        made[:] = 0
    if job.primitive in ("gather", "all_gather"):
        made[[b for b in range(job.ranks) if b != rank]] = 0
    return made


def defined(job: Job, rank: int) -> list[int]:
    """The blocks of a rank's buffer that the collective says something about."""
    everything = list(range(job.ranks))
    if job.primitive in ("reduce", "gather"):
        return everything if rank == job.root else []
    if job.primitive == "send":
        return everything if rank == (job.root + 1) % job.ranks else []
    if job.primitive in ("scatter", "reduce_scatter"):
        return [rank]
    return [] if job.primitive == "barrier" else everything


def probes(block: int) -> Array:
    """(probes,) which numbers of a block are sent back."""
    return np.unique(np.linspace(0, block - 1, min(block, PROBES)).astype(np.int64))
