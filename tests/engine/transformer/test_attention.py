"""Attention: what the mask, the root of d and an ablation do, and that every number agrees with torch."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from engine.core import BadInput, Mask, Run, build, iterate
from engine.models import stories
from engine.models.forward import Change, causal, forward, softmax
from engine.models.local import ours
from engine.models.weights import shipped
from engine.transformer.attention import STEPS, Params, ablation, attention, widths
from engine.transformer.attention_ablation import held_out_loss, mean_outputs
from engine.transformer.attention_readings import Frame, copy_score, entropy, jacobian_norm
from engine.transformer.attention_widths import KEYS, sharpness


def frames(**values: Any) -> list[Frame]:
    return list(iterate(attention, build(Params, values, settle=True)))


def checked(**values: Any) -> list[Any]:
    p = build(Params, values, settle=True)
    found = attention.checks(p, list(iterate(attention, p)))
    assert found
    return [c for c in found if not c.ok]


@pytest.mark.parametrize("values", [
    {}, {"scaled": False}, {"mask": "none"}, {"mask": "window", "window": 1}, {"mask": "painted"}, {"ablate": "zero"},
    {"ablate": "mean", "scaled": False, "mask": "window"}, {"layer": 1, "head": 4, "query": 0, "key": 0}, {"text": ""},
    {"text": "猫 zebra !"}, {"text": "the cat " * 31, "query": 60, "key": 59},
    {"mode": "generate", "new_tokens": 5, "temperature": 1.0},
    {"mask": "painted", "painted": [[0, 0, 0], [0, 0, 0]], "query": 1}, {"show": "gradients"}, {"heat": 0.125}, {"heat": 8.0},
    {"show": "gradients", "mask": "padding", "window": 4, "query": 1, "layer": 1, "head": 1, "heat": 2.0, "scaled": False},
    {"show": "gradients", "mask": "prefix", "ablate": "zero", "layer": 4}, {"show": "gradients", "text": ""},
    {"mode": "generate", "new_tokens": 2, "show": "gradients", "mask": "window"},
])
def test_every_number_agrees_with_torch(values: dict[str, Any]) -> None:
    assert not checked(**values)


def test_the_proof_notices_a_wrong_number() -> None:
    p = Params()
    found = frames()
    seen = found[-1].seen.value
    worse = dataclasses.replace(found[-1], seen=dataclasses.replace(found[-1].seen, value=dataclasses.replace(
        seen, mixed=seen.mixed * 1.001)), loss=found[-1].loss * 1.001, entropy=found[-1].entropy + 1e-3)
    failed = {c.name for c in attention.checks(p, [worse]) if not c.ok}
    assert {"sdpa", "loss", "entropy"} <= failed


def test_a_pass_walks_through_its_steps_with_the_same_numbers() -> None:
    found = frames()
    assert tuple(f.phase for f in found) == STEPS
    assert len({id(f.seen.value) for f in found}) == 1


def test_the_second_cat_reads_sat() -> None:
    f = frames()[-1]
    assert (f.asks, f.answers) == ("cat", "sat")
    assert f.weight > 0.9
    assert f.largest_token == "sat"
    assert f.next == "sat"


def test_weight_is_the_exponential_of_the_score_over_its_row() -> None:
    f = frames(query=9, key=4)[-1]
    row = f.seen.value.scores[9][:10] / math.sqrt(f.head_size)
    assert f.weight == pytest.approx(math.exp(f.fit) / sum(math.exp(s) for s in row), rel=1e-12)
    assert f.divisor == 4


def test_without_the_root_entropy_and_gradient_collapse() -> None:
    with_root, without = frames()[-1], frames(scaled=False)[-1]
    assert without.fit == pytest.approx(without.score)
    assert without.entropy < 0.1 * with_root.entropy
    assert without.gradient < 0.1 * with_root.gradient


def test_the_lesson_tells_the_measured_losses() -> None:
    assert held_out_loss(shipped()) == pytest.approx(0.57, abs=0.005)
    assert held_out_loss(shipped(), Change(False)) == pytest.approx(0.60, abs=0.005)


@pytest.mark.parametrize("mask", ["causal", "none", "window", "prefix", "padding", "painted"])
def test_nothing_is_read_through_the_mask(mask: str) -> None:
    p = build(Params, {"mask": mask, "window": 2})
    s = frames(mask=mask, window=2)[-1].seen.value
    assert not s.weights[:, :, ~p.visible(len(s.tokens))].any()
    sees = p.visible(len(s.tokens)).any(axis=1)
    assert s.weights.sum(axis=-1) == pytest.approx(np.broadcast_to(sees, s.weights.shape[:-1]).astype(float), abs=1e-6)
    assert sees.all() or mask == "padding"


def test_a_painted_mask_rules_its_own_corner_alone() -> None:
    p = Params(mask="painted", painted=Mask(((1, 1), (0, 1))))
    wanted = causal(5)
    wanted[0, 1], wanted[1, 0] = True, False
    assert np.array_equal(p.visible(5), wanted)
    assert np.array_equal(Params(mask="painted", painted=Mask(())).visible(5), causal(5))


def test_a_gradient_foretells_what_a_small_change_does() -> None:
    """By finite differences, without any chain rule: a little more of one head's output, and the loss moves as told."""
    from engine.models.forward import next_losses

    weights, ids = shipped(), stories.encode(stories.tokens_of(Params().text))
    told = frames(show="gradients")[-1].seen.value.slopes
    name, step, direction = "model.layers.1.self_attn.o_proj.weight", 1e-5, np.random.default_rng(3).standard_normal((11, 64))
    losses = []
    for sign in (1, -1):
        # what layer 2 writes is W_O times the heads side by side: a change of W_O that adds `direction` to it
        beside = frames()[-1].seen.value.joined
        change = sign * step * np.linalg.pinv(beside) @ direction
        other = dataclasses.replace(weights, arrays={**weights.arrays, name: weights[name] + change.T})
        losses.append(float(next_losses(forward(other, ids).logits, ids).mean()))
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(float((told.written * direction).sum()), rel=1e-5)


