"""The cells against published numbers and torch, tasks that are what they say, and what remembering takes."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import Array, BadInput, Run, Stepper, build, iterate
from engine.deep import lstm_tasks as tasks
from engine.deep.lstm import TEXT, Frame, Params, lstm
from engine.deep.lstm_cells import CELLS, Weights, answers, backward, forward, initial, jacobians, part
from engine.deep.lstm_proof import torch_cell
from engine.deep.lstm_readings import carried, half_life, material_of
from engine.deep.lstm_training import Trainer
from engine.deep.lstm_view import SHOWN, diagram, events, held_score, reads, seen, wants, writes

SMALL: dict[str, Any] = {"hidden_size": 4, "batch": 6, "seeds": 2, "steps": 1, "delay": 6, "window": 8}

# two cases of a reference sheet, computed by torch.nn in double precision; ten digits
X = [[-1.02, 0.25], [-0.07, 0.32], [1.63, -0.96], [0.61, -1.53], [0.98, -0.57], [-0.19, 0.01]]
LSTM_IH = [[-0.328, -0.084], [-0.159, 0.655], [1.25, -0.099], [0.101, -0.836], [-0.132, -0.486], [0.535, -0.051],
           [0.452, 0.11], [0.449, 1.1], [0.308, 0.387], [1.032, 0.463], [0.115, 0.094], [-0.375, -0.377]]
LSTM_HH = [[-0.276, 0.294, -0.058], [0.883, -0.082, -0.765], [-0.322, -0.091, 0.126], [0.316, -0.53, 0.95],
           [-0.275, -0.24, 0.143], [-1.171, 0.66, -0.051], [-0.086, -0.773, 0.005], [0.843, 1.154, -0.03],
           [-0.119, -0.417, 0.932], [-0.236, -0.089, -1.045], [0.0, -1.516, 0.677], [-0.355, 0.172, 0.342]]
LSTM_B = ([0.708, -0.223, 1.191, 0.283, -0.079, 0.503, 1.595, 0.19, -0.245, 2.065, -0.443, 0.996],
          [0.767, 0.315, 0.081, -0.096, 0.726, -0.764, 0.852, 0.569, 0.848, -0.41, -0.126, 0.559])
RNN_IH, RNN_HH = [[-0.129, -0.259], [-0.425, -0.064], [-0.746, -0.286]], [[-0.412, -0.903, 0.153], [1.083, -0.27, -0.29],
                                                                          [0.395, 0.563, 0.679]]
RNN_B = ([-0.387, -1.062, 0.129], [-0.323, 0.353, 0.964])


def given_weights(ih: Any, hh: Any, biases: Any) -> Weights:
    """torch's arrays as ours, with a readout that passes h on."""
    hidden = len(hh[0])
    return [np.array(ih).T[None], np.array(hh).T[None], *(np.array(b)[None, None] for b in biases), np.eye(hidden)[None],
            np.zeros((1, 1, hidden))]


def last_slope(h: Array) -> Array:
    """Of ½ |h_T|² by the readout, which is h."""
    return np.concatenate([np.zeros_like(h[:-1]), h[-1:]])


def test_reference_lstm() -> None:
    w, x = given_weights(LSTM_IH, LSTM_HH, LSTM_B), np.array(X)[:, None]
    trace = forward(CELLS["lstm"], w, x)
    assert trace.at(5)["h"].ravel() == pytest.approx([0.6393428781, 0.2844855533, 0.5190827836], abs=1e-9)
    assert trace.at(5)["c"].ravel() == pytest.approx([2.579271925, 1.079908838, 0.7343265404], abs=2e-9)
    third = {"i": [0.7064913276, 0.3761319298, 0.9612937928], "f": [0.8336165059, 0.6704738945, 0.498567962],
             "g": [0.9932381688, 0.8522710954, 0.7227467235], "o": [0.9097619654, 0.3630712048, 0.7745814361]}
    for name, values in third.items():
        assert trace.at(2)[name].ravel() == pytest.approx(values, abs=1e-9)
    slopes = backward(CELLS["lstm"], w, x, trace, last_slope(trace.logits))
    theirs = {0: [0.00251560928, 0.0008004082274, 0.001813633004], 5: [0.05439941735, 0.01735442312, 0.03970896824],
              8: [0.1171288336, 0.03694888258, 0.08353378137], 11: [0.04116352216, 0.01319876753, 0.02954389069]}
    for row, values in theirs.items():
        assert slopes[1][0, :, row] == pytest.approx(values, abs=1e-9)


