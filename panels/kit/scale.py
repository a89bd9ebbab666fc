"""Scales map data to pixels, linear or logarithmic, and choose ticks worth reading."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.core.frame import Array

MOST_TICKS = 9
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """One axis: data from `low` to `high` at pixels from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def px(self, value: Array | float) -> Array:
        """Pixels of data values; where a logarithm does not exist, NaN."""
        values = np.asarray(value, np.float64)
        with np.errstate(all="ignore"):
            if self.log:
                share = np.where(values > 0, np.log(np.where(values > 0, values, 1) / self.low), np.nan)
                share = share / math.log(self.high / self.low)
            else:
                share = (values - self.low) / (self.high - self.low)
            return self.start + share * (self.stop - self.start)

    def at(self, value: float) -> float:
        """The pixel of one value; where a logarithm does not exist, NaN."""
        if not self.log:
            return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)
        if not value > 0:
            return math.nan
        return self.start + math.log(value / self.low) / math.log(self.high / self.low) * (self.stop - self.start)

    def data(self, px: float) -> float:
        """The data value at a pixel."""
        share = (px - self.start) / (self.stop - self.start)
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))

    @property
    def unit(self) -> float:
        """Pixels per unit of data (linear axes)."""
        return abs(self.stop - self.start) / (self.high - self.low)


@lru_cache(maxsize=512)
def ticks(scale: Scale, spacing: float) -> tuple[tuple[float, str], ...]:
    """Values and their texts, about `spacing` pixels apart, within the axis."""
    room = max(2, min(7, round(abs(scale.stop - scale.start) / spacing)))
    return _log_ticks(scale, room) if scale.log else _linear_ticks(scale, room)


def _linear_ticks(scale: Scale, room: int) -> tuple[tuple[float, str], ...]:
    span = scale.high - scale.low
    raw = span / room
    power = 10.0 ** math.floor(math.log10(raw))
    steps = [f * power for f in (1, 2, 2.5, 5, 10) if span / (f * power) < MOST_TICKS]
    step = min(steps, key=lambda s: (abs(span / s - room), s))
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    values = [k * step for k in range(first, last + 1)]
    return tuple((v, number(v, step)) for v in values)


def _log_ticks(scale: Scale, room: int) -> tuple[tuple[float, str], ...]:
    low, high = math.log10(scale.low), math.log10(scale.high)
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first < 1:
        values = [m * 10.0**k for k in range(math.floor(low), math.ceil(high) + 1) for m in (1, 2, 5)]
        return tuple((v, number(v, v)) for v in values if scale.low * 0.999 <= v <= scale.high * 1.001)
    every = max(1, math.ceil((last - first + 1) / room))
    return tuple((10.0**k, decade(k)) for k in range(first, last + 1) if (k - first) % every == 0)


def decade(power: int) -> str:
    """A power of ten as an axis names it: 0.01, 1, 1000, 10⁻⁴, 10⁶."""
    if -3 <= power <= 4:
        return number(10.0**power, 10.0**power)
    return "10" + str(power).translate(SUPERSCRIPTS)


def number(value: float, step: float) -> str:
    """A tick's text with just the decimals that its step needs: real minus, thin-space thousands."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0 or abs(value) < step * 1e-6:
        return "0"
    power = math.floor(math.log10(abs(value)))
    if power >= 6 or power <= -5:
        mantissa = round(value / 10.0**power, 3)
        head = f"{mantissa:g}".replace("-", "−")
        return f"{head} × 10{str(power).translate(SUPERSCRIPTS)}"
    decimals = max(0, -math.floor(math.log10(abs(step)) + 1e-9))
    if abs(round(step, decimals) - step) > step * 1e-6:                 # a step of 2.5 or 0.25 has one more
        decimals += 1
    whole = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return whole.replace(",", "\u2009").replace("-", "−")


def padded(low: float, high: float, share: float) -> tuple[float, float]:
    """A range with a little room on both sides; a range of no width gets one."""
    if low == high:
        room = abs(low) * 0.1 or 1.0
        return low - room, high + room
    return low - (high - low) * share, high + (high - low) * share
