"""Keeps the open notebook: every change is on the disk within half a second, or stays here until it can be."""

from __future__ import annotations

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.notebook import Notebook
from app.notebook_file import SUFFIX, read_notebook, write_notebook
from engine.core.faults import Failed, LoupeError

DELAY_MS, AGAIN_MS = 500, 4000          # from a change to its writing; until a write that failed is tried again
MOST_UNDO = 60
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Written:
    """What came of a write: where it went, as what, or why not."""

    notebook: Notebook
    path: Path
    stamp: Stamp | None
    fault: LoupeError | None = None


def stamp_of(path: Path) -> Stamp | None:
    """What tells a file's version from another's; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def free_name(path: Path) -> Path:
    """The path itself, or with the first number that is free."""
    number = 2
    found = path
    while found.exists():
        found = path.with_name(f"{path.stem} {number}{path.suffix}")
        number += 1
    return found


def write_beside(notebook: Notebook, path: Path, stamp: Stamp | None) -> Written:
    """Write the file; where another program has changed it since `stamp`, beside it under another name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        now = stamp_of(path)
        if now is not None and now != stamp:
            path = free_name(path)
        write_notebook(notebook, path)
        return Written(notebook, path, stamp_of(path))
    except LoupeError as fault:
        return Written(notebook, path, stamp, fault)
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        said = Failed(f"{path}: could not be written ({reason}), nothing was changed; check the disk", "not_written",
                      path=path)
        return Written(notebook, path, stamp, said)


class Keeper(QObject):
    """The open notebook, its file and its history. The writing is done in a thread of its own: what is written is a value."""

    changed = Signal()                  # another notebook value
    state_changed = Signal()            # saved, or not: `trouble` says why
    moved = Signal(object)              # the path is another one now
    _done = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.notebook = Notebook()
        self.path = free_name(folder / f"notebook{SUFFIX}")
        self.trouble: LoupeError | None = None
        self._stamp: Stamp | None = None
        self._saved = self.notebook
        self._before: list[Notebook] = []
        self._after: list[Notebook] = []
        self._writing: Future[Written] | None = None
        self._thread = ThreadPoolExecutor(1, "notebook")
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._begin)
        self._done.connect(self._written)

    # the notebook ---------------------------------------------------------------------------------------------------

    @property
    def saved(self) -> bool:
        """Whether the disk has everything."""
        return self._saved is self.notebook

    def put(self, notebook: Notebook, *, step: bool = True) -> None:
        """Another value; a step can be undone, and what is no step (a letter typed) belongs to the one before."""
        if notebook == self.notebook:
            return
        if step:
            self._before = [*self._before, self.notebook][-MOST_UNDO:]
            self._after = []
        self._take(notebook)

    def undo(self) -> bool:
        """Back to the value before the last step."""
        return self._travel(self._before, self._after)

    def redo(self) -> bool:
        """And forward again."""
        return self._travel(self._after, self._before)

    def _travel(self, source: list[Notebook], other: list[Notebook]) -> bool:
        if not source:
            return False
        other.append(self.notebook)
        self._take(source.pop())
        return True

    def _take(self, notebook: Notebook) -> None:
        self.notebook = notebook
        if not self._timer.isActive() or self.trouble is not None:
            self._timer.start(DELAY_MS)
        self.changed.emit()

    # the file -------------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Another notebook; BadInput leaves this one. What was not yet written of it is written first."""
        self._settled()
        before = stamp_of(path)
        self._begin_with(read_notebook(path), path, before)

    def new(self, title: str = "") -> None:
        """An empty notebook, which gets a file with its first change."""
        self._settled()
        self._begin_with(Notebook(title), free_name(self.folder / f"notebook{SUFFIX}"), None)

    def _settled(self) -> None:
        if not self.finish():
            assert self.trouble is not None
            raise self.trouble

    def _begin_with(self, notebook: Notebook, path: Path, stamp: Stamp | None) -> None:
        self.notebook = self._saved = notebook
        self.path, self._stamp, self.trouble = path, stamp, None
        self._before, self._after = [], []
        self.moved.emit(path)
        self.changed.emit()
        self.state_changed.emit()

    def save_as(self, path: Path) -> None:
        """Go on in another file; what stands there is replaced. LoupeError where it cannot be written."""
        self._wait()
        made = write_beside(self.notebook, path, stamp_of(path))
        if made.fault is not None:
            raise made.fault
        self._written(made)

    def _begin(self) -> None:
        if self._writing is None and not self.saved:
            self._writing = self._thread.submit(write_beside, self.notebook, self.path, self._stamp)
            self._writing.add_done_callback(self._tell)

    def _tell(self, future: Future[Written]) -> None:
        with suppress(RuntimeError):                # the window is gone
            self._done.emit(future)

    def _written(self, made: Written | Future[Written]) -> None:
        if isinstance(made, Future):
            if made is not self._writing:
                return                              # waited for, and taken then
            self._writing, made = None, made.result()
        told = (self.trouble, self.path)
        self.trouble = made.fault
        if made.fault is None:
            fresh = self._stamp is None or made.path != self.path
            self._saved, self._stamp, self.path = made.notebook, made.stamp, made.path
            if fresh:
                self.moved.emit(self.path)
        if not self.saved:
            self._timer.start(AGAIN_MS if self.trouble else DELAY_MS)
        if told != (self.trouble, self.path) or self.trouble is None:
            self.state_changed.emit()

    def _wait(self) -> None:
        """Until nothing is being written."""
        self._timer.stop()
        writing, self._writing = self._writing, None
        if writing is not None:
            self._written(writing.result())

    def finish(self) -> bool:
        """Write what is not yet written, and wait for it; False where it could not be, and `trouble` says why."""
        self._wait()
        if not self.saved:
            self._written(write_beside(self.notebook, self.path, self._stamp))
        self._timer.stop() if self.saved else self._timer.start(AGAIN_MS)
        return self.saved

    def rescue(self) -> Path | None:
        """Write what its own place does not take somewhere else; where it went, None where nowhere would have it."""
        for folder in (self.folder, Path(tempfile.gettempdir())):
            made = write_beside(self.notebook, free_name(folder / self.path.name), None)
            if made.fault is None:
                self._written(made)
                return made.path
        return None

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._thread.shutdown(wait=True)