def test_too_hot_a_softmax_loses_the_answer_little_by_little() -> None:
    """The lesson and the preset: at temperature 4 the chance of sat is 0.32."""
    chances = [frames(heat=heat)[-1].chance for heat in (1.0, 4.0)]
    assert chances == [pytest.approx(1.0, abs=0.005), pytest.approx(0.32, abs=0.005)]


def test_of_a_causal_square_nearly_half_is_thrown_away() -> None:
    f = frames()[-1]
    assert (f.pairs, f.all_pairs) == (66, 121)
    assert (f.work, f.needed) == (4 * 121 * 16, 4 * 66 * 16)


def test_hiding_the_answer_breaks_the_copy() -> None:
    assert frames(mask="painted")[-1].next != frames()[-1].next


def test_a_row_that_sees_nothing_has_no_weights() -> None:
    assert not softmax(np.ones((2, 2)), np.array([[False, False], [True, True]]))[0].any()


def test_the_future_cannot_be_felt() -> None:
    """Changing the last word changes nothing before it."""
    one, other = (forward(shipped(), stories.encode(stories.tokens_of(t))).logits for t in ("the cat sat on", "the cat sat in"))
    assert np.array_equal(one[:-1], other[:-1])
    assert not np.allclose(one[-1], other[-1])


def test_silencing_a_head_equals_zero_columns_of_its_output_matrix() -> None:
    weights, ids = shipped(), stories.encode(stories.tokens_of(Params().text))
    name = "model.layers.1.self_attn.o_proj.weight"
    cut = np.array(weights[name])
    cut[:, 32:48] = 0
    other = dataclasses.replace(weights, arrays={**weights.arrays, name: cut})
    silent = forward(weights, ids, Change(replaced={(1, 2): np.zeros(16)})).logits
    assert np.abs(silent - forward(other, ids).logits).max() < 1e-10


def test_the_layer_of_ablations_measures_each_head() -> None:
    p = build(Params, {"below": "ablation", "ablate": "zero"})
    found = list(ablation(p, Run(p)))
    assert [round(f.done, 2) for f in found] == [0.25, 0.5, 0.75, 1.0]
    one = held_out_loss(shipped(), Change(replaced={(1, 2): np.zeros(16)}))
    assert found[-1].harm[1, 2] == pytest.approx(one - held_out_loss(shipped()), abs=1e-12)
    assert found[-1].harm[0, 3] == pytest.approx(3.86, abs=0.05)          # the lesson: almost 4 nats
    assert np.delete(found[-1].harm.ravel(), 3).max() < 0.1
    assert mean_outputs(ours(), np.arange(3)).shape == (4, 4, 16)


