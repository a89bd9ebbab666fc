"""Gradient descent on a line: x <- x - eta f'(x), each step beside what Taylor's first order promised for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from engine.classical import gradient_descent_1d_late as late
from engine.classical.gradient_descent_1d_ground import FORMULAS, Ground, ground_of, value_and_slope
from engine.classical.gradient_descent_1d_late import Escapes, Orbits
from engine.classical.gradient_descent_1d_step import Step, step_of
from engine.core import Array, Check, Expression, Range, Run, Seed, Shared, View, When, concept

FARTHEST = 50.0             # beyond this the walk has left for good
SETTLED = 1e-9


@dataclass(frozen=True)
class Params:
    function: Literal["bowl", "quartic", "two_wells", "wavy", "typed"] = "bowl"
    curvature: Annotated[float, Range(0.1, 10, log=True), When("function", ("bowl",))] = 1.0
    formula: Annotated[Expression, When("function", ("typed",))] = "log(1 + x**2) + x/5"
    learning_rate: Annotated[float, Range(0.001, 10, log=True)] = 0.3
    noise: Annotated[float, Range(0, 3)] = 0.0              # deviation added to every slope
    start: Annotated[float, Range(-10, 10)] = 3.2
    steps: Annotated[int, Range(1, 300)] = 12
    beside: Annotated[Literal["rates", "escape"], View()] = "rates"
    seed: Seed = 7

    def text(self) -> str:
        """The function as a formula in x."""
        if self.function == "bowl":
            return f"{self.curvature!r}/2*x**2"
        return self.formula if self.function == "typed" else FORMULAS[self.function]


@dataclass(frozen=True)
class Frame:
    ground: Shared[Ground]
    path: Array             # (steps so far + 1,) x_0 ... x_k
    heights: Array          # f of it
    ahead: Array            # (4, 81) rates, and by them: f where the newest step would have led, its first order, its bound
    promised: float | None  # f(x) - eta f'(x)^2, the first order of Taylor's formula, of the newest step
    second: float | None    # and eta^2 f'(x)^2 f''(x) / 2 more, the second order
    lemma: float | None     # f(x) - eta (1 - eta L / 2) f'(x)^2, L the largest f'' on the way: the descent lemma
    x: float
    f: float
    slope: float
    error: float | None     # f(x_k) minus what was promised
    distance: float         # |x - valley|
    limit: float | None     # 2 / f''(valley): the largest rate at which the valley holds the walk
    rate: float | None      # |1 - eta f''(valley)|, the factor of each step near the valley
    phase: str


@concept(kind="steps")
def gradient_descent_1d(p: Params, run: Run) -> Iterator[Frame]:
    """Walk downhill by the slope. Taylor: f(x + eps) = f(x) + eps f'(x) + O(eps^2); the step is eps = -eta f'(x).

    On f = L x^2 / 2 every step multiplies x by (1 - eta L): it converges exactly when eta < 2 / L.
    """
    ground = Shared(ground_of(p))
    bend = ground.value.bend
    limit = 2 / bend if bend > 1e-9 else None
    rate = abs(1 - p.learning_rate * bend) if limit else None
    if limit is None:
        run.note("limit", "flat_valley")
        run.note("rate", "flat_valley")
    f, slope = value_and_slope(p.text(), p.start)
    if not np.isfinite(f + slope):
        run.stop("undefined")
        f = slope = 0.0
    path, heights = [p.start], [f]
    newest = step_of(p.text(), p.start, f, slope, -slope, p.learning_rate)
    for metric in ("promised", "second", "lemma", "error"):
        run.note(metric, "no_step_yet")
    for k in range(p.steps + 1):
        x = path[-1]
        yield Frame(ground, np.array(path), np.array(heights), newest.ahead, *_promises(newest, k), x, f, slope,
                    f - newest.first if k else None, abs(x - ground.value.valley), limit, rate, _phase(path, slope))
        if k == p.steps or run.ended or _settled(p, slope):
            return
        newest = step_of(p.text(), x, f, slope, -(slope + p.noise * run.rng.standard_normal()), p.learning_rate)
        f, slope = value_and_slope(p.text(), newest.end)
        if not np.isfinite(f + slope) or abs(newest.end) > FARTHEST:
            run.stop("diverged")
            return
        path.append(newest.end)
        heights.append(f)


def _promises(newest: Step, k: int) -> tuple[float | None, float | None, float | None]:
    """What was promised of the newest step; nothing before there is one."""
    return (newest.first, newest.second, newest.bound) if k else (None, None, None)


def _settled(p: Params, slope: float) -> bool:
    return p.noise == 0 and abs(slope) < SETTLED


def _phase(path: list[float], slope: float) -> str:
    """What the walk is doing, from its last two moves."""
    if abs(slope) < 1e-6:
        return "settled"
    if len(path) < 3:
        return "first"
    before, now = path[-2] - path[-3], path[-1] - path[-2]
    if before * now > 0:
        return "creep" if abs(now) <= abs(before) * 1.0001 else "leave"
    return "zigzag" if abs(now) < abs(before) * 0.9999 else "cycle"


@gradient_descent_1d.layer(reads=("function", "curvature", "formula", "start"))
def bifurcation(p: Params, run: Run) -> Iterator[Orbits]:
    """Late positions of the walk for many learning rates at once: one point, then two, then many, then chaos."""
    yield from late.orbits(p, run)


@gradient_descent_1d.layer(reads=("function", "curvature", "formula", "start", "learning_rate", "seed", "beside"))
def escape(p: Params, run: Run) -> Iterator[Escapes]:
    """How many steps noise of each strength needs to carry a walk out of its valley; computed while it is looked at."""
    yield from late.escapes(p, run)


@gradient_descent_1d.verify
def against_closed_forms(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The bowl's closed form, torch's SGD step by step, Taylor's remainder and the descent lemma on every step."""
    from engine.classical.gradient_descent_1d_proof import proof

    yield from proof(p, frames)
