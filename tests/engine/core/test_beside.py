"""Files beside their place: what lives is left alone, what is dead is taken away, and nothing that is not ours is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.beside import remove_dead, replacing

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
WRITER = """
import sys, time
from pathlib import Path
from engine.core.beside import replacing
with replacing(Path(sys.argv[1])) as partial:
    partial.write_bytes(b"half")
    print(partial, flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_program_left_goes_with_the_next_save_and_not_before(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.png")]
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        half = Path(writer.stdout.readline().strip())
        assert half.read_bytes() == b"half"
        assert remove_dead(tmp_path) == []                          # its writer lives
        with replacing(tmp_path / "b.png") as partial:
            partial.write_bytes(b"whole")
        assert half.exists()
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    assert half.exists()
    with replacing(tmp_path / "b.png") as partial:
        partial.write_bytes(b"whole again")
        assert remove_dead(tmp_path) == []                          # this one's writer are we
    assert names(tmp_path) == ["b.png"]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    theirs = ["a.partial", ".a.partial", ".a.0123abcd.part",
              ".a.0123ABCD.partial.png", "a.0123abcd.partial.png", ".a.12345678.partial.d"]
    for name in theirs[:-1]:
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / theirs[-1]).mkdir()
    (tmp_path / ".b.0123abcd.partial.png").symlink_to(tmp_path / "a.partial")
    (tmp_path / ".c.0123abcd.partial.png").write_bytes(b"half")
    assert remove_dead(tmp_path) == [".c.0123abcd.partial.png"]
    assert names(tmp_path) == sorted([*theirs, ".b.0123abcd.partial.png"])
    assert remove_dead(tmp_path / "none") == []


@pytest.mark.parametrize("name", ["a.png", "a", ".a", "名 字.loupe", "x" * 200 + ".csv", "a\nb.json", "a.b.c"])
def test_every_name_that_we_give_is_known_again(tmp_path: Path, name: str) -> None:
    with replacing(tmp_path / name) as partial:
        left = partial.name
    (tmp_path / left).write_bytes(b"half")
    assert remove_dead(tmp_path) == [left]
    assert names(tmp_path) == [name]
