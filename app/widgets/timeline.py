"""The timeline: the main metric as a sparkline above the phases of the recording, and a playhead to scrub with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.style import dot, text_width, write
from engine.core.frame import Array

TRACK, HANDLE, GAP = 4, 12, 2           # px
PAGE = 10
WIDE = (19.0, 38.0, 42.0, 56.5)         # px from the top: sparkline from, to, track, names, in a transport of 68
SMALL = (12.0, 28.0, 32.0, 44.0)        # ... of 52
LOG_FROM = 10.0                         # a metric that spans more than this ratio is drawn by its logarithm


@dataclass(frozen=True)
class Phase:
    """A named part of the timeline, [first, last] on its axis; no name for a recording without phases."""

    name: str
    first: float
    last: float


@dataclass(frozen=True)
class Line:
    """What a timeline shows: where it ends, where the playhead is, how far there is a recording, and the metric."""

    end: float = 1.0
    at: float = 0.0
    recorded: float = 0.0
    x: Array = field(default_factory=lambda: np.zeros(0))
    y: Array = field(default_factory=lambda: np.zeros(0))
    phases: tuple[Phase, ...] = ()


class Timeline(Looked, QSlider):
    """Scrub by drag, click or arrows. A QSlider underneath, for screen readers."""

    sought = Signal(float, bool)            # position on the axis, whether the drag is over
    stepped = Signal(int)
    always_own = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp,
                  Qt.Key.Key_PageDown)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.line = Line()
        self.small = False
        self._held = False
        self._mirroring = False
        self._drawn: tuple[object, QPolygonF] = (None, QPolygonF())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.valueChanged.connect(self._moved_by_reader)
        self.begin_look(look)

    def relook(self) -> None:
        self.setAccessibleName(self.look.tr("transport.timeline"))
        self.setToolTip("")

    def set_line(self, line: Line) -> None:
        """Show this."""
        if line.x is not self.line.x or line.end != self.line.end:
            self._drawn = (None, QPolygonF())
        self.line = line
        self._mirroring = True
        self.setRange(0, max(1, round(line.end)))
        self.setValue(round(line.at))
        self._mirroring = False
        self.update()

    def set_small(self, small: bool) -> None:
        self.small = small
        self._drawn = (None, QPolygonF())
        self.update()

    def _moved_by_reader(self, position: int) -> None:
        if not self._mirroring:
            self.sought.emit(float(position), True)

    # scrubbing ------------------------------------------------------------------------------------------------------

    def _x(self, at: float) -> float:
        inset = self.px(HANDLE / 2)
        return inset + (self.width() - 2 * inset) * min(max(at / max(self.line.end, 1e-12), 0.0), 1.0)

    def _at(self, x: float) -> float:
        inset = self.px(HANDLE / 2)
        fraction = (x - inset) / max(1.0, self.width() - 2 * inset)
        return min(max(fraction, 0.0), 1.0) * self.line.end

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._held = True
            self.sought.emit(self._at(event.position().x()), False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self.sought.emit(self._at(event.position().x()), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._held = False
            self.sought.emit(self._at(event.position().x()), True)
            self.update()

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -PAGE, Qt.Key.Key_PageUp: PAGE}
        if event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.sought.emit(0.0 if event.key() == Qt.Key.Key_Home else self.line.recorded, True)
        else:
            event.ignore()

    # painting -------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(300)), round(self.px(52 if self.small else 68)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(self.px(80)), round(self.px(52)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top, base, track, names = (self.px(v) for v in (SMALL if self.small else WIDE))
        self._paint_spark(painter, top, base)
        for phase in self.line.phases or (Phase("", 0.0, self.line.end),):
            self._paint_phase(painter, phase, track)
        x = self._x(self.line.at)
        painter.setPen(QPen(self.ink("accent"), self.px(1.6)))
        painter.drawLine(QPointF(x, top - self.px(1)), QPointF(x, track))
        if self._held or self.underMouse():
            dot(painter, QPointF(x, track), self.px(HANDLE + 7), self.ink("accent", 0.16))
        dot(painter, QPointF(x, track), self.px(HANDLE), self.ink("surface"), self.ink("accent"), self.px(2))
        self._paint_names(painter, names)
        r = self.px(HANDLE / 2)
        self.ring(QRectF(x - r, track - r, 2 * r, 2 * r), r)

    def _paint_spark(self, painter: QPainter, top: float, base: float) -> None:
        points = self._points(top, base)
        if points.size() < 2:
            return
        area = QPainterPath()
        area.addPolygon(points)
        area.lineTo(points.last().x(), base)
        area.lineTo(points.first().x(), base)
        area.closeSubpath()
        painter.save()
        painter.setClipRect(QRectF(0, 0, self._x(self.line.at), self.height()))
        painter.fillPath(area, self.ink("ink_soft", 0.13))
        painter.restore()
        painter.setPen(QPen(self.ink("line_strong"), self.px(1.1)))
        painter.drawPolyline(points)

    def _points(self, top: float, base: float) -> QPolygonF:
        """The metric as a line of at most one point a pixel; made anew only when the recording has grown."""
        key = (self.width(), top, base, self.line.end, len(self.line.x))
        if self._drawn[0] != key:
            self._drawn = (key, QPolygonF())
            x, y = self.line.x, self.line.y
            keep = np.isfinite(y)
            x, y = x[keep], y[keep]
            if len(x) >= 2:
                chosen = np.unique(np.linspace(0, len(x) - 1, max(2, min(len(x), self.width()))).round().astype(int))
                heights = base - 1 - (base - 1 - top) * heights_of(y[chosen])
                points = [QPointF(self._x(float(a)), float(b)) for a, b in zip(x[chosen], heights, strict=True)]
                self._drawn = (key, QPolygonF(points))
        return self._drawn[1]

    def _paint_phase(self, painter: QPainter, phase: Phase, y: float) -> None:
        half, gap = self.px(TRACK / 2), self.px(GAP / 2)
        left = self._x(phase.first) + (gap if phase.first > 0 else -self.px(HANDLE / 2))
        right = self._x(phase.last) + (-gap if phase.last < self.line.end else self.px(HANDLE / 2))
        whole = QRectF(left, y - half, max(right - left, 2 * half), 2 * half)
        current = phase.first <= self.line.at < phase.last or (self.line.at >= self.line.end <= phase.last)
        path = QPainterPath()
        path.addRoundedRect(whole, half, half)
        painter.fillPath(path, self.ink("grid"))
        for upto, role in ((self.line.recorded, "line"), (self.line.at, "accent" if current else "ink_soft")):
            painter.save()
            painter.setClipRect(QRectF(0, 0, self._x(upto) if upto < phase.last else right, self.height()))
            if upto > phase.first or (current and role == "accent"):
                painter.fillPath(path, self.ink(role))
            painter.restore()

    def _paint_names(self, painter: QPainter, y: float) -> None:
        """The current phase's name always; the others where they fit beside it."""
        normal, bold = self.look.font("note"), self.look.font("note", weight=600)
        current = current_phase(self.line.phases, self.line.at)
        taken: list[tuple[float, float]] = []
        order = sorted(range(len(self.line.phases)), key=lambda n: n != current)
        for number in order if not self.small else order[:1] if current >= 0 else ():
            phase, font = self.line.phases[number], bold if number == current else normal
            if not phase.name:
                continue
            width, left = text_width(font, phase.name), self._x(phase.first) + self.px(2)
            if number == current:
                left = self._x(self.line.at) + self.px(4) if self.small else left
                left = max(0.0, min(left, self.width() - width))
            elif left + width > min(float(self.width()), self._x(phase.last) + self.px(4)):
                continue
            if any(left < b + self.px(8) and left + width > a - self.px(8) for a, b in taken):
                continue
            taken.append((left, left + width))
            box = QRectF(left, y - self.px(8), width + 1, self.px(16))
            write(painter, box, phase.name, font, self.ink("ink" if number == current else "ink_soft"))


def current_phase(phases: Sequence[Phase], at: float) -> int:
    """The number of the phase at a position; -1 for none."""
    found = -1
    for number, phase in enumerate(phases):
        if phase.first <= at:
            found = number
    return found


def heights_of(y: Array) -> Array:
    """Values as heights in [0, 1]; by their logarithm where they are positive and span much."""
    low, high = float(y.min()), float(y.max())
    if low > 0 and high / low > LOG_FROM:
        y, low, high = np.log(y), float(np.log(low)), float(np.log(high))
    if high <= low:
        return np.full(len(y), 0.5)
    return np.asarray((y - low) / (high - low))
