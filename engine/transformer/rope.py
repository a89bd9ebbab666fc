"""Rotary positions (RoPE): each pair of a query and a key is a hand that turns; their score feels only the difference."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from engine.core import Array, Check, Range, Run, Seed, View, When, concept
from engine.transformer.rope_reading import TIMES, TRAINED, Reading, Way, at_length, read
from engine.transformer.rotary import (
    Turning,
    alibi_slopes,
    decay_bound,
    frequencies,
    largest_difference,
    mean_score,
    pairs_of,
    rotate,
    sinusoidal,
    turning,
)

PAGE = 24                   # positions on a side of the score matrix
WIDE, FARTHEST = 128, 256   # head width (Llama 2's) and last distance of the decay curve
ALIBI_HEADS = 8
MEASURED = ("loss", "perplexity", "loss_trained", "loss_plain")
CLOCKS, MODEL = When("mode", ("clocks",)), When("mode", ("model",))


@dataclass(frozen=True)
class Params:
    mode: Literal["clocks", "model"] = "clocks"
    times: Annotated[int, Range(1, TIMES), MODEL] = TIMES           # length of the texts, in trained lengths
    texts: Annotated[Literal["stories", "recall"], MODEL] = "stories"
    m: Annotated[int, Range(0, 255), CLOCKS] = 9
    n: Annotated[int, Range(0, 255), CLOCKS] = 4
    shift: Annotated[int, Range(0, 131_072), CLOCKS] = 0            # added to both positions
    base: Annotated[float, Range(10, 1e6, log=True), CLOCKS] = 10_000.0
    encoding: Literal["rope", "sinusoidal", "learned", "alibi", "none"] = "rope"    # learned: in mode model
    head: Annotated[int, Range(1, ALIBI_HEADS), CLOCKS, When("encoding", ("alibi",))] = 3
    scaling: Literal["plain", "pi", "ntk", "dynamic", "yarn", "llama3"] = "plain"
    factor: Annotated[float, Range(1, 64, log=True), When("scaling", ("pi", "ntk", "dynamic", "yarn", "llama3"))] = 4.0
    ramp: Annotated[Literal["index", "turns"], When("scaling", ("yarn",))] = "index"
    trained_length: Annotated[int, Range(16, 131_072, log=True), CLOCKS] = 64
    precision: Annotated[Literal["float64", "float32", "bfloat16", "bfloat16_angles"], CLOCKS,
                         When("encoding", ("rope",))] = "float64"
    head_size: Annotated[int, Range(4, 128, step=2), CLOCKS] = 16
    layout: Annotated[Literal["interleaved", "half_split"], CLOCKS] = "interleaved"
    beside: Annotated[Literal["decay", "waves", "layouts"], View(), CLOCKS] = "decay"
    alike: Annotated[float, Range(-1, 1), CLOCKS] = 0.6             # correlation of q and k
    seed: Seed = 11

    def settled(self) -> Params:
        """A head has an even size: its numbers go in pairs. A learned table belongs to a model: no clock shows it."""
        encoding = "none" if (self.mode, self.encoding) == ("clocks", "learned") else self.encoding
        return dataclasses.replace(self, head_size=self.head_size - self.head_size % 2, encoding=encoding)

    @property
    def length(self) -> int:
        """Positions in use: up to the later of the two."""
        return max(self.m, self.n) + self.shift + 1

    def turning(self, head_size: int = 0, length: int = 0) -> Turning:
        """The frequencies in force, of this head or of one of another size."""
        return turning(self.scaling, head_size or self.head_size, self.base, factor=self.factor,
                       trained=self.trained_length, length=length or self.length, ramp=self.ramp)

    def way(self, positions: str = "", scaling: str = "") -> Way:
        """How the trained decoders are to read; or another way with the same settings."""
        positions = positions or ("rotary" if self.encoding == "rope" else self.encoding)
        scaling = scaling or self.scaling
        if positions != "rotary" or scaling == "plain":
            return Way(positions)
        return Way(positions, scaling, self.factor, self.ramp if scaling == "yarn" else "index")


@dataclass(frozen=True)
class Frame:
    q_pairs: Array              # (P, 2) before any position
    k_pairs: Array
    q_turned: Array             # (P, 2) at m + shift, n + shift
    k_turned: Array
    contributions: Array        # (P,) each pair's part of the score
    theta: Array                # (P,) radians a position
    turned: Array               # (P,) radians between the positions: (m - n) theta
    seen: Array                 # (P,) radians that the pair turned through in training, never scaled
    scores: Array               # (PAGE, PAGE) row: query position, column: key position
    first: Array                # (2,) position of the first row and column
    decay: Array                # (FARTHEST + 1,) mean score of q with itself by distance, head width WIDE, 1 at 0
    bound: Array                # (FARTHEST + 1,) RoFormer's bound, 1 at 0; empty without rotation
    score: float
    shifted: float              # the score with both positions one further
    spread: float               # largest change of a score along a diagonal of the matrix
    distance: int               # m - n
    length: int                 # positions in use
    fastest: float              # radians a position
    slowest: float
    shortest: float             # positions a turn
    longest: float
    pairs: int
    unfinished: int             # pairs that completed no turn over the trained length
    unseen: int                 # of those, pairs now turned further apart than ever in training
    base_now: float             # the base after NTK scaling
    gain: float                 # YaRN's factor on both vectors
    bias: float                 # ALiBi's part of the score
    expected: float             # the decay curve at |m - n|
    other_layout: float         # the score if the same vectors are read in the other layout
    forms: float                # largest difference between four ways to write the rotation
    reading: Reading            # from here on in mode model: what the trained decoders make of longer texts
    loss: float | None          # nats a token that counts, over the last TRAINED tokens
    perplexity: float | None
    loss_trained: float | None  # of the same decoder, untouched, on texts of the trained length
    loss_plain: float | None    # of the rotary decoder as it is, on texts of this length


@concept(kind="function")
def rope(p: Params, run: Run) -> Iterator[Frame]:
    """Pair i of a vector at position m turns by m theta_i. Rotations compose, so <R_m q, R_n k> = <q, R_(n-m) k>.

    As complex numbers, the score is the real part of sum_i q_i conj(k_i) e^(i (m - n) theta_i).
    """
    q, k = vectors(p, run)
    turn = p.turning()
    at = np.array([p.m, p.n]) + p.shift
    (q_at,), (k_at,) = encode(q, at[:1], p, turn), encode(k, at[1:], p, turn)
    q_turned, k_turned = pairs_of(q_at, p.layout), pairs_of(k_at, p.layout)
    contributions = (q_turned * k_turned).sum(axis=1)
    bias = float(bias_of(p, np.array(p.m - p.n)))
    first = np.array([p.m, p.n]) // PAGE * PAGE
    page = scores_of(q, k, first[0] + p.shift + np.arange(PAGE), first[1] + p.shift + np.arange(PAGE), p, turn)
    reading, measured = read_on(p, run)
    after = dataclasses.replace(p, shift=p.shift + 1)
    plain = frequencies(p.head_size, p.base)
    seen = p.trained_length * plain
    turned = (p.m - p.n) * turn.theta
    other = dataclasses.replace(p, layout="half_split" if p.layout == "interleaved" else "interleaved")
    decay, bound = decay_of(p)
    yield Frame(
        pairs_of(q, p.layout), pairs_of(k, p.layout), q_turned, k_turned, contributions, turn.theta, turned, seen,
        page, first, decay, bound,
        score=float(contributions.sum() + bias),
        shifted=float(scores_of(q, k, at[:1] + 1, at[1:] + 1, after, after.turning())[0, 0]),
        spread=spread_of(page), distance=p.m - p.n, length=p.length,
        fastest=float(turn.theta[0]), slowest=float(turn.theta[-1]),
        shortest=float(2 * math.pi / turn.theta[0]), longest=float(2 * math.pi / turn.theta[-1]), pairs=len(plain),
        unfinished=int((seen < 2 * math.pi).sum()), unseen=int(never_seen(turned, seen).sum()),
        base_now=turn.base, gain=turn.gain if p.encoding == "rope" else 1.0, bias=bias,
        expected=float(decay[abs(p.m - p.n)]),
        other_layout=float(scores_of(q, k, at[:1], at[1:], other, turn)[0, 0]),
        forms=max(largest_difference(x, position * turn.theta) for x, position in ((q, at[0]), (k, at[1]))),
        reading=reading, **measured,
    )


def read_on(p: Params, run: Run) -> tuple[Reading, dict[str, float | None]]:
    """In mode model: the trained decoders read texts of the chosen length."""
    if p.mode == "clocks":
        for name in MEASURED:
            run.note(name, "no_model")
        return Reading(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros((2, 0))), dict.fromkeys(MEASURED)
    reading, measured = read(p.way(), p.texts, p.times)
    for name in ("loss", "perplexity") if measured["loss"] is None else ():
        run.note(name, "no_embedding")
    return reading, measured


def vectors(p: Params, run: Run) -> tuple[Array, Array]:
    """A query and a key, (d,) each: normal numbers whose correlation is `alike`."""
    q = run.generator("query").standard_normal(p.head_size)
    noise = run.generator("key").standard_normal(p.head_size)
    return q, p.alike * q + math.sqrt(1 - p.alike**2) * noise


def encode(x: Array, positions: Array, p: Params, turn: Turning) -> Array:
    """The vector as it stands at each position, (positions, d)."""
    if p.encoding == "rope":
        return rotate(x, positions, turn, p.layout, p.precision)
    if p.encoding == "sinusoidal":
        return x + sinusoidal(positions, turn.theta, p.layout)
    return np.tile(x, (len(positions), 1))


def bias_of(p: Params, distance: Array) -> Array:
    """ALiBi's part of a score. It is added after scores are divided by sqrt(d): before that it is sqrt(d) times larger."""
    if p.encoding != "alibi":
        return np.zeros_like(distance, np.float64)
    return -math.sqrt(p.head_size) * float(alibi_slopes(ALIBI_HEADS)[p.head - 1]) * np.abs(distance)