def test_scores_have_the_variance_that_theory_gives() -> None:
    p = build(Params, {"below": "widths"})
    found = list(widths(p, Run(p)))[-1]
    assert found.variance[0] == pytest.approx(1, rel=0.35)
    assert found.variance[1] == pytest.approx(found.width, rel=0.35)
    assert found.entropy[1, -1] < 0.5
    assert found.entropy[0, -1] > 4
    assert found.gradient[1, -1] < found.gradient[1].max() / 3


def test_sharpness_by_plain_sums() -> None:
    even, sharp = sharpness(np.zeros((2, KEYS))), sharpness(np.array([[1000.0, 0.0, 0.0]]))
    assert even[0] == pytest.approx(math.log2(KEYS))
    assert even[1] == pytest.approx(jacobian_norm(np.full(KEYS, 1 / KEYS)))
    assert sharp[:2] == pytest.approx((0, 0))


def test_entropy_of_rows() -> None:
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(3)
    assert entropy(np.array([1.0, 0.0])) == 0
    assert entropy(np.zeros(3)) == 0


def test_copy_score_looks_where_the_word_was_followed() -> None:
    weights = np.zeros((4, 4))
    weights[2, 1] = 0.7                                  # token 2 repeats token 0; token 1 followed it
    assert copy_score(weights, ("a", "b", "a", "c")) == pytest.approx(0.7)
    assert copy_score(weights, ("a", "b", "c", "d")) is None


def test_with_nothing_to_find_a_head_reads_the_first_tokens_until_a_word_returns() -> None:
    before = frames(text="a blue dog lost his way in the cold", query=12)[-1]
    after = frames(text="a blue dog lost his way in the cold night and . a blue dog lost", query=18)[-1]
    assert before.sink > 0.7
    assert after.sink < 0.1


def test_writing_takes_the_likeliest_and_stops_when_full() -> None:
    found = frames(mode="generate", new_tokens=4)
    assert [f.length for f in found] == [11, 12, 13, 14, 15]
    for before, after in zip(found, found[1:], strict=False):
        assert after.seen.value.tokens[-1] == before.next
    assert frames(mode="generate", text="the cat " * 30, new_tokens=48)[-1].length == 64


def test_sampling_repeats_with_its_seed_alone() -> None:
    texts = [frames(mode="generate", temperature=1.5, new_tokens=12, seed=s)[-1].seen.value.tokens for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_text_too_long_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="64"):
        frames(text="the cat " * 40)


@pytest.mark.slow
def test_training_shows_a_start_before_torch_and_then_learns() -> None:
    found = frames(mode="train", train_steps=20)
    assert [f.step for f in found] == [0, 10, 20]
    assert found[-1].held_out < found[0].held_out
    assert not checked(mode="train", train_steps=20)


def test_a_brush_finds_the_mask_as_it_is_and_what_lies_beyond_the_text() -> None:
    assert build(Params, {"mask": "window", "window": 2}).canvas(3).tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    wide = build(Params, {"mask": "painted", "painted": [[1, 0, 1], [1, 1, 1]]})
    assert wide.canvas(2).tolist() == [[1, 0, 1], [1, 1, 1], [1, 1, 1]]
    assert wide.visible(2).tolist() == [[1, 0], [1, 1]]


@pytest.mark.slow
def test_the_learning_rate_is_heard_on_the_way() -> None:
    """A change after the second frame leaves the first two as they were, and makes the third another."""
    p = build(Params, {"mode": "train", "train_steps": 30})
    plain, edited = (list(iterate(attention, p, edits=e)) for e in ((), ((2, "rate", 0.1),)))
    assert [f.held_out for f in plain[:2]] == [f.held_out for f in edited[:2]]
    assert plain[2].held_out != edited[2].held_out
    assert attention.kind_of(p) == "training"
    assert attention.kind_of(attention.default()) == "steps"


@pytest.mark.slow
def test_too_fast_a_rate_learns_only_how_common_words_are() -> None:
    losses = [frames(mode="train", train_steps=300, rate=rate)[-1].held_out for rate in (4e-3, 0.05)]
    assert losses[0] < 2.6 and losses[1] > 3
