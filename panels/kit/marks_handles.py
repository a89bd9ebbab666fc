"""Marks to take hold of: a handle that sets parameters, and points that can be moved, added and taken away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.core.frame import Array
from panels.kit.mark import Box, Extent, Mark, Place, no_values
from panels.kit.paper import Paper


@dataclass(frozen=True, eq=False)
class Handle(Mark):
    """A ring or an upright bar to drag: it sets parameters or cells, so whatever the mouse did, --set can repeat."""

    x: float = 0.0
    y: float = 0.0
    sets: tuple[str | None, str | None] = (None, None)
    about: tuple[float, float] | None = None        # turns about this point: the first parameter is its axis's angle
    origin: tuple[float, float] = (0.0, 0.0)        # what is set is counted from here
    shape: str = "ring"
    clips = False

    def values_at(self, x: float, y: float) -> dict[str, float]:
        """What it asks for when it is dragged to a data point: its coordinates, or the angle of its axis, 0 to 180."""
        if self.about is not None:
            return {str(self.sets[0]): math.degrees(math.atan2(y - self.about[1], x - self.about[0])) % 180}
        away = (x - self.origin[0], y - self.origin[1])
        return {name: value for name, value in zip(self.sets, away, strict=True) if name is not None}

    def extent(self) -> Extent | None:
        return None

    def paint(self, paper: Paper, box: Box) -> None:
        x, y = box.px(self.x, self.y)[0]
        if not math.isfinite(x + y):
            return
        if self.shape == "bar":
            paper.use(None, paper.color(self.role))
            paper.painter.drawRect(QRectF(x - paper.px(1.25), y - paper.px(9), paper.px(2.5), paper.px(18)))
        else:
            paper.use(paper.pen(self.role, 2, ()), paper.color("surface_raised"))
            paper.marker(x, y, paper.px(12), "circle")

    def obstacles(self, box: Box) -> Array:
        return box.px(self.x, self.y)

    def places(self, box: Box, paper: Paper) -> list[Place]:
        x, y = box.px(self.x, self.y)[0]
        off = paper.px(11)
        return [Place(x - off, y - off * 0.6, "right", 0.0), Place(x + off, y - off * 0.6, "left", 0.02),
                Place(x, y - off, "center bottom", 0.04), Place(x, y + off, "center top", 0.06)]

    def as_ghost(self) -> Mark | None:
        return None


@dataclass(frozen=True, eq=False)
class Editable(Mark):
    """Points that can be taken hold of: what is done to them is a new list of rows for a `Points` parameter.

    It paints nothing; the panel draws the points as it likes. Dragging moves one, a click on free ground adds one of
    class `adds` (None: none can be added), a right click takes one away, a click on one sets the parameter `picks`.
    """

    x: Array = no_values()
    y: Array = no_values()
    rows: tuple[tuple[float, float, int], ...] = ()
    sets: str = ""
    adds: int | None = None
    picks: str | None = None
    also: tuple[tuple[str, Any], ...] = ()          # further values that go with an edit
    least: int = 1                                  # points that must stay
    most: int = 10_000                              # points that there can be

    def paint(self, paper: Paper, box: Box) -> None:
        """Nothing."""

    def number_at(self, box: Box, pixel: QPointF, reach: float = 11.0) -> int | None:
        """The number of the point under a pixel, nearest first."""
        points = box.px(self.x, self.y) if len(self.x) else np.zeros((0, 2))
        gap = np.hypot(points[:, 0] - pixel.x(), points[:, 1] - pixel.y())
        gap = np.where(np.isfinite(gap), gap, np.inf)
        return int(np.argmin(gap)) if len(gap) and gap.min() <= reach else None

    def moved(self, number: int, x: float, y: float) -> dict[str, Any]:
        """What to ask for when a point was dragged to a place."""
        row = (round(x, 4), round(y, 4), self.rows[number][2])
        return self._asked((*self.rows[:number], row, *self.rows[number + 1:]))

    def added(self, x: float, y: float) -> dict[str, Any]:
        """What to ask for when free ground was clicked; nothing where no point can be added."""
        if self.adds is None or len(self.rows) >= self.most:
            return {}
        return self._asked((*self.rows, (round(x, 4), round(y, 4), self.adds)))

    def removed(self, number: int) -> dict[str, Any]:
        """What to ask for when a point was taken away; nothing where it must stay."""
        return self._asked((*self.rows[:number], *self.rows[number + 1:])) if len(self.rows) > self.least else {}

    def picked(self, number: int) -> dict[str, Any]:
        """What to ask for when a point was clicked."""
        return {} if self.picks is None else {self.picks: number}

    def _asked(self, rows: tuple[tuple[float, float, int], ...]) -> dict[str, Any]:
        return {self.sets: [list(row) for row in rows], **dict(self.also)}

    def as_ghost(self) -> Mark | None:
        return None
