"""A mosaic lays views out by name: rows split by '/', 'H|' a row's height, 'name:W' a column's width."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

ROW_GAP, COLUMN_GAP = 18.0, 34.0


@dataclass(frozen=True)
class Cell:
    """A view's place in the mosaic, in shares of weights."""

    name: str
    weight: float


@dataclass(frozen=True)
class Row:
    """A row of views with its height's weight."""

    height: float
    cells: tuple[Cell, ...]


def parse(layout: str) -> tuple[Row, ...]:
    """The rows of a layout such as '3| means / 2| distance:1 quantiles:2'. ValueError where it is malformed."""
    rows = []
    for text in layout.split("/"):
        head, bar, rest = text.partition("|")
        words = (rest if bar else head).split()
        if not words:
            raise ValueError(f"layout {layout!r}: a row is empty")
        cells = []
        for word in words:
            name, _, weight = word.partition(":")
            cells.append(Cell(name, float(weight or 1)))
        rows.append(Row(float(head) if bar else 1.0, tuple(cells)))
    names = [c.name for row in rows for c in row.cells]
    if len(set(names)) != len(names):
        raise ValueError(f"layout {layout!r}: a view is named twice")
    return tuple(rows)


def stack(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The same views one below the other, each as high as its row's weight says."""
    return tuple(Row(row.height, (cell,)) for row in rows for cell in row.cells)


def place(rows: tuple[Row, ...], rect: QRectF, scale: float) -> dict[str, QRectF]:
    """The rectangle of every view."""
    placed: dict[str, QRectF] = {}
    row_gap, column_gap = ROW_GAP * scale, COLUMN_GAP * scale
    free = rect.height() - row_gap * (len(rows) - 1)
    total = sum(row.height for row in rows)
    top = rect.top()
    for row in rows:
        height = free * row.height / total
        left, wide = rect.left(), rect.width() - column_gap * (len(row.cells) - 1)
        weights = sum(c.weight for c in row.cells)
        for cell in row.cells:
            width = wide * cell.weight / weights
            placed[cell.name] = QRectF(left, top, width, height)
            left += width + column_gap
        top += height + row_gap
    return placed
