"""A Qt application for painting without a window, made once; the terminal commands need no display."""

from __future__ import annotations

import os
import sys
from typing import Any

from engine.core.faults import Unavailable

_KEPT: list[Any] = []               # Qt ends an application that nobody holds


def ensure_application() -> None:
    """There is a Qt application when this returns. Where there was none, it opens no window and asks no display."""
    try:
        from PySide6.QtWidgets import QApplication
    except ImportError as fault:
        raise Unavailable(f"pictures need PySide6, which cannot be loaded here ({fault}); csv, json, npz and py do not",
                          "no_qt", fault=fault) from fault
    if QApplication.instance() is not None:
        return
    if sys.platform.startswith("linux"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _KEPT.append(QApplication(["loupe"]))
