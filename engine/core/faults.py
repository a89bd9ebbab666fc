"""The ways a request can fail, each told in one sentence: what, where, what to do."""

from __future__ import annotations


class LoupeError(Exception):
    """A fault with a sentence for the user; `key` and `values` let the window say it in another language."""

    status = 3

    def __init__(self, message: str, key: str = "", **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.key, self.values))


def _rebuild(kind: type[LoupeError], message: str, key: str, values: dict[str, object]) -> LoupeError:
    return kind(message, key, **values)


class BadInput(LoupeError):
    """What was asked for cannot be: unknown name, out of range, wrong type, unreadable file."""

    status = 2


class Failed(LoupeError):
    """The computation itself failed."""

    status = 3


class Unavailable(LoupeError):
    """Asked for rightly, but not to be had here: no display, no CUDA, no such package."""

    status = 4


class Interrupted(LoupeError):
    """The user ended it with Ctrl+C; 128 and the number of the signal, as shells count it."""

    status = 130


class Overtaken(Exception):
    """Raised by `run.check()` when a newer request has replaced this run; generators let it pass."""


def sentence_of(error: Exception) -> LoupeError:
    """An exception as one sentence; ours are sentences already."""
    if isinstance(error, LoupeError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "alloc" in str(error)[:200]:
        return Failed("this asks for more memory than there is; make it smaller", "out_of_memory")
    words = " ".join(str(error).split())[:160]
    return Failed(f"the computation failed: {type(error).__name__}: {words}", "computation_failed",
                  name=type(error).__name__, words=words)
