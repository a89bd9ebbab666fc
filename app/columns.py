"""Columns hold every metric over a run, in arrays that grow by doubling and stay within a bound by striding."""

from __future__ import annotations

import numpy as np

from engine.core.frame import Array

MOST = 10_000


class Columns:
    """One row for a frame: its index and its metrics, NaN where undefined. Arrays once handed out never change."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._stride = most, 1
        self._count = 0
        self._index = np.empty(256, np.float64)
        self._columns: dict[str, Array] = {}
        self._shown: dict[str, Array] | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, index: int, values: dict[str, float]) -> None:
        """Append a row; rows between two strides are let go."""
        if index % self._stride:
            return
        if self._count >= self._most:
            self._thin()
            if index % self._stride:
                return
        if self._count == len(self._index):
            self._index = _grown(self._index)
            self._columns = {name: _grown(column) for name, column in self._columns.items()}
        for name in values.keys() - self._columns.keys():
            self._columns[name] = np.full(len(self._index), np.nan)
        self._index[self._count] = index
        for name, column in self._columns.items():
            column[self._count] = values.get(name, np.nan)
        self._count += 1
        self._shown = None

    def cut(self, index: int) -> None:
        """Let go of the rows after an index."""
        self._keep(np.flatnonzero(self._index[:self._count] <= index))

    def arrays(self) -> dict[str, Array]:
        """Every column, (rows,), read-only; 'index' among them."""
        if self._shown is None:
            self._shown = {name: self._view(column) for name, column in self._columns.items()}
            self._shown["index"] = self._view(self._index)
        return self._shown

    def _view(self, column: Array) -> Array:
        view = column[:self._count]
        view.flags.writeable = False
        return view

    def _thin(self) -> None:
        self._stride *= 2
        self._keep(np.flatnonzero(self._index[:self._count] % self._stride == 0))

    def _keep(self, rows: Array) -> None:
        """Copies, so that what was handed out before stays as it was."""
        room = max(256, len(self._index))
        self._index = _copied(self._index, rows, room)
        self._columns = {name: _copied(column, rows, room) for name, column in self._columns.items()}
        self._count, self._shown = len(rows), None


def _grown(column: Array) -> Array:
    return np.concatenate([column, np.full(len(column), np.nan)])


def _copied(column: Array, rows: Array, room: int) -> Array:
    fresh = np.full(room, np.nan)
    fresh[:len(rows)] = column[rows]
    return fresh
