"""A full disk, a folder that may not be written: one sentence, the old file stays, the window goes on."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Program, apart, can_be_apart, pytestmark  # noqa: F401

FORMATS = (".png", ".svg", ".pdf", ".gif", ".mp4", ".webm", ".csv", ".json", ".npz", ".py")
CONCEPT = "classical.gradient_descent_1d"


def filled(folder: Path) -> str:
    """A script that mounts a small disk at the folder, puts old files on it, and leaves not one byte."""
    old = " ".join(f"old{suffix}" for suffix in FORMATS)
    return (f"mount -t tmpfs -o size=256k tmpfs {folder}; cd {folder}; for f in {old}; do echo old > $f; done; "
            f"cat /dev/zero > ballast 2>/dev/null || true; cd {ROOT}")


def limited() -> None:
    """The stand-in where nothing can be mounted: no file of this process may grow beyond a few bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


def many(program: Program, folder: Path, commands: list[list[str]], within: list[str],
         preexec: Callable[[], None] | None = None) -> dict[str, Any]:
    done = subprocess.run([*within, sys.executable, str(ROOT / "tests" / "faults" / "many.py"), json.dumps(commands),
                           str(folder)], cwd=ROOT, env=program.environment(), capture_output=True, text=True, check=False,
                          timeout=120, preexec_fn=preexec)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr == "", done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_full_disk_is_a_sentence_in_every_format_and_the_old_file_stays(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = can_be_apart()
    if not mounted:
        for suffix in FORMATS:
            (folder / f"old{suffix}").write_text("old\n")
    commands = [["export", CONCEPT, "-o", str(folder / f"old{suffix}"), "--frame", "6", *(
        ["--size", "320x200"] if suffix in FORMATS[:6] else [])] for suffix in FORMATS]
    found = many(program, folder, commands, apart(filled(folder)) if mounted else [], None if mounted else limited)
    for one in found["told"]:
        assert one["status"] == 3, one
        assert "the disk is full, nothing was changed" in one["err"], one
        assert one["err"].count("\n") == 1
    assert found["files"] == {f"old{suffix}": "old\n" for suffix in FORMATS}


@pytest.mark.usefixtures("mounts")
def test_a_full_disk_is_a_sentence_in_the_window(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    told = program.hand("exports", "open", CONCEPT, within=apart(filled(folder)), arguments=[str(folder)])
    assert told["rc"] == 0, told
    assert not told["raised"], told
    assert set(told["said"]) == set(FORMATS) - {".webm"}
    assert all("disk is full" in words for words in told["said"].values()), told["said"]
    assert told["old"] == {f"old{suffix}": "old\n" for suffix in FORMATS}


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("what", ["full", "read-only"])
def test_the_window_opens_and_lives_without_a_home_to_write_to(program: Program, what: str) -> None:
    """Settings, cache and the mark of a running window go there; nothing of it is needed to see a picture."""
    home = program.home
    script = f"mount -t tmpfs -o size=64k tmpfs {home}; cat /dev/zero > {home}/ballast 2>/dev/null || true" \
        if what == "full" else f"mount --bind {home} {home}; mount -o remount,ro,bind {home}"
    told = program.hand("opens", "open", CONCEPT, within=apart(script))
    assert told["rc"] == 0, told
    assert not told["raised"], told
    assert not told["warnings"], told
    assert told["picture"] > 10
    assert "not kept" in told["fault"]
    assert "not kept" in told["toast"], "nobody was told that settings are not kept"


@pytest.mark.usefixtures("mounts")
def test_the_window_opens_without_any_temporary_folder(program: Program) -> None:
    script = " ".join(f"mount -t tmpfs tmpfs {p}; mount -o remount,ro {p};" for p in ("/tmp", "/var/tmp", "/dev/shm")
                      if Path(p).is_dir() and not ROOT.is_relative_to(p) and not Path(sys.prefix).is_relative_to(p))
    home = Path("/run") if os.access("/run", os.W_OK) else Path("/dev")
    told = program.hand("opens", "open", CONCEPT, within=apart(f"{script} mount -t tmpfs tmpfs {home}"), LOUPE_HOME=str(home),
                        QT_QPA_PLATFORM="offscreen", XDG_RUNTIME_DIR=str(home), TMPDIR=None)
    assert told["rc"] == 0, told
    assert not told["raised"], told
    assert told["picture"] > 10


@pytest.mark.usefixtures("mounts")
def test_a_folder_that_may_not_be_written_is_a_sentence(program: Program, tmp_path: Path) -> None:
    """On a read-only disk, which holds for root too (tests/app/test_atomic.py tries another user's folder)."""
    closed = tmp_path / "closed"
    closed.mkdir()
    for name in ("old.csv", "old.png", "old.gif", "old.py"):
        (closed / name).write_text("old\n")
    commands = [["export", CONCEPT, "-o", str(closed / name), "--frame", "2", *(
        ["--size", "320x200"] if name[4:] in ("png", "gif") else [])]
        for name in ("old.csv", "new.csv", "old.png", "old.gif", "old.py")]
    commands += [["sweep", CONCEPT, "--over", "start=1,2", "--metric", "f", "-o", str(closed / "sweep.csv")],
                 ["export", "--all", str(closed)]]
    found = many(program, closed, commands, apart(f"mount --bind {closed} {closed}; mount -o remount,ro,bind {closed}"))
    for one in found["told"]:
        assert one["status"] in (2, 3), one
        assert "written" in one["err"] or "Read-only" in one["err"], one
        assert "Traceback" not in one["err"]
        assert one["err"].count("\n") == 1, one
    assert found["files"] == dict.fromkeys(("old.csv", "old.gif", "old.png", "old.py"), "old\n")
