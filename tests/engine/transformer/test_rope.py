"""Rotary positions: cases worked by hand, published numbers, and torch over random parameters."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import Array, BadInput, build, iterate
from engine.transformer.rope import PAGE, Frame, Params, never_seen, rope, spread_of
from engine.transformer.rotary import (
    alibi_slopes,
    bfloat16,
    by_complex_numbers,
    by_halves,
    by_neighbours,
    decay_bound,
    frequencies,
    halves_first,
    joined,
    largest_difference,
    mean_score,
    pairs_of,
    rotate,
    rotation_matrix,
    sinusoidal,
    turning,
)

LAYOUTS = ("interleaved", "half_split")
Q = np.array([[1.23, -0.88, 2.18, -1], [0.87, -0.35, -0.29, 1.2], [-2.05, 0.46, -0.52, 0.18], [0.04, 0.97, 0.23, -0.48]])
K = np.array([[-0.51, 1.27, -0.37, 0.39], [1.13, 0.93, -1.42, 1.66], [-0.88, 0.15, 1.5, 0.55], [1.28, 1.72, 0.82, -0.19]])


def frame(**values: object) -> Frame:
    found = list(iterate(rope, build(Params, values)))
    assert len(found) == 1
    return found[0]


def rotated(x: Array, layout: str, base: float = 10_000.0) -> Array:
    turn = turning("plain", x.shape[-1], base)
    return np.stack([rotate(row, np.array([m]), turn, layout)[0] for m, row in enumerate(x)])


CASES = {case["name"]: case for case in json.loads(Path(__file__).with_name("attention_cases.json").read_text(encoding="utf-8"))[
    "transformer.rope"]}


# computed elsewhere ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout, short", [("interleaved", "interleaved"), ("half_split", "half_split")])
def test_rotated_vectors_and_all_scores(layout: str, short: str) -> None:
    case = CASES["rotated q,k d=4 base=10000"]
    given_, wanted = case["inputs"], case["expected"]
    turn = turning("plain", 4, given_["base"])
    assert turn.theta == pytest.approx(wanted["inv_freq"], rel=1e-9)
    q, k = (np.stack([rotate(np.array(row), np.array([m]), turn, layout)[0] for row, m in
                      zip(given_[name], given_["positions"], strict=True)]) for name in "qk")
    for ours, name in ((q, f"q_{short}"), (k, f"k_{short}"), (q @ k.T, f"scores_{short}")):
        assert np.allclose(ours, wanted[name], rtol=1e-8, atol=1e-8)


def test_dots_feel_the_difference_alone() -> None:
    case = CASES["q.k depends on m-n only"]
    q, k = (np.array(case["inputs"][name]) for name in "qk")
    turn = turning("plain", len(q), case["inputs"]["base"])
    dots = [float(rotate(q, np.array([m]), turn, "interleaved")[0] @ rotate(k, np.array([n]), turn, "interleaved")[0])
            for m, n in case["inputs"]["pairs"]]
    assert dots == pytest.approx(case["expected"]["dots"], abs=1e-8)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("inv_freq")])
def test_speeds_of_the_library(name: str) -> None:
    given_, wanted = CASES[name]["inputs"], CASES[name]["expected"]["results"]
    rope_: dict[str, Any] = given_["rope"]
    method = {"default": "plain", "linear": "pi"}.get(rope_["rope_type"], rope_["rope_type"])
    trained = rope_.get("original_max_position_embeddings", given_["max_position_embeddings"])
    for result in wanted:
        turn = turning(method, given_["head_dim"], given_["base"], factor=rope_.get("factor", 1.0), trained=trained,
                       length=result["seq_len"] or 0)
        assert turn.theta == pytest.approx(result["inv_freq"], rel=1e-5)
        assert turn.gain == pytest.approx(result["attention_factor"], rel=1e-6)


def test_slopes_of_alibi() -> None:
    case = CASES["ALiBi slopes and bias"]
    for heads, slopes in case["expected"]["slopes"].items():
        assert alibi_slopes(int(heads)) == pytest.approx(slopes, rel=1e-9)
    bias = np.array(case["expected"]["bias_head0_of_8"], float)
    at = np.arange(len(bias))
    ours = np.where(at[:, None] >= at, -alibi_slopes(8)[0] * (at[:, None] - at), -np.inf)
    assert np.array_equal(ours, bias)


@pytest.mark.parametrize("method", ["plain", "pi", "ntk", "dynamic", "yarn", "llama3"])
@pytest.mark.parametrize("head_size", [2, 6, 10, 96])
@pytest.mark.parametrize("base", [2.0, 500.0, 5e6])
def test_any_head_and_base_has_speeds(method: str, head_size: int, base: float) -> None:
    """Never faster than plain, never slower than the whole stretching, and the same at factor 1."""
    plain = frequencies(head_size, base)
    turn = turning(method, head_size, base, factor=4.0, trained=48, length=192)
    longest = 4.0 * 192 / 48 - 3.0 if method == "dynamic" else 4.0
    assert (turn.theta <= plain * (1 + 1e-12)).all()
    assert (turn.theta >= plain / longest * (1 - 1e-12)).all()
    assert turning(method, head_size, base, factor=1.0, trained=48, length=48).theta == pytest.approx(plain)


def test_llama_3_1_keeps_stretches_and_blends() -> None:
    """Its own three cases, one pair at a time: short waves kept, long ones stretched by 8, those between blended."""
    ours = turning("llama3", 128, 500_000.0, factor=8.0, trained=8192)
    assert ours.gain == 1.0
    for i, theta in enumerate(ours.theta):
        plain = 500_000.0 ** (-2 * i / 128)
        wave = 2 * math.pi / plain
        if wave < 8192 / 4:
            wanted = plain
        elif wave > 8192 / 1:
            wanted = plain / 8
        else:
            smooth = (8192 / wave - 1) / (4 - 1)
            wanted = (1 - smooth) * plain / 8 + smooth * plain
        assert theta == pytest.approx(wanted, rel=1e-12)


# by hand ---------------------------------------------------------------------------------------------------------------


def test_one_pair_turns_by_its_position() -> None:
    """d = 2: theta_1 = 1, so at m = 1 the vector (1, 0) becomes (cos 1, sin 1)."""
    turn = turning("plain", 2, 10_000.0)
    assert rotate(np.array([1.0, 0.0]), np.array([0, 1, 2]), turn, "interleaved") == pytest.approx(
        np.array([[1, 0], [0.5403023, 0.8414710], [-0.4161468, 0.9092974]]), abs=1e-7)


def test_four_numbers_make_two_speeds() -> None:
    assert frequencies(4, 10_000.0) == pytest.approx([1.0, 0.01])
    assert frequencies(16, 10_000.0) == pytest.approx(
        [1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 1e-3, 3.16227766e-4])


def test_a_quarter_turn_swaps_and_negates() -> None:
    quarter = np.array([math.pi / 2])
    assert by_complex_numbers(np.array([3.0, 4.0]), quarter, "interleaved") == pytest.approx(np.array([-4.0, 3.0]))
    assert rotation_matrix(quarter) @ np.array([3.0, 4.0]) == pytest.approx(np.array([-4.0, 3.0]))


def test_layouts_pair_different_numbers() -> None:
    x = np.arange(6.0)
    assert pairs_of(x, "interleaved").tolist() == [[0, 1], [2, 3], [4, 5]]
    assert pairs_of(x, "half_split").tolist() == [[0, 3], [1, 4], [2, 5]]
    assert halves_first(6).tolist() == [0, 2, 4, 1, 3, 5]
    for layout in LAYOUTS:
        assert joined(pairs_of(x, layout), layout).tolist() == x.tolist()


def test_published_rotations_and_scores() -> None:
    """Four positions of d = 4: Meta's complex multiplication, and transformers' apply_rotary_pos_emb."""
    q, k = rotated(Q, "interleaved"), rotated(K, "interleaved")
    assert q[1] == pytest.approx(np.array([0.7645778508, 0.5429739497, -0.3019853001, 1.197040049]), abs=1e-9)
    assert k[3] == pytest.approx(np.array([-1.50991681, -1.522153484, 0.8253301727, -0.1653181962]), abs=1e-9)
    assert (q @ k.T)[2] == pytest.approx(np.array([-2.572405511, -2.031057774, 1.192, 2.012129764]), abs=1e-8)
    q, k = rotated(Q, "half_split"), rotated(K, "half_split")
    assert q[3] == pytest.approx(np.array([-0.07205730172, 0.9839613728, -0.2220534739, -0.450688381]), abs=1e-9)
    assert (q @ k.T)[0] == pytest.approx(np.array([-2.9415, 0.1480310334, -5.007596806, -4.456519076]), abs=1e-8)


def test_published_scores_depend_on_the_difference_alone() -> None:
    q = np.array([-0.65, -0.71, 0.64, 1.48, 1.19, -0.14, 0.48, 0.69])
    k = np.array([-1.39, 0.76, 0.84, -1.04, 1.11, 0.4, 1.18, -0.9])
    turn = turning("plain", 8, 10_000.0)
    pairs = [(0, 0), (3, 0), (103, 100), (5003, 5000), (0, 3), (10, 0), (110, 100), (64, 0), (1064, 1000)]
    dots = [float(rotate(q, np.array([m]), turn, "interleaved")[0] @ rotate(k, np.array([n]), turn, "interleaved")[0])
            for m, n in pairs]
    assert dots == pytest.approx([0.5726, -0.8652652396, -0.8652652396, -0.8652652396, 0.6504808123, -0.3925073461,
                                  -0.3925073461, -1.179663306, -1.179663306], abs=1e-8)


# beyond the trained length ----------------------------------------------------------------------------------------------


def test_yarn_is_the_librarys() -> None:
    """transformers' ROPE_INIT_FUNCTIONS["yarn"], float32: head 64, base 10 000, trained 2048, factor 4."""
    published = [1, 0.7498942018, 0.5623413324, 0.4216965139, 0.3162277639, 0.2371373624, 0.1778279394, 0.1333521456,
                 0.1000000015, 0.07066310197, 0.04974557459, 0.03487105668, 0.02432521433, 0.01687323488, 0.01162721217,
                 0.007949839346, 0.005384615157, 0.003605260747, 0.002379136393, 0.001540814061, 0.0009730085731,
                 0.0005928434548, 0.0004445698578, 0.0003333803616, 0.0002500000119, 0.0001874735462, 0.0001405853254,
                 0.000105424122, 7.905694656e-05, 5.928434621e-05, 4.445698505e-05, 3.333803761e-05]
    found = turning("yarn", 64, 10_000.0, factor=4.0, trained=2048)
    assert found.theta == pytest.approx(np.array(published), rel=1e-6)
    assert found.gain == pytest.approx(1.138629436, rel=1e-9)


