"""What one pass of the decoder says about one head, one query and one key: the numbers that the attention panel shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core.frame import Array
from engine.models.forward import Trace, joined, log_softmax, next_losses

SHOWN_CHANCES = 6
SINK = 2                            # the first tokens, on which heads with nothing to find spend their weight


@dataclass(frozen=True)
class Pass:
    """What the picture draws of a pass: every head's weights, and one head's vectors."""

    tokens: tuple[str, ...]
    ids: Array                  # (T,) their numbers
    weights: Array              # (L, H, T, T) float32: every head
    kinds: Array                # (L, H) int: what each head does, a number in patterns.NAMES
    scores: Array               # (T, T) q . k of the chosen head
    shares: Array               # (T, T) its weights
    visible: Array              # (T, T) bool
    stream: Array               # (T, hidden) what its layer reads
    q: Array                    # (T, d), rotated
    k: Array                    # (T, d), rotated
    v: Array                    # (T, d)
    mixed: Array                # (T, d) weighted sums of values
    joined: Array               # (T, hidden) the outputs of all heads side by side
    written: Array              # (T, hidden) those times W_O: what attention adds to the stream
    likely: tuple[str, ...]     # the likeliest tokens after the query's
    likely_ids: Array           # (SHOWN_CHANCES,) their numbers
    chances: Array              # (SHOWN_CHANCES,)


def pass_of(trace: Trace, ids: Array, word: Callable[[int], str], visible: Array, kinds: Array, at: tuple[int, int, int]) -> Pass:
    """The picture of a pass for (layer, head, query), counted from 0."""
    layer, head, query = at
    chances = np.exp(log_softmax(trace.logits[query]))
    best = np.argsort(-chances, kind="stable")[:SHOWN_CHANCES]
    one = (layer, head)
    return Pass(tuple(word(int(n)) for n in ids), ids, trace.weights.astype(np.float32), kinds, trace.scores[one],
                trace.weights[one], visible,
                trace.stream[layer], trace.q[one], trace.k[one], trace.v[one], trace.mixed[one], joined(trace.mixed[layer]),
                trace.written[layer],
                tuple(word(int(b)) for b in best), best, chances[best])


def readings(trace: Trace, ids: Array, word: Callable[[int], str], visible: Array, at: tuple[int, int, int], key: int,
             divisor: float) -> dict[str, Any]:
    """The metrics of a pass; None where one is undefined."""
    layer, head, query = at
    row = trace.weights[layer, head, query]
    tokens = tuple(word(int(n)) for n in ids)
    largest = int(row.argmax())
    chances = np.exp(log_softmax(trace.logits[query]))
    losses = next_losses(trace.logits, ids)
    score = float(trace.scores[layer, head, query, key])
    return {
        "asks": tokens[query], "answers": tokens[key], "score": score, "divisor": divisor, "fit": score / divisor,
        "weight": float(row[key]), "largest": float(row[largest]), "largest_token": tokens[largest],
        "entropy": entropy(row), "most_entropy": math.log2(max(1, int(visible[query].sum()))),
        "gradient": jacobian_norm(row), "row_sum": float(row.sum()),
        "copying": copy_score(trace.weights[layer, head], tokens),
        "sink": float(row[:SINK].sum()), "sink_all": float(trace.weights[:, :, query, :SINK].sum(axis=-1).mean()),
        "next": word(int(chances.argmax())), "chance": float(chances.max()),
        "loss": float(losses.mean()) if len(losses) else None, "length": len(tokens),
    }


def entropy(row: Array) -> float:
    """Of a row of shares, in bits; 0 for a row that sees nothing."""
    kept = row[row > 0]
    return float(max(0.0, -(kept * np.log2(kept)).sum()))


def jacobian_norm(row: Array) -> float:
    """Length of the gradient of softmax: the Frobenius norm of diag(p) - p p'."""
    return float(np.linalg.norm(np.diag(row) - np.outer(row, row)))


def copy_score(weights: Array, tokens: tuple[str, ...]) -> float | None:
    """Mean weight of repeated words on what followed them the last time; None where nothing is repeated."""
    last: dict[str, int] = {}
    found = []
    for i, token in enumerate(tokens):
        if token in last:
            found.append(float(weights[i, last[token] + 1]))
        last[token] = i
    return float(np.mean(found)) if found else None
