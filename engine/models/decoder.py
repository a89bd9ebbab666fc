"""The small Llama-style decoder in torch, as the textbooks write it, and the recipe that trains it.

    python -m engine.models.decoder              trains and writes assets/models/decoder.{safetensors,json}

RMSNorm before each part, rotary positions (half-split), causal attention, SwiGLU, the embedding as output matrix.
Everything random comes from the recipe's seed; one thread, so that the same machine gives the same weights again.
The 3400 steps took 258 s on one core of a busy machine; held-out loss 0.493 nats a token that counts.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from engine.core.frame import Array
from engine.models import stories
from engine.models.weights import FOLDER, Config, Weights, file_hash, initial, plain


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a decoder is trained: AdamW, up, level and down again, on sequences written as they are needed."""

    seed: int = 7
    steps: int = 3400
    batch: int = 32
    rate: float = 4e-3
    last_rate: float = 2e-4
    warm_up: int = 100
    decay: float = 0.05
    clip: float = 1.0

    def rate_at(self, step: int) -> float:
        """The learning rate of a step: up, level, and down over the last third."""
        left = (self.steps - step) / max(1, self.steps * 0.35)
        return min(self.rate * (step + 1) / self.warm_up, self.rate, self.last_rate + (self.rate - self.last_rate) * left)


STANDARD = Config(len(stories.VOCABULARY))


class Block(nn.Module):
    """x + attention(norm(x)), then x + SwiGLU(norm(x))."""

    def __init__(self, c: Config, scaled: bool, heat: float) -> None:
        super().__init__()
        self.heads, self.scale = c.heads, (c.head_size**-0.5 if scaled else 1.0) / heat
        self.input_layernorm, self.post_attention_layernorm = (nn.RMSNorm(c.hidden, eps=c.epsilon) for _ in range(2))
        self.self_attn = nn.ModuleDict({f"{part}_proj": nn.Linear(c.hidden, c.hidden, bias=False) for part in "qkvo"})
        self.mlp = nn.ModuleDict({"gate_proj": nn.Linear(c.hidden, c.inner, bias=False),
                                  "up_proj": nn.Linear(c.hidden, c.inner, bias=False),
                                  "down_proj": nn.Linear(c.inner, c.hidden, bias=False)})

    def forward(self, x: Any, turn: Any, bias: Any) -> Any:
        """The residual stream (B, T, hidden) through attention and SwiGLU, each behind its RMSNorm."""
        batch, length, width = x.shape                                          # (B, T, hidden)
        y, a = self.input_layernorm(x), self.self_attn
        q, k, v = (a[f"{p}_proj"](y).view(batch, length, self.heads, -1).transpose(1, 2) for p in "qkv")
        if turn is not None:
            q, k = rotate(q, *turn), rotate(k, *turn)
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, is_causal=bias is None, scale=self.scale)
        x = x + a["o_proj"](o.transpose(1, 2).reshape(batch, length, width))
        y, m = self.post_attention_layernorm(x), self.mlp
        return x + m["down_proj"](F.silu(m["gate_proj"](y)) * m["up_proj"](y))


def rotate(x: Any, cos: Any, sin: Any) -> Any:
    """x cos + rotate_half(x) sin, as transformers writes rotary positions."""
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin


class Decoder(nn.Module):
    """Token numbers (B, T) in, logits (B, T, vocabulary) out."""

    def __init__(self, c: Config, scaled: bool = True, heat: float = 1.0) -> None:
        super().__init__()
        self.config = c
        self.model = nn.ModuleDict({"embed_tokens": nn.Embedding(c.vocabulary, c.hidden),
                                    "layers": nn.ModuleList(Block(c, scaled, heat) for _ in range(c.layers)),
                                    "norm": nn.RMSNorm(c.hidden, eps=c.epsilon)})
        if c.positions == "learned":
            self.model["embed_positions"] = nn.Embedding(c.context, c.hidden)

    def forward(self, ids: Any) -> Any:
        """Token numbers (B, T) to logits (B, T, vocabulary)."""
        x, kind = self.model["embed_tokens"](ids), self.config.positions
        if kind == "sinusoidal":
            x = x * self.config.hidden**0.5 + waves(self.config.hidden, x.shape[1], 10_000.0, x)
        elif kind == "learned":
            x = x + self.model["embed_positions"].weight[:x.shape[1]]
        angles = clocks(self.config.head_size, x.shape[1], self.config.rope_base, x).repeat(1, 2)   # (T, head size)
        turn = (angles.cos(), angles.sin()) if kind == "rotary" else None
        bias = slopes(self.config.heads, x.shape[1], x) if kind == "alibi" else None
        for block in self.model["layers"]:
            x = block(x, turn, bias)
        return self.model["norm"](x) @ self.model["embed_tokens"].weight.T


