"""Matching finds typed letters in a line of text, in Latin letters or by the sound of Chinese, and says where."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from app.pinyin import syllables

SMALL_WORDS = frozenset(("a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"))
APOSTROPHES = "'’"
SLIPS_FROM = 4                  # shorter words are too easily mistaken for one another

Found = tuple[int, ...]         # the places of the letters found, in Line.text


def _plain(letter: str) -> str:
    """One letter in lower case without its accent; nothing for signs and spaces."""
    return "".join(c for c in unicodedata.normalize("NFKD", letter.casefold()) if c.isalnum())


def compact(text: str) -> str:
    """Only letters and digits, in lower case, without accents: 'K-Means' and 'kmeans' are one."""
    return "".join(map(_plain, text))


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"


@dataclass(frozen=True)
class Line:
    """A text prepared for matching: its letters, the place of each in the original, and where words start."""

    original: str
    text: str
    places: tuple[int, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, original: str) -> Line:
        """Prepare a text; every Chinese character starts a word."""
        letters: list[str] = []
        places: list[int] = []
        starts: list[int] = []
        fresh = True
        for place, letter in enumerate(original):
            plain = _plain(letter)
            if not plain:
                fresh = fresh or not (letter in APOSTROPHES or unicodedata.combining(letter))
                continue
            if fresh or _is_han(letter) or (letters and _is_han(letters[-1])):
                starts.append(len(letters))
            fresh = False
            letters += plain
            places += [place] * len(plain)
        return cls(original, "".join(letters), tuple(places), tuple(starts))

    @cached_property
    def sounds(self) -> tuple[str, ...]:
        """The sound of each letter of `text`; empty when there is no Chinese in it."""
        return tuple(syllables(self.text)) if any(map(_is_han, self.text)) else ()

    @cached_property
    def heard(self) -> tuple[str, ...]:
        """The sound of the whole text from each letter on."""
        return tuple("".join(self.sounds[at:]) for at in range(len(self.sounds)))

    @cached_property
    def initials(self) -> tuple[tuple[str, Found], ...]:
        """The first letters of its words and their places, with and without the small words."""
        ends = (*self.starts[1:], len(self.text))
        large = tuple(s for s, e in zip(self.starts, ends, strict=True) if self.text[s:e] not in SMALL_WORDS)
        return tuple(("".join(self.text[at] for at in places), places) for places in dict.fromkeys((self.starts, large)))

    def spans(self, found: Found) -> tuple[tuple[int, int], ...]:
        """Start and end, in the original, of each stretch found; neighbours in `text` are one stretch."""
        spans: list[tuple[int, int]] = []
        last = -2
        for at in sorted(found):
            place = self.places[at]
            spans[-1:] = [(spans[-1][0], place + 1)] if at == last + 1 else [*spans[-1:], (place, place + 1)]
            last = at
        return tuple(spans)


def at_start(line: Line, word: str) -> Found | None:
    """The text begins with the word."""
    return tuple(range(len(word))) if line.text.startswith(word) else None


def at_word(line: Line, word: str) -> Found | None:
    """A word of the text begins with it."""
    if word not in line.text:
        return None
    start = next((s for s in line.starts if line.text.startswith(word, s)), None)
    return None if start is None else tuple(range(start, start + len(word)))


def inside(line: Line, word: str) -> Found | None:
    """The text has it somewhere."""
    start = line.text.find(word) if len(word) > 1 else -1
    return None if start < 0 else tuple(range(start, start + len(word)))


def by_initials(line: Line, word: str) -> Found | None:
    """The first letters of the words: 'clt' in 'Central limit theorem'."""
    for letters, places in line.initials if len(word) > 1 else ():
        if letters.startswith(word):
            return places[:len(word)]
    return None


def by_sound(line: Line, word: str) -> Found | None:
    """Pinyin, whole, by initials or mixed, from any character on: 'zhongxin', 'zxjx', 'zhongxjx'."""
    if not line.sounds or not word.isascii():
        return None
    for start in line.starts if len(word) > 1 else line.starts[:1]:
        if line.sounds[start][0] != word[0]:
            continue
        found = _spelt(line.sounds, word, start)
        if found is not None and any(_is_han(line.text[at]) for at in found):
            return found
    return None


def _spelt(sounds: tuple[str, ...], word: str, at: int) -> Found | None:
    """The characters from `at` on whose sounds, each at least by its first letter, spell the word."""
    if not word:
        return ()
    if at >= len(sounds):
        return None
    same = 0
    for heard, typed in zip(sounds[at], word, strict=False):
        if heard != typed and (heard, typed) != ("v", "u"):
            break
        same += 1
    for taken in range(same, 0, -1):
        rest = _spelt(sounds, word[taken:], at + 1)
        if rest is not None:
            return (at, *rest)
    return None


def in_order(line: Line, word: str) -> Found | None:
    """The letters in this order, the first of them where a word starts: 'grdes' in 'Gradient descent'."""
    for start in line.starts if len(word) > 2 else ():
        found, at = [start], start
        if line.text[start] != word[0]:
            continue
        for letter in word[1:]:
            at = line.text.find(letter, at + 1)
            if at < 0:
                break
            found.append(at)
        if len(found) == len(word):
            return tuple(found)
    return None


def with_slip(line: Line, word: str) -> Found | None:
    """A word of the text, or its sound, begins with it but for one letter."""
    half = len(word) // 2
    if len(word) < SLIPS_FROM or not any(part in all_of for part in (word[:half], word[half + 1:])
                                         for all_of in (line.text, *line.heard[:1])):
        return None                                             # one slip leaves the one half or the other as it is
    for start in line.starts:
        reach = slip_reach(word, line.text, start)
        if not reach and line.sounds:
            reach = _characters(line.sounds[start:], slip_reach(word, line.heard[start], 0))
        if reach:
            return tuple(range(start, start + reach))
    return None


def slip_reach(word: str, text: str, start: int = 0) -> int:
    """How many letters from `start` are the word with one letter changed, left out, added or swapped; 0 if none are."""
    same = 0
    while same < len(word) and text[start + same:start + same + 1] == word[same]:
        same += 1
    at, rest = start + same, word[same:]
    if len(text) > at and text.startswith(rest[1:], at + 1):
        return len(word)                                        # changed
    if text.startswith(rest, at + 1):
        return len(word) + 1                                    # left out
    if text.startswith(rest[1:], at):
        return len(word) - 1                                    # added
    swapped = len(rest) > 1 and text.startswith(rest[1] + rest[0] + rest[2:], at)
    return len(word) if swapped else 0


def _characters(sounds: tuple[str, ...], letters: int) -> int:
    """How many characters these many letters of pinyin reach."""
    count = 0
    while letters > 0 and count < len(sounds):
        letters -= len(sounds[count])
        count += 1
    return count
