"""Why scores are divided by the root of d: what softmax over random keys does as queries and keys grow wider."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array
from engine.core.run import Run
from engine.models.dot_product import entropies, softmax

WIDTHS, KEYS, DRAWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024), 32, 64


@dataclass(frozen=True)
class Widths:
    """Softmax over 32 random keys, by the width d of query and key; scores divided by sqrt(d), plain, and by the chosen c."""

    width: Array                    # (n,)
    entropy: Array                  # (3, n) bits
    gradient: Array                 # (3, n)
    variance: Array                 # (3, n) of the scores that softmax gets
    theory: Array                   # (3, n) d / c^2: for independent numbers of variance 1
    done: float


def nothing() -> Widths:
    """Before it is asked for."""
    none = np.zeros((3, 0))
    return Widths(np.zeros(0), none, none, none, none, 0.0)


def measured(run: Run, divisor: float) -> Iterator[Widths]:
    """Entropy, gradient and variance of softmax(q . k / c) for standard normal q and k."""
    rng, rows, theory = run.generator("widths"), [], []
    for d in WIDTHS:
        scores = np.einsum("nd,nkd->nk", rng.standard_normal((DRAWS, d)), rng.standard_normal((DRAWS, KEYS, d)))
        ways = (math.sqrt(d), 1.0, divisor)
        rows.append([sharpness(scores / c) for c in ways])
        theory.append([d / c**2 for c in ways])
        run.check()
    entropy, gradient, variance = np.array(rows).transpose(2, 1, 0)                  # (3 ways, n) each
    yield Widths(np.array(WIDTHS, float), entropy, gradient, variance, np.array(theory).T, 1.0)


def sharpness(scores: Array) -> tuple[float, float, float]:
    """Mean entropy in bits, mean gradient norm and variance of rows of scores, (draws, keys)."""
    share = softmax(scores)
    square = (share**2).sum(axis=1)
    norm = np.sqrt(np.maximum(0.0, square - 2 * (share**3).sum(axis=1) + square**2))    # of diag(p) - p p'
    return float(entropies(share).mean() / math.log(2)), float(norm.mean()), float(scores.var())