def test_reference_rnn() -> None:
    w, x = given_weights(RNN_IH, RNN_HH, RNN_B), np.array(X)[:, None]
    trace = forward(CELLS["rnn"], w, x)
    assert trace.at(5)["h"].ravel() == pytest.approx([0.2207095833, -0.7983491964, 0.8245989172], abs=1e-9)
    slopes = backward(CELLS["rnn"], w, x, trace, last_slope(trace.logits))
    assert slopes[1][0].T.ravel() == pytest.approx([
        -0.06325224041, -0.3677252686, 0.06844812006, 0.2371077155, -0.002784474605, -0.2176712258, -0.0542911023,
        -0.2244032489, 0.2658747409], abs=1e-9)


def test_half_life_is_the_closed_form() -> None:
    """1, 2.2, 5.5, 14.3, 103 steps at biases 0, 1, 2, 3, 5; and a real carry with constant gates halves in that time."""
    found = [half_life(1 / (1 + math.exp(-b))) for b in (0, 1, 2, 3, 5)]
    assert found == pytest.approx([1, 2.212677797, 5.460947311, 14.26600047, 103.2183485], rel=1e-8)
    w = given_weights(np.zeros((4, 1)), np.zeros((4, 1)), (np.array([-50.0, 2.0, 0.0, 0.0]), np.zeros(4)))
    trace = forward(CELLS["lstm"], w, np.zeros((101, 1, 1)))
    left = carried(trace)[:, 0]
    assert left[0] == pytest.approx(3.073169544e-06, rel=1e-8)
    assert np.log(0.5) / np.log(left[-2] / left[-1]) == pytest.approx(found[2])


# every cell against torch ----------------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(CELLS)), hidden=st.integers(1, 6), steps=st.integers(1, 7), rows=st.integers(1, 4),
       seed=st.integers(0, 999))
def test_cells_and_slopes_against_torch(name: str, hidden: int, steps: int, rows: int, seed: int) -> None:
    import torch

    rng = np.random.default_rng(seed)
    w, x = initial(CELLS[name], 3, hidden, 2, [rng]), rng.standard_normal((steps, rows, 3))
    error = rng.standard_normal((steps, 1, rows, 2))
    trace = forward(CELLS[name], w, x)
    cell, readout = torch_cell(name, [v[0] for v in w])
    theirs = readout(cell(torch.tensor(x))[0])
    assert trace.logits[:, 0] == pytest.approx(theirs.detach().numpy(), abs=1e-12)
    assert answers(CELLS[name], w, x) == pytest.approx(trace.logits, abs=1e-14)
    (theirs * torch.tensor(error[:, 0])).sum().backward()
    ours = backward(CELLS[name], w, x, trace, error)
    for slope, parameter in zip(ours, (*cell.parameters(), *readout.parameters()), strict=True):
        assert slope[0].T.ravel() == pytest.approx(parameter.grad.numpy().ravel(), abs=1e-10)


