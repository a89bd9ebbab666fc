"""The translator in torch, and the recipe that trains both ways to match.

    python -m engine.models.translator_training      trains and writes assets/models/translator_{additive,dot}.*

Both start from the same numbers and read the same phrases; only how a query is matched with a key differs.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from engine.core.frame import Array
from engine.models import phrases
from engine.models.translator import MATCHES, Sizes, Translator
from engine.models.weights import FOLDER, file_hash

STANDARD = Sizes()
HELD_OUT = 900_000                  # the seed of phrases that no training reads


@dataclasses.dataclass(frozen=True)
class Recipe:
    """AdamW, its rate level and then down to nothing over the last half."""

    seed: int = 7
    steps: int = 1500
    batch: int = 48
    rate: float = 6e-3
    decay: float = 0.01

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        return self.rate * min(1.0, (step + 1) / 30, 2 * (self.steps - step) / self.steps)


class Network(nn.Module):
    """English numbers (B, S) and Chinese ones (B, T) in, logits (B, T, Chinese words) out."""

    def __init__(self, match: str, sizes: Sizes) -> None:
        super().__init__()
        self.match, self.sizes, h = match, sizes, sizes.state
        self.english = nn.Embedding(len(phrases.english()), sizes.words)
        self.chinese = nn.Embedding(len(phrases.chinese()), sizes.words)
        self.reader = nn.GRU(sizes.words, h // 2, batch_first=True, bidirectional=True)
        self.writer = nn.GRU(sizes.words, h, batch_first=True)
        self.begin = nn.Linear(h, h, bias=False)
        self.query, self.key = (nn.Linear(h, sizes.match, bias=False) for _ in range(2))
        self.vector = nn.Parameter(torch.randn(sizes.match) / sizes.match**0.5)
        self.join, self.output = nn.Linear(2 * h, h, bias=False), nn.Linear(h, len(phrases.chinese()), bias=False)

    def forward(self, source: Any, written: Any, divisor: float | None = None) -> tuple[Any, Any]:
        """Logits, and the weights (B, T, S)."""
        notes, _ = self.reader(self.english(source))
        first = torch.full_like(written[:, :1], phrases.chinese().index(phrases.BEGIN))
        before = self.chinese(torch.cat([first, written[:, :-1]], dim=1))
        states, _ = self.writer(before, torch.tanh(self.begin(notes[:, 0]))[None].contiguous())
        scores = self.scores(self.query(states), self.key(notes))
        divisor = divisor or (self.sizes.match**0.5 if self.match == "dot" else 1.0)
        weights = torch.softmax(scores / divisor, dim=-1)
        joined = torch.tanh(self.join(torch.cat([states, weights @ notes], dim=-1)))
        return self.output(joined), weights

    def scores(self, q: Any, k: Any) -> Any:
        """(B, T, S) before any division."""
        if self.match == "dot":
            return q @ k.transpose(1, 2)
        return torch.tanh(q[:, :, None] + k[:, None]) @ self.vector


def made(m: Translator, dtype: Any = torch.float64) -> Network:
    """The network with a translator's weights."""
    network = Network(m.match, m.sizes).to(dtype)
    network.load_state_dict({name: torch.tensor(values, dtype=dtype) for name, values in m.arrays.items()})
    return network


def loss_of(network: Network, source: Array, written: Array) -> Any:
    """Mean cross-entropy of the words up to the first end; padding counts for nothing."""
    device = network.vector.device
    counts = np.cumsum(written == 0, axis=1) - (written == 0) == 0
    wanted = torch.from_numpy(np.where(counts, written, -100)).to(device)
    logits, _ = network(torch.from_numpy(source).to(device), torch.from_numpy(written).to(device))
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=-100)


def training(recipe: Recipe, match: str, sizes: Sizes = STANDARD, device: str = "cpu") -> Iterator[tuple[int, float, Network]]:
    """(steps done, loss of the step, the network) after every step."""
    torch.manual_seed(recipe.seed)
    network = Network(match, sizes).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    for step in range(recipe.steps):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at(step)
        loss = loss_of(network, *phrases.batch(recipe.batch, recipe.seed * 10_000 + step))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        yield step + 1, float(loss.detach()), network


def taken(network: Network) -> Translator:
    """A copy of a network's weights, rounded to the half precision in which they are shipped."""
    arrays = {name: p.detach().cpu().numpy().astype(np.float16).astype(np.float64)
              for name, p in network.state_dict().items()}
    return Translator(network.match, network.sizes, arrays)


def exact(m: Translator, count: int = 200, seed: int = HELD_OUT) -> float:
    """The share of phrases never read that are translated without a fault."""
    from engine.models.translator import translate

    source, wanted = phrases.batch(count, seed)
    right = 0
    for read, written in zip(source, wanted, strict=True):
        words, want = read[:int((read == 0).argmax()) + 1], written[:int((written == 0).argmax()) + 1]
        right += np.array_equal(translate(m, words), want)
    return right / count


def main() -> None:
    """Train both and write the files."""
    from safetensors import numpy as safe

    torch.set_num_threads(1)
    for match in MATCHES:
        recipe, began, trained = Recipe(), time.perf_counter(), []
        for step, loss, network in training(recipe, match):
            trained = [network]
            if step % 100 == 0:
                sys.stdout.write(f"{match} {step} {loss:.4f} {time.perf_counter() - began:.0f} s\n")
                sys.stdout.flush()
        found, file = taken(trained[0]), Path(FOLDER / f"translator_{match}.safetensors")
        partial = file.with_name(f".{file.name}.partial")
        partial.write_bytes(safe.save({name: values.astype(np.float16) for name, values in found.arrays.items()}))
        os.replace(partial, file)
        told = {"recipe": dataclasses.asdict(recipe), "sizes": dataclasses.asdict(found.sizes), "match": match,
                "parameters": sum(values.size for values in found.arrays.values()), "sha256": file_hash(file),
                "exact": exact(found), "seconds": round(time.perf_counter() - began)}
        file.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main()
