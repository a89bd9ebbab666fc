"""What a moment of tuning shows: losses on both tasks, spectra of the changes, their directions, and merging."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Named, Run
from engine.models.adapters import PARTS, PRECISIONS, Adapter, merged, stored
from engine.models.forward import forward, next_losses
from engine.models.weights import Weights, shipped
from engine.tuning import texts
from engine.tuning.sizes import MODELS, Bill, Sizes, bill

if TYPE_CHECKING:
    from engine.models.tuners import FullTuner, LoraTuner
    from engine.tuning.lora import Params

SHOWN = 24                          # directions compared at most
PROBED = 2                          # held-out sequences on which merging is tried
TRAINING = ("loss", "full_loss", "untouched", "first", "full_first", "kept", "forgotten", "full_forgotten", "rank_found",
            "share_kept", "best_error", "distance", "length", "full_length", "alike", "amplified", "scale", "rate",
            "full_rate", "merge_gap")


class Reader:
    """Looks at both ways of tuning; what never changes it reads once."""

    def __init__(self, p: Params, run: Run) -> None:
        self.p, self.run, self.base = p, run, shipped()
        self.second, (self.old, self.counted) = texts.second_task(p.task), texts.first_task()
        self.untouched, self.kept = base_losses(p.task)
        self.cost = costs(bill(small_sizes(), p.targets.names, p.rank, p.dora, len(p.layers())))

    def before(self, adapters: Mapping[str, Adapter]) -> dict[str, Any]:
        """The frame before anything is trained: full tuning is the decoder as it was."""
        loss, first = losses_of(merged(self.base, adapters), self.p.task)
        self.run.note("merge_gap", "before_first")
        for name in ("a", "b"):
            self.run.note(f"slope.{name}", "before_first")
        return {**self._changes(adapters, self.base), "gaps": np.zeros((2, len(PRECISIONS))), "slope_a": np.zeros((0, 0)),
                "slope_b": np.zeros((0, 0)), "slope": Named(("a", "b"), (None, None)), "merge_gap": None, "phase": "frozen",
                **self._losses(0, loss, first, self.untouched, self.kept)}

    def read(self, step: int, tuner: LoraTuner, full: FullTuner) -> dict[str, Any]:
        """The frame of a step, with the slopes of the next."""
        adapters, now = tuner.adapters(), self.run.params
        slope_a, slope_b = tuner.slopes_of(now.followed())
        gaps = self._gaps(adapters, tuner.probe(self.second[:PROBED]))
        losses = [float(t.read(*text)[0]) for t in (tuner, full)
                  for text in ((self.second,), (self.old, self.counted))]
        phase = "slope" if step == 0 else "merged" if step == self.p.steps else "tuning"
        lengths = (float(np.linalg.norm(slope_a)), float(np.linalg.norm(slope_b)))
        return {**self._changes(adapters, full.weights()), "gaps": gaps, "slope_a": slope_a, "slope_b": slope_b,
                "slope": Named(("a", "b"), lengths), "merge_gap": float(gaps[0, 0]), "phase": phase,
                **self._losses(step, *losses)}

    def _losses(self, step: int, loss: float, first: float, full_loss: float, full_first: float) -> dict[str, Any]:
        now = self.run.params
        return {"step": step, "loss": loss, "full_loss": full_loss, "untouched": self.untouched, "first": first,
                "full_first": full_first, "kept": self.kept, "forgotten": first - self.kept,
                "full_forgotten": full_first - self.kept, "rate": now.learning_rate, "full_rate": now.full_rate, **self.cost}

    def _changes(self, adapters: Mapping[str, Adapter], full: Weights) -> dict[str, Any]:
        """The followed matrix's two changes, and how long every matrix's are."""
        name = self.run.params.followed()
        w = self.base[name]
        ours, theirs = adapters[name].merged(w) - w, full[name] - w
        found = compared(w, ours, theirs, adapters[name].a.shape[0])
        for metric, value in found.items():
            if value is None:
                self.run.note(metric, "no_change")
        return {"full_delta": theirs, "lora_delta": ours, "adapters": tuple(adapters.values()),
                "grown": np.stack([self._grown(merged(self.base, adapters)), self._grown(full)]),
                "scale": adapters[name].scale, **found}

    def _grown(self, now: Weights) -> Array:
        """Length of the change over the length of W, (parts, layers)."""
        table = [[np.linalg.norm(now.of_layer(n, part) - self.base.of_layer(n, part))
                  / np.linalg.norm(self.base.of_layer(n, part)) for n in range(self.base.config.layers)]
                 for part in PARTS.values()]
        return np.array(table)

    def _gaps(self, adapters: Mapping[str, Adapter], beside: Array) -> Array:
        """Largest difference of logits by merging, and of W by merging and taking out again, for each precision."""
        ids, rows = self.second[:PROBED], []
        for precision in PRECISIONS:
            kept = {n: stored(self.base[n], a, precision) for n, a in adapters.items()}
            inside = logits_with(self.base, {n: s[1] for n, s in kept.items()}, ids)
            if precision != "float64":
                beside = logits_with(self.base, {n: adapters[n].merged(s[0]) for n, s in kept.items()}, ids)
            rows.append((np.abs(inside - beside).max(), max(np.abs(s[2] - s[0]).max() for s in kept.values())))
        return np.array(rows).T


def losses_of(weights: Weights, task: str) -> tuple[float, float]:
    """Mean loss on the second task and on the first, by the decoder in numpy."""
    second, (first, counted) = texts.second_task(task), texts.first_task()
    new, old = (next_losses(forward(weights, ids).logits, ids) for ids in (second, first))
    return float(new.mean()), float(old[counted[:, 1:]].mean())


@cache
def base_losses(task: str) -> tuple[float, float]:
    """Those of the decoder as it is shipped."""
    return losses_of(shipped(), task)


def logits_with(base: Weights, replaced: Mapping[str, Array], ids: Array) -> Array:
    """The decoder's logits with some matrices replaced, by the forward pass in numpy."""
    return forward(Weights(base.config, {**base.arrays, **replaced}), ids).logits


