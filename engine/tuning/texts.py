"""Second tasks for the small decoder: the stories it was trained on, told in another way with the same words."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import numpy as np

from engine.core.frame import Array
from engine.models import stories

WORDS = stories.VOCABULARY[2 + len(stories.LETTERS) + len(stories.MARKS):]      # no start, letters or marks
VERBS = frozenset((*stories.RESTS, "had", "found", "took", "put", "was", "is", "called"))
TASKS = ("backwards", "verb_last", "cipher", "mirror")
READ, LENGTH, TRAINED = 12, 41, 33  # held-out sequences, their tokens, and the tokens of a sequence that is trained on


def sequences(task: str, count: int, length: int, seed: int) -> Array:
    """(count, length) token numbers of a second task; the same seed gives the same text."""
    rng, tell, known = random.Random(f"{task} {seed}"), TELLERS[task], stories.numbers()
    rows = []
    for _ in range(count):
        row = [stories.START]
        told = stories.Told(rng)
        while len(row) < length:
            row += tell(told, rng)
        rows.append([known[token] for token in row[:length]])
    return np.array(rows, np.int64)


def backwards(told: stories.Told, rng: random.Random) -> list[str]:
    """Each sentence and each answer from its end to its beginning: mat the on sat cat the ."""
    return [token for part in parts(told.sentence()) for token in reversed(part)]


def verb_last(told: stories.Told, rng: random.Random) -> list[str]:
    """The verb at the end, as in Japanese or German side clauses: the cat on the mat sat ."""
    return [token for part in parts(told.sentence()) for token in sorted(part, key=lambda t: t in VERBS)]


def cipher(told: stories.Told, rng: random.Random) -> list[str]:
    """Every word stands for another, always the same one."""
    return [code().get(token, token) for token in told.sentence()]


def mirror(told: stories.Told, rng: random.Random) -> list[str]:
    """Random words, then the same words from the last to the first: cat red sat ; sat red cat ."""
    words = [rng.choice(WORDS) for _ in range(rng.randint(3, 8))]
    return [*words, ";", *reversed(words), "."]


TELLERS: dict[str, Callable[[stories.Told, random.Random], list[str]]] = {
    "backwards": backwards, "verb_last": verb_last, "cipher": cipher, "mirror": mirror}


def parts(sentence: list[str]) -> list[list[str]]:
    """A sentence cut at its marks; each mark is a part of its own."""
    found: list[list[str]] = [[]]
    for token in sentence:
        if token in (".", "?"):
            found += [[token], []]
        else:
            found[-1].append(token)
    return [part for part in found if part]


@cache
def code() -> dict[str, str]:
    """Which word stands for which: one fixed permutation."""
    order = np.random.default_rng(3).permutation(len(WORDS))
    return {word: WORDS[n] for word, n in zip(WORDS, order, strict=True)}


@cache
def first_task() -> tuple[Array, Array]:
    """Held-out text of the task the decoder was trained on, (READ, LENGTH), and which of its tokens count."""
    return stories.held_out(READ, LENGTH - 1)


@cache
def second_task(task: str) -> Array:
    """Held-out text of the second task, (READ, LENGTH)."""
    return sequences(task, READ, LENGTH, stories.HELD_OUT)
