"""Words with what a search found in them marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.look import Look

MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def paint_found(painter: QPainter, look: Look, rect: QRectF, text: str, spans: Sequence[tuple[int, int]], also: str = "") -> None:
    """Paint the text with the painter's pen and font, cut to the room, and a line under each span (start and end).

    `also` is another name of the thing, by which it was found; it follows softly where there is room.
    """
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
    kept = len(text) if shown == text else max(0, len(shown) - 1)
    pen, height = painter.pen(), 1.5 * look.scale
    for start, stop in spans:
        if start < kept:
            left = rect.left() + metrics.horizontalAdvance(text[:start])
            wide = metrics.horizontalAdvance(text[:min(stop, kept)]) - metrics.horizontalAdvance(text[:start])
            under = rect.center().y() + metrics.ascent() / 2 + 1.5 * look.scale
            painter.fillRect(QRectF(left, under, wide, height), look.theme.color("accent"))
    painter.drawText(rect, MIDDLE, shown)
    room = rect.width() - metrics.horizontalAdvance(shown) - 8 * look.scale
    if also and room > 30 * look.scale:
        painter.setFont(look.font("note"))
        painter.setPen(look.theme.color("ink_soft"))
        words = painter.fontMetrics().elidedText(also, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(rect.adjusted(rect.width() - room, 0, 0, 0), MIDDLE, words)
        painter.setPen(pen)
