"""Slower companions of a run: loss against rank over several seeds, and adapters swapped on one frozen decoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.core import Array, Run
from engine.models.weights import Weights, shipped
from engine.tuning import texts
from engine.tuning.lora_readings import losses_of

if TYPE_CHECKING:
    from engine.models.tuners import LoraTuner
    from engine.tuning.lora import Params

RANKS = (1, 2, 4, 8, 16, 32, 64)
SEEDS = 4
SCALINGS = ("lora", "rslora")


@dataclass(frozen=True)
class Ranks:
    """Held-out losses after as many steps as the run takes; NaN where not trained yet."""

    second: Array                   # (2 scalings, seeds, ranks) second task
    first: Array                    # (2, seeds, ranks) first task
    cut: Array                      # (ranks,) second task, full tuning with every matrix's change cut to its best rank r
    full: float                     # second task, full tuning
    done: float


@dataclass(frozen=True)
class Swap:
    """Losses of each text (first task, then the second ones) with no adapter and with each; NaN where not trained yet."""

    losses: Array                   # (1 + tasks, 1 + tasks)
    done: float


def nothing() -> Ranks:
    """Before anything is trained."""
    empty = np.full((2, SEEDS, len(RANKS)), np.nan)
    return Ranks(empty, empty, np.full(len(RANKS), np.nan), float("nan"), 0.0)


def no_swap() -> Swap:
    """Before anything is trained."""
    return Swap(np.full((1 + len(texts.TASKS),) * 2, np.nan), 0.0)


def swept(p: Params, run: Run) -> Iterator[Ranks]:
    """First one seed at every rank, then full tuning cut by its singular values, then the other seeds side by side."""
    from engine.models.adapted import one_thread

    found = nothing()
    with one_thread():
        for members in (range(1), range(1, SEEDS)):
            for column, rank in enumerate(RANKS):
                found = trained(p, run, found, members, column, rank)
                yield found
            if np.isnan(found.full):
                found = cut(p, run, found)
                yield found


def trained(p: Params, run: Run, found: Ranks, members: range, column: int, rank: int) -> Ranks:
    """The same with some seeds of a rank trained, in both scalings."""
    second, first = found.second.copy(), found.first.copy()
    for row, scaling in enumerate(SCALINGS):
        tuner = tuned(p, run, members, rank, scaling)
        second[row, members, column] = tuner.read(texts.second_task(p.task))
        first[row, members, column] = tuner.read(*texts.first_task())
    return replace(found, second=second, first=first, done=float(np.isfinite(second).mean()))


def tuned(p: Params, run: Run, members: Sequence[int], rank: int, scaling: str = "", steps: int | None = None) -> LoraTuner:
    """Adapters of one rank, a member for each seed, after all steps; in single precision."""
    import torch

    from engine.models.tuners import LoraTuner

    tuner = LoraTuner(shipped(), [p.beginning(run, member, rank, scaling) for member in members], torch.float32, run.device)
    for step in range(p.steps if steps is None else steps):
        tuner.slopes(p.batch_at(step))
        tuner.step(p.learning_rate, p.learning_rate * p.b_times)
        run.check()
    return tuner


def cut(p: Params, run: Run, found: Ranks) -> Ranks:
    """Full tuning, and its loss when each matrix's change is replaced by its best approximation of rank r."""
    import torch

    from engine.models.tuners import FullTuner

    full = FullTuner(shipped(), torch.float32, run.device)
    for step in range(p.steps):
        full.slopes(p.batch_at(step))
        full.step(p.full_rate)
        run.check()
    weights, losses = full.weights(), []
    for rank in RANKS:
        losses.append(losses_of(best(weights, shipped(), rank), p.task)[0])
        run.check()
    return replace(found, cut=np.array(losses), full=float(full.read(texts.second_task(p.task))[0]))


def best(weights: Weights, base: Weights, rank: int) -> Weights:
    """The tuned decoder with the change of every matrix cut to its first singular values; vectors keep theirs."""
    def nearest(name: str, new: Array) -> Array:
        if new.ndim < 2:
            return new
        u, sigma, v = np.linalg.svd(new - base[name], full_matrices=False)
        return np.asarray(base[name] + (u[:, :rank] * sigma[:rank]) @ v[:rank])

    return Weights(base.config, {name: nearest(name, new) for name, new in weights.arrays.items()})


def swapped(p: Params, run: Run) -> Iterator[Swap]:
    """No adapter first, then one after the other is trained and hung in."""
    from engine.models.adapted import one_thread

    losses = no_swap().losses
    with one_thread():
        for column, task in enumerate(("", *texts.TASKS)):
            tuner = tuned(replace(p, task=cast(Any, task or p.task)), run, range(1), p.rank, steps=None if task else 0)
            if not task:
                tuner.loras = {}
            losses[0, column] = tuner.read(*texts.first_task())[0]
            for row, other in enumerate(texts.TASKS, 1):
                losses[row, column] = tuner.read(texts.second_task(other))[0]
            yield Swap(losses.copy(), (column + 1) / len(losses))
