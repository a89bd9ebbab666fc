"""Processes as the tests see them: which are still there."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psutil


def alive(pid: int) -> bool:
    """Whether it runs; a zombie is dead."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def alive_after(pids: Sequence[int], seconds: float = 1.0) -> list[int]:
    """Those of the processes that still live after so long; none as soon as none does."""
    until = time.monotonic() + seconds
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < until:
        time.sleep(0.01)
    return left
