"""Marks that are shapes and words: text, circle, arc, spans, graph, item."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from engine.core.frame import Array
from panels.kit.mark import Box, Extent, Mark, Reading, no_values, reach
from panels.kit.paper import Paper
from panels.kit.readable import readable

LEAST_TEXT = 11                 # px, the height of a block from which on its text is written


@dataclass(frozen=True, eq=False)
class Words(Mark):
    """A text at a data point."""

    x: float = 0.0
    y: float = 0.0
    text: str = ""
    size: str = "label"
    anchor: str = "center"
    halo: bool = True
    offset: tuple[float, float] = (0.0, 0.0)
    clips = False

    def paint(self, paper: Paper, box: Box) -> None:
        x, y = box.px(self.x, self.y)[0]
        if math.isfinite(x + y):
            paper.text(x + paper.px(self.offset[0]), y + paper.px(self.offset[1]), self.text, self.role, size=self.size,
                       anchor=self.anchor, halo=self.halo, name=self.name)

    def extent(self) -> Extent | None:
        return None

    def as_ghost(self) -> Mark | None:
        return None


@dataclass(frozen=True, eq=False)
class Circle(Mark):
    """A circle (or several) whose radius is in units of x."""

    x: Array = no_values()
    y: Array = no_values()
    radius: Array = no_values()
    fill: str | None = None
    width: float = 1.0
    dash: tuple[float, ...] | None = None
    alpha: float = 1.0

    def extent(self) -> Extent | None:
        low, high = reach(self.x - self.radius, self.y - self.radius), reach(self.x + self.radius, self.y + self.radius)
        return (low[0], high[1], low[2], high[3]) if low and high else None

    def paint(self, paper: Paper, box: Box) -> None:
        paper.use(paper.pen(self.role, self.width, self.dash) if self.width else None,
                  paper.color(self.fill, self.alpha) if self.fill and not self.ghosted else None)
        for (x, y), r in zip(box.px(self.x, self.y), self.radius * box.x.unit, strict=True):
            if math.isfinite(x + y + r):
                paper.painter.drawEllipse(QPointF(x, y), r, r)

    def obstacles(self, box: Box) -> Array:
        turn = np.linspace(0, 2 * math.pi, 24)
        return np.concatenate([np.stack([x + r * np.cos(turn), y + r * np.sin(turn)], 1) for (x, y), r in zip(
            box.px(self.x, self.y), self.radius * box.x.unit, strict=True)])


@dataclass(frozen=True, eq=False)
class Arc(Mark):
    """Arcs or sectors: degrees, counter-clockwise from three o'clock; radius in units of x."""

    x: Array = no_values()
    y: Array = no_values()
    radius: Array = no_values()
    start: Array = no_values()
    span: Array = no_values()
    width: float = 2.5
    fill: bool = False
    alpha: float = 1.0

    def extent(self) -> Extent | None:
        low, high = reach(self.x - self.radius, self.y - self.radius), reach(self.x + self.radius, self.y + self.radius)
        return (low[0], high[1], low[2], high[3]) if low and high else None

    def paint(self, paper: Paper, box: Box) -> None:
        for (x, y), r, start, span in zip(box.px(self.x, self.y), self.radius * box.x.unit, self.start, self.span, strict=True):
            if not math.isfinite(x + y + r + start + span):
                continue
            rect = QRectF(x - r, y - r, 2 * r, 2 * r)
            path = QPainterPath()
            if self.fill:
                path.moveTo(x, y)
            else:
                path.arcMoveTo(rect, start)
            path.arcTo(rect, start, float(np.clip(span, -360, 360)))
            if self.fill:
                path.closeSubpath()
                paper.use(None, paper.color(self.role, 0.25 * self.alpha))
            else:
                paper.use(paper.pen(self.role, self.width, (), self.alpha))
            paper.painter.drawPath(path)


