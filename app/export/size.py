"""The size of an exported picture: in pixels, or in millimetres or inches, where text keeps its size in points."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.core.faults import BadInput
from engine.core.structured import brief

SCREEN_DPI = 96.0                   # at which a design pixel is a pixel
PRINT_DPI = 300.0
TICK_PT, TICK_PX = 7.0, 11.0        # on paper the smallest words, 11 px in the design, are 7 pt
PAPER_DPI = TICK_PX * 72.0 / TICK_PT                # design pixels in an inch of paper
ASPECT = 0.625                      # height of a picture whose width alone is given
MOST_SIDE, MOST_PIXELS = 20_000, 64_000_000
LEAST_LOGICAL = (160.0, 100.0)      # smaller than this no view has room for its axes
_INCHES = {"mm": 1 / 25.4, "cm": 1 / 2.54, "in": 1.0, "pt": 1 / 72}
_NUMBER = r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)\s*(mm|cm|in|pt|px)?"
_SIZE = re.compile(rf"{_NUMBER}(?:\s*[x×]\s*{_NUMBER})?", re.IGNORECASE)


@dataclass(frozen=True)
class Size:
    """A picture's size: pixels of the file, design pixels across, and points on paper."""

    width: int                      # device pixels
    height: int
    logical_width: float            # design pixels, in which the canvas is laid out
    logical_height: float
    dpi: float

    @property
    def scale(self) -> float:
        """Device pixels in a design pixel."""
        return self.width / self.logical_width

    @property
    def points(self) -> tuple[float, float]:
        """Width and height on paper in points of 1/72 inch."""
        return 72 * self.width / self.dpi, 72 * self.height / self.dpi

    def even(self) -> Size:
        """The same picture with an even number of pixels both ways, as video codecs want it."""
        width, height = self.width + self.width % 2, self.height + self.height % 2
        scale = self.scale
        return Size(width, height, width / scale, height / scale, self.dpi)


def parse_size(text: str | None, dpi: float | None = None, *, default: str = "1280x800") -> Size:
    """Read '1280x800', '160mm', '160mmx100mm' or '6in'; BadInput says what cannot be drawn.

    Pixels are pixels of the file; with `dpi` they too are a size on paper, and text keeps its size in points.

    >>> parse_size("160mm").width, parse_size("1280x800").logical_width
    (1890, 1280.0)
    """
    word = (text or default).strip()
    found, word = _SIZE.fullmatch(word), brief(word)
    if not found:
        raise BadInput(f"size={word}: write 1280x800, 160mm, 160mmx100mm or 6in", "bad_size_word", value=word)
    _check_dpi(dpi)
    wide, wide_unit, high, high_unit = found.groups()
    unit = (wide_unit or high_unit or "px").lower()
    if (high_unit or unit).lower() != unit:
        raise BadInput(f"size={word}: give width and height in one unit", "two_units", value=word)
    width = float(wide)
    height = float(high) if high else width * ASPECT
    if width <= 0 or height <= 0:
        raise BadInput(f"size={word}: width and height must be greater than zero", "size_not_positive", value=word)
    return _checked(word, _in_pixels(width, height, dpi) if unit == "px" else _on_paper(width, height, unit, dpi))


def _check_dpi(dpi: float | None) -> None:
    if dpi is not None and not 36 <= dpi <= 2400:
        raise BadInput(f"dpi={dpi:g}: must lie in [36, 2400]", "bad_dpi", value=dpi, min=36, max=2400)


def _in_pixels(width: float, height: float, dpi: float | None) -> Size:
    scale = 1.0 if dpi is None else dpi / SCREEN_DPI
    return Size(_whole(width), _whole(height), width / scale, height / scale, dpi or SCREEN_DPI)


def _on_paper(width: float, height: float, unit: str, dpi: float | None) -> Size:
    dpi, inches = dpi or PRINT_DPI, _INCHES[unit]
    return Size(_whole(width * inches * dpi), _whole(height * inches * dpi), width * inches * PAPER_DPI,
                height * inches * PAPER_DPI, dpi)


def _whole(length: float) -> int:
    return max(1, round(min(length, 1e9)))


def _checked(word: str, size: Size) -> Size:
    if max(size.width, size.height) > MOST_SIDE or size.width * size.height > MOST_PIXELS:
        raise BadInput(f"size={word}: is {size.width} × {size.height} pixels; at most {MOST_SIDE} a side and "
                       f"{MOST_PIXELS // 10**6} million in all can be written", "size_too_large", value=word,
                       width=size.width, height=size.height, side=MOST_SIDE, pixels=MOST_PIXELS // 10**6)
    if size.logical_width < LEAST_LOGICAL[0] or size.logical_height < LEAST_LOGICAL[1]:
        raise BadInput(f"size={word}: leaves no room for axes and words; it must be at least "
                       f"{LEAST_LOGICAL[0]:.0f} × {LEAST_LOGICAL[1]:.0f} pixels, or 36mm × 23mm", "size_too_small",
                       value=word, width=int(LEAST_LOGICAL[0]), height=int(LEAST_LOGICAL[1]))
    return size