def scores_of(q: Array, k: Array, rows: Array, columns: Array, p: Params, turn: Turning) -> Array:
    """Scores of the query at each row's position with the key at each column's, (rows, columns)."""
    return encode(q, rows, p, turn) @ encode(k, columns, p, turn).T + bias_of(p, rows[:, None] - columns)


def spread_of(scores: Array) -> float:
    """Largest difference between two entries of one diagonal."""
    size = len(scores)
    lines = np.full((2 * size - 1, size), np.nan)
    row, column = np.indices(scores.shape)
    lines[row - column + size - 1, np.minimum(row, column)] = scores
    return float((np.nanmax(lines, axis=1) - np.nanmin(lines, axis=1)).max())


def never_seen(turned: Array, seen: Array) -> Array:
    """Pairs turned further apart than the trained length ever turned them; a pair that went round has seen all angles."""
    return (seen < 2 * math.pi) & (np.abs(turned) >= seen * (1 - 1e-12))


def decay_of(p: Params) -> tuple[Array, Array]:
    """The decay curve and its bound; only what they depend on is told, so that sliding m and n recomputes nothing."""
    length = p.length if p.scaling == "dynamic" else 0
    head = p.head if p.encoding == "alibi" else 0
    return _decay(p.encoding, head, p.scaling, p.base, p.factor, p.trained_length, length, p.ramp)