# one matrix: full tuning's change beside LoRA's -------------------------------------------------------------------------


def compared(w: Array, ours: Array, theirs: Array, rank: int) -> dict[str, Any]:
    """Spectra, directions and distances of two changes of a matrix W, (out, in); None where there is no change."""
    (_, sigma, mine), (_, values, full) = np.linalg.svd(ours), np.linalg.svd(theirs)
    n, tail = min(rank, SHOWN, len(values)), values[rank:]
    count = int((sigma > sigma[0] * max(w.shape) * np.finfo(float).eps).sum()) if sigma[0] > 0 else 0
    moved, total = sigma[0] > 0, float((values**2).sum())
    phi = overlap(mine[:n], full[:n]) if moved and total else np.zeros((n, n))
    return {"spectra": np.stack([values, sigma]), "overlap": phi, "rank_found": count,
            "share_kept": float((values[:rank]**2).sum() / total) if total else None,
            "best_error": float(np.sqrt((tail**2).sum())), "distance": float(np.linalg.norm(theirs - ours)),
            "length": float(np.linalg.norm(ours)), "full_length": float(np.sqrt(total)),
            "alike": alike(mine, full, rank) if moved and total else None, "amplified": amplification(w, ours, rank)}


def overlap(a: Array, b: Array) -> Array:
    """phi(i, j) = ||A_i B_j'||^2 / min(i, j) of the first i rows of one and j of the other basis (Hu et al., section 7.2)."""
    i, j = np.arange(1, len(a) + 1)[:, None], np.arange(1, len(b) + 1)
    return np.asarray(((a @ b.T)**2).cumsum(axis=0).cumsum(axis=1) / np.minimum(i, j))


def alike(mine: Array, full: Array, rank: int) -> float:
    """phi(r, r): 1 where both changes read the same r directions, r / in where they have nothing to do with each other."""
    return float(((mine[:rank] @ full[:rank].T)**2).sum() / min(rank, len(mine)))


def amplification(w: Array, change: Array, rank: int) -> float | None:
    """Length of the change over the length of what W does in the change's own directions (Hu et al., section 7.3)."""
    u, sigma, v = np.linalg.svd(change)
    if sigma[0] == 0:
        return None
    r = min(rank, len(sigma))
    return float(np.linalg.norm(change) / np.linalg.norm(u[:, :r].T @ w @ v[:r].T))


# what it costs ------------------------------------------------------------------------------------------------------------


def small_sizes() -> Sizes:
    """The small decoder's own shape."""
    c = shipped().config
    return Sizes(c.vocabulary, c.hidden, c.inner, c.layers, c.heads, c.heads, tied=True)


def costs(b: Bill) -> dict[str, Any]:
    """A bill as metrics."""
    memory = tuple(map(float, (b.full_bytes, b.lora_bytes, b.file_bytes)))
    return {"total": b.total, "trainable": b.trainable, "share": b.share, "memory": Named(("full", "lora", "file"), memory)}


def count(p: Params, run: Run) -> dict[str, Any]:
    """The only frame of counting: nothing is trained."""
    for name in (*TRAINING, "slope.a", "slope.b"):
        run.note(name, "counting")
    none = np.zeros((0, 0))
    return {**dict.fromkeys(TRAINING), "full_delta": none, "lora_delta": none, "adapters": (), "spectra": none,
            "overlap": none, "grown": np.zeros((2, 0, 0)), "gaps": np.zeros((2, len(PRECISIONS))),
            "slope_a": none, "slope_b": none, "step": 0, "slope": Named(("a", "b"), (None, None)), "phase": "counted",
            **costs(bill(MODELS[p.big], p.targets.names, p.rank, p.dora))}
