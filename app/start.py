"""Starts the window: looks for a display, makes the application, the look, the lanes and the window, and ends them."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import Any

from app.display import check_display


def start(arguments: argparse.Namespace) -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    check_display()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.recovery import Recovery
    from app.widgets.icons import logo

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Loupe")
    application.setApplicationDisplayName("Loupe 洞见")
    window = make_window(application, arguments)
    application.setWindowIcon(logo(window.look.theme.color("ink"), window.look.theme.color("accent")))
    window.show()
    QTimer.singleShot(0, window.host.warm)
    recovery = Recovery(window.file.folder)
    crashed = recovery.begin()
    QTimer.singleShot(0, lambda: _first(window, arguments, crashed))
    QTimer.singleShot(0, recovery.tidy)
    status = application.exec()
    recovery.end()
    shutdown(application, window)
    return status


def make_window(application: Any, arguments: argparse.Namespace) -> Any:
    """The window with everything it stands on."""
    gc.disable()                            # what is imported and built now stays: there is no rubbish to look for,
    try:
        return _make_window(application, arguments)
    finally:
        gc.freeze()                         # and none to be looked for in it later
        gc.enable()


def _make_window(application: Any, arguments: argparse.Namespace) -> Any:
    from app.catalog import Catalog
    from app.executors.choice import executor_of
    from app.host import LaneHost
    from app.look import Look
    from app.settings import SettingsFile
    from app.typeset import Typesetter
    from app.window import Window
    from panels.kit.theme import load_fonts

    load_fonts()
    file = SettingsFile.load()
    known = file.settings
    language = os.environ.get("LOUPE_LANG") or known.language or _system_language()
    theme = os.environ.get("LOUPE_THEME") or known.theme or _system_theme(application)
    look = Look("zh" if language == "zh" else "en", theme, known.scale)
    cache = file.folder / "cache"
    catalog = Catalog.load(cache=cache / "catalog.json")
    host = LaneHost(inline=getattr(arguments, "inline", False), executor=executor_of(getattr(arguments, "engine", "local")))
    device = os.environ.get("LOUPE_DEVICE") or known.device or "cpu"
    window = Window(look, catalog, host, Typesetter(cache / "formulas"), file, device)
    if known.geometry:
        x, y, width, height = known.geometry
        window.setGeometry(x, y, width, height)
    else:
        window.resize(1440, 900)
    return window


def _first(window: Any, arguments: argparse.Namespace, crashed: bool) -> None:
    """Open what the command line names, or offer what a crash has left."""
    if getattr(arguments, "id", None):
        from app.commands.request import request

        wanted = request(arguments, window.catalog)
        window.open(wanted.entry.id, params=wanted.params)
    elif getattr(arguments, "file", None):
        window.open_figure(Path(arguments.file))
    elif crashed:
        window.memory.offer()


def _system_language() -> str:
    from PySide6.QtCore import QLocale

    return "zh" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def _system_theme(application: Any) -> str:
    from PySide6.QtCore import Qt

    return "dark" if application.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def shutdown(application: Any, window: Any) -> None:
    """Close and delete the window while Qt still lives: left to the interpreter's exit it can crash."""
    from PySide6.QtCore import QCoreApplication, QEvent

    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
