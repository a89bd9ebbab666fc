"""Probe of kind 'training': a tiny network learns two rings with many seeds at once, at a live learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from engine.core import Array, Check, Live, Named, Range, Run, Seed, Shared, View, concept

SEEDS, POINTS, GRID = 16, 96, 24


@dataclass(frozen=True)
class Params:
    hidden: Annotated[int, Range(1, 32)] = 6
    activation: Literal["tanh", "relu"] = "tanh"
    learning_rate: Annotated[float, Range(1e-4, 10, log=True), Live()] = 0.5
    noise: Annotated[float, Range(0, 1)] = 0.1
    steps: Annotated[int, Range(1, 5000)] = 200
    opacity: Annotated[float, Range(0, 1), View()] = 0.5
    seed: Seed = 3


@dataclass(frozen=True)
class Points:
    x: Array                    # (POINTS, 2)
    y: Array                    # (POINTS,) 0 or 1


@dataclass(frozen=True)
class Frame:
    points: Shared[Points]
    hidden_weights: Array       # (SEEDS, 2, hidden)
    hidden_biases: Array        # (SEEDS, 1, hidden)
    weights: Array              # (SEEDS, hidden, 1)
    bias: Array                 # (SEEDS, 1, 1)
    ground: Array               # (GRID, GRID) share of seeds that say 1
    loss: Named                 # of each seed
    median: float
    rate: float                 # the learning rate that led here
    step: int
    phase: str


@concept(kind="training", lane="heavy", rest=60, small={"steps": 30})
def playground(p: Params, run: Run) -> Iterator[Frame]:
    """Full-batch gradient descent on the cross-entropy of a 2-hidden-1 network; every array has a leading seed axis."""
    points = Shared(rings(p, run))
    x, y = points.value.x[None], points.value.y[None, :, None]              # (1, points, 2), (1, points, 1)
    draws = run.generator("weights")
    weights = [draws.normal(0, 1, (SEEDS, 2, p.hidden)), np.zeros((SEEDS, 1, p.hidden)),
               draws.normal(0, 1, (SEEDS, p.hidden, 1)), np.zeros((SEEDS, 1, 1))]
    side = np.linspace(-1.5, 1.5, GRID)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(1, -1, 2)
    rate = 0.0
    for step in range(p.steps + 1):
        hidden, chance = forward(x, weights, p.activation)
        losses = -(np.log(np.where(y > 0.5, chance, 1 - chance) + 1e-300)).mean(axis=(1, 2))
        if not np.isfinite(losses).all():
            run.stop("diverged")
            return
        ground = (forward(grid, weights, p.activation)[1] > 0.5).mean(axis=0).reshape(GRID, GRID)
        named = Named(tuple(f"seed{i}" for i in range(SEEDS)), tuple(float(v) for v in losses))
        yield Frame(points, *weights, ground, named, float(np.median(losses)), rate, step, "early" if step < 20 else "late")
        rate = run.params.learning_rate                                     # the one that is live now
        error = (chance - y) / y.size                                       # dL/d(logit), (seeds, points, 1)
        back = error @ weights[2].swapaxes(1, 2) * ((1 - hidden**2) if p.activation == "tanh" else (hidden > 0))
        slopes = (x.swapaxes(1, 2) @ back, back.sum(axis=1, keepdims=True),
                  hidden.swapaxes(1, 2) @ error, error.sum(axis=1, keepdims=True))
        weights = [w - rate * slope for w, slope in zip(weights, slopes, strict=True)]


def forward(x: Array, weights: Sequence[Array], activation: str) -> tuple[Array, Array]:
    """Hidden values (seeds, points, hidden) and chances of class 1 (seeds, points, 1)."""
    before = x @ weights[0] + weights[1]
    hidden = np.tanh(before) if activation == "tanh" else np.maximum(before, 0.0)
    return hidden, 1 / (1 + np.exp(-np.clip(hidden @ weights[2] + weights[3], -500, 500)))


def rings(p: Params, run: Run) -> Points:
    """A disc of class 1 inside a ring of class 0."""
    draws = run.generator("points")
    y = (np.arange(POINTS) < POINTS // 2).astype(np.float64)
    angle, radius = draws.uniform(0, 2 * np.pi, POINTS), np.where(y > 0.5, draws.uniform(0, 0.5, POINTS), 1.0)
    spot = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return Points(spot + p.noise * draws.standard_normal((POINTS, 2)), y)


@playground.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """torch.autograd takes every recorded step again, for all seeds, at the learning rate that was live."""
    import torch

    names = ("hidden_weights", "hidden_biases", "weights", "bias")
    for before, after in zip(frames, frames[1:], strict=False):
        if after.step != before.step + 1:
            continue
        leaves = [torch.tensor(getattr(before, n), requires_grad=True) for n in names]
        points = before.points.value
        squash = torch.tanh if p.activation == "tanh" else torch.relu
        logit = squash(torch.tensor(points.x) @ leaves[0] + leaves[1]) @ leaves[2] + leaves[3]
        wanted = torch.tensor(points.y)[None, :, None].expand_as(logit)
        torch.nn.functional.binary_cross_entropy_with_logits(logit, wanted, reduction="none").mean(dim=1).sum().backward()
        for name, leaf in zip(names, leaves, strict=True):
            step = (leaf - after.rate * leaf.grad).detach().numpy()
            yield Check.worst(name, getattr(after, name), step, 1e-10, "torch.autograd")
