"""A recording keeps the frames of one run, bounded in number and bytes, with the parameters that made each."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from engine.core.frame import Array, Shared, metrics
from engine.core.run import Edit
from engine.core.strided import Strided


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A frame, its index in the run, and the parameters it was made with."""

    index: int
    frame: Any
    params: Any


class Recording:
    """The frames of a run so far; positions count what is kept, indices count what was computed."""

    def __init__(self) -> None:
        self._kept: Strided[Recorded] = Strided()
        self._history: dict[str, list[float]] = {}
        self._history_index: list[int] = []
        self._columns: dict[str, Array] | None = None
        self.edits: tuple[Edit, ...] = ()
        self.missing: dict[str, str] = {}
        self.ended = ""

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, index: int, frame: Any, params: Any) -> None:
        """Append a frame; its scalars go into the history."""
        self._kept.add(index, Recorded(index, frame, params), _size(frame))
        self._history_index.append(index)
        for name, value in metrics(frame).items():
            if isinstance(value, bool | str):
                continue
            column = self._history.setdefault(name, [float("nan")] * (len(self._history_index) - 1))
            column.append(float("nan") if value is None else float(value))
        self._columns = None

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

    def cut(self, index: int) -> None:
        """Let go of what comes after an index, because an edit there branches the run."""
        self._kept.cut(index)
        keep = sum(i <= index for i in self._history_index)
        self._history_index = self._history_index[:keep]
        self._history = {k: v[:keep] for k, v in self._history.items()}
        self.edits = tuple(e for e in self.edits if e[0] <= index + 1)
        self.ended, self._columns = "", None

    def history(self) -> dict[str, Array]:
        """Every metric over the whole run so far, (frames,), NaN where undefined; 'index' beside them."""
        if self._columns is None:
            self._columns = {k: np.array(v) for k, v in self._history.items() if len(v) == len(self._history_index)}
            self._columns["index"] = np.array(self._history_index, np.float64)
        return self._columns

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


def _size(value: Any) -> int:
    """Bytes of a frame's own arrays; what is Shared costs nothing more."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Shared):
        return 0
    if isinstance(value, tuple):
        return sum(map(_size, value))
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if dataclasses.is_dataclass(value):
        return 64 + sum(_size(getattr(value, f.name)) for f in dataclasses.fields(value))
    return 8
