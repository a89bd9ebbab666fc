"""What is read off networks in training: losses of every seed, maps of one, slopes by layer, the sharpest curvature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core import Array, Named, Run
from engine.deep import network
from engine.deep.mlp_training import Trainer, features
from engine.deep.network import ACTIVATIONS, Weights, unflat
from engine.deep.optimisers import BETA

MAP, COARSE = 48, 2             # nodes of the decision map a side; every second one for the maps of units
MOST_MAPS = 10                  # units of a layer that are drawn
AT_ONCE = 16_384                # values of a layer that are computed at once, 128 kB
LARGE = 5000                    # weights above which the sharpest curvature is not looked for
TURNS_FIRST, TURNS = 40, 6      # of power iteration, at the beginning and, at most, at each later frame
RESTS = 0.01                    # share of the curvature by which it may change from turn to turn and be at rest
LEARNED, FLAT = 0.95, 0.01      # accuracy of a seed that has learned; slope of a unit that has died
QUANTILES = (("least", 0.0), ("lower", 0.25), ("median", 0.5), ("upper", 0.75), ("most", 1.0))


@dataclass(frozen=True)
class Maps:
    """One network's answer over the square of the picture, and each unit's."""

    answer: Array               # (outputs, MAP, MAP) chances, row 0 at the bottom
    units: tuple[Array, ...]    # of each layer from the features on, (units shown, MAP / 2, MAP / 2)


class Readings:
    """Reads a trainer at every frame; keeps only the direction of the sharpest curvature, and how far learning has come."""

    def __init__(self, trainer: Trainer, run: Run) -> None:
        self.trainer, self.run, self.p = trainer, run, trainer.p
        side = (np.arange(MAP) + 0.5) / MAP * 2 - 1
        at = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2) * trainer.plane.box
        self.grid = features(trainer.p, at)
        test, self.test_label = trainer.plane.part(test=True)
        self.test = features(trainer.p, test)
        self.test_wanted = network.targets(self.test_label, trainer.plane.classes)
        self.direction: tuple[int, Array, float] | None = None
        self.best_test, self.progress = np.inf, 0

    def read(self) -> dict[str, Any]:
        """The fields of a frame."""
        t, followed = self.trainer, min(self.run.params.follow, len(self.trainer.lost) - 1)
        losses, accuracies, norms, bounds, still = self._trained(followed)
        found = {"losses": losses, "accuracies": accuracies, "slope_bounds": bounds, "slope_norms": norms,
                 "spread": spread_of(losses), "loss": float(losses[followed]), "accuracy": float(accuracies[followed]),
                 "learned": int((accuracies >= LEARNED).sum()), "first_slope": float(norms[0, followed]),
                 "last_slope": float(norms[-1, followed]), "dead": still}
        found |= self._tested(followed) | self._settings(followed)
        own = t.one(followed)
        return found | {"maps": self.maps(own), "weights": tuple(w[0] for w in own),
                        "phase": self._phase(found, bool(t.lost[followed]))}

    def _trained(self, followed: int) -> tuple[Array, Array, Array, Array, float]:
        """On the training points: every network's loss, accuracy and slopes (layers, seeds); of the followed one, what
        its slopes can be at most, and its dead units.

        A few networks at a time, so that their values stay in the processor's cache: that is twice as fast.
        """
        t, still = self.trainer, 0.0
        losses, accuracies = np.empty(len(t.lost)), np.empty(len(t.lost))
        norms, bounds = np.empty((len(t.shape) - 1, len(t.lost))), np.empty(0)
        few = max(1, AT_ONCE // (len(t.inputs) * max(t.shape)))
        for start in range(0, len(t.lost), few):
            these = slice(start, start + few)
            weights = [w[these] for w in t.weights]
            sums, values = network.forward(weights, t.inputs, self.p.activation)
            losses[these] = network.losses(sums[-1], t.wanted, self.p.loss).mean(axis=1)
            accuracies[these] = network.right(sums[-1], t.label).mean(axis=1)
            error = network.output_error(sums[-1], t.wanted, self.p.loss) / len(t.wanted)
            for layer, w in enumerate(network.backward(weights, sums, values, error, self.p.activation)[::2]):
                norms[layer, these] = np.sqrt((w * w).sum(axis=(1, 2)))
            if start <= followed < start + few:
                here = followed - start
                still = dead(sums, values, self.p.activation, here)
                one = [[a[here if len(a) > 1 else 0] for a in arrays] for arrays in (sums, values)]     # inputs: one for all
                bounds = slope_bounds(one[0], one[1], [w[here] for w in weights], error[here], self.p.activation)
        return losses, accuracies, norms, bounds, still

    def _tested(self, followed: int) -> dict[str, Any]:
        """Losses on the points kept back."""
        if not len(self.test):
            self.run.note("test_loss", "no_test")
            self.run.note("test_accuracy", "no_test")
            return {"test_losses": np.zeros(0), "test_loss": None, "test_accuracy": None}
        z = network.logits(self.trainer.weights, self.test, self.p.activation)
        losses = network.losses(z, self.test_wanted, self.p.loss).mean(axis=1)
        return {"test_losses": losses, "test_loss": float(losses[followed]),
                "test_accuracy": float(network.right(z[followed], self.test_label).mean())}

    def _settings(self, followed: int) -> dict[str, Any]:
        """What is live, what was lost, and how the curvature stands to the rate."""
        t, now = self.trainer, self.run.params
        if t.lost_in is None:
            self.run.note("lost_in", "none_lost")
        sharpness = self._sharpness(followed)
        limit = {"sgd": 2.0, "momentum": 2 + 2 * BETA}.get(self.p.optimiser)
        if limit is None:
            self.run.note("edge", "adaptive")
        return {"step": t.steps, "epoch": t.steps * min(self.p.batch, len(t.x)) / len(t.x), "followed": followed,
                "rate": now.learning_rate, "l1_now": now.l1, "l2_now": now.l2, "lost": int(t.lost.sum()), "lost_in": t.lost_in,
                "size": sum(w[0].size for w in t.weights), "sharpness": sharpness,
                "edge": None if limit is None else limit / now.learning_rate}

    def _sharpness(self, followed: int) -> float | None:
        """The largest curvature of the training objective by power iteration, each turn two gradients apart by 2ε.

        The direction is kept from frame to frame: the weights have moved little, so few turns are enough, and a single one
        where the curvature is still what it was.
        """
        own = self.trainer.one(followed)
        count = sum(w.size for w in own)
        if count > LARGE or self.trainer.lost[followed]:
            self.run.note("sharpness", "large" if count > LARGE else "diverged")
            return None
        warm = self.direction is not None and self.direction[0] == followed
        v = self.direction[1] if warm and self.direction else self.run.generator("direction").standard_normal(count)
        value = self.direction[2] if warm and self.direction else 0.0
        for _ in range(TURNS if warm else TURNS_FIRST):
            v = v / (np.linalg.norm(v) or 1.0)
            turned = curvature_along(self.trainer, own, v, self.run.params.l2)
            before, value, v = value, float(v @ turned), turned
            if warm and abs(value - before) <= RESTS * abs(value):
                break
        if not np.isfinite(value) or not v.any():
            v, value = self.run.generator("direction").standard_normal(count), value if np.isfinite(value) else 0.0
        self.direction = (followed, v, value)
        return value

    def maps(self, own: Weights) -> Maps:
        """What one network and each of its units say over the square."""
        sums, values = network.forward(own, self.grid, self.p.activation)
        answer = network.chances(sums[-1]) if self.p.loss == "cross_entropy" else network.sigmoid(sums[-1])
        units = [a[0, :, :MOST_MAPS].T.reshape(-1, MAP, MAP)[:, ::COARSE, ::COARSE].astype(np.float32) for a in values]
        return Maps(answer[0].T.reshape(-1, MAP, MAP).astype(np.float32), tuple(units))

    def _phase(self, found: dict[str, Any], lost: bool) -> str:
        """How far the followed network has come; it never goes back."""
        if lost:
            return "lost"
        test = found["test_loss"]
        over = test is not None and test > 1.25 * self.best_test + 0.03
        self.best_test = min(self.best_test, np.inf if test is None else test)
        fits = found["accuracy"] >= LEARNED
        reached = 3 if over and fits else 2 if fits else 1 if found["accuracy"] >= 0.75 else 0
        self.progress = max(self.progress, reached)
        return ("guessing", "shaping", "fitting", "overfitting")[self.progress]


def slope_bounds(sums: list[Array], values: list[Array], weights: Weights, error: Array, activation: str) -> Array:
    """(layers,) what the slope by each layer's weights can be at most: sum |a| |δ| over the points times the product behind.

    |∂L/∂W_l| <= Σ_i |a_i| |δ_i| Π_{k>l} ‖W_k‖ max|φ'|: the product that vanishes or explodes with depth. The norm of W_k is
    its largest singular value (of large layers the root of the sum of squares, which is no less), φ' is that of these points.
    """
    slope, bounds, product = ACTIVATIONS[activation][1], [], 1.0
    sent = np.linalg.norm(error, axis=1)
    for layer in range(len(sums) - 1, -1, -1):
        bounds.append(product * float(np.linalg.norm(values[layer], axis=1) @ sent))
        if layer:
            w = weights[2 * layer]
            product *= float(np.linalg.norm(w, 2 if w.size <= LARGE else "fro"))
            product *= float(np.abs(slope(sums[layer - 1], values[layer])).max())
    return np.array(bounds[::-1])


def spread_of(losses: Array) -> Named:
    """Least, quartiles and most over the seeds."""
    shares = np.array([share for _, share in QUANTILES]) * (len(losses) - 1)
    at = np.interp(shares, np.arange(len(losses)), np.sort(losses))
    return Named(tuple(name for name, _ in QUANTILES), tuple(at.tolist()))


def dead(sums: list[Array], values: list[Array], activation: str, followed: int) -> float:
    """Share of hidden units whose slope is next to nothing on every training point: no error passes through them."""
    slope = ACTIVATIONS[activation][1]
    best = [np.abs(slope(z[followed], a[followed])).max(axis=0) for z, a in zip(sums[:-1], values[1:], strict=True)]
    return float((np.concatenate(best) < FLAT).mean()) if best else 0.0


def flat(weights: Weights) -> Array:
    """Every weight of one network in one row."""
    return np.concatenate([w[0].ravel() for w in weights])


def slopes_at(t: Trainer, rows: Array, l2: float) -> Array:
    """Slopes of the full training loss with its L2 penalty at each row of weights."""
    weights = unflat(rows, t.one(0))
    found = network.gradient(weights, t.inputs, t.wanted, t.p.activation, t.p.loss)
    found = network.penalised(found, weights, 0.0, l2)
    return np.concatenate([g.reshape(len(rows), -1) for g in found], axis=1)


def curvature_along(t: Trainer, own: Weights, v: Array, l2: float, epsilon: float = 1e-4) -> Array:
    """The Hessian times v, from two gradients 2ε apart, computed as two networks at once."""
    at = flat(own)
    up, down = slopes_at(t, np.stack([at + epsilon * v, at - epsilon * v]), l2)
    return np.asarray((up - down) / (2 * epsilon))
