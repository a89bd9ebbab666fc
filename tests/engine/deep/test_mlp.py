"""The network in training: a published example by hand, torch over random settings, live edits, own data, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import BadInput, Run, Stepper, build, iterate
from engine.core.data import chosen
from engine.core.run import up_to
from engine.deep import network
from engine.deep.datasets import MAKERS, MOST_CLASSES, made, split
from engine.deep.mlp import Frame, Params, flat, mlp, quotients, slopes_at
from engine.deep.mlp_example import chain_of, example_of
from engine.deep.mlp_readings import curvature_along, unflat
from engine.deep.mlp_training import Trainer, batches
from engine.deep.network import ACTIVATIONS
from engine.deep.optimisers import OPTIMISERS


def run(last: int = 6, **values: Any) -> list[Frame]:
    return list(iterate(mlp, build(Params, values, settle=True), last=last))


# the network --------------------------------------------------------------------------------------------------------------


def test_mazurs_step_by_step_example() -> None:
    """M. Mazur (2015): 2-2-2 sigmoids, squared loss, one step at rate 0.5; his printed digits."""
    weights = [np.array([[[0.15, 0.25], [0.20, 0.30]]]), np.array([[[0.35, 0.35]]]),
               np.array([[[0.40, 0.50], [0.45, 0.55]]]), np.array([[[0.60, 0.60]]])]
    x, wanted = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    sums, values = network.forward(weights, x, "sigmoid")
    assert values[1][0, 0] == pytest.approx([0.593269992, 0.596884378], abs=5e-10)
    assert network.sigmoid(sums[-1])[0, 0] == pytest.approx([0.75136507, 0.772928465], abs=5e-9)
    assert network.losses(sums[-1], wanted, "squared")[0, 0] == pytest.approx(0.298371109, abs=5e-10)
    slopes = network.gradient(weights, x, wanted, "sigmoid", "squared")
    after = [w - 0.5 * g for w, g in zip(weights, slopes, strict=True)]
    assert after[2][0].T.ravel() == pytest.approx([0.35891648, 0.408666186, 0.511301270, 0.561370121], abs=5e-9)
    assert after[0][0].T.ravel() == pytest.approx([0.149780716, 0.19956143, 0.24975114, 0.29950229], abs=5e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_of_activations_against_differences(name: str) -> None:
    value, slope = ACTIVATIONS[name]
    z = np.linspace(-4, 4, 81) + 0.0123
    assert slope(z, value(z)) == pytest.approx((value(z + 1e-6) - value(z - 1e-6)) / 2e-6, abs=1e-8)


def test_no_logit_is_too_large() -> None:
    z = np.array([[[1000.0], [-1000.0]]])
    with np.errstate(all="raise", under="ignore"):
        assert network.losses(z, np.array([[0.0], [1.0]]), "cross_entropy")[0] == pytest.approx([1000, 1000])
        assert np.isfinite(network.chances(np.array([[[1000.0, -1000.0, 3.0]]]))).all()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    hidden=st.lists(st.integers(1, 7), max_size=4), activation=st.sampled_from(sorted(ACTIVATIONS)),
    optimiser=st.sampled_from(sorted(OPTIMISERS)), loss=st.sampled_from(["cross_entropy", "squared"]),
    data=st.sampled_from(sorted(MAKERS)), batch=st.integers(1, 60), rate=st.floats(1e-4, 0.2), l1=st.floats(0, 0.02),
    l2=st.floats(0, 0.05), dropout=st.sampled_from([0.0, 0.0, 0.5]), seeds=st.integers(1, 5), seed=st.integers(0, 2**20),
    follow=st.integers(0, 4),
    example=st.integers(0, 400), layer=st.integers(1, 5), unit=st.integers(0, 6), source=st.integers(0, 6))
def test_every_number_agrees_with_torch(**values: Any) -> None:
    p = build(Params, {**values_of(values), "samples": 40, "steps": 3}, settle=True)
    frames = list(iterate(mlp, p, last=4))
    wrong = [c for c in mlp.checks(p, frames) if not c.ok and c.name != "sharpness"]    # that lags while weights leap
    assert not wrong, wrong


def values_of(values: dict[str, Any]) -> dict[str, Any]:
    return {**{k: v for k, v in values.items() if k != "rate"}, "learning_rate": values["rate"]}


def test_several_classes_agree_with_torch() -> None:
    rng = np.random.default_rng(0)
    rows = [[float(a), float(b), k] for k in range(4) for a, b in rng.normal(0, 0.5, (9, 2)) + [[k % 2 * 2, k // 2 * 2]]]
    for loss in ("cross_entropy", "squared"):
        p = build(Params, {"data": "own", "points": rows, "hidden": [5], "loss": loss, "learning_rate": 0.05})
        frames = list(iterate(mlp, p, last=60))
        assert all(c.ok for c in mlp.checks(p, frames))
        assert frames[-1].maps.answer.shape[0] == 4
        assert frames[-1].accuracy > 0.9


# training -----------------------------------------------------------------------------------------------------------------


def test_a_live_rate_acts_from_its_frame_and_repeats() -> None:
    p = build(Params, {"seeds": 2, "samples": 40})
    edits = ((3, "learning_rate", 0.3), (5, "l2", 0.1), (6, "follow", 1))
    first, second = (list(iterate(mlp, p, edits=edits, last=8)) for _ in range(2))
    plain = list(iterate(mlp, p, last=8))
    assert [f.rate for f in first] == [0.02] * 3 + [0.3] * 6
    assert np.array_equal(first[2].weights[0], plain[2].weights[0])
    assert not np.array_equal(first[3].weights[0], plain[3].weights[0])
    assert np.array_equal(first[8].weights[0], second[8].weights[0])
    assert [f.followed for f in first[5:]] == [0, 1, 1, 1]
    assert all(c.ok for c in mlp.checks(p, first))


def test_one_seed_alone_is_the_same_seed_among_many() -> None:
    p = build(Params, {"seeds": 16, "optimiser": "adam"})
    with_all, alone = Trainer(p, Run(p), range(16)), Trainer(p, Run(p), [11])
    for _ in range(20):
        with_all.step()
        alone.step()
    for ours, theirs in zip(alone.weights, with_all.one(11), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def test_mini_batches_are_whole_epochs_in_a_new_order() -> None:
    order = batches(10, 4, np.random.default_rng(0))
    first, second = (np.concatenate([next(order) for _ in range(3)]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert list(first) != list(second)


def test_a_network_that_runs_away_stays_finite_and_says_where() -> None:
    p = build(Params, {"data": "circles", "activation": "linear", "hidden": [4, 4], "optimiser": "momentum", "loss": "squared",
                       "gain": 20, "learning_rate": 30, "l2": 1, "seeds": 3})
    stepper = Stepper(mlp, p)
    frames = list(up_to(stepper, 60))
    last = frames[-1]
    assert last.lost == 3 and last.lost_in in (1, 2, 3) and last.phase == "lost"
    assert stepper.run.ended == "diverged"
    assert all(np.isfinite(w).all() for w in last.weights)


def test_zeros_never_learn() -> None:
    last = run(hidden=[4, 2], data="circles", initial="zeros", last=40)[-1]
    assert all(not w.any() for w in last.weights[:4:2])
    assert last.loss == pytest.approx(np.log(2), abs=0.01)


def test_points_kept_back_are_never_trained_on() -> None:
    """Labels of test points turned over change nothing of the training."""
    p = build(Params, {"samples": 60, "seeds": 2})
    one, other = Trainer(p, Run(p), [0]), Trainer(p, Run(p), [0])
    other.plane = replace(other.plane, label=np.where(other.plane.test, 1 - other.plane.label, other.plane.label))
    for trainer in (one, other):
        trainer.x, trainer.label = trainer.plane.part(test=False)
        for _ in range(10):
            trainer.step()
    assert np.array_equal(one.weights[0], other.weights[0])
    assert not set(map(tuple, one.plane.part(test=True)[0])) & set(map(tuple, one.x))


def test_adding_a_point_leaves_the_split_of_the_others() -> None:
    x, label = made("moons", 40, 0.1, np.random.default_rng(1))
    before = split(x, label, 0.4, np.random.default_rng(5))
    more = split(np.vstack([x, [[0, 0]]]), np.append(label, 1), 0.4, np.random.default_rng(5))
    assert np.array_equal(more[:40], before)


# readings -----------------------------------------------------------------------------------------------------------------


def test_difference_quotients_find_back_propagation() -> None:
    p = build(Params, {"hidden": [5, 4], "l2": 0.1})
    t = Trainer(p, Run(p), [0])
    at = flat(t.weights)
    every = np.arange(len(at))
    np.testing.assert_allclose(quotients(t, at, every, 1e-5, 0.1), slopes_at(t, at[None], 0.1)[0], atol=1e-9)
    layer = list(mlp.layer_frames("quotient", p, Run(p)))[-1]
    best = int(np.argmin(layer.y))
    assert 1e-7 < layer.x[best] < 1e-3 and layer.y[best] < 1e-8
    assert layer.y[0] > 100 * layer.y[best] and layer.y[-1] > 100 * layer.y[best]


def test_curvature_along_a_direction_is_symmetric() -> None:
    p = build(Params, {"hidden": [5, 4]})
    t, rng = Trainer(p, Run(p), [0]), np.random.default_rng(0)
    count = len(flat(t.weights))
    u, v = rng.standard_normal((2, count))
    assert u @ curvature_along(t, t.one(0), v, 0.0) == pytest.approx(v @ curvature_along(t, t.one(0), u, 0.0), rel=1e-5)
    assert unflat(flat(t.weights)[None], t.one(0))[0] == pytest.approx(t.weights[0])


def test_an_examples_numbers_multiply_up() -> None:
    p = build(Params, {"hidden": [4, 3], "layer": 1, "unit": 2, "source": 1, "example": 5})
    f = list(iterate(mlp, p, last=20))[-1]
    c = chain_of(f, p, example_of(f, p))
    assert c.slope is not None and c.back is not None
    assert c.slope * c.back == pytest.approx(c.error)
    assert c.entering * c.error == pytest.approx(c.gradient) == pytest.approx(c.quotient, abs=1e-8)
    assert c.after == pytest.approx(c.weight - f.rate * c.gradient)


def test_the_edge_of_stability_is_reached_and_kept() -> None:
    last = list(iterate(mlp, build(Params, {
        "data": "circles", "noise": 0.6, "samples": 150, "hidden": [10, 8], "optimiser": "sgd", "batch": 2000,
        "learning_rate": 0.4, "seeds": 1, "steps": 20}), last=200))
    tail = [f.sharpness for f in last[120:] if f.sharpness is not None]
    assert last[0].edge == pytest.approx(5.0)
    assert 0.85 * 5 < float(np.median(tail)) < 1.15 * 5
    assert last[-1].loss < last[120].loss


# data ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_csv_file_in_either_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path))
    path, rng = tmp_path / "flowers.csv", np.random.default_rng(0)
    rows = [f"{rng.normal(2 * k, 1):.3f},{rng.normal(5, 2):.3f},{rng.normal(-k, 0.5):.3f},{'红白'[k]}" for k in (0, 1) * 30]
    path.write_bytes("\n".join(["长,宽,高,类别", *rows]).encode(encoding))
    p = build(Params, {"data": chosen("data", str(path), ()), "column_x": 1, "column_y": 3, "hidden": [4]})
    frames = list(iterate(mlp, p, last=80))
    plane = frames[0].plane.value
    assert plane.names == ("长", "高") and plane.classes == 2 and len(plane.x) == 60
    assert plane.x.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert frames[-1].accuracy > 0.85
    assert build(Params, {"data": chosen("data", str(path), ()), "column_x": 9}, settle=True).column_x == 3


def test_many_rows_are_drawn_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path))
    path = tmp_path / "long.csv"
    path.write_text("x,label\n" + "\n".join(f"{n},{int(n >= 2500)}" for n in range(3000)), encoding="utf-8")
    p = build(Params, {"data": chosen("data", str(path), ()), "seeds": 1})
    plane = next(iterate(mlp, p, last=0)).plane.value
    assert (len(plane.x), plane.left_out, plane.classes) == (2000, 1000, 2)


@pytest.mark.parametrize(("values", "said"), [
    ({"data": "own", "points": [[0, 0, 1], [1, 1, 1]]}, "two classes"),
    ({"data": "own", "points": [[k, k, k] for k in range(MOST_CLASSES + 1)]}, "9 classes"),
    ({"hidden": [4000, 4000]}, "at most 100000"),
    ({"hidden": [0]}, "hidden"),
    ({"data": "nowhere"}, "must be one of"),
])
def test_bad_input_is_one_sentence(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(**values)


def test_wide_networks_get_fewer_seeds() -> None:
    p = build(Params, {"hidden": [150, 150], "seeds": 256, "follow": 200}, settle=True)
    assert p.seeds < 256 and p.follow == p.seeds - 1
    with pytest.raises(BadInput, match="seeds=256"):
        build(Params, {"hidden": [150, 150], "seeds": 256})


def test_a_typed_boundary_parts_the_points() -> None:
    frames = run(data="typed", boundary="x^2 + y^2 - 2", noise=0.0, samples=200)
    plane = frames[0].plane.value
    assert np.array_equal(plane.label == 1, (plane.x**2).sum(axis=1) > 2)
    assert 0.2 < plane.label.mean() < 0.95


@pytest.mark.parametrize(("boundary", "said"), [
    ("x*x + 1", "puts every point on one side"), ("log(-x^2)", "puts every point on one side"), ("x +", "is not a formula"),
    ("z", "unknown")])
def test_a_boundary_that_parts_nothing_is_one_sentence(boundary: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(data="typed", boundary=boundary)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "silu"])
def test_no_slope_exceeds_its_bound_which_falls_with_depth_where_slopes_vanish(activation: str) -> None:
    f = run(activation=activation, hidden=[6] * 5, loss="squared", steps=3)[-1]
    assert (f.slope_norms[:, f.followed] <= f.slope_bounds * (1 + 1e-9)).all()
    if activation == "sigmoid":
        assert f.slope_bounds[0] < 0.2 * f.slope_bounds[-1]


def test_dropout_holds_the_test_loss_down() -> None:
    values = {"data": "moons", "samples": 80, "noise": 1, "hidden": [32, 32], "steps": 8, "seeds": 4}
    bare, dropped = (run(last=160, dropout=share, **values)[-1] for share in (0.0, 0.5))
    assert bare.loss < 0.05 < dropped.loss
    assert float(dropped.test_losses.mean()) < 0.6 * float(bare.test_losses.mean())
    assert run(last=2, dropout=0.5, seed=3)[-1].loss == run(last=2, dropout=0.5, seed=3)[-1].loss
