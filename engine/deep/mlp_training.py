"""Training as the concept does it: data and first weights from the seed, mini-batches in one order for all networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array, Run
from engine.deep import network
from engine.deep.datasets import BOX, MOST_ROWS, OWN, TYPED, Plane, made, own, split, table, typed
from engine.deep.network import Weights
from engine.deep.optimisers import OPTIMISERS

if TYPE_CHECKING:
    from engine.deep.mlp import Params

FEATURES = ("x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1", "sin_x2")
FARTHEST = 1e8                  # a weight beyond this has left for good


def plane_of(p: Params, run: Run) -> Plane:
    """The points that the parameters ask for, split into those to train on and those to test on."""
    names = ("x₁", "x₂")
    if p.data.sha256:
        x, label, names = table(p.data, p.column_x, p.column_y)
    elif p.data.name == OWN:
        x, label = own(p.points)
    elif p.data.name == TYPED:
        x, label = typed(p.boundary, p.samples, p.noise, run.generator("points"))
    else:
        x, label = made(p.data.name, p.samples, p.noise, run.generator("points"))
    left_out = max(0, len(x) - MOST_ROWS)
    if left_out:                                                # a table's rows may come in order: draw, do not cut
        kept = np.sort(run.generator("rows").choice(len(x), MOST_ROWS, replace=False))
        x, label = x[kept], np.unique(label[kept], return_inverse=True)[1]
    test = split(x, label, p.held_out, run.generator("split"))
    box = max(BOX, 1.05 * float(np.abs(x).max()))
    return Plane(x, label, test, int(label.max()) + 1, box, names, left_out)


def features(p: Params, x: Array) -> Array:
    """What the network is given of each point, (points, features)."""
    a, b = x[:, 0], x[:, 1]
    columns = {"x1": a, "x2": b, "x1_squared": a * a, "x2_squared": b * b, "product": a * b, "sin_x1": np.sin(2 * a),
               "sin_x2": np.sin(2 * b)}
    return np.stack([columns[name] for name in p.features.names], axis=1)


def sizes(p: Params, classes: int) -> tuple[int, ...]:
    """Units of every layer: features, hidden layers, one output for two classes, else one for each."""
    return (len(p.features.names), *p.hidden.sizes, 1 if classes == 2 else classes)


def batches(count: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """Indices of one mini-batch after another: every epoch a new order; all points at once in their own order."""
    while True:
        order = rng.permutation(count) if size < count else np.arange(count)
        for start in range(0, count, size):
            yield order[start:start + size]


def masks(shape: Sequence[int], points: int, share: float, rng: np.random.Generator) -> list[Array]:
    """Dropout: (points, units) for each hidden layer, 0 for who is left out of this step and 1 / (1 - share) for the others."""
    if not share:
        return []
    return [(rng.random((points, units)) >= share) / (1 - share) for units in shape[1:-1]]


class Trainer:
    """Networks of one shape that differ in their first weights alone, trained side by side.

    All weights and biases lie in one block of memory, array after array; `weights` are views of it, so that an optimiser
    takes its step for all layers and all networks at once.
    """

    def __init__(self, p: Params, run: Run, members: Sequence[int]) -> None:
        self.p, self.run, self.plane = p, run, plane_of(p, run)
        self.x, self.label = self.plane.part(test=False)
        self.inputs, self.wanted = features(p, self.x), network.targets(self.label, self.plane.classes)
        self.shape = sizes(p, self.plane.classes)
        first = network.initial(self.shape, p.initial, p.gain, [run.generator(f"weights {m}") for m in members])
        self._block = np.concatenate([w.ravel() for w in first])                                # (seeds * size,)
        self._slopes = np.zeros_like(self._block)
        self.weights, self.slopes = network.parts(self._block, first), network.parts(self._slopes, first)
        self._penalised = np.concatenate([np.full(w.size, 1.0 - n % 2) for n, w in enumerate(first)])   # not the biases
        self.optimiser = OPTIMISERS[p.optimiser]()
        self.lost = np.zeros(len(members), bool)
        self.lost_in: int | None = None                         # layer in which numbers first ran away
        self.steps = 0
        self._left_out = run.generator("dropout")
        self._batches = batches(len(self.x), p.batch, run.generator("order"))

    def step(self) -> None:
        """One mini-batch: forwards, backwards, one step of the optimiser, with the settings that are live now."""
        now, at = self.run.params, next(self._batches)
        network.gradient(self.weights, self.inputs.take(at, 0), self.wanted.take(at, 0), self.p.activation, self.p.loss,
                         masks(self.shape, len(at), self.p.dropout, self._left_out), out=self.slopes)
        slopes, before = self._slopes, self._block
        if now.l1:
            slopes = slopes + now.l1 * self._penalised * np.sign(before)
        if now.l2 and self.optimiser.decoupled:
            before = before * (1 - now.learning_rate * now.l2 * self._penalised)
        elif now.l2:
            slopes = slopes + now.l2 * self._penalised * before
        self._keep(self.optimiser.step([before], [slopes], now.learning_rate)[0])
        self.steps += 1

    def _keep(self, new: Array) -> None:
        """Take the new weights, except of networks whose numbers run away: those stay where they last made sense."""
        if self.lost_in is not None or not new @ new < FARTHEST**2:                     # no weight is far; NaN is
            far = np.stack([~(np.abs(w) < FARTHEST).all(axis=(1, 2)) for w in network.parts(new, self.weights)])
            fresh = far.any(axis=0) & ~self.lost                                        # of (arrays, seeds)
            if fresh.any() and self.lost_in is None:
                self.lost_in = int(np.argmax(far[:, fresh].any(axis=1))) // 2 + 1
            self.lost |= fresh
            kept = self.lost[:, None, None]
            new = np.concatenate([np.where(kept, old, w).ravel()
                                  for old, w in zip(self.weights, network.parts(new, self.weights), strict=True)])
        self._block[...] = new

    def one(self, member: int) -> Weights:
        """One network's weights, still with an axis of seeds."""
        return [w[member:member + 1] for w in self.weights]
