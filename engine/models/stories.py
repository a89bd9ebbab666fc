"""The language the small decoder reads: a vocabulary of words, a tokeniser, and a grammar that writes little stories.

A quarter of the sequences are stories with facts that come back ("tom had a red ball . ... who had the ball ? tom ."),
half are random words said several times, a quarter a story's beginning said several times. None can be continued well
without looking back: that is what attention is for.
"""

from __future__ import annotations

import random
import re
from functools import cache

import numpy as np

from engine.core.frame import Array

START, UNKNOWN = "<s>", "<unk>"
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
MARKS = (".", ",", ";", ":", "?", "!", "'")
ANIMALS = ("cat", "dog", "bird", "fish", "horse", "cow", "mouse", "fox", "bear", "frog")
PEOPLE = ("anna", "ben", "lily", "tom", "max", "sam", "kate", "john", "mary", "alice")
THINGS = ("ball", "book", "hat", "box", "kite", "cup", "key", "ring", "boat", "drum", "coin", "lamp")
PLACES = ("mat", "rug", "bed", "chair", "table", "tree", "hill", "river", "park", "house", "garden", "school", "door",
          "wall", "road")
KINDS = ("red", "blue", "green", "black", "white", "big", "small", "old", "new", "little")
MOODS = ("happy", "sad", "warm", "cold", "hungry", "tired")
RESTS = ("sat", "slept", "lay", "stood", "ran", "played")
NEAR = ("on", "under", "near", "behind", "by", "in")
OTHERS = ("the", "this", "that", "his", "her", "my", "your", "he", "she", "it", "they", "we", "you", "him", "them", "and",
          "but", "then", "so", "because", "not", "no", "yes", "is", "was", "were", "had", "has", "did", "do", "to", "from",
          "with", "at", "of", "for", "into", "where", "what", "who", "which", "when", "why", "how", "saw", "found", "lost",
          "gave", "took", "put", "went", "came", "said", "liked", "wanted", "looked", "ate", "read", "called", "name",
          "day", "night", "morning", "time", "water", "milk", "bread", "tea", "story", "one", "two", "three", "four",
          "five", "once", "there", "good", "all", "again")
VOCABULARY = (START, UNKNOWN, *LETTERS, *MARKS, *ANIMALS, *PEOPLE, *THINGS, *PLACES, *KINDS, *MOODS, *RESTS, *NEAR, *OTHERS)
HELD_OUT = 1_000_003                # the seed of sequences that no training sees
PIECES = re.compile(r"[a-z]+|\S")


@cache
def numbers() -> dict[str, int]:
    """Each token's number."""
    return {token: number for number, token in enumerate(VOCABULARY)}


def tokens_of(text: str) -> tuple[str, ...]:
    """A text as tokens after the start token: words of the vocabulary, others spelled letter by letter."""
    known, found = numbers(), [START]
    for piece in PIECES.findall(text.lower()):
        if piece in known:
            found.append(piece)
        else:
            found += [letter if letter in known else UNKNOWN for letter in piece]
    return tuple(found)


def encode(tokens: tuple[str, ...]) -> Array:
    """The numbers of tokens, (T,)."""
    return np.array([numbers()[t] for t in tokens], np.int64)


def sequences(count: int, length: int, seed: int) -> tuple[Array, Array]:
    """(count, length) token numbers, and which of them a reader could foresee: all but random words said for the first time.

    Of four sequences one is a story, two are random words repeated, one is a story's beginning repeated.
    """
    rng = random.Random(seed)
    rows, counted = [], np.ones((count, length), bool)
    for n in range(count):
        if n % 2 == 0:
            words = [rng.choice(VOCABULARY[2:]) for _ in range(rng.randint(3, 20))]
            counted[n, :len(words) + 1] = False
            rows.append(said_again(words, rng, length))
        else:
            rows.append(story(rng, length) if n % 4 == 1 else said_again(story(rng, rng.randint(4, 24))[1:], rng, length))
    return np.array([[numbers()[t] for t in row] for row in rows], np.int64), counted


def recalls(count: int, length: int, seed: int) -> tuple[Array, Array]:
    """(count, length) token numbers: random words, from 24 to half the length of them, said again and again; which count.

    As in `sequences` what is said for the first time does not count: the rest is known to whoever can look far back.
    """
    rng, rows, counted = random.Random(seed), [], np.ones((count, length), bool)
    for n in range(count):
        words = [rng.choice(VOCABULARY[2:]) for _ in range(round(24 * (length / 48) ** ((n + 0.5) / count)))]
        counted[n, :len(words) + 1] = False
        rows.append(said_again(words, rng, length))
    return np.array([[numbers()[t] for t in row] for row in rows], np.int64), counted


