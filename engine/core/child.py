"""A lane's process: it leads its own group, dies with its parent, and tells while an import keeps it from answering."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from time import sleep
from types import FrameType

from engine.core import messages as m
from engine.core.nursery import die_with_parent
from engine.core.serve import Server

HEARTBEAT = 0.3         # seconds between two looks at whether an import is under way


def main(connection: Connection, log: str, path: list[str]) -> None:
    """Entry of the process: answers until the pipe closes, then ends with every worker it has started."""
    enter(path)
    with open(log, "w", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        answer(Server(connection))
    leave()


def enter(path: list[str]) -> None:
    """Find modules where the parent does, lead a group of our own, die with the parent, leave Ctrl+C to it."""
    sys.path[:] = path
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def answer(server: Server) -> None:
    """Serve from this thread until the pipe closes; another tells of the imports that keep it from answering."""
    threading.Thread(target=_tell_imports, args=(server, threading.get_ident()), daemon=True).start()
    server.send(m.Ready(os.getpid()))
    server.serve()


def _tell_imports(server: Server, ident: int) -> None:
    """While the serving thread imports something (torch takes seconds), say so, lest the lane be taken for stuck."""
    while not server.closed:
        sleep(HEARTBEAT)
        if _importing(sys._current_frames().get(ident)):
            server.send(m.Loading(server.current.generation if server.current else -1, False))


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def leave() -> None:
    """End this process and every worker it started, at once."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)

