"""Direct labels: each mark's name stands beside it, where it covers least; names of lines that end together spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from engine.core.frame import Array
from panels.kit.mark import Box, Mark, Place
from panels.kit.paper import Paper
from panels.kit.theme import tokens

GAP = float(tokens()["plot"]["direct_label_gap"])
COVERS, OWN, OVERLAPS, OUTSIDE = 0.14, 0.12, 6.0, 9.0


class Occupied:
    """What a view's labels had better not cover: pixels of marks, and rectangles of words already there."""

    def __init__(self, box: Box, obstacles: list[tuple[str, Array]], rects: list[QRectF]) -> None:
        self.box = box
        kept = [(name, points) for name, points in obstacles if len(points)]
        self.points = np.concatenate([p for _, p in kept]) if kept else np.zeros((0, 2))
        self.x, self.y = np.ascontiguousarray(self.points.T, np.float32)        # half the memory, twice the speed
        names = [n for n, _ in kept]
        self.owner = np.repeat(np.arange(len(kept)), [len(p) for _, p in kept]) if kept else np.zeros(0, int)
        self.index = {name: number for number, name in enumerate(names)}
        self.rects = [(r.left(), r.top(), r.right(), r.bottom()) for r in rects]

    def block(self, rect: QRectF) -> None:
        """Nothing more is to stand on this rectangle."""
        self.rects.append((rect.left(), rect.top(), rect.right(), rect.bottom()))

    def costs(self, boxes: Array, name: str) -> Array:
        """How bad each rectangle (k, 4) as left, top, right, bottom would be, (k,)."""
        cost = np.zeros(len(boxes))
        if len(self.points):
            x, y, near = self.x, self.y, (boxes + (-3, -3, 3, 3)).astype(np.float32)
            inside = x >= near[:, 0:1]
            for other in (x <= near[:, 2:3], y >= near[:, 1:2], y <= near[:, 3:4]):
                inside &= other
            box, point = np.divmod(np.flatnonzero(inside), len(x))              # few are inside any
            own = self.owner[point] == self.index.get(name, -1)
            cost += np.bincount(box, np.where(own, OWN, COVERS), len(boxes))
        for left, top, right, bottom in self.rects:
            over = (boxes[:, 0] < right + 4) & (boxes[:, 2] > left - 4) & (boxes[:, 1] < bottom + 1) & (boxes[:, 3] > top - 1)
            cost += OVERLAPS * over
        r = self.box.rect
        out = (boxes[:, 0] < r.left()) | (boxes[:, 2] > r.right() + 12) | (boxes[:, 1] < r.top() - 4) | (boxes[:, 3] > r.bottom())
        return cost + OUTSIDE * out


@dataclass(frozen=True)
class Label:
    """A mark's name with the place that was found for it."""

    text: str
    x: float
    y: float
    anchor: str
    role: str
    halo: bool
    mark: str

    def paint(self, paper: Paper) -> QRectF:
        """Put it down; returns the rectangle it takes."""
        return paper.text(self.x, self.y, self.text, self.role, size="label", anchor=self.anchor, halo=self.halo, name=self.mark)


def place_labels(marks: list[Mark], ends: list[Mark], occupied: Occupied, box: Box, paper: Paper) -> list[Label]:
    """A place for every mark's label; one for which no place at all is free is left out."""
    placed: list[Label] = []
    for mark, at in _spread(ends, box, paper):
        text = paper.elided(mark.label, paper.px(150), "label")
        placed.append(Label(text, box.rect.right() + paper.px(10), at, "left", mark.role, False, mark.name))
        occupied.block(paper.box(placed[-1].x, at, text, "label", "left"))
    for mark in marks:
        if not mark.label or mark in ends:
            continue
        found = _place_one(mark, occupied, box, paper)
        if found is not None:
            placed.append(found)
    return placed


def _place_one(mark: Mark, occupied: Occupied, box: Box, paper: Paper) -> Label | None:
    near = box.rect.adjusted(-paper.px(16), -paper.px(16), paper.px(16), paper.px(16))
    places = [p for p in mark.places(box, paper) if near.contains(p.x, p.y)]       # what is not in sight has no name
    if not places:
        return None
    boxes = _bounds(places, mark.label, paper)
    cost = occupied.costs(boxes, mark.name) + np.array([p.cost for p in places])
    best = int(np.argmin(cost))
    if cost[best] >= OVERLAPS:
        best, boxes, places = _nudged(mark, places, boxes, occupied, box, paper)
        if best < 0:
            return None
    place = places[best]
    occupied.block(paper.box(place.x, place.y, mark.label, "label", place.anchor))
    return Label(mark.label, place.x, place.y, place.anchor, mark.role, True, mark.name)


def _nudged(mark: Mark, places: list[Place], boxes: Array, occupied: Occupied, box: Box,
            paper: Paper) -> tuple[int, Array, list[Place]]:
    """When no place is free, try them again moved inside the plot area and further up or down."""
    r = box.rect
    moved = []
    for place, (left, top, right, bottom) in zip(places, boxes, strict=True):
        dx = max(0.0, r.left() + 2 - left) - max(0.0, right - r.right() - 8)
        dy = max(0.0, r.top() + 1 - top) - max(0.0, bottom - r.bottom() + 2)
        moved += [Place(place.x + dx, place.y + dy + shift, place.anchor, place.cost + abs(shift) / 60)
                  for shift in (0.0, paper.px(16), -paper.px(16), paper.px(32), -paper.px(32), paper.px(48), -paper.px(48))]
    again = _bounds(moved, mark.label, paper)
    cost = occupied.costs(again, mark.name) + np.array([p.cost for p in moved])
    best = int(np.argmin(cost))
    return (best if cost[best] < OVERLAPS else -1), again, moved


def _bounds(places: list[Place], text: str, paper: Paper) -> Array:
    """Left, top, right and bottom of the text at each place, (places, 4); as Paper.box has it."""
    width, height = paper.width(text, "label"), paper.height("label")
    back = {p.anchor: (0.0 if "left" in p.anchor else width if "right" in p.anchor else width / 2,
                       0.0 if "top" in p.anchor else height if "bottom" in p.anchor else height / 2) for p in places}
    corners = np.array([(x - back[anchor][0], y - back[anchor][1]) for x, y, anchor, _ in places])
    left, top = corners[:, 0], corners[:, 1]
    return np.stack([left, top + 2, left + width, top + height - 1], axis=1)


def _spread(ends: list[Mark], box: Box, paper: Paper) -> list[tuple[Mark, float]]:
    """Heights of the names of lines that end together: near their ends, at least GAP apart, in their order."""
    if not ends:
        return []
    wanted = []
    for mark in ends:
        points = mark.obstacles(box)
        y = float(points[-1, 1]) if len(points) else box.rect.bottom()
        wanted.append(float(np.clip(y, box.rect.top(), box.rect.bottom())))
    order = np.argsort(wanted, kind="stable")
    gap = paper.px(GAP)
    at = np.array(wanted)[order]
    for k in range(1, len(at)):
        at[k] = max(at[k], at[k - 1] + gap)
    over = at[-1] - (box.rect.bottom() - gap / 4)
    if over > 0:
        at[-1] -= over
        for k in range(len(at) - 2, -1, -1):
            at[k] = min(at[k], at[k + 1] - gap)
    return [(ends[n], float(y)) for n, y in zip(order, at, strict=True)]
