"""The focus ring: 2 px of accent, 2 px away from the focused thing, above its neighbours so that nothing cuts it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.look import Look
from app.widgets.style import rounded

GAP, WIDTH = 2, 2       # px


class Ring(QWidget):
    """One ring lies over each page (a window, or what a scroll area scrolls) and goes from widget to widget."""

    def __init__(self, page: QWidget, look: Look) -> None:
        super().__init__(page)
        self.look = look
        self.corner = 0.0
        self.owner: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(self.rect()), self.corner, line=self.look.theme.color("accent"),
                width=WIDTH * self.look.scale)


def _page(widget: QWidget) -> QWidget:
    """The window, or what the scroll area around the widget scrolls."""
    while not widget.isWindow():
        above: Any = widget.parentWidget()
        if above is None or isinstance(above.parentWidget(), QAbstractScrollArea):
            return widget
        widget = above
    return widget


def _found(page: QWidget) -> Ring | None:
    return page.findChild(Ring, options=Qt.FindChildOption.FindDirectChildrenOnly)


def show_ring(widget: QWidget, rect: QRectF, corner: float, look: Look) -> None:
    """Put the ring around a part of a widget."""
    page = _page(widget)
    ring = _found(page) or Ring(page, look)
    reach = (GAP + WIDTH) * look.scale
    at = widget.mapTo(page, QPoint(0, 0))
    place = rect.translated(at.x(), at.y()).adjusted(-reach, -reach, reach, reach).toAlignedRect()
    ring.owner, ring.look, ring.corner = widget, look, corner + reach
    if ring.geometry() != place:
        ring.setGeometry(place)
    if not ring.isVisible():
        ring.raise_()
        ring.show()


def hide_ring(widget: QWidget) -> None:
    """Take the ring away from a widget that lost the focus."""
    ring = _found(_page(widget))
    if ring is not None and ring.owner is widget:
        ring.hide()
