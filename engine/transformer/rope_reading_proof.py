"""The proof of the readings: the decoders again in torch, texts one by one and whole, positions as explicit rotation matrices."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Check
from engine.models.weights import Weights, shipped
from engine.transformer.rope_reading import BIN, TRAINED, texts

if TYPE_CHECKING:
    from engine.transformer.rope import Frame, Params

AGAIN = "the decoder in torch, each text whole, a rotation matrix for every position"
TOLERANCE = 1e-8                    # nats: two orders of summation in float64


def proof(p: Params, f: Frame) -> Iterator[Check]:
    """Loss by position, at the end and at the trained length, of the way chosen and of plain rotary positions."""
    positions = "rotary" if p.encoding == "rope" else p.encoding
    plain = dataclasses.replace(p, scaling="plain")
    times = 1 if positions == "learned" else p.times
    ours, counted = read_again(p, positions, times)
    beside = read_again(plain, "rotary", p.times)[0]
    yield Check.worst("by_place", f.reading.by_place, binned(ours, counted), TOLERANCE, AGAIN)
    if f.loss is not None and f.perplexity is not None:
        last = float(ours[:, -TRAINED:][counted[:, -TRAINED:]].mean())
        yield Check("loss", f.loss, last, TOLERANCE, AGAIN)
        yield Check("perplexity", f.perplexity, math.exp(last), TOLERANCE * math.exp(last), "e to that loss")
    yield Check("loss_plain", f.loss_plain or 0.0,
                float(beside[:, -TRAINED:][read_counts(p, p.times)[:, -TRAINED:]].mean()), TOLERANCE, AGAIN)
    short = read_again(plain, positions, 1)
    yield Check("loss_trained", f.loss_trained or 0.0, float(short[0][short[1]].mean()), TOLERANCE, AGAIN)


def read_counts(p: Params, times: int) -> Array:
    """Which predicted tokens count, (B, T)."""
    return texts(p.texts)[1][:, 1:times * TRAINED + 1]


def binned(losses: Array, counted: Array) -> Array:
    """Mean loss of each bin in which anything counts."""
    bins = range(0, losses.shape[1], BIN)
    return np.array([losses[:, b:b + BIN][counted[:, b:b + BIN]].mean() for b in bins if counted[:, b:b + BIN].any()])


def read_again(p: Params, positions: str, times: int) -> tuple[Array, Array]:
    """(losses, which count), (B, T) each."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)                    # small products: sharing them costs more than it saves
    try:
        return _losses_again(p, positions, times), read_counts(p, times)
    finally:
        torch.set_num_threads(threads)


def _losses_again(p: Params, positions: str, times: int) -> Array:
    import torch
    from torch.nn import functional as F

    ids = texts(p.texts)[0][:, :times * TRAINED + 1]
    weights = shipped(f"lengths_{positions}")
    w = {name: torch.tensor(values) for name, values in weights.arrays.items()}
    place = _Places(p, weights, positions, ids.shape[1] - 1)
    rows = []
    for row in torch.tensor(ids):
        logits = _logits(weights, w, place, row[:-1])
        rows.append(F.cross_entropy(logits, row[1:], reduction="none").numpy())
    return np.stack(rows)


class _Places:
    """What a text's positions do: a matrix for each, a bias for each pair, or a vector added to each."""

    def __init__(self, p: Params, weights: Weights, positions: str, length: int) -> None:
        import torch

        c, at = weights.config, torch.arange(length, dtype=torch.float64)
        self.turns: Any = _matrices(p, c.head_size, length) if positions == "rotary" else None
        back = at[:, None] - at
        slope = 0.5 ** (8.0 * torch.arange(1, c.heads + 1, dtype=torch.float64) / c.heads) * (positions == "alibi")
        self.bias = (-slope[:, None, None] * back).masked_fill(back < 0, -torch.inf)            # (H, T, T)
        self.scale, self.added = 1.0, torch.zeros(length, c.hidden, dtype=torch.float64)
        if positions == "learned":
            self.added = torch.tensor(weights["model.embed_positions.weight"])[:length]
        elif positions == "sinusoidal":
            half = torch.exp(torch.arange(0, c.hidden, 2, dtype=torch.float64) / c.hidden * -math.log(10_000))
            self.scale, self.added = c.hidden**0.5, torch.cat([(at[:, None] * half).sin(), (at[:, None] * half).cos()], dim=1)


def _matrices(p: Params, size: int, length: int) -> Any:
    """R of every position, (T, d, d), for pairs (i, i + d / 2), with the gain of YaRN in it."""
    import torch

    from engine.transformer.rope_proof import expected_frequencies

    model = dataclasses.replace(p, base=10_000.0, trained_length=TRAINED, head_size=size)
    theta, gain, _ = expected_frequencies(model, size, length)
    found, half = torch.zeros(length, size, size, dtype=torch.float64), size // 2
    for i, speed in enumerate(theta):
        angle = torch.arange(length, dtype=torch.float64) * float(speed)
        found[:, i, i], found[:, i, i + half] = angle.cos(), -angle.sin()
        found[:, i + half, i], found[:, i + half, i + half] = angle.sin(), angle.cos()
    return gain * found


def _logits(weights: Weights, w: dict[str, Any], place: _Places, ids: Any) -> Any:
    """Of one text, (T, vocabulary)."""
    import torch
    from torch.nn import functional as F

    c = weights.config
    x = w["model.embed_tokens.weight"][ids] * place.scale + place.added
    for layer in range(c.layers):
        at = f"model.layers.{layer}."
        y = F.rms_norm(x, (c.hidden,), w[at + "input_layernorm.weight"], c.epsilon)
        q, k, v = ((y @ w[f"{at}self_attn.{n}_proj.weight"].T).view(-1, c.heads, c.head_size).transpose(0, 1) for n in "qkv")
        if place.turns is not None:
            q, k = (torch.einsum("tij,htj->hti", place.turns, z) for z in (q, k))
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=place.bias)
        x = x + o.transpose(0, 1).reshape(-1, c.hidden) @ w[at + "self_attn.o_proj.weight"].T
        y = F.rms_norm(x, (c.hidden,), w[at + "post_attention_layernorm.weight"], c.epsilon)
        gate, up = (y @ w[f"{at}mlp.{n}_proj.weight"].T for n in ("gate", "up"))
        x = x + (F.silu(gate) * up) @ w[at + "mlp.down_proj.weight"].T
    return F.rms_norm(x, (c.hidden,), w["model.norm.weight"], c.epsilon) @ w["model.embed_tokens.weight"].T
