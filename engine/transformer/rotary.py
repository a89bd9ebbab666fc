"""Rotary positions: frequencies, four ways to write the rotation, ways to stretch it, and the encodings beside it.

Vectors have shape (..., d); d is even and makes P = d / 2 pairs, each turned by its own angle, position times theta_i.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array

TURNS_KEPT, TURNS_STRETCHED = 32.0, 1.0     # YaRN's beta and alpha: pairs that turn so often in training
LLAMA_KEPT, LLAMA_STRETCHED = 4.0, 1.0      # the same two of Llama 3.1: high_freq_factor and low_freq_factor


@dataclass(frozen=True)
class Turning:
    """How fast each pair turns, and what a stretching method does besides."""

    theta: Array                # (P,) radians a position
    gain: float                 # factor on both rotated vectors: YaRN's sqrt(1/t), else 1
    base: float                 # the base in force


# frequencies ----------------------------------------------------------------------------------------------------------


def frequencies(head_size: int, base: float) -> Array:
    """theta_i = base^(-2 i / d), i = 0 ... P - 1: from 1 radian a position down to almost 1 / base."""
    return base ** (-2.0 * np.arange(head_size // 2) / head_size)


def turning(method: str, head_size: int, base: float, *, factor: float = 1.0, trained: int = 2048,
            length: int = 0, ramp: str = "index") -> Turning:
    """The frequencies of a way to go beyond the trained length: plain, pi, ntk, dynamic, yarn or llama3.

    factor: how much longer than trained. length: positions in use now (dynamic). ramp: YaRN's blend, see `yarn`.
    """
    plain = frequencies(head_size, base)
    if method == "pi":
        return Turning(plain / factor, 1.0, base)
    if method == "ntk":
        wider = ntk_base(head_size, base, factor)
        return Turning(frequencies(head_size, wider), 1.0, wider)
    if method == "dynamic":
        wider = ntk_base(head_size, base, factor * max(length, trained) / trained - (factor - 1))
        return Turning(frequencies(head_size, wider), 1.0, wider)
    if method == "yarn":
        return Turning(yarn(head_size, base, factor, trained, ramp), yarn_gain(factor), base)
    if method == "llama3":
        return Turning(by_parts(plain, factor, kept_by_turns(plain, trained, LLAMA_KEPT, LLAMA_STRETCHED)), 1.0, base)
    return Turning(plain, 1.0, base)


def ntk_base(head_size: int, base: float, factor: float) -> float:
    """base * factor^(d / (d - 2)): the slowest pair turns exactly `factor` times slower, the fastest as before.

    A head of two numbers has one pair, the fastest: no base changes it.
    """
    if head_size == 2:
        return base
    return float(base * factor ** (head_size / (head_size - 2)))


def yarn(head_size: int, base: float, factor: float, trained: int, ramp: str = "index", *, kept: float = TURNS_KEPT,
         stretched: float = TURNS_STRETCHED, rounded: bool = True) -> Array:
    """NTK by parts: pairs that turn often in training keep their speed, slow ones are interpolated, a ramp between.

    The paper's ramp is linear in the number of turns; the authors' code, and transformers after it, makes it linear
    in the index of the pair, between the indices with 32 turns and 1 turn, rounded outward (`rounded`).
    """
    plain = frequencies(head_size, base)
    if ramp == "turns":
        return by_parts(plain, factor, kept_by_turns(plain, trained, kept, stretched))
    first, last = (pair_with_turns(turns, head_size, base, trained) for turns in (kept, stretched))
    if rounded:
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, head_size - 1)
    last = last if last != first else first + 0.001
    return by_parts(plain, factor, 1.0 - np.clip((np.arange(head_size // 2) - first) / (last - first), 0.0, 1.0))


def by_parts(plain: Array, factor: float, kept: Array) -> Array:
    """Each pair as fast as before by its share `kept`, `factor` times slower by the rest."""
    return plain / factor * (1.0 - kept) + plain * kept


def kept_by_turns(plain: Array, trained: int, kept: float, stretched: float) -> Array:
    """1 for pairs with at least `kept` turns over the trained length, 0 below `stretched`, linear in turns between."""
    turns = trained * plain / (2 * math.pi)
    return np.clip((turns - stretched) / (kept - stretched), 0.0, 1.0)


def pair_with_turns(turns: float, head_size: int, base: float, trained: int) -> float:
    """The index i, not rounded, of the pair that turns so often over the trained length."""
    return head_size * math.log(trained / (turns * 2 * math.pi)) / (2 * math.log(base))


def yarn_gain(factor: float, strength: float = 1.0) -> float:
    """sqrt(1 / t) = 0.1 ln s + 1, on both vectors: scores grow by its square, which cools the softmax.

    strength: what 0.1 is multiplied by (`mscale` in the config of some models).
    """
    return 0.1 * strength * math.log(factor) + 1.0 if factor > 1 else 1.0


# pairs ----------------------------------------------------------------------------------------------------------------


def pairs_of(x: Array, layout: str) -> Array:
    """(..., d) as (..., P, 2): neighbours (2i, 2i + 1), or halves (i, i + P)."""
    half = x.shape[-1] // 2
    if layout == "interleaved":
        return x.reshape(*x.shape[:-1], half, 2)
    return np.stack([x[..., :half], x[..., half:]], axis=-1)


def joined(pairs: Array, layout: str) -> Array:
    """The inverse of `pairs_of`."""
    if layout == "interleaved":
        return pairs.reshape(*pairs.shape[:-2], -1)
    return np.concatenate([pairs[..., 0], pairs[..., 1]], axis=-1)


def halves_first(head_size: int) -> Array:
    """The permutation between layouts: it takes the even places first, then the odd ones."""
    return np.concatenate([np.arange(0, head_size, 2), np.arange(1, head_size, 2)])


# the rotation, written four ways --------------------------------------------------------------------------------------


def by_complex_numbers(x: Array, angles: Array, layout: str) -> Array:
    """Each pair as a + ib, times e^(i angle). x: (..., d), angles: (..., P)."""
    pairs = pairs_of(x, layout)
    turned = (pairs[..., 0] + 1j * pairs[..., 1]) * np.exp(1j * angles)
    return joined(np.stack([turned.real, turned.imag], axis=-1), layout)


def rotation_matrix(angles: Array) -> Array:
    """R, (d, d), of one position: 2 x 2 rotations down the diagonal, for neighbouring pairs. angles: (P,)."""
    size = 2 * len(angles)
    matrix = np.zeros((size, size))
    for i, angle in enumerate(angles):
        c, s = math.cos(angle), math.sin(angle)
        matrix[2 * i:2 * i + 2, 2 * i:2 * i + 2] = (c, -s), (s, c)
    return matrix


def by_neighbours(x: Array, angles: Array) -> Array:
    """RoFormer 3.4.2: x cos + x' sin, where x' is (-x_1, x_0, -x_3, x_2, ...)."""
    swapped = joined(np.stack([-x[..., 1::2], x[..., ::2]], axis=-1), "interleaved")
    return x * np.repeat(np.cos(angles), 2, axis=-1) + swapped * np.repeat(np.sin(angles), 2, axis=-1)


def by_halves(x: Array, cos: Array, sin: Array) -> Array:
    """x cos + rotate_half(x) sin, for pairs of halves; cos and sin, (..., P), are laid twice side by side."""
    half = x.shape[-1] // 2
    rotated = np.concatenate([-x[..., half:], x[..., :half]], axis=-1)
    return x * np.concatenate([cos, cos], axis=-1) + rotated * np.concatenate([sin, sin], axis=-1)


def largest_difference(x: Array, angles: Array) -> float:
    """Between matrix, complex, neighbour and half-split form of one rotated vector; the last one permuted back."""
    order = halves_first(len(x))
    matrix = rotation_matrix(angles) @ x
    others = (by_complex_numbers(x, angles, "interleaved"), by_neighbours(x, angles),
              by_halves(x[order], np.cos(angles), np.sin(angles))[np.argsort(order)])
    return float(max(np.abs(matrix - other).max() for other in others))


# in fewer bits --------------------------------------------------------------------------------------------------------


def bfloat16(x: Array) -> Array:
    """Rounded to eight significant bits, ties to even; kept as float32."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    rounded: Array = ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)
    return rounded


