"""How the gallery is laid out: chapters flow one after the other, so that small ones share a row of cards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

GAP, SIDE, NARROW_SIDE = 18, 38, 20             # px between cards, and beside them
TOP, HEAD, BELOW, FOOT = 104, 32, 18, 10        # px above everything, of a row's headings, under its cards, at the end
WORDS, INSET, SHAPE = 57, 16, 0.49              # px of a card's words and around its picture; a picture's height by width
LEAST, NARROW_LEAST = 200, 180                  # px of a card's width
MOST = 0.34                                     # of the window's height: a picture takes a sixth of it at most


@dataclass(frozen=True)
class Piece:
    """A part of a group that stands in one row: cards `first` and on, from a column on."""

    group: int
    first: int
    count: int
    row: int
    column: int


@dataclass(frozen=True)
class Layout:
    """Where everything goes, in px at scale 1."""

    pieces: tuple[Piece, ...]
    columns: int
    card: int                                   # a card's width
    side: int

    @property
    def picture(self) -> int:
        """A picture's height."""
        return round((self.card - INSET) * SHAPE)

    @property
    def row_height(self) -> int:
        return HEAD + self.picture + WORDS + BELOW

    @property
    def height(self) -> int:
        return TOP + (max((p.row for p in self.pieces), default=0) + 1) * self.row_height + FOOT

    def left(self, column: int) -> int:
        """Where a column begins."""
        return self.side + column * (self.card + GAP)

    def top(self, row: int) -> int:
        """Where a row's headings begin."""
        return TOP + row * self.row_height


def flow(counts: Sequence[int], columns: int) -> tuple[Piece, ...]:
    """Groups of so many cards in rows. A group that fits into a row stays whole if that leaves at most one place free."""
    pieces, row, column = [], 0, 0
    for group, count in enumerate(counts):
        left = columns - column
        if column and (left == 0 or (count > left == 1 and count <= columns)):
            row, column, left = row + 1, 0, columns
        first = 0
        while True:
            here = min(count - first, columns - column)
            pieces.append(Piece(group, first, here, row, column))
            first, column = first + here, column + max(here, 1)
            if first >= count:
                break
            row, column = row + 1, 0
    return tuple(pieces)


def laid_out(counts: Sequence[int], width: float, height: float) -> Layout:
    """The largest cards with which all can be seen without scrolling; the least ones where there is no such size."""
    side = SIDE if width > 700 else NARROW_SIDE
    room = width - 2 * side + GAP
    most = max(1, int(room // ((LEAST if width > 900 else NARROW_LEAST) + GAP)))
    fewest = min(most, math.ceil(room / (max(LEAST, MOST * height) + GAP)))
    for columns in range(fewest, most + 1):
        found = Layout(flow(counts, columns), columns, int(room / columns) - GAP, side)
        if found.height <= height:
            break
    return found
