"""Phrases in two languages whose words stand in another order: a grammar that writes English and Chinese side by side.

    the black cat that likes the small bird sleeps on the mat   ->   喜欢 小 鸟 的 黑 猫 在 垫子 上 睡觉

Chinese puts before the noun what English says after it, and the place before the verb: to translate is to look elsewhere.
"""

from __future__ import annotations

import random
import re

import numpy as np

from engine.core.faults import BadInput
from engine.core.frame import Array

END, BEGIN = ".", "<s>"
NOUNS = {"cat": "猫", "dog": "狗", "bird": "鸟", "horse": "马", "cow": "牛", "mouse": "老鼠", "fox": "狐狸", "bear": "熊"}
PLACES = {"mat": "垫子", "bed": "床", "chair": "椅子", "table": "桌子", "tree": "树", "house": "房子", "hill": "山", "car": "车"}
KINDS = {"red": "红", "black": "黑", "white": "白", "big": "大", "small": "小", "old": "老"}
RESTS = {"sleeps": "睡觉", "sits": "坐着", "plays": "玩", "sings": "唱歌", "waits": "等着"}
DOES = {"sees": "看见", "likes": "喜欢", "follows": "跟着", "hears": "听见"}
NEAR = {"on": "上", "under": "下", "behind": "后面", "near": "旁边"}
ENGLISH = (END, "the", "that", *NOUNS, *PLACES, *KINDS, *RESTS, *DOES, *NEAR)
CHINESE = (END, BEGIN, "的", "在", *NOUNS.values(), *PLACES.values(), *KINDS.values(), *RESTS.values(), *DOES.values(),
           *NEAR.values())
LONGEST = 24                        # English words of a phrase, its end among them
Pair = tuple[tuple[str, ...], tuple[str, ...]]


def written(rng: random.Random) -> Pair:
    """A phrase in both languages, each closed by its end."""
    subject, said = _thing(rng, NOUNS, 0.6)
    if rng.random() < 0.4:
        verb, (other, its) = rng.choice(list(DOES)), _thing(rng, NOUNS, 0.25)
        return (*subject, verb, *other, END), (*said, DOES[verb], *its, END)
    verb = rng.choice(list(RESTS))
    if rng.random() < 0.75:
        near, (place, its) = rng.choice(list(NEAR)), _thing(rng, PLACES, 0.0)
        return (*subject, verb, near, *place, END), (*said, "在", *its, NEAR[near], RESTS[verb], END)
    return (*subject, verb, END), (*said, RESTS[verb], END)


def _thing(rng: random.Random, nouns: dict[str, str], clause: float) -> Pair:
    """'the [kind] noun [that does ...]', which Chinese turns round; clause: how often it has one."""
    noun = rng.choice(list(nouns))
    kind = rng.choice(list(KINDS)) if rng.random() < 0.6 else ""
    english, chinese = ("the", *((kind,) if kind else ()), noun), (*((KINDS[kind],) if kind else ()), nouns[noun])
    if rng.random() >= clause:
        return english, chinese
    verb, (other, its) = rng.choice(list(DOES)), _thing(rng, NOUNS, 0.0)
    return (*english, "that", verb, *other), (DOES[verb], *its, "的", *chinese)


def translated(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The Chinese of an English phrase by the grammar; None of what the grammar does not write."""
    try:
        subject, rest = _read(words, NOUNS)
        verb, rest = rest[0], rest[1:]
        if verb in DOES:
            other, rest = _read(rest, NOUNS)
            found = (*subject, DOES[verb], *other)
        elif rest[0] in NEAR:
            place, left = _read(rest[1:], PLACES)
            found, rest = (*subject, "在", *place, NEAR[rest[0]], RESTS[verb]), left
        else:
            found = (*subject, RESTS[verb])
    except (KeyError, IndexError):
        return None
    return (*found, END) if rest == (END,) else None


def _read(words: tuple[str, ...], nouns: dict[str, str]) -> Pair:
    """A thing at the start of words: its Chinese, and what is left."""
    if words[0] != "the":
        raise KeyError(words[0])
    kind = (KINDS[words[1]],) if words[1] in KINDS else ()
    at = 1 + len(kind)
    found, rest = (*kind, nouns[words[at]]), words[at + 1:]
    if rest[0] == "that":
        other, left = _read(rest[2:], NOUNS)
        return (DOES[rest[1]], *other, "的", *found), left
    return found, rest


def words_of(text: str) -> tuple[str, ...]:
    """A phrase of the user's as its words and their end; BadInput names the first that the language lacks."""
    found = tuple(re.findall(r"[^\s.]+", text.lower()))
    for word in found:
        if word not in ENGLISH:
            raise BadInput(f"phrase: {word[:40]} is not among the words it was taught; use the, that, {', '.join(NOUNS)}, "
                           f"{', '.join(RESTS)} and the like", "phrase_unknown", word=word[:40],
                           words=", ".join((*NOUNS, *PLACES, *KINDS, *RESTS, *DOES, *NEAR)))
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
    for side, vocabulary in enumerate((ENGLISH, CHINESE)):
        longest = max(len(pair[side]) for pair in pairs)
        rows = [(*pair[side], *[END] * (longest - len(pair[side]))) for pair in pairs]
        sides.append(np.stack([numbers(row, vocabulary) for row in rows]))
    return sides[0], sides[1]
