"""The proof of PCA: scikit-learn, numpy's SVD, scipy and plain loops give the same numbers by other ways."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.pca_data import Prepared, is_space, prepared, some_rows, table_of
from engine.classical.pca_rivals import MOST_ROWS, Rival, mcd, rival
from engine.core import Array, Check

if TYPE_CHECKING:
    from engine.classical.pca import Frame, Params

MOST_CHECKED = 100_000          # rows that the slower libraries look at
MOST_SHUFFLED = 20_000
CLEAR = 1e-6                    # eigenvalues nearer than this share of the first have no axis of their own


def proof(p: Params, f: Frame) -> Iterator[Check]:
    """Every check of one frame."""
    of = prepared(p)
    y = _prepared_again(p, table_of(p).x, of)
    yield from _spectrum(p, f, of, y)
    yield from _turn(p, f, of, y)
    if f.apart is not None and of.label is not None:
        yield from _classes(p, f, of, y)
    other = rival(p.beside, of)
    if other is not None and not other.reason:
        yield from RIVALS[p.beside](p, of, other)
    if f.noise is not None and len(y) <= MOST_SHUFFLED:
        yield _noise(f, y)


def _prepared_again(p: Params, x: Array, of: Prepared) -> Array:
    """The preparation done once more in one line each; whitening is checked by what it must do, so ours is taken."""
    if p.prepare in ("none", "whiten", "whiten_axes"):
        return x if p.prepare == "none" else of.y
    away = x - np.mean(x, axis=0, dtype=np.longdouble).astype(np.float64)
    spread = np.std(away, axis=0, ddof=1)
    return away if p.prepare == "centre" else away / np.where(spread > 0, spread, 1.0)


def _spectrum(p: Params, f: Frame, of: Prepared, y: Array) -> Iterator[Check]:
    from sklearn.decomposition import PCA

    first = max(float(f.eigenvalues[0]), 1e-300)
    rank = min(y.shape)
    if p.prepare in ("whiten", "whiten_axes"):
        full = f.eigenvalues[f.eigenvalues > 0.5]
        yield Check.worst("whitened", full, np.ones(len(full)), 1e-8, "Y'Y / (n - 1) must be the identity")
    elif p.prepare != "none":
        theirs = PCA(svd_solver="full" if y.size <= 2_000_000 else "covariance_eigh").fit(y)
        yield Check.worst("eigenvalues", f.eigenvalues[:rank], theirs.explained_variance_[:rank], 1e-9 * first,
                          "sklearn.decomposition.PCA, explained_variance_")
        clear = _clear(f.eigenvalues, first)[:rank]
        if clear.any():
            cosine = np.abs(np.einsum("ij,ij->i", of.axes[:rank], theirs.components_[:rank]))[clear]
            yield Check.worst("axes", cosine, np.ones(len(cosine)), 1e-6, "sklearn PCA components_, up to their sign")
            yield from _signs(of, y, theirs.components_[:rank], clear)
        k = min(p.k, rank)
        shorter = some_rows(y, MOST_CHECKED)
        rebuilt = (shorter - theirs.mean_) @ theirs.components_[:k].T @ theirs.components_[:k] + theirs.mean_
        if len(shorter) == len(y):
            yield Check("rebuilt", f.k_lost, float(((y - rebuilt) ** 2).sum()) / (len(y) - 1), 1e-9 * max(1.0, f.total),
                        "Eckart-Young: squared error of sklearn's k components, sample by sample")
    squared = np.linalg.svd(np.linalg.qr(y, mode="r"), compute_uv=False) ** 2 / (len(y) - 1)
    yield Check.worst("svd", f.eigenvalues[:rank], squared[:rank], 1e-8 * first, "numpy.linalg.svd: singular values squared")
    if len(f.eigenvalues) > 1 and f.eigenvalues[1] < 0.97 * first:
        found = _power_iteration(of.scatter)
        yield Check("power", abs(float(found @ f.loadings)), 1.0, 1e-9, "power iteration from a random start")


def _signs(of: Prepared, y: Array, theirs: Array, clear: Array) -> Iterator[Check]:
    """Our two rules for the sign against scikit-learn's two, where no two entries or scores are as large as each other."""
    from sklearn.utils.extmath import svd_flip

    scores = y @ theirs.T
    sorted_entries, sorted_scores = np.sort(np.abs(theirs), axis=1), np.sort(np.abs(scores), axis=0)
    by_entry = clear & (sorted_entries[:, -1] > sorted_entries[:, -2] * (1 + 1e-6))
    by_score = clear & (sorted_scores[-1] > sorted_scores[-2] * (1 + 1e-6))
    for name, rule, sign, sure in (("sign_entry", False, np.ones(len(of.axes)), by_entry),
                                   ("sign_score", True, of.by_score, by_score)):
        if sure.any():
            _, flipped = svd_flip(scores.copy(), theirs.copy(), u_based_decision=rule)
            ours = of.axes[:len(theirs)] * sign[:len(theirs), None]
            yield Check.worst(name, np.einsum("ij,ij->i", ours, flipped)[sure], np.ones(int(sure.sum())), 1e-6,
                              f"sklearn.utils.extmath.svd_flip(u_based_decision={rule})")


