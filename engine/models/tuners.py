"""Two ways to adapt the decoder to a second task: low-rank adapters, and every number of it; both by Adam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from engine.core.frame import Array
from engine.models.adapted import Lora, logits, lora_of, losses, tensors
from engine.models.adapters import Adapter
from engine.models.weights import Weights


class Tuner:
    """What full tuning and LoRA have in common: a loss on a batch, its slopes, a step of Adam, and reading held-out text."""

    def __init__(self, weights: Weights, members: int, dtype: Any, device: str) -> None:
        self.config, self.members, self.device = weights.config, members, device
        self.w = tensors(weights, dtype, device)
        self.loras: dict[str, Lora] = {}
        self.optimiser: Any = None

    def ids(self, ids: Array) -> Any:
        """Token numbers as a tensor."""
        return torch.from_numpy(ids).to(self.device)

    def slopes(self, ids: Array) -> Any:
        """The loss of a batch for each member, (M,); what is trained then holds its slopes."""
        read = self.ids(ids)
        loss = losses(logits(self.config, self.w, self.loras, read[:, :-1], self.members), read)
        self.optimiser.zero_grad()
        loss.sum().backward()
        return loss.detach()

    def step(self, *rates: float) -> None:
        """One step of Adam with those slopes, each group of numbers at its rate."""
        for group, rate in zip(self.optimiser.param_groups, rates, strict=True):
            group["lr"] = rate
        self.optimiser.step()

    def read(self, ids: Array, counted: Array | None = None) -> Array:
        """The mean loss on held-out text, (M,)."""
        with torch.no_grad():
            read = self.ids(ids)
            found = logits(self.config, self.w, self.loras, read[:, :-1], self.members)
            return np.asarray(losses(found, read, None if counted is None else self.ids(counted)).cpu().numpy(), np.float64)

    def probe(self, ids: Array) -> Array:
        """The first member's logits, (B, T, vocabulary), the adapters beside their matrices."""
        with torch.no_grad():
            return array(logits(self.config, self.w, self.loras, self.ids(ids), self.members)[0])


class LoraTuner(Tuner):
    """The decoder frozen, adapters trained; A and B may have rates of their own (LoRA+, Hayou et al. 2024)."""

    def __init__(self, weights: Weights, members: Sequence[Mapping[str, Adapter]], dtype: Any = torch.float64,
                 device: str = "cpu") -> None:
        super().__init__(weights, len(members), dtype, device)
        self.loras = {name: lora_of([m[name] for m in members], dtype, device) for name in members[0]}
        first = [t for lora in self.loras.values() for t in lora.trained() if t is not lora.b]
        self.optimiser = torch.optim.Adam([{"params": first}, {"params": [lora.b for lora in self.loras.values()]}])

    def adapters(self, member: int = 0) -> dict[str, Adapter]:
        """A member's adapters as arrays, by the name of their matrix."""
        return {name: Adapter(array(x.a[member]), array(x.b[member]), x.scale,
                              np.zeros(0) if x.lengths is None else array(x.lengths[member]))
                for name, x in self.loras.items()}

    def slopes_of(self, name: str) -> tuple[Array, Array]:
        """The first member's slopes by A and B of one matrix."""
        return array(self.loras[name].a.grad[0]), array(self.loras[name].b.grad[0])


class FullTuner(Tuner):
    """Every number of the decoder trained."""

    def __init__(self, weights: Weights, dtype: Any = torch.float64, device: str = "cpu") -> None:
        super().__init__(weights, 1, dtype, device)
        self.optimiser = torch.optim.Adam([w.requires_grad_() for w in self.w.values()])

    def weights(self) -> Weights:
        """The decoder as it is now."""
        return Weights(self.config, {name: array(w) for name, w in self.w.items()})


def array(tensor: Any) -> Array:
    """A copy of a tensor's numbers in double precision."""
    return np.array(tensor.detach().cpu().numpy(), np.float64)
