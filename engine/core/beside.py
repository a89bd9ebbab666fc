"""A file is written beside its place and put there when complete; what a killed program left beside is known by its lock.

Whoever writes such a file holds a lock on it, which the system frees however the program ends. A file with our kind of
name and nobody's lock is therefore one that will never be completed: the next to write in that folder takes it away.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OURS = re.compile(r"\..{0,60}\.[0-9a-f]{8}\.partial(\.[^.]*)?", re.DOTALL)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new empty file beside `target` to write to; it replaces `target` when the block ends without a fault.

    It keeps the suffix, by which codecs choose their format, and the permissions of the file it replaces. Raises OSError.
    """
    remove_dead(target.parent)
    partial, handle = _made(target)
    try:
        yield partial
        os.fsync(handle)                # the bytes are on the disk before the name is: a full disk may say so only now
        if os.name != "posix":
            os.close(handle)            # Windows renames no file that is open
            handle = -1
        os.replace(partial, target)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    finally:
        if handle >= 0:
            os.close(handle)


def remove_dead(folder: Path) -> list[str]:
    """Remove what killed programs of ours left half written in a folder; returns the names. Where a file cannot be locked
    (Windows, some network disks) nothing can be known of its writer, and it stays."""
    gone: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
        gone += [name for name in names if _removed(os.path.join(folder, name))]
    return gone


def _removed(path: str) -> bool:
    """Remove the file unless somebody holds its lock, or nothing can be known of that."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        if not _locked(handle):
            return False
        os.unlink(path)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def _made(target: Path) -> tuple[Path, int]:
    """A new file in the target's folder with our lock on it where there are locks, and its handle."""
    while True:
        partial = target.with_name(f".{target.stem[:60]}.{secrets.token_hex(4)}.partial{target.suffix}")
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        if _locked(handle) is not False and partial.exists():
            if target.exists():
                partial.chmod(target.stat().st_mode & 0o777)
            return partial, handle
        os.close(handle)                # another program took it for dead in the moment before we locked it


def _locked(handle: int) -> bool | None:
    """Take the lock of an open file; False where another has it, None where there are no locks that end with a process."""
    if os.name != "posix":
        return None
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
