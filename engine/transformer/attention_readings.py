"""What one pass of a model says about one head, one query and one key: the numbers that the attention panel shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core.frame import Array, Shared
from engine.models.backward import LayerSlopes
from engine.models.dot_product import products, softmax
from engine.models.forward import Trace, joined, log_softmax, next_losses

SHOWN_CHANCES = 6
SINK = 2                            # the first tokens, on which heads with nothing to find spend their weight
HEATS = 2.0 ** np.arange(-3, 3.01, 0.125)       # temperatures at which a row is looked at, to see what they do to it


@dataclass(frozen=True)
class HeadSlopes:
    """How the loss on the sentence changes with every number of the chosen head, nats a unit; shapes as in Pass."""

    stream: Array
    q: Array
    k: Array
    v: Array
    fits: Array
    shares: Array
    mixed: Array
    joined: Array
    written: Array


@dataclass(frozen=True)
class Pass:
    """What the picture draws of a pass: every head's weights, and one head's vectors. T tokens ask, S are asked."""

    tokens: tuple[str, ...]     # those that ask, a row each
    columns: tuple[str, ...]    # those that are asked; in self-attention the same
    ids: Array                  # (T,) their numbers
    weights: Array              # (L, H, T, S) float32: every head
    kinds: Array                # (L, H) int: what each head does, a number in patterns.NAMES
    scores: Array               # (T, S) q . k of the chosen head
    shares: Array               # (T, S) its weights
    visible: Array              # (T, S) bool
    stream: Array               # (T, hidden) what its layer reads
    q: Array                    # (T, d), rotated
    k: Array                    # (S, d), rotated
    v: Array                    # (S, d)
    mixed: Array                # (T, d) weighted sums of values
    joined: Array               # (T, hidden) the outputs of all heads side by side
    written: Array              # (T, hidden) those times W_O: what attention adds to the stream
    likely: tuple[str, ...]     # the likeliest tokens after the query's
    likely_ids: Array           # (SHOWN_CHANCES,) their numbers
    chances: Array              # (SHOWN_CHANCES,)
    products: tuple[tuple[str, Array], ...]     # how the score of query and key comes about: a symbol and its numbers
    by_heat: Array              # (2, HEATS) of the query's row: entropy in bits, length of softmax's gradient
    slopes: HeadSlopes | None = None


@dataclass(frozen=True)
class Frame:
    """A moment of the concept: a pass, and its numbers. None where a mode does not measure one; the run says why."""

    seen: Shared[Pass]
    asks: str                       # the query's token
    answers: str                    # the key's token
    score: float                    # q_i . k_j
    divisor: float                  # sqrt(d), or 1, times the temperature
    fit: float                      # score / divisor
    weight: float                   # alpha_ij
    largest: float                  # of the query's row
    largest_token: str
    entropy: float                  # of the row, bits
    most_entropy: float             # of as many equal shares
    gradient: float                 # || d softmax / d scores ||
    row_sum: float
    pairs: int                      # (query, key) pairs that the mask lets through
    all_pairs: int
    work: int                       # floating-point operations of one head over all pairs
    needed: int                     # of those, on pairs that count
    copying: float | None           # weight on what followed the same word before
    sink: float                     # weight of the query's row on the first two tokens, this head
    sink_all: float                 # mean over all heads
    next: str                       # likeliest next token
    chance: float
    loss: float | None              # mean next-token loss on this text, nats
    length: int                     # tokens
    harm: float | None              # that loss minus that of the untouched model
    head_size: int
    step: int                       # words written, or training steps done
    held_out: float | None          # training: loss on sequences never trained on
    copied: float | None            # training: share of repeated words continued rightly
    induction: float | None         # training: the best head's weight on what followed before
    right: float | None             # translating: share of phrases never read that are translated without a fault
    phase: str


def pass_of(trace: Trace, ids: Array, word: Callable[[int], str], visible: Array, kinds: Array,
            at: tuple[int, int, int], key: int, root: float) -> Pass:
    """The picture of a pass for (layer, head, query), counted from 0; root: what scores are divided by at temperature 1."""
    layer, head, query = at
    chances = np.exp(log_softmax(trace.logits[query]))
    best = np.argsort(-chances, kind="stable")[:SHOWN_CHANCES]
    one, tokens = (layer, head), tuple(word(int(n)) for n in ids)
    return Pass(tokens, tokens, ids, trace.weights.astype(np.float32), kinds, trace.scores[one], trace.weights[one], visible,
                trace.stream[layer], trace.q[one], trace.k[one], trace.v[one], trace.mixed[one], joined(trace.mixed[layer]),
                trace.written[layer], tuple(word(int(b)) for b in best), best, chances[best],
                (*products_of(trace.q[one][query], trace.k[one][key]), ("v", trace.v[one][key]), ("o", trace.mixed[one][query])),
                by_heat(trace.scores[one][query] / root, visible[query]))


def products_of(q: Array, k: Array) -> tuple[tuple[str, Array], ...]:
    """A product number by number."""
    return ("q", q), ("k", k), ("q × k", q * k)


def slopes_of(found: LayerSlopes, head: int) -> HeadSlopes:
    """One head's part of a layer's slopes."""
    return HeadSlopes(found.stream, found.q[head], found.k[head], found.v[head], found.fits[head], found.weights[head],
                      found.mixed[head], found.joined, found.written)


def readings(trace: Trace, ids: Array, word: Callable[[int], str], visible: Array, at: tuple[int, int, int], key: int,
             divisor: float) -> dict[str, Any]:
    """The metrics of a pass; None where one is undefined."""
    layer, head, query = at
    row = trace.weights[layer, head, query]
    tokens = tuple(word(int(n)) for n in ids)
    chances = np.exp(log_softmax(trace.logits[query]))
    losses = next_losses(trace.logits, ids)
    score = float(trace.scores[layer, head, query, key])
    return {
        "asks": tokens[query], "answers": tokens[key], "score": score, "divisor": divisor, "fit": score / divisor,
        "weight": float(row[key]), **of_row(row, visible[query], tokens), **of_pairs(visible, trace.q.shape[-1]),
        "copying": copy_score(trace.weights[layer, head], tokens),
        "sink": float(row[:SINK].sum()), "sink_all": float(trace.weights[:, :, query, :SINK].sum(axis=-1).mean()),
        "next": word(int(chances.argmax())), "chance": float(chances.max()),
        "loss": float(losses.mean()) if len(losses) else None, "length": len(tokens),
    }


def of_row(row: Array, visible: Array, tokens: tuple[str, ...]) -> dict[str, Any]:
    """The metrics of a row of shares over tokens, and of which it may see."""
    largest = int(row.argmax())
    return {"largest": float(row[largest]), "largest_token": tokens[largest], "entropy": entropy(row),
            "most_entropy": math.log2(max(1, int(visible.sum()))), "gradient": jacobian_norm(row), "row_sum": float(row.sum())}


def of_pairs(visible: Array, head_size: int, value_size: int | None = None) -> dict[str, Any]:
    """How many pairs count, and what a head computes for all of them and for those."""
    pairs = int(visible.sum())
    return {"pairs": pairs, "all_pairs": visible.size, "work": products(visible.size, head_size, value_size),
            "needed": products(pairs, head_size, value_size)}


def entropy(row: Array) -> float:
    """Of a row of shares, in bits; 0 for a row that sees nothing."""
    kept = row[row > 0]
    return float(max(0.0, -(kept * np.log2(kept)).sum()))


def jacobian_norm(row: Array) -> float:
    """Length of the gradient of softmax: the Frobenius norm of diag(p) - p p'."""
    return float(np.linalg.norm(np.diag(row) - np.outer(row, row)))


def by_heat(fits: Array, visible: Array) -> Array:
    """Entropy in bits and length of the gradient of softmax(fits / heat) for each of HEATS, (2, n)."""
    rows = softmax(fits / HEATS[:, None], visible)
    return np.array([[entropy(row) for row in rows], [jacobian_norm(row) for row in rows]])


def copy_score(weights: Array, tokens: tuple[str, ...]) -> float | None:
    """Mean weight of repeated words on what followed them the last time; None where nothing is repeated."""
    last: dict[str, int] = {}
    found = []
    for i, token in enumerate(tokens):
        if token in last:
            found.append(float(weights[i, last[token] + 1]))
        last[token] = i
    return float(np.mean(found)) if found else None
