"""Three recurrent cells, forwards and backwards through time, written out; every array has a leading axis of seeds.

A network is [W_ih, W_hh, b_ih, b_hh, V, d]: W_ih (S, inputs, G·H), W_hh (S, H, G·H), both biases (S, 1, G·H), and the
readout V (S, H, outputs), d (S, 1, outputs). The G gates stand in torch's order: LSTM i, f, g, o; GRU r, z, n; RNN n.
Sources: S. Hochreiter, J. Schmidhuber (1997); F. Gers and others (2000), the forget gate; K. Cho and others (2014), GRU.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.core import Array

Weights = list[Array]
Values = dict[str, Array]
Clamps = Mapping[str, Array | float]
NOTHING = np.zeros(())


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^-z), without overflow on either side: ½ + ½ tanh(z / 2)."""
    found = np.asarray(np.tanh(0.5 * z))
    found *= 0.5
    found += 0.5
    return found


def held(clamps: Clamps, like: Array) -> Values:
    """Gates that are held at a value instead of computed."""
    return {name: np.broadcast_to(value, like.shape) for name, value in clamps.items()}


def parted(z: Array, count: int) -> Array:
    """(..., G·H) as (G, ..., H), each gate a block of its own: what follows runs several times faster on blocks."""
    return np.moveaxis(z.reshape(*z.shape[:-1], count, -1), -2, 0).copy()


class Rnn:
    """h = tanh(W x + U h + b): one state, rewritten at every step."""

    gates: tuple[str, ...] = ("n",)
    states: tuple[str, ...] = ("h",)
    redundant = 1               # gates whose two biases only ever appear as their sum

    @staticmethod
    def step(a: Array, b: Array, before: Values, clamps: Clamps) -> Values:
        """From a = x W_ih + b_ih and b = h W_hh + b_hh (…, G·H) and the states before: gates and new states (…, H)."""
        n = np.tanh(a + b)
        return {"n": n, "h": n}

    @staticmethod
    def back(now: Values, before: Values, slope: Values) -> tuple[Array, Array, Values]:
        """From the loss's slopes by the new states: by a, by b, and by the old states but for the way through b."""
        dz = slope["h"] * (1 - now["n"] ** 2)
        return dz, dz, {"h": NOTHING}


class Gru(Rnn):
    """n = tanh(W x + r ∘ (U h + b)); h = (1 - z) ∘ n + z ∘ h, as torch has it: z is what is kept."""

    gates = ("r", "z", "n")
    redundant = 2               # n's second bias stands inside r ∘ (…)

    @staticmethod
    def step(a: Array, b: Array, before: Values, clamps: Clamps) -> Values:
        a, b = parted(a, 3), parted(b, 3)
        r, z = sigmoid(a[:2] + b[:2])
        n = np.tanh(a[2] + r * b[2])
        return {"r": r, "z": z, "n": n, "within": b[2], "h": (1 - z) * n + z * before["h"]}

    @staticmethod
    def back(now: Values, before: Values, slope: Values) -> tuple[Array, Array, Values]:
        r, z, n, dh = now["r"], now["z"], now["n"], slope["h"]
        dn = dh * (1 - z) * (1 - n**2)
        dz = dh * (before["h"] - n) * z * (1 - z)
        dr = dn * now["within"] * r * (1 - r)
        return np.concatenate([dr, dz, dn], axis=-1), np.concatenate([dr, dz, dn * r], axis=-1), {"h": dh * z}


class Lstm(Rnn):
    """c = f ∘ c + i ∘ g; h = o ∘ tanh(c): the carry c is only multiplied by f and added to."""

    gates = ("i", "f", "g", "o")
    states = ("h", "c")
    redundant = 4

    @staticmethod
    def step(a: Array, b: Array, before: Values, clamps: Clamps) -> Values:
        z = parted(a + b, 4)
        i, f = sigmoid(z[:2])
        found = {"i": i, "f": f, "g": np.tanh(z[2]), "o": sigmoid(z[3])} | held(clamps, i)
        c = found["f"] * before["c"] + found["i"] * found["g"]
        bent = np.tanh(c)
        return found | {"c": c, "bent": bent, "h": found["o"] * bent}

    @staticmethod
    def back(now: Values, before: Values, slope: Values) -> tuple[Array, Array, Values]:
        i, f, g, o, bent = now["i"], now["f"], now["g"], now["o"], now["bent"]
        dc = slope["c"] + slope["h"] * o * (1 - bent**2)
        dz = np.concatenate([dc * g * i * (1 - i), dc * before["c"] * f * (1 - f), dc * i * (1 - g**2),
                             slope["h"] * bent * o * (1 - o)], axis=-1)
        return dz, dz, {"h": NOTHING, "c": dc * f}


