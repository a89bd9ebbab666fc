"""Head surgery: what a head is worth, by the loss on text that no training saw when it is silenced or made to say its mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from engine.core.frame import Array
from engine.core.run import Run
from engine.models import stories
from engine.models.forward import Change, forward, log_softmax, next_losses
from engine.models.local import Speaker, speaker
from engine.models.weights import Weights

if TYPE_CHECKING:
    from engine.transformer.attention import Params

SEQUENCES, CONTEXT = 24, 64         # texts that are read, and their tokens


@cache
def held_out() -> tuple[Array, Array]:
    """Sequences that no training sees, (SEQUENCES, CONTEXT + 1), and which of their tokens count."""
    return stories.held_out(SEQUENCES, CONTEXT)


def held_out_loss(weights: Weights, change: Change | None = None) -> float:
    """Mean loss on their tokens that count, in nats."""
    ids, counted = held_out()
    logits = forward(weights, ids[:, :-1], replace(change or Change(), visible=None)).logits
    log_p = log_softmax(logits)
    return float(-np.take_along_axis(log_p, ids[:, 1:, None], axis=-1)[..., 0][counted[:, 1:]].mean())


def mean_outputs(who: Speaker, ids: Array) -> Array:
    """Each head's mean output, (L, H, d): what takes its place in a mean ablation.

    Over the held-out text, or, for a model with another language, over the tokens ids (T,) at hand.
    """
    read = held_out()[0][:8, :-1] if speaks_ours(who) else ids[None]
    return np.asarray(forward(who.weights, read).mixed.mean(axis=(1, 3)))


def speaks_ours(who: Speaker) -> bool:
    """Whether a model's tokens are those of the little language."""
    return who.module is None


@dataclass(frozen=True)
class Ablation:
    """How much the loss on held-out text rises when a head is switched off; heads after `done` are not measured yet."""

    harm: Array                     # (L, H) nats
    whole: float                    # the loss with all heads
    done: float


def nothing() -> Ablation:
    """Before it is asked for."""
    return Ablation(np.zeros((1, 1)), 0.0, 0.0)


def measured(p: Params, run: Run) -> Iterator[Ablation]:
    """Switch each head off in turn, and read the held-out text again, or in another language the sentence."""
    who = speaker(p.model)
    c, ids = who.weights.config, np.array(p.ids(who))
    harm = np.zeros((c.layers, c.heads))
    change = Change(p.scaled, heat=p.heat)
    whole = trial(who, ids, change)
    instead = mean_outputs(who, ids) if p.ablate == "mean" else np.zeros((c.layers, c.heads, c.head_size))
    for number, one in enumerate(np.ndindex(c.layers, c.heads), 1):
        harm[one] = trial(who, ids, replace(change, replaced={one: instead[one]})) - whole
        run.report(number, harm.size)
        if number % c.heads == 0:
            yield Ablation(harm.copy(), whole, number / harm.size)


def trial(who: Speaker, ids: Array, change: Change) -> float:
    """The loss that a change is judged by, in nats: on held-out text, or on the sentence."""
    if speaks_ours(who):
        return held_out_loss(who.weights, change)
    found = next_losses(forward(who.weights, ids, change).logits, ids)
    return float(found.mean()) if len(found) else 0.0
