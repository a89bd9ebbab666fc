"""Decoders that read further than they were trained: against the trained modules, and what the lesson says of them."""

from __future__ import annotations

import importlib.util
import json
from functools import cache

import numpy as np
import pytest

from engine.core import Array, BadInput, Run, build, iterate
from engine.models import stories, weights
from engine.models.forward import rms_norm, softmax, split
from engine.models.weights import POSITIONS, shipped
from engine.transformer.rope import WAYS, Frame, Lengths, Params, rope
from engine.transformer.rope_reading import TIMES, TRAINED, Way, losses, means, placed, tally, texts, turned
from engine.transformer.rotary import Turning, frequencies


def frame(**values: object) -> Frame:
    (found,) = iterate(rope, build(Params, {"mode": "model", **values}))
    return found


@cache
def lengths(**values: object) -> Lengths:
    p = build(Params, {"mode": "model", **values})
    *_, last = rope.layer_frames("lengths", p, Run(p))
    return last


@pytest.mark.parametrize("positions", POSITIONS)
def test_shipped_decoders_are_what_their_recipes_say(positions: str) -> None:
    import torch

    from engine.models.decoder import loss_of, made

    told = json.loads((weights.FOLDER / f"lengths_{positions}.json").read_text(encoding="utf-8"))
    with torch.no_grad():
        loss = float(loss_of(made(shipped(f"lengths_{positions}")), *stories.held_out(64, TRAINED)))
    assert loss == pytest.approx(told["held_out_loss"], abs=0.01)
    assert told["config"]["positions"] == positions
    assert told["config"]["context"] == TRAINED


def test_all_files_together_are_small() -> None:
    assert sum(f.stat().st_size for f in weights.FOLDER.glob("lengths_*.safetensors")) < 3_000_000


@pytest.mark.parametrize("positions", [p for p in POSITIONS if p != "learned"])
def test_numpy_reads_long_texts_as_the_trained_modules_do(positions: str) -> None:
    """Piece by piece with kept keys and values, as the whole text at once in the very modules that were trained."""
    import torch

    from engine.models.decoder import made

    ids = texts("stories")[0][:2, :3 * TRAINED + 1]
    ours = np.concatenate(list(losses(Way(positions), ids)), axis=1)
    with torch.no_grad():
        logits = made(shipped(f"lengths_{positions}"), torch.float64)(torch.from_numpy(ids[:, :-1]))
    theirs = torch.nn.functional.cross_entropy(logits.transpose(1, 2), torch.from_numpy(ids[:, 1:]), reduction="none")
    assert np.abs(ours - theirs.numpy()).max() < 1e-9


def test_a_learned_table_ends() -> None:
    p = build(Params, {"mode": "model", "encoding": "learned", "times": 2})
    run = Run(p)
    (found,) = rope.frames(p, run)
    assert found.loss is None
    assert run.missing["loss"] == "no_embedding"
    assert found.loss_trained == pytest.approx(0.6, abs=0.1)
    assert frame(encoding="learned", times=1).loss is not None
    with pytest.raises(BadInput, match="encoding"):
        build(Params, {"encoding": "learned"})
    with pytest.raises(IndexError):
        list(losses(Way("learned"), texts("stories")[0][:, :TRAINED + 2]))


@pytest.mark.slow
def test_the_curve_meets_the_frames() -> None:
    found = lengths(factor=8.0).loss
    for values, way, times in (({}, "plain", 8), ({"scaling": "yarn"}, "yarn", 5), ({"scaling": "dynamic"}, "dynamic", 3),
                               ({"encoding": "alibi"}, "alibi", 8)):
        one = frame(factor=8.0, times=times, **values)
        assert found[WAYS.index(way), times - 1] == pytest.approx(one.loss, rel=1e-12)
    assert np.isnan(found[WAYS.index("learned"), 1:]).all()
    assert np.isfinite(np.delete(found, WAYS.index("learned"), axis=0)).all()


def test_a_window_never_meets_a_new_distance() -> None:
    """Beyond the window nothing is seen: what lies further back may be anything."""
    ids = texts("stories")[0][:1, :2 * TRAINED + 1].copy()
    way = Way(window=8)
    last = list(losses(way, ids))[1]
    ids[:, :TRAINED - 20] = ids[:, 1:TRAINED - 19]
    assert np.array_equal(last, list(losses(way, ids))[1])              # two layers reach 14 back


def test_what_follows_changes_nothing_before() -> None:
    for scaling in ("plain", "yarn"):
        way = Way(scaling=scaling, factor=8.0)
        assert np.array_equal(tally(way, "stories", TIMES)[:, :TRAINED], tally(way, "stories", 1))


def test_recalled_words_come_back_after_24_to_256_others() -> None:
    ids, counted = stories.recalls(12, 513, 3)
    first = counted.argmax(axis=1) - 1
    assert first.min() >= 24 and 200 < first.max() <= 256
    for row, said in zip(ids, first, strict=True):
        step = next(n for n in (said, said + 1) if (row[1 + n:1 + n + 20] == row[1:21]).all())
        assert (row[1 + step:] == row[1:-step]).all()


