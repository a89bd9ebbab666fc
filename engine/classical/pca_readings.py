"""The numbers of an axis: what it keeps and loses, by angle and by direction of gaze, and how far it is from others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.classical.pca_data import Prepared, chunks, is_space, some_rows
from engine.classical.pca_rivals import Rival
from engine.classical.pca_shadow import Plane
from engine.core import Array, Run

if TYPE_CHECKING:
    from engine.classical.pca import Params

NOISE_COLUMNS = 5           # fewer columns have no spectrum to speak of
MADE_ALONG = ("cloud", "classes")
ROWS_TOLD_APART = 20_000


def kept_and_lost(y: Array, plane: Plane, space: bool) -> tuple[float, float]:
    """(kept, lost) over rows - 1, both summed over the samples themselves, so that their sum proves something."""
    kept = lost = 0.0
    for part in chunks(y):
        along = np.einsum("c,cs->s", plane.hand, part)              # einsum: BLAS's threads get in each other's way here
        across = part - plane.hand[:, None] * along                 # (columns, samples), at right angles to the axis
        kept += float(np.einsum("s,s->", along, along))
        lost += float(np.einsum("cs,cs->", across, across))
    if space:
        kept, lost = lost, kept                                     # what lies along the gaze is not seen
    return kept / (len(y) - 1), lost / (len(y) - 1)


def by_angle(of: Prepared, plane: Plane, degrees: Array) -> tuple[Array, Array, Array]:
    """(kept, lost, share between classes) of every axis of the plane; the last is empty without classes."""
    turns = np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)       # (angles, 2)
    kept = _along(plane.basis @ of.scatter @ plane.basis.T, turns)
    lost = float(np.trace(of.scatter)) - kept
    if of.label is None or of.classes < 2:
        return kept, lost, np.zeros(0)
    within, between = (_along(plane.basis @ m @ plane.basis.T, turns) for m in (of.within, of.between))
    whole = within + between
    return kept, lost, between / np.where(whole > 0, whole, 1.0)


def _along(matrix: Array, turns: Array) -> Array:
    return np.asarray(np.einsum("ai,ij,aj->a", turns, matrix, turns))


def by_gaze(scatter: Array, around: Array, up: Array) -> Array:
    """What the shadow keeps, looked at from every direction, (elevations, angles)."""
    a, e = np.radians(around)[None, :], np.radians(up)[:, None]
    gaze = np.stack(np.broadcast_arrays(np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)))
    return np.asarray(np.trace(scatter) - np.einsum("irc,ij,jrc->rc", gaze, scatter, gaze))


def readings(p: Params, of: Prepared, plane: Plane, other: Rival | None, run: Run) -> dict[str, Any]:
    """The metrics that may be undefined, each with its reason told to the run."""
    found: dict[str, tuple[Any, str]] = {
        "off": _off(p, of, plane), "routes": _routes(of), "missed": _missed(p, of.axes[0], of, "round"),
        "rival_missed": (None, "nothing_beside") if other is None else (None, other.reason) if other.reason else
        _missed(p, other.axis, of, ""),
        "accuracy": _accuracy(of, plane), "apart": _apart(of, plane), **_noise(p, of)}
    for name, (value, reason) in found.items():
        if value is None:
            run.note(name, reason)
    return {name: value for name, (value, _) in found.items()}


def between_axes(a: Array, b: Array) -> float:
    """Degrees between two axes, 0 to 90; accurate for small angles too."""
    cosine = float(a @ b)
    return math.degrees(math.atan2(float(np.linalg.norm(a - cosine * b)), abs(cosine)))


def _off(p: Params, of: Prepared, plane: Plane) -> tuple[float | None, str]:
    """Degrees from the best axis of all; in space, from the direction that hides least."""
    first, second = of.values[-2:] if is_space(p.source) else of.values[:2]
    if first - second <= 1e-9 * max(of.values[0], 1e-300):
        return None, "round"
    return between_axes(plane.hand, of.axes[-1 if is_space(p.source) else 0]), ""


def _routes(of: Prepared) -> tuple[float | None, str]:
    if not len(of.by_svd):
        return None, "too_large"
    return float(np.abs(of.values - of.by_svd).max() / max(of.values[0], 1e-300)), ""


def _missed(p: Params, axis: Array, of: Prepared, when_round: str) -> tuple[float | None, str]:
    """Degrees from the direction in which the data were stretched when they were made."""
    if p.source.sha256 or p.source.name not in MADE_ALONG or p.prepare not in ("none", "centre") or p.stretch <= 1:
        return None, "not_known"
    if when_round and of.values[0] - of.values[1] <= 1e-9 * of.values[0]:
        return None, when_round
    a = math.radians(p.tilt)
    return between_axes(axis, np.array([math.cos(a), math.sin(a)])), ""


def _accuracy(of: Prepared, plane: Plane) -> tuple[float | None, str]:
    """The share of two classes that the best single threshold on the hand's axis gets right, either way round."""
    if of.label is None or of.classes != 2:
        return None, "no_two_classes"
    y, label = some_rows(of.y, ROWS_TOLD_APART), some_rows(of.label, ROWS_TOLD_APART)
    along = y @ plane.hand
    order = np.argsort(along, kind="stable")
    below = np.concatenate([[0], np.cumsum(np.where(label[order] == 1, 1, -1))])       # ones minus zeros below each cut
    cuts = np.concatenate([[True], np.diff(along[order]) > 0, [True]])                 # no cut between equal values
    zeros = int((label == 0).sum())
    right = below[cuts] + zeros                                                         # ones below the cut, zeros above
    return float(max(right.max(), len(label) - right.min())) / len(label), ""


def _apart(of: Prepared, plane: Plane) -> tuple[float | None, str]:
    if of.label is None or of.classes < 2:
        return None, "no_classes"
    within, between = (float(plane.hand @ m @ plane.hand) for m in (of.within, of.between))
    return (between / (within + between), "") if within + between > 0 else (None, "no_variance")


def _noise(p: Params, of: Prepared) -> dict[str, tuple[Any, str]]:
    """Marchenko and Pastur: the largest eigenvalue of a correlation matrix of independent columns."""
    columns = int((np.diag(of.scatter) > 0.5).sum())        # standardised columns have 1, constant ones 0
    if p.prepare != "standardise" or columns < NOISE_COLUMNS:
        return {"noise": (None, "not_standardised"), "above_noise": (None, "not_standardised")}
    edge = (1 + math.sqrt(columns / (len(of.y) - 1))) ** 2
    return {"noise": (edge, ""), "above_noise": (int((of.values > edge).sum()), "")}
