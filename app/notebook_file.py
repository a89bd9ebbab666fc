"""A notebook's file: strict JSON with a version, read whole or refused in one sentence, and written atomically."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from app.atomic import write_bytes
from app.entry import Words
from app.notebook import MOST_DRAWING, Answer, Item, Note, Notebook, Picture
from app.provenance import Provenance
from app.provenance import from_json as provenance_from_json
from engine.core.faults import BadInput, LoupeError
from engine.core.typed import strict_json
from engine.core.version import PROGRAM

SCHEMA = 1
SUFFIX = ".loupe"
MOST_BYTES = 256_000_000
MOST_ITEMS, MOST_PINS, MOST_READOUTS = 5000, 8, 64
MOST_NOTE, MOST_LINE, MOST_THUMB = 200_000, 2000, 1_000_000        # characters
_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"loupe_notebook"\s*:')
_BASE64 = re.compile("[A-Za-z0-9+/]*={0,2}")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")     # what neither XML nor a screen can show
KINDS: dict[str, type[Picture | Note | Answer]] = {"picture": Picture, "note": Note, "answer": Answer}


def is_notebook(path: Path) -> bool:
    """Whether a file begins as a notebook does; a pipe or a device is not read, for that may wait for ever."""
    if not os.path.isfile(path):            # which is False, not a fault, for names that no disk can have
        return False
    try:
        with path.open("rb") as file:
            return _START.match(file.read(256)) is not None
    except OSError:
        return False


# writing ------------------------------------------------------------------------------------------------------------


def write_notebook(notebook: Notebook, path: Path) -> None:
    """Write the file, whole or not at all; LoupeError says why it could not be."""
    write_bytes(path, dumps(notebook).encode("ascii"))


def dumps(notebook: Notebook) -> str:
    """The file's text: strict ASCII JSON, an item a line, so that two versions can be compared."""
    head = json.dumps({"loupe_notebook": SCHEMA, "program": PROGRAM, "title": notebook.title}, allow_nan=False)
    items = ",\n".join(json.dumps(_table(item), allow_nan=False) for item in notebook.items)
    return f'{head[:-1]}, "items": [\n{items}\n]}}\n'


def _table(item: Item) -> dict[str, Any]:
    kind = next(name for name, cls in KINDS.items() if isinstance(item, cls))
    return {"kind": kind} | {spec.name: _plain(getattr(item, spec.name)) for spec in fields(item)}


def _plain(value: Any) -> Any:
    if isinstance(value, Provenance):
        return value.as_json()
    if isinstance(value, Words):
        return {"en": value.en, "zh": value.zh}
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


# reading ------------------------------------------------------------------------------------------------------------


def read_notebook(path: Path) -> Notebook:
    """The notebook in a file; BadInput says in one sentence why it cannot be opened. The file is never touched."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; check its name", "no_file", path=path) from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror or type(fault).__name__}); check the file",
                       "unreadable_file", path=path) from fault
    if len(content) > MOST_BYTES:
        raise damaged(str(path), f"is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise damaged(str(path), "is not text") from None
    return loads(text, str(path))


def loads(text: str, where: str) -> Notebook:
    """The notebook of a file's text, every part of it checked; BadInput says what is wrong with it."""
    try:
        table = strict_json(text)
    except ValueError:
        raise damaged(where, "is not valid JSON") from None
    if not isinstance(table, dict) or "loupe_notebook" not in table:
        raise BadInput(f"{where}: is no notebook of this program; open one that it wrote", "no_notebook", path=where)
    version = table["loupe_notebook"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise damaged(where, "has a wrong version")
    if version > SCHEMA:
        raise BadInput(f"{where}: was written by a newer version of this program (its format is {version}, this one reads "
                       f"{SCHEMA}); update the program to open it, the file is as it was", "newer_notebook", path=where,
                       version=version, known=SCHEMA)
    if set(table) != {"loupe_notebook", "program", "title", "items"}:
        raise damaged(where, "has parts missing or unknown")
    try:
        items = table["items"]
        if not isinstance(items, list) or len(items) > MOST_ITEMS:
            raise ValueError("has no list of items, or too many")
        return Notebook(_line(table["title"]), tuple(_item(item, where) for item in items))
    except LoupeError as fault:
        raise damaged(where, f"holds a picture that cannot be read: {fault.message}") from None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as fault:
        raise damaged(where, str(fault) if isinstance(fault, ValueError) else "has a wrong part") from None


def damaged(where: str, what: str) -> BadInput:
    """The fault of a notebook that cannot be read."""
    return BadInput(f"{where}: the notebook {what}; it is left as it is, open a copy of it or begin a new one",
                    "damaged_notebook", path=where, what=what)


def _item(table: Any, where: str) -> Item:
    cls = KINDS.get(table["kind"]) if isinstance(table, dict) and isinstance(table.get("kind"), str) else None
    if cls is None:
        raise ValueError("has an item of an unknown kind")
    names = {spec.name for spec in fields(cls)}
    if set(table) != names | {"kind"}:
        raise ValueError(f"has a {table['kind']} with parts missing or unknown")
    return cls(**{name: READERS[name](table[name], where) for name in names})


def clean(text: str) -> str:
    """A text without the characters that nothing can show."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def _line(value: Any, where: str = "") -> str:
    return _text(value, MOST_LINE)


def _text(value: Any, most: int = MOST_NOTE) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"has a text that is none, or of more than {most} characters")
    return clean(value)


def _words(value: Any, where: str) -> Words:
    if not isinstance(value, dict) or set(value) != {"en", "zh"}:
        raise ValueError("has words that are not in both languages")
    return Words(_line(value["en"]), _line(value["zh"]))


def _pins(value: Any, where: str) -> tuple[Provenance, ...]:
    if not isinstance(value, list) or len(value) > MOST_PINS:
        raise ValueError("has pins that are no list, or too many")
    return tuple(provenance_from_json(pin, where) for pin in value)


def _readouts(value: Any, where: str) -> tuple[tuple[str, Any], ...]:
    good = isinstance(value, list) and len(value) <= MOST_READOUTS and all(
        isinstance(r, list) and len(r) == 2 and isinstance(r[0], str) and len(r[0]) <= MOST_LINE
        and (r[1] is None or isinstance(r[1], bool | int | float | str)) for r in value)
    if not good:
        raise ValueError("has wrong readouts")
    return tuple((clean(name), _number(number)) for name, number in value)


def _number(value: Any) -> Any:
    """A readout's value; what no float can hold is no measurement."""
    if isinstance(value, str):
        return _line(value)
    if isinstance(value, int | float) and not abs(value) < 1e300:
        raise ValueError("has a readout that is no number")
    return value


def _drawings(value: Any, where: str) -> dict[str, str]:
    return _encoded(value, ("en", "zh"), MOST_DRAWING)


def _thumbs(value: Any, where: str) -> dict[str, str]:
    return _encoded(value, ("light", "dark"), MOST_THUMB)


def _encoded(value: Any, keys: tuple[str, ...], most: int) -> dict[str, str]:
    good = isinstance(value, dict) and set(value) <= set(keys) and all(
        isinstance(d, str) and len(d) <= most and _BASE64.fullmatch(d) for d in value.values())
    if not good:
        raise ValueError("has wrong pictures")
    return dict(value)


READERS: dict[str, Callable[[Any, str], Any]] = {
    "figure": provenance_from_json, "pins": _pins, "readouts": _readouts, "drawings": _drawings, "thumbs": _thumbs,
    "title": _line, "note": lambda value, where: _text(value), "made": _line, "experiment": _line, "ask": _words,
    "guess": _words, "outcome": _words, "why": _words,
}
