"""Small shapes that controls paint themselves: icons by name, at any place and colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter


def glyph(painter: QPainter, name: str, center: QPointF, size: float, color: QColor) -> None:
    """An icon, `size` px wide, around a point."""
    from app.widgets.icons import pixmap

    ratio = painter.device().devicePixelRatioF()
    rect = QRectF(center.x() - size / 2, center.y() - size / 2, size, size)
    painter.drawPixmap(rect, pixmap(name, color, round(size), ratio), QRectF())
