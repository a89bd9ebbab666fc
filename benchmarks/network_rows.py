"""Rows of networks in training: our epochs and updates against the same ones written out by hand with nothing around them.

One network is compared with the TensorFlow Playground's full step: 2-4-2-1 units, an epoch of 250 points in mini-batches of
10, both losses, and every unit's map of 100 x 100. Where it was measured, its own engine did 93 such steps a second, numpy by
hand 458, torch.autograd 68. At least 4.5 times the Playground is then at least 4.5 · 93 / 458 = 0.91 of the speed of numpy by
hand, and 4.5 · 93 / 68 = 6.2 times that of autograd. Both are run here, each in turns with ours, and where there is node so is
the Playground's own way of training (playground.js). Ours is the same step by the concept's own trainer and readings, with its
maps of 48 x 48, which the picture smooths. `mlp.frame` is the whole frame, with what the Playground does not have: accuracies,
every layer's slopes, curvature, units that died, and a frame that nothing can change any more.
"""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

import numpy as np

from benchmarks.row import Benchmark, Sides
from engine.core.frame import Array

PLAYGROUND, BY_HAND, AUTOGRAD, TIMES = 93.0, 458.0, 68.0, 4.5       # steps a second there; how much faster we are to be
DENSITY = 100                                                       # nodes of the Playground's map a side
RATE, BATCH, ENDLESS = 0.02, 10, 10**9
Work = Callable[[], object]


