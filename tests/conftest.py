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


@pytest.fixture(autouse=True)
def _nothing_left(_home: None) -> Iterator[None]:
    """What the command line sets in a test is gone before the next module's own fixtures are made."""
    yield
    for name in ("LOUPE_LANG", "LOUPE_THEME", "LOUPE_DEVICE"):
        os.environ.pop(name, None)


# speed ----------------------------------------------------------------------------------------------------------------

os.environ.setdefault("OMP_NUM_THREADS", "1")       # small nets: threads that wait for one another cost up to sevenfold

# What `make test-fast` leaves out as a whole: processes that are killed, windows that are driven, files of every format,
# every concept's contract (`main.py check ID` runs one concept's). Single slow tests elsewhere wear the mark themselves.
SLOW = ("faults/", "driven/", "fuzz/", "app/export/", "app/test_lanes.py", "app/test_session.py", "app/test_sweep.py",
        "app/test_recovery.py", "app/test_window.py", "app/test_picture_faults.py", "app/test_resume.py",
        "app/test_compare.py", "app/test_report.py", "app/test_sweep_card.py", "engine/probes/", "engine/distributed/",
        "ray/", "test_every_concept.py", "test_checks_can_fail.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if os.path.relpath(item.path, here).replace(os.sep, "/").startswith(SLOW):
            item.add_marker(pytest.mark.slow)
