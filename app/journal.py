"""A sweep's journal: the points computed so far, beside the file they will become, so that nothing is computed twice.

JSON lines: the first says which sweep it is, each other one is a point. Every line is handed to the system at once, so
that killing the program loses none of them; once a second they are asked to the disk, so that a power cut loses no more
than that second. A line that was cut short by such an end is let go, and its point is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from app.atomic import faults_of_writing
from app.sweep import Sweep, plain_params
from engine.core.faults import BadInput
from engine.core.frame import Metric
from engine.core.report import dump
from engine.core.version import PROGRAM

SUFFIX = ".journal"
FIRST = b'{"loupe_sweep":'           # how the first line of every journal begins
PARTS = {"over": "--over", "seeds": "--seeds", "frame": "--frame", "device": "--device", "edits": "--edit",
         "parameters": "--set", "program": "version of the program", "code": "version of the program"}
EVERY = 1.0                          # seconds between two requests that the disk have it


def journal_path(output: Path) -> Path:
    """Where the journal of a sweep into this file stands."""
    target = Path(os.path.realpath(output))
    return target.with_name(target.name + SUFFIX)


def header_of(sweep: Sweep) -> dict[str, Any]:
    """What a point's numbers depend on, as JSON has it."""
    header = {"loupe_sweep": 1, "program": PROGRAM, "code": code_digest(), "concept": sweep.concept_id,
              "parameters": plain_params(sweep), "over": [[axis.name, axis.values] for axis in sweep.axes],
              "seeds": sweep.seeds, "device": sweep.device, "edits": sweep.edits, "frame": sweep.last}
    found: dict[str, Any] = json.loads(dump(header))
    return found


@cache
def code_digest() -> str:
    """A hash of the engine's source: numbers of another version of it do not belong into the same table."""
    engine = Path(__file__).resolve().parents[1] / "engine"
    found = hashlib.sha256()
    for path in sorted(engine.rglob("*.py")):
        found.update(path.relative_to(engine).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:16]


class Journal:
    """The open journal of one sweep; nobody else can open it meanwhile."""

    def __init__(self, path: Path, file: BinaryIO, known: dict[int, dict[str, Metric]]) -> None:
        self.path, self.known = path, known
        self._file = file
        self._synced = monotonic()
        self._empty = not known

    def add(self, number: int, metrics: dict[str, Metric]) -> None:
        """Keep a point."""
        self._empty = False
        with faults_of_writing(self.path):
            self._file.write(dump([number, metrics]).encode() + b"\n")
            self._file.flush()
            if monotonic() - self._synced > EVERY:
                os.fsync(self._file.fileno())
                self._synced = monotonic()
        self.known[number] = metrics

    def remove(self) -> None:
        """The result is written: what the journal holds stands there."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def close(self) -> None:
        """Let others have it; where nothing was computed, nothing is left behind."""
        with contextlib.suppress(OSError):
            os.fsync(self._file.fileno())
        if self._empty:
            self.remove()
        with contextlib.suppress(OSError):
            self._file.close()


def open_journal(sweep: Sweep, output: Path, fresh: bool = False) -> Journal:
    """The journal of a sweep into `output`, with the points of an earlier attempt unless it is to begin anew."""
    path = journal_path(output)
    with faults_of_writing(path):
        file = _locked(path, output)
        try:
            header = header_of(sweep)
            known = None if fresh else _read(file, path, header, len(sweep.points()))
            if known is None:
                file.truncate(0)
                file.write(dump(header).encode() + b"\n")
                file.flush()
        except BaseException:
            file.close()
            raise
    return Journal(path, file, known or {})


def _locked(path: Path, output: Path) -> BinaryIO:
    """The file, ours alone. The system lets go of the lock however the program ends."""
    while True:
        file = path.open("a+b")
        try:
            _lock(file)
        except BlockingIOError:
            file.close()
            raise BadInput(f"{output}: another sweep into it is running; wait for it, stop it, or choose another file",
                           "sweep_running", path=output) from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()                            # whoever had it has just finished, and removed it


def _lock(file: BinaryIO) -> None:
    """Where there are no such locks (Windows) two sweeps into one file are the user's to avoid."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(file: BinaryIO, path: Path, header: dict[str, Any], count: int) -> dict[int, dict[str, Metric]] | None:
    """The points it holds; None where there is nothing yet. What follows the last whole line is cut off."""
    file.seek(0)
    lines = file.read().split(b"\n")
    torn = lines.pop()
    if not lines and (not torn or torn.startswith(FIRST) or FIRST.startswith(torn)):
        return None
    found = _parsed(lines[0]) if lines and lines[0].startswith(FIRST) else None
    if not isinstance(found, dict):
        raise BadInput(f"{path}: is no journal of a sweep; move it away or choose another file to write", "no_journal",
                       path=path)
    differs = [name for name in header if found.get(name) != header[name]]
    if differs:
        what = PARTS.get(differs[0], differs[0])
        raise BadInput(f"{path}: belongs to an interrupted sweep with another {what}; add --fresh to begin anew, or choose "
                       "another file", "other_journal", path=path, what=what)
    if torn:
        file.truncate(file.tell() - len(torn))
    known = {}
    for line in lines[1:]:
        match _parsed(line):
            case [int(number), dict(metrics)] if 0 <= number < count:
                known[number] = metrics
    return known


def _parsed(line: bytes) -> Any:
    """A line's JSON; None where it has none."""
    try:
        return json.loads(line)
    except ValueError:
        return None
