"""A user's own table: a CSV file read once, kept by the hash of its content, and found again by that hash."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.core.faults import BadInput, Failed
from engine.core.frame import Array
from engine.core.structured import brief
from engine.core.values import Source

MOST_BYTES = 1_000_000_000          # of a CSV file, and of a kept table: looked at before anything is read
MOST_COLUMNS = 2000
ENCODINGS = ("utf-8-sig", "gb18030")        # GB 18030 holds all of GBK and GB 2312
DELIMITERS = (",", ";", "\t")
LABELS = ("label", "class", "target", "species", "标签", "类别")     # such a column may hold words: it names classes


@dataclass(frozen=True)
class CsvTable:
    """What a CSV file holds: a name for each column, and (rows, columns) of numbers."""

    columns: tuple[str, ...]
    values: Array


def home() -> Path:
    """The folder where the program keeps what belongs to the user: LOUPE_HOME, else the system's place for such."""
    chosen = os.environ.get("LOUPE_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "Loupe"
    return Path.home() / ("Library/Application Support/Loupe" if sys.platform == "darwin" else ".local/share/loupe")


# reading ------------------------------------------------------------------------------------------------------------


def read_csv(path: Path) -> CsvTable:
    """The table of a CSV file; BadInput names the row and column of what cannot be used, and what to do about it."""
    text = _text_of(path)
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip(" \t,;")), None)
    if first is None:
        raise BadInput(f"{path.name}: is empty; give a table with a row of names and rows of numbers", "csv_empty",
                       path=path.name)
    delimiter = max(DELIMITERS, key=lines[first].count)
    head = next(csv.reader([lines[first]], delimiter=delimiter))
    named = any(cell.strip() and _number(cell) is None for cell in head)
    names = _names(head if named else [], len(head))
    if len(names) > MOST_COLUMNS:
        raise BadInput(f"{path.name}: has {len(names)} columns, at most {MOST_COLUMNS} can be used; leave some out",
                       "csv_wide", path=path.name, count=len(names), max=MOST_COLUMNS)
    skipped = first + named
    values = _fast(lines[skipped:], delimiter, len(names))
    if values is None:
        values = _slow(path.name, text, names, delimiter, skipped)
    return CsvTable(names, values)


def _text_of(path: Path) -> str:
    """The file's text: UTF-8 with or without its mark, else GBK."""
    try:
        if not stat.S_ISREG((state := path.stat()).st_mode):            # a pipe would be waited for, for ever
            raise BadInput(f"{path}: is not a file; give the name of a CSV file", "csv_not_a_file", path=path)
        if state.st_size > MOST_BYTES:
            raise BadInput(f"{path.name}: is larger than {MOST_BYTES // 10**6} MB; keep the rows and columns you need",
                           "csv_large", path=path.name, max=MOST_BYTES // 10**6)
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check its name", "no_file", path=path) from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror}); check the file", "unreadable_file",
                       path=path) from None
    for encoding in ENCODINGS:
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "\x00" not in text:
                return text
    raise BadInput(f"{path.name}: is no text in UTF-8 or GBK; save the table as CSV in UTF-8", "csv_encoding",
                   path=path.name)


def _names(head: Sequence[str], count: int) -> tuple[str, ...]:
    """A different name for each column: as given, or x1, x2 … where none is."""
    names: list[str] = []
    for number in range(count):
        name = head[number].strip()[:80] if number < len(head) else ""
        name = name or f"x{number + 1}"
        while name in names:
            name += "′"
        names.append(name)
    return tuple(names)


def _number(cell: str) -> float | None:
    """The cell as a finite number, or None."""
    if "_" in cell:                     # Python reads 1_000, a table does not mean it
        return None
    with suppress(ValueError):
        found = float(cell)
        return found if np.isfinite(found) else None
    return None


def _fast(lines: list[str], delimiter: str, columns: int) -> Array | None:
    """Numbers throughout, read at once; None where anything else is among them."""
    if not any(lines):
        return None
    try:
        values = np.loadtxt(lines, np.float64, delimiter=delimiter, comments=None, quotechar='"', ndmin=2)
    except ValueError:
        return None
    return values if values.shape[1] == columns and np.isfinite(values).all() else None