def test_means_of_what_counts() -> None:
    sums = np.array([[2.0, 4.0, 0.0, 0.0], [1, 2, 0, 0]])
    assert means(sums, 2)[0] == pytest.approx(2.0)
    assert np.isnan(means(sums, 2)[1])


# what the lesson says ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_plain_breaks_and_yarn_repairs() -> None:
    found = dict(zip(WAYS, lengths(factor=8.0).loss, strict=True))
    assert found["plain"][1] < found["plain"][0]                        # twice the length is still well
    assert found["plain"][-1] == pytest.approx(4.3, abs=0.1)
    assert found["none"][-1] == pytest.approx(1.6, abs=0.1)
    assert (found["plain"][2:] > found["none"][2:]).all()
    assert found["yarn"][-1] == pytest.approx(0.7, abs=0.1)
    assert found["pi"].min() > 4.5
    assert (found["llama3"][0], found["llama3"][-1]) == (pytest.approx(1.0, abs=0.1), pytest.approx(1.3, abs=0.1))
    assert found["alibi"][-1] < found["alibi"][0]


@pytest.mark.slow
def test_far_recall() -> None:
    found = dict(zip(WAYS, lengths(texts="recall").loss, strict=True))
    assert found["window"][-1] == pytest.approx(9.3, abs=0.2)
    assert found["alibi"][-1] == pytest.approx(0.9, abs=0.2)


def test_yarn_by_turns_slows_even_the_fastest_pair() -> None:
    found = frame(scaling="yarn", factor=8.0, ramp="turns")
    assert found.loss == pytest.approx(8.7, abs=0.1)
    trained, now = found.reading.turns[:, 0]
    assert now / TIMES < trained / 2


def test_interpolation_blinds_the_head_that_looks_one_back() -> None:
    plain, pi, yarn = (one_back(way) for way in (Way(), Way(scaling="pi", factor=8.0), Way(scaling="yarn", factor=8.0)))
    head = plain.argmax()
    assert plain[head] == pytest.approx(0.77, abs=0.02)
    assert pi[head] == pytest.approx(0.03, abs=0.01)
    assert yarn[head] > 0.7


def one_back(way: Way) -> Array:
    """The mean weight that each head of the first layer puts on the token before, (H,)."""
    w, at = shipped("lengths_rotary"), np.arange(TRAINED)
    x = placed(w, texts("stories")[0][:, at], at)
    y = rms_norm(x, w.of_layer(0, "input_layernorm"), w.config.epsilon)
    turn = way.turning(w.config.head_size, w.config.rope_base, TRAINED)
    assert turn is not None
    q, k = (turned(split(y @ w.of_layer(0, f"self_attn.{n}_proj").T, w.config.heads), at, turn) for n in "qk")
    scores: Array = q @ np.swapaxes(k, -1, -2) / np.sqrt(w.config.head_size)
    shares = softmax(scores, at[:, None] >= at)
    found: Array = shares[..., at[1:], at[:-1]].mean(axis=(0, 2))
    return found


def test_the_slow_pairs_are_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held back alone they repair most of it; the others held back alone ruin even the trained length."""
    ids, counted = texts("stories")
    plain, found = frequencies(16, 10_000.0), {}
    slow = plain * TRAINED < 2 * np.pi
    assert slow.sum() == 5
    for name, which in (("slow", slow), ("fast", ~slow)):
        turn = Turning(np.where(which, plain / TIMES, plain), 1.0, 10_000.0)
        monkeypatch.setattr(Way, "turning", lambda *_, turn=turn: turn)
        every = list(losses(Way(), ids))
        found[name] = [every[n][counted[:, 1:][:, n * TRAINED:(n + 1) * TRAINED]].mean() for n in (0, TIMES - 1)]
    assert found["slow"][1] == pytest.approx(1.0, abs=0.05)
    assert found["fast"][0] == pytest.approx(4.9, abs=0.1)


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="needs the extra 'models'")
@pytest.mark.parametrize(("scaling", "times"), [("plain", 1), ("dynamic", 5), ("yarn", 8), ("pi", 8)])
def test_speeds_are_those_of_transformers(scaling: str, times: int) -> None:
    """`ROPE_INIT_FUNCTIONS` for the shipped decoder's own sizes; there PI is called linear."""
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    name = {"plain": "default", "pi": "linear"}.get(scaling, scaling)
    asked = {"rope_type": name, "rope_theta": 10_000.0, "factor": 8.0}
    asked |= {"original_max_position_embeddings": TRAINED} if scaling == "yarn" else {}
    longest = TRAINED * 8 if scaling == "yarn" else TRAINED
    config = LlamaConfig(hidden_size=64, num_attention_heads=4, max_position_embeddings=longest, rope_parameters=asked)
    config.rope_parameters = asked
    if name not in ROPE_INIT_FUNCTIONS:
        pytest.skip(f"this version has no {name}")
    theirs, gain = ROPE_INIT_FUNCTIONS[name](config, None, seq_len=TRAINED * times)
    ours = Way(scaling=scaling, factor=8.0).turning(16, 10_000.0, TRAINED * times)
    assert ours is not None
    assert ours.theta == pytest.approx(theirs.double().numpy(), rel=1e-6)
    assert ours.gain == pytest.approx(gain, rel=1e-7)
