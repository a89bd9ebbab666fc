"""Search over titles in both languages, pinyin, ids, synonyms, summaries and chapters; ranked, tolerant of one slip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.catalog import Catalog
from app.entry import Entry
from app.matching import (
    Found,
    Line,
    at_start,
    at_word,
    by_initials,
    by_sound,
    compact,
    in_order,
    inside,
    with_slip,
)

Span = tuple[int, int]
Way = Callable[[Line, str], Found | None]
Field = Literal["title", "synonym", "id", "text"]


def exactly(line: Line, word: str) -> Found | None:
    """The word is all there is."""
    return tuple(range(len(word))) if line.text == word else None


# How a word may be found, best first. An exact synonym is a name of the concept, so it counts before loose matches.
WAYS: tuple[tuple[float, Field, Way], ...] = (
    (0.0, "title", exactly), (1.0, "title", at_start), (2.0, "title", at_word), (3.0, "title", by_initials),
    (3.2, "title", by_sound), (3.5, "synonym", exactly), (3.5, "id", exactly), (4.0, "title", inside),
    (5.0, "title", in_order), (6.0, "synonym", at_word), (6.0, "id", at_word), (6.2, "synonym", by_sound),
    (6.5, "synonym", inside), (7.0, "text", at_word),
)
SLIPS: tuple[tuple[float, Field, Way], ...] = ((8.0, "title", with_slip), (8.5, "synonym", with_slip))
Ways = Sequence[tuple[float, Field, Way]]


@dataclass(frozen=True)
class Hit:
    """A concept found, how well it fits (less is better), and where the titles match; `also` is a synonym that did."""

    id: str
    rank: float
    en: tuple[Span, ...] = ()
    zh: tuple[Span, ...] = ()
    also: str = ""

    def spans(self, language: str) -> tuple[Span, ...]:
        """Start and end of what to highlight in the title of that language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class _Known:
    """A concept's lines by field; the first title is English, the second Chinese."""

    id: str
    lines: dict[Field, tuple[Line, ...]]


@dataclass(frozen=True)
class _Best:
    """The best way in which one word is found: its rank, the field, and the letters in each of its lines."""

    rank: float
    field: Field
    letters: tuple[Found | None, ...]


Seen = dict[tuple[str, str], _Best | None]


class Search:
    """The catalog, prepared for searching."""

    def __init__(self, catalog: Catalog) -> None:
        self._known = [_known(entry, catalog) for entry in catalog.entries]

    def find(self, query: str, limit: int = 20) -> list[Hit]:
        """The best concepts for a query: the whole of it in one place, or every word of it somewhere."""
        whole, words = compact(query), [word for word in map(compact, query.split()) if word]
        if not whole:
            return []
        seen: Seen = {}
        hits = self._hits(whole, words, seen, slips=False) or self._hits(whole, words, seen, slips=True)
        return sorted(hits, key=lambda hit: hit.rank)[:limit]

    def _hits(self, whole: str, words: list[str], seen: Seen, *, slips: bool) -> list[Hit]:
        found = [_hit(known, [whole], seen, slips) or (_hit(known, words, seen, slips) if len(words) > 1 else None)
                 for known in self._known]
        return [hit for hit in found if hit is not None]


def _known(entry: Entry, catalog: Catalog) -> _Known:
    chapter = catalog.chapter(entry.chapter).title
    fields: dict[Field, tuple[str, ...]] = {
        "title": (entry.title.en, entry.title.zh), "synonym": entry.synonyms, "id": (entry.name, entry.id),
        "text": (entry.summary.en, entry.summary.zh, chapter.en, chapter.zh),
    }
    return _Known(entry.id, {field: tuple(map(Line.of, texts)) for field, texts in fields.items()})


def _hit(known: _Known, words: list[str], seen: Seen, slips: bool) -> Hit | None:
    """All words in one concept: the rank is that of the worst, and of words apart a little behind one phrase."""
    found: list[_Best] = []
    for word in words:
        best = _best(known, word, seen, slips)
        if best is None:
            return None
        found.append(best)
    also = ""
    letters: tuple[set[int], set[int]] = (set(), set())
    for best in found:
        if best.field == "title":
            for mine, more in zip(letters, best.letters, strict=True):
                mine.update(more or ())
        elif best.field == "synonym":
            also = also or next(line.original for line, places in zip(known.lines["synonym"], best.letters, strict=True)
                                if places)
    en, zh = (line.spans(tuple(mine)) for line, mine in zip(known.lines["title"], letters, strict=True))
    return Hit(known.id, round(max(best.rank for best in found) + (0.4 if len(words) > 1 else 0.0), 3), en, zh, also)


def _best(known: _Known, word: str, seen: Seen, slips: bool) -> _Best | None:
    """How a word is found best; slips are looked for only in a second round, after `seen` has the first one's."""
    key = (known.id, word)
    if key not in seen:
        seen[key] = _first(known, word, WAYS)
    return seen[key] or (_first(known, word, SLIPS) if slips else None)


def _first(known: _Known, word: str, ways: Ways) -> _Best | None:
    """The first way that finds the word; of one way, the more of a line it covers and the closer together the better."""
    for rank, field, way in ways:
        lines = known.lines[field]
        letters = [way(line, word) for line in lines]
        if any(letters):
            covers = [len(found) ** 2 / (len(line.text) * (found[-1] - found[0] + 1))
                      for line, found in zip(lines, letters, strict=True) if found]
            return _Best(rank + 0.3 * (1 - max(covers)), field, tuple(letters))
    return None