def _slow(name: str, text: str, names: tuple[str, ...], delimiter: str, skipped: int) -> Array:
    """Cell by cell: classes become numbers, and the first cell that cannot be used is named."""
    label = label_column(names)
    rows: list[list[float]] = []
    classes: dict[str, int] = {}
    for line, cells in _rows(name, text, delimiter, skipped):
        if len(cells) != len(names):
            raise BadInput(f"{name}: line {line} has {len(cells)} cells, the first has {len(names)}; give every row the "
                           "same number", "csv_ragged", path=name, line=line, count=len(cells), wanted=len(names))
        found = [_number(cell) for cell in cells]
        if label is not None and found[label] is None and cells[label].strip():
            found[label] = float(classes.setdefault(cells[label].strip(), len(classes)))
        if None in found:
            raise _bad_cell(name, line, names[found.index(None)], cells[found.index(None)].strip())
        rows.append([v for v in found if v is not None])
    if not rows:
        raise BadInput(f"{name}: has no row of numbers; give a table with a row of names and rows of numbers",
                       "csv_empty", path=name)
    return np.array(rows, np.float64)


def _rows(name: str, text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row below the names that is not blank."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for cells in reader:
            if reader.line_num > skipped and any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as fault:
        raise BadInput(f"{name}: line {reader.line_num} is not CSV ({fault}); save the table again as CSV", "csv_broken",
                       path=name, line=reader.line_num, reason=fault) from None


def _bad_cell(name: str, line: int, column: str, cell: str) -> BadInput:
    if not cell or cell.lower() in ("nan", "na", "n/a", "null", "none"):
        return BadInput(f"{name}: column {column} has no number in line {line}; fill it in or leave the row out",
                        "csv_missing", path=name, column=column, line=line)
    return BadInput(f"{name}: column {column} has {cell[:40]!r} in line {line}, which is no finite number; leave the column "
                    "out, or call it label if it names classes", "csv_words", path=name, column=column, line=line,
                    value=cell[:40])


def label_column(columns: Sequence[str]) -> int | None:
    """Which column names classes, by what it is called; None where none does."""
    return next((n for n, name in enumerate(columns) if name.strip().lower() in LABELS), None)


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
    partial = place.with_name(f".{secrets.token_hex(6)}.partial")
    try:
        if not place.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                np.lib.format.write_array(file, np.ascontiguousarray(table.values, "<f8"), allow_pickle=False)
            os.replace(partial, place)
    except OSError as fault:
        with suppress(OSError):
            partial.unlink()
        raise Failed(f"{place}: could not be written ({fault.strerror}), nothing was changed; check the disk",
                     "not_written", path=place) from fault
    return Source(name, sha256, table.columns)


def load_source(source: Source) -> Array:
    """The kept table of a source, (rows, columns); BadInput where it is not there or not what it was."""
    return _load(str(place_of(source.sha256)), source.sha256, source.name, len(source.columns))


@lru_cache(maxsize=2)
def _load(place: str, sha256: str, name: str, columns: int) -> Array:
    try:
        if os.path.getsize(place) > MOST_BYTES:
            raise ValueError("too large")
        values = np.load(place, allow_pickle=False)
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


def chosen(parameter: str, word: str, names: Sequence[str]) -> str | dict[str, object]:
    """What a person typed for a source, as a plain value: one of the names, else a CSV file that is read and kept."""
    if not word or word in names:
        return word
    try:
        path = Path(word).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            path.stat()
        named = bool(path.suffix) or path.exists()
    except (OSError, ValueError, RuntimeError):         # no name of a file: too long, null characters, nobody's home
        named = False
    if not named:
        raise BadInput(f"{parameter}={brief(word)}: must be one of {', '.join(names)}, or the name of a CSV file", "not_source",
                       name=parameter, value=brief(word), choices=", ".join(names))
    source = keep(read_csv(path), path.name)
    return {"name": source.name, "sha256": source.sha256, "columns": list(source.columns)}
