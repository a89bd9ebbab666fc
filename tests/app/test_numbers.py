"""Numbers as they are written for people and read back."""

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app.numbers
from app.numbers import format_number, parse_number


@pytest.mark.parametrize(("value", "spec", "shown"), [
    (30, "d", "30"), (30.0, "d", "30"), (-5, "d", "−5"), (1234, "d", "1234"), (12345, "d", "12 345"),
    (1234567, "d", "1 234 567"), (0.16, ".4f", "0.1600"), (-12345.678, ".1f", "−12 345.7"),
    (0.00000164, ".4f", "1.64 × 10⁻⁶"), (0.00164, ".2f", "1.64 × 10⁻³"), (0.3, "d", "0.3"), (-0.00001, ".2f", "−1 × 10⁻⁵"),
    (0.0, ".4f", "0.0000"), (-0.0, ".1f", "0.0"), (0, "", "0"), (0.0000164, ".3g", "1.64 × 10⁻⁵"),
    (1234.5, ".3g", "1234"), (123456.0, ".3g", "123 456"), (1.5e20, ".3g", "1.5 × 10²⁰"), (1e20, "", "1 × 10²⁰"),
    (math.pi, "", "3.142"), (12345.6, "", "12 346"), (1 / 3, ".1%", "33.3%"), (1e-9, ".1%", "1 × 10⁻⁷%"),
    (1234567, "", "1 234 567"), (1.5e-3, ".2e", "1.5 × 10⁻³"), (math.inf, ".2f", "∞"), (-math.inf, "d", "−∞"),
    (math.nan, "d", "–"), (None, "", "–"), (True, "", "1"),
])
def test_written(value: float, spec: str, shown: str) -> None:
    for language in ("en", "zh"):
        assert format_number(value, spec, language).replace("\u2009", " ") == shown


@pytest.mark.parametrize(("typed", "value"), [
    ("30", 30), (" −5 ", -5), ("-5", -5), ("1e-3", 1e-3), ("1E3", 1e3), ("1.64 × 10⁻³", 1.64e-3), ("1.64x10^-3", 1.64e-3),
    ("2*10**3", 2000), ("10⁻³", 1e-3), ("10^3", 1e3), ("12,345", 12345), ("12 345.5", 12345.5), ("12\u2009345", 12345),
    ("１２．５", 12.5), ("－３", -3), ("１２，３４５", 12345), (".5", 0.5), ("5.", 5), ("∞", math.inf), ("−∞", -math.inf),
    ("10", 10), ("103", 103),
])
def test_read(typed: str, value: float) -> None:
    assert parse_number(typed) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("typed", ["", "–", "x", "1,5", "1 2", "1.2.3", "--1", "1e", "nan", "1_000", "0x10", "1;2", "三"])
def test_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(typed)


@given(st.floats(-1e300, 1e300), st.sampled_from(["", ".4f", ".3g", ".6g", ".2e"]))
def test_what_is_written_is_read_back(value: float, spec: str) -> None:
    read = parse_number(format_number(value, spec))
    within = 0.5 * 10.0 ** -4 if spec == ".4f" else 0.0
    assert read == value or math.isclose(read, value, rel_tol=0.006, abs_tol=within)
    assert math.copysign(1, read) == math.copysign(1, value) or not value


def test_the_docstring_tells_the_truth() -> None:
    assert doctest.testmod(app.numbers).failed == 0
