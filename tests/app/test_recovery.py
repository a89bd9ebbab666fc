"""After a crash the last state is offered; after a proper end, or beside a living window, it is not."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.recovery import NAME, Recovery
from app.start import make_window

ROOT = Path(__file__).resolve().parents[2]


def test_a_proper_end_leaves_nothing(tmp_path: Path) -> None:
    recovery = Recovery(tmp_path)
    assert recovery.begin() is False
    recovery.end()
    assert not (tmp_path / NAME).exists()
    assert Recovery(tmp_path).begin() is False


def test_a_window_that_lives_is_not_a_crash(tmp_path: Path) -> None:
    Recovery(tmp_path).begin()
    assert Recovery(tmp_path).begin() is False


@pytest.mark.parametrize("mark", ["4194303 1.0", "", "hello", "12 x", f"{os.getpid()} 1.0"],
                         ids=["unused number", "empty", "words", "no time", "other process of that number"])
def test_a_mark_of_nobody_is_a_crash(tmp_path: Path, mark: str) -> None:
    (tmp_path / NAME).write_text(mark)
    assert Recovery(tmp_path).begin() is True


def test_a_folder_that_cannot_be_written_to_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recovery = Recovery(tmp_path / "file")
    recovery.begin()
    recovery.end()


def test_a_killed_window_is_offered_again(qapp: Any, tmp_path: Path) -> None:
    words = ["open", "mathematics.clt", "--set", "n=9", "--inline", "--home", str(tmp_path)]
    child = subprocess.Popen([sys.executable, "main.py", *words], cwd=ROOT,
                             env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    settings, end = tmp_path / "settings.json", time.monotonic() + 30
    while not (settings.exists() and '"n": 9' in settings.read_text(encoding="utf-8")):
        assert time.monotonic() < end and child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert Recovery(tmp_path).begin() is True
    os.environ["LOUPE_HOME"] = str(tmp_path)
    window = make_window(qapp, argparse.Namespace(inline=True))
    window.show()
    window.memory.offer()
    assert window.toast.isVisible() and window.toast.acts
    window.toast.acts[0].click()
    assert window.session.entry.id == "mathematics.clt" and window.session.requested.n == 9
    window.close()
    window.deleteLater()
