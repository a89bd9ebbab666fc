"""Pictures examined on their pixels: each view shows something, and every word is there, whole, apart, and stands out.

A picture is painted three times: as it is, without its words (what is under them), and without its marks. Its words put
once more on what is under them, with nothing clipped or painted over them, say how it should be. From these follow which
pixels a letter has, what is behind each, and which are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from app.checks.draw import image_of, paint, pixels
from app.checks.subject import Faults, Subject
from app.checks.tiles import NORMAL, Tile, examined
from engine.core.frame import Array
from panels.kit.canvas import Canvas
from panels.kit.paper import TextItem

CONTRAST = 4.5                  # of words against their ground (WCAG AA)
TOUCHES = 2.0                   # px by which the boxes of words may overlap: they hold spare room
INKED, FAR = 24, 48             # of 255: by which a letter changes its pixels, and by which one is not as it should be
LOST, PALE = 0.1, 0.12          # shares of a word's ink that may be hidden, and that may stand out too little (a line behind)


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a picture, and where."""

    kind: str                   # "blank", "overlap", "clipped", "pale" or "chinese"
    what: str
    rect: QRectF


@dataclass(frozen=True)
class Layers:
    """A picture as it is, without its words, and with them put on what is under them; each (height, width) of 0xRRGGBB."""

    whole: Array
    wordless: Array
    wanted: Array


def flaws(subject: Subject, tile: Tile) -> list[Flaw]:
    """All that is wrong with one picture of a concept; painted once, whichever check asks."""
    if tile not in subject.seen:
        canvas, image = paint(subject.figure(tile.case), tile.size, tile.language, tile.look, tile.index(subject))
        subject.seen[tile] = flaws_of(canvas, image, tile)
    return subject.seen[tile]


def flaws_of(canvas: Canvas, image: QImage, tile: Tile) -> list[Flaw]:
    """All that is wrong with a picture, given the canvas that painted it."""
    texts = canvas.texts()
    under = image_of(canvas, tile.size, words=False)
    layers = Layers(pixels(image), pixels(under), pixels(spoken(under, texts)))
    return [*overlaps(texts), *outside(texts, tile.size), *of_ink(texts, layers), *not_chinese(texts, tile),
            *blank(canvas, image, tile)]


def of_kind(subject: Subject, kind: str) -> Faults:
    """A sentence for each flaw of a kind, with its picture's name."""
    for tile in examined(subject):
        yield from (f"{tile.caption}: {flaw.what}" for flaw in flaws(subject, tile) if flaw.kind == kind)


# the checks -----------------------------------------------------------------------------------------------------------


def pictures_are_not_blank(subject: Subject) -> Faults:
    """In the finished picture each view shows marks, in every other one some view does; seen on the pixels."""
    return of_kind(subject, "blank")


def words_overlap_no_words(subject: Subject) -> Faults:
    """No two texts stand on one another."""
    return of_kind(subject, "overlap")


def nothing_is_clipped(subject: Subject) -> Faults:
    """Every text is within the picture, is not cut, and no part of its ink is missing or covered."""
    return of_kind(subject, "clipped")


def words_stand_out(subject: Subject) -> Faults:
    """Every text has a contrast of 4.5 to 1 or more against what really is behind it, measured on the pixels."""
    return of_kind(subject, "pale")


def chinese_is_drawn(subject: Subject) -> Faults:
    """A Chinese picture has Chinese words, and none of their letters comes out empty or as the box of a missing one."""
    return of_kind(subject, "chinese")


LEGIBLE_CHECKS = (pictures_are_not_blank, words_overlap_no_words, nothing_is_clipped, words_stand_out, chinese_is_drawn)


# what is looked at ------------------------------------------------------------------------------------------------------


def overlaps(texts: list[TextItem]) -> list[Flaw]:
    """Pairs of texts whose letters share a place."""
    found: list[Flaw] = []
    for (a, box_a), (b, box_b) in combinations([(t, core(t)) for t in texts], 2):
        over = box_a.intersected(box_b)
        if over.width() > TOUCHES and over.height() > TOUCHES:
            found.append(Flaw("overlap", f"{a.text!r} and {b.text!r} overlap in view {a.view}", box_a.united(box_b)))
    return found


def core(text: TextItem) -> QRectF:
    """The part of a text's box that its letters fill."""
    spare = max(0.0, (text.rect.height() - text.size_px) / 2)
    return text.rect.adjusted(0, spare, 0, -spare)


def outside(texts: list[TextItem], size: tuple[int, int]) -> list[Flaw]:
    """Texts that reach out of the picture, or were cut to fit where there is room for all of them."""
    frame = QRectF(0, 0, *size).adjusted(-1, -1, 1, 1)
    found = [Flaw("clipped", f"{t.text!r} in view {t.view} reaches outside the picture", t.rect)
             for t in texts if not frame.contains(core(t))]
    return found + [Flaw("clipped", f"{t.text!r} in view {t.view} is cut", t.rect)
                    for t in texts if size == NORMAL and t.text.endswith("…")]


