"""One cell of a table parameter has a name of its own: 'jobs[2].arrival' is the arrival of the third job."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.core.faults import BadInput
from engine.core.structured import Columns, Structured, brief, listed

CELL = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")


def cell_of(name: str) -> tuple[str, int, str] | None:
    """(parameter, row, column) of a cell's name; None where the name is a parameter's."""
    found = CELL.fullmatch(name)
    return (found[1], int(found[2]), found[3]) if found else None


def resolved(values: Mapping[str, Any], rows_of: Callable[[str], list[list[Any]]],
             columns_of: Callable[[str], Columns]) -> dict[str, Any]:
    """The values with every cell put into its table; `rows_of` gives a table's rows before the change."""
    found = {name: value for name, value in values.items() if cell_of(name) is None}
    for name, value in values.items():
        cell = cell_of(name)
        if cell is None:
            continue
        table, row, column = cell
        given = found.get(table, rows_of(table))
        rows = list(listed(table, given.plain() if isinstance(given, Structured) else given))
        names = columns_of(table).names
        if row >= len(rows) or column not in names:
            raise BadInput(f"{brief(name)}: {brief(table)} has the rows 0 to {len(rows) - 1} and the columns {', '.join(names)}",
                           "no_cell", name=brief(name))
        cells = rows[row].values() if isinstance(rows[row], dict) else listed(name, rows[row])
        rows[row] = [value if c == column else old for c, old in zip(names, cells, strict=False)]
        found[table] = rows
    return found
