"""Files are written beside their place and put there only when complete: there is never half a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.core.beside import replacing
from engine.core.faults import BadInput, Failed

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def check_target(path: Path) -> None:
    """Raise BadInput where nothing can be written at `path`; cheap enough to ask before a long computation."""
    with faults_of_writing(path):
        _check_target(path, path.parent)


def _check_target(path: Path, folder: Path) -> None:
    if path.is_dir():
        raise BadInput(f"{path}: is a folder; give a file's name in it", "is_folder", path=path)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "no such folder"
        raise BadInput(f"{folder}: {what}; make it or choose another", "no_folder", path=folder)
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise _refused(path)


@contextmanager
def partial_file(path: Path) -> Iterator[Path]:
    """A new empty file beside `path` to write to; it replaces `path` when the block ends without a fault."""
    target = Path(os.path.realpath(path))               # a link stays a link, and its target is replaced
    check_target(target)
    with faults_of_writing(path), replacing(target) as partial:
        yield partial


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Call `write` with a partial file beside `path`, and put that in place of `path` when it returns."""
    with partial_file(path) as partial:
        write(partial)


def write_bytes(path: Path, content: bytes) -> None:
    """Write the whole content at once, atomically."""
    write_atomically(path, lambda partial: _write_all(partial, content))


@contextmanager
def faults_of_writing(path: Path) -> Iterator[None]:
    """Turns what the system says about a write into one sentence."""
    try:
        yield
    except OSError as fault:
        if fault.errno in FULL:
            raise Failed(f"{path}: the disk is full, nothing was changed; free some space or choose another folder",
                         "disk_full", path=path) from fault
        if fault.errno in REFUSED:
            raise _refused(path) from fault
        if fault.errno == errno.ENAMETOOLONG:
            raise BadInput(f"{path}: the name is too long; choose a shorter one", "name_too_long", path=path) from fault
        raise Failed(f"{path}: could not be written ({fault.strerror or type(fault).__name__}), nothing was changed; "
                     "check the disk", "not_written", path=path) from fault


def _refused(path: Path) -> BadInput:
    return BadInput(f"{path}: may not be written; choose a folder and a file you may write to", "not_writable", path=path)


def _write_all(partial: Path, content: bytes) -> None:
    with partial.open("wb") as file:
        file.write(content)
