"""CSV files: what encoding, delimiter and columns they have, which rows can be used, and the numbers in them."""

from __future__ import annotations

import codecs
import csv
import io
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.core.faults import BadInput
from engine.core.frame import Array

MOST_BYTES = 1_000_000_000          # of a CSV file, and of a kept table: looked at before anything is read
MOST_COLUMNS = 2000
ENCODINGS = {"utf-8": "utf-8-sig", "gbk": "gbk", "gb18030": "gb18030"}      # what one calls it: Python's codec
GUESSED = ("utf-8", "gbk", "gb18030")       # in this order: GB 18030 holds all of GBK, and GBK all of GB 2312
DELIMITERS = (",", ";", "\t")
LABELS = ("label", "class", "target", "species", "标签", "类别")     # such a column may hold words: it names classes
NOTHING = ("", "nan", "na", "n/a", "null", "none")


@dataclass(frozen=True)
class Reading:
    """How a file is read and what of it is used; what is left empty is found out, or is everything."""

    encoding: str = ""                  # a key of ENCODINGS
    delimiter: str = ""
    columns: tuple[str, ...] = ()       # in this order; empty: all of them
    label: str | None = None            # the column that names classes; '' none; None: the one called so
    rows: int = 0                       # at most so many; 0: all
    skip_bad: bool = False              # leave out rows that cannot be used, rather than refuse the file


@dataclass(frozen=True)
class CsvTable:
    """What a CSV file holds: a name for each column, (rows, columns) of numbers, and the lines that were left out."""

    columns: tuple[str, ...]
    values: Array
    bad: tuple[int, ...] = ()


@dataclass(frozen=True)
class Layout:
    """How a file is built: its encoding and delimiter, its columns, and how many lines stand before the first row."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    skipped: int


# the whole table ----------------------------------------------------------------------------------------------------


WHOLE = Reading()


def read_csv(path: Path, how: Reading = WHOLE) -> CsvTable:
    """The table of a CSV file; BadInput names the row and column of what cannot be used, and what to do about it."""
    encoding, text = decoded(path.name, content_of(path), how.encoding)
    layout = layout_of(path.name, text, encoding, how.delimiter)
    names = layout.names
    at = [place_of_column(path.name, names, name) for name in how.columns] or list(range(len(names)))
    label = label_column([names[n] for n in at]) if how.label is None else None
    if how.label:
        label = at.index(k) if (k := place_of_column(path.name, names, how.label)) in at else len(at)
        at += [k] if label == len(at) else []
    bad: list[int] = []
    values = _fast(text, layout, at, how.rows)
    if values is None:
        values = _slow(path.name, text, layout, at, label, how, bad)
    chosen = tuple(names[n] for n in at)
    return CsvTable(chosen if how.label is None else _renamed(chosen, label), values, tuple(bad))


def content_of(path: Path, most: int | None = None) -> bytes:
    """The file's bytes, or the first `most` of them."""
    try:
        if not stat.S_ISREG((state := path.stat()).st_mode):            # a pipe would be waited for, for ever
            raise BadInput(f"{path}: is not a file; give the name of a CSV file", "csv_not_a_file", path=path)
        if state.st_size > MOST_BYTES:
            raise BadInput(f"{path.name}: is larger than {MOST_BYTES // 10**6} MB; keep the rows and columns you need",
                           "csv_large", path=path.name, max=MOST_BYTES // 10**6)
        with path.open("rb") as file:
            return file.read() if most is None else file.read(most)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check its name", "no_file", path=path) from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror}); check the file", "unreadable_file",
                       path=path) from None


