"""An axis under the hand: where a pan or a zoom takes it, which value a drag gives, and what the data cursor says there."""

from __future__ import annotations

import math

from panels.kit.mark import Reading
from panels.kit.plot import Plot
from panels.kit.scale import Scale, number
from panels.kit.view import Ticks


def on_grid(value: float, span: float) -> float:
    """A cell's value on a grid of 1, 2 or 5 times a power of ten, some thirty to eighty steps to an axis of this span."""
    power = _decade(span / 30)
    step = max((m * power for m in (1, 2, 5) if m * power <= span / 30), default=power)
    return float(f"{round(value / step) * step:.12g}")


def moved(scale: Scale, by: float) -> tuple[float, float]:
    """The ends of an axis after a pan by so many pixels."""
    a, b = scale.data(min(scale.start, scale.stop) + by), scale.data(max(scale.start, scale.stop) + by)
    return min(a, b), max(a, b)


def zoomed(scale: Scale, at: float, factor: float) -> tuple[float, float]:
    """The ends of an axis after a zoom about a pixel."""
    a, b = scale.data(at + (scale.start - at) * factor), scale.data(at + (scale.stop - at) * factor)
    low, high = min(a, b), max(a, b)
    return (low, high) if high - low > 1e-12 * max(1.0, abs(low), abs(high)) else (scale.low, scale.high)


def reading_text(plot: Plot, reading: Reading) -> str:
    """What the data cursor says: x, y and the value, each to the step of about a pixel; a tick's name for its number.

    In a diagram without axes x and y mean nothing: there a cell's value stands alone.
    """
    box, view = plot.box, plot.view
    step_x = abs(box.x.data(reading.at.x() + 1) - box.x.data(reading.at.x())) or 1e-9
    step_y = abs(box.y.data(reading.at.y() + 1) - box.y.data(reading.at.y())) or 1e-9
    x = _named(view.x_ticks, reading.x) or number(reading.x, _decade(step_x))
    y = _named(view.y_ticks, reading.y) or number(reading.y, _decade(step_y))
    if reading.value is None:
        return f"{x}, {y}"
    step = abs(reading.value) / 1000 if math.isfinite(reading.value) else 1.0
    value = number(reading.value, _decade(step or 1e-3))
    return f"{x}, {y}: {value}" if view.axes else value


def _named(ticks: Ticks | None, at: float) -> str:
    """The text of the tick that stands exactly there, if it is a name."""
    found = next((tick[1] for tick in ticks or () if tick[0] == at), "")
    return "" if not found or found[0] in "-−.0123456789" else found


def _decade(step: float) -> float:
    power = 1.0
    while power > step:
        power /= 10
    while power * 10 <= step:
        power *= 10
    return power
