"""The proof of cross-attention: the torch network that was trained, scores by plain loops, and the grammar's own translation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Check
from engine.models import phrases
from engine.models.translator import MATCHES, shipped

if TYPE_CHECKING:
    from engine.transformer.attention import Params
    from engine.transformer.attention_readings import Frame


def proof(p: Params, f: Frame) -> Iterator[Check]:
    """Weights of both ways to match, scores one by one, chances and loss by torch."""
    import torch

    from engine.models.translator_training import made

    s = f.seen.value
    source = torch.tensor([phrases.english().index(word) for word in s.columns])[None]
    written = torch.tensor(s.ids)[None]
    at, query = min(p.head, len(MATCHES)) - 1, min(p.query, f.length - 1)
    for number, match in enumerate(MATCHES):
        network = made(shipped(match))
        root = math.sqrt(network.sizes.match) if p.scaled and match == "dot" else 1.0
        with torch.no_grad():
            logits, weights = network(source, written, root * p.heat)
        yield Check.worst(f"cross_{match}", s.weights[0, number], weights[0].numpy(), 1e-6, "the torch network that was trained")
        if number != at:
            continue
        chances = torch.softmax(logits[0, query], dim=-1).numpy()[s.likely_ids]
        yield Check.worst("chances", s.chances, chances, 1e-9, "the torch network that was trained")
        wanted = phrases.translated(s.columns)
        if f.loss is not None and wanted is not None:
            right = torch.tensor([phrases.chinese().index(word) for word in wanted])
            with torch.no_grad():
                found = network(source, right[None], root * p.heat)[0][0]
            yield Check("loss", f.loss, float(torch.nn.functional.cross_entropy(found, right)), 1e-9, "torch.nn.functional")
    vector = shipped(MATCHES[at])["vector"].tolist()
    theirs = [[_score(q, k, vector if MATCHES[at] == "additive" else None) for k in s.k.tolist()] for q in s.q.tolist()]
    yield Check.worst("score", s.scores, np.array(theirs), 1e-9, "loops in plain Python")
    yield Check.worst("rows", s.shares.sum(axis=1), np.ones(len(s.shares)), 1e-12, "every row adds up to 1")


def _score(q: list[float], k: list[float], vector: list[float] | None) -> float:
    if vector is None:
        return sum(a * b for a, b in zip(q, k, strict=True))
    return sum(w * math.tanh(a + b) for a, b, w in zip(q, k, vector, strict=True))