class Tanh:
    """One network, or many with a leading axis, of tanh layers with a single logit: numpy by hand, float64."""

    def __init__(self, units: tuple[int, ...], nets: int = 0, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        many = (nets,) if nets else ()
        self.w = [rng.uniform(-0.5, 0.5, (*many, a, b)) for a, b in zip(units, units[1:], strict=False)]
        self.b = [np.full((*many, 1, b), 0.1) for b in units[1:]]

    def forward(self, x: Array) -> list[Array]:
        """Values of every layer; the last is the logit."""
        values = [x]
        for w, b in zip(self.w[:-1], self.b[:-1], strict=True):
            values.append(np.tanh(values[-1] @ w + b))
        return [*values, values[-1] @ self.w[-1] + self.b[-1]]

    def update(self, x: Array, wanted: Array) -> None:
        """One step of gradient descent on the mean cross-entropy."""
        values = self.forward(x)
        error = (1.0 / (1.0 + np.exp(-values[-1])) - wanted) / len(x)
        for n in range(len(self.w) - 1, -1, -1):
            slope_w, slope_b = np.swapaxes(values[n], -1, -2) @ error, error.sum(axis=-2, keepdims=True)
            if n:
                error = error @ np.swapaxes(self.w[n], -1, -2) * (1.0 - values[n] ** 2)
            self.w[n] = self.w[n] - RATE * slope_w
            self.b[n] = self.b[n] - RATE * slope_b

    def loss(self, x: Array, wanted: Array) -> float:
        """Mean cross-entropy."""
        z = self.forward(x)[-1]
        return float((np.logaddexp(0.0, z) - wanted * z).mean())


def epoch_by_hand(train: tuple[Array, Array], test: tuple[Array, Array], grid: Array) -> Work:
    """An epoch of mini-batches in a new order, both losses, and what every unit says over the square."""
    net, rng = Tanh((2, 4, 2, 1)), np.random.default_rng(7)
    (x, wanted), count = train, len(train[0])

    def epoch() -> object:
        order = rng.permutation(count)
        for start in range(0, count, BATCH):
            at = order[start:start + BATCH]
            net.update(x[at], wanted[at])
        return net.loss(*train), net.loss(*test), net.forward(grid)

    return epoch


def epoch_by_autograd(train: tuple[Array, Array], test: tuple[Array, Array], grid: Array) -> Work:
    """The same by torch.nn, torch.autograd and torch.optim, on one thread."""
    import torch

    torch.set_num_threads(1)
    linear, tanh = torch.nn.Linear, torch.nn.Tanh
    net = torch.nn.Sequential(linear(2, 4), tanh(), linear(4, 2), tanh(), linear(2, 1)).double()
    optimiser, loss = torch.optim.SGD(net.parameters(), RATE), torch.nn.BCEWithLogitsLoss()
    x, wanted, x_test, wanted_test, ground = (torch.from_numpy(a) for a in (*train, *test, grid))

    def epoch() -> object:
        for at in torch.randperm(len(x)).split(BATCH):
            optimiser.zero_grad()
            loss(net(x[at]), wanted[at]).backward()
            optimiser.step()
        values = [ground]
        with torch.no_grad():
            for layer in net:
                values.append(layer(values[-1]))
            return float(loss(net(x), wanted)), float(loss(net(x_test), wanted_test)), values

    return epoch


def epoch_by_playground(train: tuple[Array, Array], test: tuple[Array, Array], grid: Array) -> Work:
    """The same as the Playground computes it, point by point in JavaScript; it ends with this process."""
    points, held = (np.column_stack([x, 2 * wanted - 1]).tolist() for x, wanted in (train, test))
    node = subprocess.Popen(["node", str(Path(__file__).with_name("playground.js"))], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    atexit.register(node.kill)
    assert node.stdin is not None and node.stdout is not None

    def ask(line: str) -> str:
        print(line, file=node.stdin, flush=True)
        return node.stdout.readline() if node.stdout else ""

    ask(json.dumps({"points": points, "held": held, "side": DENSITY, "box": float(grid.max())}))
    for _ in range(50):
        ask("1")                                                    # until its code is compiled
    return lambda: ask("1")


def playground(floor: Callable[..., Work], whole: bool = False) -> Callable[[], Sides]:
    """The Playground's full step by our trainer, or a whole frame of it, against the floor's on the same points."""

    def prepare() -> Sides:
        from engine.core import Layers, Run, iterate
        from engine.deep import network
        from engine.deep.mlp import Params, mlp
        from engine.deep.mlp_readings import Readings
        from engine.deep.mlp_training import Trainer

        p = Params(seeds=1, batch=BATCH, hidden=Layers((4, 2)), samples=500, held_out=0.5, steps=25, optimiser="sgd")
        frames, trainer = iterate(mlp, p, last=ENDLESS), Trainer(p, Run(p), [0])
        readings, plane = Readings(trainer, trainer.run), trainer.plane
        train, test = ((x, label[:, None].astype(np.float64)) for x, label in (plane.part(test=False), plane.part(test=True)))
        side = np.linspace(-plane.box, plane.box, DENSITY)
        grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

        def loss(x: Array, wanted: Array) -> float:
            return float(network.losses(network.logits(trainer.weights, x, p.activation), wanted, p.loss).mean())

        def ours() -> object:
            for _ in range(p.steps):
                trainer.step()
            return loss(trainer.inputs, trainer.wanted), loss(readings.test, readings.test_wanted), readings.maps(trainer.one(0))

        return (lambda: next(frames)) if whole else ours, floor(train, test, grid)

    return prepare


def seeds() -> Sides:
    """Sixty-four networks trained side by side, all that is shown of them included, against the bare batched updates."""
    from engine.core import iterate
    from engine.deep.mlp import Params, mlp

    p = Params(seeds=64, steps=40, optimiser="sgd")
    frames = iterate(mlp, p, last=ENDLESS)
    x, label = next(frames).plane.value.part(test=False)
    wanted, order = label[:, None].astype(np.float64), np.arange(len(x))
    nets = Tanh((2, *p.hidden.sizes, 1), p.seeds)

    def floor() -> object:
        for step in range(p.steps):
            at = np.roll(order, step * p.batch)[:p.batch]
            nets.update(x[at], wanted[at])
        return None

    return lambda: next(frames), floor


def yields() -> Sides:
    """The gap between two frames of a training at its defaults, against the 250 ms that overtaking allows."""
    from time import sleep

    from engine.core import iterate
    from engine.deep.mlp import mlp

    frames = iterate(mlp, mlp.default(), last=ENDLESS)
    return lambda: next(frames), lambda: sleep(0.25)


ROWS = (
    Benchmark("mlp.one", playground(epoch_by_hand), BY_HAND / (TIMES * PLAYGROUND),
              "a Playground network's full step, against numpy by hand: 4.5 times the Playground"),
    Benchmark("mlp.one.autograd", playground(epoch_by_autograd), AUTOGRAD / (TIMES * PLAYGROUND),
              "the same against torch.autograd: 4.5 times the Playground"),
    *([Benchmark("mlp.one.playground", playground(epoch_by_playground), 1 / TIMES,
                 "the same against the Playground's own way of training, in node", 15, "wall")] if which("node") else []),
    Benchmark("mlp.frame", playground(epoch_by_hand, whole=True), 1.5, "a whole frame of it, against numpy by hand"),
    Benchmark("mlp.seeds", seeds, 1 / 0.7, "64 networks side by side, all that is shown included, against the bare updates"),
    Benchmark("mlp.gap", yields, 1.0, "a frame of 32 networks, against the 250 ms allowed between frames", clock="wall"),
)