def of_ink(texts: list[TextItem], layers: Layers) -> list[Flaw]:
    """Texts whose ink is not all to be seen, or hardly differs from its ground."""
    found = []
    for text in texts:
        part = _pixels_of(text, layers.whole.shape)
        whole, under, wanted = (rgb(layer[part]) for layer in (layers.whole, layers.wordless, layers.wanted))
        inked = np.abs(wanted - under).max(axis=-1) > INKED
        lost = float(np.mean((np.abs(whole - wanted).max(axis=-1) > FAR)[inked])) if inked.any() else 0.0
        if lost > LOST:
            found.append(Flaw("clipped", f"{100 * lost:.0f} % of {text.text!r} in view {text.view} is hidden", text.rect))
        ratios = contrasts(np.array(_rgb_of(text.color)), under[inked] if inked.any() else under.reshape(-1, 3))
        if len(ratios) and float(np.mean(ratios < CONTRAST - 0.05)) > PALE:
            low = float(np.quantile(ratios, PALE))
            found.append(Flaw("pale", f"{text.text!r} in view {text.view} has a contrast of {low:.1f}, at least {CONTRAST} "
                              "is wanted", text.rect))
    return found


def not_chinese(texts: list[TextItem], tile: Tile) -> list[Flaw]:
    """What is missing of the Chinese in a Chinese picture."""
    if tile.language != "zh":
        return []
    found = [Flaw("chinese", f"the letter {letter} in {text.text!r} comes out as an empty box", text.rect)
             for text in texts for letter in text.text if is_chinese(letter) and is_tofu(letter, text.font.family())]
    if not any(is_chinese(letter) for text in texts for letter in text.text):
        found.append(Flaw("chinese", "there is no Chinese word in it", QRectF(0, 0, *tile.size)))
    return found


def blank(canvas: Canvas, image: QImage, tile: Tile) -> list[Flaw]:
    """Views without a mark to be seen: they look as they do with their marks taken away."""
    plots = canvas.plots()
    for plot in plots.values():
        view = plot.view
        view.x_range, view.y_range = (plot.box.x.low, plot.box.x.high), (plot.box.y.low, plot.box.y.high)
        view.marks, view.insets, view.ghosts = {}, {}, []
    full, bare = pixels(image), pixels(image_of(canvas, tile.size))
    found = []
    for name, plot in plots.items():
        r = plot.box.rect.toRect()
        inside = np.s_[max(0, r.top()):r.bottom(), max(0, r.left()):r.right()]
        if np.array_equal(full[inside], bare[inside]):
            found.append(Flaw("blank", f"view {name} is blank", plot.box.rect))
    return found if tile.moment == 2 or len(found) == len(plots) else []


# pixels -----------------------------------------------------------------------------------------------------------------


def rgb(words: Array) -> Array:
    """0xRRGGBB, any shape, as (..., 3) of 0 to 255."""
    return np.stack([words >> 16, words >> 8 & 255, words & 255], axis=-1).astype(np.float32)


def spoken(under: QImage, texts: list[TextItem]) -> QImage:
    """The picture without words, with the words put on it again."""
    sheet = under.copy()
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    for text in texts:
        painter.setPen(QColor(text.color))
        painter.setFont(text.font)
        painter.drawText(text.at, text.text)
    painter.end()
    return sheet


def _pixels_of(text: TextItem, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of a picture that a text's letters can reach."""
    box = core(text).adjusted(-1, -1, 1, 1).toAlignedRect()
    return np.s_[max(0, box.top()):min(shape[0], box.bottom() + 1), max(0, box.left()):min(shape[1], box.right() + 1)]


def contrasts(ink: Array, ground: Array) -> Array:
    """WCAG's contrast, 1 to 21, of a colour (3,) of 0 to 255 and each of its grounds (k, 3)."""
    one, other = luminances(ink), luminances(ground)
    return np.asarray((np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05))


def luminances(colors: Array) -> Array:
    """Relative luminance, 0 to 1, of colours (..., 3) of 0 to 255."""
    parts = colors / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _rgb_of(name: str) -> tuple[int, int, int]:
    return int(name[1:3], 16), int(name[3:5], 16), int(name[5:7], 16)


def is_chinese(letter: str) -> bool:
    """Whether a letter is a Chinese character."""
    return 0x3400 <= ord(letter) <= 0x9FFF or 0x20000 <= ord(letter) <= 0x323AF


@cache
def is_tofu(letter: str, family: str) -> bool:
    """Whether a letter, painted in a font of the program, is empty or looks as one that no font has."""
    drawn = _drawn(letter, family)
    return not drawn.any() or any(np.array_equal(drawn, _drawn(none, family)) for none in ("\U0010fffd", "\ufdd0"))


@cache
def _drawn(letter: str, family: str) -> Array:
    font = QFont(family)
    font.setPixelSize(24)
    sheet = QImage(48, 48, QImage.Format.Format_RGB32)
    sheet.fill(Qt.GlobalColor.white)
    painter = QPainter(sheet)
    painter.setFont(font)
    painter.drawText(QPointF(8, 34), letter)
    painter.end()
    return pixels(sheet) ^ 0xFFFFFF
