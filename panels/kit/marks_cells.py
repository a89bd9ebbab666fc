"""Marks made of cells: image, contours, matrix."""

from __future__ import annotations

import hashlib
import math
import weakref
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from engine.core.frame import Array
from panels.kit import raster
from panels.kit.mark import Box, Extent, Mark, Reading, no_values
from panels.kit.paper import Paper
from panels.kit.theme import color_table, tokens

DASH_FROM = 16.0                # px of a cell that has room for a dash
NUMBER_FROM = float(tokens()["plot"]["cell_number_min"])


def limits_of(values: Array, limits: tuple[float, float] | None, map_name: str) -> tuple[float, float]:
    """The range a colour map spans: as given, else of the finite values; a diverging map's is symmetric about 0."""
    if limits is not None:
        return limits
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    if map_name == "diverging":
        most = float(np.abs(finite).max()) or 1.0
        return -most, most
    return float(finite.min()), float(finite.max())


_IMAGES: dict[tuple[object, ...], QImage] = {}


def image_of(theme_name: str, values: Array, map_name: str, limits: tuple[float, float] | None, flip: tuple[int, int]) -> QImage:
    """Values through a colour map as an image, with its rows and columns in these directions (1 or -1).

    What is not finite is transparent. (rows, columns, 3 or 4) values are colours already. Those of large grids are kept.
    """
    key = None if values.size < 4096 else (digest(values), theme_name, map_name, limits, flip)
    if key is not None and key in _IMAGES:
        return _IMAGES[key]
    colors = values if values.ndim == 3 else colors_of(theme_name, values, map_name, limits)
    if colors.shape[2] == 3:
        colors = np.concatenate([colors, np.full((*colors.shape[:2], 1), 255, np.uint8)], axis=2)
    found = as_image(colors[::flip[0], ::flip[1]])
    if key is not None:
        if len(_IMAGES) >= 16:
            _IMAGES.clear()
        _IMAGES[key] = found
    return found


def colors_of(theme_name: str, values: Array, map_name: str, limits: tuple[float, float] | None) -> Array:
    """Values through a colour map as (..., 4) uint8; what is not finite is transparent."""
    low, high = limits_of(values, limits, map_name)
    finite = np.isfinite(values)
    share = (np.where(finite, values, low) - low) / ((high - low) or 1.0)
    colors = color_table(theme_name, map_name)[np.clip(share * 255, 0, 255).astype(np.uint8)]
    colors[~finite, 3] = 0
    return colors


def as_image(colors: Array) -> QImage:
    """(rows, columns, 4) uint8 RGBA as a QImage that owns its pixels, in the format that is painted fastest."""
    rows, columns = colors.shape[:2]
    block = np.ascontiguousarray(colors)
    opaque = bool((block[..., 3] == 255).all())
    best = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
    return QImage(block.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).convertToFormat(best)


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
class Contours(Mark):
    """Lines of equal value over a grid of nodes that spans x and y."""

    values: Array = no_values()
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)
    levels: tuple[float, ...] = ()
    width: float = 1.0
    alpha: float = 0.5

    def extent(self) -> Extent | None:
        return min(self.x), max(self.x), min(self.y), max(self.y)

    def paint(self, paper: Paper, box: Box) -> None:
        rows, columns = self.values.shape
        paper.use(paper.pen(self.role, self.width, (), self.alpha))
        known = digest(self.values)
        for level in self.levels:
            pieces = crossings(self.values, level, known)              # (k, 2 ends, (column, row)) in cells
            if not len(pieces):
                continue
            at_x = self.x[0] + pieces[..., 0] / (columns - 1) * (self.x[1] - self.x[0])
            at_y = self.y[0] + pieces[..., 1] / (rows - 1) * (self.y[1] - self.y[0])
            a, b = box.px(at_x[:, 0], at_y[:, 0]), box.px(at_x[:, 1], at_y[:, 1])
            paper.painter.drawLines(raster.SEGMENTS.of(np.concatenate([a, b], axis=1)))

    def as_ghost(self) -> Mark | None:
        return None


_CONTOURS: dict[tuple[bytes, float], Array] = {}


_DIGESTS: dict[int, tuple[weakref.ref[Array], bytes]] = {}


def digest(values: Array) -> bytes:
    """What a grid holds, in 16 bytes: every run brings its own copy of the same ground. A frozen grid is read once."""
    if values.flags.writeable:
        return _digest(values)
    known = _DIGESTS.get(id(values))
    if known is None or known[0]() is not values:
        if len(_DIGESTS) >= 256:
            _DIGESTS.clear()
        known = _DIGESTS[id(values)] = (weakref.ref(values), _digest(values))
    return known[1]


def _digest(values: Array) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(values).data, digest_size=16, key=repr(values.shape).encode()[:64]).digest()


def crossings(values: Array, level: float, known: bytes | None = None) -> Array:
    """Marching squares: the straight pieces of a contour, (k, 2, 2) as (column, row) of both ends."""
    key = (known or digest(values), level)
    found = _CONTOURS.get(key)
    if found is None:
        if len(_CONTOURS) > 400:
            _CONTOURS.clear()
        found = _CONTOURS[key] = _march(values, level)
    return found


def _march(values: Array, level: float) -> Array:
    v = np.where(np.isfinite(values), values, np.inf) - level
    a, b, c, d = v[:-1, :-1], v[:-1, 1:], v[1:, 1:], v[1:, :-1]         # corners, counter-clockwise from (0, 0)
    rows, columns = np.indices(a.shape)
    with np.errstate(all="ignore"):
        edges = np.stack([
            np.stack([columns + a / (a - b), rows + 0.0 * a], -1),      # bottom, right, top, left
            np.stack([columns + 1 + 0.0 * a, rows + b / (b - c)], -1),
            np.stack([columns + d / (d - c), rows + 1 + 0.0 * a], -1),
            np.stack([columns + 0.0 * a, rows + a / (a - d)], -1),
        ])                                                              # (4 edges, rows, columns, 2)
    crossed = np.stack([(a > 0) != (b > 0), (b > 0) != (c > 0), (d > 0) != (c > 0), (a > 0) != (d > 0)])
    found = []
    for first, second in ((0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)):
        others = [e for e in range(4) if e not in (first, second)]
        two = crossed[first] & crossed[second] & ~crossed[others[0]] & ~crossed[others[1]]
        four = crossed.all(axis=0) & (((a > 0) == ((first, second) in ((0, 1), (2, 3)))) &
                                      ((first, second) in ((0, 1), (2, 3), (1, 2), (3, 0))))
        here = two | four
        if here.any():
            found.append(np.stack([edges[first][here], edges[second][here]], axis=1))
    pieces = np.concatenate(found) if found else np.zeros((0, 2, 2))
    return pieces[np.isfinite(pieces).all(axis=(1, 2))]


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


def readable(ground: QColor) -> QColor:
    """Ink or paper, whichever stands out more from the ground."""
    return max((QColor("black"), QColor("white")), key=lambda ink: contrast(ink, ground))


def contrast(a: QColor, b: QColor) -> float:
    """WCAG contrast of two opaque colours, 1 ... 21."""
    bright = sorted((_luminance(a), _luminance(b)))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def _luminance(color: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
             for c in (color.redF(), color.greenF(), color.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def without_outline(matrix: Matrix) -> Matrix:
    """The same matrix with no cell outlined."""
    return replace(matrix, outline=())


ALIGN = Qt.AlignmentFlag.AlignCenter
