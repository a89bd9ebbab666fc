"""Animation plays a parameter instead of a run: it goes up and down its range with the clock."""

from __future__ import annotations

import math
from typing import Any

from engine.core.params import Parameter

PERIOD = 8.0            # seconds from one end of the range to the other and back, at speed 1


class Animation:
    """Values of one parameter over time, beginning at its present value."""

    def __init__(self, spec: Parameter, start: Any) -> None:
        self.spec = spec
        self._place = self._place_of(start)
        self._since: float | None = None

    def value(self, now: float, speed: float = 1.0) -> Any:
        """The value at a time on the clock."""
        if self._since is not None:
            self._place = (self._place + (now - self._since) * speed / PERIOD) % 1.0
        self._since = now
        return self._at(1 - abs(1 - 2 * self._place))

    def pause(self) -> None:
        """Stand still until the next value is asked for."""
        self._since = None

    def _at(self, share: float) -> Any:
        """The value at a share of the range."""
        spec = self.spec
        if spec.type in ("choice", "bool"):
            options = spec.choices if spec.type == "choice" else (False, True)
            return options[min(int(share * len(options)), len(options) - 1)]
        low, high = float(spec.min or 0.0), float(spec.max or 0.0)
        value = math.exp(math.log(low) + share * math.log(high / low)) if spec.log else low + share * (high - low)
        if spec.step:
            value = low + round((value - low) / spec.step) * spec.step
        value = min(max(value, low), high)
        return value if spec.type == "float" else round(value)

    def _place_of(self, value: Any) -> float:
        spec = self.spec
        if spec.type in ("choice", "bool"):
            options = spec.choices if spec.type == "choice" else (False, True)
            return (options.index(value) + 0.5) / len(options) / 2
        low, high = float(spec.min or 0.0), float(spec.max or 0.0)
        if high <= low:
            return 0.0
        share = math.log(value / low) / math.log(high / low) if spec.log else (value - low) / (high - low)
        return share / 2


def can_animate(spec: Parameter) -> bool:
    """Whether a parameter has a range to go through."""
    return spec.type in ("int", "float", "choice", "bool")
