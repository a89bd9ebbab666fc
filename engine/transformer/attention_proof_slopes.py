"""The proof of the slopes: torch's autograd through the decoder that is written again in `attention_proof`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Check
from engine.models.local import Speaker
from engine.transformer.attention_proof import decoded

if TYPE_CHECKING:
    from engine.transformer.attention import Params
    from engine.transformer.attention_readings import Frame

SOURCE = "torch.autograd through the decoder written again"


class Felt:
    """Adds zeros at one layer and head, and keeps them: their slopes are what is asked for."""

    def __init__(self, layer: int, head: int) -> None:
        self.layer, self.head = layer, head
        self.zeros: dict[str, Any] = {}

    def __call__(self, name: str, x: Any, layer: int, head: int | None = None) -> Any:
        """x itself, felt where it is the chosen head's or the whole layer's."""
        import torch

        if layer != self.layer or head not in (None, self.head):
            return x
        self.zeros[name] = torch.zeros_like(x, requires_grad=True)
        return x + self.zeros[name]


def proof(p: Params, f: Frame, who: Speaker) -> Iterator[Check]:
    """Every matrix of slopes that the picture can show."""
    import torch

    s, ids = f.seen.value, f.seen.value.ids
    if s.slopes is None or len(ids) < 2:
        return
    felt = Felt(*p.at(*s.kinds.shape))
    logits = decoded(who, ids, p, felt).logits
    torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:])).backward()
    for name, zeros in felt.zeros.items():
        ours = getattr(s.slopes, name)
        theirs = np.zeros_like(ours) if zeros.grad is None else zeros.grad.numpy()
        size = 1 + float(np.abs(theirs).max())
        yield Check.worst(f"slope_{name}", ours, theirs, 1e-9 * size, SOURCE)