def test_yarns_paper_blends_otherwise_than_its_code() -> None:
    """By turns: pair 16 of 32 turns 3.26 times in 2048 positions, so (3.26 - 1) / 31 of its speed is kept."""
    paper = turning("yarn", 64, 10_000.0, factor=4.0, trained=2048, ramp="turns").theta
    turns = 2048 * 0.01 / (2 * math.pi)
    kept = (turns - 1) / 31
    assert paper[16] == pytest.approx(0.01 * kept + 0.0025 * (1 - kept), rel=1e-12)
    assert paper[0] == 1.0
    assert paper[-1] == pytest.approx(frequencies(64, 10_000.0)[-1] / 4)
    assert abs(paper[16] / turning("yarn", 64, 10_000.0, factor=4.0, trained=2048).theta[16] - 1) > 0.1


def test_ntk_slows_the_slowest_by_the_factor_and_the_fastest_not_at_all() -> None:
    plain, slower = frequencies(64, 10_000.0), turning("ntk", 64, 10_000.0, factor=8.0)
    assert slower.theta[0] == 1.0
    assert slower.theta[-1] == pytest.approx(plain[-1] / 8, rel=1e-12)
    assert slower.base == pytest.approx(10_000 * 8 ** (64 / 62))


def test_dynamic_ntk_is_plain_until_the_trained_length() -> None:
    plain = frequencies(64, 10_000.0)
    for length in (1, 2048):
        assert turning("dynamic", 64, 10_000.0, factor=4.0, trained=2048, length=length).theta == pytest.approx(plain)
    twice = turning("dynamic", 64, 10_000.0, factor=4.0, trained=2048, length=4096)
    assert twice.base == pytest.approx(10_000 * 5 ** (64 / 62))         # 4 * 4096 / 2048 - 3 = 5


