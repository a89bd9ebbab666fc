"""What is read off cells in training: scores, memory by lag, gates held fast, and how gradients come back through time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Named, Run
from engine.core.params import schema
from engine.deep import lstm_tasks as tasks
from engine.deep.lstm_cells import CELLS, Rnn, Trace, Weights, answers, forward, jacobians, walk
from engine.deep.lstm_training import Trainer

if TYPE_CHECKING:
    from engine.deep.lstm import Params

BY_LAG = 3                              # so many times the sequences of a score are measured by lag
HOLDS = np.linspace(0, 1, 11)           # values a gate is held at
LEARNED = 0.95
LEAST = 1e-300                          # a gradient below this is nothing
GATES = ("f", "i", "o")
FLOWS = ("carry", "c", "h", "gru", "rnn")


@dataclass(frozen=True)
class Material:
    """What a run's measurements are made on; it follows from the parameters alone, so frames do without it."""

    task: tasks.Task
    tests: tasks.Batch
    graded: tasks.Batch


def material_of(p: Params) -> Material:
    """Sequences apart from those trained on; of a text there is only the text. The same whatever the picture shows."""
    return _material(replace(p, **{s.name: s.default for s in schema(type(p)) if s.effect != "run"}))


@lru_cache(maxsize=8)
def _material(p: Params) -> Material:
    run, task = Run(p), tasks.task_of(p)
    return Material(task, tasks.tests(task, p, run.generator("tests"), p.tested),
                    tasks.graded(task, p, run.generator("graded"), BY_LAG * p.tested))


def long_memory(names: tuple[str, ...]) -> str | None:
    """The LSTM whose gates are looked at: the one with a forget bias, else the plain one."""
    return next((n for n in ("lstm", "plain") if n in names), None)


class Readings:
    """Reads a trainer at every frame."""

    def __init__(self, trainer: Trainer, run: Run) -> None:
        self.trainer, self.run, self.material = trainer, run, material_of(trainer.p)
        self.progress = 0

    def read(self) -> dict[str, Any]:
        """The fields of a frame."""
        t, m, now = self.trainer, self.material, self.run.params
        names, follow = tuple(r.name for r in t.racers), min(now.follow, t.p.seeds - 1)
        own = {r.name: r.one(follow) for r in t.racers}
        scores: list[Any] = []
        losses: list[Any] = []
        reach: list[Any] = []
        for racer in t.racers:
            score, loss = tasks.measured(t.task, answers(racer.cell, racer.weights, m.tests.x), m.tests)
            lags, shares = tasks.by_lag(t.task, answers(racer.cell, own[racer.name], m.graded.x), m.graded)
            scores, losses, reach = [*scores, score], [*losses, loss], [*reach, shares[0]]
            self.run.check()
        middle = [float(np.median(s)) for s in scores]
        return {
            "weights": tuple(tuple(w[0] for w in own[n]) for n in names), "scores": np.stack(scores),
            "losses": np.stack(losses), "lags": lags, "reach": np.stack(reach), "step": t.steps, "followed": follow,
            "score": Named(names, tuple(middle)), "loss": Named(names, tuple(float(np.median(v)) for v in losses)),
            "learned": Named(names, tuple(int((s >= LEARNED).sum()) for s in scores)), "best": max(middle),
            "guess_score": t.task.guess_score, "guess_loss": t.task.guess_loss, "rate": now.learning_rate,
            "clip_now": now.clip, "phase": self._phase(max(middle)),
        } | self._text() | self._sizes() | self._gates(own) | self._flows(own)

    def _phase(self, best: float) -> str:
        guess = self.trainer.task.guess_score
        here = 2 if best >= LEARNED else 1 if best >= guess + 0.25 * (1 - guess) else 0
        self.progress = max(self.progress, here)
        return ("guessing", "learning", "remembering")[self.progress]

    def _text(self) -> dict[str, Any]:
        """Entropies of the text that letters before leave."""
        for name in ("bigram", "trigram"):
            if self.trainer.task.bigram is None:
                self.run.note(name, "no_text")
        return {"bigram": self.trainer.task.bigram, "trigram": self.trainer.task.trigram}

    def _sizes(self) -> dict[str, Any]:
        """How many numbers are learned, and how many of the biases say nothing of their own."""
        racers, hidden = self.trainer.racers, self.trainer.p.hidden_size
        names = tuple(r.name for r in racers)
        return {"size": Named(names, tuple(sum(w[0].size for w in r.weights) for r in racers)),
                "redundant": Named(names, tuple(r.cell.redundant * hidden for r in racers))}

    def _gates(self, own: dict[str, Weights]) -> dict[str, Any]:
        """The LSTM's forget gate on the tests, and its score with each gate held at eleven values."""
        chosen, empty = long_memory(tuple(own)), np.zeros((len(GATES), 0))
        if chosen is None:
            for name in ("forget", "half_life"):
                self.run.note(name, "no_lstm")
            return {"forget": None, "half_life": None, "held": empty, "held_score": Named((), ())}
        m, cell = self.material, CELLS[chosen]
        forget = float(np.mean([step["f"].mean() for step in walk(cell, own[chosen], few(m.tests).x, {}, 1)]))
        held = np.stack([held_scores(m, cell, own[chosen], gate, HOLDS) for gate in GATES])
        self.run.check()
        at = {"f": 8, "i": 5, "o": 1}
        return {"forget": forget, "half_life": half_life(forget), "held": held,
                "held_score": Named(tuple(at), tuple(float(held[GATES.index(g), n]) for g, n in at.items()))}

    def _flows(self, own: dict[str, Weights]) -> dict[str, Any]:
        """How long the gradient is that comes back from the answer of the first test sequence, by lag."""
        found = flows(self.material, own)
        return {"flows": np.stack([found[n] for n in FLOWS if n in found]),
                "flow": Named(tuple(n for n in FLOWS if n in found), tuple(float(found[n][-1]) for n in FLOWS if n in found))}


