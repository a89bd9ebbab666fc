"""Bad values for every parameter, generated from its own declaration, each of which must be refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.core.params import Parameter


def bad_values(spec: Parameter) -> Iterator[Any]:
    """Values that the parameter must refuse: wrong types, beyond both ends, not finite, unknown choices."""
    if spec.type in ("int", "float", "seed"):
        assert spec.min is not None and spec.max is not None
        yield from (None, "x", True, [], {}, float("nan"), float("inf"), float("-inf"))
        gap = max(1.0, abs(spec.max) * 1e-6)
        yield from (spec.min - gap, spec.max + gap)
        if spec.type != "float":
            yield (spec.min + spec.max) // 2 + 0.5
    elif spec.type == "bool":
        yield from (None, 0, 1, "true", [])
    elif spec.type == "choice":
        yield from (None, 0, "", "no such choice", [spec.choices[0]])
    elif spec.type == "text":
        yield from (None, 1, [], "x" * 2_000_000, "\x00")
    elif spec.type == "expression":
        yield from (None, 1, "", "x +", "__import__('os')", "x.real", "'a' * 9", "lambda: 1", "nosuch(x)", "x" * 1000)
    elif spec.type == "flags":
        yield from (None, 1, ["no such name"], {"a": 1})
    else:
        yield from (None, 1, True, [["x"]], [[float("nan")] * 3])


def good_values(spec: Parameter) -> Iterator[Any]:
    """Values at both ends of what the parameter allows."""
    if spec.type in ("int", "float", "seed"):
        yield from (spec.min, spec.max)
    elif spec.type == "bool":
        yield from (False, True)
    elif spec.type == "choice":
        yield from spec.choices
    elif spec.type == "flags":
        for name in spec.choices:
            yield [name]
        yield list(spec.choices)
    else:
        yield spec.default

