"""The decoder's forward pass in numpy, every intermediate kept, with the changes that an explorer may want to make.

Shapes: T tokens, hidden numbers each, L layers, H heads of d numbers. Leading dimensions (a batch) are allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from engine.core.frame import Array
from engine.models.dot_product import attend, causal, softmax
from engine.models.weights import Weights

__all__ = ["Change", "Trace", "causal", "forward", "joined", "log_softmax", "next_losses", "rms_norm", "rotate", "softmax",
           "split", "swiglu"]


@dataclass(frozen=True)
class Change:
    """How the attention of every layer differs from the trained one."""

    scaled: bool = True                                 # divide scores by sqrt(d)
    visible: Array | None = None                        # (T, T) bool: row i may see column j; None is causal
    replaced: dict[tuple[int, int], Array] = field(default_factory=dict)    # (layer, head) -> (d,) in place of its output
    heat: float = 1.0                                   # softmax's temperature: scores are divided by it as well

    def divisor(self, head_size: int) -> float:
        """What scores are divided by before softmax."""
        return (math.sqrt(head_size) if self.scaled else 1.0) * self.heat


@dataclass(frozen=True)
class Trace:
    """What happened on the way from tokens to logits."""

    stream: Array               # (L + 1, ..., T, hidden) entering each layer, and leaving the last
    q: Array                    # (L, ..., H, T, d), rotated
    k: Array                    # (L, ..., H, T, d), rotated
    v: Array                    # (L, ..., H, T, d)
    scores: Array               # (L, ..., H, T, T) q . k, before any scaling or mask
    weights: Array              # (L, ..., H, T, T) softmax over the last axis
    mixed: Array                # (L, ..., H, T, d) weighted sums of values
    written: Array              # (L, ..., T, hidden) what attention adds to the stream
    logits: Array               # (..., T, vocabulary)


def forward(weights: Weights, ids: Array, change: Change | None = None) -> Trace:
    """Read tokens ids (..., T) from first to last layer."""
    c, change = weights.config, change or Change()
    length = ids.shape[-1]
    visible = causal(length) if change.visible is None else change.visible
    x = weights["model.embed_tokens.weight"][ids]                                   # (..., T, hidden)
    kept: list[tuple[Array, ...]] = []
    streams = [x]
    for layer in range(c.layers):
        y = rms_norm(x, weights.of_layer(layer, "input_layernorm"), c.epsilon)
        q, k, v = (split(y @ weights.of_layer(layer, f"self_attn.{p}_proj").T, n)
                   for p, n in zip("qkv", (c.heads, c.kv_count, c.kv_count), strict=True))
        k, v = (np.repeat(one, c.heads // c.kv_count, axis=-3) for one in (k, v))       # a shared head serves its group
        q, k = rotate(q, c.rope_base), rotate(k, c.rope_base)
        found = attend(q, k, v, visible, divisor=change.divisor(c.head_size))
        mixed = found.output                                                        # (..., H, T, d)
        for (at, head), value in change.replaced.items():
            if at == layer:
                mixed[..., head, :, :] = value
        written = joined(mixed) @ weights.of_layer(layer, "self_attn.o_proj").T
        x = x + written
        x = x + swiglu(rms_norm(x, weights.of_layer(layer, "post_attention_layernorm"), c.epsilon), weights, layer)
        streams.append(x)
        kept.append((q, k, v, found.scores, found.weights, mixed, written))
    logits = rms_norm(x, weights["model.norm.weight"], c.epsilon) @ weights.output.T
    q, k, v, scores, shares, mixed, written = (np.stack(column) for column in zip(*kept, strict=True))
    return Trace(np.stack(streams), q, k, v, scores, shares, mixed, written, logits)


def rms_norm(x: Array, gain: Array, epsilon: float) -> Array:
    """x over the root of its mean square, times a learned gain."""
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon) * gain)


def split(x: Array, heads: int) -> Array:
    """(..., T, hidden) as (..., H, T, d)."""
    return np.swapaxes(x.reshape(*x.shape[:-1], heads, -1), -2, -3)


def joined(x: Array) -> Array:
    """(..., H, T, d) as (..., T, hidden): the heads side by side."""
    y = np.swapaxes(x, -2, -3)
    return y.reshape(*y.shape[:-2], -1)


def rotate(x: Array, base: float, *, back: bool = False) -> Array:
    """Rotary positions 0 ... T - 1 on pairs of halves, x cos + rotate_half(x) sin; or each turned back again."""
    half = x.shape[-1] // 2
    angles = np.outer(np.arange(x.shape[-2]), base ** (-np.arange(half) / half))   # (T, d / 2)
    angles = -angles if back else angles
    cos, sin = np.cos(angles), np.sin(angles)
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def swiglu(y: Array, weights: Weights, layer: int) -> Array:
    """down(silu(gate(y)) * up(y))."""
    gate, up = (y @ weights.of_layer(layer, f"mlp.{part}_proj").T for part in ("gate", "up"))
    return np.asarray((gate / (1 + np.exp(-gate)) * up) @ weights.of_layer(layer, "mlp.down_proj").T)


def log_softmax(logits: Array) -> Array:
    """Logarithms of the shares that softmax gives."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def next_losses(logits: Array, ids: Array) -> Array:
    """-log p of each token but the first, (..., T - 1), in nats."""
    log_p = log_softmax(logits[..., :-1, :])
    return -np.take_along_axis(log_p, ids[..., 1:, None], axis=-1)[..., 0]
