"""The head of a stage: the concept's chapter and title, and what is pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.style import text_width, write

if TYPE_CHECKING:
    from app.stage import Stage


class Heading(QWidget):
    """Chapter, title and what is pinned."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.pinned = stage, ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        stage, look = self.stage, self.stage.look
        t, s, language = look.theme, look.scale, look.language
        top = 0.0
        if not stage.small:
            painter.setFont(look.font("label", weight=400))
            painter.setPen(t.color("ink_soft"))
            chapter = stage.catalog.chapter(stage.entry.chapter).title(language)
            painter.drawText(QRectF(0, 0, self.width(), 16 * s), Qt.AlignmentFlag.AlignVCenter, chapter)
            self._paint_pinned(painter, text_width(painter.font(), chapter) + 16 * s, 8 * s)
            top = 17 * s
        painter.setFont(look.font("title_small" if stage.small else "title", family="display"))
        painter.setPen(t.color("ink"))
        title = painter.fontMetrics().elidedText(stage.entry.title(language), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, top, self.width(), self.height() - top), Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_pinned(self, painter: QPainter, left: float, middle: float) -> None:
        """A piece of the ghosts' line, and their names."""
        if not self.pinned:
            return
        look, s = self.stage.look, self.stage.look.scale
        painter.setPen(QPen(look.theme.color("ghost"), 1.6 * s))
        painter.drawLine(QPointF(left, middle), QPointF(left + 16 * s, middle))
        write(painter, QRectF(left + 22 * s, 0, self.width() - left - 30 * s, 2 * middle), self.pinned,
              look.font("label", weight=400), look.theme.color("ink_soft"))
