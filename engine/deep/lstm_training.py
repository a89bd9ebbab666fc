"""Training as the concept does it: every cell on the same sequences in the same order, several seeds of each side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.core import Run
from engine.deep import lstm_tasks as tasks
from engine.deep.lstm_cells import CELLS, Weights, backward, forward, initial, part
from engine.deep.optimisers import Adam

if TYPE_CHECKING:
    from engine.deep.lstm import Params


class Racer:
    """One kind of cell, as many networks as there are seeds, and its optimiser."""

    def __init__(self, name: str, p: Params, run: Run, task: tasks.Task) -> None:
        self.name, self.cell, self.task = name, CELLS[name], task
        rngs = [run.generator(f"{self.cell.__name__} {seed}") for seed in range(p.seeds)]
        self.weights: Weights = initial(self.cell, task.inputs, p.hidden_size, task.outputs, rngs)
        for gate, bias in {"lstm": {"f": p.forget_bias, "i": p.input_bias}, "gru": {"z": p.gru_bias}}.get(name, {}).items():
            self.weights[2][..., part(self.cell, p.hidden_size, gate)] += bias
        self.optimiser = Adam()

    def learn(self, batch: tasks.Batch, rate: float, clip: float) -> None:
        """Forwards, backwards through time, and one step; a gradient longer than `clip` is shortened, seed by seed."""
        trace = forward(self.cell, self.weights, batch.x)
        slopes = backward(self.cell, self.weights, batch.x, trace, tasks.slope(self.task, trace.logits, batch))
        length = np.sqrt(sum((g**2).sum(axis=(1, 2)) for g in slopes))[:, None, None]
        short = np.minimum(1.0, clip / np.maximum(length, 1e-300))
        self.weights = self.optimiser.step(self.weights, [g * short for g in slopes], rate)

    def one(self, seed: int) -> Weights:
        """One network's weights, still with an axis of seeds."""
        return [w[seed:seed + 1] for w in self.weights]


class Trainer:
    """All cells of the race."""

    def __init__(self, p: Params, run: Run) -> None:
        self.p, self.run, self.task = p, run, tasks.task_of(p)
        self.racers = [Racer(name, p, run, self.task) for name in p.cells.names]
        self.draws = run.generator("sequences")
        self.steps = 0

    def step(self) -> None:
        """One mini-batch for everyone, with the settings that are live now."""
        now = self.run.params
        batch = tasks.draw(self.task, self.p, self.draws, self.p.batch)
        for racer in self.racers:
            racer.learn(batch, now.learning_rate, now.clip)
            self.run.check()
        self.steps += 1
