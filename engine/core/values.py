"""Structured parameter values: small frozen things a user edits, hashable and written as plain JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from engine.core.faults import BadInput
from engine.core.structured import (
    Among,
    Cell,
    Columns,
    Size,
    Structured,
    brief,
    check_size,
    checked_text,
    listed,
    note_of,
    number,
    quoted,
)

PLUS = re.compile(r"(?<![eE])\+")       # between numbers, not within one such as 1e+3


@dataclass(frozen=True)
class Points(Structured):
    """Labelled points in the plane: rows of (x, y, label), two finite numbers and the whole number of a class (0 if left out)."""

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
    """A rectangle of finite numbers, (rows, columns); `Size` bounds how many there are in all."""

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
    """A rectangle of true and false cells, (rows, columns), written as 1 and 0."""

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
    """The sizes of a network's hidden layers, input side first: 1 to 4096 units each, 16 layers unless `Size` says otherwise."""

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
    """Rows under the columns that `Columns` names (jobs, requests, reference strings); a row is a list, or goes by names."""

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
    """Nodes (x, y) in the plane and edges (from, to, weight) between them, by the nodes' numbers; a weight left out is 1."""

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
