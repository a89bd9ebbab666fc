"""Fast ways to paint much at once where the device is made of pixels; vector devices get the true shapes."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap

from engine.core.frame import Array

MANY_SEGMENTS = 48
THICKEST = 3.0          # px of a line whose pieces may be stroked one by one
SEAM = 0.5              # px that pieces of one dash lap over each other


def has_pixels(painter: QPainter) -> bool:
    """Whether the painter's device is a raster, so that speed matters and shapes need not be kept."""
    engine = painter.paintEngine()
    return engine is not None and engine.type() == QPaintEngine.Type.Raster


def aligned(painter: QPainter, rect: QRectF) -> QRectF:
    """The rectangle out to whole pixels of the device: clipped to any other, everything is painted several times slower."""
    if not has_pixels(painter):
        return rect
    transform = painter.deviceTransform()
    if transform.isRotating() or not transform.isInvertible():
        return rect
    there = transform.mapRect(rect)
    left, top, right, bottom = (math.floor(there.left()), math.floor(there.top()), math.ceil(there.right()),
                                math.ceil(there.bottom()))
    return transform.inverted()[0].mapRect(QRectF(left, top, right - left, bottom - top))


def stroke(painter: QPainter, points: Array) -> bool:
    """An opaque line of many points as separate pieces, which Qt strokes far faster; False where it must not be.

    Their ends are square: round ones cost seven times as much, and at this width nobody can tell them apart. Dashes are
    cut here, with flat ends, for Qt takes four times as long to cut a line that bends.
    """
    pen: QPen = painter.pen()
    solid = pen.style() == Qt.PenStyle.SolidLine
    fits = pen.color().alpha() == 255 and pen.widthF() <= THICKEST and (solid or pen.style() == Qt.PenStyle.CustomDashLine)
    if len(points) < MANY_SEGMENTS or not fits or not has_pixels(painter):
        return False
    ends = np.concatenate([points[:-1], points[1:]], axis=1) if solid else \
        dashes(points, np.array(pen.dashPattern()) * max(pen.widthF(), 1e-3))
    single = QPen(pen.brush(), pen.widthF(), Qt.PenStyle.SolidLine,
                  Qt.PenCapStyle.SquareCap if solid else Qt.PenCapStyle.FlatCap)
    painter.setPen(single)
    painter.drawLines(SEGMENTS.of(ends))
    painter.setPen(pen)
    return True


def dashes(points: Array, pattern: Array) -> Array:
    """The straight pieces of a dashed line, (k, 4) as x, y, x, y: cut where a dash begins, ends, or the line bends.

    `pattern` holds the lengths of dash and gap in turn, in px. Pieces of one dash overlap a little, so that no seam shows.
    """
    step = points[1:] - points[:-1]
    length = np.concatenate([[0.0], np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2).cumsum()])
    turn = float(pattern.sum())
    starts = (np.arange(math.ceil(length[-1] / turn) + 1)[:, None] * turn + (pattern.cumsum() - pattern)).ravel()
    both = np.concatenate([starts[starts < length[-1]], length])
    order = both.argsort(kind="stable")
    bend, cut = order >= len(both) - len(length), both[order]
    kept = ((~bend).cumsum()[:-1] % 2 == 1) & (cut[1:] > cut[:-1])             # every second stretch is a gap
    begin, end = cut[:-1][kept], (cut[1:] + SEAM * bend[1:])[kept]             # where it bends the dash laps over the rest
    ends = np.empty((len(begin), 4))
    for column, at in ((0, begin), (2, end)):
        ends[:, column], ends[:, column + 1] = np.interp(at, length, points[:, 0]), np.interp(at, length, points[:, 1])
    return ends


