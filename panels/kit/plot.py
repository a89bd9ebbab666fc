"""A plot paints one view into a rectangle: title, axes, marks, and direct labels that do not collide."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QLineF, QRectF

from engine.core.frame import Array
from panels.kit import raster
from panels.kit.labels import Label, Occupied, place_labels
from panels.kit.mark import Box, Mark
from panels.kit.paper import Paper
from panels.kit.scale import Scale, padded, ticks
from panels.kit.theme import tokens
from panels.kit.view import Range, View

PLOT = tokens()["plot"]
TITLE, TITLE_GAP = 20.0, 8.0
Tick = tuple[float, str, str]
END_LABELS = 3                  # from so many lines that end together, their names stand in a column at the right


@dataclass(frozen=True)
class ViewWords:
    """The words around a view."""

    title: str = ""
    aside: str = ""
    x: str = ""
    y: str = ""


@dataclass
class Plot:
    """A view at one place and size; kept after painting so that a pointer can be read against it."""

    view: View
    words: ViewWords
    outer: QRectF
    box: Box
    end_column: float = 0.0
    zoomed: bool = False
    placed: list[QRectF] = field(default_factory=list)
    children: list[Plot] = field(default_factory=list)          # its insets


def lay_out(view: View, words: ViewWords, outer: QRectF, paper: Paper,
            zoom: tuple[Range | None, Range | None] = (None, None), *, titled: bool = True) -> Plot:
    """Find the plot area within the rectangle and the scales within the plot area."""
    top = outer.top() + (paper.px(TITLE + TITLE_GAP) if titled and (words.title or words.aside) else 0.0)
    if words.y and view.axes:
        top += paper.px(14)
    ends = _end_labelled(view)
    column = max((paper.width(m.label, "label") for m in ends), default=0.0) + (paper.px(10) if ends else 0.0)
    column = min(column, outer.width() * 0.35)
    if view.axes:
        has_y, has_x = view.y_ticks is None or len(view.y_ticks) > 0, view.x_ticks is None or len(view.x_ticks) > 0
        wide = max((paper.width(tick[1], "tick") for tick in view.y_ticks or ()), default=0.0) + paper.px(10)
        left = max(paper.px(float(PLOT["left_axis"])), wide) if has_y else paper.px(4)
        under = paper.px(float(PLOT["bottom_axis"]) + (14 if words.x else 0)) if has_x else paper.px(2)
        rect = QRectF(outer.left() + left, top, outer.width() - left - max(column, paper.px(float(PLOT["right_padding"]))),
                      outer.bottom() - under - top)
    else:
        rect = QRectF(outer.left(), top, outer.width() - column, outer.bottom() - top)
    rect.setWidth(max(rect.width(), 10.0))
    rect.setHeight(max(rect.height(), 10.0))
    x_range, y_range = ranges(view, zoom)
    if view.equal:
        rect = _equal_rect(rect, x_range, y_range, view) if _is_matrix(view) else rect
        if not _is_matrix(view):
            x_range, y_range = _equal_ranges(rect, x_range, y_range)
    down = view.flip_y
    box = Box(rect, Scale(*x_range, rect.left(), rect.right(), "x" in view.log),
              Scale(*y_range, rect.top() if down else rect.bottom(), rect.bottom() if down else rect.top(), "y" in view.log))
    return Plot(view, words, outer, box, column, zoom != (None, None))


def _is_matrix(view: View) -> bool:
    return view.flip_y


def _end_labelled(view: View) -> list[Mark]:
    lines = [m for m in view.marks.values() if m.label and m.at == "end"]
    return lines if len(lines) >= END_LABELS else []


def ranges(view: View, zoom: tuple[Range | None, Range | None]) -> tuple[Range, Range]:
    """The ends of both axes: zoomed, fixed by the panel, or from the marks with a little room."""
    marks = [*view.marks.values(), *view.ghosts]
    sides, reached = [], {}
    for side, fixed, zoomed in ((0, view.x_range, zoom[0]), (1, view.y_range, zoom[1])):
        if zoomed or fixed:
            low, high = zoomed or fixed or (0.0, 1.0)
            sides.append((low, high) if low != high else padded(low, high, 0))
            continue
        log = "xy"[side] in view.log
        if log not in reached:
            reached[log] = [e for e in (m.positive() if log else m.extent() for m in marks) if e is not None]
        found = reached[log]
        low = min((e[2 * side] for e in found), default=0.0)
        high = max((e[2 * side + 1] for e in found), default=1.0)
        if log and low > 0:
            a, b = padded(math.log10(low), math.log10(high), 0.04)
            sides.append((10.0**a, 10.0**b))
        elif log:
            sides.append((0.1, 10.0))
        else:
            room = float(PLOT["range_padding"]) if side == 0 else 0.06
            wide = padded(low, high, room)
            sides.append((low if side and low == 0 and high > 0 else wide[0], wide[1]))
    return sides[0], sides[1]


def _equal_rect(rect: QRectF, x: Range, y: Range, view: View) -> QRectF:
    """The largest part of the rectangle whose shape is that of the data: square cells, kept to the left."""
    unit = min(rect.width() / (x[1] - x[0]), rect.height() / (y[1] - y[0]))
    width, height = unit * (x[1] - x[0]), unit * (y[1] - y[0])
    return QRectF(rect.left(), rect.top() + (rect.height() - height) / 2, width, height)


def _equal_ranges(rect: QRectF, x: Range, y: Range) -> tuple[Range, Range]:
    """Both ranges widened about their middles until one unit is equally long on both axes."""
    unit = min(rect.width() / (x[1] - x[0]), rect.height() / (y[1] - y[0]))
    half_x, half_y = rect.width() / unit / 2, rect.height() / unit / 2
    mid_x, mid_y = (x[0] + x[1]) / 2, (y[0] + y[1]) / 2
    return (mid_x - half_x, mid_x + half_x), (mid_y - half_y, mid_y + half_y)


def paint(plot: Plot, paper: Paper, *, titled: bool = True) -> None:
    """Paint the view: grid, marks clipped to the plot area, axes over them, then words."""
    view, box = plot.view, plot.box
    paper.view = view.name
    if titled:
        _paint_title(plot, paper)
    marks = list(view.marks.values())
    if view.axes:
        _paint_grid(plot, paper)
    room = box.rect.adjusted(-paper.px(8), -paper.px(8), paper.px(8), paper.px(8)) if not view.axes else \
        box.rect.adjusted(0, -paper.px(2), paper.px(5), paper.px(1))
    paper.painter.save()
    paper.painter.setClipRect(raster.aligned(paper.painter, room))
    for mark in [*view.ghosts, *(m for m in marks if m.clips)]:
        paper.painter.save()
        mark.paint(paper, box)
        paper.painter.restore()
    paper.painter.restore()
    if view.axes:
        _paint_bottom_axis(plot, paper)
    for mark in marks:
        if not mark.clips:
            mark.paint(paper, box)
    for inset, (x, y, w, h) in view.insets.values():
        r = box.rect
        inner = QRectF(r.left() + x * r.width(), r.top() + y * r.height(), w * r.width(), h * r.height())
        plot.children.append(lay_out(inset, ViewWords(), inner, paper))
        paint(plot.children[-1], paper, titled=False)
        paper.view = view.name
    plot.placed = [label.paint(paper) for label in _labels(plot, paper)]


def _labels(plot: Plot, paper: Paper) -> list[Label]:
    """The names of the view's marks and where they stand; looked for once, however often the scene is painted so."""
    view, box = plot.view, plot.box
    called = [m for m in (*view.marks.values(), *view.ghosts) if m.label]
    if not called:
        return []
    taken = [*(t.rect for t in paper.texts if t.view == view.name), *(child.outer for child in plot.children)]
    key = (box.rect.getRect(), box.x, box.y, paper.scale, paper.variants, tuple(rect.getRect() for rect in taken))
    if key not in view.labels:
        occupied = Occupied(box, [(m.name, m.obstacles(box)) for m in view.marks.values()], taken)
        view.labels = {key: place_labels(called, _end_labelled(view), occupied, box, paper)}
    labels: list[Label] = view.labels[key]
    return labels


