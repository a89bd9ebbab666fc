"""Marks made of cells: picture and matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from engine.core.frame import Array
from panels.kit.colored import colors_of, image_of, limits_of
from panels.kit.mark import Box, Extent, Mark, Reading, no_values
from panels.kit.paper import Paper
from panels.kit.readable import readable
from panels.kit.theme import tokens

DASH_FROM = 16.0                # px of a cell that has room for a dash
NUMBER_FROM = float(tokens()["plot"]["cell_number_min"])


@dataclass(frozen=True, eq=False)
class Picture(Mark):
    """Dense cells over a rectangle of the plot; row 0 lies at y[0]."""

    values: Array = no_values()
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)
    map: str = "sequential"
    limits: tuple[float, float] | None = None
    smooth: bool = False
    alpha: float = 1.0

    def extent(self) -> Extent | None:
        return min(self.x), max(self.x), min(self.y), max(self.y)

    def paint(self, paper: Paper, box: Box) -> None:
        if not self.values.size:
            return
        (x0, y0), (x1, y1) = box.px([self.x[0], self.x[1]], [self.y[0], self.y[1]])
        flip = (-1 if y0 > y1 else 1, -1 if x0 > x1 else 1)     # y grows upward on screen: row 0 is at the bottom
        image = image_of(paper.theme.name, self.values, self.map, self.limits, flip)
        paper.painter.save()
        paper.painter.setOpacity(self.alpha)
        paper.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        paper.painter.drawImage(QRectF(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0)), image)
        paper.painter.restore()

    def read(self, box: Box, at: QPointF) -> Reading | None:
        x, y = box.x.data(at.x()), box.y.data(at.y())
        column = math.floor((x - self.x[0]) / (self.x[1] - self.x[0]) * self.values.shape[1])
        row = math.floor((y - self.y[0]) / (self.y[1] - self.y[0]) * self.values.shape[0])
        if self.values.ndim != 2 or not (0 <= row < self.values.shape[0] and 0 <= column < self.values.shape[1]):
            return None
        return Reading(self.name, x, y, float(self.values[row, column]), at, 4.0, (row, column))

    def as_ghost(self) -> Mark | None:
        return None


@dataclass(frozen=True, eq=False)
class Matrix(Mark):
    """Cells with a gap, row 0 on top, numbers where they fit; cell (i, j) is centred at x = j, y = i."""

    values: Array = no_values()
    map: str = "sequential"
    limits: tuple[float, float] | None = None
    numbers: str | None = None
    mask: Array | None = None
    outline: tuple[tuple[int, int, str], ...] = ()

    def extent(self) -> Extent | None:
        rows, columns = self.values.shape[:2]
        return -0.5, columns - 0.5, -0.5, rows - 0.5

    def paint(self, paper: Paper, box: Box) -> None:
        rows, columns = self.values.shape
        side = min(box.x.unit, box.y.unit)
        if side < paper.px(4):
            self._paint_dense(paper, box)
        else:
            self._paint_cells(paper, box, side)
        for i, j, role in self.outline:
            if 0 <= i < rows and 0 <= j < columns:
                paper.use(paper.pen(role, 2.0, ()))
                cell = self._cell(box, i, j, 0.0).adjusted(-1, -1, 1, 1)
                paper.painter.drawRoundedRect(cell, paper.px(3), paper.px(3))

    def _cell(self, box: Box, i: int, j: int, gap: float) -> QRectF:
        (x0, y0), (x1, y1) = box.px([j - 0.5, j + 0.5], [i - 0.5, i + 0.5])
        return QRectF(min(x0, x1) + gap / 2, min(y0, y1) + gap / 2, abs(x1 - x0) - gap, abs(y1 - y0) - gap)

    def _paint_dense(self, paper: Paper, box: Box) -> None:
        dense = Picture(self.name, values=self._masked(), x=(-0.5, self.values.shape[1] - 0.5),
                        y=(-0.5, self.values.shape[0] - 0.5), map=self.map, limits=self._limits())
        paper.painter.save()
        paper.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        dense.paint(paper, box)
        paper.painter.restore()

    def _limits(self) -> tuple[float, float]:
        return limits_of(self._masked(), self.limits, self.map)

    def _masked(self) -> Array:
        values = self.values.astype(np.float64)
        return values if self.mask is None else np.where(self.mask, values, np.nan)

    def _paint_cells(self, paper: Paper, box: Box, side: float) -> None:
        colors = colors_of(paper.theme.name, self._masked(), self.map, self._limits())
        gap, radius = paper.px(1), min(paper.px(3), side / 5)
        for (i, j), value in np.ndenumerate(self._masked()):
            cell = self._cell(box, i, j, gap)
            if not math.isfinite(value):
                if side >= paper.px(DASH_FROM):
                    paper.text(cell.center().x(), cell.center().y(), "–", "ink_faint", size=10)
                continue
            color = QColor(*(int(v) for v in colors[i, j]))
            paper.use(None, color)
            paper.painter.drawRoundedRect(cell, radius, radius)
            if self.numbers is not None and side >= paper.px(NUMBER_FROM) * 0.85:
                text = short(value, self.numbers)
                if paper.width(text, 10) <= cell.width() - paper.px(3):
                    paper.text(cell.center().x(), cell.center().y(), text, size=10, background=color.name(),
                               color=readable(color))

    def read(self, box: Box, at: QPointF) -> Reading | None:
        j, i = round(box.x.data(at.x())), round(box.y.data(at.y()))
        if not (0 <= i < self.values.shape[0] and 0 <= j < self.values.shape[1]):
            return None
        return Reading(self.name, j, i, float(self._masked()[i, j]), self._cell(box, i, j, 0).center(), 2.0, (i, j))

    def as_ghost(self) -> Mark | None:
        return None


def short(value: float, spec: str) -> str:
    """A number for a cell: '.73' without its zero, a real minus, and none before a zero."""
    text = format(value, spec)
    if not text.strip("-0."):
        text = text.lstrip("-")
    if text.startswith(("0.", "-0.")):
        text = text.replace("0.", ".", 1)
    return text.replace("-", "−")


