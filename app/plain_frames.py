"""A frame as plain values and arrays, and back: no pickle, so that a file of frames can do nothing but be read."""

from __future__ import annotations

import dataclasses
import importlib
import math
from typing import Any

import numpy as np

from engine.core.faults import Failed
from engine.core.frame import Array

Plain = Any                     # what JSON can hold
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def taken_apart(value: Any, found: dict[str, Array]) -> Plain:
    """The value as JSON; its arrays go into `found` under numbered names, one array once however often it is held."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.ndarray):
        return {"array": _kept(value, found)}
    if isinstance(value, np.generic):
        return {"scalar": _kept(np.asarray(value), found)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, tuple | list):
        return {type(value).__name__: [taken_apart(item, found) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: taken_apart(item, found) for key, item in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("engine."):
        fields = {f.name: taken_apart(getattr(value, f.name), found) for f in dataclasses.fields(value)}
        return {"class": f"{type(value).__module__}:{type(value).__qualname__}", "fields": fields}
    raise Failed(f"a frame holds a {type(value).__name__}, which cannot be written down plainly; keep to numbers, text, "
                 "arrays, tuples and dataclasses", "not_plain", name=type(value).__name__)


def put_together(plain: Plain, arrays: dict[str, Array]) -> Any:
    """The value of `taken_apart`; ValueError where it names anything but a dataclass of the engine."""
    if not isinstance(plain, dict):
        return plain
    kind = next(iter(plain))
    held = plain[kind]
    if kind == "array":
        return arrays[held]
    if kind == "scalar":
        return arrays[held][()]
    if kind == "float":
        return _SPECIAL[held]
    if kind in ("tuple", "list"):
        items = [put_together(item, arrays) for item in held]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return {key: put_together(item, arrays) for key, item in held.items()}
    if kind != "class":
        raise ValueError(f"{kind}: no such kind of value")
    return _engine_class(held)(**{name: put_together(v, arrays) for name, v in plain["fields"].items()})


def _kept(array: Array, found: dict[str, Array]) -> str:
    if array.dtype.hasobject:
        raise Failed("a frame holds an array of objects, which cannot be written down plainly; use numbers",
                     "not_plain", name="object array")
    for name, known in found.items():
        if known is array:
            return name
    name = f"a{len(found)}"
    found[name] = array
    return name


def _engine_class(address: str) -> Any:
    module, _, name = address.partition(":")
    if not module.startswith("engine."):
        raise ValueError(f"{address}: is not of the engine")
    found = getattr(importlib.import_module(module), name, None)
    if not isinstance(found, type) or not dataclasses.is_dataclass(found):
        raise ValueError(f"{address}: is no frame of the engine")
    return found