def _clear(values: Array, first: float) -> Array:
    """Which eigenvalues stand clear of both neighbours, so that their axes are determined."""
    gaps = -np.diff(values)
    return (np.append(gaps, values[-1]) > CLEAR * first) & (np.insert(gaps, 0, np.inf) > CLEAR * first)


def _power_iteration(matrix: Array) -> Array:
    v = np.random.default_rng(0).standard_normal(len(matrix))
    for _ in range(2000):
        v = matrix @ v
        v /= np.linalg.norm(v)
    return v


def _turn(p: Params, f: Frame, of: Prepared, y: Array) -> Iterator[Check]:
    scale = max(1.0, f.total)
    whole = float(np.einsum("rc,rc->", y, y)) / (len(y) - 1)
    yield Check("pythagoras", f.kept + f.lost, whole, 1e-9 * scale, "sum of squared lengths over n - 1, Pythagoras")
    columns = y.shape[1]
    if is_space(p.source):
        best = float(f.gaze.max())
        yield Check("best", best, f.best_share, 1e-12, "no direction of the grid keeps more than two eigenvalues", "at_most")
        yield Check("best_near", best, f.best_share, 0.01, "the best direction of the grid", "at_least")
        return
    a = math.radians(p.angle)
    basis = np.eye(2) if columns == 2 else of.axes[:2]
    along = y @ (math.cos(a) * basis[0] + math.sin(a) * basis[1])
    spread = float(np.var(along, ddof=1)) if p.prepare != "none" else float(along @ along) / (len(y) - 1)
    yield Check("kept", f.kept, spread, 1e-9 * scale, "numpy.var of the projections, n - 1")
    if columns == 2:
        across = math.cos(a) * y[:, 1] - math.sin(a) * y[:, 0]
        yield Check("lost", f.lost, float(np.sum(across * across)) / (len(y) - 1), 1e-9 * scale,
                    "distances to the line by the cross product")
        yield Check("best", float(f.kept_by_angle.max()), f.best_share, 1e-12, "no angle keeps more than the first eigenvalue",
                    "at_most")
    turn = np.radians(np.linspace(0, 180, 181))
    sine = np.cov((y @ basis.T).T) if p.prepare != "none" else (y @ basis.T).T @ (y @ basis.T) / (len(y) - 1)
    wave = (sine[0, 0] + sine[1, 1]) / 2 + (sine[0, 0] - sine[1, 1]) / 2 * np.cos(2 * turn) + sine[0, 1] * np.sin(2 * turn)
    yield Check.worst("wave", f.kept_by_angle * (f.total or 1.0), wave, 1e-9 * scale, "a sine of twice the angle, from numpy.cov")


def _classes(p: Params, f: Frame, of: Prepared, y: Array) -> Iterator[Check]:
    """The share between classes against the F statistic; the best threshold by trying them all."""
    from scipy import stats
    from sklearn.metrics import roc_curve

    assert of.label is not None
    a = math.radians(p.angle)
    basis = np.eye(2) if y.shape[1] == 2 else of.axes[:2]
    along = y @ (math.cos(a) * basis[0] + math.sin(a) * basis[1])
    groups = [along[of.label == c] for c in range(of.classes)]
    ratio = float(stats.f_oneway(*groups).statistic) * (of.classes - 1)
    yield Check("apart", float(f.apart or 0.0), ratio / (ratio + len(y) - of.classes), 1e-8, "scipy.stats.f_oneway")
    if f.accuracy is not None:
        most = 20_000                                                   # as many as our own threshold looks at
        seen, label = some_rows(along, most), some_rows(of.label, most)
        best = 0.0
        for sign in (1, -1):
            false, true, _ = roc_curve(label, sign * seen, drop_intermediate=False)
            best = max(best, float(np.max(true * (label == 1).mean() + (1 - false) * (label == 0).mean())))
        yield Check("accuracy", f.accuracy, best, 1e-12, "sklearn.metrics.roc_curve, every threshold")


