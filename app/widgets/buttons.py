"""Buttons as the design draws them: plain, primary (one a view), icon only, or a quiet link."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.look import Look
from app.widgets.icons import pixmap

Kind = Literal["plain", "primary", "icon", "link", "chip"]


class Button(QAbstractButton):
    """A button whose words come from a key, so that it changes language and theme by itself."""

    def __init__(self, look: Look, key: str, icon: str = "", kind: Kind = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self.key, self.icon_name, self.kind = look, key, icon, kind
        self.wide = kind != "icon"
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.restyle)
        self.restyle()

    def set_key(self, key: str, icon: str | None = None) -> None:
        """Other words (and another icon) on the same button."""
        self.key, self.icon_name = key, self.icon_name if icon is None else icon
        self.restyle()

    def restyle(self) -> None:
        """Take words and sizes from the present look."""
        self.setText(self.look.tr(self.key))
        self.setAccessibleName(self.text())
        self.setToolTip("" if self.wide else self.text())
        self.updateGeometry()
        self.update()

    def show_words(self, wide: bool) -> None:
        """Words beside the icon, or the icon alone where there is little room."""
        self.wide = wide
        self.restyle()

    def sizeHint(self) -> QSize:
        s = self.look.scale
        if not self.wide:
            return QSize(round(30 * s), round(30 * s))
        text = QFontMetricsF(self.look.font("label")).horizontalAdvance(self.text())
        width = text + (0 if self.kind == "link" else 26 * s) + (20 * s if self.icon_name else 0)
        return QSize(round(width) + 1, round(30 * s))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave, QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t, s = self.look.theme, self.look.scale
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ink = self._paint_ground(painter, rect)
        painter.setOpacity(1.0 if self.isEnabled() else 0.45)
        left = rect.left() + (0 if self.kind == "link" else 12 * s)
        if self.icon_name:
            size = 16 * s
            at = QPointF(left, rect.center().y() - size / 2) if self.wide else \
                QPointF(rect.center().x() - size / 2, rect.center().y() - size / 2)
            painter.drawPixmap(QRectF(at.x(), at.y(), size, size), pixmap(
                self.icon_name, t.color(ink), round(size), self.devicePixelRatioF()), QRectF())
            left += size + 6 * s
        if self.wide:
            painter.setPen(t.color(ink))
            painter.setFont(self.look.font("label"))
            painter.drawText(QRectF(left, rect.top(), rect.right() - left, rect.height()),
                             Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self.hasFocus():
            painter.setPen(QPen(t.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 8 * s, 8 * s)

    def _paint_ground(self, painter: QPainter, rect: QRectF) -> str:
        """Paint the button's body; returns the role its words are written in."""
        t, radius = self.look.theme, 8 * self.look.scale
        over = self.underMouse() and self.isEnabled()
        if self.kind == "primary":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color("ink", 0.88 if over else 1.0))
            painter.drawRoundedRect(rect, radius, radius)
            return "surface"
        if self.kind == "link":
            return "accent"
        if self.kind == "icon" and not over and not self.isChecked():
            return "ink_soft"
        painter.setPen(QPen(t.color("accent" if self.isChecked() else "line_strong" if over else "line"), 1))
        painter.setBrush(t.color("accent_soft" if self.isChecked() else "surface_raised"))
        painter.drawRoundedRect(rect, radius, radius)
        return "accent" if self.isChecked() else "ink"
