"""A notebook is an ordered list of pictures, notes and answers; it is a value, and every change makes a new one."""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass, field, replace

from app.entry import Experiment, Words
from app.provenance import Provenance

MOST_DRAWING = 6_000_000            # characters of one recorded picture, unpacked
Value = float | int | str | bool | None
Readouts = tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Picture:
    """A picture as it was on the stage: what makes it again, and how it looked, in both languages."""

    figure: Provenance
    pins: tuple[Provenance, ...] = ()
    readouts: Readouts = ()                                     # those in sight, the main one first
    drawings: dict[str, str] = field(default_factory=dict)      # language -> packed SVG
    thumbs: dict[str, str] = field(default_factory=dict)        # theme -> PNG in base64
    title: str = ""                                             # '' is the concept's own
    note: str = ""                                              # Markdown with $TeX$, below the picture
    made: str = ""                                              # 2026-01-31T12:00+01:00


@dataclass(frozen=True)
class Note:
    """Words of the reader's own: Markdown with $TeX$."""

    title: str = ""
    note: str = ""
    made: str = ""


@dataclass(frozen=True)
class Answer:
    """An experiment's question, what was predicted and what happened; it keeps its words, in both languages."""

    figure: Provenance                                          # the setting that shows what happens
    experiment: str                                             # key_of the experiment
    ask: Words
    guess: Words
    outcome: Words
    why: Words
    title: str = ""
    note: str = ""
    made: str = ""

    @property
    def right(self) -> bool:
        """Whether the prediction came true."""
        return self.guess == self.outcome


Item = Picture | Note | Answer


@dataclass(frozen=True)
class Notebook:
    """A title and the items below it."""

    title: str = ""
    items: tuple[Item, ...] = ()

    def added(self, item: Item, place: int | None = None) -> Notebook:
        """With an item at a place, else at the end."""
        place = len(self.items) if place is None else place
        return replace(self, items=(*self.items[:place], item, *self.items[place:]))

    def without(self, place: int) -> Notebook:
        """Without the item at a place."""
        return replace(self, items=(*self.items[:place], *self.items[place + 1:]))

    def moved(self, place: int, to: int) -> Notebook:
        """With the item of one place at another."""
        return self.without(place).added(self.items[place], to)

    def changed(self, place: int, item: Item) -> Notebook:
        """With another item in a place."""
        return replace(self, items=(*self.items[:place], item, *self.items[place + 1:]))

    def answered(self, answer: Answer) -> Notebook:
        """With an experiment's answer: in its old place where it was answered before, its note kept; else at the end."""
        for place, item in enumerate(self.items):
            if isinstance(item, Answer) and (item.figure.concept, item.experiment) == (answer.figure.concept, answer.experiment):
                return self.changed(place, replace(answer, title=item.title, note=item.note))
        return self.added(answer)


def key_of(experiment: Experiment) -> str:
    """What an experiment is remembered by: its question and answers, so that another question is asked anew."""
    words = "\n".join([experiment.ask.en, *(a.en for a in experiment.answers)])
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def packed(svg: str) -> str:
    """A drawing as it stands in the file: compressed, in base64."""
    return base64.b64encode(zlib.compress(svg.encode("utf-8"), 6)).decode("ascii")


def unpacked(text: str) -> str:
    """The drawing's SVG; ValueError where it is damaged or larger than a drawing can be."""
    try:
        plain = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), MOST_DRAWING + 1)
    except zlib.error:
        raise ValueError("is damaged") from None
    if len(plain) > MOST_DRAWING:
        raise ValueError("is too large")
    return plain.decode("utf-8")