def single(x: Array) -> Array:
    """Rounded to float32."""
    return np.asarray(x, np.float32)


def rotate(x: Array, positions: Array, turn: Turning, layout: str, precision: str = "float64") -> Array:
    """x at each position, (..., d), float64; with fewer bits every product and sum is rounded as a GPU's would be.

    float32 and bfloat16 form the angles in float32, as libraries do; bfloat16_angles rounds them to bfloat16 too.
    """
    positions = np.asarray(positions, np.float64)[..., None]
    if precision == "float64":
        return turn.gain * by_complex_numbers(x, positions * turn.theta, layout)
    theta = turn.theta.astype(np.float32)
    small = bfloat16 if precision.startswith("bfloat16") else single
    if precision == "bfloat16_angles":
        angles = bfloat16(bfloat16(positions) * bfloat16(theta))
    else:
        angles = positions.astype(np.float32) * theta
    cos = small(single(np.cos(angles.astype(np.float64)) * turn.gain))
    sin = small(single(np.sin(angles.astype(np.float64)) * turn.gain))
    a, b = np.moveaxis(pairs_of(small(x), layout), -1, 0)
    turned = np.stack([small(small(a * cos) + small(-b * sin)), small(small(b * cos) + small(a * sin))], axis=-1)
    return joined(turned.astype(np.float64), layout)


# what stands beside it ------------------------------------------------------------------------------------------------


def sinusoidal(positions: Array, theta: Array, layout: str) -> Array:
    """Vaswani's table: (sin, cos) of position times theta_i as pair i, (positions, d); it is added, not multiplied."""
    angles = np.asarray(positions, np.float64)[..., None] * theta
    return joined(np.stack([np.sin(angles), np.cos(angles)], axis=-1), layout)


def alibi_slopes(heads: int) -> Array:
    """Slopes 2^(-8 h / heads), h = 1 ... heads; other numbers of heads borrow from the next power of two (Press)."""
    power = 2 ** math.floor(math.log2(heads))
    slopes = 2.0 ** (-8.0 * np.arange(1, power + 1) / power)
    if power == heads:
        return slopes
    return np.concatenate([slopes, 2.0 ** (-8.0 * np.arange(1, 2 * power + 1) / (2 * power))[::2][:heads - power]])


# long-term decay ------------------------------------------------------------------------------------------------------


def decay_bound(theta: Array, distances: Array) -> Array:
    """RoFormer 3.4.3: mean over j of |S_j|, S_j = sum of e^(i r theta) over the first j pairs; 1 at distance 0."""
    sums = np.cumsum(np.exp(1j * distances[:, None] * theta), axis=1)                       # (distances, P)
    return np.abs(sums).sum(axis=1) / np.arange(1, len(theta) + 1).sum()


def mean_score(theta: Array, distances: Array) -> Array:
    """Mean score of a random query with itself as key, by distance, over |q|^2: the mean of cos(r theta_i)."""
    return np.cos(distances[:, None] * theta).mean(axis=1)
