"""Checks of a concept's pictures: they depend on the frame alone, Qt has no complaints, and what is in legible.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtGui import QFontDatabase, QRawFont

from app.checks.draw import image_of, paint, pixels
from app.checks.legible import LEGIBLE_CHECKS
from app.checks.subject import Check, Faults, Subject
from app.checks.tiles import NORMAL, SMALL
from app.checks.words import every_words
from app.export.headless import ensure_application
from panels.kit.panel import Shown
from panels.kit.theme import FAMILIES, load_fonts


def drawing_depends_on_the_frame_alone(subject: Subject) -> Faults:
    """Frame 0 drawn after the others, or beside a longer recording, is frame 0 on a fresh canvas."""
    ensure_application()
    figure = subject.begun()
    kept = figure.recording.all()
    canvas = figure.drawn()
    fresh = paint(figure, NORMAL, look=figure.theme, index=kept[0].index)[1]
    for recorded in [*kept[1:31], kept[0]]:
        shown = Shown(figure.recording.history(), recorded.index, figure.layers)
        canvas.draw(subject.panel, recorded.frame, recorded.params, shown)
        again = image_of(canvas, NORMAL)
    if not np.array_equal(pixels(again), pixels(fresh)):
        yield f"frame {kept[0].index} drawn after {len(kept) - 1} others differs from itself on a fresh canvas"


def nothing_is_changed_by_drawing(subject: Subject) -> Faults:
    """A draw function reads: frame, parameters and layers are the same objects with the same bytes afterwards."""
    import pickle

    figure = subject.begun()
    before = pickle.dumps((figure.recorded(), figure.params))
    paint(figure, SMALL)
    if pickle.dumps((figure.recorded(), figure.params)) != before:
        yield "the frame or the parameters were changed by drawing them"


def qt_has_no_complaints(subject: Subject) -> Faults:
    """Qt prints no warning while every case is painted, at its first and its last frame."""
    ensure_application()
    for case in subject.cases():
        figure = subject.figure(case)
        with complaints() as said:
            for index in (figure.recording.at(0).index, figure.index):
                paint(figure, NORMAL, index=index)
        yield from (f"{case or 'default'}: {text}" for text in dict.fromkeys(said))


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What Qt says while the block runs."""
    said: list[str] = []
    before = qInstallMessageHandler(lambda kind, where, text: said.append(text))
    try:
        yield said
    finally:
        qInstallMessageHandler(before)


def every_letter_has_a_glyph(subject: Subject) -> Faults:
    """No letter of the words, lessons and picture is an empty box: the program's own fonts hold them all."""
    ensure_application()
    texts = [t for _, words in every_words(subject) for t in (words.en, words.zh)]
    texts += [subject.lesson("en"), subject.lesson("zh")]
    for language in ("en", "zh"):
        texts += [t.text for t in paint(subject.figure(), NORMAL, language)[0].texts()]
    missing = sorted({c for text in texts for c in text if c.isprintable() and not c.isspace() and not has_glyph(c)})
    if missing:
        yield f"no font of the program has {' '.join(missing[:40])}"


@cache
def has_glyph(letter: str) -> bool:
    """Whether one of the fonts for words has the letter; a system's fallback fonts do not count."""
    return any(font.supportsCharacter(ord(letter)) for font in _raw_fonts())


@cache
def _raw_fonts() -> tuple[QRawFont, ...]:
    from PySide6.QtGui import QFont

    families = [*load_fonts(), *(f for f in FAMILIES["ui"] if f in QFontDatabase.families())]
    return tuple(QRawFont.fromFont(QFont(family)) for family in dict.fromkeys(families))


PICTURE_CHECKS: tuple[Check, ...] = (
    *LEGIBLE_CHECKS, drawing_depends_on_the_frame_alone, nothing_is_changed_by_drawing, qt_has_no_complaints,
    every_letter_has_a_glyph)