def decoded(name: str, content: bytes, encoding: str = "", *, whole: bool = True) -> tuple[str, str]:
    """(encoding, text): in the encoding asked for, else the first of UTF-8, GBK and GB 18030 that reads all of it."""
    for tried in (encoding,) if encoding else GUESSED:
        with suppress(UnicodeDecodeError):
            text = codecs.getincrementaldecoder(ENCODINGS[tried])().decode(content, final=whole)
            if "\x00" not in text:
                return tried, text
    if encoding:
        raise BadInput(f"{name}: cannot be read as {encoding.upper()}; choose another encoding", "csv_other_encoding",
                       path=name, encoding=encoding.upper())
    raise BadInput(f"{name}: is no text in UTF-8 or GBK; save the table as CSV in UTF-8", "csv_encoding", path=name)


def layout_of(name: str, text: str, encoding: str, delimiter: str = "") -> Layout:
    """Where the rows begin, what separates their cells, and what their columns are called."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip(" \t,;")), None)
    if first is None:
        raise BadInput(f"{name}: is empty; give a table with a row of names and rows of numbers", "csv_empty", path=name)
    delimiter = delimiter or max(DELIMITERS, key=lines[first].count)
    head = next(csv.reader([lines[first]], delimiter=delimiter))
    named = any(cell.strip() and number_of(cell) is None for cell in head)
    names = _names(head if named else [], len(head))
    if len(names) > MOST_COLUMNS:
        raise BadInput(f"{name}: has {len(names)} columns, at most {MOST_COLUMNS} can be used; leave some out",
                       "csv_wide", path=name, count=len(names), max=MOST_COLUMNS)
    return Layout(encoding, delimiter, names, first + named)


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


def place_of_column(path: str, names: Sequence[str], name: str) -> int:
    """Where the column of that name stands."""
    if name not in names:
        some = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
        raise BadInput(f"{path}: has no column {name[:40]!r}; its columns are {some}", "csv_no_column", path=path,
                       column=name[:40], columns=some)
    return names.index(name)


def _renamed(names: Sequence[str], label: int | None) -> tuple[str, ...]:
    """Names by which the classes are known again: their column is called as labels are, and no other."""
    made: list[str] = []
    for number, name in enumerate(names):
        is_label = name.strip().lower() in LABELS
        new = name if is_label == (number == label) else "label" if number == label else f"{name}′"
        while new in made:
            new += "′"
        made.append(new)
    return tuple(made)


def number_of(cell: str) -> float | None:
    """The cell as a finite number, or None."""
    if "_" in cell:                     # Python reads 1_000, a table does not mean it
        return None
    with suppress(ValueError):
        found = float(cell)
        return found if np.isfinite(found) else None
    return None


def _fast(text: str, layout: Layout, at: list[int], most: int) -> Array | None:
    """Numbers throughout, read at once; None where anything else is among them."""
    lines = text.splitlines()[layout.skipped:]
    if not any(lines):
        return None
    try:
        values = np.loadtxt(lines, np.float64, delimiter=layout.delimiter, comments=None, quotechar='"', ndmin=2,
                            max_rows=most or None)
    except ValueError:
        return None
    good = values.shape[1] == len(layout.names) and np.isfinite(values).all()
    return np.ascontiguousarray(values[:, at]) if good else None


def _slow(name: str, text: str, layout: Layout, at: list[int], label: int | None, how: Reading, bad: list[int]) -> Array:
    """Cell by cell: classes become numbers; what cannot be used is named, or its line kept in `bad`."""
    rows: list[list[float]] = []
    named: list[str] = []
    for line, cells in rows_of(name, text, layout):
        if how.rows and len(rows) == how.rows:
            break
        fault = fault_of(name, line, cells, layout.names, at, label)
        if fault is not None:
            if not how.skip_bad:
                raise fault
            bad.append(line)
            continue
        found = [number_of(cells[n]) for n in at]
        named += [cells[at[label]].strip()] if label is not None else []
        rows.append([np.nan if v is None else v for v in found])
    if not rows:
        raise BadInput(f"{name}: has no row of numbers; give a table with a row of names and rows of numbers",
                       "csv_empty", path=name)
    values = np.array(rows, np.float64)
    if label is not None and not np.isfinite(values[:, label]).all():       # words among them: all of them are names
        order = {word: number for number, word in enumerate(dict.fromkeys(named))}
        values[:, label] = [order[word] for word in named]
    return values


def rows_of(name: str, text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row below the names that is not blank."""
    reader = csv.reader(io.StringIO(text), delimiter=layout.delimiter)
    try:
        for cells in reader:
            if reader.line_num > layout.skipped and any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as fault:
        raise BadInput(f"{name}: line {reader.line_num} is not CSV ({fault}); save the table again as CSV", "csv_broken",
                       path=name, line=reader.line_num, reason=fault) from None


