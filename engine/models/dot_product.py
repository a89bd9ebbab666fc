"""Attention as the papers write it: scores, what may be seen, softmax, a weighted sum; its gradients; and Bahdanau's scores.

Shapes: n queries and m keys of d numbers, values of e numbers; leading dimensions (a batch, heads) are allowed. Where keys
have fewer heads than queries, axis -3, each serves a group of neighbouring ones (GQA, Ainslie and others 2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array


@dataclass(frozen=True)
class Attended:
    """What happens between queries and outputs."""

    scores: Array               # (..., n, m) q . k, before division, bias and mask
    weights: Array              # (..., n, m) softmax over the last axis; a row that sees nothing has none
    output: Array               # (..., n, e) weighted sums of values


@dataclass(frozen=True)
class Slopes:
    """How much a loss changes with each number."""

    q: Array                    # (..., n, d)
    k: Array                    # (..., m, d)
    v: Array                    # (..., m, e)
    fits: Array                 # (..., n, m) by the scores after division
    weights: Array              # (..., n, m)


def attend(q: Array, k: Array, v: Array, visible: Array | None = None, *, divisor: float | None = None,
           bias: Array | None = None) -> Attended:
    """softmax(q k' / divisor + bias) v (Vaswani and others 2017, equation 1).

    visible: (n, m) bool, or with leading dimensions; None is everything. divisor: None is sqrt(d).
    """
    k, v = (served(one, q) for one in (k, v))
    scores = q @ np.swapaxes(k, -1, -2)
    fits = scores / (math.sqrt(q.shape[-1]) if divisor is None else divisor)
    weights = softmax(fits if bias is None else fits + bias, visible)
    return Attended(scores, weights, weights @ v)


def served(shared: Array, q: Array) -> Array:
    """Keys or values with as many heads as the queries: head h is served by group h // (heads / groups)."""
    if q.ndim < 3 or shared.ndim < 3 or shared.shape[-3] in (1, q.shape[-3]):
        return shared
    return np.repeat(shared, q.shape[-3] // shared.shape[-3], axis=-3)


def softmax(scores: Array, visible: Array | None = None) -> Array:
    """Shares over the last axis among what is visible; a row that sees nothing has none."""
    found = np.where(True if visible is None else visible, scores, -np.inf)      # one array, whatever its size
    most = found.max(axis=-1, keepdims=True)
    found -= np.where(np.isfinite(most), most, 0.0)
    np.exp(found, out=found)
    total = found.sum(axis=-1, keepdims=True)
    found /= np.where(total == 0, 1.0, total)
    return np.asarray(found)


def additive(q: Array, k: Array, w_q: Array, w_k: Array, v: Array) -> Array:
    """v . tanh(W_q q + W_k k), (..., n, m): Bahdanau and others 2015, a small network in place of a product.

    w_q: (a, d of queries), w_k: (a, d of keys), v: (a,); queries and keys may differ in width.
    """
    return np.asarray(np.tanh((q @ w_q.T)[..., :, None, :] + (k @ w_k.T)[..., None, :, :]) @ v)


def slopes(q: Array, k: Array, v: Array, weights: Array, upstream: Array, *, divisor: float | None = None) -> Slopes:
    """Backwards through `attend`: upstream (..., n, e) is the slope by its output. What is not seen has no slope.

    Through softmax: ds_j = alpha_j (g_j - sum_i alpha_i g_i), with g the slope by the weights.
    """
    heads_k, heads_v = served(k, q), served(v, q)
    by_weights = upstream @ np.swapaxes(heads_v, -1, -2)
    by_fits = weights * (by_weights - (weights * by_weights).sum(axis=-1, keepdims=True))
    by_scores = by_fits / (math.sqrt(q.shape[-1]) if divisor is None else divisor)
    return Slopes(by_scores @ heads_k, gathered(np.swapaxes(by_scores, -1, -2) @ q, k),
                  gathered(np.swapaxes(weights, -1, -2) @ upstream, v), by_fits, by_weights)


def gathered(by_head: Array, shared: Array) -> Array:
    """Slopes of every head added up over the group that shares a key or value."""
    if by_head.shape == shared.shape:
        return by_head
    groups = shared.shape[-3]
    return np.asarray(by_head.reshape(*by_head.shape[:-3], groups, -1, *by_head.shape[-2:]).sum(axis=-3))


# what may be seen: (n, m) bool, row i may see column j -------------------------------------------------------------------


def causal(length: int, keys: int | None = None, before: int = 0) -> Array:
    """Row i sees columns 0 ... i + before; before: keys that were there already, as with a cache."""
    return np.tril(np.ones((length, length if keys is None else keys), bool), before)


def windowed(length: int, width: int) -> Array:
    """Row i sees the last `width` columns up to i, itself among them (sliding window)."""
    back = np.subtract.outer(np.arange(length), np.arange(length))
    return np.asarray((back >= 0) & (back < width))


def prefixed(length: int, first: int) -> Array:
    """Causal, but the first tokens see each other in both directions (prefix LM)."""
    return causal(length) | (np.maximum.outer(np.arange(length), np.arange(length)) < first)


def unpadded(length: int, padding: int) -> Array:
    """Causal, and the first `padding` columns are filler that nobody sees, as in a batch padded on the left."""
    return causal(length) & (np.arange(length) >= padding)


# readings ----------------------------------------------------------------------------------------------------------------


def entropies(weights: Array) -> Array:
    """Of each row of shares, in nats; 0 for a row that sees nothing."""
    return np.asarray(np.maximum(0.0, -(weights * np.log(np.where(weights > 0, weights, 1.0))).sum(axis=-1)))


def products(pairs: int, d: int, e: int | None = None) -> int:
    """Floating-point operations of scores and sums over so many (query, key) pairs: 2 d and 2 e for each; 4 n m d in all."""
    return 2 * pairs * (d + (d if e is None else e))
