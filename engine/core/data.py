"""A user's own table: a CSV file read once, kept by the hash of its content, and found again by that hash."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

import numpy as np

from engine.core.beside import replacing
from engine.core.faults import BadInput, Failed, LoupeError
from engine.core.frame import Array
from engine.core.structured import brief
from engine.core.tables import ENCODINGS, MOST_BYTES, WHOLE, CsvTable, Reading, read_csv
from engine.core.values import Source

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def home() -> Path:
    """The folder where the program keeps what belongs to the user: LOUPE_HOME, else the system's place for such."""
    chosen = os.environ.get("LOUPE_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "Loupe"
    return Path.home() / ("Library/Application Support/Loupe" if sys.platform == "darwin" else ".local/share/loupe")


# keeping ------------------------------------------------------------------------------------------------------------


def content_hash(values: Array) -> str:
    """SHA-256 (hexadecimal) of a table's numbers and shape: the same on every machine."""
    table = np.ascontiguousarray(values, "<f8")
    made = hashlib.sha256(f"loupe data {table.shape[0]} {table.shape[1]}\n".encode())
    made.update(table.data)
    return made.hexdigest()


def place_of(sha256: str) -> Path:
    """Where a table of that hash is kept."""
    return home() / "data" / f"{sha256}.npy"


def keep(table: CsvTable, name: str) -> Source:
    """Put a table in the store, whole or not at all; the source that names it."""
    sha256 = content_hash(table.values)
    place = place_of(sha256)
    try:
        if not place.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(place) as partial, partial.open("wb") as file:
                np.lib.format.write_array(file, np.ascontiguousarray(table.values, "<f8"), allow_pickle=False)
    except OSError as fault:
        raise Failed(f"{place}: could not be written ({fault.strerror}), nothing was changed; check the disk",
                     "not_written", path=place) from fault
    return Source(name, sha256, table.columns)


_brought: dict[str, Any] = {}               # what `bring` was given last


def bring(tables: Mapping[str, Any]) -> None:
    """Look here for tables by their hash, rather than in the store: each is a kept file's bytes, as came with a job from
    another machine, or the LoupeError that says why it could not come."""
    if tables.keys() != _brought.keys():
        _load.cache_clear()
    _brought.clear()
    _brought.update(tables)


def load_source(source: Source) -> Array:
    """The kept table of a source, (rows, columns); BadInput where it is not there or not what it was."""
    return _load(str(place_of(source.sha256)), source.sha256, source.name, len(source.columns))


@lru_cache(maxsize=2)
def _load(place: str, sha256: str, name: str, columns: int) -> Array:
    came = _brought.get(sha256)
    if isinstance(came, LoupeError):
        raise came
    try:
        if came is None and os.path.getsize(place) > MOST_BYTES:
            raise ValueError("too large")
        values = np.load(place if came is None else io.BytesIO(came), allow_pickle=False)
        if values.ndim != 2 or values.dtype != np.float64 or values.shape[1] != columns or content_hash(values) != sha256:
            raise ValueError("not what was kept")
    except FileNotFoundError:
        raise BadInput(f"{name}: its data are not on this machine; open the CSV file again", "data_gone",
                       name=name) from None
    except (OSError, ValueError, EOFError):
        raise BadInput(f"{name}: its kept data are damaged; open the CSV file again", "data_damaged", name=name) from None
    values.flags.writeable = False
    return np.asarray(values)


# choosing -----------------------------------------------------------------------------------------------------------

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
OPTIONS = re.compile(r"\?((?:label|rows|encoding|delimiter|bad)=.*)$", re.DOTALL)


Label = Literal["no", "may", "must"]


@dataclass(frozen=True)
class Takes:
    """What a `Source` takes of a user's table: one column for each part, or as many as one likes; and perhaps classes."""

    parts: tuple[str, ...]              # names of the columns it is for; empty: any number of them
    label: Label                        # whether a column that names classes may or must be among them

    def __init__(self, *parts: str, label: Label = "no") -> None:
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "label", label)


def chosen(parameter: str, word: str, names: Sequence[str], takes: Takes | None = None) -> str | dict[str, object]:
    """What a person typed for a source, as a plain value: one of the names, else a CSV file that is read and kept.

    A file may be followed by what is wanted of it, as the window's dialog writes it:
    'table.csv:height,weight?label=kind&rows=500&encoding=gbk&delimiter=semicolon&bad=skip'.
    """
    if not word or word in names:
        return word
    path, how = asked(word, takes or Takes())
    if path is None:
        raise BadInput(f"{parameter}={brief(word)}: must be one of {', '.join(names)}, or the name of a CSV file", "not_source",
                       name=parameter, value=brief(word), choices=", ".join(names))
    source = brought(path, how)
    return {"name": source.name, "sha256": source.sha256, "columns": list(source.columns)}


