"""Ticks are round numbers, and read as people write them."""

from __future__ import annotations

import numpy as np
import pytest

from panels.kit.mosaic import parse
from panels.kit.scale import Scale, number, ticks


@pytest.mark.parametrize(("low", "high", "texts"), [
    (-4, 4, ["−4", "−3", "−2", "−1", "0", "1", "2", "3", "4"]),
    (0, 0.45, ["0", "0.1", "0.2", "0.3", "0.4"]),
    (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
])
def test_linear_ticks_are_round(low: float, high: float, texts: list[str]) -> None:
    assert [text for _, text in ticks(Scale(low, high, 0, 700), 84)] == texts


def test_log_ticks_are_decades() -> None:
    assert [t for _, t in ticks(Scale(1, 1000, 0, 300, True), 58)] == ["1", "10", "100", "1000"]
    assert next(t for _, t in ticks(Scale(1e-6, 1, 0, 300, True), 20)) == "10⁻⁶"


@pytest.mark.parametrize(("value", "step", "text"), [
    (-0.5, 0.25, "−0.50"), (20000, 5000, "20\u2009000"), (1e7, 1e6, "1 × 10⁷"), (0, 0.1, "0"), (3.0, 1, "3"),
])
def test_numbers(value: float, step: float, text: str) -> None:
    assert number(value, step) == text


def test_scale_goes_there_and_back() -> None:
    for scale in (Scale(-3, 7, 40, 500), Scale(0.01, 100, 500, 40, True)):
        for px in (60.0, 250.0, 480.0):
            assert float(scale.px(scale.data(px))) == pytest.approx(px)
    assert np.isnan(Scale(0.01, 100, 0, 100, True).px([-1.0, 0.0])).all()


@pytest.mark.parametrize("layout", ["", "a / ", "a a"])
def test_a_malformed_layout_is_refused(layout: str) -> None:
    with pytest.raises(ValueError, match="layout"):
        parse(layout)
