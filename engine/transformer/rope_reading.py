"""Texts longer than a decoder was trained on, read to the end: loss by position and by length, for every way to know order.

Five small decoders were trained to read 64 tokens (`engine.models.lengths`); they differ only in their positions. What is
done to rotary speeds is done when reading, to the one rotary decoder. B texts of T tokens, H heads of d numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from engine.core.frame import Array
from engine.models import stories
from engine.models.forward import joined, log_softmax, rms_norm, softmax, split, swiglu
from engine.models.weights import Weights, shipped
from engine.transformer.rotary import Turning, alibi_slopes, by_halves, frequencies, sinusoidal, turning

TRAINED, TIMES = 64, 8              # tokens the decoders were trained to read, and how many times that is looked at
TEXTS = 12                          # texts that are read
BIN = 8                             # positions that one point of the curve by position stands for


@dataclass(frozen=True)
class Way:
    """Which decoder reads, and what is done so that it can read on."""

    positions: str = "rotary"       # one of weights.POSITIONS
    scaling: str = "plain"          # of rotary speeds, as rotary.turning names it
    factor: float = 1.0
    ramp: str = "index"
    window: int = 0                 # tokens back that each token may see, itself among them; 0: all

    @property
    def reach(self) -> int:
        """How many times its trained length it can read at all: a learned table ends where training did."""
        return 1 if self.positions == "learned" else TIMES

    def turning(self, head_size: int, base: float, length: int) -> Turning | None:
        """The rotary speeds for a text of that length; None where nothing turns."""
        if self.positions != "rotary":
            return None
        return turning(self.scaling, head_size, base, factor=self.factor, trained=TRAINED, length=length, ramp=self.ramp)


def losses(way: Way, ids: Array) -> Iterator[Array]:
    """-log p of each next token, (B, 64) nats at a time, as the texts ids (B, T + 1) are read; keys and values are kept."""
    w = shipped(f"lengths_{way.positions}")
    c, length = w.config, ids.shape[-1] - 1
    turn = way.turning(c.head_size, c.rope_base, length)
    slopes = alibi_slopes(c.heads) if way.positions == "alibi" else np.zeros(c.heads)
    kept: list[tuple[Array, Array]] = []
    for first in range(0, length, TRAINED):
        at = np.arange(first, min(first + TRAINED, length))
        with one_thread():
            x = placed(w, ids[:, at], at)                                           # (B, t, hidden)
            for layer in range(c.layers):
                y = rms_norm(x, w.of_layer(layer, "input_layernorm"), c.epsilon)
                q, k, v = (split(y @ w.of_layer(layer, f"self_attn.{p}_proj").T, c.heads) for p in "qkv")   # (B, H, t, d)
                if turn is not None:
                    q, k = turned(q, at, turn), turned(k, at, turn)
                if first == 0:
                    kept.append((k, v))
                else:
                    old_k, old_v = kept[layer]
                    kept[layer] = np.concatenate([old_k, k], axis=-2), np.concatenate([old_v, v], axis=-2)
                x = x + joined(attended(q, *kept[layer], at, slopes, way.window)) @ w.of_layer(layer, "self_attn.o_proj").T
                x = x + swiglu(rms_norm(x, w.of_layer(layer, "post_attention_layernorm"), c.epsilon), w, layer)
            log_p = log_softmax(rms_norm(x, w["model.norm.weight"], c.epsilon) @ w["model.embed_tokens.weight"].T)
        yield -np.take_along_axis(log_p, ids[:, at + 1, None], axis=-1)[..., 0]


def one_thread() -> AbstractContextManager[object]:
    """Matrix products here are many and small: sharing each among threads costs up to ten times what it saves."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")


def placed(w: Weights, ids: Array, at: Array) -> Array:
    """Embeddings, and where positions are added to them, with positions `at`; (B, t, hidden)."""
    x, c = w["model.embed_tokens.weight"][ids], w.config
    if c.positions == "sinusoidal":
        return np.asarray(x * math.sqrt(c.hidden) + sinusoidal(at, frequencies(c.hidden, 10_000.0), "half_split"))
    return np.asarray(x + w["model.embed_positions.weight"][at] if c.positions == "learned" else x)


def turned(x: Array, at: Array, turn: Turning) -> Array:
    """Every vector turned to its position, (B, H, t, d)."""
    angles = np.outer(at, turn.theta)
    return turn.gain * by_halves(x, np.cos(angles), np.sin(angles))


