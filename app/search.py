"""Search over titles in both languages, pinyin, ids, synonyms and summaries; ranked, tolerant of one slip."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from app.catalog import Catalog
from app.entry import Entry
from app.pinyin import spellings


@dataclass(frozen=True)
class Hit:
    """A concept found, and how well it fits (less is better)."""

    id: str
    rank: float


@dataclass(frozen=True)
class _Known:
    id: str
    titles: tuple[str, ...]
    sounds: tuple[str, ...]
    initials: tuple[str, ...]
    synonyms: tuple[str, ...]
    rest: str


def folded(text: str) -> str:
    """Lower case without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


class Search:
    """The catalog, prepared for searching."""

    def __init__(self, catalog: Catalog) -> None:
        self._known = [_known(entry, catalog) for entry in catalog.entries]

    def find(self, query: str, limit: int = 20) -> list[Hit]:
        """The best concepts for a query; every word of it must be found somewhere."""
        words = folded(query).split()
        if not words:
            return []
        hits = []
        for place, known in enumerate(self._known):
            ranks = [rank_of(word, known) for word in words]
            if all(rank is not None for rank in ranks):
                hits.append((sum(rank for rank in ranks if rank is not None), place, known.id))
        return [Hit(key, rank) for rank, _, key in sorted(hits)[:limit]]


def _known(entry: Entry, catalog: Catalog) -> _Known:
    full, initials = spellings(entry.title.zh)
    chapter = catalog.chapter(entry.chapter).title
    letters = "".join(word[0] for word in folded(entry.title.en).replace("-", " ").split())
    return _Known(entry.id, (folded(entry.title.en), entry.title.zh.casefold()), (full,), (initials, letters),
                  tuple(folded(s) for s in (*entry.synonyms, entry.name.replace("_", " "), entry.id)),
                  folded(f"{entry.summary.en} {entry.summary.zh} {chapter.en} {chapter.zh}"))


def rank_of(word: str, known: _Known) -> float | None:
    """How well one word fits a concept: 0 best, None not at all."""
    if any(t.startswith(word) for t in known.titles):
        return 0.0
    if any(f" {word}" in t.replace("-", " ") for t in known.titles):
        return 1.0
    if any(s == word for s in known.synonyms):
        return 1.2
    if any(s.startswith(word) for s in known.sounds) or any(i.startswith(word) for i in known.initials):
        return 1.5
    if any(word in t for t in known.titles) or any(len(word) > 1 and word in s for s in known.sounds):
        return 2.0
    if any(s.startswith(word) or f" {word}" in s for s in known.synonyms):
        return 2.5
    if any(word in s for s in known.synonyms) or word in known.rest:
        return 4.0
    slips = [part for title in (*known.titles, *known.synonyms) for part in title.split()]
    if len(word) > 3 and any(one_slip(word, part[:len(word) + 1]) or one_slip(word, part[:len(word)]) or one_slip(word, part)
                             for part in slips):
        return 6.0
    if len(word) > 2 and any(_in_order(word, t) for t in known.titles):
        return 8.0
    return None


def one_slip(a: str, b: str) -> bool:
    """Whether one letter changed, added, left out or swapped with its neighbour makes a into b."""
    if abs(len(a) - len(b)) > 1:
        return False
    at = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    swapped = a[at:at + 2] == b[at:at + 2][::-1] and len(a[at:at + 2]) == 2 and a[at + 2:] == b[at + 2:]
    return a[at + 1:] == b[at + 1:] or a[at:] == b[at + 1:] or a[at + 1:] == b[at:] or swapped


def _in_order(word: str, text: str) -> bool:
    """Whether the letters come in this order, starting where a word of the text starts."""
    starts = [0, *(n + 1 for n, letter in enumerate(text) if letter == " ")]
    for start in starts:
        if text[start:start + 1] != word[0]:
            continue
        rest = iter(text[start:])
        if all(letter in rest for letter in word):
            return True
    return False
