"""One rank's end of a collective: its buffer, the messages it sends and receives, and the times of each.

Times are of time.perf_counter, which on one machine is one clock for all processes.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from time import perf_counter
from typing import Any

from engine.distributed.job import LONGEST, Job, Report, Stuck, before
from engine.distributed.library import library
from engine.distributed.schedules import REDUCES, Message, Schedule

# the group ------------------------------------------------------------------------------------------------------------


def join(job: Job, rank: int) -> Any:
    """Join the process group; returns the device of this rank's buffers."""
    import torch
    import torch.distributed as dist

    if os.path.isdir("/sys/class/net/lo"):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")           # a laptop's own name may lead nowhere
    torch.set_num_threads(1)
    device = torch.device("cpu")
    if job.backend == "nccl":
        os.environ.setdefault("TORCH_NCCL_BLOCKING_WAIT", "1")      # else a wait returns before the message is through
        device = torch.device("cuda", rank)
        torch.cuda.set_device(device)
    dist.init_process_group(job.backend, store=dist.FileStore(job.store, job.ranks), rank=rank, world_size=job.ranks,
                            timeout=timedelta(seconds=LONGEST))
    dist.barrier()
    if rank == 0:
        with suppress(OSError):
            os.unlink(job.store)                                    # everybody is there: nobody reads it again
    return device


class GaveUp(Exception):
    """A message did not get through; what it was stands in the report."""


