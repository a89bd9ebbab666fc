"""A sweep in the background of the window: the `sweep` command in a process of its own, read point by point."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.guard import Guard
from app.journal import code_digest
from app.session import Session
from engine.core.data import home
from engine.core.faults import Failed, LoupeError
from engine.core.params import canonical, changed

MAIN = Path(__file__).resolve().parents[1] / "main.py"
GRACE_MS = 3000         # for a stopped sweep to close its journal; then it is ended


def words_of(session: Session, over: Sequence[str], seeds: int) -> list[str]:
    """The command that sweeps what the session has been asked for."""
    words = ["sweep", session.entry.id, "--device", session.device, "--seeds", str(seeds)]
    words += ["--engine", engine] if (engine := os.environ.get("LOUPE_ENGINE")) else []
    for name, value in changed(session.requested).items():
        words += ["--set", f"{name}={value if isinstance(value, str) else canonical(value)}"]
    for word in over:
        words += ["--over", word]
    return words


class SweepRun(QObject):
    """One run of the command. The same words again, after a stop or a crash, go on where it was."""

    came = Signal(object)               # a list of (number, metrics, or None where the point failed)
    ended = Signal(object)              # None, or the fault that it ended with

    def __init__(self, words: Sequence[str], folder: Path | None = None) -> None:
        super().__init__()
        self.stopped = False
        self._fault: LoupeError | None = None
        folder = folder or home() / "cache" / "sweeps"
        folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256("\0".join([code_digest(), *words]).encode()).hexdigest()[:24]
        self._output = folder / f"{name}.json"
        command = [sys.executable, str(MAIN), *words, "--stream", "-o", str(self._output)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                         start_new_session=True)
        self._guard = Guard(self._process.pid)
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True, name="sweep")
        self._reader.start()
        self._timer = QTimer(self, interval=40)
        self._timer.timeout.connect(self._carry)
        self._timer.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _carry(self) -> None:
        """Hand on what has come."""
        found: list[tuple[int, Any]] = []
        over = False
        with contextlib.suppress(Empty):
            while (line := self._lines.get_nowait()) is not None:
                with contextlib.suppress(ValueError):               # cut short: the process was killed
                    self._take(json.loads(line), found)
            over = True
        if found:
            self.came.emit(found)
        if over:
            self._end()

    def _take(self, said: dict[str, Any], found: list[tuple[int, Any]]) -> None:
        if "ended" in said:
            self._fault = Failed(said["fault"], said["key"], **said["values"])
        elif "point" in said:
            found.append((said["point"], said.get("metrics")))

    def _end(self) -> None:
        status = self._process.wait()
        self._tidy()
        if status == 0:
            with contextlib.suppress(OSError):
                self._output.unlink()                               # every point has come: the window has them
        elif self._fault is None and not self.stopped:
            self._fault = Failed("the sweep ended unexpectedly; press run to go on from there", "sweep_ended")
        self.ended.emit(None if self.stopped else self._fault)

    def _tidy(self) -> None:
        self._timer.stop()
        self._guard.release()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def stop(self) -> None:
        """End it; what it has computed is kept for the next run of the same words."""
        self.stopped = True
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        QTimer.singleShot(GRACE_MS, self, self._process.kill)

    def close(self) -> None:
        """End it at once, because nobody looks any more."""
        if self._process.poll() is None:
            self.stopped = True
            self._process.kill()
            self._process.wait()
        self._reader.join(2.0)
        self._tidy()
