"""`typeset`: every formula of every text, set and kept in assets/formulas, so that no window ever waits for one."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.entry import Entry, Words
from app.typeset import PREBUILT, Typesetter, key_of
from engine.core.faults import BadInput, Failed

CONCEPTS = PREBUILT.parent / "concepts"
Wanted = dict[tuple[str, bool], str]        # (TeX, display) -> the first text it stands in


def run(arguments: argparse.Namespace) -> int:
    """Typeset what is missing and remove what is no longer used; with --check only say what would be done."""
    wanted, faults = wanted_formulas(CONCEPTS)
    if arguments.check:
        return _report(check(wanted, PREBUILT), faults, f"{len(wanted)} formulas are up to date")
    new, removed, wrong = build(wanted, PREBUILT, remove=not faults)
    return _report(wrong, faults, f"{len(wanted)} formulas: {new} typeset, {removed} removed")


def _report(faults: list[str], unread: list[str], done: str) -> int:
    for sentence in [*unread, *faults]:
        print(sentence, file=sys.stderr)
    if not faults and not unread:
        print(done)
    return 1 if faults or unread else 0


def wanted_formulas(folder: Path) -> tuple[Wanted, list[str]]:
    """The formulas of every concept's TOML and lesson, and a sentence for each text that could not be read."""
    wanted: Wanted = {}
    faults = []
    for path in sorted([*folder.rglob("*.toml"), *folder.rglob("*.md")]):
        name = path.relative_to(folder).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
            found = in_lesson(text) if path.suffix == ".md" else in_table(tomllib.loads(text))
            for tex, display in found:
                wanted.setdefault((tex.strip(), display), name)
        except (OSError, ValueError) as fault:
            faults.append(f"{name}: {fault}")
    return wanted, faults


def in_table(table: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The formulas of a TOML table, wherever a key is `formula`; they are set in display style."""
    for key, value in table.items():
        if key == "formula" and isinstance(value, str):
            yield value, True
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from in_table(inner)


def in_lesson(text: str) -> Iterator[tuple[str, bool]]:
    """The maths of a lesson, read as the window reads it."""
    from app.lesson_text import blocks_of

    nobody = Entry("", "", 0, Words(), Words(), Words())
    for block in blocks_of(text, nobody):
        pieces = [*block.pieces, *(piece for row in block.rows for cell in row for piece in cell)]
        yield from ((piece.text, block.kind == "math") for piece in pieces if piece.kind == "math")


def check(wanted: Wanted, folder: Path) -> list[str]:
    """A sentence for every formula that is missing, damaged or no longer used in the folder of prebuilt ones."""
    kept = Typesetter(prebuilt=folder)
    missing = [f"{name}: {tex}: is not typeset; run main.py typeset" for (tex, display), name in wanted.items()
               if kept.find(tex, display) is None]
    return missing + [f"{path.name}: is used by no text; run main.py typeset" for path in _unused(wanted, folder)]


def build(wanted: Wanted, folder: Path, *, remove: bool = True) -> tuple[int, int, list[str]]:
    """Set what is missing, remove what no text uses; how many of each, and a sentence for each faulty formula."""
    typesetter = Typesetter(prebuilt=None, cache=folder)
    new, wrong = 0, []
    try:
        for (tex, display), name in wanted.items():
            if typesetter.find(tex, display) is not None:
                continue
            try:
                typesetter.typeset(tex, display)
                new += 1
            except BadInput as fault:
                wrong.append(f"{name}: {fault}")
                continue
            if not (folder / f"{key_of(tex, display)}.svg.gz").is_file():
                raise Failed(f"{folder}: formulas cannot be written there; check the disk and its permissions",
                             "formulas_not_written", folder=str(folder))
    finally:
        typesetter.close()
    unused = _unused(wanted, folder) if remove else []
    for path in unused:
        path.unlink()
    return new, len(unused), wrong


def _unused(wanted: Wanted, folder: Path) -> list[Path]:
    names = {f"{key_of(tex, display)}.svg.gz" for tex, display in wanted}
    return sorted(path for path in folder.glob("*.svg.gz") if path.name not in names)
