"""A guard waits beside a lane and ends its whole process group should the window die without a word (kill -9)."""

from __future__ import annotations

import contextlib
import os
import subprocess

# `read` returns when the pipe closes, and the kernel closes it however the window dies. A lane's own measures cannot
# reach its workers: one that is killed, or busy inside a C call, runs no Python any more.
WATCH = 'read _; kill -9 -"$0"; kill -9 "$0"'


class Guard:
    """Watches one process group; on Windows, where there are no groups, the pipe's end must do."""

    def __init__(self, group: int) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if os.name == "posix":
            with contextlib.suppress(OSError):
                self._process = subprocess.Popen(["/bin/sh", "-c", WATCH, str(group)], stdin=subprocess.PIPE,
                                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                                 start_new_session=True)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def release(self) -> None:
        """The group has ended: nothing is left to guard."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