def test_interpolation_leaves_no_angle_unseen() -> None:
    assert frame(m=200).unseen == 5
    assert frame(m=200, scaling="pi").unseen == 0
    assert frame(m=200, scaling="ntk").unseen == 3
    assert frame(m=200, scaling="yarn").unseen == 0


def test_the_first_distance_never_trained_is_the_trained_length() -> None:
    seen = 64 * frequencies(16, 10_000.0)
    assert not never_seen(63 * frequencies(16, 10_000.0), seen).any()
    assert never_seen(64 * frequencies(16, 10_000.0), seen).sum() == 5


def test_llama_2_has_18_pairs_that_never_go_round() -> None:
    """2 pi 10000^(2i/128) > 4096 from i = 46 on: 18 of 64."""
    assert frame(head_size=128, trained_length=4096).unfinished == 18


# beside it --------------------------------------------------------------------------------------------------------------


def test_alibi_slopes_are_the_authors() -> None:
    assert alibi_slopes(4).tolist() == [0.25, 0.0625, 0.015625, 0.00390625]
    assert alibi_slopes(8).tolist() == [2.0**-h for h in range(1, 9)]
    assert alibi_slopes(12)[8:] == pytest.approx([0.7071067812, 0.3535533906, 0.1767766953, 0.08838834765])


