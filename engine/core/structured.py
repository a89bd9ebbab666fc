"""What every structured value is read with: its bounds and names, and checks that name the parameter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, TypeVar

from engine.core.faults import BadInput

T = TypeVar("T")
Cell = str | int | float | bool


@dataclass(frozen=True)
class Size:
    """Bounds on how many items a structured value may hold."""

    min: int = 0
    max: int = 10_000


@dataclass(frozen=True)
class Among:
    """The names a `Flags` value may switch on."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Columns:
    """The columns of a `Table`, each 'name:type' or 'name:type:least:most'.

    The type is text, int, float, exact ('17/3'), or exacts: one such number or several, as '60+80+20'.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    bounds: tuple[tuple[Fraction, Fraction] | None, ...]

    def __init__(self, *columns: str) -> None:
        parts = [(*c.split(":"), "", "", "")[:4] for c in columns]
        object.__setattr__(self, "names", tuple(p[0] for p in parts))
        object.__setattr__(self, "types", tuple(p[1] or "float" for p in parts))
        object.__setattr__(self, "bounds", tuple((Fraction(p[2]), Fraction(p[3])) if p[3] else None for p in parts))

    def held(self, column: str, value: float) -> float | int:
        """A number moved into the column's bounds, and made whole where the column is."""
        at = self.names.index(column)
        bounds = self.bounds[at]
        held = value if bounds is None else min(max(value, float(bounds[0])), float(bounds[1]))
        return round(held) if self.types[at] == "int" else held


def brief(value: Any, most: int = 60) -> str:
    """A value as a sentence can name it: no longer than `most` characters."""
    try:
        text = str(value)
    except (ValueError, RecursionError):    # of more than 4300 digits, or lists in lists in lists
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= most else f"{text[:most]}…"


def quoted(value: Any) -> str:
    """As `brief`, a text between quotes."""
    return repr(brief(value)) if isinstance(value, str) else brief(value)


def checked_text(name: str, value: str) -> str:
    """The text, if it can be written down; BadInput for a null character or half a surrogate pair."""
    if "\x00" in value:
        raise BadInput(f"{name}: contains a null character", "null_character", name=name)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput(f"{name}: contains what is no character; type it again", "no_character", name=name) from None
    return value


def number(name: str, value: Any) -> float:
    """A finite float; BadInput names the parameter where the value is no number, not finite, or beyond the largest float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{name}={quoted(value)}: must be a number", "not_number", name=name, value=brief(value))
    try:
        found = float(value)
    except OverflowError:                   # a whole number beyond the largest float
        found = math.inf
    if not math.isfinite(found):
        raise BadInput(f"{name}={brief(value)}: must be finite", "not_finite", name=name, value=brief(value))
    return found


def listed(name: str, value: Any) -> Sequence[Any]:
    """A list or tuple; BadInput names the parameter where it is neither."""
    if not isinstance(value, list | tuple):
        raise BadInput(f"{name}: must be a JSON list, not {type(value).__name__}", "not_list", name=name)
    return value


def check_size(name: str, count: int, size: Size) -> None:
    """BadInput for a value with fewer items than `size.min` or more than `size.max`."""
    if not size.min <= count <= size.max:
        raise BadInput(f"{name} has {count} items: must have {size.min} to {size.max}", "bad_size",
                       name=name, count=count, min=size.min, max=size.max)


@dataclass(frozen=True)
class Structured:
    """Base of structured values: built by `read`, written by `plain`."""

    kind: ClassVar[str] = ""

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        """Build from plain JSON; `notes` are the parameter's annotations (Size, Among, Columns). BadInput names what is wrong."""
        raise NotImplementedError(cls.__name__)

    def plain(self) -> Any:
        """The value as plain JSON."""
        raise NotImplementedError(type(self).__name__)


def note_of(notes: tuple[Any, ...], kind: type[T]) -> T | None:
    """The annotation of that type, if the parameter has one."""
    return next((n for n in notes if isinstance(n, kind)), None)
