"""PCA: published numbers, the same numbers by other ways, laws that must hold, robust axes, and bad input."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.classical.datasets import bundled
from engine.classical.pca import ANGLES, GAZE, Frame, Params, pca
from engine.classical.pca_data import prepared, scatter, some_rows, within_between
from engine.classical.pca_rivals import discriminants, mcd, regression, rival, spatial_median
from engine.classical.pca_view import box_of, grip, layout
from engine.core import BadInput, Run, Source, build, iterate, metrics
from engine.core.data import keep
from engine.core.tables import CsvTable

CLOSE = {"rel": 1e-7, "abs": 1e-7}
# reference/ml_cases.json, classical.pca: sklearn PCA(svd_solver="full"), variances over n - 1
CASES: dict[str, dict[str, Any]] = {
    "Smith's ten points": {
        "source": "smith", "values": [1.284027712, 0.04908339894], "ratio": [0.9631813143, 0.03681868565],
        "axes": [[0.6778733985, 0.7351786555], [0.7351786555, -0.6778733985]], "singular": [3.399448398, 0.6646432054],
        "sse": [11.998, 0.4417505904, 0.0],
        "scores": [[0.8279701862, 0.175115307], [-1.777580325, -0.1428572265], [0.9921974944, -0.3843749889]],
        "whitened": [[0.7306804716, 0.7904179519], [-1.568707729, -0.6448146557], [0.8756104329, -1.734953366]]},
    "iris": {
        "source": "iris", "values": [4.228241706, 0.2426707479, 0.07820950004, 0.02383509297],
        "ratio": [0.9246187232, 0.05306648312, 0.01710260981, 0.005212183873],
        "axes": [[0.3613865918, -0.08452251406, 0.8566706059, 0.3582891972],
                 [0.6565887713, 0.7301614348, -0.1733726628, -0.07548101992],
                 [-0.5820298513, 0.5979108301, 0.07623607582, 0.545831432],
                 [0.3154871929, -0.3197231037, -0.479838987, 0.7536574253]],
        "singular": [25.09996044, 6.013147382, 3.413680639, 1.884523508],
        "sse": [681.3706, 51.3625858, 15.20464436, 3.551428853, 0.0],
        "scores": [[-2.684125626, 0.3193972466, -0.02791482759, 0.002262437071],
                   [-2.714141687, -0.1770012251, -0.2104642724, 0.09902655032],
                   [-2.888990569, -0.1449494261, 0.01790025632, 0.01996838971]],
        "whitened": [[-1.305337863, 0.6483693158, -0.09981715676, 0.0146544014],
                     [-1.319935206, -0.3593085551, -0.7525729901, 0.6414210747],
                     [-1.404967316, -0.2942441152, 0.06400729811, 0.1293405248]]},
    "iris, petal length in mm": {
        "source": "mm", "values": [312.7226363, 0.2522194262, 0.07885634396, 0.03075240634],
        "ratio": [0.9988443113, 0.0008055954698, 0.0002518692331, 9.822399331e-05],
        "axes": [[0.04083714925, -0.01055111652, 0.9982475904, 0.04150601774],
                 [0.7238592933, 0.6895765961, -0.02244254182, 0.002859014608],
                 [-0.601960828, 0.6302098039, 0.0109019321, 0.490265145],
                 [0.3346688099, -0.3566628591, -0.05365844314, 0.8705797862]],
        "singular": [215.8603085, 6.130309495, 3.427768261, 2.140586028],
        "sse": [46649.5852, 53.9123983, 16.3317038, 4.582108545, 0.0],
        "scores": [[-23.61518277, 0.2935218594, -0.02057543839, -0.01138655137],
                   [-23.61807464, -0.1960382973, -0.2152881747, 0.1000111162],
                   [-24.62659988, -0.1804522949, 0.02024401956, 0.01540322557]],
        "whitened": [[-1.335400861, 0.5844551411, -0.07327077384, -0.06493108461],
                     [-1.335564392, -0.3903477273, -0.7666583264, 0.5703070264],
                     [-1.392594883, -0.3593131759, 0.07209056501, 0.08783591367]]},
}


def run(**values: Any) -> Frame:
    return list(iterate(pca, build(Params, values)))[-1]


def table(values: Any, columns: tuple[str, ...] | None = None) -> Source:
    made = np.asarray(values, float)
    return keep(CsvTable(columns or tuple(f"c{n}" for n in range(made.shape[1])), made), "made.csv")


def source_of(case: dict[str, Any]) -> Any:
    return table(bundled("iris").x * (1, 1, 10, 1)).plain() if case["source"] == "mm" else case["source"]


@pytest.mark.parametrize("name", CASES)
def test_published_numbers(name: str) -> None:
    case = CASES[name]
    source = source_of(case)
    p = build(Params, {"source": source})
    f, of = run(source=source), prepared(p)
    rows = len(of.y)
    assert f.eigenvalues == pytest.approx(np.array(case["values"]), **CLOSE)
    assert f.eigenvalues / f.total == pytest.approx(np.array(case["ratio"]), **CLOSE)
    assert of.axes == pytest.approx(np.array(case["axes"]), rel=1e-6, abs=1e-6)
    assert np.sqrt(of.by_svd * (rows - 1)) == pytest.approx(np.array(case["singular"]), **CLOSE)
    scores = of.y[:3] @ of.axes.T
    assert scores == pytest.approx(np.array(case["scores"]), rel=1e-6, abs=1e-6)
    assert scores / np.sqrt(of.values) == pytest.approx(np.array(case["whitened"]), rel=1e-6, abs=1e-6)
    lost = [run(source=source, k=k).k_lost * (rows - 1) for k in range(len(case["sse"]))]
    assert lost == pytest.approx(case["sse"], **CLOSE)


def test_units_change_the_answer_and_standardising_takes_that_back() -> None:
    mm = table(bundled("iris").x * (1, 1, 10, 1)).plain()
    assert run(source=mm).best_share > 0.998
    assert run(source="iris").best_share < 0.93
    scaled, plain = run(source=mm, prepare="standardise"), run(source="iris", prepare="standardise")
    assert scaled.eigenvalues == pytest.approx(plain.eigenvalues, rel=1e-12)


def test_fishers_axis_has_the_published_numbers() -> None:
    """Gutierrez-Osuna's ten points: reference/ml_cases.json, classical.lda, scipy.linalg.eigh(Sb, Sw)."""
    x = np.array([[4, 2], [2, 4], [2, 3], [3, 6], [4, 4], [9, 10], [6, 8], [9, 5], [8, 7], [10, 8]], float)
    label = np.repeat([0, 1], 5)
    within, between = within_between(x, label)
    assert within == pytest.approx(np.array([[13.2, -1.2], [-1.2, 22]]))
    assert between == pytest.approx(np.array([[72.9, 51.3], [51.3, 36.1]]))
    axis = discriminants(within, between)[0]
    assert axis == pytest.approx([0.9087855843, 0.41726342], **CLOSE)
    assert axis @ between @ axis / (axis @ within @ axis) == pytest.approx(7.625415282)
    f = run(source=table(np.column_stack([x, label]), ("x", "y", "label")).plain(), beside="lda")
    assert abs(f.loadings @ [0.7965961209, 0.6045118859]) == pytest.approx(1, abs=1e-9)
    assert abs(f.loadings @ f.rival[1]) == pytest.approx(0.9761757682, abs=1e-8)


