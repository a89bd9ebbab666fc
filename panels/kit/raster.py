"""Fast ways to paint much at once where the device is made of pixels; vector devices get the true shapes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen

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
    """Many round dots of one size stamped onto an image, (k, 2) px points; False where the device is not made of pixels."""
    if not has_pixels(painter):
        return False
    transform = painter.deviceTransform()
    unit = transform.m11()
    at = points * unit + (transform.dx(), transform.dy())
    reach = int(np.ceil(size * unit / 2)) + 1
    device = painter.device()
    wide, high = round(device.width() * device.devicePixelRatio()), round(device.height() * device.devicePixelRatio())
    x, y = np.floor(at[:, 0]), np.floor(at[:, 1])
    seen = (x > -reach) & (x < wide + reach) & (y > -reach) & (y < high + reach)
    if not seen.any():
        return True
    column, row = x[seen].astype(np.int64), y[seen].astype(np.int64)
    left, top = int(column.min()) - reach, int(row.min()) - reach
    columns, rows = int(column.max()) + reach + 1 - left, int(row.max()) + reach + 1 - top
    alpha = np.zeros(rows * columns, np.uint8)
    flat = (row - top) * columns + column - left
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            cover = np.clip(size * unit / 2 + 0.5 - np.hypot(dx, dy), 0.0, 1.0)
            if cover > 0:
                full = np.uint8(round(255 * cover))
                where = flat + (dy * columns + dx)
                alpha[where] = full if full == 255 else np.maximum(alpha[where], full)
    corner = QPointF((left - transform.dx()) / unit, (top - transform.dy()) / unit)
    _paint_alpha(painter, alpha.reshape(rows, columns), corner, unit, color)
    return True


def _paint_alpha(painter: QPainter, alpha: Array, corner: QPointF, unit: float, color: QColor) -> None:
    """An area of one colour with these opacities, its top left at `corner`."""
    rows, columns = alpha.shape
    share = np.arange(256) * color.alpha() // 255
    red, green, blue = (share * part // 255 for part in (color.red(), color.green(), color.blue()))
    table = (share << 24 | red << 16 | green << 8 | blue).astype(np.uint32)      # what Qt blends without converting it
    block = table[alpha]
    image = QImage(block.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(unit)
    painter.drawImage(corner, image)
