"""The closed schema of a concept's TOML: unknown keys are refused, missing ones are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.entry import ROLES

NOTICE_LONGEST = 110


@dataclass(frozen=True)
class One:
    """A value: 'words' in both languages, or a plain type; needed or not."""

    kind: str
    needed: bool = False


@dataclass(frozen=True)
class Many:
    """A table of names, each holding a table of this shape."""

    shape: dict[str, Any] | One


T, T_NEEDED = One("words"), One("words", True)
PARAM = {"label": T_NEEDED, "hint": T_NEEDED, "unit": One("str"), "format": One("str"), "group": One("str"),
         "choices": Many(T_NEEDED)}
METRIC = {"label": T_NEEDED, "unit": One("str"), "format": One("str"), "note": T, "main": One("bool"),
          "names": Many(T_NEEDED)}
VIEW = {"title": T_NEEDED, "aside": T, "x": T, "y": T}
TERM = {"symbol": One("str", True), "role": One("role", True), "param": One("str"), "metric": One("str"),
        "marks": One("list")}
PRESET = {"title": T_NEEDED, "notice": T_NEEDED, "set": One("dict", True), "teaches": One("str")}
EXPERIMENT = {"ask": T_NEEDED, "start": One("dict", True), "then": One("dict", True), "answers": One("list", True),
              "right": One("int", True), "proof": One("str", True), "why": T_NEEDED}
ENTRY: dict[str, Any] = {
    "order": One("int", True), "title": T_NEEDED, "summary": T_NEEDED, "notice": T_NEEDED, "synonyms": One("list"),
    "needs": One("list"), "play": One("str"), "formula": One("str"), "kind": One("str"), "term": Many(TERM),
    "params": Many(PARAM),
    "metrics": Many(METRIC), "views": Many(VIEW), "marks": Many(T_NEEDED), "phases": Many(T_NEEDED),
    "checks": Many(T_NEEDED), "reasons": Many(T_NEEDED), "presets": Many(PRESET),
}
TYPES: dict[str, type] = {"str": str, "bool": bool, "int": int, "list": list, "dict": dict}


def faults_of(table: dict[str, Any], where: str) -> list[str]:
    """A sentence for everything in a concept's table that the schema does not allow."""
    rest = {k: v for k, v in table.items() if k != "experiments"}
    found = list(_check(rest, ENTRY, where))
    for number, experiment in enumerate(table.get("experiments", ())):
        name = f"{where}: experiments[{number}]"
        found += list(_check(experiment, EXPERIMENT, name))
        for answer in experiment.get("answers", ()):
            found += list(_check_one(answer, T_NEEDED, f"{name}.answers"))
        if not 0 <= experiment.get("right", 0) < len(experiment.get("answers", ())):
            found.append(f"{name}.right: must be the number of an answer")
    found += [f"{where}: notice.{language} has {len(plain_notice(text))} characters, at most {NOTICE_LONGEST} fit"
              for language, text in table.get("notice", {}).items() if len(plain_notice(text)) > NOTICE_LONGEST]
    return found


def plain_notice(text: str) -> str:
    """A text without its colouring: '{n:draws}' becomes 'draws'."""
    parts = []
    for piece in text.split("{"):
        inside, brace, after = piece.partition("}")
        parts.append(inside.partition(":")[2] + after if brace else piece)
    return "".join(parts)


def _check(table: Any, shape: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"{where}: must be a table"
        return
    for key in table.keys() - shape.keys():
        yield f"{where}: {key} is not a key of the schema"
    for key, kind in shape.items():
        if key not in table:
            if isinstance(kind, One) and kind.needed:
                yield f"{where}: {key} is missing"
        elif isinstance(kind, One):
            yield from _check_one(table[key], kind, f"{where}: {key}")
        else:
            yield from _check_many(table[key], kind, f"{where}: {key}")


def _check_many(table: Any, kind: Many, where: str) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"{where}: must be a table"
        return
    for name, value in table.items():
        if isinstance(kind.shape, One):
            yield from _check_one(value, kind.shape, f"{where}.{name}")
        else:
            yield from _check(value, kind.shape, f"{where}.{name}")


def _check_one(value: Any, kind: One, where: str) -> Iterator[str]:
    if kind.kind == "words":
        if not isinstance(value, dict) or set(value) != {"en", "zh"}:
            yield f"{where}: must be {{ en = ..., zh = ... }}"
        elif not all(isinstance(v, str) and v.strip() for v in value.values()):
            yield f"{where}: a language is empty"
    elif kind.kind == "role":
        if value not in ROLES:
            yield f"{where}: {value} is no role"
    elif not isinstance(value, TYPES[kind.kind]):
        yield f"{where}: must be of type {kind.kind}"