def brought(path: Path, how: Reading = WHOLE) -> Source:
    """Read a CSV file and keep what is wanted of it; the source that names it."""
    return keep(read_csv(path, how), path.name)


def send_brought(pipe: Connection, path: Path, how: Reading) -> None:
    """The same in a process of its own: the source, or the fault, goes through the pipe."""
    try:
        pipe.send(brought(path, how))
    except LoupeError as fault:
        pipe.send(fault)
    except MemoryError:
        pipe.send(BadInput(f"{path.name}: does not fit into the memory; keep the rows and columns you need", "csv_memory",
                           path=path.name))


def asked(word: str, takes: Takes) -> tuple[Path | None, Reading]:
    """The file that a word names, and what of it; no path where it can be no file's name."""
    if _is_there(word):
        return Path(word).expanduser(), WHOLE
    found = OPTIONS.search(word)
    rest = word[:found.start()] if found else word
    options = _options(found.group(1)) if found else {}
    name, columns = rest, ""
    if not _is_there(rest) and ":" in rest[2:]:                 # the colon of a drive's letter parts nothing
        name, _, columns = rest.rpartition(":")
        while not _is_there(name) and ":" in name[2:]:          # a column's name may hold one
            name, _, more = name.rpartition(":")
            columns = f"{more}:{columns}"
    if not _named(name):
        return None, WHOLE
    return Path(name).expanduser(), reading_of(Path(name).name, columns, options, takes)


def reading_of(path: str, columns: str, options: dict[str, str], takes: Takes) -> Reading:
    """The columns, in the order of their parts, and the options as a reading; BadInput where they do not fit."""
    wanted = [c.strip() for c in next(csv.reader([columns]), [])]
    label = options.get("label")
    if label is None and takes.label != "no" and takes.parts and len(wanted) == len(takes.parts) + 1:
        label = wanted.pop()
    parts = [*takes.parts, *(["label"] if takes.label == "must" and label is None else [])]
    if wanted and takes.parts and len(wanted) != len(parts):
        raise BadInput(f"{path}: {len(wanted)} columns are given, {len(parts)} are wanted; name one for each of "
                       f"{', '.join(parts)}", "csv_other_columns", path=path, count=len(wanted), wanted=len(parts),
                       parts=", ".join(parts))
    rows, encoding, bad = options.get("rows", "0"), options.get("encoding", "").lower(), options.get("bad", "refuse")
    if not rows.isascii() or not rows.isdecimal() or len(rows) > 12:
        raise BadInput(f"{path}: rows={brief(rows)}: must be a whole number", "csv_option", path=path, option="rows",
                       value=brief(rows), choices="1, 2, 3 …")
    for option, value, known in (("encoding", encoding, ("", *ENCODINGS)), ("bad", bad, ("refuse", "skip"))):
        if value not in known:
            raise BadInput(f"{path}: {option}={brief(value)}: must be one of {', '.join(filter(None, known))}", "csv_option",
                           path=path, option=option, value=brief(value), choices=", ".join(filter(None, known)))
    delimiter = SEPARATORS.get(options.get("delimiter", ""), options.get("delimiter", ""))
    if len(delimiter) > 1 or delimiter in ('"', "\n", "\r"):
        raise BadInput(f"{path}: delimiter={brief(delimiter)}: must be one of {', '.join(SEPARATORS)}, or one character",
                       "csv_option", path=path, option="delimiter", value=brief(delimiter), choices=", ".join(SEPARATORS))
    return Reading(encoding, delimiter, tuple(wanted), label, int(rows), bad == "skip")


def word_for(path: str, how: Reading) -> str:
    """What a person would type for the same: `asked` takes it apart again."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(how.columns)
    names = {value: name for name, value in SEPARATORS.items()}
    options = {"label": how.label, "rows": how.rows or None, "encoding": how.encoding or None,
               "delimiter": names.get(how.delimiter, how.delimiter) or None, "bad": "skip" if how.skip_bad else None}
    given = "&".join(f"{name}={_kept_apart(str(value))}" for name, value in options.items() if value is not None)
    return path + (f":{line.getvalue()}" if how.columns else "") + (f"?{given}" if given else "")


def _options(text: str) -> dict[str, str]:
    return {name: unquote(value) for name, _, value in (part.partition("=") for part in text.split("&"))}


def _kept_apart(value: str) -> str:
    return value.replace("%", "%25").replace("&", "%26")


def _is_there(word: str) -> bool:
    """Whether a file of that name is there."""
    try:
        return Path(word).expanduser().exists()
    except (OSError, ValueError, RuntimeError):         # no name of a file: too long, null characters, nobody's home
        return False


def _named(word: str) -> bool:
    """Whether that may be meant as a file's name."""
    try:
        path = Path(word).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            path.stat()
        return bool(path.suffix) or path.exists()
    except (OSError, ValueError, RuntimeError):
        return False
