"""Icons in the middle of a painted widget: any place, any colour, sharp at any scale."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from app.widgets.icons import pixmap


def glyph(painter: QPainter, name: str, center: QPointF, size: float, color: QColor) -> None:
    """An icon, `size` px wide, around a point."""
    ratio = painter.device().devicePixelRatioF()
    rect = QRectF(center.x() - size / 2, center.y() - size / 2, size, size)
    painter.drawPixmap(rect, pixmap(name, color, round(size), ratio), QRectF())
