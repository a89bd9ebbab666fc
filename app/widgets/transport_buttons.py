"""The transport's buttons: small icons, the ink circle that plays, and boxes that open a menu."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.glyphs import glyph
from app.widgets.style import dot, radius, rounded, write

STEP = 24               # px, the side of a small button


class StepButton(Looked, QAbstractButton):
    """One of the small buttons of the transport: an icon, accent while it is switched on."""

    def __init__(self, look: Look, icon: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.icon_name, self.key = icon, key
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def relook(self) -> None:
        self.setToolTip(self.look.tr(self.key))
        self.setAccessibleName(self.look.tr(self.key))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(STEP)), round(self.px(STEP)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse() and self.isEnabled()
        color = self.ink("accent" if self.isChecked() else "ink" if over else "ink_soft", 1.0 if self.isEnabled() else 0.4)
        center = QRectF(self.rect()).center()
        if self.icon_name in ("back", "forward"):
            painter.fillPath(_skip(center, self.px(1), forward=self.icon_name == "forward"), color)
        else:
            if self.isChecked():
                rounded(painter, QRectF(self.rect()), radius(self.look, "field"), self.ink("accent_soft"))
            glyph(painter, self.icon_name, center, self.px(16), color)
        self.ring(QRectF(self.rect()).adjusted(2, 2, -2, -2), self.px(4))


def _skip(center: QPointF, s: float, *, forward: bool) -> QPainterPath:
    """A triangle and a bar: one frame on, or back."""
    way = 1.0 if forward else -1.0
    path = QPainterPath()
    path.addPolygon([center + QPointF(way * x * s, y * s) for x, y in ((-6, -5), (2, 0), (-6, 5))])
    path.closeSubpath()
    bar = center.x() + way * 5 * s
    path.addRect(QRectF(bar - s, center.y() - 5 * s, 2 * s, 10 * s))
    return path


class PlayButton(Looked, QAbstractButton):
    """The ink circle."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.playing = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def set_playing(self, playing: bool) -> None:
        if playing != self.playing:
            self.playing = playing
            self.relook()
            self.update()

    def relook(self) -> None:
        words = self.look.tr("transport.pause" if self.playing else "transport.play")
        self.setToolTip(words)
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        center, size = QRectF(self.rect()).center(), float(self.width())
        dot(painter, center, size, self.ink("ink", 0.86 if self.underMouse() else 1.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.ink("surface_raised"))
        s = size / 34
        if self.playing:
            for x in (-5.2, 1.4):
                painter.drawRoundedRect(QRectF(center.x() + x * s, center.y() - 6.4 * s, 3.8 * s, 12.8 * s), s, s)
        else:
            path = QPainterPath()
            path.addPolygon([center + QPointF(x * s, y * s) for x, y in ((-4, -6.8), (7.4, 0), (-4, 6.8))])
            painter.fillPath(path, self.ink("surface_raised"))
        self.ring(QRectF(self.rect()), size / 2)


class TextButton(Looked, QAbstractButton):
    """A box with a word in it that opens a menu: the speed, or the parameter that is swept."""

    def __init__(self, look: Look, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.key = key
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.begin_look(look)

    def relook(self) -> None:
        self.setToolTip(self.look.tr(self.key))
        self.setAccessibleName(f"{self.look.tr(self.key)}: {self.text()}")

    def say(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.relook()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, corner = QRectF(self.rect()), self.px(6)
        line = "line_strong" if self.underMouse() else "line"
        rounded(painter, rect, corner, self.ink("surface_sunken" if self.isDown() else "surface_raised"), self.ink(line))
        write(painter, rect.adjusted(4, 0, -4, 0), self.text(), self.look.font("label", weight=600), self.ink("ink"),
              Qt.AlignmentFlag.AlignHCenter)
        self.ring(rect, corner)
