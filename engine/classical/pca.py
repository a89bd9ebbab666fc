"""Principal component analysis: turn an axis by hand, and see what it keeps of the variance and what it loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

import numpy as np

from engine.classical import pca_readings as read
from engine.classical.pca_data import GENERATED, columns_of, is_space, prepared
from engine.classical.pca_rivals import Beside, Rival, rival
from engine.classical.pca_shadow import Cloud, Pictures, Plane, cloud_of, pictures_of, plane_of
from engine.core import Among, Array, Check, Range, Run, Seed, Shared, Source, Takes, View, When, concept

ANGLES = np.linspace(0, 180, 181)
GAZE = (np.linspace(0, 180, 61), np.linspace(-90, 90, 46))      # directions to look from: around, and up


@dataclass(frozen=True)
class Params:
    source: Annotated[Source, Among(*GENERATED, "smith", "iris", "wine", "digits"), Takes(label="may")] = Source("cloud")
    angle: Annotated[float, Range(0, 180)] = 75.0                           # degrees, of the axis turned by hand
    elevation: Annotated[float, Range(-90, 90), When("source", ("space",))] = 20.0
    prepare: Literal["none", "centre", "standardise", "whiten", "whiten_axes"] = "centre"
    beside: Beside = "nothing"
    k: Annotated[int, Range(0, 64)] = 1                                     # components kept
    points: Annotated[int, Range(3, 1_000_000, log=True), When("source", GENERATED)] = 300
    stretch: Annotated[float, Range(1, 10), When("source", ("cloud", "classes"))] = 2.5
    tilt: Annotated[float, Range(0, 180), When("source", ("cloud", "classes", "curve"))] = 30.0
    outliers: Annotated[float, Range(0, 0.3), When("source", ("cloud",))] = 0.0
    gap: Annotated[float, Range(0, 10), When("source", ("classes",))] = 4.0
    bend: Annotated[float, Range(10, 350), When("source", ("curve",))] = 270.0
    sample: Annotated[int, Range(0, 173), When("source", ("digits",))] = 0  # whose handwriting
    feet: Annotated[bool, View()] = True
    signs: Annotated[Literal["entry", "score"], View()] = "entry"           # whose largest one is positive
    seed: Seed = 7

    def settled(self) -> Self:
        """No more components than columns."""
        columns = columns_of(self.source)
        return self if self.k <= columns else replace(self, k=columns)


@dataclass(frozen=True)
class Frame:
    cloud: Shared[Cloud]            # the samples in the plane that is shown
    axis: Array                     # (2,) the hand's axis there; zero in space, where it points at the eye
    principal: Array                # (up to 3, 2) principal axes there, as long as one deviation
    round: Array                    # (2, 2) scatter in that plane
    rival: Array                    # (2, 2) a point and a direction of the axis laid beside; (0, 2) without one
    eigenvalues: Array              # (columns,) falling
    by_svd: Array                   # (columns,) the same from singular values; empty for large tables
    loadings: Array                 # (columns,) the first axis
    by_score: Array                 # (columns,) 1 or -1: the sign of each axis by the other rule
    kept_by_angle: Array            # (181,) shares of the total; empty in space
    lost_by_angle: Array            # (181,)
    apart_by_angle: Array           # (181,) share of the kept variance that lies between classes; empty without
    gaze: Array                     # (46, 61) share kept by the shadow, by elevation and angle; (0, 0) in a plane
    pictures: Pictures              # of digits; empty of other tables
    columns: Shared[tuple[str, ...]]
    kept: float                     # variance along the axis (in space: within the shadow), measured on the samples
    lost: float                     # squared distance from it, over rows - 1, measured on the samples
    total: float                    # the two together: the trace of the scatter, whatever the angle
    kept_share: float
    best_share: float               # the most that an axis (a shadow) can keep
    off: float | None               # degrees from the best axis
    k_share: float                  # of the first k components
    k_lost: float                   # variance that k components leave out
    routes: float | None            # largest gap of eigenvalues and squared singular values, relative to the first
    missed: float | None            # degrees from the first axis to the one the data were made with
    rival_missed: float | None      # the same of the axis laid beside
    accuracy: float | None          # two classes told apart by the best threshold on the hand's axis
    apart: float | None             # share of the kept variance that lies between the classes
    noise: float | None             # the largest eigenvalue of pure noise of this size, by Marchenko and Pastur
    above_noise: int | None


@concept(kind="function")
def pca(p: Params, run: Run) -> Iterator[Frame]:
    """Project on u: what is kept is u'Su; Pythagoras gives what is lost, tr S - u'Su. The best u is S's eigenvector."""
    of = prepared(p)
    plane = plane_of(p, of)
    other = rival(p.beside, of)
    run.check()
    space = is_space(p.source)
    kept, lost = read.kept_and_lost(of.y, plane, space)
    total = float(np.trace(of.scatter))
    scale = total or 1.0
    curves = (np.zeros(0),) * 3 if space else read.by_angle(of, plane, ANGLES)
    readings = read.readings(p, of, plane, other, run)
    values = of.values
    yield Frame(
        cloud=Shared(cloud_of(of, plane, space)), axis=np.zeros(2) if space else plane.basis @ plane.hand,
        principal=(of.axes[:3] * np.sqrt(values[:3, None])) @ plane.basis.T, round=plane.basis @ of.scatter @ plane.basis.T,
        rival=_in_plane(other, plane), eigenvalues=values, by_svd=of.by_svd, loadings=of.axes[0], by_score=of.by_score,
        kept_by_angle=curves[0] / scale, lost_by_angle=curves[1] / scale, apart_by_angle=curves[2],
        gaze=read.by_gaze(of.scatter, *GAZE) / scale if space else np.zeros((0, 0)),
        pictures=pictures_of(p, of), columns=Shared(of.columns),
        kept=kept, lost=lost, total=total, kept_share=kept / scale,
        best_share=float(values[:2 if space else 1].sum()) / scale,
        k_share=float(values[:p.k].sum()) / scale, k_lost=float(values[p.k:].sum()), **readings)


def _in_plane(other: Rival | None, plane: Plane) -> Array:
    """The rival's point and direction as they are seen; (0, 2) where it is not, or stands upright on the plane."""
    if other is None or other.reason:
        return np.zeros((0, 2))
    seen = plane.basis @ other.axis
    length = float(np.hypot(*seen))
    return np.stack([plane.basis @ other.centre, seen / length]) if length > 1e-6 else np.zeros((0, 2))


@pca.verify
def against_sklearn(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Every number against scikit-learn's PCA and LDA, numpy's SVD, scipy, and distances measured one by one."""
    from engine.classical.pca_proof import proof

    yield from proof(p, frames[-1])
