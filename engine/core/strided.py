"""Keeps a long stream within bounds: when it grows too large, every second item is let go and the stride doubles."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")
MOST_FRAMES = 2000
MOST_BYTES = 256_000_000


class Strided(Generic[T]):
    """Items by index, at most `most` of them and `most_bytes` in all; the newest is always kept."""

    def __init__(self, most: int = MOST_FRAMES, most_bytes: int = MOST_BYTES) -> None:
        self.stride = 1
        self.indices: list[int] = []
        self.items: list[T] = []
        self._sizes: list[int] = []
        self._most, self._most_bytes = most, most_bytes

    def add(self, index: int, item: T, size: int = 0) -> None:
        """Append an item; the one before it goes if it fell between two strides."""
        if self.indices and self.indices[-1] % self.stride:
            self._pop(-1)
        self.indices.append(index)
        self.items.append(item)
        self._sizes.append(size)
        while len(self.items) > 2 and (len(self.items) > self._most or sum(self._sizes) > self._most_bytes):
            self.stride *= 2
            for at in range(len(self.indices) - 2, -1, -1):
                if self.indices[at] % self.stride:
                    self._pop(at)
            if self.stride > index + 1:
                return

    def cut(self, index: int) -> None:
        """Let go of everything after an index."""
        while self.indices and self.indices[-1] > index:
            self._pop(-1)

    def _pop(self, at: int) -> None:
        for column in (self.indices, self.items, self._sizes):
            column.pop(at)

    def __len__(self) -> int:
        return len(self.items)