@dataclass(frozen=True, eq=False)
class Spans(Mark):
    """Blocks on rows of a Gantt chart; those after `future` are faint."""

    row: Array = no_values()
    start: Array = no_values()
    end: Array = no_values()
    roles: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    future: float | None = None
    height: float = 0.7
    held: tuple[bool, ...] = ()         # blocks with a handle on their end, which their words keep clear of
    offset: tuple[float, float] = (0.0, 0.0)

    def extent(self) -> Extent | None:
        found = reach(np.concatenate([self.start, self.end]), np.concatenate([self.row, self.row]))
        return (found[0], found[1], found[2] - 0.5, found[3] + 0.5) if found else None

    def paint(self, paper: Paper, box: Box) -> None:
        for number, (row, start, end) in enumerate(zip(self.row, self.start, self.end, strict=True)):
            role = "ghost" if self.ghosted else (self.roles[number] if self.roles else self.role)
            (x0, y0), (x1, y1) = box.px([start, end], [row - self.height / 2, row + self.height / 2])
            if not math.isfinite(x0 + x1 + y0 + y1):
                continue
            rect = QRectF(min(x0, x1), min(y0, y1), max(abs(x1 - x0), paper.px(1)), abs(y1 - y0))
            late = self.future is not None and start >= self.future
            paper.use(None, paper.color(role, 0.28 if late else 1.0))
            radius = min(paper.px(3), rect.width() / 3)
            paper.painter.drawRoundedRect(rect, radius, radius)
            text = self.texts[number] if self.texts else ""
            if self.held and self.held[number]:
                rect.setRight(max(rect.left(), rect.right() - paper.px(7)))
            if rect.height() > paper.px(LEAST_TEXT) and text and paper.width(text, "label") < rect.width() - paper.px(6):
                ground = paper.color("surface") if late else paper.color(role)
                paper.text(rect.center().x(), rect.center().y(), text, size="label", background=ground.name(),
                           color=paper.color("ink") if late else readable(ground))


@dataclass(frozen=True, eq=False)
class Graph(Mark):
    """Nodes and edges: dots with names beside them, or boxes with names inside."""

    x: Array = no_values()
    y: Array = no_values()
    edges: tuple[tuple[int, int, str], ...] = ()
    roles: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    boxes: bool = False
    size: float = 26.0

    def extent(self) -> Extent | None:
        return reach(self.x, self.y)

    def paint(self, paper: Paper, box: Box) -> None:
        points = box.px(self.x, self.y)
        for i, j, role in self.edges:
            paper.use(paper.pen(role, 1.4))
            paper.painter.drawLine(QPointF(*points[i]), QPointF(*points[j]))
        for number, (x, y) in enumerate(points):
            role = "ghost" if self.ghosted else (self.roles[number] if self.roles else self.role)
            text = self.texts[number] if self.texts else ""
            if self.boxes:
                width = max(paper.px(self.size), paper.width(text, "label") + paper.px(16))
                rect = QRectF(x - width / 2, y - paper.px(self.size) / 2, width, paper.px(self.size))
                paper.use(paper.pen(role, 1.4), paper.color("surface_raised"))
                paper.painter.drawRoundedRect(rect, paper.px(6), paper.px(6))
                paper.text(x, y, text, "ink", size="label", background=paper.theme.hex("surface_raised"))
            else:
                paper.use(paper.pen("surface", 2), paper.color(role))
                paper.marker(x, y, paper.px(self.size), "circle")
                paper.text(x, y - paper.px(self.size / 2 + 3), text, "ink", size="label", anchor="center bottom", halo=True)

    def read(self, box: Box, at: QPointF) -> Reading | None:
        points = box.px(self.x, self.y)
        gap = np.hypot(points[:, 0] - at.x(), points[:, 1] - at.y())
        best = int(np.argmin(gap))
        return Reading(self.name, float(self.x[best]), float(self.y[best]), None, QPointF(*points[best]), float(gap[best]))


@dataclass(frozen=True, eq=False)
class Item(Mark):
    """The escape hatch: any QGraphicsItem, painted in the data's own coordinates."""

    item: Any = None

    def extent(self) -> Extent | None:
        rect = self.item.boundingRect()
        return rect.left(), rect.right(), rect.top(), rect.bottom()

    def paint(self, paper: Paper, box: Box) -> None:
        assert isinstance(self.item, QGraphicsItem)
        (x0, y0), (x1, y1) = box.px([0.0, 1.0], [0.0, 1.0])
        paper.painter.save()
        paper.painter.translate(x0, y0)
        paper.painter.scale(x1 - x0, y1 - y0)
        self.item.paint(paper.painter, QStyleOptionGraphicsItem(), None)
        paper.painter.restore()

    def as_ghost(self) -> Mark | None:
        return None