def test_fishers_axis_of_iris_petals() -> None:
    x = bundled("iris").x[:, 2:]
    found = discriminants(*within_between(x, bundled("iris").label))
    assert found[0] == pytest.approx([0.5407511848, 0.8411825938], **CLOSE)
    assert abs(found[1] @ [-0.3939359948, 0.9191378743]) == pytest.approx(1, abs=1e-9)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(angle=st.floats(0, 180), tilt=st.floats(0, 180), stretch=st.floats(1, 10), points=st.integers(3, 300),
       prepare=st.sampled_from(["none", "centre", "standardise", "whiten", "whiten_axes"]), seed=st.integers(0, 99))
def test_kept_and_lost_always_add_up(angle: float, tilt: float, stretch: float, points: int, prepare: str, seed: int) -> None:
    f = run(angle=angle, tilt=tilt, stretch=stretch, points=points, prepare=prepare, seed=seed)
    assert f.kept + f.lost == pytest.approx(f.total, rel=1e-9)
    assert f.kept <= f.eigenvalues[0] * (1 + 1e-9)
    assert f.kept >= f.eigenvalues[-1] * (1 - 1e-9) - 1e-12
    assert f.eigenvalues.sum() == pytest.approx(f.total, rel=1e-9)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 137.5, 180.0])
