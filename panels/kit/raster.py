"""Fast ways to paint much at once where the device is made of pixels; vector devices get the true shapes."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QPixmap

from engine.core.frame import Array

MANY_SEGMENTS = 48
THICKEST = 3.0          # px of a line whose pieces may be stroked one by one


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
    """A solid, opaque line of many points as separate pieces, which Qt strokes far faster; False where it must not be.

    Their ends are square: round ones cost seven times as much, and at this width nobody can tell them apart.
    """
    pen: QPen = painter.pen()
    plain = pen.style() == Qt.PenStyle.SolidLine and pen.color().alpha() == 255
    if len(points) < MANY_SEGMENTS or not plain or pen.widthF() > THICKEST or not has_pixels(painter):
        return False
    square = QPen(pen)
    square.setCapStyle(Qt.PenCapStyle.SquareCap)
    painter.setPen(square)
    painter.drawLines(SEGMENTS.of(np.concatenate([points[:-1], points[1:]], axis=1)))
    painter.setPen(pen)
    return True


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
    wide = 2 * math.ceil(size / 2) + 2
    picture = QPixmap(wide, wide)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromRgba(rgba))
    painter.drawEllipse(QPointF(wide / 2, wide / 2), size / 2, size / 2)
    painter.end()
    return picture


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
