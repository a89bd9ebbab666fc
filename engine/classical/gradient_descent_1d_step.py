"""One step of descent on a line, and what Taylor's formula and the descent lemma promised of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.classical.jets import differentiate
from engine.core import Array

NODES = 81


@dataclass(frozen=True)
class Step:
    """From x to x + s with s = eta * direction; f' and f'' are those at x, L is the largest f'' on the way."""

    end: float              # x + s
    first: float            # f + s f'; with s = -eta f' the guide's f - eta f'^2
    second: float           # f + s f' + s^2 f'' / 2
    bound: float            # f + s f' + s^2 L / 2, which f(x + s) never exceeds: the descent lemma
    ahead: Array            # (4, NODES) rates, and by them: f, first order and bound of the step with that rate


def step_of(text: str, x: float, f: float, slope: float, direction: float, eta: float) -> Step:
    """The step from x along a direction (less the slope, and noise if there is any)."""
    here = differentiate(text, x, 0.0)
    bend = float(here.xx)
    s = eta * direction
    way = differentiate(text, x + s * np.linspace(0, 1, NODES), np.zeros(NODES))
    bends = np.broadcast_to(way.xx, NODES)
    most = float(bends[np.isfinite(bends)].max(initial=bend if np.isfinite(bend) else 0.0))
    first = f + s * slope
    rates = np.linspace(0, _farthest(eta, most), NODES)
    steps = rates * direction
    with np.errstate(all="ignore"):
        there = np.asarray(differentiate(text, x + steps, np.zeros(NODES)).f, np.float64)
        ahead = np.stack([rates, there, f + steps * slope, f + steps * slope + steps**2 * most / 2])
    return Step(x + s, first, first + s * s * bend / 2, first + s * s * most / 2, np.where(np.isfinite(ahead), ahead, np.nan))


def _farthest(eta: float, most: float) -> float:
    """How far the rates go: past eta, and to where the bound promises nothing any more, 2 / L, if that is near."""
    return max(1.25 * eta, min(2.2 / most, 4 * eta)) if most > 0 else 1.25 * eta
