"""The small decoder: its language, its recipe, and the weights that are shipped."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from engine.core import Failed
from engine.models import stories, weights
from engine.models.decoder import STANDARD, Recipe, loss_of, made, save, taken, training
from engine.models.forward import forward, next_losses
from engine.models.patterns import measure, probe
from engine.models.weights import Config, Weights, initial, read, shipped

SMALL = Config(len(stories.VOCABULARY), hidden=16, layers=2, heads=2, inner=24, context=16)


def recipe() -> dict[str, object]:
    return json.loads((weights.FOLDER / "decoder.json").read_text(encoding="utf-8"))


def test_every_token_has_a_number_of_its_own() -> None:
    assert len(set(stories.VOCABULARY)) == len(stories.VOCABULARY)
    assert stories.VOCABULARY[0] == stories.START


@pytest.mark.parametrize("text, tokens", [
    ("The cat sat.", ("<s>", "the", "cat", "sat", ".")),
    ("a zebra", ("<s>", "a", "z", "e", "b", "r", "a")),
    ("", ("<s>",)),
    ("cat 猫 9", ("<s>", "cat", "<unk>", "<unk>")),
])
def test_words_are_tokens_and_others_are_spelled(text: str, tokens: tuple[str, ...]) -> None:
    assert stories.tokens_of(text) == tokens


def test_sequences_repeat_with_their_seed_and_differ_without() -> None:
    a, b, c = (stories.sequences(8, 40, seed) for seed in (1, 1, 2))
    assert np.array_equal(a[0], b[0])
    assert np.array_equal(a[1], b[1])
    assert not np.array_equal(a[0], c[0])


def test_only_what_cannot_be_foreseen_does_not_count() -> None:
    ids, counted = stories.sequences(40, 60, 3)
    for row, counts in zip(ids[::2].tolist(), counted[::2].tolist(), strict=True):
        first = counts.index(True)
        seen = set(row[:first])
        assert all(token in seen or stories.VOCABULARY[token] in ".,;" for token in row[first:])
    assert counted[1::2].all()


def test_stories_answer_with_what_was_told() -> None:
    for seed in range(40):
        words = stories.story(random.Random(seed), 200)
        for at in range(len(words) - 5):
            if words[at:at + 3] == ["who", "had", "the"]:
                thing, owner = words[at + 3], words[at + 5]
                assert any(words[n] == owner and thing in words[n:n + 6] for n in range(at))


def test_held_out_text_is_in_no_training_step() -> None:
    r = recipe()["recipe"]
    trained = range(10_000 * r["seed"], 10_000 * r["seed"] + r["steps"])
    assert stories.HELD_OUT not in trained


def test_twenty_steps_lower_the_loss() -> None:
    test = stories.held_out(12, STANDARD.context)
    before = float(loss_of(made(initial(STANDARD, 7)), *test).detach())
    *_, last = training(Recipe(steps=20, warm_up=5))
    assert float(loss_of(last[2], *test).detach()) < before - 1.0


@pytest.mark.slow
def test_without_the_root_it_learns_more_slowly() -> None:
    """The lesson's comparison, at 1000 steps."""
    test, losses = stories.held_out(64, STANDARD.context), []
    for scaled in (True, False):
        *_, last = training(Recipe(steps=1000), scaled=scaled)
        losses.append(float(loss_of(last[2], *test).detach()))
    assert losses == pytest.approx([1.59, 2.09], abs=0.1)


def test_training_repeats_with_its_seed() -> None:
    runs = [[loss for _, loss, _ in training(Recipe(steps=3, batch=4, seed=s), SMALL)] for s in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_shipped_weights_reach_the_stated_loss() -> None:
    told = recipe()
    model = made(shipped())
    loss = float(loss_of(model, *stories.held_out(64, STANDARD.context)).detach())
    assert loss == pytest.approx(told["held_out_loss"], abs=0.01)
    assert told["held_out_loss"] < 0.7
    assert told["parameters"] == shipped().config.parameters == sum(p.numel() for p in model.parameters())


def test_shipped_model_copies_and_has_its_heads() -> None:
    found, right = measure(shipped())
    assert right > 0.8
    assert found.previous.max() > 0.6
    assert found.induction.max() > 0.6


def test_a_probe_says_every_word_twice() -> None:
    ids = probe(len(stories.VOCABULARY))
    half = (ids.shape[1] - 1) // 2
    assert np.array_equal(ids[:, 1:half + 1], ids[:, half + 1:])


def test_numpy_reads_as_the_trained_modules_do() -> None:
    import torch

    ids, _ = stories.held_out(3, 40)
    with torch.no_grad():
        theirs = made(shipped(), torch.float64)(torch.from_numpy(ids)).numpy()
    ours = forward(shipped(), ids).logits
    assert np.abs(ours - theirs).max() < 1e-9 * np.abs(theirs).max()
    wanted = torch.from_numpy(ids[:, 1:]).flatten()
    losses = torch.nn.functional.cross_entropy(torch.from_numpy(theirs[:, :-1]).flatten(0, 1), wanted)
    assert next_losses(ours, ids).mean() == pytest.approx(float(losses), rel=1e-12)


def test_taken_weights_are_a_copy() -> None:
    model = made(initial(SMALL, 1))
    kept = taken(model)
    for parameter in model.parameters():
        parameter.data.zero_()
    assert float(np.abs(kept["model.embed_tokens.weight"]).max()) > 0


# the file ------------------------------------------------------------------------------------------------------------


def test_saved_weights_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = initial(SMALL, 3)
    save(begun, Recipe(), tmp_path, held_out_loss=1.0)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    again = weights.shipped.__wrapped__()
    for name, values in begun.arrays.items():
        assert np.abs(again[name] - values).max() <= 1e-3 * (1 + np.abs(values).max())


@pytest.mark.parametrize("harm", ["cut", "other", "gone", "recipe"])
def test_a_damaged_file_is_refused_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    save(initial(SMALL, 3), Recipe(), tmp_path)
    file = tmp_path / "decoder.safetensors"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    elif harm == "other":
        file.write_bytes(bytes(len(file.read_bytes())))
    elif harm == "gone":
        file.unlink()
    else:
        (tmp_path / "decoder.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(Failed, match=r"python -m engine\.models\.decoder"):
        weights.shipped.__wrapped__()


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    save(initial(SMALL, 3), Recipe(), tmp_path)
    with pytest.raises(Failed, match="shape"):
        read(tmp_path / "decoder.safetensors", Config(len(stories.VOCABULARY), hidden=32, layers=2, heads=2, inner=24))
    (tmp_path / "text.safetensors").write_text("not weights", encoding="utf-8")
    with pytest.raises(Failed, match="safetensors"):
        read(tmp_path / "text.safetensors", SMALL)


def test_the_shipped_file_is_small() -> None:
    assert (weights.FOLDER / "decoder.safetensors").stat().st_size < 1_000_000
    assert isinstance(shipped(), Weights)
    assert not any(a.flags.writeable for a in shipped().arrays.values())