def test_the_curve_by_angle_is_what_the_axis_measures(angle: float) -> None:
    f = run(angle=angle)
    at = np.interp(angle, ANGLES, f.kept_by_angle)
    assert at == pytest.approx(f.kept_share, abs=1e-3)
    assert f.kept_by_angle + f.lost_by_angle == pytest.approx(np.ones(len(ANGLES)))


def test_the_best_angle_is_the_eigenvector() -> None:
    f = run(angle=0.0)
    best = math.degrees(math.atan2(f.loadings[1], f.loadings[0])) % 180
    there = run(angle=best)
    assert there.kept_share == pytest.approx(there.best_share, rel=1e-12)
    assert there.off == pytest.approx(0, abs=1e-6)
    across = run(angle=(best + 90) % 180)
    assert across.off == pytest.approx(90, abs=1e-6)
    assert across.lost == pytest.approx(there.kept, rel=1e-9)


def test_the_shadow_in_space() -> None:
    f = run(source="space", angle=115.0, elevation=-55.0)
    assert f.kept + f.lost == pytest.approx(f.total, rel=1e-12)
    row, column = np.unravel_index(int(f.gaze.argmax()), f.gaze.shape)
    there = run(source="space", angle=float(GAZE[0][column]), elevation=float(GAZE[1][row]))
    assert there.kept_share == pytest.approx(float(f.gaze.max()), rel=1e-12)
    assert f.best_share - 0.005 < f.kept_share <= f.best_share
    assert f.best_share == pytest.approx(f.eigenvalues[:2].sum() / f.eigenvalues.sum())


def test_moments_survive_a_mean_a_billion_times_the_spread() -> None:
    """Sums of raw squares would lose every digit here; numpy.cov subtracts the mean first."""
    x = np.random.default_rng(0).standard_normal((150_000, 3)) * (1, 2, 3)
    mean, covariance = scatter(x + 1e9)
    assert covariance == pytest.approx(np.cov((x + 1e9 - 1e9).T), rel=1e-6, abs=1e-6)
    assert mean == pytest.approx(x.mean(axis=0) + 1e9, rel=1e-15)


def test_whitening_along_the_axes_gives_the_scores_divided_and_can_be_undone() -> None:
    plain, white = (prepared(build(Params, {"source": "iris", "prepare": how})) for how in ("centre", "whiten_axes"))
    assert white.y == pytest.approx(plain.y @ plain.axes.T / np.sqrt(plain.values), abs=1e-9)
    assert white.y @ white.unmix + white.shift == pytest.approx(plain.y + plain.shift, abs=1e-9)
    assert white.columns == ("1", "2", "3", "4")


@pytest.mark.parametrize("source", ["iris", "wine", "digits", "smith"])
def test_the_signs_are_those_of_either_rule(source: str) -> None:
    p = build(Params, {"source": source, "prepare": "standardise" if source == "wine" else "centre"})
    of = prepared(p)
    scores = of.y @ (of.axes * of.by_score[:, None]).T
    strong = of.values > 1e-9 * of.values[0]
    rows = np.abs(scores).argmax(axis=0)
    assert (scores[rows, np.arange(scores.shape[1])][strong] > 0).all()
    assert {c.name for c in pca.checks(p, list(iterate(pca, p))) if c.ok} >= {"sign_entry", "sign_score"}


