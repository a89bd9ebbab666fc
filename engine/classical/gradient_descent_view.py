"""Where things stand in the picture: the ground's heights and contours, the loss axis, dots in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.gradient_descent_walk import Ground
from engine.classical.rates import torch_rate
from engine.core import Array

if TYPE_CHECKING:
    from engine.classical.gradient_descent import Frame, Params, Plane

LINES = 14


def heights(ground: Ground, spacing: str, losses: Array | None = None) -> Array:
    """Losses (the ground's, or others) as heights between which contours are spaced equally, 0 at the floor."""
    above = np.maximum((ground.losses if losses is None else losses) - ground.floor, 0.0)
    if spacing == "plain":
        return above
    return np.sqrt(above) if spacing == "root" else np.log1p(above / _unit(ground))


def levels(ground: Ground, spacing: str) -> Array:
    """The losses at which contours run, equally spaced in height, (LINES,)."""
    top = float(heights(ground, spacing).max())
    at = (np.arange(LINES) + 0.5) / LINES * top
    if spacing == "plain":
        return ground.floor + at
    return ground.floor + (at**2 if spacing == "root" else _unit(ground) * np.expm1(at))


def _unit(ground: Ground) -> float:
    """The loss that a logarithmic height counts from: a ten-thousandth of the whole range."""
    return 1e-4 * float(ground.losses.max() - ground.floor) or 1.0


def playhead(f: Frame) -> int:
    """The step that a frame shows."""
    return max(len(path) for path in f.paths) - 1


def loss_curves(f: Frame, history: Mapping[str, Array]) -> list[tuple[Array, Array]]:
    """(steps, losses above the lowest known) of every optimiser: its past from the frame, its future as recorded."""
    index = np.asarray(history.get("index", np.zeros(0)), np.float64)
    ahead = index > playhead(f)
    futures = (np.asarray(history.get(f"losses.{name}", index), np.float64)[ahead] for name in f.losses.names)
    curves = [np.append(curve, future) for curve, future in zip(f.curves, futures, strict=True)]
    lowest = min(f.ground.value.floor, *(float(np.nanmin(curve)) for curve in curves))
    return [(np.append(np.arange(len(past)), index[ahead]), curve - lowest)
            for past, curve in zip(f.curves, curves, strict=True)]


def promised_losses(f: Frame, p: Params, curves: Sequence[tuple[Array, Array]]) -> tuple[Array, Array] | None:
    """(steps, losses) that fall with the followed optimiser's rate in theory from its first loss; None without a rate."""
    first = float(curves[f.losses.names.index(p.followed())][1][0])
    if not f.rate_theory or not first > 0:
        return None
    steps = np.arange(p.steps + 1)
    with np.errstate(over="ignore", under="ignore"):
        fallen = first * f.rate_theory ** (2.0 * steps)
    return steps, np.where((fallen > 0) & np.isfinite(fallen), fallen, np.nan)


def loss_range(losses: Sequence[Array]) -> tuple[float, float]:
    """Ends of the logarithmic loss axis: a hundred times above the start at most, ten decades in all at most."""
    known = np.concatenate(losses)
    known = known[np.isfinite(known) & (known > 0)]
    if not len(known):
        return 0.1, 10.0
    top = 2 * min(float(known.max()), 100 * max(float(losses[0][0]), float(known.min())))
    return max(float(known.min()) / 2, top * 1e-10), top


def rate_tip(plane: Plane, rate: float) -> tuple[float, float] | None:
    """The rightmost point of the plane with a better rate, where a label stands clear; None where there is none."""
    rows, columns = np.nonzero(plane.radius <= rate)
    if not len(rows):
        return None
    tip = int(np.argmax(columns))
    share_x, share_y = columns[tip] / (plane.radius.shape[1] - 1), rows[tip] / (plane.radius.shape[0] - 1)
    return float(np.interp(share_x, (0, 1), plane.product)), float(np.interp(share_y, (0, 1), plane.momentum))


def torch_position(p: Params, plane: Plane) -> tuple[float, float]:
    """The followed optimiser in the plane: (torch's eta * L, momentum), momentum 0 where it has none."""
    name = p.followed()
    return torch_rate(name, p.settings()) * plane.largest, p.momentum if name in ("momentum", "nesterov") else 0.0