def half_life(forget: float) -> float:
    """Steps after which a carry multiplied by `forget` at each step is halved: ln ½ / ln f; at most a million."""
    return min(1e6, math.log(0.5) / math.log(min(max(forget, 1e-9), 1 - 1e-12)))


def few(batch: tasks.Batch) -> tasks.Batch:
    """Every second sequence of a batch: gates are held at many values, each for all of them."""
    return tasks.Batch(*(values[:, ::2] for values in (batch.x, batch.wanted, batch.scored, batch.lag)))


def held_scores(m: Material, cell: type[Rnn], own: Weights, gate: str, values: Array) -> Array:
    """(values,) share right with one gate of all units held at each value, all of them side by side."""
    batch = few(m.tests)
    said = answers(cell, own, batch.x, {gate: values[:, None, None]}, lanes=len(values))
    return tasks.measured(m.task, said, batch)[0]


def answered(m: Material) -> Array:
    """The first test sequence up to its last answer, (T, 1, inputs)."""
    return np.asarray(m.tests.x[:int(m.tests.last[0]) + 1, :1])


def flows(m: Material, own: dict[str, Weights]) -> dict[str, Array]:
    """(T,) by lag, 0 first: root mean square over the units of ∂s_T/∂s_{T-lag}'s columns; of the carry the product of gates."""
    x, found = answered(m), dict[str, Array]()
    for name in ("gru", "rnn"):
        if name in own:
            found[name] = lengths(jacobians(CELLS[name], own[name], forward(CELLS[name], own[name], x), "h"))
    if chosen := long_memory(tuple(own)):
        trace = forward(CELLS[chosen], own[chosen], x)
        found["h"] = lengths(jacobians(CELLS[chosen], own[chosen], trace, "h"))
        found["c"] = lengths(jacobians(CELLS[chosen], own[chosen], trace, "c"))
        found["carry"] = np.maximum(np.sqrt((carried(trace)**2).mean(axis=1))[::-1], LEAST)
    return found


def lengths(j: Array) -> Array:
    """(T, H, H) in time to (T,) by lag: ‖J‖ / √H, which is 1 for the identity."""
    return np.maximum(np.sqrt((j**2).sum(axis=(1, 2)) / j.shape[1])[::-1], LEAST)


def carried(trace: Trace) -> Array:
    """(T, H) what is left at the end of each step's carry: the product of all forget gates after it."""
    f = trace.over_time("f")[:, 0, 0]
    later = np.concatenate([f[1:], np.ones_like(f[:1])])
    return np.asarray(np.cumprod(later[::-1], axis=0)[::-1])
