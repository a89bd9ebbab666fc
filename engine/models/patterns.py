"""What a head does, measured: where its weight goes on sequences in which everything is said twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array
from engine.models.forward import Change, Trace, forward
from engine.models.weights import Weights

NAMES = ("previous", "induction", "itself", "near", "mixed")
SAID, TIMES = 18, 12                # words in each half, sequences
CLEAR, NEAR = 0.4, 0.6              # shares of weight from which a head has a name


@dataclass(frozen=True)
class Patterns:
    """Mean weight of each head on four places, in the second half of a repetition; all (L, H)."""

    previous: Array                 # the token before
    induction: Array                # what followed this token the first time
    itself: Array
    near: Array                     # the last four tokens, itself among them

    def names(self) -> Array:
        """The number in NAMES of what each head does most, (L, H)."""
        found = np.stack([self.previous, self.induction, self.itself])
        best = found.argmax(axis=0)
        near = np.where(self.near >= NEAR, NAMES.index("near"), NAMES.index("mixed"))
        return np.where(found.max(axis=0) >= CLEAR, best, near)


def probe(vocabulary: int, seed: int = 5) -> Array:
    """(TIMES, 1 + 2 SAID) token numbers: the start token, then SAID different random words, twice."""
    rng = np.random.default_rng(seed)
    words = np.stack([2 + rng.permutation(vocabulary - 2)[:SAID] for _ in range(TIMES)])
    return np.concatenate([np.zeros((TIMES, 1), np.int64), words, words], axis=1)


def measure(weights: Weights, change: Change | None = None) -> tuple[Patterns, float]:
    """Each head's patterns, and the share of words in the second half that the model continues rightly."""
    ids = probe(weights.config.vocabulary)
    trace = forward(weights, ids, change)
    right = trace.logits[:, SAID + 1:-1].argmax(axis=-1) == ids[:, SAID + 2:]
    return patterns_of(trace), float(right.mean())


def patterns_of(trace: Trace) -> Patterns:
    """The mean weights of a forward pass over the probe."""
    at = np.arange(SAID + 1, 2 * SAID)                                      # of the second half, but its last

    def mean(column: Array) -> Array:
        return np.asarray(trace.weights[..., at, column].mean(axis=(1, -1)))    # (L, batch, H, n) -> (L, H)

    near = np.sum([mean(at - back) for back in range(4)], axis=0)
    return Patterns(mean(at - 1), mean(at - SAID + 1), mean(at), near)
