"""After a crash: a mark on disk while the window lives, so that the next start knows the last one did not end well."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

from engine.core.beside import remove_dead

NAME = "running"


class Recovery:
    """The mark of this window in the settings' folder: its process id and when that process began."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def begin(self) -> bool:
        """Leave the mark; True where the last window that left one is gone without taking it away."""
        crashed = self._left_behind()
        with contextlib.suppress(OSError):              # without a folder to write to there is nothing to recover either
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(_self(), encoding="ascii")
        return crashed

    def _left_behind(self) -> bool:
        try:
            pid, began = self.path.read_text(encoding="ascii").split()
            return not _alive(int(pid), float(began))
        except FileNotFoundError:
            return False
        except (OSError, ValueError):
            return True

    def tidy(self) -> None:
        """Take away what programs killed while saving have left half written among what is kept of the user's."""
        with contextlib.suppress(OSError):
            folder = self.path.parent
            for place in (folder, *(path for path in folder.iterdir() if path.is_dir())):
                remove_dead(place)

    def end(self) -> None:
        """Take the mark away: this window ends well. Another window's mark stays."""
        with contextlib.suppress(OSError):
            if self.path.read_text(encoding="ascii") == _self():
                self.path.unlink()


def _self() -> str:
    return f"{os.getpid()} {psutil.Process().create_time()}"


def _alive(pid: int, began: float) -> bool:
    """Whether the process still runs; a later one with the same number does not count."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - began) < 1.0)
    except psutil.Error:
        return False