def _paint_title(plot: Plot, paper: Paper) -> None:
    outer, words = plot.outer, plot.words
    middle = outer.top() + paper.px(TITLE) / 2
    title = paper.elided(words.title, outer.width(), 13, 600)
    used = paper.text(outer.left(), middle, title, "ink", size=13, weight=600, anchor="left").width()
    room = outer.width() - used - paper.px(24)
    if words.aside and room > paper.px(60):
        aside = paper.elided(words.aside, room, "tick")
        paper.text(outer.right(), middle, aside, "ink_soft", size=12, anchor="right") if paper.width(
            words.aside, 12) <= room else paper.text(outer.right(), middle, aside, "ink_soft", size="tick", anchor="right")


def _left_ticks(plot: Plot, paper: Paper) -> list[Tick]:
    given = plot.view.y_ticks
    return _toned(given if given is not None else ticks(plot.box.y, paper.px(52)))


def _bottom_ticks(plot: Plot, paper: Paper) -> list[Tick]:
    given = plot.view.x_ticks
    return _toned(given if given is not None else _spaced_x(plot.box, paper))


def _toned(found: Any) -> list[Tick]:
    """Ticks with the role of their text, soft ink where none is given."""
    return [(t[0], t[1], t[2] if len(t) > 2 else "ink_soft") for t in found]


