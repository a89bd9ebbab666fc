"""Paints a typeset formula as vectors through any QPainter: its terms in their colours, live numbers in its slots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from xml.etree import ElementTree

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from panels.kit import theme

EM = 1 / 0.442                      # ex: the typesetter's x is 0.442 em high
DIGIT_WIDTH, DIGIT_HEIGHT = 0.5, 0.68       # em: the room a slot leaves for each digit
TEXT_PX = 100                       # texts are set at this size and scaled, since a QFont's size is a whole number
_COMMAND = re.compile(r"([A-Z])([^A-Z]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_TRANSFORM = re.compile(r"(translate|scale)\(([^)]*)\)")


class SlotLike(Protocol):
    """Room for a live number, in ex from the start of the baseline, y downward."""

    @property
    def x(self) -> float: ...
    @property
    def width(self) -> float: ...
    @property
    def baseline(self) -> float: ...
    @property
    def scale(self) -> float: ...
    @property
    def terms(self) -> tuple[str, ...]: ...


class FormulaLike(Protocol):
    """What app.typeset makes: an SVG of ours, its size in ex, and its slots."""

    @property
    def svg(self) -> bytes: ...
    @property
    def width_ex(self) -> float: ...
    @property
    def height_ex(self) -> float: ...
    @property
    def depth_ex(self) -> float: ...
    @property
    def slots(self) -> Mapping[str, tuple[SlotLike, ...]]: ...


def paint_formula(painter: QPainter, formula: FormulaLike, x: float, y: float, ex_px: float, ink: QColor,
                  term_colors: Mapping[str, QColor] | None = None, slot_values: Mapping[str, str] | None = None,
                  font: QFont | None = None) -> None:
    """Paint a formula with its baseline starting at (x, y); `ex_px` is the x-height of the text around it.

    A piece takes the colour of the innermost term that has one; a number that of its slot's name, else of its terms.
    """
    colors = term_colors or {}
    picture = _picture(formula.svg)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y)
    painter.scale(ex_px, ex_px)
    for shape in picture.shapes:
        painter.fillPath(shape.path, _color(shape.terms, colors, ink))
    for words in picture.words:
        _text(painter, _word_font(words.bold), words.text, words.place, _color(words.terms, colors, ink))
    made = _digit_font(font)
    unit, metrics = _digit_size(made.toString())
    for name, value in (slot_values or {}).items():
        for slot in formula.slots.get(name, ()):
            scale = unit * slot.scale
            width = metrics.horizontalAdvance(value)
            if width * scale > slot.width:
                scale = slot.width / width              # a number longer than its slot is set smaller
            left = slot.x + (slot.width - width * scale) / 2
            place = QTransform(scale, 0, 0, scale, left, slot.baseline)
            _text(painter, made, value, place, _color((name, *slot.terms), colors, ink))
    painter.restore()


class FormulaItem(QGraphicsItem):
    """A formula as an item of a scene; its origin is the start of the baseline."""

    def __init__(self, formula: FormulaLike, ex_px: float, ink: QColor, font: QFont | None = None) -> None:
        super().__init__()
        self._formula, self._ex_px, self._ink, self._font = formula, ex_px, ink, font
        self._colors: Mapping[str, QColor] = {}
        self._values: Mapping[str, str] = {}

    def set_values(self, values: Mapping[str, str]) -> None:
        """New live numbers, by the names of their slots."""
        self._values = dict(values)
        self.update()

    def set_colors(self, ink: QColor, terms: Mapping[str, QColor]) -> None:
        """The colour of everything, and those of the terms."""
        self._ink, self._colors = ink, dict(terms)
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        """The formula's box, a little wider, since slanted letters lean out of theirs."""
        formula, ex = self._formula, self._ex_px
        box = QRectF(0, -formula.height_ex, formula.width_ex, formula.height_ex + formula.depth_ex)
        return QRectF(box.x() * ex, box.y() * ex, box.width() * ex, box.height() * ex).adjusted(-ex, -ex, ex, ex)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint the formula as it is now."""
        paint_formula(painter, self._formula, 0, 0, self._ex_px, self._ink, self._colors, self._values, self._font)


def _color(names: tuple[str, ...], colors: Mapping[str, QColor], ink: QColor) -> QColor:
    return next((colors[name] for name in names if name in colors), ink)


def _text(painter: QPainter, made: QFont, text: str, place: QTransform, color: QColor) -> None:
    painter.save()
    painter.setTransform(place, True)
    painter.setPen(color)
    painter.setFont(made)
    painter.drawText(QPointF(0, 0), text)
    painter.restore()


@lru_cache(maxsize=2)
def _word_font(bold: bool) -> QFont:
    """For what the typesetter has no glyph for, above all Chinese."""
    theme.load_fonts()
    made = QFont()
    made.setFamilies(["Loupe Sans SC", *theme.FAMILIES["math"]])
    made.setPixelSize(TEXT_PX)
    made.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def _digit_font(wanted: QFont | None) -> QFont:
    made = QFont(wanted) if wanted is not None else theme.font(TEXT_PX, family="math")
    made.setPixelSize(TEXT_PX)
    return made


@lru_cache(maxsize=64)
def _digit_size(description: str) -> tuple[float, QFontMetricsF]:
    """What scales a font at TEXT_PX so that its digits fit their room in a slot, in ex; and the font's metrics."""
    made = QFont()
    made.fromString(description)
    metrics = QFontMetricsF(made)
    wide = max(metrics.horizontalAdvance(digit) for digit in "0123456789")
    high = metrics.tightBoundingRect("0").height()
    return EM * min(DIGIT_WIDTH / wide, DIGIT_HEIGHT / high), metrics


