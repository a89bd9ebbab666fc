"""A file is there whole or not at all."""

from __future__ import annotations

import os
import resource
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.atomic import check_target, partial_file, write_atomically, write_bytes
from engine.core.faults import BadInput, Failed, LoupeError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and users of POSIX")
NOBODY = 65534


def in_a_child(work: Callable[[], None]) -> str:
    """The sentence of the fault that the work raises in a process of its own, '' where it raises none."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        said = ""
        try:
            work()
        except LoupeError as fault:
            said = f"{type(fault).__name__}: {fault.message}"
        except BaseException as fault:  # noqa: BLE001  whatever comes is told to the test
            said = repr(fault)
        os.write(write, said.encode()[:60_000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_whole_file_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_bytes(path, b"one")
    path.chmod(0o640)
    write_atomically(path, lambda partial: partial.write_bytes(b"two") and None)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["a.png"]


def test_a_new_file_has_the_users_usual_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_the_partial_file_keeps_the_suffix_and_stands_beside(tmp_path: Path) -> None:
    with partial_file(tmp_path / "a.mp4") as partial:
        assert (partial.parent, partial.suffix) == (tmp_path, ".mp4")
        assert not (tmp_path / "a.mp4").exists()


@pytest.mark.parametrize("fault", [ValueError("wrong"), KeyboardInterrupt(), GeneratorExit()])
def test_any_fault_leaves_the_old_file_and_nothing_else(tmp_path: Path, fault: BaseException) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def write(partial: Path) -> None:
        partial.write_bytes(b"half")
        raise fault

    with pytest.raises(type(fault)):
        write_atomically(tmp_path / "a", write)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_places_that_cannot_hold_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path, sentence in ((tmp_path, "is a folder"), (tmp_path / "none" / "a", "no such folder"),
                           (tmp_path / "file" / "a", "is a file, not a folder"), (tmp_path / ("x" * 300), "name is too long")):
        with pytest.raises(BadInput, match=sentence):
            check_target(path)
        with pytest.raises(BadInput, match=sentence):
            write_bytes(path, b"")


def test_a_full_disk_is_one_sentence_and_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        write_bytes(tmp_path / "a.png", bytes(100_000))

    said = in_a_child(fill)
    assert said.startswith("Failed: ")
    assert "the disk is full, nothing was changed" in said
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert names(tmp_path) == ["a.png"]


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    (tmp_path / "read_only").write_bytes(b"old")
    (tmp_path / "read_only").chmod(0o444)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)

    def write_as_nobody(path: Path) -> str:
        def work() -> None:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            write_bytes(path, b"new")
        return in_a_child(work)

    assert "may not be written" in write_as_nobody(folder / "a.png")
    assert "may not be written" in write_as_nobody(tmp_path / "read_only")
    assert names(folder) == []
    assert (tmp_path / "read_only").read_bytes() == b"old"


def test_a_disk_that_fails_otherwise(tmp_path: Path) -> None:
    def write(partial: Path) -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(Failed, match="could not be written .Input/output error., nothing was changed"):
        write_atomically(tmp_path / "a", write)
