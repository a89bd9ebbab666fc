"""Waiting for a window that lives meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication


def until(test: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the program run until something holds."""
    end = monotonic() + seconds
    while not test():
        assert monotonic() < end, "it did not happen in time"
        QApplication.processEvents()
        QTest.qWait(5)
