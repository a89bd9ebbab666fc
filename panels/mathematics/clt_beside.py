"""Beside the distance to the bell: quantiles, the moments' decay, the chance of an interval, or t-intervals kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.mathematics.clt import Frame, Params
from engine.mathematics.clt_theory import LEVEL
from panels.kit.panel import Shown
from panels.kit.scale import number
from panels.kit.view import View

Drawing = Callable[[View, Frame, Params, Shown], None]


def draw_quantiles(v: View, f: Frame, p: Params, shown: Shown) -> None:
    reach = float(np.abs(f.bell_quantiles).max()) * 1.25
    v.range(x=(-reach, reach), y=(-2 * reach, 2 * reach) if np.abs(f.quantiles).max() > 1.5 * reach else (-reach, reach))
    v.line("bell_quantiles", f.bell_quantiles, f.bell_quantiles, "truth", label=False)
    v.points("averages_quantiles", f.bell_quantiles, f.quantiles, "data", size=4.5, label=False)


def draw_moments(v: View, f: Frame, p: Params, shown: Shown) -> None:
    """Sizes of skewness and excess kurtosis on logarithmic axes, where their laws are straight lines."""
    layer = shown.layers.get("moments_by_n")
    v.range(x=(0.85, 1000), y=(3e-3, 30.0), log="xy")
    if layer is not None and len(layer.n):
        for name, role, theory, found, noise in (("skewness", "data", layer.skewness_theory, layer.skewness, layer.noise[0]),
                                                 ("kurtosis", "model", layer.kurtosis_theory, layer.kurtosis, layer.noise[1])):
            v.line(f"{name}_law", layer.n, np.where(theory == 0, np.nan, np.abs(theory)), role, dash=(6, 4))
            v.points(name, layer.n, np.abs(found), role, size=5, alpha=0.8, label=False)
            v.rule(f"{name}_noise", y=noise, role=role, label=False, width=0.7)
    for name, role, value in (("skewness_now", "data", f.z_skewness), ("kurtosis_now", "model", f.z_kurtosis)):
        if value and p.n <= 1000:
            v.points(name, p.n, abs(value), role, size=10, ring=True, label=False)


def draw_interval(v: View, f: Frame, p: Params, shown: Shown) -> None:
    rows = [(name, role, value) for name, role, value in (
        ("inside", "data", f.inside), ("inside_exact", "model", f.inside_exact),
        ("inside_corrected", "truth", f.inside_corrected), ("inside_bell", "ink_soft", f.inside_bell)) if value is not None]
    longest = max([value for _, _, value in rows]) or 1.0
    v.range(x=(-0.75 * longest, 1.4 * longest), y=(-3.6, 0.6))
    v.bare()
    for row, (name, role, value) in enumerate(rows):
        v.text(f"{name}_name", -0.73 * longest, -row, role=role, anchor="left", halo=False)
        v.bars(name, [-row - 0.27, -row + 0.27], [value], role, horizontal=True, label=False, texts=[number(value, 1e-5)])


def draw_coverage(v: View, f: Frame, p: Params, shown: Shown) -> None:
    layer = shown.layers.get("coverage_by_n")
    known = layer is not None and len(layer.n) > 0
    worst = min(float(layer.share.min()) if layer is not None and known else 1.0, f.coverage or 1.0)
    v.range(x=(2, 400), y=(min(0.84, worst - 0.05), 1.0), log="x")
    v.rule("promised", y=LEVEL, role="truth")
    if layer is not None and known:
        v.band("luck", layer.n, LEVEL - layer.error, LEVEL + layer.error, "truth", alpha=0.15, label=False)
        v.line("held", layer.n, layer.share, "data", markers=True)
    if f.coverage is not None and 2 <= p.n <= 400:
        v.points("held_now", p.n, f.coverage, "error", size=10, ring=True)


BESIDE: dict[str, Drawing] = {"quantiles": draw_quantiles, "moments": draw_moments, "interval": draw_interval,
                              "coverage": draw_coverage}
