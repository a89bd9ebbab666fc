"""One training example taken through the followed network and back, number by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array
from engine.deep import network
from engine.deep.mlp_training import features
from engine.deep.network import ACTIVATIONS, Weights

if TYPE_CHECKING:
    from engine.deep.mlp import Frame, Params

WIDTH = 1e-5                    # of the difference quotient beside a slope


@dataclass(frozen=True)
class Example:
    """Forwards and backwards of one point; lists run from the features to the output."""

    number: int
    x: Array                    # (2,)
    label: int
    values: list[Array]         # a: features, hidden units, chances
    sums: list[Array]           # z of hidden units and output
    errors: list[Array]         # δ = slope of this point's loss by z, as `sums`
    slopes: list[Array]         # of this point's loss by each layer's weights, (inputs, units)
    loss: float


def example_of(f: Frame, p: Params) -> Example:
    """The chosen example, or the last there is."""
    plane = f.plane.value
    number = min(p.example, len(plane.x) - 1)
    weights, wanted = [w[None] for w in f.weights], network.targets(plane.label[number:number + 1], plane.classes)
    sums, values = network.forward(weights, features(p, plane.x[number:number + 1]), p.activation)
    found = network.backward(weights, sums, values, network.output_error(sums[-1], wanted, p.loss), p.activation)
    answer = network.chances(sums[-1]) if p.loss == "cross_entropy" else network.sigmoid(sums[-1])
    return Example(number, plane.x[number], int(plane.label[number]), [a[0, 0] for a in (*values, answer)],
                   [z[0, 0] for z in sums], [g[0, 0] for g in found[1::2]], [g[0] for g in found[::2]],
                   float(network.losses(sums[-1], wanted, p.loss)[0, 0]))


@dataclass(frozen=True)
class Chain:
    """The chain rule for one weight, factor by factor."""

    layer: int                  # 1 … layers
    unit: int
    source: int
    sum: float                  # z of its unit
    value: float                # a of its unit
    slope: float | None         # of the activation there; None at the output
    back: float | None          # what the layer behind sends back; None at the output
    error: float                # δ
    entering: float             # a that the weight multiplies
    gradient: float             # entering · δ
    quotient: float             # the same by nudging the weight
    weight: float
    after: float                # the weight after one plain step with the live rate on this example alone


def chosen(f: Frame, p: Params) -> tuple[int, int, int]:
    """(layer, unit, source) of the chosen weight, kept within the network."""
    layer = min(p.layer, len(f.weights) // 2)
    inputs, units = f.weights[2 * layer - 2].shape
    return layer, min(p.unit, units - 1), min(p.source, inputs - 1)


def chain_of(f: Frame, p: Params, e: Example) -> Chain:
    """Every factor of the chosen weight's slope for an example."""
    layer, unit, source = chosen(f, p)
    z, last = e.sums[layer - 1][unit], layer == len(e.sums)
    slope = back = None
    if not last:
        at = np.array([z])
        slope = float(ACTIVATIONS[p.activation][1](at, ACTIVATIONS[p.activation][0](at))[0])
        back = float(f.weights[2 * layer][unit] @ e.errors[layer])
    w = float(f.weights[2 * layer - 2][source, unit])
    return Chain(layer, unit, source, float(z), float(e.values[layer][unit]), slope, back, float(e.errors[layer - 1][unit]),
                 float(e.values[layer - 1][source]), float(e.slopes[layer - 1][source, unit]),
                 _quotient(f, p, e, layer, unit, source), w, w - f.rate * float(e.slopes[layer - 1][source, unit]))


def _quotient(f: Frame, p: Params, e: Example, layer: int, unit: int, source: int) -> float:
    """(L(w + h) - L(w - h)) / 2h of this point's loss, with both nudged networks side by side."""
    weights: Weights = [np.stack([w, w]) for w in f.weights]
    weights[2 * layer - 2][:, source, unit] += (WIDTH, -WIDTH)
    wanted = network.targets(np.array([e.label]), f.plane.value.classes)
    up, down = network.losses(network.logits(weights, features(p, e.x[None]), p.activation), wanted, p.loss)[:, 0]
    return float((up - down) / (2 * WIDTH))
