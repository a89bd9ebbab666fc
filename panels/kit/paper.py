"""Paper is what marks paint on: a QPainter with a theme's roles, fonts by size name, and a list of the words put down."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
)

from engine.core.frame import Array
from panels.kit import raster
from panels.kit.theme import Language, Theme, font, tokens

HALO = float(tokens()["plot"]["halo"])
PAPER = tokens()["export"]["line_pt"]           # points of 1/72 inch on paper, for 2 px of data and 1 px of axis and grid
THIN = {"data": PAPER["data"] * 96 / 72 / 2, "line_strong": PAPER["axis"] * 96 / 72, "grid": PAPER["grid"] * 96 / 72}
FontKey = tuple[str | float, int | None, str, Language, bool, float]    # size, weight, family, language, variants, scale


@dataclass(frozen=True)
class TextItem:
    """A piece of text as it was painted: where, in which colour on which ground, how large, in which view and font."""

    text: str
    rect: QRectF
    color: str
    background: str
    size_px: float
    view: str
    name: str = ""
    font: QFont = field(default_factory=QFont)
    at: QPointF = field(default_factory=QPointF)    # where its baseline begins


@lru_cache(maxsize=4096)
def _metrics(key: FontKey) -> tuple[QFont, QFontMetricsF]:
    size, weight, family, language, variants, scale = key
    made = font(size, weight=weight, family=family, language=language, scale=scale, variants=variants)
    return made, QFontMetricsF(made)


@lru_cache(maxsize=16384)
def _width(key: FontKey, text: str) -> float:
    return _metrics(key)[1].horizontalAdvance(text)


@lru_cache(maxsize=1024)
def _halo(key: FontKey, text: str) -> QPainterPath:
    """The text's outline widened by the halo: filling it is far cheaper than stroking it at every painting."""
    path = QPainterPath()
    path.addText(0, 0, _metrics(key)[0], text)
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * HALO * 0.72 * key[-1])
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    found = stroker.createStroke(path)
    found.setFillRule(Qt.FillRule.WindingFill)
    return found


class Paper:
    """Paints roles and words at one scale, and remembers the words so that checks can look at them."""

    def __init__(self, painter: QPainter, theme: Theme, language: Language, scale: float, speaks: bool = True) -> None:
        self.painter, self.theme, self.language, self.scale = painter, theme, language, scale
        self.speaks = speaks                        # without it words take their room and are not painted
        engine = painter.paintEngine()
        self.variants = engine is None or engine.type() != QPaintEngine.Type.Pdf
        self.texts: list[TextItem] = []
        self.view = ""

    def px(self, length: float) -> float:
        """A design length in painter units."""
        return length * self.scale

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """The colour of a role, alpha from 0 to 1."""
        return self.theme.color(role, alpha)

    def pen(self, role: str, width: float | None = None, dash: tuple[float, ...] | None = None,
            alpha: float = 1.0) -> QPen:
        """A pen with the role's own width and dash unless they are given, in design px."""
        style = self.theme.style(role)
        wide = (style.width if width is None else width) * (THIN.get(role, THIN["data"]) if self.theme.name == "print" else 1.0)
        made = QPen(self.color(role, alpha), self.px(wide))
        made.setCapStyle(Qt.PenCapStyle.FlatCap if (dash or style.dash) else Qt.PenCapStyle.RoundCap)
        made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pattern = style.dash if dash is None else dash
        if pattern:
            made.setDashPattern([part / max(wide, 0.1) for part in pattern])
        return made

    def use(self, pen: QPen | None = None, brush: QColor | None = None) -> None:
        """Set pen and brush; None for either means none."""
        self.painter.setPen(pen if pen is not None else Qt.PenStyle.NoPen)
        self.painter.setBrush(QBrush(brush) if brush is not None else Qt.BrushStyle.NoBrush)

    # words ----------------------------------------------------------------------------------------------------------

    def _key(self, size: str | float, weight: int | None, family: str) -> FontKey:
        return size, weight, family, self.language, self.variants, self.scale

    def width(self, text: str, size: str | float = "tick", weight: int | None = None, family: str = "ui") -> float:
        """The text's width in painter units."""
        return _width(self._key(size, weight, family), text)

    def height(self, size: str | float = "tick") -> float:
        """The height of capitals with their room above and below: a line's height for placing."""
        return _metrics(self._key(size, None, "ui"))[1].height()

    def elided(self, text: str, room: float, size: str | float, weight: int | None = None) -> str:
        """The text, cut with an ellipsis where it is wider than the room."""
        if self.width(text, size, weight) <= room:
            return text
        metrics = _metrics(self._key(size, weight, "ui"))[1]
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room))

    def box(self, x: float, y: float, text: str, size: str | float, anchor: str, weight: int | None = None,
            family: str = "ui") -> QRectF:
        """The rectangle a text takes when put at (x, y) with an anchor such as 'left', 'center', 'right top'."""
        w, h = self.width(text, size, weight, family), self.height(size)
        left = x if "left" in anchor else x - w if "right" in anchor else x - w / 2
        top = y if "top" in anchor else y - h if "bottom" in anchor else y - h / 2
        return QRectF(left, top, w, h)

    def text(self, x: float, y: float, text: str, role: str = "ink", *, size: str | float = "tick",
             anchor: str = "center", weight: int | None = None, halo: bool = False, family: str = "ui",
             background: str | None = None, color: QColor | None = None, name: str = "") -> QRectF:
        """Put a text down; returns the rectangle it takes. With `halo` it stands clear of what is under it."""
        if not text:
            return QRectF(x, y, 0, 0)
        key = self._key(size, weight, family)
        made, metrics = _metrics(key)
        box = self.box(x, y, text, size, anchor, weight, family)
        at = QPointF(box.left(), box.top() + metrics.ascent())
        if halo:
            ground_color = self.color("surface")
            if not raster.stamped(self.painter, _halo(key, text), at, ground_color.rgba(), (key, text)):
                self.painter.fillPath(_halo(key, text).translated(at), ground_color)
        ink = color if color is not None else self.color(self.theme.text_role(role))
        if self.speaks:
            self.painter.setPen(ink)
            self.painter.setFont(made)
            self.painter.drawText(at, text)
        ground = background or self.theme.hex("surface")
        self.texts.append(TextItem(text, box, ink.name(), ground, float(made.pixelSize()), self.view, name, made, at))
        return box

    # lines ----------------------------------------------------------------------------------------------------------

    def polyline(self, x: Array, y: Array) -> None:
        """A line through px points with the present pen; it breaks at non-finite points."""
        for piece in pieces(x, y):
            if len(piece) > 1:
                self.painter.drawPolyline(polygon(piece))

    def marker(self, x: float, y: float, size: float, shape: str) -> None:
        """A marker centred at px (x, y), with the present pen and brush."""
        r = size / 2
        if shape in ("circle", "ring"):
            self.painter.drawEllipse(QPointF(x, y), r, r)
            return
        if shape == "cross":
            self.painter.drawLine(QPointF(x - r, y - r), QPointF(x + r, y + r))
            self.painter.drawLine(QPointF(x - r, y + r), QPointF(x + r, y - r))
            return
        self.painter.drawPolygon(QPolygonF([QPointF(x + r * dx, y + r * dy) for dx, dy in SHAPES.get(shape, SHAPES["square"])]))


