"""Tasks that need memory: delayed recall, copying, adding, and the next letter of a text of the user's.

Copying and adding are those of S. Hochreiter, J. Schmidhuber (1997), sections 5.3 and 5.4, in the form that later papers use.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array, BadInput

if TYPE_CHECKING:
    from engine.deep.lstm import Params

NEAR = 0.1                      # a sum so near counts as right
MOST_LETTERS = 48               # letters told apart; rarer ones are one
OTHER = "□"
GROUPS = 16                     # points of the curve by lag
Rng = np.random.Generator


@dataclass(frozen=True)
class Batch:
    """Sequences side by side; only the cells that are scored count."""

    x: Array                    # (T, B, inputs)
    wanted: Array               # (T, B) class, or the sum itself
    scored: Array               # (T, B) bool
    lag: Array                  # (T, B) recall, adding: steps since what must be remembered; copy: place; text: letters seen

    @property
    def last(self) -> Array:
        """(B,) the last scored step of each sequence."""
        return np.asarray(len(self.scored) - 1 - self.scored[::-1].argmax(axis=0))


@dataclass(frozen=True)
class Task:
    """What the cells are asked, and how well one does without memory."""

    name: str
    inputs: int
    outputs: int                # 1 for a sum
    letters: str                # of a text; '' otherwise
    codes: Array                # (n,) the text as numbers; (0,) otherwise
    guess_score: float          # share right of the best constant answer
    guess_loss: float           # its loss: bits, or mean squared gap
    bigram: float | None        # text: bits a letter, when the letter before is known
    trigram: float | None       # the same for two letters before


def task_of(p: Params) -> Task:
    """The task that the parameters ask for."""
    if p.task == "text":
        return text_task(p.text)
    if p.task == "adding":                                  # the sum of two uniform numbers: mean 1, variance 1/6
        return Task("adding", 2, 1, "", np.zeros(0, int), 2 * NEAR - NEAR**2, 1 / 6, None, None)
    return Task(p.task, p.symbols + 1, p.symbols, "", np.zeros(0, int), 1 / p.symbols, math.log2(p.symbols), None, None)


def text_task(text: str) -> Task:
    """A text's letters, the commonest first, and its entropies."""
    count = Counter(text)
    if len(text) < 8 or len(count) < 2:
        raise BadInput("text: has too little to learn; write at least 8 letters, 2 of them different", "text_poor")
    common = [letter for letter, _ in count.most_common()]
    kept = common if len(common) <= MOST_LETTERS else [*common[:MOST_LETTERS - 1], OTHER]
    place = {letter: min(n, len(kept) - 1) for n, letter in enumerate(common)}
    codes = np.array([place[letter] for letter in text])
    share = np.bincount(codes) / len(codes)
    return Task("text", len(kept), len(kept), "".join(kept), codes, float(share.max()),
                entropy_after(codes, 0), entropy_after(codes, 1), entropy_after(codes, 2))


def entropy_after(codes: Array, known: int) -> float:
    """Bits a letter of the text once `known` letters before are given: -Σ p(context, letter) log₂ p(letter | context)."""
    rows = np.lib.stride_tricks.sliding_window_view(codes, known + 1)
    whole, context = Counter(map(tuple, rows.tolist())), Counter(map(tuple, rows[:, :known].tolist()))
    return sum(-n * math.log2(n / context[row[:known]]) for row, n in whole.items()) / len(rows)


def draw(task: Task, p: Params, rng: Rng, count: int) -> Batch:
    """So many sequences, as they are trained on."""
    if task.name == "recall":
        lags = rng.integers(1, p.delay + 1, count) if p.mixed else np.full(count, p.delay)
        return recall(p, rng, lags)
    if task.name == "copy":
        return copy(p, rng, count)
    if task.name == "adding":
        return adding(p, rng, count)
    return windows(task, p.window, rng.integers(0, len(task.codes) - p.window, count))


def tests(task: Task, p: Params, rng: Rng, count: int) -> Batch:
    """Sequences to measure on, kept for the whole run; the longest delay first, windows of a text in their order."""
    if task.name == "recall" and p.mixed:
        return recall(p, rng, np.round(np.linspace(p.delay, 1, count)).astype(int))
    if task.name == "text":
        last = len(task.codes) - p.window - 1
        return windows(task, p.window, np.unique(np.round(np.linspace(0, last, min(count, last + 1))).astype(int)))
    return draw(task, p, rng, count)


