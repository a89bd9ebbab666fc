"""A Llama-style decoder's shape and weights: named as Llama's, begun at random, read from safetensors with every size checked."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.core.faults import Failed
from engine.core.frame import Array

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models"
LARGEST_FILE = 2_000_000            # bytes of the shipped file
POSITIONS = ("rotary", "alibi", "sinusoidal", "learned", "none")


@dataclass(frozen=True)
class Config:
    """The sizes of a decoder."""

    vocabulary: int
    hidden: int = 64
    layers: int = 4
    heads: int = 4
    inner: int = 172                # of SwiGLU: 8/3 of hidden, to a multiple of 4
    context: int = 64               # tokens it was trained to read
    rope_base: float = 10_000.0
    epsilon: float = 1e-5           # of RMSNorm
    positions: str = "rotary"       # how it knows order: one of POSITIONS
    kv_heads: int = 0               # heads of keys and values, each shared by as many queries; 0: as many as heads
    head_dim: int = 0               # 0: hidden / heads
    tied: bool = True               # the embedding is the output matrix too

    @property
    def head_size(self) -> int:
        """Numbers of a query or key in one head."""
        return self.head_dim or self.hidden // self.heads

    @property
    def kv_count(self) -> int:
        """Heads of keys and values."""
        return self.kv_heads or self.heads

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight by Llama's name."""
        h, q, kv = self.hidden, self.heads * self.head_size, self.kv_count * self.head_size
        made: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (self.vocabulary, h)}
        if not self.tied:
            made["lm_head.weight"] = (self.vocabulary, h)
        if self.positions == "learned":
            made["model.embed_positions.weight"] = (self.context, h)
        for layer in range(self.layers):
            at = f"model.layers.{layer}"
            made |= {f"{at}.self_attn.q_proj.weight": (q, h), f"{at}.self_attn.k_proj.weight": (kv, h),
                     f"{at}.self_attn.v_proj.weight": (kv, h), f"{at}.self_attn.o_proj.weight": (h, q)}
            made |= {f"{at}.mlp.gate_proj.weight": (self.inner, h), f"{at}.mlp.up_proj.weight": (self.inner, h),
                     f"{at}.mlp.down_proj.weight": (h, self.inner), f"{at}.input_layernorm.weight": (h,),
                     f"{at}.post_attention_layernorm.weight": (h,)}
        return made | {"model.norm.weight": (h,)}

    @property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return sum(math.prod(shape) for shape in self.shapes().values())


@dataclass(frozen=True)
class Weights:
    """A decoder's sizes and its matrices by name, float64."""

    config: Config
    arrays: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    @property
    def output(self) -> Array:
        """The matrix that makes logits, (vocabulary, hidden)."""
        return self.arrays["model.embed_tokens.weight" if self.config.tied else "lm_head.weight"]

    def of_layer(self, layer: int, name: str) -> Array:
        """A layer's weight by the end of its name: 'self_attn.q_proj'."""
        return self.arrays[f"model.layers.{layer}.{name}.weight"]


def initial(config: Config, seed: int) -> Weights:
    """Where training starts: normal numbers that keep a vector's length, a tenth of it where the stream is written."""
    rng = np.random.default_rng([seed, 1])
    arrays = {}
    for name, shape in config.shapes().items():
        spread = 1 / math.sqrt(shape[-1]) if len(shape) > 1 else 0.0
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            spread /= 10
        if name.startswith("model.embed"):
            spread = 0.2
        values = rng.standard_normal(shape) * spread if len(shape) > 1 else np.ones(shape)
        arrays[name] = values.astype(np.float32).astype(np.float64)
    return Weights(config, arrays)


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def checked(name: str, maker: str) -> tuple[Path, dict[str, Any]]:
    """A weights file in assets/models and the recipe beside it; Failed where size or hash is not what the recipe says."""
    file, recipe_file = FOLDER / f"{name}.safetensors", FOLDER / f"{name}.json"
    try:
        recipe = json.loads(recipe_file.read_text(encoding="utf-8"))
        size = file.stat().st_size
        if size > LARGEST_FILE or file_hash(file) != recipe["sha256"]:
            raise Failed(f"{file.name}: is not the file its recipe names; run python -m engine.models.{maker} to train it "
                         "again", "model_damaged", name=file.name, maker=maker)
    except (OSError, ValueError, KeyError) as fault:
        raise Failed(f"{file.name}: cannot be read ({fault}); run python -m engine.models.{maker} to train it again",
                     "model_gone", name=file.name, maker=maker) from fault
    return file, recipe


@cache
def shipped(name: str = "decoder") -> Weights:
    """The weights in assets/models, by the recipe beside them: size, hash, names and shapes must all agree."""
    file, recipe = checked(name, name.partition("_")[0])
    return read(file, Config(**recipe["config"]))


def read(file: Path, config: Config) -> Weights:
    """The weights of a safetensors file as float64; Failed where a name or a shape is not the config's."""
    return read_all([file], config)


def read_all(files: Sequence[Path], config: Config) -> Weights:
    """As `read`, of several files together."""
    return Weights(config, named(files, config.shapes()))


def named(files: Sequence[Path], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The arrays of safetensors files by name, float64; Failed where a name or a shape is another."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    found: dict[str, Array] = {}
    for file in files:
        try:
            found |= load_file(file)
        except (OSError, SafetensorError, KeyError, TypeError) as fault:
            raise Failed(f"{file.name}: is no safetensors file ({fault}); choose one that is", "not_safetensors",
                         name=file.name) from fault
    return fitting(files[0].name, found, shapes)


def shaped(name: str, found: Mapping[str, Array], config: Config) -> Weights:
    """The arrays as float64 weights; Failed where a name or a shape is not the config's."""
    return Weights(config, fitting(name, found, config.shapes()))


def fitting(name: str, found: Mapping[str, Array], wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The arrays in double precision, frozen, if they are exactly those that are wanted."""
    wrong = [n for n in {**wanted, **found} if n not in found or n not in wanted or found[n].shape != wanted[n]]
    if wrong:
        raise Failed(f"{name}: {wrong[0]} is missing, unknown or of another shape; take the file that belongs to its config",
                     "model_shape", name=name, weight=wrong[0])
    arrays = {n: np.asarray(values, np.float64) for n, values in found.items()}
    for values in arrays.values():
        values.flags.writeable = False
    return arrays


def plain(config: Config) -> dict[str, float]:
    """The sizes as JSON."""
    return asdict(config)
