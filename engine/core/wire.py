"""How frames cross from a lane to the window: pickled, with what is Shared sent once a run."""

from __future__ import annotations

import io
import pickle
from typing import Any

from engine.core.frame import Shared, freeze


class Encoder:
    """Writes messages; a Shared value that was written before is only named again."""

    def __init__(self) -> None:
        self._sent: dict[int, tuple[int, Any]] = {}     # id of the value -> (its number, the value kept alive)

    def forget(self) -> None:
        """A new run begins: nothing of the old one is shared any more."""
        self._sent.clear()

    def dumps(self, message: Any) -> bytes:
        """The message as bytes."""
        buffer = io.BytesIO()
        _Pickler(buffer, self._sent).dump(message)
        return buffer.getvalue()


class Decoder:
    """Reads messages from one Encoder; frames come out with read-only arrays."""

    def __init__(self) -> None:
        self._known: dict[int, Shared[Any]] = {}

    def loads(self, data: bytes) -> Any:
        """The message; its Shared values are the same objects in every message of a run."""
        return freeze(_Unpickler(io.BytesIO(data), self._known).load())


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, sent: dict[int, tuple[int, Any]]) -> None:
        super().__init__(buffer, protocol=5)
        self._sent = sent

    def persistent_id(self, item: Any) -> Any:
        if not isinstance(item, Shared):
            return None
        known = self._sent.get(id(item.value))
        if known is not None:
            return (known[0],)
        number = len(self._sent)
        self._sent[id(item.value)] = (number, item.value)
        return (number, item.value)


class _Unpickler(pickle.Unpickler):
    def __init__(self, buffer: io.BytesIO, known: dict[int, Shared[Any]]) -> None:
        super().__init__(buffer)
        self._known = known

    def persistent_load(self, named: Any) -> Any:
        if len(named) == 2:
            self._known[named[0]] = Shared(freeze(named[1]))
        return self._known[named[0]]
