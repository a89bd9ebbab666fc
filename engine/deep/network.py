"""A fully connected network, forwards and backwards, written out; every array has a leading axis of seeds.

`weights` is [W1, b1, W2, b2, …] with W (seeds, inputs, outputs) and b (seeds, 1, outputs). Many networks of one shape
are one batched product, so a hundred seeds cost a few times what one costs, not a hundred times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from engine.core import Array

Weights = list[Array]
ActivationName = Literal["tanh", "relu", "leaky_relu", "elu", "silu", "sigmoid", "sine", "linear"]
LossName = Literal["cross_entropy", "squared"]
InitialName = Literal["glorot", "he", "playground", "zeros"]
LEAK = 0.01                     # slope of leaky_relu below 0, as in torch


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^-z), without overflow on either side."""
    found = np.tanh(0.5 * z)
    found += 1.0
    found *= 0.5
    return np.asarray(found)


# activation: (value of z, slope from z and the value) ------------------------------------------------------------------

Slope = Callable[[Array, Array], Array]
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Slope]] = {
    "tanh": (np.tanh, lambda z, a: 1.0 - a * a),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z, a: (z > 0).astype(np.float64)),
    "leaky_relu": (lambda z: np.where(z > 0, z, LEAK * z), lambda z, a: np.where(z > 0, 1.0, LEAK)),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))), lambda z, a: np.where(z > 0, 1.0, a + 1.0)),
    "silu": (lambda z: z * sigmoid(z), lambda z, a: sigmoid(z) * (1.0 + z - a)),
    "sigmoid": (sigmoid, lambda z, a: a * (1.0 - a)),
    "sine": (np.sin, lambda z, a: np.cos(z)),
    "linear": (lambda z: z, lambda z, a: np.ones_like(z)),
}


# beginning --------------------------------------------------------------------------------------------------------------


def initial(sizes: Sequence[int], how: str, gain: float, rngs: Sequence[np.random.Generator]) -> Weights:
    """First weights of one network for each generator; biases begin at 0, but for the Playground at 0.1."""
    weights: Weights = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        weights.append(gain * np.stack([_draw(inputs, outputs, how, rng) for rng in rngs]))
        weights.append(np.full((len(rngs), 1, outputs), 0.1 if how == "playground" else 0.0))
    return weights


def _draw(inputs: int, outputs: int, how: str, rng: np.random.Generator) -> Array:
    if how == "zeros":
        return np.zeros((inputs, outputs))
    if how == "playground":
        return rng.uniform(-0.5, 0.5, (inputs, outputs))
    if how == "he":
        return rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))
    edge = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-edge, edge, (inputs, outputs))


# forwards ---------------------------------------------------------------------------------------------------------------