def test_whitening_leaves_nothing_to_find() -> None:
    f = run(prepare="whiten")
    assert f.off is None
    assert f.kept_by_angle == pytest.approx(np.full(len(ANGLES), 0.5), abs=1e-9)
    y = prepared(build(Params, {"prepare": "whiten"})).y
    assert np.cov(y.T) == pytest.approx(np.eye(2), abs=1e-9)


def test_without_centring_the_first_axis_points_at_the_mean() -> None:
    f, of = run(prepare="none"), prepared(build(Params, {"prepare": "none"}))
    mean = of.y.mean(axis=0)
    toward = abs(f.loadings @ mean) / np.linalg.norm(mean)
    assert toward > 0.995
    assert abs(run().loadings @ mean) / np.linalg.norm(mean) < toward


def test_digits_come_back_from_their_components() -> None:
    whole = run(source="digits", k=64)
    assert whole.pictures.rebuilt == pytest.approx(whole.pictures.originals, abs=1e-9)
    assert whole.pictures.originals[3] == pytest.approx(bundled("digits").x[3].reshape(8, 8), abs=1e-9)
    errors = [float(((f.pictures.rebuilt - f.pictures.originals) ** 2).sum()) for f in
              (run(source="digits", k=k) for k in (0, 2, 10, 30, 64))]
    assert errors == sorted(errors, reverse=True)
    mean = bundled("digits").x.mean(axis=0).reshape(8, 8)
    assert run(source="digits", k=0).pictures.rebuilt == pytest.approx(np.stack([mean] * 10), abs=1e-9)
    assert run(source="digits", k=10).k_share == pytest.approx(0.7382267689, abs=1e-9)


def test_pca_throws_the_class_away_and_lda_finds_it() -> None:
    settings = {"source": "classes", "stretch": 8.0, "gap": 4.5, "beside": "lda"}
    along, across = run(**settings, angle=30.0), run(**settings, angle=120.0)
    assert along.kept_share > 0.9
    assert along.accuracy is not None
    assert across.accuracy is not None
    assert along.accuracy < 0.6
    assert across.accuracy > 0.97
    seen = along.rival[1]
    peak = float(ANGLES[int(along.apart_by_angle.argmax())])
    assert math.degrees(math.atan2(seen[1], seen[0])) % 180 == pytest.approx(peak, abs=1.0)


def test_the_best_threshold_is_found_among_ties() -> None:
    x = [[0, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0], [1, 1, 1], [1, -1, 1]]
    f = run(source=table(x, ("x", "y", "label")).plain(), angle=0.0)
    assert f.accuracy == pytest.approx(4 / 6)       # equal values cannot be told apart: x splits 3 and 3


@pytest.mark.parametrize("share,limits", [(0.08, {"spherical": 12, "mcd": 5}), (0.25, {"mcd": 5})])
def test_robust_axes_hold_where_pca_is_dragged_away(share: float, limits: dict[str, float]) -> None:
    """Spherical PCA leans a little toward the heap, by a bounded pull; MCD does not see it."""
    for kind, limit in limits.items():
        for seed in range(5):
            f = run(outliers=share, beside=kind, seed=seed)
            assert f.missed is not None
            assert f.rival_missed is not None
            assert f.missed > 30
            assert f.rival_missed < limit, (kind, seed)


def test_spherical_pca_breaks_before_mcd_does() -> None:
    assert (run(outliers=0.3, beside="spherical").rival_missed or 0) > 30
    assert (run(outliers=0.3, beside="mcd").rival_missed or 99) < 5


