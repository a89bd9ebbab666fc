"""The central limit theorem's numbers: exact distances, intervals and t-intervals against tables made by scipy."""

from __future__ import annotations

import math
from itertools import islice

import numpy as np
import pytest

from engine.core import Run, iterate
from engine.mathematics.clt import Params, clt
from engine.mathematics.clt_by_n import slope_of
from engine.mathematics.clt_theory import critical
from engine.mathematics.exact_sums import corrected_distance, edgeworth, exact_distance, exact_sum
from engine.mathematics.populations import Population, coin, dice, drawn, exponential, pareto, poisson, uniform

# reference/ml_cases.json, mathematics.clt: scipy.stats.binom, poisson, gamma and irwinhall against norm
COINS = {
    0.5: ((1, 2, 4, 10, 30, 100, 1000, 10_000),
          (0.3413447461, 0.25, 0.1875, 0.123046875, 0.07223222405, 0.03979461869, 0.01261250909, 0.00398932307),
          (0.02275013195, 0.01694742676, 0.006209665326, 0.002686160254, 0.0009178863839, 0.0002725929955, 2.716595659e-05,
           2.715246423e-06)),
    0.02: ((1, 2, 4, 10, 30, 100, 1000, 10_000),
           (0.5367984968, 0.5404535634, 0.5348196789, 0.4913496836, 0.3285124112, 0.1766856224, 0.05909560576, 0.01879526876),
           (0.01969661658, 0.02951984397, 0.01082463873, 0.06607567276, 0.09736334424, 0.04277927983, 0.01431887516,
            0.004556177499)),
}


@pytest.mark.parametrize("p", COINS)
def test_a_coins_distance_is_exact_at_both_sides_of_every_jump(p: float) -> None:
    sizes, plain, corrected = COINS[p]
    assert np.allclose([exact_distance(coin(p), n) for n in sizes], plain, rtol=0, atol=1e-9)
    assert np.allclose([corrected_distance(coin(p), n) for n in sizes], corrected, rtol=0, atol=1e-9)


def test_poisson_sums_have_their_distance_and_skewness() -> None:
    found = [exact_distance(poisson(1.5), n) for n in (1, 2, 5, 20, 100)]
    assert np.allclose(found, (0.2162797012, 0.1472318888, 0.0970724562, 0.04835151258, 0.02169717971), rtol=0, atol=1e-9)
    assert poisson(1.5).skewness == pytest.approx(0.8164965809, abs=1e-9)


@pytest.mark.parametrize(("source", "n", "distance"), [
    (exponential(), 1, 0.1586552539), (exponential(), 10, 0.0421138209), (exponential(), 100, 0.0133001827),
    (uniform(), 2, 0.0164307943), (uniform(), 12, 0.0023359253)])
def test_between_the_points_of_the_grid_the_largest_gap_is_found(source: Population, n: int, distance: float) -> None:
    assert exact_distance(source, n) == pytest.approx(distance, abs=1e-10)


def test_esseens_coin_needs_the_best_constant_there_can_be() -> None:
    worst = coin((4 - math.sqrt(10)) / 2)
    needed = (exact_distance(worst, 10_000) or 0.0) * 100 / (worst.rho or 1.0)
    assert needed == pytest.approx(0.40972, abs=1e-5)
    assert needed < (3 + math.sqrt(10)) / (6 * math.sqrt(2 * math.pi)) < 0.4748
    others = [(exact_distance(coin(p), 10_000) or 0.0) * 100 / (coin(p).rho or 1.0) for p in (0.3, 0.38, 0.45, 0.5)]
    assert max(others) < needed


@pytest.mark.parametrize(("source", "slope"), [(exponential(), -0.5), (uniform(), -1.0), (coin(0.5), -0.5), (dice(), -0.5)])
def test_the_rate_is_what_edgeworth_says(source: Population, slope: float) -> None:
    sizes = np.array([64.0, 128.0, 256.0, 512.0])
    found = np.array([exact_distance(source, int(n)) for n in sizes], np.float64)
    assert slope_of(sizes, found) == pytest.approx(slope, abs=0.02)
    assert np.allclose(edgeworth(source, sizes), found, rtol=0.06)