def fault_of(name: str, line: int, cells: Sequence[str], names: Sequence[str], at: Sequence[int],
             label: int | None) -> BadInput | None:
    """Why a row cannot be used; None where it can."""
    if len(cells) != len(names):
        return BadInput(f"{name}: line {line} has {len(cells)} cells, the first has {len(names)}; give every row the "
                        "same number", "csv_ragged", path=name, line=line, count=len(cells), wanted=len(names))
    for place, n in enumerate(at):
        cell = cells[n].strip()
        if number_of(cell) is not None or (place == label and cell):
            continue
        if cell.lower() in NOTHING:
            return BadInput(f"{name}: column {names[n]} has no number in line {line}; fill it in or leave the row out",
                            "csv_missing", path=name, column=names[n], line=line)
        return BadInput(f"{name}: column {names[n]} has {cell[:40]!r} in line {line}, which is no finite number; leave the "
                        "column out, or call it label if it names classes", "csv_words", path=name, column=names[n],
                        line=line, value=cell[:40])
    return None


def label_column(columns: Sequence[str]) -> int | None:
    """Which column names classes, by what it is called; None where none does."""
    return next((n for n, name in enumerate(columns) if name.strip().lower() in LABELS), None)


# its beginning --------------------------------------------------------------------------------------------------------

LOOKED_AT = 256 << 10               # bytes of a file that a preview reads


@dataclass(frozen=True)
class Preview:
    """The beginning of a file, before anything is decided about it."""

    layout: Layout
    lines: tuple[int, ...]              # of each row that was looked at
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]           # which columns hold numbers, for the most part
    whole: bool                         # whether that is all of the file
    bytes: int

    def unusable(self, columns: Sequence[str], label: str) -> tuple[int, ...]:
        """Lines that cannot be used with these columns."""
        names = self.layout.names
        chosen = dict.fromkeys([*columns, *([label] if label else [])])
        at = [names.index(name) for name in chosen]
        place = list(chosen).index(label) if label else None
        return tuple(line for line, cells in zip(self.lines, self.rows, strict=True)
                     if fault_of("", line, cells, names, at, place) is not None)


def preview(path: Path, how: Reading = WHOLE) -> Preview:
    """The first rows of a file; BadInput where there is nothing to be seen."""
    content = content_of(path, LOOKED_AT)
    size = path.stat().st_size
    whole = size <= len(content)
    encoding, text = decoded(path.name, content, how.encoding, whole=whole)
    if not whole:                                   # the last line may be cut
        text = text[:max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    layout = layout_of(path.name, text, encoding, how.delimiter)
    found = list(rows_of(path.name, text, layout))
    if not found:
        raise BadInput(f"{path.name}: has no row of numbers; give a table with a row of names and rows of numbers",
                       "csv_empty", path=path.name)
    numeric = []
    for n in range(len(layout.names)):
        cells = [cells[n].strip() for _, cells in found if n < len(cells) and cells[n].strip().lower() not in NOTHING]
        numeric.append(2 * sum(number_of(cell) is not None for cell in cells) > len(cells))
    return Preview(layout, tuple(line for line, _ in found), tuple(tuple(cells) for _, cells in found), tuple(numeric),
                   whole, size)
