"""A thumbnail: the first view of a scene without axes or words, small."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from panels.kit.canvas import Canvas


def thumbnail(canvas: Canvas, width: int, height: int, ratio: float, ground: QColor) -> QImage:
    """The scene's first view on a ground, as an image of width x height logical pixels."""
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(ground)
    painter = QPainter(image)
    names = canvas.view_names
    if names:
        canvas.paint_plain(painter, QRectF(6, 6, width - 12, height - 12), names[0], 0.72)
    painter.end()
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied, Qt.ImageConversionFlag.AutoColor)
