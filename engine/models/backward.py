"""Backwards through the decoder in numpy: how the loss on a text changes with every number of one layer's attention.

Shapes as in `forward`: T tokens, hidden numbers each, H heads of d numbers. Every rule is the chain rule of its forward line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array
from engine.models.dot_product import slopes
from engine.models.forward import Change, Trace, joined, rms_norm, rotate, split
from engine.models.weights import Weights


@dataclass(frozen=True)
class LayerSlopes:
    """Slopes of the mean next-token loss, nats a unit, by what one layer's attention reads, makes and writes."""

    stream: Array               # (T, hidden) entering the layer
    q: Array                    # (H, T, d), rotated
    k: Array                    # (H, T, d), rotated; of a shared key each head's own part
    v: Array                    # (H, T, d)
    fits: Array                 # (H, T, T) scores after division
    weights: Array              # (H, T, T)
    mixed: Array                # (H, T, d)
    joined: Array               # (T, hidden) the heads side by side, before W_O
    written: Array              # (T, hidden)


def backward(weights: Weights, trace: Trace, ids: Array, change: Change, layer: int) -> LayerSlopes:
    """From the loss on tokens ids (T,) down to one layer, along the pass that `trace` kept."""
    c, by_logits = weights.config, loss_slope(trace.logits, ids)
    down = norm_slope(trace.stream[-1], weights["model.norm.weight"], c.epsilon, by_logits @ weights.output)
    for at in range(c.layers - 1, layer - 1, -1):
        middle = trace.stream[at] + trace.written[at]
        gain = weights.of_layer(at, "post_attention_layernorm")
        read = rms_norm(middle, gain, c.epsilon)
        written = down + norm_slope(middle, gain, c.epsilon, swiglu_slope(read, weights, at, down))
        beside = written @ weights.of_layer(at, "self_attn.o_proj")
        mixed = split(beside, c.heads).copy()
        for one, head in change.replaced:
            if one == at:
                mixed[head] = 0.0                                       # what was put in its place feels nothing
        found = slopes(trace.q[at], trace.k[at], trace.v[at], trace.weights[at], mixed, divisor=change.divisor(c.head_size))
        q, k = rotate(found.q, c.rope_base, back=True), rotate(found.k, c.rope_base, back=True)
        shared = (joined(one.reshape(c.kv_count, -1, *one.shape[1:]).sum(axis=1)) for one in (k, found.v))
        by_read = sum(slope @ weights.of_layer(at, f"self_attn.{name}_proj")
                      for name, slope in zip("qkv", (joined(q), *shared), strict=True))
        down = written + norm_slope(trace.stream[at], weights.of_layer(at, "input_layernorm"), c.epsilon, np.asarray(by_read))
    return LayerSlopes(down, found.q, found.k, found.v, found.fits, found.weights, mixed, beside, written)


def loss_slope(logits: Array, ids: Array) -> Array:
    """Of the mean of -log p of each next token, by the logits (T, vocabulary): (p - 1 at what follows) / (T - 1)."""
    found = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found /= found.sum(axis=-1, keepdims=True)
    count = len(ids) - 1
    found[np.arange(count), ids[1:]] -= 1.0
    found[count:] = 0.0                                                 # nothing follows the last token
    return np.asarray(found / max(1, count))


def norm_slope(x: Array, gain: Array, epsilon: float, upstream: Array) -> Array:
    """Through RMSNorm: (g u - x mean(g u x) / r^2) / r, with r the root of the mean square."""
    square = (x * x).mean(axis=-1, keepdims=True) + epsilon
    scaled = gain * upstream
    return np.asarray((scaled - x * (scaled * x).mean(axis=-1, keepdims=True) / square) / np.sqrt(square))


def swiglu_slope(y: Array, weights: Weights, layer: int, upstream: Array) -> Array:
    """Through down(silu(gate) * up), by y."""
    w_gate, w_up, w_down = (weights.of_layer(layer, f"mlp.{part}_proj") for part in ("gate", "up", "down"))
    gate, up, inner = y @ w_gate.T, y @ w_up.T, upstream @ w_down
    open_ = 1 / (1 + np.exp(-gate))
    by_gate = inner * up * open_ * (1 + gate * (1 - open_))             # silu' = s + z s (1 - s)
    return np.asarray(by_gate @ w_gate + inner * gate * open_ @ w_up)
