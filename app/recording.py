"""A recording keeps the frames of one run, bounded in number and bytes, with the parameters that made each."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from app.columns import Columns
from engine.core.frame import Array, metrics, size_of
from engine.core.run import Edit
from engine.core.strided import MOST_BYTES, MOST_FRAMES, Strided


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A frame, its index in the run, and the parameters it was made with."""

    index: int
    frame: Any
    params: Any


class Recording:
    """The frames of a run so far; positions count what is kept, indices count what was computed.

    `params` and `edits` repeat the run: the parameters it began with, and the live edits made since.
    """

    def __init__(self, params: Any = None, edits: tuple[Edit, ...] = (), most: int = MOST_FRAMES,
                 most_bytes: int = MOST_BYTES) -> None:
        self.params = params
        self.edits = edits
        self.missing: dict[str, str] = {}
        self.ended = ""
        self._kept: Strided[Recorded] = Strided(most, most_bytes)
        self._columns = Columns()

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, index: int, frame: Any, params: Any, size: int | None = None) -> None:
        """Append a frame; its scalars go into the history."""
        self._kept.add(index, Recorded(index, frame, params), size_of(frame) if size is None else size)
        values = {name: float("nan") if value is None else float(value) for name, value in metrics(frame).items()
                  if not isinstance(value, bool | str)}
        self._columns.add(index, values)

    def at(self, position: int) -> Recorded:
        """The frame at a position; the ends are kept to."""
        return self._kept.items[max(0, min(position, len(self._kept) - 1))]

    def position_of(self, index: int) -> int:
        """The position of the last kept frame at or before an index."""
        return max(0, int(np.searchsorted(self._kept.indices, index, side="right")) - 1)

    @property
    def last_index(self) -> int:
        return self._kept.indices[-1] if self._kept.indices else -1

    @property
    def stride(self) -> int:
        return self._kept.stride

    @property
    def bytes(self) -> int:
        """What the kept frames' own arrays take."""
        return self._kept.bytes

    def add_edit(self, edit: Edit) -> None:
        """Note a live edit; of several of one parameter at one frame the last counts."""
        self.edits = (*(e for e in self.edits if e[:2] != edit[:2]), edit)

    def cut(self, index: int) -> None:
        """Let go of what comes after an index, because an edit there branches the run."""
        self._kept.cut(index)
        self._columns.cut(index)
        self.edits = tuple(e for e in self.edits if e[0] <= index)
        self.ended = ""

    def history(self) -> dict[str, Array]:
        """Every metric over the whole run so far, (frames,), NaN where undefined; 'index' beside them."""
        return self._columns.arrays()

    def still(self, index: int) -> Recording:
        """The frame at an index alone, with the history of the whole run: what a picture of it is drawn from."""
        made, kept = Recording(self.params, self.edits), self.at(self.position_of(index))
        made._kept.add(kept.index, kept)
        made._columns = self._columns
        return made

    def phases(self) -> list[tuple[str, int, int]]:
        """The named phases in order: (name, first index, last index)."""
        found: list[tuple[str, int, int]] = []
        for kept in self._kept.items:
            name = getattr(kept.frame, "phase", "")
            if found and found[-1][0] == name:
                found[-1] = (name, found[-1][1], kept.index)
            elif name:
                found.append((name, kept.index, kept.index))
        return found

    def all(self) -> list[Recorded]:
        """Every kept frame in order."""
        return list(self._kept.items)