CELLS: dict[str, type[Rnn]] = {"rnn": Rnn, "gru": Gru, "lstm": Lstm, "plain": Lstm}


@dataclass(frozen=True)
class Trace:
    """What a cell did over a sequence: gates and states of every step, (S, B, H) each, and the readout (T, S, B, outputs)."""

    steps: tuple[Values, ...]
    logits: Array

    def at(self, t: int) -> Values:
        """Gates and states at step t; before the first step every state is 0."""
        return self.steps[t] if t >= 0 else {name: np.zeros_like(v) for name, v in self.steps[0].items()}

    def over_time(self, name: str) -> Array:
        """One gate or state at all steps, (T, S, B, H)."""
        return np.stack([step[name] for step in self.steps])


def initial(cell: type[Rnn], inputs: int, hidden: int, outputs: int, rngs: list[np.random.Generator]) -> Weights:
    """torch's first weights: all of U(±1/√H), one network a generator."""
    wide, bound = len(cell.gates) * hidden, 1 / np.sqrt(hidden)
    shapes = ((inputs, wide), (hidden, wide), (1, wide), (1, wide), (hidden, outputs), (1, outputs))
    return [np.stack(w) for w in zip(*([rng.uniform(-bound, bound, s) for s in shapes] for rng in rngs), strict=True)]


def part(cell: type[Rnn], hidden: int, gate: str) -> slice:
    """Where a gate's columns stand in W_ih, W_hh and the biases."""
    at = cell.gates.index(gate)
    return slice(at * hidden, (at + 1) * hidden)


def walk(cell: type[Rnn], w: Weights, x: Array, clamps: Clamps, lanes: int) -> Iterator[Values]:
    """Gates and states of every step, (lanes, B, H) each, from states of 0."""
    state: Values = {name: np.zeros((lanes, x.shape[1], w[1].shape[1])) for name in cell.states}
    for now in x:
        state = cell.step(now @ w[0] + w[2], state["h"] @ w[1] + w[3], state, clamps)
        yield state


def forward(cell: type[Rnn], w: Weights, x: Array, clamps: Clamps | None = None) -> Trace:
    """x (T, B, inputs), the same for all seeds: everything that happens, and the readout of every step."""
    steps = tuple(walk(cell, w, x, clamps or {}, len(w[1])))
    return Trace(steps, np.stack([s["h"] @ w[4] + w[5] for s in steps]))


def answers(cell: type[Rnn], w: Weights, x: Array, clamps: Clamps | None = None, lanes: int | None = None) -> Array:
    """(T, S, B, outputs) the readout alone. `lanes` repeats one network, for clamps of (lanes, 1, 1)."""
    return np.stack([s["h"] @ w[4] + w[5] for s in walk(cell, w, x, clamps or {}, lanes or len(w[1]))])


def backward(cell: type[Rnn], w: Weights, x: Array, trace: Trace, error: Array) -> Weights:
    """Slopes by every weight, from the loss's slopes by the readout at every step, error (T, S, B, outputs)."""
    found = [np.zeros_like(v) for v in w]
    slope = {name: np.zeros_like(trace.steps[0]["h"]) for name in cell.states}
    transposed, readout = w[1].swapaxes(1, 2), w[4].swapaxes(1, 2)
    for t in range(len(x) - 1, -1, -1):
        now, before = trace.at(t), trace.at(t - 1)
        slope["h"] = slope["h"] + error[t] @ readout
        by_a, by_b, slope = cell.back(now, before, slope)
        slope["h"] = slope["h"] + by_b @ transposed
        found[0] += x[t].T @ by_a
        found[1] += before["h"].swapaxes(1, 2) @ by_b
        found[2] += by_a.sum(axis=1, keepdims=True)
        found[3] += by_b.sum(axis=1, keepdims=True)
        found[4] += now["h"].swapaxes(1, 2) @ error[t]
    found[5] += error.sum(axis=(0, 2))[:, None]
    return found


def jacobians(cell: type[Rnn], w: Weights, trace: Trace, state: str) -> Array:
    """∂s_T/∂s_t for t = 0 … T-1 of one sequence of one network, (T, H, H): H slopes carried back side by side.

    For an LSTM the state is the pair (h, c): ∂c_T/∂c_t leaves h_t as it is, and ∂h_T/∂h_t leaves c_t.
    """
    hidden = w[1].shape[1]
    slope = {name: np.zeros((1, hidden, hidden)) for name in cell.states}
    slope[state] = np.eye(hidden)[None]
    found = np.empty((len(trace.steps), hidden, hidden))
    for t in range(len(found) - 1, -1, -1):
        found[t] = slope[state][0]
        _, by_b, slope = cell.back(trace.at(t), trace.at(t - 1), slope)
        slope["h"] = slope["h"] + by_b @ w[1].swapaxes(1, 2)
    return found