def graded(task: Task, p: Params, rng: Rng, count: int) -> Batch:
    """Sequences to measure by lag: recall half as far again as is trained, the others as they are."""
    if task.name != "recall":
        return tests(task, p, rng, count)
    lags = np.unique(np.round(np.linspace(1, max(4, 1.5 * p.delay), GROUPS)).astype(int))
    return recall(p, rng, np.repeat(lags, max(1, count // len(lags))))


def recall(p: Params, rng: Rng, lags: Array) -> Batch:
    """A symbol, noise for a while, then the question which it was."""
    count, steps = len(lags), int(lags.max()) + 2
    row, symbol, asked = np.arange(count), rng.integers(0, p.symbols, count), lags + 1
    x, scored = np.zeros((steps, count, p.symbols + 1)), np.zeros((steps, count), bool)
    x[1:, :, :p.symbols] = p.noise * rng.standard_normal((steps - 1, count, p.symbols))
    x[0, row, symbol] = 1
    x[asked, row] = np.eye(p.symbols + 1)[p.symbols]
    scored[asked, row] = True
    return Batch(x, np.tile(symbol, (steps, 1)), scored, np.tile(lags, (steps, 1)))


def copy(p: Params, rng: Rng, count: int) -> Batch:
    """A word of symbols, silence, then the word is to be said again."""
    symbols, steps = rng.integers(0, p.symbols, (p.length, count)), 2 * p.length + p.delay
    x, wanted, scored = np.zeros((steps, count, p.symbols + 1)), np.zeros((steps, count), int), np.zeros((steps, count), bool)
    x[:p.length, :, :p.symbols] = np.eye(p.symbols)[symbols]
    x[-p.length:, :, p.symbols] = 1
    wanted[-p.length:], scored[-p.length:] = symbols, True
    place = np.maximum(np.arange(steps) - (steps - p.length) + 1, 0)
    return Batch(x, wanted, scored, np.tile(place[:, None], (1, count)))


def adding(p: Params, rng: Rng, count: int) -> Batch:
    """Numbers, two of them marked, one in each half: at the end their sum is wanted."""
    steps, row = p.delay + 2, np.arange(count)
    first, second = rng.integers(0, steps // 2, count), rng.integers(steps // 2, steps, count)
    x = np.zeros((steps, count, 2))
    x[:, :, 0] = rng.random((steps, count))
    x[first, row, 1] = x[second, row, 1] = 1
    scored = np.zeros((steps, count), bool)
    scored[-1] = True
    total = x[first, row, 0] + x[second, row, 0]
    return Batch(x, np.tile(total, (steps, 1)), scored, np.tile(steps - 1 - first, (steps, 1)))


def windows(task: Task, wide: int, starts: Array) -> Batch:
    """Pieces of the text: at each letter the next one is wanted."""
    at = starts + np.arange(wide)[:, None]                                          # (T, B)
    seen = np.tile(np.arange(1, wide + 1)[:, None], (1, len(starts)))
    return Batch(np.eye(task.inputs)[task.codes[at]], task.codes[at + 1], np.ones(at.shape, bool), seen)


# how well -------------------------------------------------------------------------------------------------------------------


def chances(logits: Array) -> Array:
    """Softmax over the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def slope(task: Task, logits: Array, batch: Batch) -> Array:
    """(T, S, B, outputs) the training loss's slope by the readout: cross-entropy in nats, or squared gaps; mean of the scored."""
    weight = (batch.scored / batch.scored.sum())[:, None, :, None]
    if task.outputs == 1:
        return np.asarray(2 * weight * (logits - batch.wanted[:, None, :, None]))
    return np.asarray(weight * (chances(logits) - np.eye(task.outputs)[batch.wanted][:, None]))


def right(task: Task, logits: Array, batch: Batch) -> Array:
    """(T, S, B) bool: the answer is the symbol, the letter, or near the sum."""
    if task.outputs == 1:
        return np.asarray(np.abs(logits[..., 0] - batch.wanted[:, None]) < NEAR)
    return np.asarray(logits.argmax(axis=-1) == batch.wanted[:, None])


def measured(task: Task, logits: Array, batch: Batch) -> tuple[Array, Array]:
    """(S,) share right and (S,) loss over what is scored: bits an answer, or the mean squared gap."""
    scored, count = batch.scored[:, None], batch.scored.sum()
    score = (right(task, logits, batch) & scored).sum(axis=(0, 2)) / count
    if task.outputs == 1:
        losses = (logits[..., 0] - batch.wanted[:, None]) ** 2
    else:
        top = logits.max(axis=-1, keepdims=True)
        said = np.take_along_axis(logits, np.broadcast_to(batch.wanted[:, None, :, None], (*logits.shape[:3], 1)), axis=-1)
        losses = ((top - said)[..., 0] + np.log(np.exp(logits - top).sum(axis=-1))) / math.log(2)
    return score, np.where(scored, losses, 0.0).sum(axis=(0, 2)) / count


def by_lag(task: Task, logits: Array, batch: Batch) -> tuple[Array, Array]:
    """(groups,) lags and (S, groups) share right of each; neighbouring lags stand together where there are many."""
    lags = batch.lag[batch.scored]
    known = np.unique(lags)
    found = right(task, logits, batch).swapaxes(0, 1)[:, batch.scored]              # (S, scored cells)
    parts = np.array_split(known, min(len(known), GROUPS))
    inside = [np.isin(lags, part) for part in parts]
    return np.array([part.mean() for part in parts]), np.stack([found[:, i].mean(axis=1) for i in inside], axis=1)