def test_the_carry_is_the_product_of_forget_gates() -> None:
    """With h cut off from the gates, ∂c_T/∂c_t is diagonal and its entries are ∏ f exactly; with h, only nearly."""
    rng = np.random.default_rng(3)
    w = initial(CELLS["lstm"], 2, 5, 1, [rng])
    cut = [w[0], np.zeros_like(w[1]), *w[2:]]
    x = rng.standard_normal((9, 1, 2))
    trace = forward(CELLS["lstm"], cut, x)
    whole = jacobians(CELLS["lstm"], cut, trace, "c")
    assert whole == pytest.approx(np.stack([np.diag(row) for row in carried(trace)]), abs=1e-15)
    trace = forward(CELLS["lstm"], w, x)
    assert np.abs(jacobians(CELLS["lstm"], w, trace, "c")[0] - np.diag(carried(trace)[0])).max() > 1e-4


def test_a_forget_bias_of_nothing_is_torchs_lstm() -> None:
    trainer = Trainer(build(Params, {**SMALL, "forget_bias": 0.0}), Run(build(Params, SMALL)))
    own = {r.name: r.weights for r in trainer.racers}
    assert all(np.array_equal(a, b) for a, b in zip(own["lstm"], own["plain"], strict=True))
    trainer = Trainer(build(Params, {**SMALL, "forget_bias": 2.5}), Run(build(Params, SMALL)))
    own = {r.name: r.weights for r in trainer.racers}
    moved = own["lstm"][2] - own["plain"][2]
    where = part(CELLS["lstm"], 4, "f")
    assert moved[..., where] == pytest.approx(2.5) and moved.sum() == pytest.approx(2.5 * 4 * 2)


def test_both_biases_of_the_lstm_stand_at_their_gates() -> None:
    values = {**SMALL, "forget_bias": 2.0, "input_bias": -1.5}
    own = {r.name: r.weights for r in Trainer(build(Params, values), Run(build(Params, values))).racers}
    moved = own["lstm"][2] - own["plain"][2]
    for gate, bias in {"f": 2.0, "i": -1.5, "g": 0.0, "o": 0.0}.items():
        assert moved[..., part(CELLS["lstm"], 4, gate)] == pytest.approx(bias)


# tasks ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["recall", "copy", "adding", "text"])
def test_tasks_are_finite_scored_and_told_in_words(task: str) -> None:
    p = build(Params, {**SMALL, "task": task}, settle=True)
    m = material_of(p)
    assert m.tests.scored.any(axis=0).all() and (m.tests.lag[m.tests.scored] >= 0).all()
    frame = next(iter(lstm.frames(p, Run(p))))
    s = seen(frame, p)
    assert len(s.x) == m.tests.last[0] + 1 and all(reads(p, s, t) for t in range(len(s.x)))
    assert wants(p, s, len(s.x) - 1) != "–"


def test_guessing_is_what_the_best_constant_answer_gets() -> None:
    rng = np.random.default_rng(0)
    p = build(Params, {"task": "adding"})
    task = tasks.task_of(p)
    batch = tasks.draw(task, p, rng, 40_000)
    score, loss = tasks.measured(task, np.ones((*batch.wanted.shape[:1], 1, batch.wanted.shape[1], 1)), batch)
    assert score[0] == pytest.approx(task.guess_score, abs=0.01) and loss[0] == pytest.approx(task.guess_loss, abs=0.003)
    told = tasks.text_task(TEXT)
    share = np.log(np.bincount(told.codes) / len(told.codes))
    text = build(Params, {"task": "text"})
    every = tasks.windows(told, 1, np.arange(len(told.codes) - 1))
    _, bits = tasks.measured(told, np.tile(share, (1, 1, every.x.shape[1], 1)), every)
    assert bits[0] == pytest.approx(told.guess_loss, abs=0.03) and text.task == "text"


def test_events_are_where_the_inputs_have_them() -> None:
    for task in ("recall", "copy", "adding"):
        p = build(Params, {**SMALL, "task": task}, settle=True)
        s = seen(next(iter(lstm.frames(p, Run(p)))), p)
        found = events(p, s)
        assert found[-1] == ("event_asked", int(np.flatnonzero(s.scored)[0]), len(s.x))
        if task == "adding":
            assert sum(s.x[start, 0] for _, start, _ in found[:-1]) == pytest.approx(s.wanted[-1]) and len(found) == 3
        else:
            assert found[0] == ("event_shown", 0, p.length if task == "copy" else 1)


