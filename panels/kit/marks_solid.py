"""The surface mark: a height map projected by its own camera and painted from back to front."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from engine.core.frame import Array
from panels.kit.colored import colors_of
from panels.kit.mark import Box, Extent, Mark, no_values
from panels.kit.paper import Paper, polygon

MOST = 41           # nodes a side: more cost frames without showing more
Path = tuple[Array, Array, Array, str]


@dataclass(frozen=True, eq=False)
class Surface(Mark):
    """z over a grid (rows along y, columns along x), with paths on it; the camera is (azimuth, elevation) in degrees."""

    z: Array = no_values()
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)
    camera: tuple[float, float] = (-60.0, 35.0)
    map: str = "terrain"
    paths: tuple[Path, ...] = ()

    def extent(self) -> Extent | None:
        return 0.0, 1.0, 0.0, 1.0

    def paint(self, paper: Paper, box: Box) -> None:
        z = self.z[:: max(1, math.ceil(self.z.shape[0] / MOST)), :: max(1, math.ceil(self.z.shape[1] / MOST))]
        rows, columns = z.shape
        project = _Projection(self, z, box.rect)
        gx, gy = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
        points, depth = project(gx, gy, project.height(z))
        corners = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], axis=2)   # (r, c, 4, 2)
        depths = (depth[:-1, :-1] + depth[:-1, 1:] + depth[1:, 1:] + depth[1:, :-1]) / 4
        shade = colors_of(paper.theme.name, (z[:-1, :-1] + z[1:, 1:]) / 2, self.map, None).reshape(-1, 4)
        self._paint_sorted(paper, corners.reshape(-1, 4, 2), depths.ravel(), shade, project)

    def _paint_sorted(self, paper: Paper, quads: Array, depths: Array, shade: Array, project: _Projection) -> None:
        strokes: list[tuple[float, str, Array]] = []
        for xs, ys, zs, role in self.paths:
            at_x = 2 * (xs - self.x[0]) / (self.x[1] - self.x[0]) - 1
            at_y = 2 * (ys - self.y[0]) / (self.y[1] - self.y[0]) - 1
            points, depth = project(at_x, at_y, project.height(zs) + 0.012)
            inside = (np.abs(at_x) <= 1) & (np.abs(at_y) <= 1) & np.isfinite(points).all(axis=-1)
            strokes += [(float(max(depth[k], depth[k + 1])) + 0.06, role, points[k:k + 2])
                        for k in range(len(xs) - 1) if inside[k] and inside[k + 1]]
        order = [(float(d), "", n) for n, d in enumerate(depths) if np.isfinite(quads[n]).all()]
        order += [(d, role, n) for n, (d, role, _) in enumerate(strokes)]
        mesh = paper.pen("line_strong", 0.5, (), 0.35)
        for _, role, number in sorted(order, key=lambda entry: entry[0]):
            if role:
                paper.use(paper.pen(role, 2.2, ()))
                paper.painter.drawPolyline(polygon(strokes[number][2]))
            else:
                paper.use(mesh, QColor(*(int(v) for v in shade[number])))
                paper.painter.drawPolygon(polygon(quads[number]))

    def as_ghost(self) -> Mark | None:
        return None


class _Projection:
    """Orthographic: turn by the azimuth, tip by the elevation, fit the cube's outline into the rectangle."""

    def __init__(self, surface: Surface, z: Array, rect: QRectF) -> None:
        finite = z[np.isfinite(z)]
        self.low = float(finite.min(initial=0.0)) if finite.size else 0.0
        self.high = float(finite.max(initial=self.low + 1e-12)) if finite.size else 1.0
        azimuth, elevation = (math.radians(v) for v in surface.camera)
        self.turn = np.array([[math.cos(azimuth), -math.sin(azimuth)], [math.sin(azimuth), math.cos(azimuth)]])
        self.tip = math.sin(elevation), math.cos(elevation)
        self.size = min(rect.width() / 2.9, rect.height() / (2.83 * abs(self.tip[0]) + 1.1 * self.tip[1] + 0.1))
        self.middle = rect.center().x(), rect.center().y()

    def height(self, z: Array) -> Array:
        """z scaled to -0.5 ... 0.5 of the cube."""
        return (np.clip(z, self.low, self.high) - self.low) / ((self.high - self.low) or 1.0) - 0.5

    def __call__(self, x: Array, y: Array, z: Array) -> tuple[Array, Array]:
        """Pixels (..., 2) and depth (...), greater nearer."""
        across = self.turn[0, 0] * x + self.turn[0, 1] * y
        away = self.turn[1, 0] * x + self.turn[1, 1] * y
        up = self.tip[0] * away + self.tip[1] * z
        near = -self.tip[1] * away + self.tip[0] * z
        return np.stack([self.middle[0] + self.size * across, self.middle[1] - self.size * up], axis=-1), near
