"""Checks of a concept's source: it stays in its own house, holds no words or colours, and reads top to bottom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.checks.subject import Check, Faults, Subject

LONGEST_FILE, LONGEST_FUNCTION, MOST_METHODS = 300, 40, 12
HEX = re.compile(r"#[0-9a-fA-F]{3,8}")
WORDS = re.compile(r"[\u3040-\u9fff]|[A-Za-z]{2,} +[A-Za-z]{2,}")      # Chinese, or two words of English
WORD = re.compile(r"[A-Za-z]{3,}")
NO_WORDS = re.compile(r".*[|/:].*|((left|right|top|bottom|center) ?)+")  # layouts and anchors
SHOWN = ("text", "label", "texts")                                     # keywords whose text is put on screen
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def files_are_there(subject: Subject) -> Faults:
    """A concept is an engine, a panel, a table of words and two lessons; a page needs no engine and no panel."""
    kinds = ("words", "lesson.en", "lesson.zh") if subject.is_page else (
        "engine", "panel", "words", "lesson.en", "lesson.zh")
    for kind in kinds:
        if not subject.path(kind).is_file():
            yield f"{subject.path(kind).relative_to(subject.root).as_posix()} is missing"


def imports_stay_in_the_house(subject: Subject) -> Faults:
    """An engine imports engine.core, engine.models and its chapter's shared modules; a panel its twin and the kit."""
    chapter, name = subject.entry.chapter, subject.entry.name
    others = {e.name for e in subject.catalog.of_chapter(chapter)} - {name}
    engine = ("engine.core", "engine.models", f"engine.{chapter}")
    allowed = {"engine": engine, "panels": (*engine, "panels.kit", f"panels.{chapter}")}
    for path in subject.sources():
        room = path.relative_to(subject.root).parts[0]
        for line, module in imported(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(subject.root).as_posix()}:{line}"
            if module.partition(".")[0] not in ("app", "panels", "engine", ""):
                continue
            if not any(module == a or module.startswith(a + ".") for a in allowed[room]):
                yield f"{where} imports {module}; it may import {', '.join(allowed[room])}"
            elif (parts := module.split("."))[:2] in (["engine", chapter], ["panels", chapter]) and parts[2:3] and (
                    parts[2] in others):
                yield f"{where} imports the concept {chapter}.{parts[2]}; put what both need in a module of the chapter"


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, module) of every import; `from a.b import c` gives a.b.c where a.b is a chapter, else a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module.count(".") == 1 and module not in ("engine.core", "panels.kit"):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


def panels_hold_no_words_or_colours(subject: Subject) -> Faults:
    """Colours are roles and words stand in the concept's TOML: neither is written in a panel."""
    for path in subject.sources():
        if path.relative_to(subject.root).parts[0] == "panels":
            yield from words_and_colours(path, subject.root)


def words_and_colours(path: Path, root: Path) -> Faults:
    """A sentence for every hex colour and every visible word in a file of the panels."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    explained = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | FUNCTION[0])
                 and node.body and isinstance(node.body[0], ast.Expr)}
    where = path.relative_to(root).as_posix()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained:
            if HEX.fullmatch(node.value.strip()):
                yield f"{where}:{node.lineno} has the colour {node.value}; use a role"
            elif WORDS.search(node.value) and not NO_WORDS.fullmatch(node.value):
                yield f"{where}:{node.lineno} has the words {node.value!r}; put them in the concept's TOML"
        if isinstance(node, ast.Call):
            yield from _shown_words(node, where)


def _shown_words(call: ast.Call, where: str) -> Faults:
    """Words given where only numbers may be given as text."""
    for keyword in call.keywords:
        if keyword.arg not in SHOWN:
            continue
        for node in ast.walk(keyword.value):
            if isinstance(node, ast.JoinedStr):
                texts = [v.value for v in node.values if isinstance(v, ast.Constant)]
            elif isinstance(node, ast.Constant):
                texts = [node.value]
            else:
                continue
            for text in texts:
                if isinstance(text, str) and WORD.search(text) and not WORDS.search(text):
                    yield f"{where}:{node.lineno} shows the word {text!r}; put it in the concept's TOML"


def source_is_short(subject: Subject) -> Faults:
    """Files of at most 300 lines, functions of at most 40, so that each is read in one go."""
    for path in subject.sources():
        yield from too_long(path, subject.root)


def too_long(path: Path, root: Path, longest_file: int = LONGEST_FILE) -> Faults:
    """A sentence for a file, each function and each class that is too large."""
    text, where = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
    lines = text.count("\n")
    if lines > longest_file:
        yield f"{where} has {lines} lines, at most {longest_file} are allowed; divide it by ideas"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTION):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if length > LONGEST_FUNCTION:
                yield f"{where}:{node.lineno} {node.name} has {length} lines, at most {LONGEST_FUNCTION} are allowed"


def too_wide(path: Path, root: Path) -> Faults:
    """A sentence for each class with too many public methods."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            public = [f.name for f in node.body if isinstance(f, FUNCTION) and not f.name.startswith("_")
                      and not f.decorator_list and not _is_qt(f.name)]
            if len(public) > MOST_METHODS:
                yield (f"{path.relative_to(root).as_posix()}:{node.lineno} {node.name} has {len(public)} public methods, "
                       f"at most {MOST_METHODS} are allowed")


def _is_qt(name: str) -> bool:
    """Whether a method overrides one of Qt's, which are written in camelCase."""
    return name != name.lower()


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


SOURCE_CHECKS: tuple[Check, ...] = (files_are_there, imports_stay_in_the_house, panels_hold_no_words_or_colours,
                                    source_is_short)
