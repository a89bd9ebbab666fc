"""A multi-layer perceptron in training: up to 256 networks at once, one of them taken apart number by number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

import numpy as np

from engine.core import (
    Among,
    Array,
    BadInput,
    Check,
    Curve,
    Expression2,
    Flags,
    Layers,
    Live,
    Named,
    Points,
    Range,
    Run,
    Seed,
    Shared,
    Size,
    Source,
    Takes,
    View,
    When,
    concept,
)
from engine.deep import network
from engine.deep.datasets import MAKERS, MOST_ROWS, OWN, TYPED, Plane
from engine.deep.mlp_readings import Maps, Readings, flat, slopes_at
from engine.deep.mlp_training import FEATURES, Trainer
from engine.deep.network import ActivationName, InitialName, LossName
from engine.deep.optimisers import OptimiserName

MOST_WEIGHTS, MOST_IN_ALL = 100_000, 2_000_000     # of one network, and of all seeds together
FIRST_POINTS = Points(((-1.6, 1.2, 0), (-2.0, -0.4, 0), (-0.8, -1.9, 0), (1.2, -1.6, 0), (2.1, 0.2, 0), (1.3, 1.7, 0),
                       (-0.3, 0.5, 1), (0.5, -0.2, 1), (0.1, 0.2, 1), (-0.4, -0.5, 1), (0.6, 0.6, 1), (-0.1, 2.0, 0)))


@dataclass(frozen=True)
class Params:
    data: Annotated[Source, Among(*MAKERS, TYPED, OWN), Takes("x", "y", label="must")] = Source("spirals")
    points: Annotated[Points, Size(2, MOST_ROWS), When("data", (OWN,))] = FIRST_POINTS
    brush: Annotated[int, Range(0, 7), View(), When("data", (OWN,))] = 1            # class of a point that is added
    boundary: Annotated[Expression2, When("data", (TYPED,))] = "y - sin(2*x)"       # class 1 where it is positive
    samples: Annotated[int, Range(10, MOST_ROWS, log=True), When("data", (*MAKERS, TYPED))] = 240
    noise: Annotated[float, Range(0, 2), When("data", (*MAKERS, TYPED))] = 0.1
    column_x: Annotated[int, Range(1, 500)] = 1                                     # of a table, its classes not counted
    column_y: Annotated[int, Range(1, 500)] = 2
    held_out: Annotated[float, Range(0, 0.9)] = 0.4
    hidden: Annotated[Layers, Size(0, 12)] = Layers((8, 6))
    activation: ActivationName = "tanh"
    features: Annotated[Flags, Among(*FEATURES), Size(1, 7)] = Flags(("x1", "x2"))
    learning_rate: Annotated[float, Range(1e-5, 30, log=True), Live()] = 0.02
    optimiser: OptimiserName = "adam"
    batch: Annotated[int, Range(1, MOST_ROWS, log=True)] = 24
    l1: Annotated[float, Range(0, 1), Live()] = 0.0
    l2: Annotated[float, Range(0, 1), Live()] = 0.0
    dropout: Annotated[float, Range(0, 0.9)] = 0.0
    loss: LossName = "cross_entropy"
    initial: InitialName = "glorot"
    gain: Annotated[float, Range(0.01, 20, log=True)] = 1.0
    steps: Annotated[int, Range(1, 200, log=True)] = 6                              # a frame
    seeds: Annotated[int, Range(1, 256, log=True)] = 32
    follow: Annotated[int, Range(0, 255), Live()] = 0
    picture: Annotated[Literal["maps", "numbers"], View()] = "maps"
    beside: Annotated[Literal["slopes", "seeds", "chain", "weights", "edge", "check"], View()] = "slopes"
    example: Annotated[int, Range(0, MOST_ROWS - 1), View()] = 0
    layer: Annotated[int, Range(1, 13), View()] = 1
    unit: Annotated[int, Range(0, 99), View()] = 0
    source: Annotated[int, Range(0, 99), View()] = 0                                # unit that the chosen weight comes from
    seed: Seed = 7

    def settled(self) -> Self:
        """No more seeds than fit, none followed that is not there; one network of sensible size."""
        units = (len(self.features.names), *self.hidden.sizes, 8)
        count = sum((a + 1) * b for a, b in zip(units, units[1:], strict=False))
        if count > MOST_WEIGHTS:
            raise BadInput(f"hidden: makes a network of {count} weights, at most {MOST_WEIGHTS} can be trained here; use "
                           "fewer or smaller layers", "large_network", name="hidden", count=count, max=MOST_WEIGHTS)
        seeds = min(self.seeds, max(1, MOST_IN_ALL // count))
        columns = max(2, len(self.data.columns) - 1) if self.data.sha256 else 500
        x, y = min(self.column_x, columns), min(self.column_y, columns)
        if x == y and self.column_x != self.column_y:       # both were columns of a larger table
            x = 1
        return replace(self, seeds=seeds, follow=min(self.follow, seeds - 1), column_x=x, column_y=y)


@dataclass(frozen=True)
class Frame:
    plane: Shared[Plane]
    maps: Maps                      # of the followed seed
    weights: tuple[Array, ...]      # of the followed seed: W (inputs, units), b (1, units), layer after layer
    losses: Array                   # (seeds,) mean training loss
    test_losses: Array              # (seeds,), (0,) without test points
    accuracies: Array               # (seeds,) on the training points
    slope_norms: Array              # (layers, seeds) length of the training loss's slope by each layer's weights
    slope_bounds: Array             # (layers,) what it can be at most, of the followed seed
    step: int
    epoch: float
    loss: float                     # from here on: of the followed seed
    test_loss: float | None
    accuracy: float
    test_accuracy: float | None
    spread: Named                   # of the training losses over the seeds
    learned: int                    # seeds that tell 95 % of the training points rightly
    lost: int                       # seeds whose numbers ran away
    lost_in: int | None             # layer in which that began
    dead: float                     # share of hidden units that pass no error back
    first_slope: float
    last_slope: float
    sharpness: float | None         # largest curvature of the training loss
    edge: float | None              # the curvature above which this rate overshoots, 2 / rate for plain descent
    followed: int
    rate: float                     # settings that were live
    l1_now: float
    l2_now: float
    size: int                       # weights and biases of one network
    phase: str


@concept(kind="training", rest=240)
def mlp(p: Params, run: Run) -> Iterator[Frame]:
    """Some steps of gradient descent by back-propagation, then a look at all networks; for ever."""
    with np.errstate(all="ignore"):
        trainer = Trainer(p, run, range(p.seeds))
        readings, plane = Readings(trainer, run), Shared(trainer.plane)
    while True:
        with np.errstate(all="ignore"):
            frame = Frame(plane=plane, **readings.read())
        yield frame
        if trainer.lost.all():
            run.stop("diverged")
            return
        with np.errstate(all="ignore"):
            for _ in range(p.steps):
                trainer.step()
                run.check()


BEGINNING = ("data", "boundary", "points", "samples", "noise", "column_x", "column_y", "held_out", "hidden", "activation",
             "features", "l2", "loss", "initial", "gain", "follow", "seed")
WIDTHS = np.logspace(-1, -12, 23)
SAMPLED = 60


@mlp.layer(reads=BEGINNING)
def quotient(p: Params, run: Run) -> Iterator[Curve]:
    """Back-propagation against difference quotients at the first weights: relative gap by the width of the difference."""
    with np.errstate(all="ignore"):
        t = Trainer(p, run, [p.follow])
        at = flat(t.weights)
        chosen = run.generator("chosen weights").permutation(len(at))[:SAMPLED]
        wanted = slopes_at(t, at[None], p.l2)[0, chosen]
        scale = float(np.linalg.norm(wanted)) or 1.0
        gaps = np.array([np.linalg.norm(quotients(t, at, chosen, h, p.l2) - wanted) / scale for h in WIDTHS])
    yield Curve(WIDTHS, np.maximum(np.nan_to_num(gaps, nan=1e3, posinf=1e3), 1e-17))


def quotients(t: Trainer, at: Array, chosen: Array, h: float, l2: float) -> Array:
    """(L(w + h) - L(w - h)) / 2h for each chosen weight, all of them as networks side by side."""
    moved = np.repeat(at[None], 2 * len(chosen), axis=0)
    rows = np.arange(len(chosen))
    moved[rows, chosen] += h
    moved[len(chosen) + rows, chosen] -= h
    weights = network.unflat(moved, t.one(0))
    z = network.logits(weights, t.inputs, t.p.activation)
    losses = network.losses(z, t.wanted, t.p.loss).mean(axis=1)
    losses = losses + 0.5 * l2 * sum((w**2).sum(axis=(1, 2)) for w in weights[::2])
    return np.asarray((losses[:len(chosen)] - losses[len(chosen):]) / (2 * h))


@mlp.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Losses, slopes and curvature against torch.autograd, every step against torch.optim, one seed against many."""
    from engine.deep.mlp_proof import proof

    yield from proof(p, frames)