class Rank:
    """One rank's buffer and log; `play` runs the rounds of a schedule in which it takes part."""

    def __init__(self, job: Job, rank: int, device: Any) -> None:
        import torch

        self.job, self.me, self.device = job, rank, device
        self.report = Report(rank)
        self.start = torch.from_numpy(before(job, rank)).to(device)
        self.buffer = self.start.clone()
        self.combine = {"sum": torch.add, "avg": torch.add, "max": torch.maximum, "min": torch.minimum,
                        "product": torch.mul}[job.op]
        self.token = torch.zeros(1, dtype=torch.uint8, device=device)

    # a schedule ---------------------------------------------------------------------------------------------------

    def play(self, rounds: Schedule, stop_before: int = -1) -> None:
        """The rounds in order; a mean is a sum divided at the end."""
        self.note()
        for number, messages in enumerate(rounds):
            if number == stop_before:
                return
            out = [m for m in messages if m.sender == self.me]
            into = [m for m in messages if m.receiver == self.me]
            if out or into:
                self.round(number, out, into)
        if self.job.op == "avg" and self.job.primitive in REDUCES:
            self.buffer /= self.job.ranks

    def round(self, number: int, out: list[Message], into: list[Message]) -> None:
        """All messages of a round in the order that the job wants; then what has come is kept or combined."""
        came = [self.room(m) for m in into]
        order = self.job.order
        if order == "odd_even":
            order = "send_first" if self.me % 2 == 0 else "recv_first"
        if order == "together":
            posted = perf_counter()
            receiving = [self.post(data, m.sender, sends=False) for data, m in zip(came, into, strict=True)]
            sending = [self.post(data := self.rows(m), m.receiver, sends=True, kept=data) for m in out]
            self.report.spans.append((posted, perf_counter(), "post"))
            self.finish_receives(number, receiving, into, posted)
            self.finish_sends(number, sending, out, posted)
        else:
            for sends in (True, False) if order == "send_first" else (False, True):
                self.one_by_one(number, out if sends else into, came, sends)
        for data, m in zip(came, into, strict=True):
            self.take(data, m)
        if into:
            self.note()

    def one_by_one(self, number: int, messages: list[Message], came: list[Any], sends: bool) -> None:
        """Blocking calls, one after the other."""
        for data, m in zip([self.rows(m) for m in messages] if sends else came, messages, strict=True):
            posted = perf_counter()
            work = [self.post(data, m.receiver if sends else m.sender, sends, kept=data)]
            self.report.spans.append((posted, perf_counter(), "post"))
            (self.finish_sends if sends else self.finish_receives)(number, work, [m], posted)

    def rows(self, m: Message) -> Any:
        """The sender's blocks, one piece of memory."""
        import torch

        if not m.blocks:
            return self.token
        source = self.start if m.original else self.buffer
        if self.job.uneven(m.blocks):
            return torch.cat([source[b, :self.job.length(b)] for b in m.blocks])
        first, last = m.blocks[0], m.blocks[-1]
        whole = m.blocks == tuple(range(first, last + 1))
        return source[first:last + 1] if whole else source[list(m.blocks)].contiguous()

    def room(self, m: Message) -> Any:
        """Memory for what comes."""
        import torch

        if not m.into:
            return torch.empty_like(self.token)
        shape = (sum(map(self.job.length, m.into)),) if self.job.uneven(m.into) else (len(m.into), self.job.block)
        return torch.empty(shape, dtype=torch.float64, device=self.device)

    def post(self, data: Any, peer: int, sends: bool, kept: Any = None) -> tuple[Any, int, bool, Any]:
        """Hand a message to the library without waiting; (work, peer, sends, its memory)."""
        import torch.distributed as dist

        try:
            return (dist.isend(data, peer) if sends else dist.irecv(data, peer)), peer, sends, kept
        except RuntimeError as fault:
            now = perf_counter()
            self.give_up(peer, sends, now, fault)
            raise GaveUp from fault

    def finish_receives(self, number: int, works: list[Any], messages: list[Message], posted: float) -> None:
        for work, m in zip(works, messages, strict=True):
            since = perf_counter()
            arrived = self.wait(work, since)
            self.report.receives.append((number, m.sender, posted, arrived))
            self.report.spans.append((since, arrived, "wait"))

    def finish_sends(self, number: int, works: list[Any], messages: list[Message], posted: float) -> None:
        for work, m in zip(works, messages, strict=True):
            since = perf_counter()
            done = self.wait(work, since)
            data = work[3]
            self.report.sends.append((number, m.receiver, posted, done, data.element_size() * data.nelement()))
            self.report.spans.append((since, done, "send"))

    def wait(self, posted: tuple[Any, int, bool, Any], since: float) -> float:
        """When a message is through; GaveUp after the job's patience, or at once where the other end has died."""
        work, peer, sends, _ = posted
        try:
            work.wait(timedelta(seconds=self.job.timeout))
            if self.device.type == "cuda":
                import torch

                torch.cuda.synchronize()
        except RuntimeError as fault:
            self.give_up(peer, sends, since, fault)
            raise GaveUp from fault
        return perf_counter()

    def give_up(self, peer: int, sends: bool, since: float, fault: RuntimeError) -> None:
        now = perf_counter()
        self.report.stuck = Stuck(peer, sends, since, now, closed="imed out" not in str(fault))
        self.report.spans.append((since, now, "stuck"))

    def take(self, data: Any, m: Message) -> None:
        """Keep or combine what has come."""
        if not m.into:
            return
        begun = perf_counter()
        if self.job.uneven(m.into):
            lengths = [self.job.length(b) for b in m.into]
            for b, length, part in zip(m.into, lengths, data.split(lengths), strict=True):
                self.buffer[b, :length] = self.combine(self.buffer[b, :length], part) if m.combine else part
        else:
            at = list(m.into)
            self.buffer[at] = self.combine(self.buffer[at], data) if m.combine else data
        self.report.spans.append((begun, perf_counter(), "reduce" if m.combine else "keep"))

    def note(self) -> None:
        """The mark and one value of each block, now."""
        self.report.states.append((perf_counter(), self.buffer[:, :2].cpu().numpy().copy()))


def play_library(rank: Rank) -> Any:
    """Run the library's own collective on a fresh buffer, and note its times; returns what it leaves."""
    job, begun = rank.job, perf_counter()
    try:
        found = library(job, rank.me, rank.start.clone())
        if rank.device.type == "cuda":
            import torch

            torch.cuda.synchronize()
    except RuntimeError as fault:
        rank.give_up(-1, False, begun, fault)
        raise GaveUp from fault
    rank.report.library_times = (begun, perf_counter())
    return found
