"""How many cases there are in all: each `@cases(n)` below this folder, which conftest.py counts as they run."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from .hostile import Hang, no_longer_than

WANTED = 10_000
THROWN = {  # what issue 6 names, and the file that throws it
    "parameters": "test_parameters.py",
    "command lines": "test_words.py",
    "CSV files": "test_tables.py",
    "expressions": "test_expressions.py",
    "notebook metadata": "test_notebooks.py",
    "figure metadata": "test_figures.py",
    "settings": "test_settings.py",
}


def declared() -> dict[str, int]:
    """The cases of each file."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        counts = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "cases"]
        found[path.name] = sum(count.value for count in counts if isinstance(count, ast.Constant))
    return found


def test_there_are_ten_thousand_cases_and_some_of_every_kind() -> None:
    counts = declared()
    assert sum(counts.values()) >= WANTED, counts
    assert all(counts[name] >= 500 for name in THROWN.values()), counts


def endless() -> None:
    while True:
        pass


def test_a_hang_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(Hang), no_longer_than(0.1):
        endless()
    assert time.monotonic() - began < 5