def test_the_spatial_median_of_a_triangle_is_its_fermat_point() -> None:
    triangle = np.array([[0, 0], [1, 0], [0.5, math.sqrt(3) / 2]])
    assert spatial_median(triangle) == pytest.approx([0.5, math.sqrt(3) / 6], abs=1e-9)
    flat = np.array([[0, 0], [4, 0], [2, 0.2]])     # an angle above 120 degrees: the point is the corner itself
    assert spatial_median(flat) == pytest.approx([2, 0.2], abs=1e-6)


def test_mcd_is_the_best_half_of_a_small_table() -> None:
    """Twelve points: every half tried one by one."""
    from itertools import combinations

    y = np.random.default_rng(5).standard_normal((12, 2)) * (3, 1)
    y[:3] += 8
    half = (12 + 2 + 1) // 2
    best = min(float(np.linalg.det(np.cov(y[list(rows)].T, ddof=0))) for rows in combinations(range(12), half))
    assert float(np.linalg.det(mcd(y)[1])) == pytest.approx(best, rel=1e-9)


def test_regression_is_not_pca() -> None:
    f = run(stretch=1.8, angle=30.0, beside="regression")
    slope = math.degrees(math.atan2(f.rival[1][1], f.rival[1][0]))
    axis = math.degrees(math.atan2(f.loadings[1], f.loadings[0]))
    assert slope < axis - 5
    exact = np.array([[0, 1], [1, 3], [2, 5], [3, 7]], float)
    assert regression(exact).axis == pytest.approx(np.array([1, 2]) / math.sqrt(5))


def test_noise_has_an_edge() -> None:
    noise = np.random.default_rng(1).standard_normal((400, 20))
    f = run(source=table(noise).plain(), prepare="standardise")
    assert f.above_noise is not None
    assert f.above_noise <= 1
    assert f.noise == pytest.approx((1 + math.sqrt(20 / 399)) ** 2)
    assert run(source="wine", prepare="standardise").above_noise == 2


def test_a_million_points_are_shown_as_a_density_and_lose_none() -> None:
    f = run(points=1_000_000, angle=30.0)
    assert f.cloud.value.x.size == 0
    assert int(f.cloud.value.counts.sum()) == 1_000_000
    x0, x1, y0, y1 = f.cloud.value.box
    assert (x1 - x0) / f.cloud.value.counts.shape[1] == pytest.approx((y1 - y0) / f.cloud.value.counts.shape[0], rel=0.02)
    assert f.missed is not None
    assert f.missed < 0.2
    assert run(points=20_000).cloud.value.x.size == 20_000


def test_turning_the_axis_computes_nothing_again() -> None:
    first = prepared(build(Params, {"angle": 10.0}))
    assert prepared(build(Params, {"angle": 170.0})) is first
    assert prepared(build(Params, {"angle": 170.0, "tilt": 31.0})) is not first


def test_some_rows_are_the_same_rows_of_every_table() -> None:
    label = np.arange(100_000) % 2
    chosen = some_rows(label, 1000)
    assert len(chosen) == 1000
    assert 0.4 < chosen.mean() < 0.6, "an even stride would see one class only"
    assert np.array_equal(some_rows(np.arange(100_000), 1000) % 2, chosen)


def test_a_users_table_with_classes() -> None:
    x = np.random.default_rng(2).standard_normal((60, 2))
    label = np.repeat([4, 9], 30)
    f = run(source=table(np.column_stack([label, x]), ("label", "a", "b")).plain(), beside="lda")
    assert f.columns.value == ("a", "b")
    assert len(f.cloud.value.means) == 2
    assert f.accuracy is not None
    many = run(source=table(np.column_stack([np.arange(60), x]), ("label", "a", "b")).plain())
    assert many.columns.value == ("label", "a", "b"), "sixty different classes are a column of numbers"


