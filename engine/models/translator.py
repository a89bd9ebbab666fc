"""A translator with cross-attention in numpy: a reader goes over a phrase both ways, a writer asks it at every word.

The two ways to match a query with a key stand side by side: Bahdanau's small network, v . tanh(q + k), and the product
q . k / sqrt(a). All else is the same. Shapes: S words read, T words written, H numbers of a state, A of a query.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engine.core.frame import Array
from engine.deep.lstm_cells import Gru
from engine.models import phrases
from engine.models.dot_product import additive, softmax
from engine.models.forward import log_softmax
from engine.models.weights import FOLDER, checked, named

MATCHES = ("additive", "dot")
MOST = 30                           # words that are written at most


@dataclass(frozen=True)
class Sizes:
    """Of a translator."""

    words: int = 24                 # numbers of a word's embedding
    state: int = 48                 # H: of the writer, and of the reader's two directions together
    match: int = 32                 # A: of queries and keys

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight by torch's name."""
        w, h, half, a = self.words, self.state, self.state // 2, self.match
        found: dict[str, tuple[int, ...]] = {
            "english.weight": (len(phrases.english()), w), "chinese.weight": (len(phrases.chinese()), w),
            "begin.weight": (h, h), "query.weight": (a, h), "key.weight": (a, h), "vector": (a,),
            "join.weight": (h, 2 * h), "output.weight": (len(phrases.chinese()), h)}
        for name, wide, high in (("reader.{}_l0", w, half), ("reader.{}_l0_reverse", w, half), ("writer.{}_l0", w, h)):
            found |= {name.format("weight_ih"): (3 * high, wide), name.format("weight_hh"): (3 * high, high),
                      name.format("bias_ih"): (3 * high,), name.format("bias_hh"): (3 * high,)}
        return found


@dataclass(frozen=True)
class Translator:
    """A trained translator: how it matches, and its weights by name."""

    match: str
    sizes: Sizes
    arrays: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]


@dataclass(frozen=True)
class Asked:
    """What a translator does on the way to T written words."""

    states: Array               # (T, H) of the writer, before it asks
    notes: Array                # (S, H) of the reader, both directions: the values
    q: Array                    # (T, A)
    k: Array                    # (S, A)
    scores: Array               # (T, S) before any division
    weights: Array              # (T, S)
    mixed: Array                # (T, H)
    joined: Array               # (T, H) tanh(W [state, mixed])
    logits: Array               # (T, Chinese words)


@cache
def shipped(match: str) -> Translator:
    """One of the two translators in assets/models, by the recipe beside it."""
    file, recipe = checked(f"translator_{match}", "translator_training")
    sizes = Sizes(**recipe["sizes"])
    return Translator(match, sizes, named([file], sizes.shapes()))


def walked(m: Translator, name: str, x: Array, begin: Array) -> Array:
    """A GRU over x (T, inputs) from a state (H,): its states, (T, H); 'name' holds {} for the weight."""
    w, u, b, c = (m[name.format(part)] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    found = [begin]
    for row in x:
        found.append(Gru.step(row @ w.T + b, found[-1] @ u.T + c, {"h": found[-1]}, {})["h"])
    return np.stack(found[1:])


def noted(m: Translator, source: Array) -> Array:
    """What the reader knows at each word of source (S,): forwards and backwards side by side, (S, H)."""
    x, none = m["english.weight"][source], np.zeros(m.sizes.state // 2)
    there = walked(m, "reader.{}_l0", x, none)
    back = walked(m, "reader.{}_l0_reverse", x[::-1], none)[::-1]
    return np.concatenate([there, back], axis=1)


def divisor_of(m: Translator, scaled: bool = True, heat: float = 1.0) -> float:
    """What scores are divided by: the root belongs to products alone."""
    return (math.sqrt(m.sizes.match) if scaled and m.match == "dot" else 1.0) * heat


def asked(m: Translator, source: Array, written: Array, divisor: float | None = None) -> Asked:
    """Read the source (S,); before each word of written (T,) the writer has seen those before it."""
    notes = noted(m, source)
    before = np.concatenate([[phrases.chinese().index(phrases.BEGIN)], written[:-1]])
    begin = np.tanh(notes[0] @ m["begin.weight"].T)         # the first word's notes hold the way back over all words
    states = walked(m, "writer.{}_l0", m["chinese.weight"][before], begin)
    q, k = states @ m["query.weight"].T, notes @ m["key.weight"].T
    if m.match == "additive":
        own = np.eye(m.sizes.match)                         # q and k are W_q s and W_k h already
        scores = additive(q, k, own, own, m["vector"])
    else:
        scores = q @ k.T
    weights = softmax(scores / (divisor_of(m) if divisor is None else divisor))
    mixed = weights @ notes
    joined = np.tanh(np.concatenate([states, mixed], axis=1) @ m["join.weight"].T)
    return Asked(states, notes, q, k, scores, weights, mixed, joined, joined @ m["output.weight"].T)


def translate(m: Translator, source: Array, divisor: float | None = None) -> Array:
    """The likeliest word each time, until the end: (T,) numbers, the end among them."""
    found: list[int] = []
    while len(found) < MOST and (not found or found[-1] != 0):
        found.append(int(asked(m, source, np.array([*found, 0]), divisor).logits[-1].argmax()))
    return np.array(found, np.int64)


def loss_of(m: Translator, source: Array, wanted: Array, divisor: float | None = None) -> float:
    """Mean -log p of the wanted words, nats."""
    log_p = log_softmax(asked(m, source, wanted, divisor).logits)
    return float(-log_p[np.arange(len(wanted)), wanted].mean())


def told(match: str) -> dict[str, Any]:
    """What its recipe file says of a shipped translator."""
    found: dict[str, Any] = json.loads((FOLDER / f"translator_{match}.json").read_text(encoding="utf-8"))
    return found