def attended(q: Array, k: Array, v: Array, at: Array, slopes: Array, window: int) -> Array:
    """Causal attention of queries at positions `at` over all keys so far, (B, H, t, d)."""
    back = at[:, None] - np.arange(k.shape[-2])                                     # (t, keys) i - j
    visible = (back >= 0) & ((back < window) if window else True)
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    return np.asarray(softmax(scores - slopes[:, None, None] * back, visible) @ v)


# what is measured -------------------------------------------------------------------------------------------------------


@cache
def texts(kind: str) -> tuple[Array, Array]:
    """Texts that no training has seen, (TEXTS, TRAINED TIMES + 1), and which of their tokens count.

    kind: 'stories' as in training, or 'recall': words that come back after 24 to 256 others.
    """
    if kind == "recall":
        return stories.recalls(TEXTS, TRAINED * TIMES + 1, stories.HELD_OUT)
    return stories.held_out(TEXTS, TRAINED * TIMES)


@lru_cache(maxsize=256)
def tally(way: Way, kind: str, times: int) -> Array:
    """Sum of the losses that count, and how many do, by position in texts of `times` trained lengths; (2, T)."""
    ids, counted = texts(kind)
    found = np.concatenate(list(losses(way, ids[:, :times * TRAINED + 1])), axis=1)
    return tallied(found, counted[:, 1:times * TRAINED + 1])


def tallied(found: Array, counted: Array) -> Array:
    """(2, T): over texts, the sum of what counts and how many do."""
    return np.stack([(found * counted).sum(axis=0), counted.sum(axis=0)])


def means(sums: Array, size: int) -> Array:
    """Mean loss in bins of `size` positions, (T / size,) nats; NaN where nothing counts."""
    total, count = sums.reshape(2, -1, size).sum(axis=2)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def at_length(way: Way, kind: str) -> Iterator[float]:
    """Mean loss of the last TRAINED tokens of texts of 1 ... TIMES times the trained length, nats, as they are read."""
    kept = curve(way, kind)
    yield from kept
    if not kept:
        for found in read_through(way, kind):
            yield found
            kept = [*kept, found]
        curve(way, kind)[:] = kept


@lru_cache(maxsize=64)
def curve(way: Way, kind: str) -> list[float]:
    """What `at_length` has found once, to its end; empty before."""
    return []


def read_through(way: Way, kind: str) -> Iterator[float]:
    """What `at_length` yields, read anew."""
    ids, counted = texts(kind)
    reads = None if way.scaling == "dynamic" else losses(way, ids)
    for times in range(1, way.reach + 1):
        last = slice((times - 1) * TRAINED, times * TRAINED)
        found = next(reads) if reads else [*losses(way, ids[:, :last.stop + 1])][-1]    # other speeds at every length
        yield float(means(tallied(found, counted[:, 1:][:, last]), TRAINED)[0])


@dataclass(frozen=True)
class Reading:
    """One way to know order, read to one length, beside the rotary decoder as it is."""

    places: Array               # (n,) middle positions of the bins
    by_place: Array             # (n,) loss there, nats
    plain_by_place: Array       # (m,) of plain rotary positions, at the first m places
    turns: Array                # (2, P) turns of each pair over the trained length, and now; empty where nothing turns


def read(way: Way, kind: str, times: int) -> tuple[Reading, dict[str, float | None]]:
    """The reading, and its metrics; what lies beyond a learned table is None."""
    plain = Way()
    sums, beside = (_up_to(w, kind, times) for w in (way, plain))
    ours, theirs = means(sums, BIN), means(beside, BIN)
    known = np.isfinite(theirs)
    places = (np.arange(len(theirs)) + 0.5) * BIN
    c = shipped("lengths_rotary").config
    speeds = [w.turning(c.head_size, c.rope_base, n * TRAINED) for w, n in ((plain, 1), (way, times))]
    turns = [turn.theta * n * TRAINED / math.tau for turn, n in zip(speeds, (1, times), strict=True) if turn is not None]
    found = Reading(places[known], ours[known[:len(ours)]], theirs[known],
                    np.stack(turns) if len(turns) == 2 else np.zeros((2, 0)))
    loss = float(means(sums[:, -TRAINED:], TRAINED)[0]) if times <= way.reach else None
    return found, {"loss": loss, "perplexity": None if loss is None else math.exp(loss),
                   "loss_trained": float(means(tally(Way(way.positions), kind, 1), TRAINED)[0]),
                   "loss_plain": float(means(beside[:, -TRAINED:], TRAINED)[0])}


def _up_to(way: Way, kind: str, times: int) -> Array:
    """The tally up to that length. What is read is not changed by what follows, unless speeds go with the length."""
    if way.scaling == "dynamic":
        return tally(way, kind, times)
    return tally(way, kind, way.reach)[:, :times * TRAINED]
