"""Concepts that only the tests of the lanes open: slow ones, and each way in which a computation can go wrong."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.core import Array, Check, Curve, Live, Range, Run, Seed, Shared, View, concept
from engine.core.nursery import Worker


@dataclass(frozen=True)
class Frame:
    value: float
    draw: float
    pid: int = 0


def work(seconds: float, run: Run) -> None:
    """Busy for so long, looking up every two milliseconds as an engine's loops do."""
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        pause = time.perf_counter() + min(left, 0.002)
        while time.perf_counter() < pause:
            pass
        run.check()


@dataclass(frozen=True)
class Costly:
    x: Annotated[float, Range(0, 1000)] = 0.0
    cost: Annotated[float, Range(0, 10_000)] = 3.0      # ms of work in a frame
    frames: Annotated[int, Range(1, 100_000)] = 100_000
    shade: Annotated[float, Range(0, 1), View()] = 0.5
    rate: Annotated[float, Range(0, 10), Live()] = 1.0
    seed: Seed = 0


@concept(kind="stream", rest=20)
def costly(p: Costly, run: Run) -> Iterator[Frame]:
    level = p.x
    for _ in range(p.frames):
        work(p.cost / 1000, run)
        level += run.params.rate
        yield Frame(level, float(run.rng.random()), os.getpid())


@costly.verify
def rates_add_up(p: Costly, frames: Sequence[Frame]) -> Iterator[Check]:
    yield Check("first", frames[0].value - p.x, p.rate, 1e-9, "x plus one rate")


@costly.layer(reads=("x",))
def squares(p: Costly, run: Run) -> Iterator[Curve]:
    for count in range(1, 6):
        work(0.02, run)
        x = np.arange(count, dtype=float)
        yield Curve(x, x**2 + p.x, done=count / 5)


@concept(kind="training", rest=20)
def training(p: Costly, run: Run) -> Iterator[Frame]:
    yield from costly.frames(p, run)


@dataclass(frozen=True)
class Simple:
    n: Annotated[int, Range(0, 10_000_000)] = 0
    seed: Seed = 0


@concept(kind="steps")
def steps(p: Simple, run: Run) -> Iterator[Frame]:
    for index in range(50):
        yield Frame(float(p.n + index), 0.0)


@concept(kind="function")
def function(p: Simple, run: Run) -> Iterator[Frame]:
    yield Frame(float(p.n) ** 2, 0.0)


@concept(kind="function")
def deaf(p: Simple, run: Run) -> Iterator[Frame]:
    """Neither yields nor checks while n is 1."""
    while p.n == 1:
        pass
    yield Frame(float(p.n), 0.0)


@concept(kind="stream", rest=5)
def crashing(p: Simple, run: Run) -> Iterator[Frame]:
    """Reads from address zero at frame n."""
    import ctypes

    for index in range(1000):
        if p.n and index == p.n:
            ctypes.string_at(0)
        yield Frame(float(index), 0.0)


@concept(kind="stream", rest=5)
def raising(p: Simple, run: Run) -> Iterator[Frame]:
    for index in range(1000):
        if p.n and index == p.n:
            raise ValueError("the matrix is singular")
        yield Frame(float(index), 0.0)


@concept(kind="function")
def greedy(p: Simple, run: Run) -> Iterator[Frame]:
    """Asks for n rows of a hundred million numbers: with the greatest n, eight thousand terabytes."""
    yield Frame(float(np.ones((p.n, 100_000_000)).sum()) if p.n else 0.0, 0.0)


@concept(kind="function")
def slow_import(p: Simple, run: Run) -> Iterator[Frame]:
    """Its library takes longer to import than a lane's patience lasts."""
    import slow_library

    yield Frame(slow_library.ANSWER + p.n, 0.0, os.getpid())


@concept(kind="real", repeatable=False)
def real(p: Simple, run: Run) -> Iterator[Frame]:
    """Two workers that would outlive everybody."""
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    workers = [context.Process(target=time.sleep, args=(3600,)) for _ in range(2)]
    try:
        for worker in workers:
            worker.start()
        for index in range(100_000):
            time.sleep(0.005)
            yield Frame(float(index), float(workers[index % 2].pid or 0))
    finally:
        for worker in workers:
            worker.kill()
            worker.join(5)


def rest(worker: Worker) -> None:
    """Sleeps, long after its lane and its window are gone if nobody ends it."""
    time.sleep(3600)


@concept(kind="real", repeatable=False)
def ranks(p: Simple, run: Run) -> Iterator[Frame]:
    """Two ranks that would outlive everybody."""
    with run.spawn("lane_concepts:rest", [{}, {}]) as workers:
        for index in range(100_000):
            time.sleep(0.005)
            yield Frame(float(index), float(workers.pids[index % 2]))


@dataclass(frozen=True)
class Sized:
    numbers: Annotated[int, Range(1, 10_000_000)] = 1000
    shared: bool = False
    seed: Seed = 0


@dataclass(frozen=True)
class Large:
    index: int
    own: Array
    world: Shared[Any]


@concept(kind="stream", rest=5)
def large(p: Sized, run: Run) -> Iterator[Large]:
    world = Shared(run.rng.random(p.numbers if p.shared else 1))
    for index in range(100_000):
        yield Large(index, np.full(1 if p.shared else p.numbers, float(index)), world)
