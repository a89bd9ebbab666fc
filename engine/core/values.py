"""Structured parameter values: small frozen things a user edits, hashable and written as plain JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, TypeVar

from engine.core.faults import BadInput

T = TypeVar("T")
PLUS = re.compile(r"(?<![eE])\+")       # between numbers, not within one such as 1e+3
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
    """A text that can be written down; half a character pair or a null character cannot."""
    if "\x00" in value:
        raise BadInput(f"{name}: contains a null character", "null_character", name=name)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput(f"{name}: contains what is no character; type it again", "no_character", name=name) from None
    return value


def number(name: str, value: Any) -> float:
    """A finite float, or a sentence that names the parameter."""
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
    """A list or tuple, or a sentence that names the parameter."""
    if not isinstance(value, list | tuple):
        raise BadInput(f"{name}: must be a JSON list, not {type(value).__name__}", "not_list", name=name)
    return value


def check_size(name: str, count: int, size: Size) -> None:
    """Refuse a value with too few or too many items."""
    if not size.min <= count <= size.max:
        raise BadInput(f"{name} has {count} items: must have {size.min} to {size.max}", "bad_size",
                       name=name, count=count, min=size.min, max=size.max)


@dataclass(frozen=True)
class Structured:
    """Base of structured values: built by `read`, written by `plain`."""

    kind: ClassVar[str] = ""

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        """Build from plain JSON; `notes` are the parameter's annotations (Size, Among, Columns)."""
        raise NotImplementedError(cls.__name__)

    def plain(self) -> Any:
        """The value as plain JSON."""
        raise NotImplementedError(type(self).__name__)


def note_of(notes: tuple[Any, ...], kind: type[T]) -> T | None:
    """The annotation of that type, if the parameter has one."""
    return next((n for n in notes if isinstance(n, kind)), None)


@dataclass(frozen=True)
class Points(Structured):
    """Labelled points in the plane: rows of (x, y, label)."""

    rows: tuple[tuple[float, float, int], ...] = ()
    kind: ClassVar[str] = "points"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        rows = []
        for row in listed(name, value):
            cells = listed(name, row)
            if len(cells) not in (2, 3):
                raise BadInput(f"{name}: each point must be [x, y] or [x, y, label]", "bad_point", name=name)
            label = int(number(name, cells[2])) if len(cells) == 3 else 0
            rows.append((number(name, cells[0]), number(name, cells[1]), label))
        check_size(name, len(rows), note_of(notes, Size) or Size())
        return cls(tuple(rows))

    def plain(self) -> Any:
        return [list(row) for row in self.rows]


@dataclass(frozen=True)
class Matrix(Structured):
    """A rectangle of numbers."""

    rows: tuple[tuple[float, ...], ...] = ()
    kind: ClassVar[str] = "matrix"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        rows = tuple(tuple(number(name, cell) for cell in listed(name, row)) for row in listed(name, value))
        if len({len(row) for row in rows}) > 1:
            raise BadInput(f"{name}: every row must have the same length", "ragged", name=name)
        check_size(name, sum(map(len, rows)), note_of(notes, Size) or Size())
        return cls(rows)

    def plain(self) -> Any:
        return [list(row) for row in self.rows]


