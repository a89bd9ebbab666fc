"""Cross-attention: a translator asks another language's words at every word it writes, by two ways to match, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.core.frame import Array, Shared
from engine.core.run import Run
from engine.models import phrases
from engine.models.forward import log_softmax
from engine.models.translator import MATCHES, Asked, Translator, asked, divisor_of, loss_of, shipped, told
from engine.models.translator import translate as greedy
from engine.transformer.attention_readings import (
    SHOWN_CHANCES,
    SINK,
    Frame,
    Pass,
    by_heat,
    of_pairs,
    of_row,
    products_of,
)

if TYPE_CHECKING:
    from engine.transformer.attention import Params

UNMEASURED = {"copying": "not_copying", "harm": "not_a_decoder", "held_out": "not_training", "copied": "not_training",
              "induction": "not_training"}


def translate(p: Params, run: Run) -> Iterator[Frame]:
    """The phrase in the other language, a frame a word; the chosen way to match writes."""
    words = phrases.words_of(p.phrase)
    source = phrases.numbers(words, phrases.english())
    writer = shipped(MATCHES[chosen(p)])
    written = greedy(writer, source, divisor_of(writer, p.scaled, p.heat))
    wanted = phrases.translated(words)
    for count in range(1, len(written) + 1):
        yield look(p, run, words, written[:count], wanted)


def chosen(p: Params) -> int:
    """Which of MATCHES: the heads of the picture."""
    return min(p.head, len(MATCHES)) - 1


def look(p: Params, run: Run, words: tuple[str, ...], written: Array, wanted: tuple[str, ...] | None) -> Frame:
    """Both translators having written these words (T,); the queries are those that asked before each."""
    source = phrases.numbers(words, phrases.english())
    both = [shipped(match) for match in MATCHES]
    passes = [asked(m, source, written, divisor_of(m, p.scaled, p.heat)) for m in both]
    m, found = both[chosen(p)], passes[chosen(p)]
    query, key = min(p.query, len(written) - 1), min(p.key, len(words) - 1)
    rows, row = tuple(phrases.chinese()[n] for n in written), found.weights[query]
    seen = pass_of(m, found, rows, words, np.stack([one.weights for one in passes])[None], (query, key),
                   divisor_of(m, p.scaled))
    divisor, score, loss = divisor_of(m, p.scaled, p.heat), float(found.scores[query, key]), None
    if wanted is None:
        run.note("loss", "not_in_grammar")
    else:
        loss = loss_of(m, source, phrases.numbers(wanted, phrases.chinese()), divisor)
    for name, reason in UNMEASURED.items():
        run.note(name, reason)
    return Frame(
        Shared(seen), asks=rows[query], answers=words[key], score=score, divisor=divisor, fit=score / divisor,
        weight=float(row[key]), **of_row(row, seen.visible[query], words),
        **of_pairs(seen.visible, m.sizes.match, m.sizes.state), copying=None, sink=float(row[:SINK].sum()),
        sink_all=float(np.mean([one.weights[query, :SINK].sum() for one in passes])), next=seen.likely[0],
        chance=float(seen.chances[0]), loss=loss, length=len(rows), harm=None, head_size=m.sizes.match, step=len(rows),
        held_out=None, copied=None, induction=None, right=float(told(m.match)["exact"]), phase="translated")


def pass_of(m: Translator, found: Asked, rows: tuple[str, ...], columns: tuple[str, ...], weights: Array,
            at: tuple[int, int], root: float) -> Pass:
    """What the picture draws."""
    query, key = at
    chances = np.exp(log_softmax(found.logits[query]))
    best = np.argsort(-chances, kind="stable")[:SHOWN_CHANCES]
    q, k = found.q[query], found.k[key]
    steps = products_of(q, k) if m.match == "dot" else (
        ("q", q), ("k", k), ("tanh(q + k)", np.tanh(q + k)), ("w", m["vector"]), ("× w", np.tanh(q + k) * m["vector"]))
    visible = np.ones(found.scores.shape, bool)
    return Pass(rows, columns, phrases.numbers(rows, phrases.chinese()), weights.astype(np.float32),
                np.arange(len(MATCHES))[None], found.scores, found.weights, visible, found.states, found.q, found.k,
                found.notes, found.mixed, found.joined, found.joined, tuple(phrases.chinese()[n] for n in best), best,
                chances[best], steps, by_heat(found.scores[query] / root, visible[query]))