def test_entropies_of_texts_that_can_be_counted_by_hand() -> None:
    even = tasks.text_task("ab" * 20)
    assert even.guess_loss == pytest.approx(1.0) and even.bigram == pytest.approx(0.0)
    twice = tasks.text_task("aabb" * 30 + "a")                  # after each letter a coin, after two letters certainty
    assert twice.bigram == pytest.approx(1.0, abs=0.01) and twice.trigram == pytest.approx(0.0, abs=1e-12)


def test_rare_letters_are_one() -> None:
    many = "".join(chr(0x4E00 + n) for n in range(80)) + "aaaabbbb"
    task = tasks.text_task(many)
    assert len(task.letters) == tasks.MOST_LETTERS and task.letters[-1] == tasks.OTHER and task.letters[:2] == "ab"


@pytest.mark.parametrize("text", ["", "abc", "aaaaaaaaaaaa"])
def test_a_text_with_nothing_to_learn_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="text"):
        build(Params, {"task": "text", "text": text}, settle=True)


def test_a_text_shorter_than_the_window_is_read_whole() -> None:
    p = build(Params, {**SMALL, "task": "text", "text": "abcabcabca", "window": 64}, settle=True)
    assert p.window == 8
    assert list(islice(lstm.frames(p, Run(p)), 2))[1].step == 1


# the run ----------------------------------------------------------------------------------------------------------------------


def run(last: int, **values: Any) -> list[Frame]:
    return list(iterate(lstm, build(Params, values, settle=True), last=last))


def score(f: Frame, name: str) -> float:
    return float(dict(zip(f.score.names, f.score.values, strict=True))[name] or 0)


def test_every_cell_recalls_over_two_steps_and_the_proof_holds() -> None:
    p = build(Params, {"delay": 2, "steps": 8, "noise": 0.2, "seeds": 1})
    frames = list(iterate(lstm, p, last=15))
    assert min(frames[-1].score.values) > 0.9 and frames[-1].phase == "remembering"
    wrong = [c for c in lstm.checks(p, frames) if not c.ok]
    assert not wrong, wrong


@pytest.mark.parametrize("values", [
    {"task": "copy", "clamp": "i", "clamp_at": 0.25, "cell": "plain"}, {"task": "adding", "cell": "gru"},
    {"task": "text", "cell": "rnn"}, {"task": "text", "clamp": "o", "clamp_at": 0.0}, {"cells": ["gru"], "mixed": False},
    {"cells": ["rnn", "plain"], "clamp": "f", "clamp_at": 1.0, "example": 63, "time": 120, "unit": 31}])
def test_the_proof_holds_whatever_is_shown(values: dict[str, Any]) -> None:
    p = build(Params, {**SMALL, **values}, settle=True)
    frames = list(iterate(lstm, p, last=3))
    wrong = [c for c in lstm.checks(p, frames) if not c.ok]
    assert not wrong, wrong


def test_the_proof_finds_a_wrong_number() -> None:
    p = build(Params, SMALL)
    frames = list(iterate(lstm, p, last=2))
    f = frames[-1]
    wrong = {"losses": f.losses + 1e-3, "flows": f.flows * 1.01, "held": 1 - f.held, "half_life": (f.half_life or 0) * 1.1}
    for field, value in wrong.items():
        told = {c.name for c in lstm.checks(p, [*frames[:-1], replace(f, **{field: value})]) if not c.ok}
        assert told, field
    moved = tuple(tuple(w + 1e-3 for w in net) for net in f.weights)
    assert "updates" in {c.name for c in lstm.checks(p, [*frames[:-1], replace(f, weights=moved)]) if not c.ok}


