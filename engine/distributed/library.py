"""The collectives as torch.distributed does them itself: what ours must equal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.distributed.job import Job
from engine.distributed.schedules import REDUCES


def library(job: Job, rank: int, buffer: Any) -> Any:
    """The collective as torch.distributed does it: the buffer, (n, block), as it is afterwards."""
    import torch
    import torch.distributed as dist

    at_root, mine, came = rank == job.root, buffer[rank].clone(), torch.empty_like(buffer)
    work: Any = None
    if job.primitive == "send" and at_root:
        work = dist.isend(buffer, (job.root + 1) % job.ranks)
    elif job.primitive == "send" and rank == (job.root + 1) % job.ranks:
        work = dist.irecv(buffer, job.root)
    elif job.primitive == "broadcast":
        work = dist.broadcast(buffer, job.root, async_op=True)
    elif job.primitive == "gather":
        work = dist.gather(mine, list(buffer) if at_root else None, job.root, async_op=True)
    elif job.primitive == "scatter":
        work = dist.scatter(buffer[rank], list(buffer.clone()) if at_root else None, job.root, async_op=True)
    elif job.primitive == "all_gather":
        whole = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor         # older torch
        work = whole(buffer.view(-1), mine, async_op=True)
    elif job.primitive == "all_to_all":
        work = dist.all_to_all_single(came, buffer, async_op=True)
    elif job.primitive == "barrier":
        work = dist.barrier(async_op=True)
    elif job.primitive in REDUCES:
        work = library_sum(job, rank, buffer)
    if work is not None:
        work.wait(timedelta(seconds=job.timeout))
    return came if job.primitive == "all_to_all" else buffer


def library_sum(job: Job, rank: int, buffer: Any) -> Any:
    """The reductions of torch.distributed, begun."""
    import torch.distributed as dist

    op = {"sum": dist.ReduceOp.SUM, "avg": dist.ReduceOp.AVG, "max": dist.ReduceOp.MAX, "min": dist.ReduceOp.MIN,
          "product": dist.ReduceOp.PRODUCT}[job.op]
    if job.primitive == "reduce":
        return dist.reduce(buffer, job.root, op, async_op=True)
    if job.primitive == "all_reduce":
        return dist.all_reduce(buffer, op, async_op=True)
    whole = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor          # older torch
    return whole(buffer[rank], buffer.clone().view(-1), op, async_op=True)