def held_out(count: int, context: int) -> tuple[Array, Array]:
    """Sequences that no training sees, (count, context + 1), and which tokens count."""
    return sequences(count, context + 1, HELD_OUT)


def said_again(words: list[str], rng: random.Random, length: int) -> list[str]:
    """The words again and again until the length is reached, with one mark between, or none."""
    between = rng.choice(([";"], ["."], [","], []))
    row = [START]
    while len(row) < length:
        row += [*words, *between]
    return row[:length]


def story(rng: random.Random, length: int) -> list[str]:
    """Facts about a few people, animals and things, and questions that only the facts answer."""
    told, row = Told(rng), [START]
    while len(row) < length:
        row += told.sentence()
    return row[:length]


class Told:
    """What a story has said so far."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.where: dict[str, tuple[str, str]] = {}         # of an animal or thing: (preposition, place)
        self.owner: dict[str, str] = {}                     # of a thing
        self.kind: dict[str, str] = {}                      # colour or size of a thing or animal
        self.name: dict[str, list[str]] = {}                # letters an animal is called by

    def sentence(self) -> list[str]:
        """The next sentence or question with its answer."""
        ways = [self.rest, self.rest, self.own, self.mood, self.named]
        if self.where:
            ways += [self.ask_where, self.again]
        if self.owner:
            ways += [self.put, self.ask_owner, self.ask_what]
        if self.name:
            ways += [self.ask_name]
        return self.rng.choice(ways)()

    def rest(self) -> list[str]:
        """the old cat sat on the mat ."""
        animal, place, near = self.rng.choice(ANIMALS), self.rng.choice(PLACES), self.rng.choice(NEAR)
        self.where[animal] = (near, place)
        return ["the", *self.described(animal), self.rng.choice(RESTS), near, "the", place, "."]

    def described(self, noun: str) -> list[str]:
        """The noun, once in a while with its colour or size, which stays."""
        if noun in self.kind or self.rng.random() < 0.4:
            return [self.kind.setdefault(noun, self.rng.choice(KINDS)), noun]
        return [noun]

    def own(self) -> list[str]:
        """tom had a red ball ."""
        person, thing = self.rng.choice(PEOPLE), self.rng.choice(THINGS)
        self.owner[thing] = person
        return [person, self.rng.choice(("had", "found", "took")), "a", *self.described(thing), "."]

    def put(self) -> list[str]:
        """tom put the red ball under the bed ."""
        thing = self.rng.choice(list(self.owner))
        self.where[thing] = (self.rng.choice(NEAR), self.rng.choice(PLACES))
        return [self.owner[thing], "put", "the", *self.described(thing), self.where[thing][0], "the", self.where[thing][1], "."]

    def mood(self) -> list[str]:
        """the cat was tired ."""
        who = ["the", self.rng.choice(ANIMALS)] if self.rng.random() < 0.5 else [self.rng.choice(PEOPLE)]
        return [*who, "was", self.rng.choice(MOODS), "."]

    def named(self) -> list[str]:
        """the dog is called z i b ."""
        animal = self.rng.choice(ANIMALS)
        if animal not in self.name:
            self.name[animal] = [self.rng.choice(LETTERS) for _ in range(self.rng.randint(3, 5))]
        return ["the", animal, "is", "called", *self.name[animal], "."]

    def again(self) -> list[str]:
        """the cat is on the mat ."""
        what = self.rng.choice(list(self.where))
        return ["the", *self.described(what), "is", self.where[what][0], "the", self.where[what][1], "."]

    def ask_where(self) -> list[str]:
        """where is the cat ? on the mat ."""
        what = self.rng.choice(list(self.where))
        return ["where", "is", "the", what, "?", self.where[what][0], "the", self.where[what][1], "."]

    def ask_owner(self) -> list[str]:
        """who had the ball ? tom ."""
        thing = self.rng.choice(list(self.owner))
        return ["who", "had", "the", thing, "?", self.owner[thing], "."]

    def ask_what(self) -> list[str]:
        """what had tom ? the red ball ."""
        thing = self.rng.choice(list(self.owner))
        return ["what", "had", self.owner[thing], "?", "the", *self.described(thing), "."]

    def ask_name(self) -> list[str]:
        """which is called z i b ? the dog ."""
        animal = self.rng.choice(list(self.name))
        return ["which", "is", "called", *self.name[animal], "?", "the", animal, "."]
