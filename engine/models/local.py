"""A Llama-style model from a folder of the user's: config.json, *.safetensors and a tokeniser, read without running any of it.

A folder that `write` made holds the little language's vocabulary and is read by numpy alone. Any other is opened by
transformers, offline, from safetensors only and with no code of its own; its weights are then read by our own forward pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.core.faults import BadInput, Unavailable
from engine.core.frame import Array
from engine.models import stories
from engine.models.weights import Config, Weights, read_all, shaped, shipped

VOCABULARY = "loupe_vocabulary.json"
PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt")
SMALLEST = 20                       # tokens of a vocabulary: so many different ones are needed to see what heads do
ROOM = 12                           # bytes for a parameter: as float64, and half as much again while it is read


@dataclass(frozen=True)
class Speaker:
    """A model with its language."""

    weights: Weights
    encode: Callable[[str], tuple[int, ...]]    # a text as token numbers, begun as the model was taught to
    word: Callable[[int], str]                  # a token as it is written
    module: Any = None                          # the transformers model it came from


@cache
def ours() -> Speaker:
    """The decoder that was trained here."""
    return Speaker(shipped(), _encoded, stories.VOCABULARY.__getitem__)


def _encoded(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in stories.encode(stories.tokens_of(text)))


def speaker(folder: str) -> Speaker:
    """The model in a folder, or ours where none is named; a fault is one sentence."""
    if not folder.strip():
        return ours()
    place = Path(folder.strip()).expanduser()
    if not place.is_dir():
        raise BadInput(f"model={folder}: no such folder; give one that holds config.json and *.safetensors", "model_no_folder",
                       value=folder)
    newest = max((f.stat().st_mtime_ns for f in place.iterdir() if f.is_file()), default=0)
    return _loaded(place, newest)


@lru_cache(maxsize=1)
def _loaded(place: Path, newest: int) -> Speaker:
    config = config_of(place)
    files = sorted(place.glob("*.safetensors"))
    if not files:
        raise _no_weights(place)
    _fits(place, config)
    if (place / VOCABULARY).is_file():
        _same_language(place)
        return Speaker(read_all(files, config), _encoded, stories.VOCABULARY.__getitem__)
    return _by_transformers(place, config)


def _no_weights(place: Path) -> BadInput:
    if any(True for pattern in PICKLED for _ in place.glob(pattern)):
        return BadInput(f"{place.name}: holds pickled weights only, and opening a pickle can run a program; save the model "
                        "as safetensors", "model_pickled", name=place.name)
    return BadInput(f"{place.name}: holds no *.safetensors; give the folder of a saved model", "model_no_weights",
                    name=place.name)


def _fits(place: Path, config: Config) -> None:
    """Refuse what would not fit into the memory that is free."""
    import psutil

    needed, free = config.parameters * ROOM, psutil.virtual_memory().available
    if needed > free:
        raise BadInput(f"{place.name}: needs about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB of memory are free; choose a "
                       "smaller model", "model_too_large", name=place.name, needed=f"{needed / 1e9:.1f}",
                       free=f"{free / 1e9:.1f}")


def _same_language(place: Path) -> None:
    try:
        found = json.loads((place / VOCABULARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if found != list(stories.VOCABULARY):
        raise BadInput(f"{place.name}: {VOCABULARY} is not this program's vocabulary; write the folder again",
                       "model_vocabulary", name=place.name, file=VOCABULARY)


# config.json ------------------------------------------------------------------------------------------------------------


def config_of(place: Path) -> Config:
    """The sizes that config.json names, where the architecture is one that the forward pass computes."""
    try:
        told = json.loads((place / "config.json").read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError):
        raise BadInput(f"{place.name}: its config.json is not there or cannot be read; give the folder of a saved model",
                       "model_no_config", name=place.name) from None
    if odd := _unsupported(told):
        raise BadInput(f"{place.name}: {odd} is not supported; choose a Llama-style model", "model_unsupported",
                       name=place.name, reason=odd)
    try:
        config = _sizes(told)
    except (KeyError, TypeError, ValueError):
        config = None
    if config is None or config.vocabulary < SMALLEST or min(config.hidden, config.layers, config.heads, config.inner) < 1 \
            or config.heads % config.kv_count or config.head_size % 2:
        raise BadInput(f"{place.name}: its config.json lacks a size, or has an impossible one; give the folder of a saved "
                       "model", "model_bad_config", name=place.name)
    return config


def _unsupported(told: Mapping[str, Any]) -> str:
    """What a config asks for that the forward pass does not do, or nothing."""
    if told.get("model_type") != "llama":
        return f"model_type {told.get('model_type')}"
    if told.get("hidden_act", "silu") != "silu":
        return f"hidden_act {told['hidden_act']}"
    for name in ("attention_bias", "mlp_bias"):
        if told.get(name):
            return name
    scaling = told.get("rope_scaling") or told.get("rope_parameters") or {}
    kind = scaling.get("rope_type", scaling.get("type", "default")) if isinstance(scaling, dict) else "?"
    return "" if kind == "default" else f"rope_scaling {kind}"


def _sizes(told: Mapping[str, Any]) -> Config:
    rope = told.get("rope_parameters") or {}
    heads = int(told["num_attention_heads"])
    return Config(int(told["vocab_size"]), hidden=int(told["hidden_size"]), layers=int(told["num_hidden_layers"]), heads=heads,
                  inner=int(told["intermediate_size"]), context=int(told.get("max_position_embeddings", 2048)),
                  rope_base=float(told.get("rope_theta", rope.get("rope_theta", 10_000.0))),
                  epsilon=float(told.get("rms_norm_eps", 1e-6)), kv_heads=int(told.get("num_key_value_heads") or heads),
                  head_dim=int(told.get("head_dim") or 0), tied=bool(told.get("tie_word_embeddings", False)))


# the two ways to open it ------------------------------------------------------------------------------------------------


def _by_transformers(place: Path, config: Config) -> Speaker:
    try:
        import transformers
    except ImportError:
        raise Unavailable(f"{place.name}: opening it needs transformers, which is not installed; install the extra 'models'",
                          "no_transformers", name=place.name) from None
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(place), **safe)
        module = transformers.AutoModelForCausalLM.from_pretrained(str(place), use_safetensors=True, **safe).float().eval()
    except Exception as fault:  # noqa: BLE001  whatever a library says of a folder becomes one sentence
        said = " ".join(str(fault).split())[:160] or type(fault).__name__
        raise BadInput(f"{place.name}: transformers cannot open it ({said}); check the folder", "model_unreadable",
                       name=place.name, reason=said) from None
    arrays = {name: p.detach().double().numpy() for name, p in module.state_dict().items() if "rotary" not in name}
    if config.tied:
        arrays.pop("lm_head.weight", None)
    return Speaker(shaped(place.name, arrays, config), lambda text: tuple(tokenizer(text)["input_ids"]),
                   lambda n: _written(tokenizer, n), module)


def _written(tokenizer: Any, number: int) -> str:
    """A token without the marks that tokenisers put for a space."""
    found = str(tokenizer.convert_ids_to_tokens(number))
    return found.replace("\u2581", " ").replace("Ġ", " ").strip() or "\u2423"


def write(weights: Weights, folder: Path) -> None:
    """A decoder of the little language as a folder, its config named as Llama's are, so that other programs can open it."""
    from safetensors.numpy import save_file

    c = weights.config
    folder.mkdir(parents=True, exist_ok=True)
    told = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": c.vocabulary, "hidden_size": c.hidden,
            "num_hidden_layers": c.layers, "num_attention_heads": c.heads, "num_key_value_heads": c.kv_count,
            "head_dim": c.head_size, "intermediate_size": c.inner, "max_position_embeddings": c.context,
            "rope_theta": c.rope_base, "rms_norm_eps": c.epsilon, "tie_word_embeddings": c.tied, "hidden_act": "silu"}
    arrays: dict[str, Array] = {name: np.ascontiguousarray(values, np.float32) for name, values in weights.arrays.items()}
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / VOCABULARY).write_text(json.dumps(list(stories.VOCABULARY)), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
