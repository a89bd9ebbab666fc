"""The catalog reads what concepts exist from assets/concepts: a TOML file is what makes a concept exist."""

from __future__ import annotations

import difflib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.entry import Entry, Experiment, MetricWords, ParamWords, Preset, Term, ViewWords, Words
from app.entry_schema import faults_of
from engine.core.beside import replacing
from engine.core.data import home
from engine.core.faults import BadInput

CONCEPTS = Path(__file__).resolve().parents[1] / "assets" / "concepts"


@dataclass(frozen=True)
class Chapter:
    """A chapter of the guide: its number, id and titles."""

    number: int
    id: str
    title: Words


@dataclass(frozen=True)
class Catalog:
    """Every concept that exists, in the guide's order; `faults` are sentences about texts that could not be read."""

    chapters: tuple[Chapter, ...]
    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path = CONCEPTS, cache: Path | None = None) -> Catalog:
        """Read every text below `folder`; with `cache`, files unchanged since the last reading are not parsed again."""
        chapters = tuple(Chapter(number, key, Words(**title))
                         for number, (key, title) in enumerate(_read_toml(folder / "chapters.toml").items(), 1))
        order = {chapter.id: chapter.number for chapter in chapters}
        known = _read_cache(cache)
        fresh: dict[str, Any] = {}
        entries, faults = [], []
        for path in sorted(folder.glob("*/*.toml")):
            name = path.relative_to(folder).as_posix()
            try:
                table = _table(path, name, known, fresh)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
                faults.append(f"{name}: {fault}")
                continue
            wrong = faults_of(table, name) + ([] if path.parent.name in order else [f"{name}: no such chapter"])
            faults += wrong
            if not wrong:
                entries.append(entry_from(f"{path.parent.name}.{path.stem}", table))
        entries.sort(key=lambda e: (order[e.chapter], e.order, e.id))
        _write_cache(cache, known, fresh)
        return cls(chapters, tuple(entries), tuple(faults))

    @classmethod
    def of_home(cls) -> Catalog:
        """Every text of this program, read as it was kept in the user's own folder where it has not changed since."""
        return cls.load(cache=home() / "cache" / "catalog.json")

    def entry(self, concept_id: str) -> Entry:
        """The entry of that id, or a sentence with the nearest names."""
        for found in self.entries:
            if found.id == concept_id:
                return found
        text = f"{concept_id.replace('.', '/', 1)}.toml: "
        if wrong := [fault for fault in self.faults if fault.startswith(text)]:
            raise BadInput(f"{concept_id}: its text cannot be used: {'; '.join(wrong[:3])}", "text_unusable", id=concept_id,
                           faults="; ".join(wrong[:3]))
        near = self.nearest(concept_id)
        raise BadInput(f"{concept_id}: no such concept; did you mean {', '.join(near)}?", "no_concept_near",
                       id=concept_id, near=", ".join(near))

    def nearest(self, word: str) -> list[str]:
        """Up to three ids that look like the word."""
        ids = [e.id for e in self.entries]
        names = {e.name: e.id for e in self.entries}
        near = difflib.get_close_matches(word, ids, n=3, cutoff=0.5)
        near += [names[n] for n in difflib.get_close_matches(word.rpartition(".")[2], names, n=3, cutoff=0.5)]
        return list(dict.fromkeys(near))[:3] or ids[:3]

    def of_chapter(self, chapter_id: str) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.chapter == chapter_id)

    def chapter(self, chapter_id: str) -> Chapter:
        return next(c for c in self.chapters if c.id == chapter_id)

    def leads_to(self, concept_id: str) -> tuple[Entry, ...]:
        """The concepts that need this one."""
        return tuple(e for e in self.entries if concept_id in e.needs)


def entry_from(concept_id: str, table: dict[str, Any]) -> Entry:
    """An Entry from a checked TOML table."""
    chapter, _, _ = concept_id.partition(".")
    return Entry(
        concept_id, chapter, table["order"], _words(table["title"]), _words(table["summary"]), _words(table["notice"]),
        tuple(table.get("synonyms", ())), tuple(table.get("needs", ())), table.get("formula", ""), table.get("kind", ""),
        table.get("play", ""),
        terms={k: Term(**{**v, "marks": tuple(v.get("marks", ()))}) for k, v in table.get("term", {}).items()},
        params={k: ParamWords(**_parts(v, choices=_table_of_words(v.get("choices", {})))) for k, v in
                table.get("params", {}).items()},
        metrics={k: MetricWords(**_parts(v, names=_table_of_words(v.get("names", {})))) for k, v in
                 table.get("metrics", {}).items()},
        views={k: ViewWords(**_parts(v)) for k, v in table.get("views", {}).items()},
        **{kind: _table_of_words(table.get(kind, {})) for kind in ("marks", "phases", "checks", "reasons")},
        presets={k: Preset(_words(v["title"]), _words(v["notice"]), v["set"], v.get("teaches", ""))
                 for k, v in table.get("presets", {}).items()},
        experiments=tuple(Experiment(_words(x["ask"]), x["start"], x["then"], tuple(map(_words, x["answers"])),
                                     x["right"], x["proof"], _words(x["why"])) for x in table.get("experiments", ())),
    )


def _words(table: dict[str, str]) -> Words:
    return Words(table["en"], table["zh"])


def _table_of_words(table: dict[str, dict[str, str]]) -> dict[str, Words]:
    return {k: _words(v) for k, v in table.items()}


def _parts(table: dict[str, Any], **replaced: Any) -> dict[str, Any]:
    made = {k: _words(v) if isinstance(v, dict) and set(v) == {"en", "zh"} else v for k, v in table.items()}
    return made | replaced


def _read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _table(path: Path, name: str, known: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    state = path.stat()
    stamp = [state.st_mtime_ns, state.st_size]
    old = known.get(name)
    kept = isinstance(old, list) and len(old) == 2 and old[0] == stamp and isinstance(old[1], dict)
    table: dict[str, Any] = old[1] if kept else _read_toml(path)  # type: ignore[index]
    fresh[name] = [stamp, table]
    return table


def _read_cache(cache: Path | None) -> dict[str, Any]:
    if cache is None:
        return {}
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_cache(cache: Path | None, known: dict[str, Any], fresh: dict[str, Any]) -> None:
    if cache is None or known == fresh:
        return
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with replacing(cache) as partial:
            partial.write_text(json.dumps(fresh, ensure_ascii=False), encoding="utf-8")
    except OSError:
        return  # a cache that cannot be kept costs time only
