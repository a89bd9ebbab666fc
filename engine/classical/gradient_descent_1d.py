"""Gradient descent on a line: x <- x - eta f'(x), each step beside what Taylor's first order promised for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from engine.classical.jets import differentiate
from engine.core import Array, Check, Expression, Range, Run, Seed, Shared, When, concept

FORMULAS = {"quartic": "x**4/4", "two_wells": "(x**2 - 1)**2/4", "wavy": "x**2/8 + cos(4*x)/4"}
REACH = {"bowl": 4.0, "quartic": 3.0, "two_wells": 2.0, "wavy": 4.0, "typed": 4.0}
FARTHEST = 50.0             # beyond this the walk has left for good
SETTLED = 1e-9
ORBIT, SEEN, RATES, CELLS = 400, 60, 360, 600            # of the bifurcation picture


@dataclass(frozen=True)
class Params:
    function: Literal["bowl", "quartic", "two_wells", "wavy", "typed"] = "bowl"
    curvature: Annotated[float, Range(0.1, 10, log=True), When("function", ("bowl",))] = 1.0
    formula: Annotated[Expression, When("function", ("typed",))] = "log(1 + x**2) + x/5"
    learning_rate: Annotated[float, Range(0.01, 4, log=True)] = 0.3
    noise: Annotated[float, Range(0, 3)] = 0.0              # deviation added to every slope
    start: Annotated[float, Range(-4, 4)] = 3.2
    steps: Annotated[int, Range(1, 300)] = 40
    seed: Seed = 7

    def text(self) -> str:
        """The function as a formula in x."""
        if self.function == "bowl":
            return f"{self.curvature!r}/2*x**2"
        return self.formula if self.function == "typed" else FORMULAS[self.function]


@dataclass(frozen=True)
class Ground:
    """The function over the stretch that is shown, and its lowest point there."""

    x: Array                # (nodes,)
    f: Array                # (nodes,); NaN where it is undefined
    valley: float           # the minimum nearest to where the walk began
    lowest: float           # f there
    bend: float             # f'' there


@dataclass(frozen=True)
class Frame:
    ground: Shared[Ground]
    path: Array             # (steps so far + 1,) x_0 ... x_k
    heights: Array          # f of it
    promised: float | None  # f(x) - eta f'(x)^2, the first order of Taylor's formula, of the newest step
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
    promised: float | None = None
    run.note("promised", "no_step_yet")
    run.note("error", "no_step_yet")
    for k in range(p.steps + 1):
        x = path[-1]
        yield Frame(ground, np.array(path), np.array(heights), promised, x, f, slope,
                    None if promised is None else f - promised, abs(x - ground.value.valley), limit, rate, _phase(path, slope))
        if k == p.steps or run.ended or _settled(p, slope):
            return
        step = -p.learning_rate * (slope + p.noise * run.rng.standard_normal())
        promised = f + step * slope                                     # first order; the rest is O(step^2)
        f, slope = value_and_slope(p.text(), x + step)
        if not np.isfinite(f + slope) or abs(x + step) > FARTHEST:
            run.stop("diverged")
            return
        path.append(x + step)
        heights.append(f)


def _settled(p: Params, slope: float) -> bool:
    return p.noise == 0 and abs(slope) < SETTLED


def value_and_slope(text: str, x: float) -> tuple[float, float]:
    """f and f' at one point, exact to rounding."""
    jet = differentiate(text, x, 0.0)
    return float(jet.f), float(jet.x)


def ground_of(p: Params) -> Ground:
    """The function where it is shown; its valley is the local minimum reached by walking down from the start."""
    reach = REACH[p.function]
    x = np.linspace(-max(reach, abs(p.start)), max(reach, abs(p.start)), 801)
    jet = differentiate(p.text(), x, np.zeros_like(x))
    f = np.where(np.isfinite(jet.f), jet.f, np.nan)
    at = int(np.argmin(np.abs(x - p.start)))
    filled = np.where(np.isfinite(f), f, np.inf)
    while 0 < at < len(x) - 1 and min(filled[at - 1], filled[at + 1]) < filled[at]:
        at += 1 if filled[at + 1] < filled[at - 1] else -1
    valley = _refined(p.text(), float(x[at]), float(x[1] - x[0]))
    found = differentiate(p.text(), valley, 0.0)
    bend = float(found.xx) if np.isfinite(found.xx) else 0.0
    return Ground(x, f, valley, float(found.f) if np.isfinite(found.f) else 0.0, bend)


def _refined(text: str, x: float, room: float) -> float:
    """Newton's method on f' from a grid point, kept within a cell of it."""
    best = x
    for _ in range(30):
        jet = differentiate(text, best, 0.0)
        if not np.isfinite(jet.xx) or abs(jet.xx) < 1e-12:
            break
        best = float(np.clip(best - jet.x / jet.xx, x - room, x + room))
    return best


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


