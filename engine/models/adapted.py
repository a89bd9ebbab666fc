"""The small decoder in torch with low-rank adapters beside its matrices, for several adapters at once.

Shapes: M adapters of one shape (members) read the same B sequences of T tokens; activations are (M, B T, width), an
adapted matrix is W (out, in) with A (M, r, in) and B (M, out, r). Imported where torch is needed, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from engine.core.frame import Array
from engine.models.adapters import Adapter
from engine.models.weights import Config, Weights


@contextmanager
def one_thread() -> Iterator[None]:
    """The block runs on one thread: small products are not faster on more, and the same numbers come again."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass
class Lora:
    """The adapters of one matrix for all members, as tensors."""

    a: Any                          # (M, r, in)
    b: Any                          # (M, out, r)
    scale: float
    lengths: Any = None             # (M, out) of DoRA

    def beside(self, w: Any, x: Any) -> Any:
        """W x + s B A x; with DoRA stretched row by row, the norm below the fraction held constant (its section 4.3)."""
        y = x @ w.T + self.scale * (x @ self.a.transpose(1, 2)) @ self.b.transpose(1, 2)
        if self.lengths is None:
            return y
        norm = (w + self.scale * (self.b @ self.a)).norm(dim=2).detach()            # (M, out)
        return y * (self.lengths / norm)[:, None, :]

    def trained(self) -> list[Any]:
        """The tensors that training changes."""
        return [self.a, self.b] + ([] if self.lengths is None else [self.lengths])


def tensors(weights: Weights, dtype: Any, device: str) -> dict[str, Any]:
    """The decoder's weights by name."""
    return {name: torch.tensor(values, dtype=dtype, device=device) for name, values in weights.arrays.items()}


def lora_of(members: Sequence[Adapter], dtype: Any, device: str) -> Lora:
    """The adapters of one matrix, those of several members stacked."""
    def stacked(arrays: list[Array]) -> Any:
        return torch.tensor(np.stack(arrays), dtype=dtype, device=device).requires_grad_()

    lengths = stacked([m.lengths for m in members]) if members[0].lengths.size else None
    return Lora(stacked([m.a for m in members]), stacked([m.b for m in members]), members[0].scale, lengths)


def logits(config: Config, w: Mapping[str, Any], adapters: Mapping[str, Lora], ids: Any, members: int = 1) -> Any:
    """Token numbers (B, T) in, logits (M, B, T, vocabulary) out."""
    batch, length = ids.shape
    x = w["model.embed_tokens.weight"][ids].reshape(1, batch * length, -1).expand(members, -1, -1)
    cos, sin = angles(config, length, x)

    def linear(y: Any, name: str) -> Any:
        return adapters[name].beside(w[name], y) if name in adapters else y @ w[name].T

    for layer in range(config.layers):
        at = f"model.layers.{layer}."
        y = rms_norm(x, w[f"{at}input_layernorm.weight"], config.epsilon)
        q, k, v = (linear(y, f"{at}self_attn.{part}_proj.weight").view(members * batch, length, config.heads, -1)
                   .transpose(1, 2) for part in "qkv")                              # (M B, heads, T, head size)
        o = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        x = x + linear(o.transpose(1, 2).reshape(members, batch * length, -1), f"{at}self_attn.o_proj.weight")
        y = rms_norm(x, w[f"{at}post_attention_layernorm.weight"], config.epsilon)
        gated = F.silu(linear(y, f"{at}mlp.gate_proj.weight")) * linear(y, f"{at}mlp.up_proj.weight")
        x = x + linear(gated, f"{at}mlp.down_proj.weight")
    y = rms_norm(x, w["model.norm.weight"], config.epsilon)
    return (y @ w["model.embed_tokens.weight"].T).view(members, batch, length, -1)


def angles(config: Config, length: int, like: Any) -> tuple[Any, Any]:
    """Cosine and sine of position times frequency, (T, head size) each."""
    steps = torch.arange(0, config.head_size, 2, dtype=like.dtype, device=like.device)
    theta = config.rope_base ** (-steps / config.head_size)
    found = torch.outer(torch.arange(length, dtype=like.dtype, device=like.device), theta).repeat(1, 2)
    return found.cos(), found.sin()


def rotate(x: Any, cos: Any, sin: Any) -> Any:
    """Rotary positions, the two halves of each head paired."""
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin


def rms_norm(x: Any, gain: Any, epsilon: float) -> Any:
    """x over the root of its mean square, times a learned gain."""
    return x * torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + epsilon) * gain


def losses(found: Any, ids: Any, counted: Any = None) -> Any:
    """Mean cross-entropy of the next tokens, (M,), from logits (M, B, T, vocabulary) of ids (B, T + 1) but their last."""
    members, wanted = found.shape[0], ids[:, 1:].reshape(-1)
    each = F.cross_entropy(found.reshape(-1, found.shape[-1]), wanted.repeat(members), reduction="none").view(members, -1)
    return each.mean(dim=1) if counted is None else each[:, counted[:, 1:].reshape(-1)].mean(dim=1)
