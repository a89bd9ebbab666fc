"""Draws pictures for the notebook in a process of its own, so that the window goes on living."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.connection import wait
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.capture import Drawn, Sitting, draw
from app.executors import worker
from app.executors.executor import Outcome
from app.executors.pipe_worker import PipeWorker
from app.notebook import Picture
from engine.core.faults import Failed, LoupeError

LOOK_MS, REST_MS = 20, 60_000       # between two looks for a picture; until a process that is not needed is ended
PATIENCE = 20.0                     # seconds that a window which closes waits for the last pictures


class Artist(QObject):
    """Pictures are handed in as they are at that moment, and come back drawn, in order."""

    done = Signal(object)           # a Picture with its looks
    failed = Signal(object)         # the fault that kept one from being drawn

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker: PipeWorker | None = None
        self._waiting: dict[int, tuple[Picture, Sitting]] = {}
        self._count = 0
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self.close)

    def has(self, picture: Picture) -> bool:
        """Whether this very picture is on its way: a key that is held down asks for it again and again."""
        return any(waiting.figure == picture.figure for waiting, _ in self._waiting.values())

    def warm(self) -> None:
        """Have the process up before it is needed."""
        if self._worker is None:
            self._worker = PipeWorker(draw, worker.main)
            self._rest.start()

    def take(self, picture: Picture, sitting: Sitting) -> None:
        """Draw a picture and add its looks to it."""
        self.warm()
        assert self._worker is not None
        self._count += 1
        self._waiting[self._count] = (picture, sitting)
        self._worker.give(self._count, sitting)
        self._rest.stop()
        self._timer.start()

    def look(self) -> None:
        """Take what has come; a process that died under a picture is said, and what waits behind it is drawn anew."""
        if self._worker is None:
            return
        ended = self._worker.ended()                    # asked first: what it said before its end is still read below
        for message in self._worker.take():
            if isinstance(message, Outcome) and message.key in self._waiting:
                self._settle(message)
        if ended:
            self._lost()
        if not self._waiting:
            self._timer.stop()
            self._rest.start()

    def _settle(self, outcome: Outcome) -> None:
        picture, _ = self._waiting.pop(outcome.key)
        if outcome.fault is not None:
            self.failed.emit(outcome.fault)
            return
        drawn: Drawn = outcome.value
        self.done.emit(picture_with(picture, drawn))

    def _lost(self) -> None:
        self.close()
        if self._waiting:
            del self._waiting[next(iter(self._waiting))]
            self.failed.emit(died())
        for key, (_, sitting) in self._waiting.items():
            self.warm()
            assert self._worker is not None
            self._worker.give(key, sitting)

    def finish(self) -> None:
        """Wait until everything has been drawn: the window closes."""
        until = monotonic() + PATIENCE
        while self._waiting and self._worker is not None and monotonic() < until:
            wait(self._worker.handles(), max(0.0, until - monotonic()))
            self.look()

    def close(self) -> None:
        """End the process."""
        worker_, self._worker = self._worker, None
        if worker_ is not None:
            worker_.end()


def picture_with(picture: Picture, drawn: Drawn) -> Picture:
    """A picture with how it looks."""
    return replace(picture, drawings=drawn.drawings, thumbs=drawn.thumbs)


def died() -> LoupeError:
    """The fault of a picture whose process ended under it."""
    return Failed("the picture could not be drawn for the notebook: its process ended, perhaps for want of memory; keep it "
                  "again", "not_drawn")
