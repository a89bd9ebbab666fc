"""A span is a slider's range: values as fractions of the way, rounded to what can be read and typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from engine.core.cells import cell_of
from engine.core.params import Parameter, parameter
from engine.core.structured import Columns, note_of

STEPS = 100             # of an arrow key from one end to the other, where the quantum allows
PAGE = 10               # arrow steps of Page Up and Page Down
DIGITS = 3              # significant digits of a dragged float whose format does not say


@dataclass(frozen=True)
class Span:
    """Least and greatest value, whole numbers or not, linear or logarithmic, and the grid of dragged values."""

    low: float
    high: float
    whole: bool = False
    log: bool = False
    quantum: float | None = None            # None: DIGITS significant digits

    @classmethod
    def of(cls, spec: Parameter, format_spec: str = "") -> Span:
        """The span of a declared number; a fixed format such as '.2f' gives the grid."""
        assert spec.min is not None and spec.max is not None
        whole, log = spec.type != "float", spec.log and spec.min > 0
        if whole:
            return cls(spec.min, spec.max, True, log, max(1.0, spec.step or 1.0))
        if spec.step:
            return cls(spec.min, spec.max, False, log, spec.step)
        digits = format_spec.strip(".f")
        fixed = 10.0 ** -int(digits) if format_spec.endswith("f") and digits.isdigit() and not log else None
        if fixed is None or fixed * 20 > spec.max - spec.min:
            fixed = None if log else 10.0 ** math.floor(math.log10((spec.max - spec.min) / 200 or 1.0))
        return cls(spec.min, spec.max, False, log, fixed)

    def fraction(self, value: float) -> float:
        """How far along a value lies, in [0, 1]."""
        if self.high == self.low:
            return 0.0
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, fraction: float) -> int | float:
        """The value at a fraction of the way, on the grid; the ends are reached exactly."""
        fraction = min(max(fraction, 0.0), 1.0)
        if self.log:
            return self.snap(self.low * (self.high / self.low) ** fraction)
        return self.snap(self.low + fraction * (self.high - self.low))

    def snap(self, value: float) -> int | float:
        """The nearest value of the grid within the range."""
        if value <= self.low or value >= self.high:
            value = self.low if value <= self.low else self.high
        elif self.whole:
            value = self.low + round((value - self.low) / (self.quantum or 1)) * (self.quantum or 1)
        else:
            value = _rounded(value, self.quantum)
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else float(value)

    def stepped(self, value: float, steps: int, fine: bool = False) -> int | float:
        """The value so many arrow steps on; always a different one, except at the ends."""
        if self.log:
            wanted = value * (self.high / self.low) ** (steps / STEPS / (10 if fine else 1))
        else:
            wanted = value + steps * (self._least(value) if fine else self._step(value))
        found = self.snap(wanted)
        if found == self.snap(value) and steps:
            found = self.snap(value + math.copysign(self._least(value), steps))
        return found

    def _step(self, value: float) -> float:
        """About a hundredth of the range, as 1, 2 or 5 of a power of ten, and never below the grid."""
        rough = (self.high - self.low) / STEPS
        power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
        nice = next(m for m in (1, 2, 5, 10) if m * power >= rough * 0.999) * power
        least = self._least(value)
        return max(least, round(nice / least) * least)

    def _least(self, value: float) -> float:
        if self.quantum:
            return self.quantum
        return float(10.0 ** (math.floor(math.log10(abs(value))) - DIGITS + 1)) if value else 1e-9

    def decades(self) -> list[float]:
        """Where the powers of ten lie, as fractions; only of a logarithmic span."""
        if not self.log:
            return []
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [self.fraction(10.0**k) for k in range(first, last + 1)] if last - first <= 20 else []


def _rounded(value: float, quantum: float | None) -> float:
    """To a multiple of the quantum, or to significant digits; without the dust of binary fractions."""
    if quantum is None:
        return float(f"{value:.{DIGITS}g}")
    return float(f"{round(value / quantum) * quantum:.12g}")


def within(params_type: Any, name: str, value: float) -> Any:
    """A dragged value, kept within the parameter's range, or within that of the cell's column."""
    if cell := cell_of(name):
        return (note_of(parameter(params_type, cell[0]).notes, Columns) or Columns()).held(cell[2], value)
    spec = parameter(params_type, name)
    if spec.min is None or spec.max is None:
        return value
    held = min(max(value, spec.min), spec.max)
    return float(f"{held:.4g}") if spec.type == "float" else round(held)
