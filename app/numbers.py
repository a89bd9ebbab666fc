"""How numbers are written for people, and read back from what they type."""

from __future__ import annotations

import math
import re
import unicodedata

MINUS = "\N{MINUS SIGN}"
THIN = "\N{THIN SPACE}"
ABSENT = "\N{EN DASH}"

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSTITUTES = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_GAP = re.compile(r"(?<=\d)[\s,](?=\d)")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?:(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)"
                     r"(?:e(?P<e>[+-]?\d+)|[x*]10(?:\^|\*\*)?(?P<power>[+-]?\d+))?|10\^(?P<bare>[+-]?\d+))")
_PLAIN_BELOW = 1e6      # a "g" number below this is written out, above as a power of ten
_PLAIN_FROM = 0.01      # a number that a fixed format would show as zero is written out from this on


def format_number(value: float | None, spec: str = "", language: str = "en") -> str:
    """The number for a reader: real minus, thin-space thousands, powers of ten; English and Chinese write it alike.

    `spec` is a Python format such as "d", ".4f" or ".3g"; "" is four significant digits.

    >>> format_number(-12345.678, ".1f"), format_number(0.0000164, ".3g")
    ('−12\u2009345.7', '1.64 × 10⁻⁵')
    """
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    digits = _digits(value, spec)
    if value and not digits.strip("-+0.%"):
        scale, end = (100, "%") if digits.endswith("%") else (1, "")
        digits = _significant(value * scale, 3, _PLAIN_FROM) + end
    return _dressed(digits if value else digits.replace("-", ""))


def parse_number(text: str) -> float:
    """The number that was typed: −, 1e-3, 1.64 × 10⁻³, 12,345 and full-width digits are read; else ValueError."""
    raised = _RAISED.sub(lambda found: "^" + found[0].translate(_SUBSTITUTES), text)
    plain = unicodedata.normalize("NFKC", raised).replace(MINUS, "-").replace(ABSENT, "-").replace("×", "x").lower()
    plain = _GAP.sub(",", plain.strip())
    plain = re.sub(r"\s+", "", plain)
    if plain in ("∞", "+∞", "-∞", "inf", "+inf", "-inf"):
        return -math.inf if plain.startswith("-") else math.inf
    found = _NUMBER.fullmatch(plain)
    if not found:
        raise ValueError(f"{text.strip()!r} is not a number")
    if found["bare"] is not None:
        return float(f"{found['sign']}1e{found['bare']}")
    return float(f"{found['sign']}{found['digits'].replace(',', '')}e{found['e'] or found['power'] or 0}")


def _digits(value: float, spec: str) -> str:
    """The number in plain characters, as Python would write it."""
    if not spec:
        return format(value, "d") if isinstance(value, int) else _significant(value, 4)
    if spec.endswith("d"):
        return format(round(value), spec)
    if spec.endswith("g"):
        return _significant(value, int(spec.strip(".g") or 6))
    return format(value, spec)


def _significant(value: float, count: int, least: float = 0.0) -> str:
    """`count` significant digits; whole numbers of more digits are written out as long as they stay readable."""
    if abs(value) < least:
        return f"{value:.{count - 1}e}"
    if 10 ** count <= abs(value) < _PLAIN_BELOW:
        return f"{value:.0f}"
    return f"{value:.{count}g}"


def _dressed(digits: str) -> str:
    """Plain characters with the signs, gaps and powers of print."""
    mantissa, e, exponent = digits.partition("e")
    end = "%" if digits.endswith("%") else ""
    mantissa, exponent = mantissa.removesuffix("%"), exponent.removesuffix("%")
    whole, point, fraction = mantissa.partition(".")
    if len(whole.strip("+-")) >= 5 and whole.strip("+-").isdigit():
        whole = f"{int(whole):,}".replace(",", THIN)
    if e and fraction:
        fraction = fraction.rstrip("0")
        point = "." if fraction else ""
    power = f" × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}" if e else ""
    return f"{whole}{point}{fraction}".replace("-", MINUS) + power + end
