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
        self.bytes = 0
        self.indices: list[int] = []
        self.items: list[T] = []
        self._sizes: list[int] = []
        self._most, self._most_bytes = most, most_bytes

    def add(self, index: int, item: T, size: int = 0) -> None:
        """Append an item; the one before it goes if it fell between two strides."""
        if self.indices and self.indices[-1] % self.stride:
            self._drop_last()
        self.indices.append(index)
        self.items.append(item)
        self._sizes.append(size)
        self.bytes += size
        while self._too_large() and self.stride <= index:
            self.stride *= 2
            self._thin()

    def cut(self, index: int) -> None:
        """Let go of everything after an index."""
        while self.indices and self.indices[-1] > index:
            self._drop_last()

    def _too_large(self) -> bool:
        return len(self.items) > 2 and (len(self.items) > self._most or self.bytes > self._most_bytes)

    def _thin(self) -> None:
        """Keep what falls on the stride, and the newest."""
        last = len(self.indices) - 1
        keep = [at for at, index in enumerate(self.indices) if index % self.stride == 0 or at == last]
        self.indices = [self.indices[at] for at in keep]
        self.items = [self.items[at] for at in keep]
        self._sizes = [self._sizes[at] for at in keep]
        self.bytes = sum(self._sizes)

    def _drop_last(self) -> None:
        self.indices.pop()
        self.items.pop()
        self.bytes -= self._sizes.pop()

    def __len__(self) -> int:
        return len(self.items)