@pytest.mark.parametrize("values,words", [([[1.0], [2], [3]], "1 columns"), ([[1.0, 2], [3, 4]], "2 rows")])
def test_small_tables_are_refused(values: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        run(source=table(values).plain())


def test_degenerate_tables_do_not_fail() -> None:
    for values in (np.ones((5, 2)), np.ones((5, 4)), np.column_stack([np.arange(6), np.arange(6)])):
        for prepare in ("none", "centre", "standardise", "whiten", "whiten_axes"):
            for beside in ("nothing", "regression", "spherical", "mcd", "lda"):
                f = run(source=table(values).plain(), prepare=prepare, beside=beside)
                assert all(v is None or math.isfinite(v) for v in metrics(f).values()), (values.shape, prepare, beside)
                low, high, down, up = box_of(f)
                assert low < high
                assert down < up
                assert grip(box_of(f)) > 0


def test_more_rows_than_columns_is_not_needed() -> None:
    wide = np.random.default_rng(0).standard_normal((5, 30))
    f = run(source=table(wide).plain(), prepare="standardise", k=4)
    assert f.k_share == pytest.approx(1)
    assert f.eigenvalues[4:] == pytest.approx(np.zeros(26), abs=1e-9)


def test_k_is_settled_to_the_columns() -> None:
    with pytest.raises(BadInput, match="k=5"):
        build(Params, {"k": 5})
    assert build(Params, {"k": 5}, settle=True).k == 2
    assert build(Params, {"k": 64, "source": "digits"}).k == 64


def test_bad_sources_are_refused() -> None:
    with pytest.raises(BadInput, match="source=nothing: must be one of"):
        build(Params, {"source": "nothing"})
    with pytest.raises(BadInput, match="64 hexadecimal digits"):
        build(Params, {"source": {"name": "x", "sha256": "../../etc"}})
    with pytest.raises(BadInput, match="not on this machine"):
        run(source={"name": "gone.csv", "sha256": "0" * 64, "columns": ["a", "b"]})


def test_every_table_has_its_views() -> None:
    assert "turning" in layout(Params())
    assert "gaze" in layout(build(Params, {"source": "space"}))
    assert "loadings" in layout(build(Params, {"source": "wine"}))
    assert "pictures" in layout(build(Params, {"source": "digits"}))
    named = Source("digits", "0" * 64, ("a", "b", "label"))
    assert "turning" in layout(replace(Params(), source=named)), "a file called digits is a table of its own"


def test_reasons_are_told() -> None:
    p = build(Params, {"source": "smith", "beside": "lda"})
    made = Run(p)
    list(pca(p, made))
    assert made.missing["rival_missed"] == "no_classes"
    assert made.missing["accuracy"] == "no_two_classes"
    assert rival("nothing", prepared(p)) is None


@pytest.mark.parametrize("values", [
    {}, {"source": "smith"}, {"source": "iris", "beside": "lda"}, {"source": "wine", "prepare": "standardise"},
    {"source": "digits", "k": 20}, {"source": "space"}, {"source": "curve", "prepare": "none"}, {"prepare": "whiten"},
    {"outliers": 0.2, "beside": "mcd"}, {"outliers": 0.2, "beside": "spherical"}, {"beside": "regression"},
    {"source": "classes", "points": 200_000}], ids=str)
def test_the_proof_agrees(values: dict[str, Any]) -> None:
    p = build(Params, values)
    checks = pca.checks(p, list(iterate(pca, p)))
    assert len(checks) >= 6
    assert not [c for c in checks if not c.ok]


def test_the_proof_notices_a_wrong_frame() -> None:
    p = build(Params, {"beside": "regression"})
    f = list(iterate(pca, p))[-1]
    for wrong in (replace(f, kept=f.kept * 1.001), replace(f, lost=f.lost * 1.001), replace(f, k_lost=f.k_lost + 0.01),
                  replace(f, eigenvalues=f.eigenvalues * 1.001), replace(f, kept_by_angle=f.kept_by_angle[::-1].copy())):
        assert [c for c in pca.checks(p, [wrong]) if not c.ok]
