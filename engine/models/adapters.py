"""Low-rank adapters as numbers: what is added to a matrix, how it begins, and what becomes of it when it is merged.

Shapes: a matrix W is (out, in), as torch.nn.Linear keeps it; A is (r, in), B is (out, r); y = W x + s B A x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.core.frame import Array
from engine.models.weights import Config, Weights

Initial = Literal["uniform", "gaussian", "swapped", "zeros", "both"]
PARTS = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj",
         "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj"}
PRECISIONS = ("float64", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Adapter:
    """What one matrix is given: W' = W + scale B A; with DoRA each row of that is stretched to a learned length."""

    a: Array                        # (r, in)
    b: Array                        # (out, r)
    scale: float
    lengths: Array                  # (out,) of DoRA's rows; (0,) for plain LoRA

    def product(self) -> Array:
        """scale B A, (out, in), of rank r at most."""
        return np.asarray(self.scale * (self.b @ self.a))

    def merged(self, w: Array) -> Array:
        """The matrix to use in place of W: Hu et al. 2021, eq. 3; Liu et al. 2024 (DoRA), eq. 5."""
        new = w + self.product()
        if not self.lengths.size:
            return np.asarray(new)
        return np.asarray(new * (self.lengths / np.linalg.norm(new, axis=1))[:, None])


def names_of(config: Config, targets: tuple[str, ...], layers: tuple[int, ...]) -> list[str]:
    """The names of the matrices that are adapted, layer by layer."""
    return [f"model.layers.{layer}.{PARTS[part]}.weight" for layer in layers for part in targets if layer < config.layers]


def scale_of(alpha: float, rank: int, scaling: str) -> float:
    """alpha / r (Hu et al. 2021), or alpha / sqrt(r) (rsLoRA, Kalajdzievski 2023)."""
    return alpha / math.sqrt(rank) if scaling == "rslora" else alpha / rank


def begun(w: Array, rank: int, scale: float, initial: Initial, dora: bool, rng: np.random.Generator) -> Adapter:
    """An adapter before training. 'uniform' is peft's default (Kaiming with a = sqrt 5), 'gaussian' its normal one."""
    out, width = w.shape
    a = rng.uniform(-1, 1, (rank, width)) / math.sqrt(width)
    b = rng.uniform(-1, 1, (out, rank)) / math.sqrt(rank)
    if initial == "gaussian":
        a = rng.standard_normal((rank, width)) / rank
    a = np.zeros_like(a) if initial in ("swapped", "zeros") else a
    b = np.zeros_like(b) if initial in ("uniform", "gaussian", "zeros") else b
    return Adapter(a, b, scale, np.linalg.norm(w, axis=1) if dora else np.zeros(0))


def merged(weights: Weights, adapters: Mapping[str, Adapter]) -> Weights:
    """The decoder with every adapter added to its matrix."""
    return Weights(weights.config, {name: adapters[name].merged(w) if name in adapters else w
                                    for name, w in weights.arrays.items()})


def rounded(x: Array, precision: str) -> Array:
    """The numbers as a precision holds them, as float64; bfloat16 to the nearest, ties to even."""
    if precision == "bfloat16":
        bits = x.astype(np.float32).view(np.uint32)
        bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
        return bits.astype(np.uint32).view(np.float32).astype(np.float64)
    return x.astype(precision).astype(np.float64)


def stored(w: Array, adapter: Adapter, precision: str) -> tuple[Array, Array, Array]:
    """(W, W after merging, W after merging and taking the adapter out again), each as the precision holds it."""
    kept = rounded(w, precision)
    change = rounded(adapter.merged(kept) - kept, precision)
    inside = rounded(kept + change, precision)
    return kept, inside, rounded(inside - change, precision)
