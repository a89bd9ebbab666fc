"""A frame is one immutable moment of a run: scalars are its metrics, arrays are what the picture draws."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Array = npt.NDArray[Any]
Metric = float | int | bool | str | None
PLAYER_FIELDS = ("phase", "time")


@dataclass(frozen=True)
class Shared(Generic[T]):
    """A value that many frames of a run hold: it crosses to the window once, and is one object there again."""

    value: T


@dataclass(frozen=True)
class Named:
    """A vector of metrics with a name each: 'loss' with names ('seed0', 'seed1') gives loss.seed0, loss.seed1."""

    names: tuple[str, ...]
    values: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.values):
            raise ValueError(f"{len(self.names)} names for {len(self.values)} values")


def freeze(value: T) -> T:
    """The same frame with every array read-only; a view into a buffer that lives on is copied first."""
    if isinstance(value, np.ndarray):
        return _frozen_array(value)  # type: ignore[return-value]
    if isinstance(value, tuple):
        frozen = [freeze(item) for item in value]
        same = all(a is b for a, b in zip(frozen, value, strict=True))
        return value if same else type(value)(frozen)
    if isinstance(value, dict):
        return {key: freeze(item) for key, item in value.items()}  # type: ignore[return-value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            old = getattr(value, field.name)
            new = freeze(old)
            if new is not old:
                object.__setattr__(value, field.name, new)
    return value


def _frozen_array(array: Array) -> Array:
    if not array.flags.writeable and _memory_is_fixed(array):
        return array
    owned = array if array.base is None and array.flags.c_contiguous else np.array(array)
    owned.flags.writeable = False
    return owned


def _memory_is_fixed(array: Array) -> bool:
    """Whether nobody else can write what the array shows: its memory is its own, or bytes that came over a pipe."""
    base: Any = array.base
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return base is None or (isinstance(base, memoryview) and base.readonly)


def size_of(value: Any) -> int:
    """Bytes of a frame's own arrays; what is Shared costs nothing more."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Shared):
        return 0
    if isinstance(value, tuple):
        return sum(map(size_of, value))
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if dataclasses.is_dataclass(value):
        return 64 + sum(size_of(getattr(value, f.name)) for f in dataclasses.fields(value))
    return 8


def metrics(frame: Any) -> dict[str, Metric]:
    """The frame's scalars by name; a `Named` vector becomes 'loss.seed3'. None where a metric is undefined."""
    found: dict[str, Metric] = {}
    for field in dataclasses.fields(frame):
        value = getattr(frame, field.name)
        if isinstance(value, Named):
            found.update({f"{field.name}.{n}": v for n, v in zip(value.names, value.values, strict=True)})
        elif field.name not in PLAYER_FIELDS and (value is None or isinstance(value, bool | int | float | str)):
            found[field.name] = value
        elif isinstance(value, np.generic) and field.name not in PLAYER_FIELDS:
            found[field.name] = value.item()
    return found


def arrays(frame: Any) -> dict[str, Array]:
    """The frame's arrays by name, those inside nested values by a dotted path ('world.x')."""
    found: dict[str, Array] = {}
    _collect("", frame, found)
    return found


def _collect(path: str, value: Any, found: dict[str, Array]) -> None:
    if isinstance(value, np.ndarray):
        found[path] = value
    elif isinstance(value, Shared):
        _collect(path, value.value, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            _collect(f"{path}.{key}" if path else str(key), item, found)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            _collect(f"{path}.{number}" if path else str(number), item, found)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            _collect(f"{path}.{field.name}" if path else field.name, getattr(value, field.name), found)


def not_finite(frame: Any) -> list[str]:
    """Names of metrics and arrays that hold NaN or infinity."""
    bad = [n for n, v in metrics(frame).items() if isinstance(v, float) and not math.isfinite(v)]
    return bad + [n for n, a in arrays(frame).items() if a.dtype.kind in "fc" and not np.isfinite(a).all()]


def same(a: Any, b: Any) -> bool:
    """Whether two frames hold exactly the same bytes."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if dataclasses.is_dataclass(a) and not isinstance(a, type):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    return bool(a == b) or (isinstance(a, float) and math.isnan(a) and math.isnan(b))