def _regression(p: Params, of: Prepared, other: Rival) -> Iterator[Check]:
    from scipy import stats

    slope = float(stats.linregress(of.y[:, 0], of.y[:, 1]).slope)
    yield Check("regression", float(other.axis[1] / other.axis[0]), slope, 1e-8 * max(1.0, abs(slope)), "scipy.stats.linregress")


def _spherical(p: Params, of: Prepared, other: Rival) -> Iterator[Check]:
    """The median by scipy's minimiser, its axis by numpy.cov of unit vectors."""
    from scipy.optimize import minimize

    y = some_rows(of.y, MOST_ROWS["spherical"])

    def distances(at: Array) -> tuple[float, Array]:
        away = y - at
        length = np.linalg.norm(away, axis=1)
        return float(length.mean()), -(away / np.maximum(length, 1e-300)[:, None]).mean(axis=0)

    found = minimize(distances, y.mean(axis=0), jac=True, method="BFGS", options={"gtol": 1e-10})
    yield Check("median", distances(other.centre)[0], float(found.fun), 1e-10 * max(1.0, float(found.fun)),
                "scipy.optimize.minimize of the summed distances", "at_most")
    unit = (y - other.centre) / np.linalg.norm(y - other.centre, axis=1, keepdims=True)
    values, vectors = np.linalg.eig(sum(np.outer(u, u) for u in unit[:2000]) / len(unit[:2000]))
    if len(unit) <= 2000 and np.ptp(values.real) > 1e-6:
        cosine = abs(float(vectors[:, int(np.argmax(values.real))].real @ other.axis))
        yield Check("spherical", cosine, 1.0, 1e-9, "numpy.linalg.eig of the unit vectors' outer products, one by one")


def _mcd(p: Params, of: Prepared, other: Rival) -> Iterator[Check]:
    """No looser than the half that scikit-learn's FastMCD finds; then its weights, sample by sample."""
    import warnings

    from scipy.spatial.distance import mahalanobis
    from scipy.stats import chi2
    from sklearn.covariance import MinCovDet

    y = some_rows(of.y, MOST_ROWS["mcd"])
    columns = y.shape[1]
    centre, square, half = mcd(y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # sklearn warns of every determinant that rounding makes grow
        support = y[MinCovDet(support_fraction=half, random_state=0).fit(y).raw_support_]
    ours, tightest = (float(np.linalg.det(m) ** (1 / columns)) for m in (square, np.cov(support, rowvar=False, ddof=0)))
    yield Check("mcd", ours, tightest, 1e-9 * tightest, "sklearn.covariance.MinCovDet: determinant of its raw support", "at_most")
    factor = half / chi2(columns + 2).cdf(chi2(columns).ppf(half))
    inverse = np.linalg.inv(square * factor)
    good = [row for row in y if mahalanobis(row, centre, inverse) ** 2 < chi2(columns).isf(0.025)]
    values, vectors = np.linalg.eig(np.cov(np.array(good).T))
    yield Check("mcd_axis", abs(float(vectors[:, int(np.argmax(values))] @ other.axis)), 1.0, 1e-9,
                "scipy: chi2 and mahalanobis, sample by sample")


def _lda(p: Params, of: Prepared, other: Rival) -> Iterator[Check]:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    keep = some_rows(np.arange(len(of.y)), MOST_CHECKED)
    if of.label is None or len(keep) < len(of.y):
        return
    theirs = LinearDiscriminantAnalysis(solver="svd").fit(of.y, of.label).scalings_[:, 0]
    ours, theirs = other.axis @ of.within, theirs @ of.within           # compared as readings of the data: in 64 columns
    cosine = float(ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs))       # constant ones carry nothing
    yield Check("lda", abs(cosine), 1.0, 1e-6, "sklearn LinearDiscriminantAnalysis, solver svd, up to its sign")


RIVALS = {"regression": _regression, "spherical": _spherical, "mcd": _mcd, "lda": _lda}


def _noise(f: Frame, y: Array) -> Check:
    """The largest eigenvalue of shuffled columns: each keeps its values and loses its company."""
    rng = np.random.default_rng(0)
    varied = y[:, np.std(y, axis=0) > 0]
    top = [float(np.linalg.eigvalsh(np.corrcoef(rng.permuted(varied, axis=0), rowvar=False))[-1]) for _ in range(20)]
    edge = float(f.noise or 0.0)
    return Check("noise", edge, float(np.mean(top)), 0.12 * edge, "mean of 20 tables with shuffled columns, within 12 %")
