"""The formula bar: the concept's formula with its numbers alive, each in the colour of the thing it stands for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.entry import Entry
from app.look import Look
from app.typeset import Formula, Typesetter
from panels.kit.formula import paint_formula
from panels.kit.theme import tokens


class _Arrived(QObject):
    one = Signal()


class FormulaBar(QWidget):
    """Paints the formula; hovering a symbol says which term it is, so that its slider and mark can brighten."""

    hovered = Signal(str)

    def __init__(self, look: Look, entry: Entry, typesetter: Typesetter, badge: QWidget | None = None) -> None:
        super().__init__()
        self.look, self.entry, self.typesetter, self.badge = look, entry, typesetter, badge
        self.small = False
        self.over = ""
        self._values: dict[str, str] = {}
        self._formula: Formula | None = None
        self._arrived = _Arrived(self)
        self._arrived.one.connect(self._find, Qt.ConnectionType.QueuedConnection)
        self.setMouseTracking(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 14, 0)
        layout.addStretch(1)
        if badge is not None:
            layout.addWidget(badge)
        look.changed.connect(self.restyle)
        self._find()
        self.restyle()

    def _find(self) -> None:
        if not self.entry.formula:
            return
        self._formula = self.typesetter.find(self.entry.formula)
        if self._formula is None:
            self.typesetter.later(self.entry.formula).add_done_callback(
                lambda future: None if future.cancelled() or future.exception() else self._arrived.one.emit())
        self.update()

    def restyle(self) -> None:
        """Take sizes from the present look."""
        size = tokens()["size"]["formula_small" if self.small else "formula"]
        self.setFixedHeight(round(float(size["line"]) * self.look.scale))
        self.update()

    def set_small(self, small: bool) -> None:
        if small != self.small:
            self.small = small
            self.restyle()

    def set_values(self, values: dict[str, Any]) -> None:
        """New live numbers: metrics and parameters by name."""
        shown = {name: self.entry.format_value(name, values.get(name), self.look.language)
                 for name in (self._formula.slots if self._formula else ())}
        if shown != self._values:
            self._values = shown
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def _place(self) -> tuple[float, QPointF]:
        """Pixels to the ex, and where the baseline starts."""
        assert self._formula is not None
        s = self.look.scale
        room = self.width() - 40 * s - (self.badge.width() + 20 * s if self.badge and self.badge.isVisible() else 0)
        size = float(tokens()["size"]["formula_small" if self.small else "formula"]["px"]) * s
        ex = min(size * 0.46, room / max(self._formula.width_ex, 1),
                 (self.height() - 10 * s) / (self._formula.height_ex + self._formula.depth_ex))
        middle = self.height() / 2 + (self._formula.height_ex - self._formula.depth_ex) / 2 * ex
        return ex, QPointF(20 * s, middle)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t, s = self.look.theme, self.look.scale
        painter.setPen(t.color("line"))
        painter.setBrush(t.color("surface_raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10 * s, 10 * s)
        if self._formula is None:
            return
        ex, at = self._place()
        colors = {key: t.color(t.text_role(term.role)) for key, term in self.entry.terms.items()}
        colors |= {term.param or term.metric: colors[key] for key, term in self.entry.terms.items() if term.param or term.metric}
        if self.over in self._formula.terms:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color("accent_soft"))
            for box in self._formula.terms[self.over]:
                painter.drawRoundedRect(QRectF(at.x() + (box.x - 0.2) * ex, at.y() + (box.y - 0.2) * ex,
                                               (box.width + 0.4) * ex, (box.height + 0.4) * ex), 3 * s, 3 * s)
        paint_formula(painter, self._formula, at.x(), at.y(), ex, t.color("ink"), colors, self._values,
                      self.look.font(20, family="math"))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._formula is None:
            return
        ex, at = self._place()
        point = event.position()
        self.highlight(self._formula.term_at((point.x() - at.x()) / ex, (point.y() - at.y()) / ex) or "", tell=True)

    def leaveEvent(self, event: QEvent) -> None:
        self.highlight("", tell=True)

    def highlight(self, term: str, *, tell: bool = False) -> None:
        """Brighten a term here; with `tell`, everywhere."""
        if term != self.over:
            self.over = term
            self.update()
            if tell:
                self.hovered.emit(term)