def clocks(size: int, length: int, base: float, like: Any) -> Any:
    """The angle of each pair at each position, (T, size / 2), on the device and in the precision of `like`."""
    kind = {"dtype": like.dtype, "device": like.device}
    theta = base ** (-torch.arange(0, size, 2, **kind) / size)
    return torch.outer(torch.arange(length, **kind), theta)


def waves(size: int, length: int, base: float, like: Any) -> Any:
    """Vaswani's table, sines in the first half and cosines in the second, (T, size)."""
    angles = clocks(size, length, base, like)
    return torch.cat((angles.sin(), angles.cos()), dim=-1)


def slopes(heads: int, length: int, like: Any) -> Any:
    """ALiBi's bias -2^(-8 h / heads) (i - j) with the causal mask, (H, T, T)."""
    kind = {"dtype": like.dtype, "device": like.device}
    at = torch.arange(length, **kind)
    back = at[:, None] - at
    slope = 2.0 ** (-8.0 * torch.arange(1, heads + 1, **kind) / heads)
    return (-slope[:, None, None] * back).masked_fill(back < 0, -torch.inf)


def made(weights: Weights, dtype: Any = torch.float32, scaled: bool = True, *, heat: float = 1.0,
         device: str = "cpu") -> Decoder:
    """A torch decoder with these weights; `scaled` tells whether scores are divided by sqrt(d), `heat` by what besides."""
    model = Decoder(weights.config, scaled, heat).to(device, dtype)
    model.load_state_dict({name: torch.tensor(values, dtype=dtype, device=device) for name, values in weights.arrays.items()})
    return model


def taken(model: Decoder) -> Weights:
    """A copy of a torch decoder's weights."""
    return Weights(model.config, {n: p.detach().double().cpu().numpy().copy() for n, p in model.state_dict().items()})


def loss_of(model: Decoder, ids: Array, counted: Array) -> Any:
    """Mean cross-entropy of the next tokens that count, where the model lives."""
    device = next(model.parameters()).device
    wanted = torch.from_numpy(np.where(counted, ids, -100)[:, 1:]).to(device)
    logits = model(torch.from_numpy(ids[:, :-1]).to(device))
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=-100)


def training(recipe: Recipe, config: Config = STANDARD, scaled: bool = True, rate: Callable[[], float] | None = None, *,
             heat: float = 1.0, device: str = "cpu") -> Iterator[tuple[int, float, Decoder]]:
    """(steps done, loss of the step, the model itself) after every step; on the CPU in one thread.

    rate: asked before every step for the highest learning rate, in place of the recipe's. The start and the texts are the
    same on every device; only the rounding of float32 differs.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        begun = made(initial(config, recipe.seed), scaled=scaled, heat=heat, device=device)
        yield from _steps(recipe, begun, rate or (lambda: recipe.rate))
    finally:
        torch.set_num_threads(threads)


def _steps(recipe: Recipe, model: Decoder, rate: Callable[[], float]) -> Iterator[tuple[int, float, Decoder]]:
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimiser = torch.optim.AdamW([{"params": matrices, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}],
                                  lr=recipe.rate, betas=(0.9, 0.95))
    for step in range(recipe.steps):
        read = stories.sequences(recipe.batch, model.config.context + 1, 10_000 * recipe.seed + step)
        for group in optimiser.param_groups:
            group["lr"] = dataclasses.replace(recipe, rate=rate()).rate_at(step)
        loss = loss_of(model, *read)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimiser.step()
        yield step + 1, float(loss.detach()), model


def save(weights: Weights, recipe: Recipe, folder: Path, name: str = "decoder", **measured: float) -> None:
    """Write the weights in half precision, and beside them how they came about."""
    from safetensors import numpy as safe

    file, partial = folder / f"{name}.safetensors", folder / f".{name}.partial"
    partial.write_bytes(safe.save({name: values.astype(np.float16) for name, values in weights.arrays.items()}))
    os.replace(partial, file)
    told = {"recipe": dataclasses.asdict(recipe), "config": plain(weights.config), "parameters": weights.config.parameters,
            "sha256": file_hash(file), **measured}
    (folder / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Train by the recipe and write the files."""
    recipe, began = Recipe(), time.perf_counter()
    test = stories.held_out(64, STANDARD.context)
    for step, loss, model in training(recipe):
        if step % 100 == 0:
            with torch.no_grad():
                held = float(loss_of(model, *test))
            sys.stdout.write(f"{step} {loss:.3f} {held:.3f} {time.perf_counter() - began:.0f} s\n")
            sys.stdout.flush()
    save(taken(model), recipe, FOLDER, held_out_loss=round(held, 4), seconds=round(time.perf_counter() - began))


if __name__ == "__main__":
    main()
