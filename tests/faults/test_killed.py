"""Killed at any moment, the program leaves no half file and no process; closed at any moment, it ends well."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import alive_after

from .conftest import ROOT, Program, pytestmark  # noqa: F401

TIMES = 60


def test_killed_sixty_times_while_saving_no_file_is_broken(tmp_path: Path) -> None:
    """A process is killed (-9) in the middle of writing settings, a picture and a table over older ones."""
    child = subprocess.run([sys.executable, str(Path(__file__).with_name("saver.py")), str(tmp_path), str(TIMES)], cwd=ROOT,
                           text=True, capture_output=True, check=False, timeout=120)
    assert child.returncode == 0, child.stderr[-3000:]
    told = json.loads(child.stdout)
    assert told["broken"] == []
    assert told["killed"] == TIMES
    assert told["in_the_middle"] > TIMES // 4               # or nothing was tried: a partial file stood beside
    assert told["generations"] > 1                          # and files were replaced in between
    assert told["left"] == []                               # the next save takes away what a killed one left


def test_a_window_killed_leaves_no_process_and_comes_back(program: Program) -> None:
    window = program.start(str(ROOT / "tests" / "faults" / "hand.py"), "trains", "[]")
    assert window.stdout is not None
    told = json.loads(window.stdout.readline())
    assert "family" in told, told
    family = told["family"]
    assert len(family) >= 2
    assert alive_after(family, 0.05)
    time.sleep(0.2)
    half = program.home / "notebooks" / ".first.0123abcd.partial.loupe"       # as a save that was killed leaves it
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    window.send_signal(signal.SIGKILL)
    window.wait(10)
    assert alive_after(family, 1.0) == []
    assert json.loads((program.home / "settings.json").read_text())["concept"] == "deep.mlp"
    again = program.hand("greets")
    assert again["rc"] == 0, again
    assert again["toast"], "what the crash has left was not offered"
    assert not again["raised"]
    assert not half.exists()


@pytest.mark.parametrize("when", ["at once", "starting", "training", "dragging", "dialog", "exporting"])
def test_a_window_closed_at_any_moment_ends_well(program: Program, when: str) -> None:
    """Nothing runs in a QThread that could be destroyed while it runs; no process and no half file is left."""
    told = program.hand("leaves", arguments=[when])
    assert told["rc"] == 0, told
    assert not told["raised"]
    assert not told["warnings"]
    assert "QThread" not in told["stderr"]
    assert "Traceback" not in told["stderr"]
    assert not [path for path in program.home.rglob("*") if ".partial" in path.name or path.suffix == ".mp4"]