def _spaced_x(box: Box, paper: Paper) -> tuple[tuple[float, str], ...]:
    """Ticks of the bottom axis, wider apart until their texts leave room between them."""
    for spacing in (58 if box.x.log else 84, 92, 130, 180, 260, 400):
        found = ticks(box.x, paper.px(spacing))
        at = [box.x.at(v) for v, _ in found]
        clear = all(b - a > (paper.width(s) + paper.width(t)) / 2 + paper.px(12)
                    for a, b, (_, s), (_, t) in zip(at, at[1:], found, found[1:], strict=False))
        if clear:
            return found
    return found


def _paint_grid(plot: Plot, paper: Paper) -> None:
    """Soft lines at the left axis's ticks, and their numbers; the left axis itself has no line."""
    r = plot.box.rect
    found = [(plot.box.y.at(value), text, role) for value, text, role in _left_ticks(plot, paper)]
    found = [tick for tick in found if r.top() - 1 <= tick[0] <= r.bottom() + 1]
    if not _is_matrix(plot.view):
        paper.use(paper.pen("grid", float(PLOT["grid_width"]), ()))
        paper.painter.drawLines([QLineF(r.left(), y, r.right(), y) for y, _, _ in found])
    last = math.inf
    for y, text, role in found:
        if abs(y - last) > paper.height("tick") * 0.9:
            paper.text(r.left() - paper.px(8), y, text, role, anchor="right")
            last = y
    if plot.words.y:
        left = r.left() - paper.px(float(PLOT["left_axis"]) - 2)
        paper.text(left, r.top() - paper.px(9), plot.words.y, "ink_soft", anchor="left")


def _paint_bottom_axis(plot: Plot, paper: Paper) -> None:
    r = plot.box.rect
    y, tick, last = r.bottom(), paper.px(float(PLOT["tick_length"])), -math.inf
    every = _bottom_ticks(plot, paper)
    found = [(plot.box.x.at(value), text, role) for value, text, role in every]
    found = [one for one in found if r.left() - 1 <= one[0] <= r.right() + 1]
    if not _is_matrix(plot.view) and every:
        paper.use(paper.pen("line_strong", float(PLOT["axis_width"]), ()))
        paper.painter.drawLines([QLineF(r.left(), y, r.right(), y), *(QLineF(x, y, x, y + tick) for x, _, _ in found)])
    for x, text, role in found:
        half = paper.width(text) / 2
        if x - half > last:
            paper.text(x, y + tick + paper.px(3), text, role, anchor="center top")
            last = x + half + paper.px(4)
    if plot.words.x:
        paper.text(r.right(), y + paper.px(22), plot.words.x, "ink_soft", anchor="right top")


def obstacles_of(marks: list[Mark], box: Box) -> list[Array]:
    """Every mark's obstacles."""
    return [m.obstacles(box) for m in marks]
