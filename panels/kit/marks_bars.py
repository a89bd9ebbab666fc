"""Bars: from a base to a height, upright or lying down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from engine.core.frame import Array
from panels.kit.mark import Box, Extent, Mark, Place, Reading, no_values
from panels.kit.marks_lines import Line
from panels.kit.marks_lying import paint_ends, size_beside
from panels.kit.paper import Paper


@dataclass(frozen=True, eq=False)
class Bars(Mark):
    """Bars between edges, or lying down; `roles` gives each its own colour."""

    edges: Array = no_values()
    heights: Array = no_values()
    base: float = 0.0
    horizontal: bool = False
    gap: float = 1.0
    roles: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    solid: bool = False

    def extent(self) -> Extent | None:
        along_edges = (float(self.edges[0]), float(self.edges[-1]))
        finite = self.heights[np.isfinite(self.heights)]
        ends = (min(self.base, float(finite.min(initial=self.base))), max(self.base, float(finite.max(initial=self.base))))
        return (*ends, *along_edges) if self.horizontal else (*along_edges, *ends)

    def positive(self) -> Extent | None:
        good = self.heights[np.isfinite(self.heights) & (self.heights > 0)]
        if not len(good):
            return None
        ends = (float(good.min()) / 2, float(good.max()))
        along_edges = (float(self.edges[0]), float(self.edges[-1]))
        return (*ends, *along_edges) if self.horizontal else (*along_edges, *ends)

    def rects(self, box: Box, gap: float) -> Array:
        """Each bar in pixels, (bars, 4) as x, y, width, height; NaN for a bar that is not finite or has no length."""
        side, length = (box.y, box.x) if self.horizontal else (box.x, box.y)
        ends = np.stack([side.px(self.edges[:-1]), side.px(self.edges[1:])])
        low, high = ends.min(axis=0), ends.max(axis=0)
        room = np.where(high - low >= 4 * gap, gap, 0.0)                # bars too thin for a gap stand side by side
        low, width = low + room / 2, high - low - room
        tips = length.px(np.nan_to_num(self.heights, nan=np.nan, posinf=np.nan, neginf=np.nan))
        base = float(np.nan_to_num(length.px(self.base), nan=length.start))
        start, tall = np.minimum(base, tips), np.abs(tips - base)
        return np.stack([start, low, tall, width] if self.horizontal else [low, start, width, tall], axis=1)

    def paint(self, paper: Paper, box: Box) -> None:
        if self.ghosted and self.horizontal:
            paint_ends(self.rects(box, paper.px(self.gap)), paper)
            return
        if self.ghosted:
            ghost = Line(self.name, "ghost", x=self.edges, y=self.heights, steps=True, width=1.2)
            ghost.paint(paper, box)
            return
        alpha = 1.0 if self.solid or self.roles else paper.theme.style(self.role).fill_alpha
        rects = self.rects(box, paper.px(self.gap))
        good = np.asarray(np.isfinite(rects).all(axis=1))
        if self.roles:
            for rect, role in zip(rects, self.roles, strict=False):
                if np.isfinite(rect).all():
                    self._paint_one(paper, QRectF(*rect), role)
        else:
            paper.use(None, paper.color(self.role, alpha))
            paper.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)        # upright: whole pixels, and fast
            paper.painter.drawRects([QRectF(*rect) for rect in whole(rects[good], paper.painter).tolist()])
            paper.painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        size = size_beside(box.y.px(self.edges), paper) if self.horizontal else "label"
        for (x, y, width, height), fine, text in zip(rects.tolist(), good, self.texts, strict=False):
            if fine and text and self.horizontal:
                room = box.rect.right() - x - width - paper.px(7) - paper.width(text, size)
                paper.text(x + width + paper.px(7) + min(0.0, room), y + height / 2, text, "ink", size=size, anchor="left",
                           halo=True)
            elif fine and text:
                paper.text(x + width / 2, y - paper.px(3), text, "ink", anchor="center bottom")

    def _paint_one(self, paper: Paper, rect: QRectF, role: str) -> None:
        """A solid bar with rounded corners where it is thick enough."""
        paper.use(None, paper.color(role))
        radius = min(paper.px(2), rect.width() / 2, rect.height() / 2)
        paper.painter.drawRoundedRect(rect, radius, radius)

    def obstacles(self, box: Box) -> Array:
        if self.horizontal:
            return np.zeros((0, 2))
        tops, base = self._tops(box), float(np.nan_to_num(box.y.px(self.base), nan=box.rect.bottom()))
        shares = np.array([1.0, 0.7, 0.4])[:, None, None]                      # the tops, and the bodies
        return np.asarray(tops * [1, 0] + (base + (tops - base) * shares) * [0, 1]).reshape(-1, 2)

    def _tops(self, box: Box) -> Array:
        middle = box.x.px((self.edges[:-1] + self.edges[1:]) / 2)
        tops = box.y.px(self.heights)
        return np.stack([middle, tops], axis=1)[np.isfinite(tops)]

    def places(self, box: Box, paper: Paper) -> list[Place]:
        """Within the body of the bars, low and near the middle."""
        if self.horizontal:
            return []
        points = self._tops(box)
        if not len(points):
            return []
        base = float(np.nan_to_num(box.y.px(self.base), nan=box.rect.bottom()))
        tall = points[base - points[:, 1] > paper.px(40)]
        return [Place(x, base - paper.px(24), "center", 0.3 * abs(x - box.rect.center().x() - paper.px(44)) / box.rect.width())
                for x, _ in tall]

    def read(self, box: Box, at: QPointF) -> Reading | None:
        side = box.y.data(at.y()) if self.horizontal else box.x.data(at.x())
        number = int(np.searchsorted(self.edges, side)) - 1
        if not 0 <= number < len(self.heights) or not math.isfinite(self.heights[number]):
            return None
        middle, height = float(self.edges[number] + self.edges[number + 1]) / 2, float(self.heights[number])
        x, y = (height, middle) if self.horizontal else (middle, height)
        point = QPointF(*box.px(x, y)[0])
        return Reading(self.name, x, y, None, point, math.hypot(point.x() - at.x(), point.y() - at.y()))


def whole(rects: Array, painter: QPainter) -> Array:
    """Rectangles (k, 4) on whole pixels of the device, so that the gaps between bars are equal; none narrower than one."""
    unit = painter.deviceTransform().m11() or 1.0
    left, right = np.round(rects[:, 0] * unit), np.round((rects[:, 0] + rects[:, 2]) * unit)
    found = rects.copy()
    found[:, 0], found[:, 2] = left / unit, np.maximum(1.0, right - left) / unit
    return found
