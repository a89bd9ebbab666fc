"""Gradient descent in the plane: nine optimisers set out from one point, each theta - rate * direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Literal

import numpy as np

from engine.classical import rates
from engine.classical.gradient_descent_basins import Basins, basins_of
from engine.classical.gradient_descent_readings import Readings
from engine.classical.gradient_descent_walk import Ground, Walker, ground_of, look_all
from engine.classical.optimisers import METHODS, Convention, Settings
from engine.classical.surfaces import Surface, surface
from engine.core import (
    Among,
    Array,
    Check,
    Expression2,
    Flags,
    Named,
    Range,
    Run,
    Seed,
    Shared,
    Size,
    View,
    When,
    concept,
)

Method = Literal["gd", "momentum", "nesterov", "rmsprop", "adam", "newton", "sgd", "adagrad", "adamw"]


@dataclass(frozen=True)
class Params:
    surface: Literal["bowl", "saddle", "rosenbrock", "himmelblau", "rastrigin", "kinked", "reddi", "typed"] = "bowl"
    kappa: Annotated[float, Range(1, 1000, log=True), When("surface", ("bowl",))] = 24.0
    function: Annotated[Expression2, When("surface", ("typed",))] = "sin(2*x)*cos(2*y) + 0.15*(x**2 + y**2)"
    half_width: Annotated[float, Range(0.5, 50, log=True), When("surface", ("typed",))] = 4.0
    optimisers: Annotated[Flags, Among(*METHODS), Size(1, 9)] = Flags(
        ("gd", "momentum", "nesterov", "rmsprop", "adam", "newton"))
    follow: Method = "gd"
    learning_rate: Annotated[float, Range(1e-5, 10, log=True)] = 1.85       # of gd, sgd, momentum, nesterov
    adaptive_rate: Annotated[float, Range(1e-3, 5, log=True)] = 0.42        # of adagrad, rmsprop, adam, adamw: a length
    newton_rate: Annotated[float, Range(0.05, 1)] = 0.25                    # 1: Newton's full step
    momentum: Annotated[float, Range(0, 0.999)] = 0.9
    beta2: Annotated[float, Range(0, 0.9999)] = 0.9
    amsgrad: bool = False                                                   # of adam and adamw
    weight_decay: Annotated[float, Range(0, 1)] = 0.0
    noise: Annotated[float, Range(0, 20)] = 0.5                             # deviation of each part of sgd's gradient
    convention: Convention = "average"
    steps: Annotated[int, Range(1, 500)] = 80
    start_x: Annotated[float, Range(-12, 12)] = -9.2
    start_y: Annotated[float, Range(-12, 12)] = 2.15
    picture: Annotated[Literal["contours", "surface", "basins"], View()] = "contours"
    contours: Annotated[Literal["root", "log", "plain"], View()] = "root"
    beside: Annotated[Literal["ranking", "plane"], View()] = "ranking"
    azimuth: Annotated[float, Range(-180, 180), View(), When("picture", ("surface",))] = -40.0
    elevation: Annotated[float, Range(5, 90), View(), When("picture", ("surface",))] = 38.0
    seed: Seed = 7

    def settings(self) -> Settings:
        """What the optimisers are told."""
        return Settings(**{f.name: getattr(self, f.name) for f in fields(Settings)})

    def followed(self) -> str:
        """The optimiser whose numbers are read out: the one asked for, else the first of those shown."""
        return self.follow if self.follow in self.optimisers else self.optimisers.names[0]

    def made_surface(self) -> Surface:
        """The surface asked for."""
        return surface(self.surface, kappa=self.kappa, function=self.function, half_width=self.half_width)


@dataclass(frozen=True)
class Frame:
    ground: Shared[Ground]
    paths: tuple[Array, ...]         # (steps so far + 1, 2) by optimiser; a lost path ends where it was lost
    curves: tuple[Array, ...]        # (steps so far + 1,) the losses along them
    losses: Named                    # by optimiser; None once it is lost
    distances: Named                 # to the nearest global minimum
    lost: int                        # optimisers that have left for good
    loss: float | None               # from here on: of the followed optimiser
    gradient_norm: float | None
    distance: float | None
    x: float | None
    y: float | None
    direction_x: float | None        # theta_{t+1} = theta_t - eta * direction
    direction_y: float | None
    condition: float | None          # |largest| / |smallest| curvature where it stands
    stable_rate: float | None        # 2 / L where it stands
    rate: float | None               # measured factor of the error a step
    eta: float                       # its own learning rate
    arrived: int | None              # first step with 1 % of the first distance left
    rate_theory: float | None        # spectral radius of its step at the minimum nearest to it
    best_rate: float | None          # the least rate that its settings could reach there, and those settings
    best_learning_rate: float | None
    best_momentum: float | None
    phase: str


@concept(kind="steps")
def gradient_descent(p: Params, run: Run) -> Iterator[Frame]:
    """Ask for gradients, yield what is known, step; a path that leaves for good just ends."""
    s, start, settings = p.made_surface(), np.array([p.start_x, p.start_y]), p.settings()
    ground = Shared(ground_of(s, start))
    middle, farthest = ground.value.bounds()
    walkers = [Walker(name, settings, start, float(s.losses(start)), p.steps) for name in p.optimisers.names]
    readings = Readings(p.followed(), settings, s, ground.value, run)
    rng = run.generator("gradient noise")
    for step in range(p.steps + 1):
        look_all(walkers, s, step, p.noise * rng.standard_normal(2))
        losses, distances = readings.of_all(walkers)
        lost = sum(w.lost for w in walkers)
        yield Frame(
            ground, tuple(w.points[:w.count] for w in walkers), tuple(w.losses[:w.count] for w in walkers),
            losses, distances, lost, **readings.of_followed(walkers, step),
        )
        if lost == len(walkers):
            run.stop("diverged")
            return
        for walker in walkers if step < p.steps else ():
            walker.move(s, middle, farthest)


GROUND = ("surface", "kappa", "function", "half_width")
METHOD = ("optimisers", "follow", *(f.name for f in fields(Settings)), "noise", "seed")


@gradient_descent.layer(reads=(*GROUND, *METHOD, "picture"))
def basins(p: Params, run: Run) -> Iterator[Basins]:
    """Where the followed optimiser ends from every start, coarse first; computed while its picture is looked at."""
    yield from basins_of(p, run)


@dataclass(frozen=True)
class Plane:
    """The rate of every (learning rate, momentum) near the minimum: the larger spectral radius of its curvatures."""

    product: tuple[float, float]     # eta * L, torch's eta
    momentum: tuple[float, float]
    radius: Array                    # (momenta, products)
    largest: float                   # L
    best: tuple[float, float, float]    # eta * L, momentum, rate
    known: bool = True


PLANE_NODES = (181, 121)
NO_PLANE = Plane((0.01, 4.0), (0.0, 0.99), np.ones((2, 2)), 1.0, (1.0, 0.0, 1.0), known=False)


@gradient_descent.layer(reads=(*GROUND, "optimisers", "follow", "beside"))
def rate_plane(p: Params, run: Run) -> Iterator[Plane]:
    """The exact rate over the plane of learning rate and momentum, at the lowest minimum."""
    s = p.made_surface()
    minima = s.minima() if p.beside == "plane" else np.zeros((0, 2))
    low, high = np.linalg.eigvalsh(s.jet(minima[0]).hessian()).tolist() if len(minima) else (0.0, 0.0)
    if low <= 0:
        yield NO_PLANE
        return
    method = "nesterov" if p.followed() == "nesterov" else "momentum"
    product, momentum = np.meshgrid(np.linspace(*NO_PLANE.product, PLANE_NODES[0]),
                                    np.linspace(*NO_PLANE.momentum, PLANE_NODES[1]))
    radius = np.maximum(*(rates.radius(method, product / high, momentum, curvature) for curvature in (low, high)))
    found = rates.best(method, low, high)
    best = (found.learning_rate * high, found.momentum, found.rate)
    yield Plane(NO_PLANE.product, NO_PLANE.momentum, radius, high, best)


@gradient_descent.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Every step against torch.optim, every gradient against torch.autograd, rates against linear algebra."""
    from engine.classical.gradient_descent_proof import proof

    yield from proof(p, frames)