def test_alibi_subtracts_a_slope_times_the_distance() -> None:
    f = frame(encoding="alibi", head=3, m=12, n=4)
    assert f.bias == pytest.approx(-math.sqrt(16) * 8 / 8)
    assert f.score == pytest.approx(frame(encoding="none").score + f.bias)
    assert f.spread < 1e-12


def test_sinusoidal_positions_are_not_relative() -> None:
    table = sinusoidal(np.array([0, 1]), frequencies(4, 10_000.0), "interleaved")
    assert table == pytest.approx(np.array([[0, 1, 0, 1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]]))
    assert frame(encoding="sinusoidal").spread > 1
    assert abs(frame(encoding="sinusoidal").shifted - frame(encoding="sinusoidal").score) > 1


# what RoPE promises -----------------------------------------------------------------------------------------------------


@given(st.integers(1, 64), st.integers(0, 2000), st.floats(10, 1e6), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_the_forms_agree(pairs: int, position: int, base: float, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal(2 * pairs)
    angles = position * frequencies(2 * pairs, base)
    assert largest_difference(x, angles) < 1e-12
    order = halves_first(len(x))
    by_half = by_halves(x[order], np.cos(angles), np.sin(angles))
    assert by_half == pytest.approx(by_neighbours(x, angles)[order], abs=1e-12)
    assert np.linalg.norm(by_half) == pytest.approx(np.linalg.norm(x), rel=1e-13)


def test_a_wrong_form_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest difference sees a rotation that turns the other way."""
    monkeypatch.setattr("engine.transformer.rotary.by_neighbours", lambda x, angles: by_neighbours(x, -angles))
    assert largest_difference(np.ones(4), np.array([1.0, 0.01])) > 0.5


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 500), st.sampled_from(LAYOUTS),
       st.sampled_from(("plain", "pi", "ntk", "yarn", "llama3")), st.integers(0, 2**31 - 1))
@settings(max_examples=40, deadline=None)
def test_only_the_difference_is_felt(m: int, n: int, shift: int, layout: str, scaling: str, seed: int) -> None:
    here, there = (frame(m=m, n=n, shift=s, layout=layout, scaling=scaling, seed=seed) for s in (0, shift))
    assert there.score == pytest.approx(here.score, abs=2e-11)
    assert there.shifted == pytest.approx(there.score, abs=2e-11)
    assert there.spread < 1e-10


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_number_against_torch_over_random_parameters(data: st.DataObject) -> None:
    values = {
        "m": data.draw(st.integers(0, 255)), "n": data.draw(st.integers(0, 255)), "shift": data.draw(st.integers(0, 131_072)),
        "base": data.draw(st.floats(10, 1e6)), "head_size": 2 * data.draw(st.integers(2, 64)),
        "encoding": data.draw(st.sampled_from(("rope", "rope", "sinusoidal", "alibi", "none"))),
        "scaling": data.draw(st.sampled_from(("plain", "pi", "ntk", "dynamic", "yarn", "llama3"))),
        "factor": data.draw(st.floats(1, 64)), "trained_length": data.draw(st.integers(16, 131_072)),
        "ramp": data.draw(st.sampled_from(("index", "turns"))), "layout": data.draw(st.sampled_from(LAYOUTS)),
        "precision": data.draw(st.sampled_from(("float64", "float64", "float32", "bfloat16", "bfloat16_angles"))),
        "alike": data.draw(st.floats(-1, 1)), "seed": data.draw(st.integers(0, 2**31 - 1)),
    }
    params = build(Params, values)
    checks = rope.checks(params, list(iterate(rope, params)))
    assert len(checks) >= 6
    assert [c for c in checks if not c.ok] == []


def test_the_matrix_holds_the_score_of_the_two_positions() -> None:
    f = frame(m=60, n=30)
    assert f.first.tolist() == [48, 24]
    assert f.scores.shape == (PAGE, PAGE)
    assert f.scores[60 - 48, 30 - 24] == pytest.approx(f.score, abs=1e-12)
    assert f.contributions.sum() == pytest.approx(f.score)


def test_the_other_layout_needs_its_weights_permuted() -> None:
    here, there = frame(), frame(layout="half_split")
    assert here.other_layout == pytest.approx(there.score)
    assert abs(here.score - there.score) > 1


def test_dynamic_ntk_feels_the_length() -> None:
    f = frame(m=100, scaling="dynamic")
    assert abs(f.shifted - f.score) > 0.05
    assert f.spread < 1e-12                                             # at one length it is as relative as any


# in fewer bits ----------------------------------------------------------------------------------------------------------


def test_bfloat16_rounds_as_torch_does() -> None:
    import torch

    x = np.random.default_rng(1).standard_normal(10_000).astype(np.float32) * np.float32(300)
    x = np.concatenate([x, np.array([257, 259, 1.00390625, 1.01171875, 0, -0.0], np.float32)])
    assert np.array_equal(bfloat16(x), torch.tensor(x).to(torch.bfloat16).float().numpy())


def test_bfloat16_has_no_odd_positions_beyond_256() -> None:
    assert bfloat16(np.array([255.0, 257.0, 259.0])).tolist() == [255.0, 256.0, 260.0]
    assert frame(precision="bfloat16_angles", shift=100_000).spread == 0.0      # the whole page is one position
    assert frame(precision="bfloat16_angles", shift=300).spread > 1
    assert 0.01 < frame(precision="bfloat16", shift=300).spread < 0.5
    assert 1e-7 < frame(precision="float32").spread < 1e-4


# long-term decay --------------------------------------------------------------------------------------------------------


def test_decay_by_hand() -> None:
    """Two pairs turning by 1 and 0 radians: S_1 = e^(ir), S_2 = e^(ir) + 1; at 0 they are 1 and 2."""
    theta, r = np.array([1.0, 0.0]), np.array([0.0, math.pi])
    assert decay_bound(theta, r) == pytest.approx([1.0, 1 / 3])
    assert mean_score(theta, r) == pytest.approx([1.0, 0.0])


def test_the_mean_score_is_what_random_queries_give() -> None:
    turn, rng = turning("plain", 128, 10_000.0), np.random.default_rng(3)
    queries = rng.standard_normal((400, 128))
    for distance in (0, 5, 50, 256):
        turned = np.stack([rotate(q, np.array([distance]), turn, "interleaved")[0] for q in queries])
        share = (turned * queries).sum() / (queries**2).sum()
        assert share == pytest.approx(mean_score(turn.theta, np.array([float(distance)]))[0], abs=0.02)


def test_a_larger_base_decays_more_slowly() -> None:
    assert frame(base=500_000.0).decay[200] > frame().decay[200] + 0.1
    assert frame().decay[0] == frame().bound[0] == 1.0


def test_spread_of_a_matrix() -> None:
    assert spread_of(np.array([[1.0, 2.0], [3.0, 5.0]])) == 4.0
    assert spread_of(np.array([[1.0, 2.0], [3.0, 1.0]])) == 0.0


# bad input --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values, word", [
    ({"m": -1}, "m=-1"), ({"n": 256}, "n=256"), ({"head_size": 7}, "head_size=7"), ({"head_size": 2}, "head_size=2"),
    ({"base": 1.0}, "base=1"), ({"factor": 0.5}, "factor=0.5"), ({"scaling": "longrope"}, "scaling=longrope"),
    ({"encoding": "learned"}, "encoding=learned"), ({"m": 1.5}, "m=1.5"), ({"alike": 1.01}, "alike=1.01"),
])
def test_bad_input_names_the_parameter(values: dict[str, object], word: str) -> None:
    with pytest.raises(BadInput, match=word.replace(".", r"\.")):
        build(Params, values)


def test_an_odd_head_is_settled_to_even_by_the_window() -> None:
    assert build(Params, {"head_size": 7}, settle=True).head_size == 6
