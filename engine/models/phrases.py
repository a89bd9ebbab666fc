"""Phrases in two languages whose words stand in another order: a grammar that writes English and Chinese side by side.

"the black cat that likes the small bird sleeps on the mat" is said as: likes small bird of black cat, at mat on, sleeps.
Chinese puts before the noun what English says after it, and the place before the verb: to translate is to look elsewhere.
"""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.core.faults import BadInput
from engine.core.frame import Array
from engine.models.weights import FOLDER

END, BEGIN = ".", "<s>"
LONGEST = 24                        # English words of a phrase, its end among them
Pair = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Lexicon:
    """English words and their Chinese, by the part they play."""

    nouns: dict[str, str]
    places: dict[str, str]
    kinds: dict[str, str]
    rests: dict[str, str]           # verbs that stand alone
    does: dict[str, str]            # verbs that need somebody
    near: dict[str, str]            # where, before a place in English and after it in Chinese
    of: str                         # closes what is said of a noun
    at: str                         # opens a place

    def parts(self) -> tuple[dict[str, str], ...]:
        """All words, in the order of their numbers."""
        return self.nouns, self.places, self.kinds, self.rests, self.does, self.near


@cache
def lexicon() -> Lexicon:
    """The words, from assets/models/phrases.toml."""
    return Lexicon(**tomllib.loads((FOLDER / "phrases.toml").read_text(encoding="utf-8")))


@cache
def english() -> tuple[str, ...]:
    """Every English word by its number."""
    return (END, "the", "that", *(word for part in lexicon().parts() for word in part))


@cache
def chinese() -> tuple[str, ...]:
    """Every Chinese word by its number."""
    return (END, BEGIN, lexicon().of, lexicon().at, *(word for part in lexicon().parts() for word in part.values()))


def written(rng: random.Random) -> Pair:
    """A phrase in both languages, each closed by its end."""
    x = lexicon()
    subject, said = _thing(rng, x.nouns, 0.6)
    if rng.random() < 0.4:
        verb, (other, its) = rng.choice(list(x.does)), _thing(rng, x.nouns, 0.25)
        return (*subject, verb, *other, END), (*said, x.does[verb], *its, END)
    verb = rng.choice(list(x.rests))
    if rng.random() < 0.75:
        near, (place, its) = rng.choice(list(x.near)), _thing(rng, x.places, 0.0)
        return (*subject, verb, near, *place, END), (*said, x.at, *its, x.near[near], x.rests[verb], END)
    return (*subject, verb, END), (*said, x.rests[verb], END)


def _thing(rng: random.Random, nouns: dict[str, str], clause: float) -> Pair:
    """'the [kind] noun [that does ...]', which Chinese turns round; clause: how often it has one."""
    x, noun = lexicon(), rng.choice(list(nouns))
    kind = rng.choice(list(x.kinds)) if rng.random() < 0.6 else ""
    spoken, said = ("the", *((kind,) if kind else ()), noun), (*((x.kinds[kind],) if kind else ()), nouns[noun])
    if rng.random() >= clause:
        return spoken, said
    verb, (other, its) = rng.choice(list(x.does)), _thing(rng, x.nouns, 0.0)
    return (*spoken, "that", verb, *other), (x.does[verb], *its, x.of, *said)


def translated(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The Chinese of an English phrase by the grammar; None of what the grammar does not write."""
    x = lexicon()
    try:
        subject, rest = _read(words, x.nouns)
        verb, rest = rest[0], rest[1:]
        if verb in x.does:
            other, rest = _read(rest, x.nouns)
            found = (*subject, x.does[verb], *other)
        elif rest[0] in x.near:
            place, left = _read(rest[1:], x.places)
            found, rest = (*subject, x.at, *place, x.near[rest[0]], x.rests[verb]), left
        else:
            found = (*subject, x.rests[verb])
    except (KeyError, IndexError):
        return None
    return (*found, END) if rest == (END,) else None


def _read(words: tuple[str, ...], nouns: dict[str, str]) -> Pair:
    """A thing at the start of words: its Chinese, and what is left."""
    x = lexicon()
    if words[0] != "the":
        raise KeyError(words[0])
    kind = (x.kinds[words[1]],) if words[1] in x.kinds else ()
    at = 1 + len(kind)
    found, rest = (*kind, nouns[words[at]]), words[at + 1:]
    if rest[0] == "that":
        other, left = _read(rest[2:], x.nouns)
        return (x.does[rest[1]], *other, x.of, *found), left
    return found, rest


def words_of(text: str) -> tuple[str, ...]:
    """A phrase of the user's as its words and their end; BadInput names the first that the language lacks."""
    found = tuple(re.findall(r"[^\s.]+", text.lower()))
    for word in found:
        if word not in english():
            known = ", ".join(english()[1:])
            raise BadInput(f"phrase: {word[:40]} is not among the words it was taught; use {known}", "phrase_unknown",
                           word=word[:40], words=known)
    if not 0 < len(found) < LONGEST:
        raise BadInput(f"phrase: has {len(found)} words, it may have 1 to {LONGEST - 1}; change it", "phrase_long",
                       count=len(found), max=LONGEST - 1)
    return (*found, END)


def numbers(words: tuple[str, ...], vocabulary: tuple[str, ...]) -> Array:
    """The place of each word in its vocabulary."""
    return np.array([vocabulary.index(word) for word in words], np.int64)


def batch(count: int, seed: int) -> tuple[Array, Array]:
    """Phrases as numbers, (count, S) and (count, T), filled up with END; another seed, other phrases."""
    rng = random.Random(seed)
    pairs = [written(rng) for _ in range(count)]
    sides = []
    for side, vocabulary in enumerate((english(), chinese())):
        longest = max(len(pair[side]) for pair in pairs)
        rows = [(*pair[side], *[END] * (longest - len(pair[side]))) for pair in pairs]
        sides.append(np.stack([numbers(row, vocabulary) for row in rows]))
    return sides[0], sides[1]