def forward(weights: Weights, x: Array, activation: str, kept: Sequence[Array] = ()) -> tuple[list[Array], list[Array]]:
    """(sums z, values a) of every layer, each (seeds, points, units); a[0] is x, the last z the output's logits.

    `kept`, with dropout: for each hidden layer (points, units) what its values are multiplied by, 0 or 1 / (1 - share).
    """
    value = ACTIVATIONS[activation][0]
    sums: list[Array] = []
    values = [x[None] if x.ndim == 2 else x]
    for layer in range(0, len(weights), 2):
        z = values[-1] @ weights[layer]
        z += weights[layer + 1]
        sums.append(z)
        if layer < len(weights) - 2:
            found = value(z)
            values.append(found * kept[layer // 2] if kept else found)
    return sums, values


def logits(weights: Weights, x: Array, activation: str) -> Array:
    """The output before it becomes chances, (seeds, points, outputs)."""
    return forward(weights, x, activation)[0][-1]


def chances(z: Array) -> Array:
    """Logits as the chance of each class; a single output is the chance of class 1."""
    if z.shape[-1] == 1:
        return sigmoid(z)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


# the loss and its slope ---------------------------------------------------------------------------------------------------


def targets(label: Array, classes: int) -> Array:
    """What the output should say, (points, outputs): one column for two classes, else one for each."""
    return (label[:, None] == (1 if classes == 2 else np.arange(classes))).astype(np.float64)


def losses(z: Array, wanted: Array, name: str) -> Array:
    """The loss of every point, (seeds, points)."""
    if name == "squared":
        return np.asarray(0.5 * ((sigmoid(z) - wanted) ** 2).sum(axis=-1))
    if wanted.shape[-1] == 1:                                   # log(1 + e^z) - y z, without overflow
        return np.asarray((np.maximum(z, 0) - wanted * z + np.log1p(np.exp(-np.abs(z))))[..., 0])
    top = z.max(axis=-1)
    return np.asarray(np.log(np.exp(z - top[..., None]).sum(axis=-1)) + top - (z * wanted).sum(axis=-1))


def output_error(z: Array, wanted: Array, name: str) -> Array:
    """Slope of each point's loss by the logits: with cross-entropy simply chance - wanted."""
    if name == "squared":
        y = sigmoid(z)
        return (y - wanted) * y * (1.0 - y)
    return chances(z) - wanted


def right(z: Array, label: Array) -> Array:
    """Whether each point is told rightly, (seeds, points)."""
    said = (z[..., 0] > 0).astype(int) if z.shape[-1] == 1 else z.argmax(axis=-1)
    return np.asarray(said == label)


# backwards --------------------------------------------------------------------------------------------------------------


def backward(weights: Weights, sums: list[Array], values: list[Array], error: Array, activation: str,
             kept: Sequence[Array] = (), out: Weights | None = None) -> Weights:
    """Slopes of the loss by every weight, in the order of `weights`, from its slope by the last layer's sums.

    One rule, applied from the back: the slope by W is (values before it)ᵀ · error, and the error of the layer before is
    error · Wᵀ times the activation's slope. `out` holds arrays of the weights' shapes to write the slopes into.
    """
    slope = ACTIVATIONS[activation][1]
    found = out if out is not None else [np.empty_like(w) for w in weights]
    for layer in range(len(sums) - 1, -1, -1):
        np.matmul(values[layer].swapaxes(1, 2), error, out=found[2 * layer])
        np.add.reduce(error, axis=1, keepdims=True, out=found[2 * layer + 1])
        if layer:
            error = error @ weights[2 * layer].swapaxes(1, 2)
            if kept:                                            # what was left out passes nothing back
                share = kept[layer - 1]
                error *= share * slope(sums[layer - 1], values[layer] / np.where(share > 0, share, 1.0))
            else:
                error *= slope(sums[layer - 1], values[layer])
    return found


def gradient(weights: Weights, x: Array, wanted: Array, activation: str, loss: str, kept: Sequence[Array] = (),
             out: Weights | None = None) -> Weights:
    """Slopes of the mean loss over the points by every weight; `kept` and `out` as in `forward` and `backward`."""
    sums, values = forward(weights, x, activation, kept)
    error = output_error(sums[-1], wanted, loss)
    error /= len(wanted)
    return backward(weights, sums, values, error, activation, kept, out)


def unflat(rows: Array, like: Weights) -> Weights:
    """Rows of weights (networks, count) seen as arrays of the shapes of `like`, whose own networks do not count."""
    found, start = [], 0
    for w in like:
        size = w.shape[1] * w.shape[2]
        found.append(rows[:, start:start + size].reshape(len(rows), w.shape[1], w.shape[2]))
        start += size
    return found


def parts(block: Array, like: Weights) -> Weights:
    """A block of all weights of all networks, (count,), array after array, seen as arrays of the shapes of `like`."""
    ends = np.cumsum([0, *(w.size for w in like)])
    return [block[a:b].reshape(w.shape) for w, a, b in zip(like, ends, ends[1:], strict=False)]


def penalised(slopes: Weights, weights: Weights, l1: float, l2: float) -> Weights:
    """With the slopes of l1·Σ|w| + ½·l2·Σw² added; biases are not penalised."""
    if not (l1 or l2):
        return slopes
    return [g if n % 2 else g + l1 * np.sign(w) + l2 * w for n, (g, w) in enumerate(zip(slopes, weights, strict=True))]
