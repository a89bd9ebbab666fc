"""Checks of a concept's pictures: something is there, it depends on the frame alone, and every word can be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import combinations

import numpy as np
from PySide6.QtCore import QRectF, qInstallMessageHandler
from PySide6.QtGui import QColor, QFontDatabase, QImage, QPainter, QRawFont

from app.checks.subject import Check, Faults, Subject
from app.checks.words import every_words
from app.export.figure import Figure
from app.export.headless import ensure_application
from engine.core.frame import Array
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown
from panels.kit.paper import TextItem
from panels.kit.readable import contrast
from panels.kit.theme import FAMILIES, THEMES, load_fonts

NORMAL, SMALL = (1180, 760), (640, 460)         # the stage of a common window, and of the smallest
CONTRAST = 4.5                                  # of words against their ground (WCAG AA)
TOUCHES = 2.0                                   # px by which the boxes of words may overlap: they hold spare room


def paint(figure: Figure, size: tuple[int, int], language: str = "en", look: str = "light",
          index: int | None = None) -> tuple[Canvas, QImage]:
    """The figure's picture at a size, as an image, and the canvas that painted it."""
    ensure_application()
    made = dataclasses.replace(figure, language=language, theme=look)
    canvas = (made if index is None else made.at(index)).drawn()
    return canvas, image_of(canvas, size)


def image_of(canvas: Canvas, size: tuple[int, int]) -> QImage:
    """The canvas's scene as an image."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(canvas.theme.color("surface"))
    painter = QPainter(image)
    canvas.paint(painter, QRectF(10, 10, size[0] - 20, size[1] - 20), 1.0)
    painter.end()
    return image


def pixels(image: QImage) -> Array:
    """(height, width) of 0xRRGGBB."""
    words = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return words & 0xFFFFFF


def pictures_are_not_blank(subject: Subject) -> Faults:
    """In every theme each view shows marks: it differs from the same view with its marks taken away."""
    figure = subject.figure()
    for look in THEMES:
        canvas, image = paint(figure, NORMAL, look=look)
        plots = canvas.plots()
        for plot in plots.values():
            view = plot.view
            view.x_range, view.y_range = (plot.box.x.low, plot.box.x.high), (plot.box.y.low, plot.box.y.high)
            view.marks, view.insets, view.ghosts = {}, {}, []
        full, bare = pixels(image), pixels(image_of(canvas, NORMAL))
        for name, plot in plots.items():
            r = plot.box.rect.toRect()
            inside = np.s_[max(0, r.top()):r.bottom(), max(0, r.left()):r.right()]
            if np.array_equal(full[inside], bare[inside]):
                yield f"{look}: view {name} is blank"


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


def texts_can_be_read(subject: Subject) -> Faults:
    """In both languages, words overlap no other words, stand within the picture, are not cut, and stand out enough."""
    for case in subject.cases():
        figure = subject.figure(case)
        for language, look, size in (("en", "light", NORMAL), ("zh", "dark", NORMAL), ("zh", "print", NORMAL),
                                     ("en", "dark", SMALL), ("zh", "light", SMALL)):
            canvas, _ = paint(figure, size, language, look)
            where = f"{case or 'default'}, {language}, {look}, {size[0]}×{size[1]}"
            for fault in faults_of_texts(canvas.texts(), size):
                yield f"{where}: {fault}"


def faults_of_texts(texts: list[TextItem], size: tuple[int, int]) -> Faults:
    """A sentence for every text that overlaps another, is outside or cut, or is too pale."""
    boxes = [core(t) for t in texts]
    for (a, box_a), (b, box_b) in combinations(zip(texts, boxes, strict=True), 2):
        over = box_a.intersected(box_b)
        if over.width() > TOUCHES and over.height() > TOUCHES:
            yield f"{a.text!r} and {b.text!r} overlap in view {a.view}"
    for text, box in zip(texts, boxes, strict=True):
        if not QRectF(0, 0, *size).adjusted(-1, -1, 1, 1).contains(box):
            yield f"{text.text!r} in view {text.view} reaches outside the picture"
        if size == NORMAL and text.text.endswith("…"):
            yield f"{text.text!r} in view {text.view} is cut"
        ratio = contrast(QColor(text.color), QColor(text.background))
        if ratio < CONTRAST:
            yield f"{text.text!r} in view {text.view} has a contrast of {ratio:.1f}, at least {CONTRAST} is wanted"


def core(text: TextItem) -> QRectF:
    """The part of a text's box that its letters fill."""
    spare = max(0.0, (text.rect.height() - text.size_px) / 2)
    return text.rect.adjusted(0, spare, 0, -spare)


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
    pictures_are_not_blank, drawing_depends_on_the_frame_alone, nothing_is_changed_by_drawing, qt_has_no_complaints,
    texts_can_be_read, every_letter_has_a_glyph)
