"""The translators: the grammar they learn, the torch networks they were, and that their recipe can be repeated."""

from __future__ import annotations

import random

import numpy as np
import pytest

from engine.core import BadInput, build, iterate
from engine.models import phrases
from engine.models.translator import MATCHES, asked, divisor_of, shipped, told, translate
from engine.transformer.attention import Params, attention
from engine.transformer.attention_readings import Frame


def frames(**values: object) -> list[Frame]:
    return list(iterate(attention, build(Params, {"mode": "translate", **values}, settle=True)))


@pytest.mark.parametrize("english, chinese", [
    ("the cat sleeps", "猫 睡觉"),
    ("the black cat sees the small dog", "黑 猫 看见 小 狗"),
    ("the dog that the cat sees sleeps", None),
    ("the bird that follows the old bear sits behind the house", "跟着 老 熊 的 鸟 在 房子 后面 坐着"),
    ("cat the", None), ("the cat", None), ("the cat sleeps the", None),
])
def test_the_grammar_by_hand(english: str, chinese: str | None) -> None:
    found = phrases.translated((*english.split(), phrases.END))
    assert found == (None if chinese is None else (*chinese.split(), phrases.END))


def test_the_grammar_reads_what_it_writes() -> None:
    rng = random.Random(3)
    pairs = [phrases.written(rng) for _ in range(300)]
    assert all(phrases.translated(english) == chinese for english, chinese in pairs)
    assert max(len(english) for english, _ in pairs) <= phrases.LONGEST


@pytest.mark.parametrize("match", MATCHES)
def test_numpy_does_what_the_torch_network_does(match: str) -> None:
    import torch

    from engine.models.translator_training import made

    m = shipped(match)
    source, written = phrases.batch(6, 11)
    network = made(m)
    for read, words in zip(source, written, strict=True):
        ours = asked(m, read, words)
        with torch.no_grad():
            logits, weights = network(torch.from_numpy(read)[None], torch.from_numpy(words)[None])
        assert np.abs(ours.logits - logits[0].numpy()).max() < 1e-10
        assert np.abs(ours.weights - weights[0].numpy()).max() < 1e-12


@pytest.mark.parametrize("match", MATCHES)
def test_phrases_never_read_are_translated(match: str) -> None:
    from engine.models.translator_training import HELD_OUT, exact

    assert exact(shipped(match), 40, HELD_OUT + 1) >= 0.95
    assert told(match)["exact"] >= 0.99                                 # the lesson: 199 of 200, or all


def test_both_read_the_same_phrase_and_the_chosen_one_writes() -> None:
    found = frames()
    assert [f.length for f in found] == list(range(1, 12))
    last = found[-1]
    assert "".join(last.seen.value.tokens) == "喜欢小鸟的黑猫在垫子上睡觉."
    assert last.seen.value.weights.shape == (1, 2, 11, 13)
    assert last.loss is not None and last.loss < 0.01
    assert (last.work, last.pairs) == (2 * 11 * 13 * (32 + 48), 11 * 13)


def test_the_root_belongs_to_products_alone() -> None:
    additive_, dot = (shipped(match) for match in MATCHES)
    assert divisor_of(additive_) == divisor_of(additive_, scaled=False) == 1.0
    assert divisor_of(dot) == pytest.approx(32**0.5)
    assert divisor_of(dot, False, 3.0) == 3.0


def test_a_phrase_outside_the_grammar_has_no_loss_and_says_why() -> None:
    assert frames(phrase="the the cat")[-1].loss is None
    for wrong, word in (("the zebra sleeps", "zebra"), ("", "0 words"), ("the " * 24, "24 words")):
        with pytest.raises(BadInput, match=word):
            frames(phrase=wrong)


@pytest.mark.parametrize("values", [{"head": 1}, {"head": 2, "heat": 3.0},
                                    {"head": 2, "scaled": False, "phrase": "the dog sees the cat"}])
def test_every_number_agrees_with_torch(values: dict[str, object]) -> None:
    p = build(Params, {"mode": "translate", **values}, settle=True)
    found = attention.checks(p, list(iterate(attention, p)))
    assert len(found) >= 8
    assert [c for c in found if not c.ok] == []


def test_training_begins_to_learn_and_repeats_by_its_seed() -> None:
    from engine.models.translator_training import Recipe, training

    losses = [[loss for _, loss, _ in training(Recipe(steps=12, batch=8), "dot")] for _ in range(2)]
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]


def test_the_network_follows_its_device() -> None:
    from engine.models.translator import Sizes
    from engine.models.translator_training import Network, loss_of

    for match in MATCHES:
        loss = loss_of(Network(match, Sizes()).to("meta"), *phrases.batch(3, 1))
        loss.backward()
        assert loss.device.type == "meta"


def test_translating_stops_somewhere() -> None:
    assert len(translate(shipped("dot"), np.array([1] * 20), 1e-3)) <= 30
