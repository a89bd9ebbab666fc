"""Painting for the checks: a figure's picture at a size, as an image, and that image's pixels."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.export.figure import Figure
from app.export.headless import ensure_application
from engine.core.frame import Array
from panels.kit.canvas import Canvas


def paint(figure: Figure, size: tuple[int, int], language: str = "en", look: str = "light",
          index: int | None = None) -> tuple[Canvas, QImage]:
    """The figure's picture at a size, as an image, and the canvas that painted it."""
    ensure_application()
    made = dataclasses.replace(figure, language=language, theme=look)
    canvas = (made if index is None else made.at(index)).drawn()
    return canvas, image_of(canvas, size)


def image_of(canvas: Canvas, size: tuple[int, int], *, words: bool = True) -> QImage:
    """The canvas's scene as an image; without `words`, what is under them."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(canvas.theme.color("surface"))
    painter = QPainter(image)
    canvas.paint(painter, QRectF(10, 10, size[0] - 20, size[1] - 20), 1.0, words=words)
    painter.end()
    return image


def pixels(image: QImage) -> Array:
    """(height, width) of 0xRRGGBB."""
    words = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return words & 0xFFFFFF
