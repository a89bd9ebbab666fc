"""Sizes in pixels and on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.size import MOST_PIXELS, MOST_SIDE, parse_size
from engine.core.faults import BadInput


@pytest.mark.parametrize(("text", "dpi", "pixels", "points"), [
    ("1280x800", None, (1280, 800), (960, 600)), ("1280×800", None, (1280, 800), (960, 600)),
    ("1280X800px", None, (1280, 800), (960, 600)), ("640", None, (640, 400), (480, 300)),
    ("160mm", None, (1890, 1181), (453.6, 283.4)), ("160mmx100mm", 300, (1890, 1181), (453.6, 283.4)),
    ("16cm x 10cm", 600, (3780, 2362), (453.6, 283.4)), ("6in", 100, (600, 375), (432, 270)),
    ("6x4in", 100, (600, 400), (432, 288)), (None, None, (1280, 800), (960, 600)),
])
def test_what_can_be_written(text: str | None, dpi: float | None, pixels: tuple[int, int],
                             points: tuple[float, float]) -> None:
    size = parse_size(text, dpi)
    assert (size.width, size.height) == pixels
    assert size.points == pytest.approx(points, abs=0.5)


def test_on_paper_eleven_design_pixels_are_seven_points_at_any_dpi() -> None:
    for dpi in (96, 300, 600):
        size = parse_size("84mm", dpi)
        assert 11 * size.points[0] / size.logical_width == pytest.approx(7, rel=5e-3)


def test_dots_an_inch_make_pixels_a_size_on_paper() -> None:
    assert parse_size("1280x800").scale == 1
    twice = parse_size("1280x800", 192)
    assert (twice.width, twice.logical_width, twice.scale) == (1280, 640, 2)


@pytest.mark.parametrize(("text", "sentence"), [
    ("0x800", "greater than zero"), ("-5mm", "greater than zero"), ("160mmx-1mm", "greater than zero"), ("", "write 1280x800"),
    ("abc", "write 1280x800"), ("1280x", "write 1280x800"), ("1e9x3", "write 1280x800"), ("nan", "write 1280x800"),
    ("160mmx4in", "one unit"), ("10mm", "no room"), ("20x20", "no room"), ("99999x800", "at most 20000 a side"),
    ("9" * 400 + "mm", "at most"), ("20000x20000", "64 million"), ("10m", "write 1280x800"),
])
def test_what_cannot_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        parse_size(text or " ", default="")


@pytest.mark.parametrize("dpi", [0.0, -300.0, 35.0, 2401.0, float("nan"), float("inf")])
def test_dots_an_inch_have_bounds(dpi: float) -> None:
    with pytest.raises(BadInput, match=r"dpi=.*must lie in \[36, 2400\]"):
        parse_size("160mm", dpi)


@given(st.text("0123456789.xmincp+- ×", max_size=12))
def test_any_word_is_a_size_or_a_sentence(text: str) -> None:
    try:
        size = parse_size(text or "?")
    except BadInput:
        return
    assert 0 < size.width <= MOST_SIDE
    assert size.width * size.height <= MOST_PIXELS
    assert size.even().width % 2 == size.even().height % 2 == 0
