"""Fast ways to paint much at once where the device is made of pixels; vector devices get the true shapes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen

from engine.core.frame import Array

MANY_SEGMENTS = 48


def has_pixels(painter: QPainter) -> bool:
    """Whether the painter's device is a raster, so that speed matters and shapes need not be kept."""
    engine = painter.paintEngine()
    return engine is not None and engine.type() == QPaintEngine.Type.Raster


def stroke(painter: QPainter, points: Array) -> bool:
    """A solid, opaque line of many points as separate pieces, which Qt strokes far faster; False where it must not be."""
    pen: QPen = painter.pen()
    plain = pen.style() == Qt.PenStyle.SolidLine and pen.color().alpha() == 255
    if len(points) < MANY_SEGMENTS or not plain or not has_pixels(painter):
        return False
    values = np.concatenate([points[:-1], points[1:]], axis=1).tolist()
    painter.drawLines([QLineF(*ends) for ends in values])
    return True


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
    at = at[((at > -reach) & (at < (wide + reach, high + reach))).all(axis=1)]
    if not len(at):
        return True
    low = np.floor(at.min(axis=0)).astype(int) - reach
    columns, rows = (np.ceil(at.max(axis=0)).astype(int) + reach + 1 - low).tolist()
    alpha = np.zeros(rows * columns, np.uint8)
    cell = np.floor(at).astype(np.int64) - low
    flat = cell[:, 1] * columns + cell[:, 0]
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            cover = np.clip(size * unit / 2 + 0.5 - np.hypot(dx, dy), 0.0, 1.0)
            if cover > 0:
                where = flat + dy * columns + dx
                alpha[where] = np.maximum(alpha[where], np.uint8(round(255 * cover)))
    _paint_alpha(painter, alpha.reshape(rows, columns), QPointF(*(low - (transform.dx(), transform.dy())) / unit), unit, color)
    return True


def _paint_alpha(painter: QPainter, alpha: Array, corner: QPointF, unit: float, color: QColor) -> None:
    """An area of one colour with these opacities, its top left at `corner`."""
    rows, columns = alpha.shape
    block = np.empty((rows, columns, 4), np.uint8)
    block[..., 0], block[..., 1], block[..., 2] = color.red(), color.green(), color.blue()
    block[..., 3] = alpha.astype(np.uint16) * color.alpha() // 255
    image = QImage(block.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    image.setDevicePixelRatio(unit)
    painter.drawImage(corner, image)
