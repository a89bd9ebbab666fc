"""Points: coloured by role, by group or by value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt

from engine.core.frame import Array
from panels.kit import raster
from panels.kit.mark import Box, Extent, Mark, Place, Reading, along, nearest, no_values, positive_reach, reach
from panels.kit.paper import Paper, finite, polygon
from panels.kit.theme import color_table


@dataclass(frozen=True, eq=False)
class Points(Mark):
    """Points; coloured by their role, by a group's series, or by values through a map."""

    x: Array = no_values()
    y: Array = no_values()
    size: float = 7.0
    marker: str | None = None
    group: Array | None = None
    values: Array | None = None
    map: str = "sequential"
    limits: tuple[float, float] | None = None
    ring: bool = False
    texts: tuple[str, ...] = ()
    alpha: float = 1.0

    def extent(self) -> Extent | None:
        return reach(self.x, self.y)

    def positive(self) -> Extent | None:
        return positive_reach(self.x, self.y)

    def paint(self, paper: Paper, box: Box) -> None:
        points = box.px(self.x, self.y)
        good = finite(points)
        size = paper.px(self.size)
        if self.ghosted:
            paper.use(paper.pen("ghost", 1.0, ()), None)
            for x, y in points[good]:
                paper.marker(x, y, size * 0.8, "circle")
            return
        if self.values is not None:
            self._paint_values(paper, points, good, size)
        elif self.group is not None:
            for number in np.unique(self.group[good]):
                self._paint_same(paper, points[good & (self.group == number)], f"series[{int(number)}]", size)
        else:
            self._paint_same(paper, points[good], self.role, size)
        for (x, y), text in zip(points, self.texts, strict=False):
            if text and math.isfinite(x + y):
                paper.text(x + size, y - size * 0.8, text, self.role, size="label", anchor="left bottom", halo=True)

    def _paint_same(self, paper: Paper, points: Array, role: str, size: float) -> None:
        shape = self.marker or (paper.theme.style(role).marker if paper.theme.name == "print" else "circle")
        pen = paper.pen("surface", 2.0, ()) if self.ring else None
        if shape == "ring":
            paper.use(paper.pen(role, 2.0, ()), paper.color("surface"))
        elif shape == "cross":
            paper.use(paper.pen(role, 2.2, ()), None)
        else:
            paper.use(pen, paper.color(role, self.alpha))
        if shape == "circle" and not self.ring and size <= paper.px(7) and len(points) > 100:
            self._paint_dots(paper, points, role, size)
            return
        for x, y in points:
            paper.marker(x, y, size, shape)

    def _paint_dots(self, paper: Paper, points: Array, role: str, size: float) -> None:
        """Many small dots at once: stamped, or as points of a round pen."""
        if raster.dots(paper.painter, points, size, paper.color(role, self.alpha)):
            return
        pen = paper.pen(role, 1.0, (), self.alpha)
        pen.setWidthF(size)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        paper.use(pen, None)
        paper.painter.drawPoints(polygon(points))

    def _paint_values(self, paper: Paper, points: Array, good: Array, size: float) -> None:
        assert self.values is not None
        low, high = self.limits or (float(np.nanmin(self.values)), float(np.nanmax(self.values)))
        table = color_table(paper.theme.name, self.map)
        index = np.clip(np.nan_to_num((self.values - low) / ((high - low) or 1.0)) * 255, 0, 255).astype(int)
        for (x, y), at, fine in zip(points, index, good, strict=True):
            if fine:
                color = paper.color("ink")
                color.setRgb(*(int(v) for v in table[at, :3]))
                paper.use(None, color)
                paper.marker(x, y, size, self.marker or "circle")

    def obstacles(self, box: Box) -> Array:
        points = box.px(self.x, self.y)
        points = points[finite(points)]
        return points[:: max(1, len(points) // 400)]

    def places(self, box: Box, paper: Paper) -> list[Place]:
        points = self.obstacles(box)
        if len(points) > 12:
            return along(points, box, paper, self.at)
        off = paper.px(self.size / 2 + 6)
        return [place for x, y in points for place in (
            Place(x + off, y - off * 0.6, "left bottom", 0.0), Place(x - off, y - off * 0.6, "right bottom", 0.05),
            Place(x + off, y + off * 0.6, "left top", 0.08), Place(x - off, y + off * 0.6, "right top", 0.1),
            Place(x, y - off, "center bottom", 0.06), Place(x, y + off, "center top", 0.07))]

    def read(self, box: Box, at: QPointF) -> Reading | None:
        return nearest(self.name, box, self.x, self.y, at, self.values)
