"""The proof of rotary positions: torch rotates as the transformers library does, and the score again in polar form."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Check, Run

if TYPE_CHECKING:
    from engine.transformer.rope import Frame, Params

LIBRARY = "torch, cos and sin with rotate_half as transformers writes it"
DISTANCES = (0, 1, 2, 7, 31, 64, 100, 199, 256)


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks of one frame."""
    from engine.transformer.rope import vectors
    from engine.transformer.rope_reading_proof import proof as reading_proof

    f = frames[-1]
    q, k = vectors(p, Run(p))
    size = float(np.linalg.norm(q) * np.linalg.norm(k)) * f.gain**2
    farthest = int(max(f.first.max() + 24, 256)) + p.shift
    exact = p.precision == "float64" or p.encoding != "rope"
    tolerance = size * (1e-13 + 2e-15 * farthest) if exact else size * 1e-6
    theta, gain, source = expected_frequencies(p, p.head_size, p.length)
    yield Check.worst("frequencies", f.theta, theta, 1e-13, source)
    rows, columns = (float(first) + p.shift + np.arange(len(f.scores)) for first in f.first)
    yield Check.worst("scores", f.scores, scores_by_torch(p, q, k, rows, columns, theta, gain), tolerance, LIBRARY)
    yield Check("score", f.score, float(scores_by_torch(p, q, k, [p.m + p.shift], [p.n + p.shift], theta, gain)[0, 0]),
                tolerance, LIBRARY)
    later = expected_frequencies(p, p.head_size, p.length + 1)[0]
    shifted = scores_by_torch(p, q, k, [p.m + p.shift + 1], [p.n + p.shift + 1], later, gain)
    yield Check("shifted", f.shifted, float(shifted[0, 0]), tolerance, LIBRARY)
    if p.encoding == "rope":
        yield from _rotation(p, f, q, k, theta, gain, tolerance)
    yield from _decay(p, f)
    turns = p.trained_length / (2 * math.pi) * np.array(expected_frequencies(p, p.head_size, p.length, plain=True)[0])
    if p.mode == "model":
        yield from reading_proof(p, f)
    yield Check("unfinished", f.unfinished, float((turns < 1).sum()), 0, "pairs whose wavelength exceeds the trained length")


def _rotation(p: Params, f: Frame, q: Array, k: Array, theta: Array, gain: float, tolerance: float) -> Iterator[Check]:
    """What a rotation must do: the forms agree, lengths stay, and only the difference of positions is felt."""
    yield Check("forms", f.forms, 0.0, 1e-12, "matrix, complex, neighbour and half-split form, permuted back", "at_most")
    if p.precision != "float64":
        return
    lengths = [(pairs**2).sum(axis=1) for pairs in (f.q_turned, f.k_turned)]
    before = [gain**2 * (pairs**2).sum(axis=1) for pairs in (f.q_pairs, f.k_pairs)]
    yield Check.worst("lengths", lengths, before, 1e-12, "a rotation keeps every pair's length")
    rows, columns = (float(first) + np.arange(len(f.scores)) for first in f.first)
    apart = rows[:, None, None] - columns[:, None]                                          # (rows, columns, 1)
    qs, ks = ((x[:, 0] + 1j * x[:, 1]) for x in (f.q_pairs, f.k_pairs))
    polar = gain**2 * (np.abs(qs) * np.abs(ks) * np.cos(np.angle(qs) - np.angle(ks) + apart * theta)).sum(axis=-1)
    yield Check.worst("polar", f.scores, polar, tolerance, "sum |q_i| |k_i| cos(phi_i + (m - n) theta_i)")
    yield Check("spread", f.spread, 0.0, 2 * tolerance, "a score depends on m - n alone", "at_most")


# frequencies, from the formulas one pair at a time -----------------------------------------------------------------------


def expected_frequencies(p: Params, head_size: int, length: int, *, plain: bool = False) -> tuple[Array, float, str]:
    """theta_i, the gain, and where the formula stands."""
    half, s = head_size // 2, p.factor
    theta = [math.exp(-2 * i / head_size * math.log(p.base)) for i in range(half)]
    if plain or p.scaling == "plain":
        return np.array(theta), 1.0, "RoFormer, 3.2.2"
    if p.scaling == "pi":
        return np.array([t / s for t in theta]), 1.0, "Chen et al. 2023: positions divided by s"
    if p.scaling in ("ntk", "dynamic"):
        if p.scaling == "dynamic":
            s = s * max(length, p.trained_length) / p.trained_length - (s - 1)
        return np.array([t * s ** (-2 * i / (head_size - 2)) for i, t in enumerate(theta)]), 1.0, "theta_i s^(-2i / (d - 2))"
    if p.scaling == "llama3":
        return np.array([_llama(p, t) for t in theta]), 1.0, "Llama 3.1, apply_scaling: by wavelength"
    share = [_kept_by_turns(p, t) if p.ramp == "turns" else _kept_by_index(p, i, head_size) for i, t in enumerate(theta)]
    blended = [t * kept + t / s * (1 - kept) for t, kept in zip(theta, share, strict=True)]
    where = "Peng et al. 2023, NTK by parts" if p.ramp == "turns" else "transformers, _compute_yarn_parameters"
    return np.array(blended), 1 + math.log(s) / 10, where


def _kept_by_turns(p: Params, theta: float) -> float:
    turns = p.trained_length * theta / math.tau
    return 1.0 if turns > 32 else 0.0 if turns < 1 else (turns - 1) / 31


