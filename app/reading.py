"""A table that is read: a small one at once, a large one in a process of its own, so that the window goes on meanwhile."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.core.data import brought, send_brought
from engine.core.faults import Failed, LoupeError
from engine.core.tables import Reading

AT_ONCE = 2 << 20           # bytes that are read before anybody notices
POLL_MS = 40


class TableReader(QObject):
    """Reads one file; `done` brings the source that names what was kept, or the fault that kept it from being read."""

    done = Signal(object)

    def __init__(self, path: Path, how: Reading, parent: QObject) -> None:
        super().__init__(parent)
        self.path, self.how = path, how
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Read it; a small file is `done` before this returns."""
        try:
            small = self.path.stat().st_size <= AT_ONCE
        except OSError:
            small = True                                    # reading says what is wrong
        if small:
            try:
                self.done.emit(brought(self.path, self.how))
            except LoupeError as fault:
                self.done.emit(fault)
            return
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=send_brought, args=(theirs, self.path, self.how), daemon=True)
        self._process.start()
        theirs.close()
        self._timer.start()

    def stop(self) -> None:
        """Read no further."""
        if self._timer.isActive():
            self._timer.stop()
            self._process.kill()
            self._end()

    def _look(self) -> None:
        if not self._pipe.poll():
            return
        self._timer.stop()
        try:
            found = self._pipe.recv()
        except (EOFError, OSError):                         # it was killed, perhaps for the memory it took
            found = Failed(f"{self.path.name}: could not be read to its end; keep the rows and columns you need", "table_lost",
                           path=self.path.name)
        self._end()
        self.done.emit(found)

    def _end(self) -> None:
        self._process.join()
        self._pipe.close()