@dataclass(frozen=True)
class Mask(Structured):
    """A rectangle of true and false cells."""

    rows: tuple[tuple[bool, ...], ...] = ()
    kind: ClassVar[str] = "mask"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        rows = tuple(tuple(bool(number(name, int(c) if isinstance(c, bool) else c)) for c in listed(name, row))
                     for row in listed(name, value))
        if len({len(row) for row in rows}) > 1:
            raise BadInput(f"{name}: every row must have the same length", "ragged", name=name)
        check_size(name, sum(map(len, rows)), note_of(notes, Size) or Size())
        return cls(rows)

    def plain(self) -> Any:
        return [[int(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class Flags(Structured):
    """A choice of several names at once, kept in the order in which they are declared."""

    names: tuple[str, ...] = ()
    kind: ClassVar[str] = "flags"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        wanted = value.split(",") if isinstance(value, str) else listed(name, value)
        wanted = [w.strip() if isinstance(w, str) else brief(w) for w in wanted if not isinstance(w, str) or w.strip()]
        allowed = (note_of(notes, Among) or Among()).names
        for item in wanted:
            if item not in allowed:
                raise BadInput(f"{name}={brief(item)}: must be among {', '.join(allowed)}", "not_among",
                               name=name, value=brief(item), choices=", ".join(allowed))
        check_size(name, len(set(wanted)), note_of(notes, Size) or Size())
        return cls(tuple(n for n in allowed if n in wanted))

    def plain(self) -> Any:
        return list(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names


@dataclass(frozen=True)
class Layers(Structured):
    """The sizes of a network's hidden layers."""

    sizes: tuple[int, ...] = ()
    kind: ClassVar[str] = "layers"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        sizes = tuple(int(number(name, v)) for v in listed(name, value))
        size = note_of(notes, Size) or Size(0, 16)
        check_size(name, len(sizes), size)
        if any(not 1 <= s <= 4096 for s in sizes):
            raise BadInput(f"{name}: each layer must have 1 to 4096 units", "bad_layer", name=name)
        return cls(sizes)

    def plain(self) -> Any:
        return list(self.sizes)


@dataclass(frozen=True)
class Table(Structured):
    """Rows under named columns: jobs, requests, reference strings."""

    rows: tuple[tuple[Cell, ...], ...] = ()
    kind: ClassVar[str] = "table"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        columns = note_of(notes, Columns) or Columns()
        rows = []
        for row in listed(name, value):
            cells = [row.get(c) for c in columns.names] if isinstance(row, dict) else listed(name, row)
            if len(cells) != len(columns.names):
                raise BadInput(f"{name}: each row must have {', '.join(columns.names)}", "bad_row", name=name)
            rows.append(tuple(_bounded(f"{name}.{c}", _cell(f"{name}.{c}", v, t), b) for c, v, t, b in
                              zip(columns.names, cells, columns.types, columns.bounds, strict=True)))
        check_size(name, len(rows), note_of(notes, Size) or Size())
        return cls(tuple(rows))

    def plain(self) -> Any:
        return [list(row) for row in self.rows]


def _cell(name: str, value: Any, kind: str) -> Cell:
    if kind == "text":
        return checked_text(name, brief("" if value is None else value, 199))
    if kind == "exacts":
        return "+".join(str(_cell(name, part.strip(), "exact")) for part in PLUS.split(brief(value, 400)))
    if kind == "exact":
        try:
            if abs(int(str(value).lower().partition("e")[2] or 0)) > 300:       # 1e999999999 would be written out in digits
                raise ValueError(value)
            return str(Fraction(str(value)))
        except (ValueError, ZeroDivisionError):
            raise BadInput(f"{name}={quoted(value)}: must be a number or a fraction such as 17/3", "not_exact",
                           name=name, value=brief(value)) from None
    found = number(name, value)
    if kind == "int" and not found.is_integer():
        raise BadInput(f"{name}={quoted(value)}: must be a whole number", "not_whole", name=name, value=brief(value))
    return int(found) if kind == "int" else found


def _bounded(name: str, cell: Cell, bounds: tuple[Fraction, Fraction] | None) -> Cell:
    if bounds is not None and not all(bounds[0] <= Fraction(part) <= bounds[1] for part in PLUS.split(str(cell))):
        raise BadInput(f"{name}={brief(cell)}: must lie in [{bounds[0]}, {bounds[1]}]", "out_of_range", name=name,
                       value=brief(cell), min=float(bounds[0]), max=float(bounds[1]))
    return cell


@dataclass(frozen=True)
class Graph(Structured):
    """Nodes in the plane and weighted edges between them."""

    nodes: tuple[tuple[float, float], ...] = ()
    edges: tuple[tuple[int, int, float], ...] = ()
    kind: ClassVar[str] = "graph"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        if not isinstance(value, dict) or set(value) - {"nodes", "edges"}:
            raise BadInput(f'{name}: must be {{"nodes": [[x, y], ...], "edges": [[i, j, weight], ...]}}', "bad_graph",
                           name=name)
        nodes = tuple((number(name, x), number(name, y)) for x, y in _rows_of(name, value.get("nodes", ()), (2,)))
        edges = tuple((int(number(name, e[0])), int(number(name, e[1])), number(name, e[2]) if len(e) > 2 else 1.0)
                      for e in _rows_of(name, value.get("edges", ()), (2, 3)))
        if any(not (0 <= i < len(nodes) and 0 <= j < len(nodes)) for i, j, _ in edges):
            raise BadInput(f"{name}: an edge names a node that is not there", "bad_edge", name=name)
        check_size(name, len(nodes), note_of(notes, Size) or Size())
        return cls(nodes, edges)

    def plain(self) -> Any:
        return {"nodes": [list(n) for n in self.nodes], "edges": [list(e) for e in self.edges]}


def _rows_of(name: str, value: Any, lengths: tuple[int, ...]) -> list[Sequence[Any]]:
    """The rows of a graph, each of an allowed length."""
    rows = [listed(name, row) for row in listed(name, value)]
    if any(len(row) not in lengths for row in rows):
        raise BadInput(f'{name}: must be {{"nodes": [[x, y], ...], "edges": [[i, j, weight], ...]}}', "bad_graph", name=name)
    return rows


@dataclass(frozen=True)
class Stored(Structured):
    """Something too large for a parameter, named by what it is and by the hash of its content ('' if generated)."""

    name: str = ""
    sha256: str = ""
    columns: tuple[str, ...] = ()
    kind: ClassVar[str] = "source"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict) or set(value) - {"name", "sha256", "columns"}:
            raise BadInput(f"{name}: must be a name or a file", "bad_source", name=name)
        sha, columns = value.get("sha256", ""), value.get("columns", [])
        if not all(isinstance(v, str) for v in (value.get("name", ""), sha, *listed(name, columns))):
            raise BadInput(f"{name}: must be a name or a file", "bad_source", name=name)
        if sha and (len(sha) != 64 or set(sha) - set("0123456789abcdef")):
            raise BadInput(f"{name}: sha256 must be 64 hexadecimal digits", "bad_hash", name=name)
        return cls(checked_text(name, value.get("name", ""))[:400], sha, tuple(checked_text(name, c)[:200] for c in columns))

    def plain(self) -> Any:
        if not self.sha256 and not self.columns:
            return self.name
        return {"name": self.name, "sha256": self.sha256, "columns": list(self.columns)}


@dataclass(frozen=True)
class Source(Stored):
    """A data set: generated or bundled (by name), or a CSV file (by content hash)."""

    kind: ClassVar[str] = "source"

    @classmethod
    def read(cls, name: str, value: Any, notes: tuple[Any, ...]) -> Self:
        made = super().read(name, value, notes)
        among = note_of(notes, Among)
        if among and not made.sha256 and made.name not in among.names:
            raise BadInput(f"{name}={brief(made.name)}: must be one of {', '.join(among.names)}, or the name of a CSV file",
                           "not_source", name=name, value=brief(made.name), choices=", ".join(among.names))
        return made


@dataclass(frozen=True)
class Image(Stored):
    """A picture the user brought, by content hash."""

    kind: ClassVar[str] = "image"


@dataclass(frozen=True)
class Model(Stored):
    """A trained model: a recipe's name, or a local folder of safetensors."""

    kind: ClassVar[str] = "model"
