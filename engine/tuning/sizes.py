"""Sizes of published decoders, and the arithmetic of tuning them: parameters, adapters, bytes.

Mixed-precision Adam keeps 16 bytes for a number that is trained: weight 2, gradient 2, and in single precision a copy of
the weight 4, its mean slope 4 and mean square slope 4 (Rajbhandari et al. 2020, ZeRO, section 3.1). A frozen one keeps 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TRAINED = (("weight", 2), ("gradient", 2), ("copy", 4), ("mean", 4), ("square", 4))     # bytes each
TRAINED_BYTES = sum(count for _, count in TRAINED)
FROZEN_BYTES = 2


@dataclass(frozen=True)
class Sizes:
    """A decoder's shape. Without a gate it is GPT-3's kind: two matrices in the feed-forward part, and biases."""

    vocabulary: int
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    tied: bool = False              # the output matrix is the embedding
    gated: bool = True
    positions: int = 0              # learned position vectors

    def matrices(self) -> dict[str, tuple[int, int]]:
        """(out, in) of each matrix of a layer."""
        d, kv = self.hidden, self.hidden // self.heads * self.kv_heads
        found = {"q": (d, d), "k": (kv, d), "v": (kv, d), "o": (d, d), "gate": (self.inner, d), "up": (self.inner, d),
                 "down": (d, self.inner)}
        return found if self.gated else {part: shape for part, shape in found.items() if part != "gate"}

    def attention(self) -> int:
        """Numbers in q, k, v and o of one layer."""
        return sum(math.prod(shape) for part, shape in self.matrices().items() if part in "qkvo")

    def feed_forward(self) -> int:
        """Numbers in the feed-forward matrices of one layer."""
        return sum(math.prod(shape) for part, shape in self.matrices().items() if part not in "qkvo")

    def small_parts(self) -> int:
        """A layer's norms; with GPT-3's kind of layer also its biases."""
        return 2 * self.hidden if self.gated else 8 * self.hidden + self.hidden + self.inner

    def outside(self) -> int:
        """Embedding, output matrix, positions and the last norm."""
        tables = (1 if self.tied else 2) * self.vocabulary + self.positions
        return tables * self.hidden + (1 if self.gated else 2) * self.hidden

    def parameters(self) -> int:
        """All numbers of the decoder."""
        return self.layers * (self.attention() + self.feed_forward() + self.small_parts()) + self.outside()

    def adapter(self, targets: tuple[str, ...], rank: int) -> int:
        """Numbers in the adapters of one layer: r (in + out) for each target."""
        return sum(rank * sum(shape) for part, shape in self.matrices().items() if part in targets)


MODELS = {
    "7b": Sizes(32000, 4096, 11008, 32, 32, 32), "13b": Sizes(32000, 5120, 13824, 40, 40, 40),
    "70b": Sizes(32000, 8192, 28672, 80, 64, 8), "llama3_8b": Sizes(128256, 4096, 14336, 32, 32, 8),
    "gpt3": Sizes(50257, 12288, 49152, 96, 96, 96, tied=True, gated=False, positions=2048),
}


@dataclass(frozen=True)
class Bill:
    """What adapting a decoder costs; bytes of weights, gradients and optimiser, not of activations."""

    total: int                      # numbers in the decoder
    trainable: int                  # numbers in the adapters
    share: float                    # of all numbers, the adapters' among them, as peft prints it
    full_bytes: int
    lora_bytes: int
    file_bytes: int                 # the adapters alone, in 16 bits


def bill(sizes: Sizes, targets: tuple[str, ...], rank: int, dora: bool = False, adapted: int | None = None) -> Bill:
    """The arithmetic of one decoder; `adapted` layers have adapters, all where it is None. DoRA trains lengths of rows too."""
    lengths = sum(shape[0] for part, shape in sizes.matrices().items() if part in targets) if dora else 0
    layers = sizes.layers if adapted is None else adapted
    total, trainable = sizes.parameters(), layers * (sizes.adapter(targets, rank) + lengths)
    return Bill(total, trainable, trainable / (total + trainable), TRAINED_BYTES * total,
                FROZEN_BYTES * total + TRAINED_BYTES * trainable, 2 * trainable)