@pytest.mark.parametrize(("p", "slope"), [(0.5, -1.0), (0.1, -0.5)])
def test_half_a_step_mends_the_lattice_but_not_the_skew(p: float, slope: float) -> None:
    sizes = np.array([128.0, 256.0, 512.0, 1024.0])
    found = np.array([corrected_distance(coin(p), int(n)) for n in sizes], np.float64)
    assert slope_of(sizes, found) == pytest.approx(slope, abs=0.06)


def test_a_drawn_populations_sum_is_its_own_convolution() -> None:
    """Of three steps: three convolutions of the step density on a fine grid, by numpy, with trapezoids at its jumps."""
    source, fine = drawn((3.0, 0.0, 1.0)), 400
    cells = np.repeat(np.array(source.weights) * 3, fine) / (3 * fine)             # probability of each fine cell
    total = np.convolve(np.convolve(cells, cells), cells)                          # sums of three cells' lower ends
    edges = (np.arange(len(total)) + 1.5) / (3 * fine)                             # of the sum, middles added
    z = (edges + 0.5 / (3 * fine) - 3 * source.location) / (source.scale * math.sqrt(3))
    law = exact_sum(source, 3, z)
    assert law is not None
    assert np.abs(law.cdf - np.cumsum(total)).max() < 1e-5


@pytest.mark.parametrize("n", [2, 3, 10, 30, 1000])
def test_students_point_is_scipys(n: int) -> None:
    from scipy import stats

    assert critical(n) == pytest.approx(stats.t.ppf(0.975, n - 1), rel=1e-11)


def test_de_moivres_interval_with_and_without_half_a_step() -> None:
    for n, p, low, high, expected in ((20, 0.5, 8, 12, (0.7368240356, 0.7364475227, 0.6289066305)),
                                      (100, 0.5, 45, 55, (0.7287469759, 0.7286678781, 0.6826894921)),
                                      (180, 1 / 6, 20, 40, (0.9649544631, 0.9642711589, 0.9544997361))):
        spread = math.sqrt(n * p * (1 - p))
        ends = {"low": (low - n * p) / spread, "high": (high - n * p) / spread}
        f = next(iterate(clt, Params(population="coin", p=p, n=n, averages=10, **ends)))
        assert np.allclose((f.inside_exact, f.inside_corrected, f.inside_bell), expected, rtol=0, atol=1e-9)


def test_an_interval_without_an_atom_holds_nothing() -> None:
    f = next(iterate(clt, Params(population="coin", n=4, averages=50, low=0.2, high=0.3)))
    assert (f.inside, f.inside_exact, f.inside_bell, f.inside_corrected) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("population", "low", "high"),
                         [("normal", 0.94, 0.96), ("exponential", 0.92, 0.935), ("lognormal", 0.87, 0.895)])
def test_thirty_draws_are_enough_for_some_only(population: str, low: float, high: float) -> None:
    frames = list(islice(iterate(clt, Params(population=population, n=30)), 80))
    assert low < (frames[-1].coverage or 0.0) < high


def test_a_pareto_tail_with_a_mean_is_measured_from_it() -> None:
    assert pareto(1.5).location == pytest.approx(3.0)
    assert pareto(0.9).location == pytest.approx(0.5 ** (-1 / 0.9))


@pytest.mark.parametrize("n", [1, 10_000])
@pytest.mark.parametrize("population", ["exponential", "uniform", "coin", "dice", "poisson", "two_peaks", "drawn", "data"])
def test_one_draw_and_ten_thousand_are_counted_alike(population: str, n: int) -> None:
    p = Params(population=population, n=n, averages=20)
    f = next(iterate(clt, p))
    assert f.drawn == 20
    assert f.counts.sum() >= 18
    if f.law.value is not None:
        assert f.law.value.cdf[-1] == pytest.approx(1, abs=0.01)


def test_nothing_beside_is_computed_before_it_is_looked_at() -> None:
    for name in ("moments_by_n", "coverage_by_n"):
        (only,) = clt.layer_frames(name, Params(), Run(Params()))
        assert len(only.n) == 0