class Segments:
    """QLineF objects over one block of numbers: filling the block is far cheaper than making the objects anew."""

    def __init__(self) -> None:
        self._ends = np.empty((0, 4))
        self._objects: list[QLineF] = []

    def of(self, ends: Array) -> list[QLineF]:
        """Pieces from their ends, (k, 4) as x, y, x, y; they hold until the next call."""
        count = len(ends)
        if count > len(self._objects):
            self._ends = np.empty((2 * count, 4))
            start, step = self._ends.ctypes.data, self._ends.strides[0]
            wrap: Any = shiboken6.wrapInstance
            self._objects = [wrap(start + step * row, QLineF) for row in range(2 * count)]
        self._ends[:count] = ends
        return self._objects[:count]


SEGMENTS = Segments()


def dots(painter: QPainter, points: Array, size: float, color: QColor) -> bool:
    """Many round dots of one size, stamped; (k, 2) px points. False where the device is not made of pixels."""
    if not has_pixels(painter):
        return False
    if len(points):
        unit = painter.deviceTransform().m11() or 1.0
        picture = stamp(round(size * unit, 2), color.rgba())
        painter.drawPixmapFragments(STAMPS.at(points, picture.width(), 1.0 / unit), len(points), picture)
    return True


@lru_cache(maxsize=64)
def stamp(size: float, rgba: int) -> QPixmap:
    """A round dot of that many pixels."""
    wide = 2 * math.ceil(size / 2)
    picture = QPixmap(wide, wide)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromRgba(rgba))
    painter.drawEllipse(QPointF(wide / 2, wide / 2), size / 2, size / 2)
    painter.end()
    return picture


def stamped(painter: QPainter, shape: QPainterPath, at: QPointF, rgba: int, key: Hashable) -> bool:
    """A filled shape that is often put down, as a stamp on whole pixels of the device; `key` says which shape it is.

    False where the device is not made of pixels, or is turned.
    """
    there = painter.deviceTransform()
    if not has_pixels(painter) or there.isRotating() or there.m11() != there.m22():
        return False
    unit = there.m11()
    kept = SHAPES.get(known := (key, rgba, unit))
    if kept is None:
        kept = SHAPES[known] = _shape(shape, rgba, unit)
        while len(SHAPES) > MOST_SHAPES:
            SHAPES.popitem(last=False)
    SHAPES.move_to_end(known)
    picture, left, top = kept
    spot = there.map(at)
    corner = there.inverted()[0].map(QPointF(round(spot.x()) + left, round(spot.y()) + top))
    painter.drawPixmap(QRectF(corner.x(), corner.y(), picture.width() / unit, picture.height() / unit), picture,
                       QRectF(picture.rect()))
    return True


def _shape(shape: QPainterPath, rgba: int, unit: float) -> tuple[QPixmap, int, int]:
    """The shape's picture, and where its corner lies from the shape's own origin, in pixels of the device."""
    around = shape.boundingRect()
    left, top = math.floor(around.left() * unit) - 1, math.floor(around.top() * unit) - 1
    picture = QPixmap(math.ceil(around.right() * unit) + 1 - left, math.ceil(around.bottom() * unit) + 1 - top)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-left, -top)
    painter.scale(unit, unit)
    painter.fillPath(shape, QColor.fromRgba(rgba))
    painter.end()
    return picture, left, top


MOST_SHAPES = 1024
SHAPES: OrderedDict[Hashable, tuple[QPixmap, int, int]] = OrderedDict()


class Stamps:
    """Where to put a stamp, as Qt reads it: ten numbers each, in one block."""

    def __init__(self) -> None:
        self._block = np.zeros((0, 10))         # x, y, source left, top, width, height, scale x, y, rotation, opacity
        self._first: Any = None

    def at(self, points: Array, size: int, scale: float) -> Any:
        """Stamps of that size in px of their picture with their middles at (k, 2) points; they hold until the next call."""
        count = len(points)
        if count > len(self._block):
            self._block = np.zeros((2 * count, 10))
            self._block[:, 9] = 1.0
            wrap: Any = shiboken6.wrapInstance
            self._first = wrap(self._block.ctypes.data, QPainter.PixmapFragment)
        self._block[:count, :2], self._block[:count, 4:6], self._block[:count, 6:8] = points, size, scale
        return self._first


STAMPS = Stamps()
