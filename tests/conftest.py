"""What every test stands on: no display is needed, and nothing of the user's is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")          # as main.py does


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, cache and models in a folder of the test's own."""
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("LOUPE_LANG", "LOUPE_THEME", "LOUPE_DEVICE"):
        os.environ.pop(name, None)          # the command line sets them: nothing of it is to reach another test


@pytest.fixture(scope="session")
def qapp() -> Iterator[Any]:
    """The one application; its windows are gone before the interpreter is."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    yield application
    application.processEvents()
