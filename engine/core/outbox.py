"""What a lane sends: messages in pieces, each thing that many frames share once, from whichever thread."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from engine.core import messages as m
from engine.core.wire import Encoder


class Pipe(Protocol):
    """What a lane needs of its connection: `poll` and `recv` of objects, `send_bytes`."""

    def poll(self, timeout: float | None = 0.0) -> bool: ...
    def recv(self) -> Any: ...
    def send_bytes(self, data: bytes) -> None: ...


class Outbox:
    """The sending half of a pipe; the run's frames and the layers' are encoded apart, each with its own shared things."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.frames, self.layers = Encoder(), Encoder()
        self.writing = threading.Lock()

    def send(self, message: Any) -> bool:
        """Send a message; False where the pipe is closed."""
        layer = isinstance(message, m.LayerSent)
        with self.writing:
            data = self.layers.dumps(message, b"L") if layer else self.frames.dumps(message, b"M")
            try:
                self.pipe.send_bytes(data)
            except (BrokenPipeError, OSError):
                return False
        return True