def _llama(p: Params, theta: float) -> float:
    """As Meta's code has it: three cases of the wavelength, with factors 1 and 4."""
    wave = math.tau / theta
    if wave < p.trained_length / 4:
        return theta
    if wave > p.trained_length:
        return theta / p.factor
    smooth = (p.trained_length / wave - 1) / 3
    return (1 - smooth) * theta / p.factor + smooth * theta


def _kept_by_index(p: Params, i: int, head_size: int) -> float:
    place = [head_size * math.log(p.trained_length / (turns * math.tau), p.base) / 2 for turns in (32, 1)]
    first, last = max(math.floor(place[0]), 0), min(math.ceil(place[1]), head_size - 1)
    if first == last:
        return 1.0 if i <= first else 0.0
    return min(max((last - i) / (last - first), 0.0), 1.0)      # as it is written there, even where last < first


# the rotation, as the library does it ------------------------------------------------------------------------------------


def scores_by_torch(p: Params, q: Array, k: Array, rows: Any, columns: Any, theta: Array, gain: float) -> Array:
    """Scores for all pairs of positions, (rows, columns), float64."""
    ours, theirs = ((_placed(p, x, at, theta, gain)) for x, at in ((q, rows), (k, columns)))
    scores: Array = (ours @ theirs.T).numpy()
    if p.encoding == "alibi":
        slope = 2.0 ** -p.head                                                  # eight heads: 1/2, 1/4, ... 1/256
        scores = scores - math.sqrt(p.head_size) * slope * np.abs(np.subtract.outer(np.array(rows), np.array(columns)))
    return scores


def _placed(p: Params, x: Array, positions: Any, theta: Array, gain: float) -> Any:
    import torch

    at = torch.tensor(np.asarray(positions, np.float64))[:, None]
    if p.encoding in ("alibi", "none", "learned"):
        return torch.tensor(x).expand(len(at), -1)
    order = _half_split_order(p)
    vector = torch.tensor(x[order])[None, :]
    if p.encoding == "sinusoidal":
        angles = at * torch.tensor(theta)
        placed = vector + torch.cat([angles.sin(), angles.cos()], dim=-1)
    else:
        placed = _library_rotation(vector, at, torch.tensor(theta), gain, p.precision)
    return placed[:, np.argsort(order)]


def _half_split_order(p: Params) -> Array:
    """Places of the even, then the odd numbers of an interleaved vector; a half-split one stands so already."""
    places = np.arange(p.head_size)
    return places if p.layout == "half_split" else places.reshape(-1, 2).T.ravel()


def _library_rotation(x: Any, at: Any, inv_freq: Any, gain: float, precision: str) -> Any:
    import torch

    kind = torch.float64 if precision == "float64" else torch.float32 if precision == "float32" else torch.bfloat16
    angles_kind = torch.float64 if kind == torch.float64 else torch.bfloat16 if precision == "bfloat16_angles" else torch.float32
    freqs = at.to(angles_kind) * inv_freq.to(angles_kind)
    emb = torch.cat((freqs, freqs), dim=-1).double()
    cos, sin = ((wave * gain).to(torch.float64 if kind == torch.float64 else torch.float32).to(kind)
                for wave in (emb.cos(), emb.sin()))
    x = x.to(kind)
    half = x.shape[-1] // 2
    rotated = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return ((x * cos) + (rotated * sin)).double()


# long-term decay, by sums over sums --------------------------------------------------------------------------------------


def _decay(p: Params, f: Frame) -> Iterator[Check]:
    from engine.transformer.rope import WIDE

    theta, gain, _ = expected_frequencies(p, WIDE, p.length)
    means, bounds = zip(*(_sums(theta, r) for r in DISTANCES), strict=True)
    if p.encoding == "rope":
        yield Check.worst("decay", f.decay[list(DISTANCES)], gain**2 * np.array(means), 1e-11, "tr(R) / d, term by term")
        yield Check.worst("bound", f.bound[list(DISTANCES)], gain**2 * np.array(bounds), 1e-11,
                          "RoFormer 3.4.3, double sum in Python's cmath")
        worst = np.abs(f.decay).max() / gain**2
        yield Check("decay_most", float(worst), 1.0, 1e-12, "|mean of cosines| is at most 1", "at_most")
    elif p.encoding == "sinusoidal":
        wide = WIDE + np.array(means) * WIDE / 2
        yield Check.worst("decay", f.decay[list(DISTANCES)], wide / (WIDE + WIDE / 2), 1e-11,
                          "(|q|^2 + p_m p_n) / (its value at 0)")
    elif p.encoding == "alibi":
        line = [(WIDE - math.sqrt(WIDE) * 2.0**-p.head * r) / WIDE for r in DISTANCES]
        yield Check.worst("decay", f.decay[list(DISTANCES)], line, 1e-12, "Press et al. 2022: a straight line")
    else:
        yield Check.worst("decay", f.decay, np.ones(257), 0, "without positions nothing decays")


def _sums(theta: Array, r: int) -> tuple[float, float]:
    """(mean of cos, mean of |S_j| over its value at distance 0) at one distance."""
    inner, outer, cosines = 0j, 0.0, 0.0
    for t in theta:
        inner += cmath.exp(1j * r * float(t))
        outer += abs(inner)
        cosines += math.cos(r * float(t))
    return cosines / len(theta), outer / (len(theta) * (len(theta) + 1) / 2)
