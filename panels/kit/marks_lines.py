"""Marks made of lines: line, band, rule, segments with or without heads."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPolygonF

from engine.core.frame import Array
from panels.kit import raster
from panels.kit.mark import Box, Extent, Mark, Place, Reading, along, nearest, no_values, positive_reach, reach
from panels.kit.paper import Paper, cut, finite, pieces, polygon, thinned


@dataclass(frozen=True, eq=False)
class Line(Mark):
    """A line through points, in steps if asked, filled down to a base if asked."""

    x: Array = no_values()
    y: Array = no_values()
    width: float | None = None
    dash: tuple[float, ...] | None = None
    fill: float | None = None
    steps: bool = False
    markers: bool = False
    alpha: float = 1.0
    future_from: float | None = None

    def path(self) -> tuple[Array, Array]:
        """The points of the line as drawn; steps become corners. With steps, x may hold the edges."""
        if not self.steps:
            return self.x, self.y
        x = self.x if len(self.x) == len(self.y) + 1 else np.append(self.x, self.x[-1:])
        return np.repeat(x, 2)[1:-1], np.repeat(self.y, 2)

    def extent(self) -> Extent | None:
        x, y = self.path()
        found = reach(x, y)
        if found and self.fill is not None:
            return found[0], found[1], min(found[2], self.fill), max(found[3], self.fill)
        return found

    def positive(self) -> Extent | None:
        return positive_reach(*self.path())

    def paint(self, paper: Paper, box: Box) -> None:
        x, y = self.path()
        points = box.shorten(box.px(x, y))
        if self.fill is not None and not self.ghosted:
            self._paint_fill(paper, box, points)
        paper.use(paper.pen(self.role, self.width, self.dash, self.alpha))
        if self.future_from is None:
            self._stroke(paper, box, points)
        else:
            split = int(np.searchsorted(x, self.future_from, side="right"))
            self._stroke(paper, box, points[:split])
            paper.use(paper.pen(self.role, 1.2, (2, 3), 0.7))
            self._stroke(paper, box, points[max(0, split - 1):])
        if self.markers and not self.ghosted:
            self._paint_markers(paper, box.px(self.x, self.y))

    def _stroke(self, paper: Paper, box: Box, points: Array) -> None:
        r, room = box.rect, paper.px(24)
        for piece in pieces(points[:, 0], points[:, 1]) if len(points) else []:
            for part in cut(piece, r.left() - room, r.top() - room, r.right() + room, r.bottom() + room):
                slim = thinned(part, r.width())
                if len(slim) > 1 and not raster.stroke(paper.painter, slim):
                    paper.painter.drawPolyline(polygon(slim))

    def _paint_fill(self, paper: Paper, box: Box, points: Array) -> None:
        base = float(np.clip(box.y.px(self.fill or 0.0), box.rect.top(), box.rect.bottom()))
        if not math.isfinite(base):
            base = box.rect.bottom()
        paper.use(None, paper.color(self.role, 0.16 * self.alpha))
        for piece in pieces(points[:, 0], points[:, 1]):
            slim = thinned(piece, box.rect.width())
            closed = np.concatenate([[[slim[0, 0], base]], slim, [[slim[-1, 0], base]]])
            paper.painter.drawPolygon(polygon(closed))

    def _paint_markers(self, paper: Paper, points: Array) -> None:
        shape = paper.theme.style(self.role).marker if paper.theme.name == "print" else "circle"
        color, size, good = paper.color(self.role, self.alpha), paper.px(3.6), points[finite(points)]
        if shape == "circle" and raster.dots(paper.painter, good, size, color):
            return
        paper.use(None, color)
        for x, y in good:
            paper.marker(x, y, size, shape)

    def obstacles(self, box: Box) -> Array:
        known, found = vars(self).get("_obstacles", (None, None))
        if known is not box:                                        # its label's places are along the same points
            found = self._spaced(box)
            vars(self)["_obstacles"] = box, found
        return np.asarray(found)

    def _spaced(self, box: Box) -> Array:
        """Points of the line, five px apart."""
        every = box.px(*self.path())
        if len(points := every[finite(every)]) < 2:
            return points
        length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        count = int(min(400, max(2, length[-1] / 5)))
        at = np.linspace(0, length[-1], count)
        return np.stack([np.interp(at, length, points[:, 0]), np.interp(at, length, points[:, 1])], axis=1)

    def places(self, box: Box, paper: Paper) -> list[Place]:
        return along(self.obstacles(box), box, paper, self.at)

    def read(self, box: Box, at: QPointF) -> Reading | None:
        return nearest(self.name, box, self.x[:len(self.y)], self.y, at)

    def as_ghost(self) -> Mark | None:
        return replace(self, role="ghost", label="", ghosted=True, width=1.4, dash=(), alpha=1.0) if self.pin else None


@dataclass(frozen=True, eq=False)
class Band(Mark):
    """The area between two curves."""

    x: Array = no_values()
    low: Array = no_values()
    high: Array = no_values()
    alpha: float | None = None

    def extent(self) -> Extent | None:
        low, high = reach(self.x, self.low), reach(self.x, self.high)
        return (low[0], low[1], min(low[2], high[2]), max(low[3], high[3])) if low and high else None

    def positive(self) -> Extent | None:
        low, high = positive_reach(self.x, self.low), positive_reach(self.x, self.high)
        return (low[0], low[1], low[2], high[3]) if low and high else high

    def paint(self, paper: Paper, box: Box) -> None:
        good = np.isfinite(self.x) & np.isfinite(self.low) & np.isfinite(self.high)
        if good.sum() < 2:
            return
        up = box.shorten(np.nan_to_num(box.px(self.x[good], self.high[good]), nan=box.rect.bottom()))
        down = box.shorten(np.nan_to_num(box.px(self.x[good], self.low[good]), nan=box.rect.bottom()))
        alpha = self.alpha if self.alpha is not None else max(0.12, paper.theme.style(self.role).fill_alpha * 0.7)
        paper.use(None, paper.color(self.role, alpha))
        paper.painter.drawPolygon(polygon(np.concatenate([up, down[::-1]])))

    def places(self, box: Box, paper: Paper) -> list[Place]:
        return along(box.px(self.x, self.high), box, paper, self.at)


@dataclass(frozen=True, eq=False)
class Rule(Mark):
    """A straight line across the view at an x or a y."""

    x: float | None = None
    y: float | None = None
    width: float | None = None

    def extent(self) -> Extent | None:
        return None

    def paint(self, paper: Paper, box: Box) -> None:
        r = box.rect
        paper.use(paper.pen(self.role, self.width or (1.4 if self.role in ("bound", "accent", "ink_soft") else None)))
        if self.x is not None:
            at = float(box.x.px(self.x))
            if r.left() - 1 <= at <= r.right() + 1:
                paper.painter.drawLine(QPointF(at, r.top()), QPointF(at, r.bottom()))
        if self.y is not None:
            at = float(box.y.px(self.y))
            if r.top() - 1 <= at <= r.bottom() + 1:
                paper.painter.drawLine(QPointF(r.left(), at), QPointF(r.right(), at))

    def obstacles(self, box: Box) -> Array:
        r, count = box.rect, 60
        if self.x is not None:
            return np.stack([np.full(count, float(box.x.px(self.x))), np.linspace(r.top(), r.bottom(), count)], axis=1)
        return np.stack([np.linspace(r.left(), r.right(), count), np.full(count, float(box.y.px(self.y or 0.0)))], axis=1)

    def places(self, box: Box, paper: Paper) -> list[Place]:
        r, near = box.rect, paper.px(7)
        if self.x is not None:
            at = float(box.x.px(self.x))
            rows = [r.top() + share * r.height() for share in (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.93)]
            return [p for n, y in enumerate(rows) for p in (Place(at + near, y, "left", 0.03 * n),
                                                            Place(at - near, y, "right", 0.03 * n + 0.02))]
        at = float(box.y.px(self.y or 0.0))
        return [p for n, share in enumerate((0.98, 0.8, 0.6, 0.4, 0.2)) for p in (
            Place(r.left() + share * r.width(), at - near, "right bottom", 0.03 * n),
            Place(r.left() + share * r.width(), at + near, "right top", 0.03 * n + 0.02))]


@dataclass(frozen=True, eq=False)
class Segments(Mark):
    """Straight pieces from (x0, y0) to (x1, y1), with heads if they are arrows."""

    x0: Array = no_values()
    y0: Array = no_values()
    x1: Array = no_values()
    y1: Array = no_values()
    width: float | None = None
    dash: tuple[float, ...] | None = None
    head: float = 0.0
    alpha: float = 1.0

    def extent(self) -> Extent | None:
        a, b = reach(self.x0, self.y0), reach(self.x1, self.y1)
        if not a or not b:
            return a or b
        return min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3])

    def paint(self, paper: Paper, box: Box) -> None:
        starts, stops = box.shorten(box.px(self.x0, self.y0)), box.shorten(box.px(self.x1, self.y1))
        pen = paper.pen(self.role, self.width, self.dash, self.alpha)
        for (ax, ay), (bx, by) in zip(starts, stops, strict=True):
            if not math.isfinite(ax + ay + bx + by):
                continue
            length = math.hypot(bx - ax, by - ay)
            head = min(paper.px(self.head), 0.6 * length)
            paper.use(pen)
            if not head:
                paper.painter.drawLine(QPointF(ax, ay), QPointF(bx, by))
                continue
            ux, uy = (bx - ax) / length, (by - ay) / length
            neck = QPointF(bx - 0.8 * head * ux, by - 0.8 * head * uy)
            paper.painter.drawLine(QPointF(ax, ay), neck)
            paper.use(None, paper.color(self.role, self.alpha))
            tip = QPolygonF([QPointF(bx, by), QPointF(bx - head * ux - 0.45 * head * uy, by - head * uy + 0.45 * head * ux),
                             QPointF(bx - head * ux + 0.45 * head * uy, by - head * uy - 0.45 * head * ux)])
            paper.painter.drawPolygon(tip)

    def obstacles(self, box: Box) -> Array:
        a, b = box.px(self.x0, self.y0), box.px(self.x1, self.y1)
        shares = np.linspace(0, 1, 12)[:, None, None]
        points = (a + (b - a) * shares).reshape(-1, 2)
        return points[finite(points)]

    def places(self, box: Box, paper: Paper) -> list[Place]:
        ends = box.px(self.x1, self.y1)[:4]
        off = paper.px(7)
        return [p for x, y in ends if math.isfinite(x + y) for p in (
            Place(x + off, y, "left", 0.0), Place(x - off, y, "right", 0.02), Place(x, y - off, "center bottom", 0.03),
            Place(x, y + off, "center top", 0.04))]


