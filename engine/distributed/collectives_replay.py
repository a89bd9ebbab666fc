"""What the ranks reported, put together: one trace, what each buffer held when, and who waited for whom in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core import Array
from engine.core.trace import Trace, trace
from engine.core.workers import Outcome
from engine.distributed.job import Job, Report, defined
from engine.distributed.schedules import REDUCES

FINE, KILLED, MEMORY, ABSENT = range(4)         # how a rank ended


@dataclass(frozen=True)
class World:
    """A whole run as its ranks' own clocks saw it, from the first rank's start on."""

    trace: Trace                    # rows: the ranks; kinds: post, wait, send, reduce, keep, late, library, stuck
    combines: Array                 # (messages,) whether the receiver adds it to what it has
    blocks: Array                   # (messages,) bits of the sender's blocks that it carries
    state_time: Array               # (states,)
    state_rank: Array               # (states,)
    holders: Array                  # (states, n) bits of the ranks whose contributions are in each block
    values: Array                   # (states, n) a number of each block
    sent: Array                     # (n,) bytes of the messages that arrived
    received: Array                 # (n,)
    waits_for: Array                # (n,) the rank that each was stuck on; -1 none, or only the library knows
    stuck_since: Array              # (n,) when it began to wait in vain; the end where it did not
    sends: Array                    # (n,) whether it was stuck in a send
    ended: Array                    # (n,) FINE, KILLED, MEMORY or ABSENT
    ended_at: Array                 # (n,)
    cycle: Array                    # ranks that wait in a circle, in that order
    verdict: str                    # done, deadlock, killed, memory, absent
    ours: Array                     # (n, n, probes) of each rank's blocks at the end; empty where it came to none
    library: Array                  # the same, of the library's own collective
    worst: float                    # largest difference of the two over the whole buffers
    library_time: float | None      # s
    begun: Array                    # (n,) when each rank entered
    pids: tuple[int, ...]
    left: int                       # processes that still live after the run
    backend: str
    gpus: int                       # on this machine, where GPUs were asked for; -1 where they were not
    end: float


def world_of(job: Job, outcomes: Sequence[Outcome], pids: tuple[int, ...], left: int,
             gpus: int = -1) -> World:
    """The reports of all ranks on one clock."""
    reports = [report_of(o) for o in outcomes]
    zero = min(r.begun for r in reports)
    ended = np.array([how(job, o) for o in outcomes])
    messages, combines, blocks = matched(job, reports, zero)
    whole = trace(tuple(f"rank {r}" for r in range(job.ranks)), spans_of(reports, zero), messages, measured=True)
    states = sorted(((t - zero, r.rank, state) for r in reports for t, state in r.states), key=lambda s: s[0])
    end = max(r.ended for r in reports) - zero
    waits = np.array([r.stuck.peer if r.stuck else -1 for r in reports])
    moved = Counter[tuple[str, int]]()
    for a, b, _, _, size in messages:
        moved["sent", a] += size
        moved["got", b] += size
    cycle = np.array(cycle_of(waits), np.int64)
    return World(
        whole, combines, blocks, np.array([s[0] for s in states]), np.array([s[1] for s in states]),
        np.stack([holders(job, s[2][:, 0]) for s in states]), np.stack([s[2][:, 1] for s in states]),
        np.array([moved["sent", r] for r in range(job.ranks)]), np.array([moved["got", r] for r in range(job.ranks)]),
        waits, np.array([r.stuck.since - zero if r.stuck else end for r in reports]),
        np.array([bool(r.stuck and r.stuck.sends) for r in reports]), ended,
        np.array([r.ended - zero if e != FINE else end for r, e in zip(reports, ended, strict=True)]),
        cycle, verdict(ended, cycle), stacked([r.ours for r in reports]), stacked([r.library for r in reports]),
        max(r.worst for r in reports), library_time(reports), np.array([r.begun - zero for r in reports]), pids, left,
        job.backend, gpus, end)


def report_of(outcome: Outcome) -> Report:
    """What a rank reported at its end, or last before it."""
    found: Report = outcome.answer if outcome.answered else outcome.said[-1]
    return found


def how(job: Job, outcome: Outcome) -> int:
    """How a rank ended."""
    if outcome.answered:
        return ABSENT if job.fault == "absent" and outcome.number == job.victim else FINE
    return MEMORY if outcome.out_of_memory else KILLED


def matched(job: Job, reports: list[Report], zero: float) -> tuple[list[tuple[int, int, float, float, int]], Array, Array]:
    """(from, to, sent, received, bytes) of every message that both its ends have noted; whether combined; its blocks."""
    arrived = {(number, peer, r.rank): at for r in reports for number, peer, _, at in r.receives}
    told = {(k, m.sender, m.receiver): m for k, messages in enumerate(job.rounds()) for m in messages}
    found = sorted((posted - zero, arrived[key] - zero, *key, size) for r in reports
                   for number, peer, posted, _, size in r.sends if (key := (number, r.rank, peer)) in arrived)
    return ([(a, b, sent, got, size) for sent, got, _, a, b, size in found],
            np.array([told[number, a, b].combine for _, _, number, a, b, _ in found], bool),
            np.array([sum(1 << k for k in told[number, a, b].blocks) for _, _, number, a, b, _ in found], np.int64))


def spans_of(reports: list[Report], zero: float) -> list[tuple[int, float, float, str]]:
    return [(r.rank, start - zero, end - zero, kind) for r in reports for start, end, kind in sorted(r.spans)]


def holders(job: Job, marks: Array) -> Array:
    """(n,) bits of the ranks in each block, read off its mark: a sum of 2^rank, or a product of 2^2^rank."""
    if job.op == "product" and job.primitive in REDUCES:
        return np.round(np.log2(np.maximum(marks, 1.0))).astype(np.int64)
    if job.op == "avg" and job.algorithm == "library" and (marks % 1).any():
        marks = marks * job.ranks
    return np.round(marks).astype(np.int64)


def cycle_of(waits: Array) -> list[int]:
    """Ranks that wait for one another in a circle, from the least on; none where every wait ends somewhere."""
    for start in range(len(waits)):
        way, at = [start], int(waits[start])
        while at >= 0 and at not in way:
            way.append(at)
            at = int(waits[at])
        if at == start:
            return way
    return []


def verdict(ended: Array, cycle: Array) -> str:
    """What became of the run."""
    for code, name in ((KILLED, "killed"), (MEMORY, "memory"), (ABSENT, "absent")):
        if (ended == code).any():
            return name
    return "deadlock" if len(cycle) else "done"


def stacked(parts: list[Any]) -> Array:
    return np.stack(parts) if all(p is not None for p in parts) else np.zeros((0, 0, 0))


def library_time(reports: list[Report]) -> float | None:
    """From the first rank's call to the last one's return."""
    times = [r.library_times for r in reports]
    if any(t is None for t in times):
        return None
    return max(t[1] for t in times if t) - min(t[0] for t in times if t)


def leftover(job: Job, world: World) -> int:
    """Blocks that hold sums of some ranks but not of all, where the collective promises nothing: what one must not read."""
    last = {int(r): k for k, r in enumerate(world.state_rank)}
    bits = np.array([[int(b).bit_count() for b in world.holders[last[r]]] for r in range(job.ranks)])
    promised = np.zeros_like(bits, bool)
    for r in range(job.ranks):
        promised[r, defined(job, r)] = True
    return int(((bits > 1) & (bits < job.ranks) & ~promised).sum())