# from SVG to paths, in ex ---------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class _Shape:
    """A filled outline and the terms around it, innermost first."""

    path: QPainterPath
    terms: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    """A text the typesetter had no glyphs for, and what carries a font at TEXT_PX to its place."""

    text: str
    place: QTransform
    bold: bool
    terms: tuple[str, ...]


@dataclass(frozen=True)
class _Picture:
    """A formula, ready to paint."""

    shapes: tuple[_Shape, ...]
    words: tuple[_Words, ...]


@lru_cache(maxsize=512)
def _picture(svg: bytes) -> _Picture:
    """The shapes and words of a typesetter's SVG."""
    reader = _Reader()
    reader.read(ElementTree.fromstring(svg), QTransform.fromScale(EM / 1000, EM / 1000), (), None)
    return _Picture(tuple(reader.shapes), tuple(reader.words))


class _Reader:
    """Walks an SVG of the typesetter: g, use, path, rect, line, text, and svg for the cut parts of wide braces."""

    def __init__(self) -> None:
        self.shapes: list[_Shape] = []
        self.words: list[_Words] = []
        self._glyphs: dict[str, str] = {}

    def read(self, element: ElementTree.Element, above: QTransform, terms: tuple[str, ...],
             clip: QPainterPath | None) -> None:
        """One element, what stands in it included; `above` carries its coordinates to ex."""
        tag = element.tag.rpartition("}")[2]
        if tag == "defs":
            self._glyphs = {path.attrib["id"]: path.attrib["d"] for path in element}
            return
        here = _transform(element.get("transform", "")) * above
        if tag == "svg" and "x" in element.attrib:
            here, clip = _window(element, here)
        if key := element.get("data-term"):
            terms = (key, *terms)
        if tag == "text":
            size = float(element.attrib["font-size"].removesuffix("px")) / TEXT_PX
            bold = element.get("font-weight") == "bold"
            self.words.append(_Words(element.text or "", QTransform.fromScale(size, size) * here, bold, terms))
        elif tag in ("use", "path", "rect", "line"):
            path = here.map(self._outline(tag, element))
            path.setFillRule(Qt.FillRule.WindingFill)
            self.shapes.append(_Shape(path if clip is None else path.intersected(clip), terms))
        for child in element:
            self.read(child, here, terms, clip)

    def _outline(self, tag: str, element: ElementTree.Element) -> QPainterPath:
        if tag == "use":
            return _glyph(self._glyphs[element.attrib["{http://www.w3.org/1999/xlink}href"].removeprefix("#")])
        if tag == "path":
            return _glyph(element.attrib["d"])
        path = QPainterPath()
        if tag == "line":
            path.moveTo(_number(element, "x1"), _number(element, "y1"))
            path.lineTo(_number(element, "x2"), _number(element, "y2"))
            return _stroked(path, element)
        path.addRect(*(_number(element, name) for name in ("x", "y", "width", "height")))
        return _stroked(path, element) if element.get("fill") == "none" else path


def _number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "0"))


def _transform(words: str) -> QTransform:
    """An SVG transform of translations and scalings; the last written is the first applied."""
    made = QTransform()
    for kind, inside in _TRANSFORM.findall(words):
        numbers = [float(n) for n in _NUMBER.findall(inside)]
        first, second = numbers[0], numbers[-1]
        made = (QTransform.fromScale if kind == "scale" else QTransform.fromTranslate)(first, second) * made
    return made


def _window(element: ElementTree.Element, above: QTransform) -> tuple[QTransform, QPainterPath]:
    """A nested svg shows a part of itself, at the same scale: where that part comes to stand, and its frame."""
    left, top, width, height = (float(v) for v in element.attrib["viewBox"].split())
    here = QTransform.fromTranslate(_number(element, "x") - left, _number(element, "y") - top) * above
    frame = QPainterPath()
    frame.addRect(left, top, width, height)
    return here, here.map(frame)


def _stroked(path: QPainterPath, element: ElementTree.Element) -> QPainterPath:
    """The outline of a line; dashes are in units of its width."""
    width = _number(element, "stroke-width")
    pen = QPen(QColor(), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if dashes := element.get("stroke-dasharray"):
        parts = [float(n) / width for n in _NUMBER.findall(dashes)]
        pen.setDashPattern(parts * (1 + len(parts) % 2))
        if parts[0] == 0:
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return QPainterPathStroker(pen).createStroke(path)


@lru_cache(maxsize=1024)
def _glyph(data: str) -> QPainterPath:
    """An outline from SVG path data with absolute commands, as MathJax writes it."""
    path = QPainterPath()
    x = y = bend_x = bend_y = 0.0       # the pen, and the last control point: T mirrors it
    for command, inside in _COMMAND.findall(data):
        n = [float(v) for v in _NUMBER.findall(inside)]
        if command == "Z":
            path.closeSubpath()
        elif command in "QT":
            bend_x, bend_y = (n[0], n[1]) if command == "Q" else (2 * x - bend_x, 2 * y - bend_y)
            x, y = n[-2:]
            path.quadTo(bend_x, bend_y, x, y)
            continue
        elif command in "MLHV":
            x, y = n[0] if command != "V" else x, n[-1] if command != "H" else y
            (path.moveTo if command == "M" else path.lineTo)(x, y)
        else:
            raise ValueError(f"path command {command}: is not one the typesetter writes")
        bend_x, bend_y = x, y
    return path
