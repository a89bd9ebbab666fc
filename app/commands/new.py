"""`new`: lays out the files of a new concept: a small one that works and passes every check, to be changed step by step."""

from __future__ import annotations

import argparse
import keyword
from pathlib import Path

from app.atomic import write_bytes
from app.catalog import Catalog
from engine.core.address import ID
from engine.core.faults import BadInput, LoupeError

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "assets" / "templates" / "concept"
SHARED = ("core", "models", "kit")          # rooms of the house that are no chapters


def run(arguments: argparse.Namespace) -> int:
    catalog = Catalog.load()
    check_name(arguments.id, catalog, ROOT)
    for path in lay_out(arguments.id, catalog, ROOT):
        print(path.relative_to(ROOT).as_posix())
    typeset_formulas()
    print(f"next: .venv/bin/python main.py check {arguments.id}; docs/adding-a-concept.md walks through the rest")
    return 0


def check_name(concept_id: str, catalog: Catalog, root: Path) -> None:
    """Refuse an id that cannot be a concept's, or whose files are there already."""
    if not ID.fullmatch(concept_id):
        raise BadInput(f"{concept_id}: write CHAPTER.ID in small letters, digits and _, such as mathematics.random_walk",
                       "bad_id", id=concept_id)
    chapter, _, name = concept_id.partition(".")
    chapters = [c.id for c in catalog.chapters]
    if chapter not in chapters or chapter in SHARED:
        raise BadInput(f"{chapter}: no such chapter; the chapters are {', '.join(chapters)}", "no_chapter", id=chapter)
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise BadInput(f"{name}: is a word of Python; choose another name", "reserved_name", id=name)
    for path in files_of(concept_id, root).values():
        if path.exists():
            raise BadInput(f"{concept_id}: {path.relative_to(root).as_posix()} is there already; choose another name",
                           "concept_exists", id=concept_id)


def files_of(concept_id: str, root: Path) -> dict[str, Path]:
    """Template -> the file it becomes."""
    chapter, _, name = concept_id.partition(".")
    words = root / "assets" / "concepts" / chapter
    return {"engine.py": root / "engine" / chapter / f"{name}.py", "panel.py": root / "panels" / chapter / f"{name}.py",
            "words.toml": words / f"{name}.toml", "lesson.en.md": words / f"{name}.en.md",
            "lesson.zh.md": words / f"{name}.zh.md", "test.py": root / "tests" / "engine" / chapter / f"test_{name}.py"}


def lay_out(concept_id: str, catalog: Catalog, root: Path) -> list[Path]:
    """Write the concept's files, and its chapter's packages where it is the first there; returns what was written."""
    chapter, _, name = concept_id.partition(".")
    order = max((e.order for e in catalog.of_chapter(chapter)), default=0) + 1
    values = {"__ID__": name, "__CHAPTER__": chapter, "__TITLE__": name.replace("_", " ").capitalize(),
              "__ORDER__": str(order)}
    written = [p for room in ("engine", "panels") if (p := _package(root / room / chapter, catalog)) is not None]
    for template, path in files_of(concept_id, root).items():
        text = (TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
        for word, value in values.items():
            text = text.replace(word, value)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, text.encode())
        written.append(path)
    return written


def _package(folder: Path, catalog: Catalog) -> Path | None:
    """The chapter's package, made where it is missing."""
    path = folder / "__init__.py"
    if path.exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, f'"""{catalog.chapter(folder.name).title.en}."""\n'.encode())
    return path


def typeset_formulas() -> None:
    """Set the new formulas; where that cannot be done here, say what to do later."""
    from app.commands import typeset
    from app.typeset import PREBUILT

    try:
        wanted, _ = typeset.wanted_formulas(typeset.CONCEPTS)
        typeset.build(wanted, PREBUILT, remove=False)
    except LoupeError as fault:
        print(f"the formulas are not typeset yet ({fault}); run main.py typeset later")
