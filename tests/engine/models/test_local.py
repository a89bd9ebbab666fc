"""Models from a folder: our own written and read again, sizes of Llamas, and a sentence for every fault."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import BadInput, LoupeError, Run, build, iterate
from engine.models import local, stories
from engine.models.forward import forward
from engine.models.local import config_of, speaker, write
from engine.models.weights import Config, Weights, initial, shipped
from engine.transformer.attention import Params, ablation, attention

HAS_TRANSFORMERS = importlib.util.find_spec("transformers") is not None
GROUPED = Config(len(stories.VOCABULARY), hidden=24, layers=6, heads=6, inner=20, kv_heads=2, head_dim=8, tied=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(shipped(), tmp_path / "tiny")
    return tmp_path / "tiny"


def told(folder: Path, **changes: Any) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return folder


def test_our_own_folder_gives_the_same_logits_and_needs_no_transformers(folder: Path) -> None:
    read = speaker(str(folder))
    ids = np.array(read.encode("the cat sat ; the cat"))
    assert read.module is None
    assert np.array_equal(forward(read.weights, ids).logits, forward(shipped(), ids).logits)
    assert [read.word(int(i)) for i in ids][:3] == ["<s>", "the", "cat"]


def test_the_panel_reads_a_folder_as_it_reads_its_own(folder: Path) -> None:
    ours, theirs = (list(iterate(attention, build(Params, {"model": m})))[-1] for m in ("", str(folder)))
    assert ours.loss == theirs.loss
    p = build(Params, {"model": str(folder), "ablate": "mean"})
    assert all(c.ok for c in attention.checks(p, list(iterate(attention, p))))


def test_shared_keys_and_an_output_matrix_of_its_own_agree_with_torch(tmp_path: Path) -> None:
    """Six layers of six heads: the panel turns the page; keys and values are shared by three heads each."""
    write(initial(GROUPED, 3), tmp_path / "grouped")
    p = build(Params, {"model": str(tmp_path / "grouped"), "first_layer": 4, "layer": 2, "first_head": 4, "head": 4})
    found = list(iterate(attention, p))
    assert found[-1].seen.value.weights.shape[:2] == (6, 6)
    assert p.at(6, 6) == (5, 5)
    assert all(c.ok for c in attention.checks(p, found))


def test_sizes_are_read_as_llamas_name_them(folder: Path) -> None:
    assert config_of(folder).parameters == shipped().config.parameters
    newer = told(folder, rope_parameters={"rope_type": "default", "rope_theta": 5e5}, num_key_value_heads=2)
    made = json.loads((newer / "config.json").read_text(encoding="utf-8"))
    del made["rope_theta"]
    (newer / "config.json").write_text(json.dumps(made), encoding="utf-8")
    assert (config_of(newer).rope_base, config_of(newer).kv_count) == (5e5, 2)


@pytest.mark.parametrize(("harm", "code"), [
    ("gone", "model_no_folder"), ("no_config", "model_no_config"), ("broken_config", "model_no_config"),
    ("gpt", "model_unsupported"), ("scaled", "model_unsupported"), ("biased", "model_unsupported"),
    ("no_size", "model_bad_config"), ("odd_heads", "model_bad_config"), ("no_weights", "model_no_weights"),
    ("pickled", "model_pickled"), ("huge", "model_too_large"), ("vocabulary", "model_vocabulary"),
    ("garbage", "not_safetensors"), ("shape", "model_shape"),
])
def test_every_fault_is_one_sentence(folder: Path, harm: str, code: str) -> None:
    weights = folder / "model.safetensors"
    if harm == "no_config":
        (folder / "config.json").unlink()
    elif harm == "broken_config":
        (folder / "config.json").write_text("{", encoding="utf-8")
    elif harm == "vocabulary":
        (folder / local.VOCABULARY).write_text("[]", encoding="utf-8")
    elif harm == "garbage":
        weights.write_bytes(b"no weights at all")
    elif harm in ("no_weights", "pickled"):
        weights.unlink()
        if harm == "pickled":
            (folder / "pytorch_model.bin").write_bytes(b"")
    changes: dict[str, dict[str, Any]] = {
        "gpt": {"model_type": "gpt2"}, "scaled": {"rope_scaling": {"rope_type": "llama3", "factor": 8}},
        "biased": {"attention_bias": True}, "no_size": {"hidden_size": None}, "odd_heads": {"num_key_value_heads": 3},
        "huge": {"hidden_size": 65536, "intermediate_size": 262144, "head_dim": 0, "num_hidden_layers": 400},
        "shape": {"intermediate_size": 100}}
    told(folder, **changes[harm]) if harm in changes else None
    with pytest.raises(LoupeError) as caught:
        speaker(str(folder / "nowhere" if harm == "gone" else folder))
    assert caught.value.key == code
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(HAS_TRANSFORMERS, reason="transformers is installed here")
def test_without_transformers_another_language_is_refused_in_a_sentence(folder: Path) -> None:
    (folder / local.VOCABULARY).unlink()
    with pytest.raises(LoupeError, match="install the extra 'models'"):
        speaker(str(folder))


@pytest.mark.skipif(not HAS_TRANSFORMERS, reason="needs the extra 'models'")
def test_a_random_llama_opened_by_transformers(tmp_path: Path) -> None:
    """Its tokeniser is made here; every check holds, transformers' own logits among them."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    transformers.set_seed(1)
    config = transformers.LlamaConfig(vocab_size=64, hidden_size=48, intermediate_size=40, num_hidden_layers=3,
                                      num_attention_heads=6, num_key_value_heads=3, max_position_embeddings=64)
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path)
    words = {w: n for n, w in enumerate(["<s>", "<unk>", *"abcdefghijklmnopqrstuvwxyz", "the", "cat", "sat", "on", "mat", ";"])}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>").save_pretrained(tmp_path)
    p = build(Params, {"model": str(tmp_path), "layer": 3, "first_head": 4, "head": 2})
    found = list(iterate(attention, p))
    checks = attention.checks(p, found)
    assert "library" in [c.name for c in checks]
    assert all(c.ok for c in checks)
    assert found[-1].seen.value.tokens[:3] == ("the", "cat", "sat")
    at_work = build(Params, {"model": str(tmp_path), "below": "ablation", "ablate": "zero"})
    *_, harm = ablation(at_work, Run(at_work))
    assert harm.harm.shape == (3, 6)


def test_a_pickle_is_never_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"a": 1}))
    monkeypatch.setattr(pickle, "load", lambda *_: pytest.fail("a pickle was opened"))
    assert speaker(str(folder)).weights.config.layers == 4


def test_a_text_of_unknown_tokens_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    who = speaker(str(folder))
    odd = local.Speaker(who.weights, lambda text: (9999,), who.word)
    with pytest.raises(BadInput, match="token"):
        Params().ids(odd)


def test_weights_are_those_of_the_config() -> None:
    assert isinstance(initial(GROUPED, 1), Weights)
    assert GROUPED.shapes()["model.layers.0.self_attn.k_proj.weight"] == (16, 24)
    assert GROUPED.shapes()["lm_head.weight"] == (len(stories.VOCABULARY), 24)