@dataclass(frozen=True)
class Orbits:
    """Where the walk ends up, by learning rate: each late place once."""

    rates: Array                # (places,)
    places: Array               # (places,) x
    most: float                 # the largest rate tried
    done: float


@gradient_descent_1d.layer(reads=("function", "curvature", "formula", "start"))
def bifurcation(p: Params, run: Run) -> Iterator[Orbits]:
    """Late positions of the walk for many learning rates at once: one point, then two, then many, then chaos."""
    ground = ground_of(p)
    most = min(1.5 * 2 / ground.bend, 4.0) if ground.bend > 1e-9 else 1.0
    rates = np.linspace(0.01, most, RATES)
    low, high = float(ground.x[0]), float(ground.x[-1])
    visited = np.zeros((CELLS, RATES), bool)
    x = np.full(RATES, p.start)
    for k in range(ORBIT):
        with np.errstate(all="ignore"):
            slope = np.broadcast_to(differentiate(p.text(), x, np.zeros_like(x)).x, x.shape)
            x = np.clip(x - rates * slope, -1e6, 1e6)                           # (rates,)
        if k >= ORBIT - SEEN:
            cell = np.floor((x - low) / (high - low) * CELLS)
            inside = np.isfinite(cell) & (cell >= 0) & (cell < CELLS)
            visited[cell[inside].astype(int), np.flatnonzero(inside)] = True
        run.report(k + 1, ORBIT)
        if k == ORBIT - 1 or (k > ORBIT - SEEN and k % 20 == 0):
            row, column = np.nonzero(visited)
            yield Orbits(rates[column], low + (row + 0.5) / CELLS * (high - low), most, (k + 1) / ORBIT)


@gradient_descent_1d.verify
def against_closed_forms(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The bowl's closed form, torch's SGD step by step, Taylor's remainder and the descent lemma on every step."""
    f = frames[-1]
    k = np.arange(len(f.path))
    if p.function == "bowl" and p.noise == 0:
        exact = (1 - p.learning_rate * p.curvature) ** k * p.start
        yield Check.worst("closed_form", f.path, exact, 1e-9 * max(1.0, float(np.abs(exact).max())), "(1 - eta L)^k x_0")
    if p.noise == 0 and len(f.path) > 1 and p.function != "typed":
        yield Check.worst("torch_sgd", f.path[1:], _torch_steps(p, f.path[:-1]), 1e-9 * max(1.0, float(np.abs(f.path).max())),
                          "torch.optim.SGD from each of our points, float64")
    if len(f.path) > 1:
        yield from _against_taylor(p, f)
    if f.limit is not None and p.function == "two_wells":
        yield Check("limit", f.limit, 1.0, 1e-9, "2 / f''(1), f'' = 3 x^2 - 1")


def _torch_steps(p: Params, starts: Array) -> Array:
    """One step of torch.optim.SGD from every start, its gradients by autograd."""
    import torch

    functions = {"bowl": lambda x: p.curvature * x * x / 2, "quartic": lambda x: x**4 / 4,
                 "two_wells": lambda x: (x * x - 1) ** 2 / 4, "wavy": lambda x: x * x / 8 + torch.cos(4 * x) / 4}
    x = torch.tensor(starts, dtype=torch.float64, requires_grad=True)
    step = torch.optim.SGD([x], lr=p.learning_rate)
    functions[p.function](x).sum().backward()
    step.step()
    return x.detach().numpy()


def _against_taylor(p: Params, f: Frame) -> Iterator[Check]:
    """Taylor's remainder: |f(x + s) - f(x) - s f'(x)| <= max |f''| s^2 / 2 over the step, f'' by scipy's differences."""
    from scipy.differentiate import derivative

    from engine.core.expression import parse

    function = parse(p.text(), ("x",))
    a, b = f.path[:-1], f.path[1:]
    slope = np.asarray(derivative(function, a).df)
    between = a + (b - a) * np.linspace(0, 1, 201)[:, None]                     # (201, steps)
    small = 1e-4 * np.maximum(1.0, np.abs(between))
    bend = np.abs(function(between + small) - 2 * function(between) + function(between - small)) / small**2
    error = np.abs(function(b) - function(a) - (b - a) * slope)
    most = bend.max(axis=0) * (b - a) ** 2 / 2
    worst = int(np.argmax(error - most))
    scale = max(1.0, float(np.abs(f.heights).max()))
    yield Check("remainder", float(error[worst]), float(most[worst]), 1e-5 * scale, "Lagrange remainder, scipy.differentiate",
                "at_most")
    if f.error is not None:
        yield Check("promise", float(f.promised or 0.0), float(function(a[-1]) + (b[-1] - a[-1]) * slope[-1]), 1e-6 * scale,
                    "f(x) - eta f'(x)^2, scipy.differentiate")
