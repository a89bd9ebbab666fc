"""Gradient descent on a line: published walks, the descent lemma, limits of orbits, and escapes over a ridge."""

from __future__ import annotations

import numpy as np
import pytest

from engine.classical.gradient_descent_1d import Frame, Params, gradient_descent_1d
from engine.classical.gradient_descent_1d_ground import ground_of
from engine.classical.gradient_descent_1d_late import NOISES, WALKERS
from engine.core import Run, iterate


def frames_of(**values: object) -> list[Frame]:
    return list(iterate(gradient_descent_1d, Params(**values)))  # type: ignore[arg-type]


def test_the_reference_walk_of_a_typed_quartic_and_its_two_predictions() -> None:
    """reference/ml_cases.json, classical.gradient_descent_1d/06: torch.optim.SGD and autograd."""
    frames = frames_of(function="typed", formula="x**4 - 3*x**2 + x", start=1.5, learning_rate=0.02, steps=20)
    path, heights = frames[-1].path, frames[-1].heights
    assert np.allclose(path[:5], (1.5, 1.39, 1.32195048, 1.275770248, 1.242748234), rtol=0, atol=1e-8)
    assert (path[-1], heights[-1]) == (pytest.approx(1.134299974, abs=1e-8), pytest.approx(-1.070176013, abs=1e-8))
    firsts, seconds = [f.promised for f in frames[1:]], [f.second for f in frames[1:]]
    assert np.allclose(np.array(firsts[:3], float), (-0.7925, -0.9048264486, -0.9733976888), rtol=0, atol=1e-8)
    assert np.allclose(np.array(seconds[:3], float), (-0.66545, -0.8650363764, -0.9574343951), rtol=0, atol=1e-8)


def test_log_cosh_from_four_at_rate_one() -> None:
    frames = frames_of(function="typed", formula="log(cosh(x))", start=4.0, learning_rate=1.0, steps=20)
    expected = (4, 3.0006707, 2.005609334, 1.041187585, 0.262830986, 0.005889448481)
    assert np.allclose(frames[-1].path[:6], expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize(("eta", "factor"), [(0.1, 0.9), (0.5, 0.5), (1.0, 0.0), (1.8, -0.8), (2.0, -1.0), (2.1, -1.1)])
def test_the_five_regimes_of_the_bowl(eta: float, factor: float) -> None:
    last = frames_of(start=3.0, learning_rate=eta, steps=15)[-1]
    assert np.allclose(last.path, 3.0 * factor ** np.arange(len(last.path)), rtol=1e-12, atol=1e-12)
    assert (last.limit, last.rate) == (pytest.approx(2), pytest.approx(abs(factor)))


@pytest.mark.parametrize(("eta", "places"), [(0.9, [1.0]), (1.05, [0.872871561, 1.091089451]), (1.2, [0.731290201, 1.139538492])])
def test_beyond_the_limit_a_well_has_a_cycle_of_two(eta: float, places: list[float]) -> None:
    last = frames_of(function="two_wells", start=0.3, learning_rate=eta, steps=300)[-1]
    assert np.allclose(np.unique(np.round(last.path[-2:], 6))[-len(places):], places, rtol=0, atol=2e-6)


@pytest.mark.parametrize("function", ["bowl", "quartic", "two_wells", "wavy"])
def test_no_step_ends_above_the_descent_lemma(function: str) -> None:
    for f in frames_of(function=function, learning_rate=0.11, start=1.9, noise=0.5, steps=60)[1:]:
        assert f.f <= (f.lemma or 0.0) + 1e-6
        rates, there, first, bound = f.ahead
        assert (there <= bound + 1e-6 + 2e-2 * np.abs(bound - first)).all() or rates[-1] > 0.11


def test_on_the_bowl_the_lemma_is_the_step_itself() -> None:
    f = frames_of(curvature=2.5, learning_rate=0.3, start=3.0, steps=3)[-1]
    assert f.lemma == pytest.approx(f.f, abs=1e-12)
    assert np.allclose(f.ahead[1], f.ahead[3], atol=1e-12)
    crossing = f.ahead[0][np.flatnonzero(f.ahead[3] <= f.ahead[1][0])[-1]]
    assert crossing == pytest.approx(2 / 2.5, abs=0.02)


def test_the_ridges_of_the_valley_are_found() -> None:
    assert ground_of(Params(function="two_wells", start=0.6)).ridges == (pytest.approx(0, abs=0.01), np.inf)
    assert ground_of(Params()).ridges == (-np.inf, np.inf)


def test_the_median_escape_is_that_of_walks_taken_one_by_one() -> None:
    p = Params(function="two_wells", learning_rate=0.3, start=0.6, beside="escape")
    found = list(gradient_descent_1d.layer_frames("escape", p, Run(p)))[-1]
    strength, rng, left = 14, np.random.default_rng(3), []
    for _ in range(WALKERS):
        x, k = 1.0, 0
        while x > 0 and k < 4000:
            x, k = x - 0.3 * (x**3 - x + NOISES[strength] * rng.standard_normal()), k + 1
        left.append(k)
    assert found.steps[strength, 1] == pytest.approx(np.median(left), rel=0.35)
    assert (np.diff(found.steps[5:, 1]) <= 0).mean() > 0.8


def test_without_a_ridge_there_is_nothing_to_escape_from() -> None:
    p = Params(beside="escape")
    assert np.isnan(next(gradient_descent_1d.layer_frames("escape", p, Run(p))).steps).all()
