"""Probe of kind 'trace': a table of jobs the user edits, scheduled on one processor in exact fractions, then replayed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from engine.core import BadInput, Check, Columns, Range, Run, Shared, Size, Table, When, concept
from engine.core.trace import Trace, trace

Piece = tuple[int, Fraction, Fraction]          # job, start, end
DEFAULT = Table((("A", "0", "7/3"), ("B", "2", "4"), ("C", "4", "1"), ("D", "5", "4")))


@dataclass(frozen=True)
class Params:
    jobs: Annotated[Table, Columns("name:text", "arrival:exact", "length:exact"), Size(1, 26)] = DEFAULT
    policy: Literal["fifo", "sjf", "stcf", "rr"] = "rr"
    quantum: Annotated[int, Range(1, 20), When("policy", ("rr",))] = 1

    def times(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """(arrival, length) of each job, exact; a job must arrive at 0 or later and take some time."""
        found = []
        for number, (name, arrival, length) in enumerate(self.jobs.rows):
            if Fraction(arrival) < 0 or Fraction(length) <= 0:
                raise BadInput(f"jobs: row {number + 1}, {name}: arrival must be 0 or later and length above 0", "bad_job",
                               name=name, row=number + 1)
            found.append((Fraction(arrival), Fraction(length)))
        return tuple(found)


@dataclass(frozen=True)
class Frame:
    trace: Shared[Trace]
    running: str                # name of the job that runs from now on; empty when none does
    done: int
    turnaround: float           # mean over all jobs, end minus arrival
    response: float             # mean, first run minus arrival
    turnaround_exact: str
    response_exact: str
    time: float
    phase: str


@concept(kind="trace")
def jobs(p: Params, run: Run) -> Iterator[Frame]:
    """Simulate to the end in exact fractions, then replay the trace at every moment at which something changes."""
    times = p.times()
    pieces = schedule(times, p.policy, Fraction(p.quantum))
    ends = {job: end for job, _, end in pieces}
    starts = {job: start for job, start, _ in reversed(pieces)}
    names = tuple(str(row[0]) for row in p.jobs.rows)
    shared = Shared(trace(names, [(job, float(a), float(b), "run") for job, a, b in pieces]))
    turnaround = sum((ends[j] - times[j][0] for j in ends), Fraction()) / len(times)
    response = sum((starts[j] - times[j][0] for j in starts), Fraction()) / len(times)
    moments = sorted({moment for _, a, b in pieces for moment in (a, b)} | {arrival for arrival, _ in times})
    for moment in moments:
        now = [names[job] for job, a, b in pieces if a <= moment < b]
        done = sum(end <= moment for end in ends.values())
        yield Frame(shared, now[0] if now else "", done, float(turnaround), float(response), str(turnaround), str(response),
                    float(moment), "idle" if not now else "busy")


def schedule(times: Sequence[tuple[Fraction, Fraction]], policy: str, quantum: Fraction) -> list[Piece]:
    """What runs when. At one moment arrivals join the queue before the job that was running returns to it (OSTEP)."""
    left = [length for _, length in times]
    coming = deque(sorted(range(len(times)), key=lambda j: (times[j][0], j)))
    queue: deque[int] = deque()
    pieces: list[Piece] = []
    now = Fraction()
    while coming or queue:
        while coming and times[coming[0]][0] <= now:
            queue.append(coming.popleft())
        if not queue:
            now = times[coming[0]][0]
            continue
        job = queue[0] if policy in ("fifo", "rr") else min(queue, key=lambda j: (left[j], times[j][0], j))
        queue.remove(job)
        slice_end = now + (min(quantum, left[job]) if policy == "rr" else left[job])
        if policy == "stcf" and coming:
            slice_end = min(slice_end, times[coming[0]][0])
        left[job] -= slice_end - now
        if pieces and pieces[-1][0] == job and pieces[-1][2] == now:
            pieces[-1] = (job, pieces[-1][1], slice_end)
        else:
            pieces.append((job, now, slice_end))
        now = slice_end
        while coming and times[coming[0]][0] <= now:
            queue.append(coming.popleft())
        if left[job]:
            queue.append(job)
    return pieces


@jobs.verify
def against_laws(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Every job runs its length after it came; nobody idles beside a waiting job; fifo and sjf by a direct recurrence."""
    pieces = schedule(p.times(), p.policy, Fraction(p.quantum))
    for job, (arrival, length) in enumerate(p.times()):
        own = [(a, b) for j, a, b in pieces if j == job]
        yield Check("whole", float(sum((b - a for a, b in own), Fraction()) - length), 0, 0, "length of the job, exact")
        yield Check("causal", float(own[0][0]), float(arrival), 0, "no job runs before it comes", "at_least")
    busy, now = Fraction(), Fraction()
    for arrival, length in sorted(p.times()):                   # any policy that never idles ends at this moment
        now = max(now, arrival) + length
        busy += length
    yield Check("end", frames[-1].time, float(now), 0, "work is conserved")
    yield Check("busy", float(sum((b - a for _, a, b in pieces), Fraction())), float(busy), 0, "sum of the lengths")