SHAPES = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "triangle": ((0, -1.15), (1.1, 0.85), (-1.1, 0.85)),
    "down_triangle": ((0, 1.15), (1.1, -0.85), (-1.1, -0.85)),
    "pentagon": ((0, -1.1), (1.05, -0.34), (0.65, 0.89), (-0.65, 0.89), (-1.05, -0.34)),
}


def polygon(points: Array) -> QPolygonF:
    """(k, 2) px points as a QPolygonF, copied in one block."""
    made = QPolygonF()
    made.resize(len(points))
    memory = shiboken6.VoidPtr(made.data(), len(points) * 16, True)  # type: ignore[arg-type,call-arg]
    np.frombuffer(memory, np.float64).reshape(-1, 2)[:] = points  # type: ignore[call-overload]
    return made


def finite(points: Array) -> Array:
    """Which of (k, 2) points are finite; column by column, which is ten times as fast as along rows of two."""
    return np.asarray(np.isfinite(points[:, 0]) & np.isfinite(points[:, 1]))


def pieces(x: Array, y: Array) -> list[Array]:
    """The runs of finite points of a line, each (k, 2)."""
    points = np.stack(np.broadcast_arrays(x, y), axis=1).astype(np.float64)
    good = finite(points)
    if good.all():
        return [points]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    return [points[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def cut(points: Array, left: float, top: float, right: float, bottom: float) -> list[Array]:
    """The parts of a line within a rectangle (Liang and Barsky): strokes that run far outside cost most of a frame."""
    inside = (points >= (left, top)) & (points <= (right, bottom))
    if inside.all():
        return [points]
    start, along = points[:-1], np.diff(points, axis=0)
    with np.errstate(all="ignore"):
        first, second = ((left, top) - start) / along, ((right, bottom) - start) / along
    still = (along == 0) & inside[:-1]
    enter = np.where(still, 0.0, np.where(along == 0, np.inf, np.minimum(first, second))).max(axis=1).clip(0.0)
    leave = np.where(still, 1.0, np.where(along == 0, -np.inf, np.maximum(first, second))).min(axis=1).clip(None, 1.0)
    kept = np.flatnonzero(enter < leave)
    if not len(kept):
        return []
    start, along, enter, leave = start[kept], along[kept], enter[kept], leave[kept]
    a, b = start + enter[:, None] * along, start + leave[:, None] * along
    apart = (np.diff(kept) > 1) | (leave[:-1] < 1.0) | (enter[1:] > 0.0)
    runs = np.split(np.arange(len(kept)), np.flatnonzero(apart) + 1)
    return [np.concatenate([a[run[:1]], b[run]]) for run in runs]


def thinned(points: Array, room: float) -> Array:
    """A line with far more points than pixels, reduced to the extremes within each pixel column; shape (k, 2)."""
    if len(points) <= 4 * room or np.any(np.diff(points[:, 0]) < 0):
        return points
    column = np.floor(points[:, 0] * 2).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    low = np.minimum.reduceat(points[:, 1], starts)
    high = np.maximum.reduceat(points[:, 1], starts)
    return np.stack([np.repeat(points[starts, 0], 2), np.stack([low, high], 1).ravel()], axis=1)