def test_an_lstm_that_writes_little_at_first_learns_to_add_and_one_that_writes_all_does_not() -> None:
    """The chrono beginning b_i = -b_f (Tallec and Ollivier 2018), and torch's b_i = 0, at the same forget bias."""
    found = {}
    for bias in (0.0, -3.0):
        p = build(Params, {"task": "adding", "delay": 24, "cells": ["lstm"], "seeds": 3, "input_bias": bias})
        trainer = Trainer(p, Run(p))
        for _ in range(300):
            trainer.step()
        m = material_of(p)
        found[bias] = np.median(tasks.measured(m.task, answers(CELLS["lstm"], trainer.racers[0].weights, m.tests.x), m.tests)[0])
    assert found[-3.0] > 0.9 and found[0.0] < 0.5


def test_a_gate_held_shut_forgets_and_held_as_it_is_changes_nothing() -> None:
    p = build(Params, {"delay": 6, "steps": 12, "cells": ["lstm"], "seeds": 1})
    f = list(iterate(lstm, p, last=8))[-1]
    assert score(f, "lstm") > 0.95 and f.half_life is not None and f.half_life > 5
    assert held_score(f, p) is None
    for gate in ("i", "o"):
        assert (held_score(f, replace(p, clamp=gate, clamp_at=0.0)) or 0) < 0.5
    assert f.held[0, -1] > 0.9 and f.held[1, 0] < 0.5


def test_a_rate_that_is_live_is_in_the_proof() -> None:
    p = build(Params, SMALL)
    stepper = Stepper(lstm, p, edits=((2, "learning_rate", 0.1), (3, "clip", 0.05)))
    frames = list(islice(stepper, 5))
    stepper.close()
    assert [f.rate for f in frames] == [0.02, 0.02, 0.1, 0.1, 0.1] and frames[3].clip_now == 0.05
    wrong = [c for c in lstm.checks(p, frames) if not c.ok]
    assert not wrong, wrong


@pytest.mark.parametrize("task", ["recall", "copy", "adding"])
@pytest.mark.parametrize("delay", [1, 100])
def test_the_shortest_and_the_longest_delay_are_proved(task: str, delay: int) -> None:
    """The generic checks look at short sequences; these are the ends."""
    p = build(Params, {**SMALL, "task": task, "delay": delay, "tested": 8, "length": 8}, settle=True)
    frames = list(iterate(lstm, p, last=1))
    wrong = [c for c in lstm.checks(p, frames) if not c.ok]
    assert not wrong and np.isfinite(frames[-1].losses).all(), wrong


def test_the_walk_takes_four_stages_a_step_with_numbers_of_that_step() -> None:
    p = build(Params, {**SMALL, "mode": "walk", "updates": 4, "mixed": False}, settle=True)
    frames = list(lstm.frames(p, Run(p)))
    walked = [f for f in frames if f.moment >= 0]
    assert [f.phase for f in walked[:4]] == ["forget", "write", "update", "read"] and len(walked) == 4 * 8
    assert [f.step for f in frames[:3]] == [0, 2, 4]
    for name in SHOWN:
        s = seen(walked[13], replace(p, cell=name))
        assert s.time == 3 and s.name == name
        state = s.value("h")
        assert any(abs(n.value - state) < 1e-15 for n in diagram(s).numbers)


def test_the_text_is_written_on_and_the_alphabet_is_kept() -> None:
    p = build(Params, {**SMALL, "task": "text", "text": "abcd" * 20, "hidden_size": 8, "steps": 12, "cells": ["gru"],
                       "cell": "gru"}, settle=True)
    f = list(iterate(lstm, p, last=10))[-1]
    assert writes(f, p, 12) == "abcdabcdabcd" and score(f, "gru") > 0.95
    assert dict(zip(f.loss.names, f.loss.values, strict=True))["gru"] < 0.2 < f.guess_loss


def test_frames_do_not_hold_what_follows_from_the_parameters() -> None:
    a, b = Params(), Params(time=3, clamp="f", learning_rate=0.1)
    assert material_of(a) is material_of(b) and material_of(a) is not material_of(Params(seed=8))
