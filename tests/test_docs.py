"""The documents tell the truth: the code they show runs, the files they name are there, the commands they show exist."""

import re
import shlex
import sys
import types
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
FOREIGN = re.compile(r"^(pip|git|ray|pytest|ruff|unshare|apt)\b|mypy|strict")       # other programs' words
HEAD = """
from __future__ import annotations
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
import numpy as np
from engine.core import Array, Check, Range, Run, Seed, View, concept
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
"""


def walked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The concept that docs/adding-a-concept.md writes, from its own code blocks."""
    code = "\n".join(BLOCK.findall((ROOT / "docs" / "adding-a-concept.md").read_text(encoding="utf-8")))
    module = types.ModuleType("random_walk")
    monkeypatch.setitem(sys.modules, "random_walk", module)     # dataclasses look their annotations up there
    names: dict[str, Any] = module.__dict__
    exec(compile(HEAD + code, "adding-a-concept.md", "exec", dont_inherit=True), names)
    return names


def test_the_walk_through_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    names = walked(monkeypatch)
    from engine.core import build, iterate

    concept = names["random_walk"]
    for values in ({}, {"drift": 0.4}, {"walkers": 2000, "steps": 500}):
        params = build(concept.Params, values)
        frames = list(iterate(concept, params))
        assert len(frames) == params.steps + 1
        checks = concept.checks(params, frames)
        assert checks
        assert all(check.ok for check in checks), checks


def test_the_walk_through_is_drawn(qapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    from engine.core import iterate
    from panels.kit.canvas import Canvas
    from panels.kit.panel import PANELS, Shown
    from panels.kit.theme import theme

    concept = walked(monkeypatch)["random_walk"]
    made = PANELS.pop(concept.id)
    frame = list(iterate(concept, concept.default()))[-1]
    canvas = Canvas(theme("light"))
    canvas.draw(made, frame, concept.default(), Shown())
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    canvas.paint(painter, QRectF(0, 0, 600, 400))
    painter.end()
    assert set(canvas.plots()) == {"path", "places"}


def test_the_walk_through_is_short() -> None:
    text = (ROOT / "docs" / "adding-a-concept.md").read_text(encoding="utf-8")
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines() if line.strip()]
    assert len(lines) < 100


@pytest.mark.parametrize("path", DOCS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_what_a_document_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if ":" not in link]
    assert not [link for link in links if not (path.parent / link).exists()]


def test_commands_in_the_documents_exist() -> None:
    from app.cli import COMMANDS

    named = {word for path in DOCS for word in re.findall(r"main\.py ([a-z]+)", path.read_text(encoding="utf-8"))}
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("path", DOCS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_command_lines_in_the_documents_are_understood(path: Path) -> None:
    """Each line of a shell block is parsed as the program would; options named in a sentence belong to some command."""
    from app.cli import parse

    text = path.read_text(encoding="utf-8")
    for line in (line for block in SHELL.findall(text) for line in block.splitlines() if "main.py " in line):
        parse(shlex.split(line.partition("main.py ")[2], comments=True))       # BadInput: no such command, option or number
    sources = (ROOT / "app" / "cli.py", *(ROOT / "scripts").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py"))
    words = "\n".join(p.read_text(encoding="utf-8") for p in sources)
    ours = {option for sentence in re.findall(r"`([^`\n]*)`", text) if not FOREIGN.search(sentence)
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", sentence)}
    assert not [option for option in sorted(ours) if f'"{option}"' not in words]


@pytest.mark.parametrize("path", DOCS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_make_targets_and_keys_in_the_documents_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    keys = (ROOT / "app" / "actions.py").read_text(encoding="utf-8") + (ROOT / "app" / "learning.py").read_text(encoding="utf-8")
    assert not set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) - targets
    named = set(re.findall(r"\bCtrl\+[A-Za-z+]+", text)) - {"Ctrl+C"}          # a terminal's own
    assert not [key for key in sorted(named) if f'"{key}"' not in keys]


def test_both_readmes_say_the_same() -> None:
    """As many headings, pictures and points in both, and the same commands to the letter."""
    en, zh = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    for pattern in (r"^#+ ", r"!\[", r"^- \*\*"):
        assert len(re.findall(pattern, en, re.MULTILINE)) == len(re.findall(pattern, zh, re.MULTILINE)), pattern
    said = [[line.partition(" #")[0].rstrip() for block in SHELL.findall(text) for line in block.splitlines()]
            for text in (en, zh)]
    assert said[0] == said[1]