@lru_cache(maxsize=64)
def _decay(encoding: str, head: int, scaling: str, base: float, factor: float, trained: int, length: int,
           ramp: str) -> tuple[Array, Array]:
    distances = np.arange(FARTHEST + 1.0)
    turn = turning(scaling, WIDE, base, factor=factor, trained=trained, length=length, ramp=ramp)
    waves = mean_score(turn.theta, distances)
    if encoding == "rope":
        return turn.gain**2 * waves, turn.gain**2 * decay_bound(turn.theta, distances)
    if encoding == "sinusoidal":                        # |q|^2 is WIDE on average, that of a position WIDE / 2
        return (2 + waves) / 3, np.zeros(0)
    if encoding == "alibi":
        return 1 - alibi_slopes(ALIBI_HEADS)[head - 1] / math.sqrt(WIDE) * distances, np.zeros(0)
    return np.ones(FARTHEST + 1), np.zeros(0)


WAYS = ("plain", "pi", "ntk", "dynamic", "yarn", "llama3", "alibi", "sinusoidal", "learned", "none", "window")


@dataclass(frozen=True)
class Lengths:
    """Loss on the last tokens of a text against its length, by way; NaN where it is not measured, or cannot be read."""

    loss: Array                 # (WAYS, TIMES) nats
    done: float


@rope.layer(reads=("mode", "texts", "factor", "ramp"))
def lengths(p: Params, run: Run) -> Iterator[Lengths]:
    """Every way reads every length, the shortest first."""
    loss = np.full((len(WAYS), TIMES), np.nan)
    if p.mode == "clocks":
        yield Lengths(loss, 0.0)
        return
    reads = [at_length(way_called(name, p), p.texts) for name in WAYS]
    for times in range(TIMES):
        for row, found in enumerate(reads):
            loss[row, times] = next(found, np.nan)
            run.report(times * len(WAYS) + row + 1, loss.size)
        yield Lengths(loss.copy(), (times + 1) / TIMES)


def way_called(name: str, p: Params) -> Way:
    """One of WAYS: a scaling of the rotary decoder, another decoder, or the rotary one seeing its trained length back."""
    if name == "window":
        return Way(window=TRAINED)
    return p.way("rotary", name) if name in WAYS[:6] else p.way(name)


@rope.verify
def against_the_library(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """torch as the transformers library writes it, the polar form, formulas of the papers, sums over sums."""
    from engine.transformer.rope_proof import proof

    yield from proof(p, frames)
