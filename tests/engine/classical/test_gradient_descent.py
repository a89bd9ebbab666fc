"""Gradient descent: hand-worked steps, torch.optim over random parameters, published rates, and bad input."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.classical import rates
from engine.classical.gradient_descent import Frame, Params, gradient_descent
from engine.classical.gradient_descent_basins import BASIN_GRIDS
from engine.classical.gradient_descent_proof import proof
from engine.classical.jets import differentiate
from engine.classical.optimisers import METHODS, Settings
from engine.classical.surfaces import SURFACES, surface
from engine.core import BadInput, Run, build, iterate, metrics

CASES = json.loads((Path(__file__).parent / "gradient_descent_cases.json").read_text(encoding="utf-8"))
BEALE = "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2"
REFERENCE_SURFACES: dict[str, dict[str, Any]] = {
    "quadratic 0.5*(x^2+25*y^2)": {"surface": "typed", "function": "0.5*(x^2+25*y^2)"},
    "rosenbrock": {"surface": "rosenbrock"}, "himmelblau": {"surface": "himmelblau"},
    "beale": {"surface": "typed", "function": BEALE, "half_width": 4.5},
}
REFERENCE_METHODS: dict[str, dict[str, Any]] = {
    "GD": {"optimisers": "gd"}, "Adam": {"optimisers": "adam", "beta2": 0.999},
    "momentum 0.9 dampening 0.9": {"optimisers": "momentum", "convention": "dampened"},
    "AdamW decay 0.1": {"optimisers": "adamw", "beta2": 0.999, "weight_decay": 0.1},
    "Newton": {"optimisers": "newton", "newton_rate": 1.0},
}


def run(**values: Any) -> list[Frame]:
    return list(iterate(gradient_descent, build(Params, values)))


def path(**values: Any) -> np.ndarray:
    return run(**values)[-1].paths[0]


# by hand ------------------------------------------------------------------------------------------------------------------

BOWL = {"surface": "bowl", "kappa": 4, "start_x": 8, "start_y": 2, "steps": 2}      # gradient (x / 4, y)


def test_plain_descent_by_hand() -> None:
    assert np.allclose(path(**BOWL, optimisers="gd", learning_rate=0.5), [[8, 2], [7, 1], [6.125, 0.5]], rtol=0, atol=1e-15)


def test_momentum_by_hand_in_its_conventions() -> None:
    start = {**BOWL, "optimisers": "momentum", "learning_rate": 0.5, "momentum": 0.5}
    # gradients (2, 2), then: torch sums to (2.75, 2), an average goes (1, 1) and then on
    assert np.allclose(path(**start, convention="torch"), [[8, 2], [7, 1], [5.625, 0]])
    assert np.allclose(path(**start, convention="average"), [[8, 2], [7.5, 1.5], [6.78125, 0.875]])
    assert np.allclose(path(**start, convention="dampened"), [[8, 2], [7, 1], [6.0625, 0.25]])
    assert np.allclose(path(**start, convention="sutskever"), path(**start, convention="torch"))


def test_nesterov_by_hand() -> None:
    start = {**BOWL, "optimisers": "nesterov", "learning_rate": 0.5, "momentum": 0.5}
    # torch: (2, 2) + 0.5 (2, 2) = (3, 3); then g = (1.625, 0.5), buffer (2.625, 1.5), d = (2.9375, 1.25)
    assert np.allclose(path(**start, convention="torch"), [[8, 2], [6.5, 0.5], [5.03125, -0.125]])
    # Sutskever: first step as momentum's; then g at (6.5, 0.5) = (1.625, 0.5), buffer (2.625, 1.5)
    assert np.allclose(path(**start, convention="sutskever"), [[8, 2], [7, 1], [5.6875, 0.25]])


@pytest.mark.parametrize(("method", "first"), [("adagrad", 1), ("adam", 1), ("adamw", 1), ("rmsprop", 1 / math.sqrt(0.01))])
def test_first_adaptive_steps_are_a_length_whatever_the_gradient(method: str, first: float) -> None:
    found = path(**{**BOWL, "steps": 1}, optimisers=method, adaptive_rate=0.1, beta2=0.99)
    assert np.allclose(found[0] - found[1], 0.1 * first, atol=1e-7)


def test_newton_lands_at_once() -> None:
    assert np.allclose(path(**BOWL, optimisers="newton", newton_rate=1.0)[1:], 0.0, atol=1e-15)


def test_newton_climbs_onto_the_saddle_and_descent_leaves_it() -> None:
    found = run(surface="saddle", optimisers="gd,newton", newton_rate=1.0, learning_rate=0.2, start_x=-2, start_y=0.1, steps=100)
    gd, newton = (p[-1] for p in found[-1].paths)
    assert np.allclose(newton, (0, 0), atol=1e-9)
    assert np.allclose(gd, (0, 1), atol=1e-6)


# published numbers --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("case", [c for c in CASES if c["name"] in REFERENCE_METHODS], ids=lambda c: c["name"])
def test_reference_paths_of_torch(case: dict[str, Any]) -> None:
    for name, given_ in case["inputs"]["functions"].items():
        method = REFERENCE_METHODS[case["name"]]
        kind = "adaptive_rate" if "adam" in method["optimisers"] else "learning_rate"
        rate = {kind: given_["lr"]} if "lr" in given_ else {}
        expected = np.array(case["expected"][name]["path"])
        ours = path(**REFERENCE_SURFACES[name], **method, **rate, start_x=given_["start"][0], start_y=given_["start"][1],
                    steps=len(expected) - 1)
        assert np.allclose(ours, expected, rtol=1e-6, atol=1e-6), name


def test_reference_rates_on_quadratics() -> None:
    (case,) = (c for c in CASES if c["name"] == "rates on quadratics")
    mu, largest, expected = case["inputs"]["mu"], case["inputs"]["L"], case["expected"]
    for method, key, worst in (("gd", "gd_optimal", "gd"), ("momentum", "heavy_ball_optimal", "hb"),
                               ("nesterov", "nesterov_strongly_convex", "nag")):
        found = rates.best(method, mu, largest)
        assert found.learning_rate == pytest.approx(expected[key]["eta"], rel=1e-6)
        assert found.rate == pytest.approx(expected[key]["rate"], rel=1e-6)
        radius = rates.radius(method, found.learning_rate, found.momentum, np.linspace(mu, largest, 5000)).max()
        assert radius == pytest.approx(expected[f"{worst}_spectral_radius_max_over_spectrum"], abs=1e-5)


def test_measured_rate_tends_to_theory() -> None:
    found = run(surface="bowl", kappa=100, optimisers="gd", learning_rate=1.9, steps=300)[-1]
    assert found.rate == pytest.approx(1 - 1.9 / 100, abs=1e-9)
    assert found.rate_theory == pytest.approx(1 - 1.9 / 100, abs=1e-12)


def test_steps_grow_as_kappa_for_descent_and_as_its_root_for_momentum() -> None:
    def steps(kappa: float, method: str) -> int:
        best = rates.best(method, 1 / kappa, 1.0)
        last = run(surface="bowl", kappa=kappa, optimisers=method, follow=method, convention="torch", steps=500,
                   learning_rate=best.learning_rate, momentum=best.momentum)[-1]
        assert last.arrived is not None
        return last.arrived

    assert steps(100, "gd") / steps(25, "gd") == pytest.approx(4, abs=0.2)
    assert steps(100, "momentum") / steps(25, "momentum") == pytest.approx(2, abs=0.4)


def test_lessards_cycle() -> None:
    """Lessard, Recht and Packard (2016): the heavy ball at its optimum comes round to three points."""
    found = path(surface="kinked", optimisers="momentum", convention="torch", learning_rate=1 / 9, momentum=4 / 9,
                 start_x=3.3, start_y=0, steps=400)[:, 0]
    assert np.allclose(found[-30:-3], found[-27:], atol=1e-6)
    assert sorted(found[-3:]) == pytest.approx([-1.8024, 0.6465, 2.1159], abs=1e-3)


# torch over random parameters -----------------------------------------------------------------------------------------------

@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from([n for n in SURFACES if n != "typed"]), eta=st.floats(1e-4, 1.0), length=st.floats(1e-3, 1.0),
       beta=st.floats(0, 0.99), beta2=st.floats(0, 0.999), decay=st.sampled_from([0.0, 0.01, 0.5]),
       convention=st.sampled_from(["average", "torch", "dampened", "sutskever"]), share=st.floats(0.05, 1.0),
       start=st.tuples(st.floats(-3, 3), st.floats(-3, 3)), seed=st.integers(0, 1000))
def test_every_check_holds_for_random_parameters(name: str, eta: float, length: float, beta: float, beta2: float, decay: float,
                                                 convention: str, share: float, start: tuple[float, float], seed: int) -> None:
    p = build(Params, {"surface": name, "optimisers": list(METHODS), "learning_rate": eta, "adaptive_rate": length,
                       "momentum": beta, "beta2": beta2, "weight_decay": decay, "convention": convention, "newton_rate": share,
                       "start_x": start[0], "start_y": start[1], "seed": seed, "steps": 12, "kappa": 30})
    frames = list(iterate(gradient_descent, p))
    wrong = [(c.name, c.measured, c.reference) for c in gradient_descent.checks(p, frames) if not c.ok]
    assert not wrong


@pytest.mark.parametrize("text", [BEALE, "sin(3*x)*cos(y)/(1+x^2)", "exp(-x^2-y^2)*tanh(x*y)", "log(3+x*y)+sqrt(x^2+y^2+1)",
                                  "abs(x-0.3)^1.5+max(x, y)^2-min(x*y, 2)", "2^x + (x^2+1)^y", "arctan(x/(2+y^2)) + x%0.7",
                                  "arcsin(x/9)*arccos(y/9)", "sinh(x)+cosh(y)+log2(5+x)+log10(5+y)+tan(x/4)", "7"])
def test_typed_formulas_differentiate_as_torch_does(text: str) -> None:
    p = build(Params, {"surface": "typed", "function": text, "start_x": 0.4, "start_y": 0.6, "optimisers": "gd",
                       "learning_rate": 1e-3, "steps": 3, "half_width": 2})
    checks = {c.name: c for c in gradient_descent.checks(p, list(iterate(gradient_descent, p)))}
    assert {"gradient", "hessian", "steps_gd"} <= set(checks)
    assert all(c.ok for c in checks.values()), checks


def test_a_power_of_a_negative_number_has_its_derivatives() -> None:
    found = differentiate("x**3 + y**1", np.array([-2.0, 0.0]), np.array([0.0, 0.0]))
    assert found.f.tolist() == [-8, 0]
    assert found.gradient().tolist() == [[12, 1], [0, 1]]
    assert found.hessian()[:, 0, 0].tolist() == [-12, 0]


# minima, basins, the plane --------------------------------------------------------------------------------------------------

def test_minima_are_found() -> None:
    himmelblau = surface("himmelblau").minima()
    assert sorted(map(tuple, np.round(himmelblau, 6))) == [
        (-3.77931, -3.283186), (-2.805118, 3.131313), (3, 2), (3.584428, -1.848127)]
    assert len(surface("rastrigin").minima()) == 121
    assert np.allclose(surface("rastrigin").minima()[0], 0, atol=1e-12)
    assert np.allclose(surface("typed", function=BEALE, half_width=4.5).minima(), [[3, 0.5]], atol=1e-7)
    assert np.allclose(surface("typed", function="abs(x - 1) + abs(y)").minima(), [[1, 0]], atol=1e-6)
    assert len(surface("typed", function="x + y").minima()) == 0


@pytest.mark.slow
def test_basins_agree_with_runs_from_their_cells() -> None:
    values = {"surface": "himmelblau", "optimisers": "gd", "learning_rate": 0.01, "picture": "basins"}
    p = build(Params, values)
    layers = list(gradient_descent.layer_frames("basins", p, Run(p)))
    assert sorted({layer.index.shape[0] for layer in layers}) == list(BASIN_GRIDS)
    assert len(layers) > 10 and all(a.done < b.done for a, b in itertools.pairwise(layers))
    last = layers[-1]
    assert last.done == 1.0
    rng = np.random.default_rng(0)
    for row, column in rng.integers(0, BASIN_GRIDS[-1], (12, 2)):
        step = (last.x[1] - last.x[0]) / BASIN_GRIDS[-1]
        end = path(**values, start_x=last.x[0] + (column + 0.5) * step, start_y=last.y[0] + (row + 0.5) * step, steps=300)[-1]
        nearest = int(np.argmin(np.hypot(*(last.minima - end).T)))
        assert last.index[row, column] == nearest


def test_basins_wait_until_they_are_looked_at() -> None:
    p = build(Params, {"surface": "himmelblau"})
    (only,) = gradient_descent.layer_frames("basins", p, Run(p))
    assert not len(only.minima)


def test_the_plane_is_best_where_theory_says() -> None:
    p = build(Params, {"kappa": 25, "beside": "plane", "follow": "momentum"})
    (plane,) = gradient_descent.layer_frames("rate_plane", p, Run(p))
    assert plane.radius.min() == pytest.approx(plane.best[2], abs=0.02)
    assert plane.radius.min() >= plane.best[2] - 1e-9
    p = build(Params, {"surface": "typed", "function": "x + y", "beside": "plane"})
    assert not next(gradient_descent.layer_frames("rate_plane", p, Run(p))).known


# losses met in turns -----------------------------------------------------------------------------------------------------

REDDI = {"surface": "reddi", "adaptive_rate": 0.05, "momentum": 0, "start_x": 0.2, "start_y": 0.0, "steps": 400}


def test_reddis_losses_average_to_the_surface_and_repeat_every_third() -> None:
    s = surface("reddi")
    point = np.array([0.3, -0.2])
    met = np.array([s.jet(point).gradient() + s.turn(k) for k in range(6)])
    assert np.allclose(met[:3, 0], (3, -1, -1)) and np.allclose(met[:3], met[3:])
    assert np.allclose(met.mean(axis=0), s.jet(point).gradient())


def test_adam_ends_at_the_worst_point_and_amsgrad_at_the_best() -> None:
    assert path(**REDDI, optimisers="adam", beta2=0.1)[-1, 0] > 0.9
    assert path(**REDDI, optimisers="adam", beta2=0.1, amsgrad=True)[-1, 0] < -0.9
    assert path(**REDDI, optimisers="adam", beta2=0.999)[-1, 0] < -0.9
    assert path(**REDDI, optimisers="gd", learning_rate=0.05)[-1, 0] < -0.8


def test_adams_first_round_on_them_by_hand() -> None:
    """Squares 9, then 1, 1 with beta2 = 0.1, corrected for their start at 0; steps of 0.05 g / root."""
    squares, x = 0.0, [0.2]
    for k, g in enumerate((3.0, -1.0, -1.0), 1):
        squares = 0.1 * squares + 0.9 * g * g
        x.append(x[-1] - 0.05 * g / math.sqrt(squares / (1 - 0.1**k)))
    assert np.allclose(path(**{**REDDI, "steps": 3}, optimisers="adam", beta2=0.1)[:, 0], x, rtol=0, atol=1e-8)


def test_no_walk_leaves_the_walls() -> None:
    for frame in run(**REDDI, optimisers=["gd", "adam", "adagrad", "sgd", "momentum"], learning_rate=0.9, noise=1.0):
        assert all(np.abs(p[:, 0]).max() <= 1 for p in frame.paths)


@given(rate=st.floats(0.001, 0.5), beta1=st.floats(0, 0.95), beta2=st.floats(0, 0.99), name=st.sampled_from(["adam", "adamw"]))
@settings(max_examples=15, deadline=None)
def test_amsgrad_is_torchs(rate: float, beta1: float, beta2: float, name: str) -> None:
    p = build(Params, {"surface": "himmelblau", "optimisers": name, "amsgrad": True, "adaptive_rate": rate, "momentum": beta1,
                       "beta2": beta2, "start_x": 0.5, "start_y": -0.5, "steps": 25})
    (steps,) = [c for c in proof(p, list(iterate(gradient_descent, p))) if c.name == f"steps_{name}"]
    assert steps.ok


# ends and faults ------------------------------------------------------------------------------------------------------------

def test_a_path_that_leaves_ends_kindly() -> None:
    frames = run(surface="bowl", learning_rate=9.0, optimisers="gd,newton")
    last = frames[-1]
    assert last.lost == 1
    assert last.loss is None
    assert metrics(last)["losses.gd"] is None
    assert last.phase == "lost"
    assert all(np.isfinite(p).all() for p in last.paths)
    assert len(last.paths[0]) < len(last.paths[1])


def test_a_run_whose_paths_have_all_left_ends() -> None:
    p = build(Params, {"learning_rate": 9.0, "optimisers": "gd"})
    task = Run(p)
    assert len(list(gradient_descent.frames(p, task))) < p.steps
    assert task.ended == "diverged"


def test_without_a_minimum_there_is_no_distance_and_a_reason() -> None:
    p = build(Params, {"surface": "typed", "function": "x + y", "optimisers": "gd", "start_x": 0, "start_y": 0, "steps": 3})
    task = Run(p)
    last = list(gradient_descent.frames(p, task))[-1]
    assert last.distance is None
    assert task.missing["distance"] == "no_minimum"
    assert task.missing["condition"] == "flat"


def test_a_start_where_the_function_is_undefined_is_refused() -> None:
    with pytest.raises(BadInput, match="start_x=-1, start_y=0: the function is undefined there"):
        run(surface="typed", function="log(x) + y**2", start_x=-1, start_y=0)


@pytest.mark.parametrize(("values", "told"), [
    ({"optimisers": []}, "optimisers has 0 items"), ({"optimisers": "gd,sga"}, "optimisers=sga: must be among gd"),
    ({"learning_rate": 0}, "learning_rate=0: must lie in"), ({"function": "x +"}, "function=x \\+: is not a formula"),
    ({"function": "z + 1"}, "function: z is unknown; the variables are x, y"), ({"steps": 0}, "steps=0: must lie in"),
    ({"surface": "bowels"}, "surface=bowels: must be one of bowl"),
])
def test_bad_input_is_named(values: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        build(Params, values)


def test_noise_repeats_with_its_seed_and_touches_sgd_alone() -> None:
    a, b, c = (run(optimisers="gd,sgd", noise=1.0, seed=seed, steps=20)[-1] for seed in (1, 1, 2))
    assert np.array_equal(a.paths[1], b.paths[1])
    assert not np.array_equal(a.paths[1], c.paths[1])
    assert np.array_equal(a.paths[0], c.paths[0])


def test_settings_give_each_method_its_own_rate() -> None:
    told = Settings(learning_rate=1.0, adaptive_rate=2.0, newton_rate=0.5)
    assert {m: told.rate(m) for m in METHODS} == {
        "gd": 1, "sgd": 1, "momentum": 1, "nesterov": 1, "adagrad": 2, "rmsprop": 2, "adam": 2, "adamw": 2, "newton": 0.5}
