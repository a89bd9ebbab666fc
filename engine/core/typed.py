"""Values as they are typed: name=value words of a command line, and JSON without NaN or a key twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from engine.core.cells import cell_of
from engine.core.data import Takes, chosen
from engine.core.faults import BadInput
from engine.core.params import Parameter, parameter
from engine.core.structured import brief, note_of


def parse_set(params_type: Any, pairs: Iterable[str]) -> dict[str, Any]:
    """Values from command-line words 'name=value': numbers, true/false, choices, JSON, or @file for text (1 MB of UTF-8).

    BadInput for a word without '=', an unknown name, or a value that is not of the parameter's kind; `build` checks ranges.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, word = pair.partition("=")
        if not equals:
            raise BadInput(f"{brief(pair)}: write --set name=value", "bad_set", value=brief(pair))
        name = name.strip()
        found[name] = _cell_word(word) if cell_of(name) else _word(parameter(params_type, name), word)
    return found


def _cell_word(word: str) -> Any:
    """A cell as it was typed: a number where it is one, else text, such as 17/3."""
    try:
        return json.loads(word, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return word


def _word(spec: Parameter, word: str) -> Any:
    if spec.type in ("text", "expression"):
        return _file_text(spec.name, word[1:]) if word.startswith("@") else word
    if spec.type == "choice":
        return word
    if spec.type in ("flags", "source", "image", "model") and not word.lstrip().startswith(("[", "{", '"')):
        return chosen(spec.name, word, spec.choices, note_of(spec.notes, Takes)) if spec.type == "source" else word
    try:
        return json.loads(word, parse_constant=_no_constant, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError):
        if spec.type == "bool":
            raise BadInput(f"{spec.name}={brief(word)}: must be true or false", "not_bool", name=spec.name,
                           value=brief(word)) from None
        if spec.type in ("int", "float", "seed"):
            raise BadInput(f"{spec.name}={brief(word)}: must be a number", "not_number", name=spec.name,
                           value=brief(word)) from None
        raise BadInput(f"{spec.name}: is not valid JSON", "not_json", name=spec.name) from None


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def strict_json(text: str) -> Any:
    """Parse JSON that has no NaN, no Infinity and no key twice; ValueError otherwise, however deep it nests."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twice)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _file_text(name: str, path: str) -> str:
    try:
        if not os.path.isfile(path) and os.path.exists(path):           # a pipe would be waited for, for ever
            raise IsADirectoryError(path)
        with open(path, encoding="utf-8") as file:
            return file.read(1_000_001)
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{name}=@{path}: cannot be read as UTF-8 text ({type(fault).__name__}); check the file's name",
                       "unreadable", name=name, path=path) from None
