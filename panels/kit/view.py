"""A view is one plot: panels put marks into it by name, and it chooses ranges. It knows no pixels (see plot.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.core.frame import Array
from panels.kit.labels import Label
from panels.kit.mark import Mark, Pick
from panels.kit.marks_bars import Bars
from panels.kit.marks_cells import Matrix, Picture
from panels.kit.marks_contours import Contours
from panels.kit.marks_handles import Editable, Handle
from panels.kit.marks_lines import Band, Line, Rule, Segments
from panels.kit.marks_paint import Paintable
from panels.kit.marks_points import Points
from panels.kit.marks_shapes import Arc, Circle, Graph, Item, Spans, Words
from panels.kit.marks_solid import Surface

Ticks = Sequence[tuple[float, str] | tuple[float, str, str]]         # value, text, and a role where the text has one
Range = tuple[float, float]


def _column(values: Any) -> Array:
    return np.atleast_1d(np.asarray(values, np.float64))


def _pair(*columns: Any) -> list[Array]:
    return [np.array(c) for c in np.broadcast_arrays(*(_column(c) for c in columns))]


@dataclass
class View:
    """The marks and settings of one plot, filled anew by each drawing."""

    name: str
    words: Callable[[str], str]                         # the text of [marks.<name>], '' where there is none
    marks: dict[str, Mark] = field(default_factory=dict)
    ghosts: list[Mark] = field(default_factory=list)
    insets: dict[str, tuple[View, tuple[float, float, float, float]]] = field(default_factory=dict)
    picks: dict[str, Pick] = field(default_factory=dict)
    unlinked: dict[str, Mark] = field(default_factory=dict)     # as the panel made them, where scenes share colours
    x_range: Range | None = None
    y_range: Range | None = None
    log: str = ""
    equal: bool = False
    flip_y: bool = False
    axes: bool = True
    x_ticks: Ticks | None = None
    y_ticks: Ticks | None = None
    labels: dict[Any, list[Label]] = field(default_factory=dict)    # where they stood when it was last painted (plot.py)

    # settings -------------------------------------------------------------------------------------------------------

    def range(self, x: Range | None = None, y: Range | None = None, *, log: str = "", equal: bool = False,
              flip_y: bool = False) -> None:
        """Fix the axes: their ends, whether they are logarithmic ('x', 'y', 'xy'), one unit equal on both, y downward."""
        self.x_range, self.y_range, self.log, self.equal, self.flip_y = x, y, log, equal, flip_y

    def bare(self) -> None:
        """No axes and no grid: a diagram."""
        self.axes = False

    def ticks(self, x: Ticks | None = None, y: Ticks | None = None) -> None:
        """Name values on the axes by hand; an empty list leaves an axis without ticks."""
        self.x_ticks = x if x is not None else self.x_ticks
        self.y_ticks = y if y is not None else self.y_ticks

    def inset(self, name: str, x: float, y: float, w: float, h: float) -> View:
        """A small bare view inside this one, in shares of its plot area from the top left."""
        made = View(f"{self.name}.{name}", self.words, axes=False)
        self.insets[name] = (made, (x, y, w, h))
        return made

    def pick(self, name: str, sets: tuple[str | None, str | None], *, rows: Sequence[Any] | None = None,
             columns: Sequence[Any] | None = None) -> None:
        """A click on a cell of mark `name` sets the parameters (row, column), to these values where they are given."""
        self.picks[name] = Pick(sets, None if rows is None else tuple(rows), None if columns is None else tuple(columns))

    # marks ----------------------------------------------------------------------------------------------------------

    def _put(self, mark: Mark) -> None:
        if mark.name in self.marks:
            raise ValueError(f"{self.name}: two marks are called {mark.name}")
        self.marks[mark.name] = mark

    def _label(self, name: str, label: str | bool | None, word: str | None) -> str:
        if label is False:
            return ""
        return label if isinstance(label, str) else self.words(word or name)

    def line(self, name: str, x: Any, y: Any, role: str = "data", *, width: float | None = None,
             dash: tuple[float, ...] | None = None, fill: float | None = None, steps: bool = False, markers: bool = False,
             alpha: float = 1.0, label: str | bool | None = None, at: str | float = "auto",
             future_from: float | None = None, word: str | None = None, pin: bool = True) -> None:
        """A line through points; `fill` shades it down to that y; `future_from` is the x after which it is dotted."""
        self._put(Line(name, role, x=_column(x), y=_column(y), width=width, dash=dash, fill=fill, steps=steps,
                       markers=markers, alpha=alpha, label=self._label(name, label, word), at=at,
                       future_from=future_from, pin=pin))

    def points(self, name: str, x: Any, y: Any, role: str = "data", *, size: float = 7.0, marker: str | None = None,
               group: Any = None, values: Any = None, map: str = "sequential", limits: Range | None = None,
               ring: bool = False, alpha: float = 1.0, label: str | bool | None = None, texts: Sequence[str] = (),
               at: str | float = "auto", word: str | None = None, pin: bool = True) -> None:
        """Points, in the role's colour, in series[group], or in the colours of a map of values."""
        xs, ys = _pair(x, y)
        self._put(Points(name, role, x=xs, y=ys, size=size, marker=marker,
                         group=None if group is None else np.asarray(group), ring=ring, alpha=alpha, map=map,
                         values=None if values is None else _column(values), limits=limits, texts=tuple(texts or ()),
                         label=self._label(name, label, word), at=at, pin=pin))

    def bars(self, name: str, edges: Any, heights: Any, role: str = "data", *, base: float = 0.0,
             horizontal: bool = False, gap: float = 1.0, roles: Sequence[str] | None = None, label: str | bool | None = None,
             texts: Sequence[str] = (), solid: bool = False, word: str | None = None, pin: bool = True) -> None:
        """Bars between (n + 1) edges; lying down if horizontal; each with its own role if `roles` are given."""
        self._put(Bars(name, role, edges=_column(edges), heights=_column(heights), base=base, horizontal=horizontal,
                       gap=gap, roles=tuple(roles or ()), texts=tuple(texts or ()), solid=solid,
                       label=self._label(name, label, word), pin=pin))

    def band(self, name: str, x: Any, low: Any, high: Any, role: str = "data", *, alpha: float | None = None,
             label: str | bool | None = None, at: str | float = "auto", word: str | None = None, pin: bool = True) -> None:
        """The area between two curves."""
        xs, lows, highs = _pair(x, low, high)
        self._put(Band(name, role, x=xs, low=lows, high=highs, alpha=alpha, label=self._label(name, label, word), at=at,
                       pin=pin))

    def image(self, name: str, values: Any, *, x: Range, y: Range, map: str = "sequential", limits: Range | None = None,
              smooth: bool = False, alpha: float = 1.0) -> None:
        """Dense cells over a rectangle, values[row, column] with row 0 at y[0]; (h, w, 3 or 4) uint8 are colours."""
        self._put(Picture(name, values=np.asarray(values), x=x, y=y, map=map, limits=limits, smooth=smooth, alpha=alpha))

    def contours(self, name: str, values: Any, *, x: Range, y: Range, levels: Any, role: str = "line_strong",
                 width: float = 1.0, alpha: float = 0.5) -> None:
        """Lines of equal value over a grid of nodes spanning x and y."""
        self._put(Contours(name, role, values=np.asarray(values), x=x, y=y, width=width, alpha=alpha,
                           levels=tuple(float(v) for v in np.asarray(levels).ravel())))

    def matrix(self, name: str, values: Any, *, map: str = "sequential", limits: Range | None = None,
               numbers: str | None = None, mask: Any = None, rows: Sequence[str] | None = None,
               columns: Sequence[str] | None = None, outline: Sequence[tuple[int, int, str]] = ()) -> None:
        """Cells with numbers where they fit; row 0 on top. The view becomes square-celled and downward."""
        grid = np.asarray(values, np.float64)
        self._put(Matrix(name, values=grid, map=map, limits=limits, numbers=numbers,
                         mask=None if mask is None else np.asarray(mask, bool), outline=tuple(outline)))
        self.equal = self.flip_y = True
        self.x_range, self.y_range = (-0.5, grid.shape[1] - 0.5), (-0.5, grid.shape[0] - 0.5)
        self.ticks([(float(j), t) for j, t in enumerate(columns or ())], [(float(i), t) for i, t in enumerate(rows or ())])

    def text(self, name: str, x: float, y: float, text: str | None = None, role: str = "ink", *, size: str = "label",
             anchor: str = "center", halo: bool = True, offset: tuple[float, float] = (0.0, 0.0), word: str | None = None,
             pin: bool = True) -> None:
        """A number, or the words of [marks.<name>], at a data point."""
        self._put(Words(name, role, x=float(x), y=float(y), text=text if text is not None else self.words(word or name),
                        size=size, anchor=anchor, halo=halo, offset=offset, pin=pin))

    def arrow(self, name: str, x0: Any, y0: Any, x1: Any, y1: Any, role: str = "data", *, width: float = 2.0,
              head: float = 9.0, alpha: float = 1.0, label: str | bool | None = None, word: str | None = None,
              pin: bool = True) -> None:
        """One or many arrows from (x0, y0) to (x1, y1)."""
        a, b, c, d = _pair(x0, y0, x1, y1)
        self._put(Segments(name, role, x0=a, y0=b, x1=c, y1=d, width=width, dash=(), head=head, alpha=alpha,
                           label=self._label(name, label, word), pin=pin))

    def segments(self, name: str, x0: Any, y0: Any, x1: Any, y1: Any, role: str = "data", *, width: float | None = None,
                 dash: tuple[float, ...] | None = None, alpha: float = 1.0, label: str | bool | None = None,
                 word: str | None = None, pin: bool = True) -> None:
        """Straight pieces from (x0, y0) to (x1, y1)."""
        a, b, c, d = _pair(x0, y0, x1, y1)
        self._put(Segments(name, role, x0=a, y0=b, x1=c, y1=d, width=width, dash=dash, alpha=alpha,
                           label=self._label(name, label, word), pin=pin))

    def rule(self, name: str, x: float | None = None, y: float | None = None, role: str = "bound", *,
             width: float | None = None, label: str | bool | None = None, word: str | None = None, pin: bool = True) -> None:
        """A line right across the view at an x or a y."""
        self._put(Rule(name, role, x=x, y=y, width=width, label=self._label(name, label, word), pin=pin))

    def circle(self, name: str, x: Any, y: Any, radius: Any, role: str = "line_strong", *, fill: str | None = None,
               width: float = 1.0, dash: tuple[float, ...] | None = None, alpha: float = 1.0, pin: bool = True) -> None:
        """Circles whose radius is in units of x."""
        a, b, c = _pair(x, y, radius)
        self._put(Circle(name, role, x=a, y=b, radius=c, fill=fill, width=width, dash=dash, alpha=alpha, pin=pin))

    def arc(self, name: str, x: Any, y: Any, radius: Any, start: Any, span: Any, role: str = "truth", *,
            width: float = 2.5, fill: bool = False, alpha: float = 1.0, pin: bool = True) -> None:
        """Arcs, or sectors with `fill`; degrees counter-clockwise from three o'clock."""
        a, b, c, d, e = _pair(x, y, radius, start, span)
        self._put(Arc(name, role, x=a, y=b, radius=c, start=d, span=e, width=width, fill=fill, alpha=alpha, pin=pin))

    def spans(self, name: str, row: Any, start: Any, end: Any, role: str = "data", *, roles: Sequence[str] | None = None,
              texts: Sequence[str] | None = None, future: float | None = None, height: float = 0.7,
              held: Sequence[bool] | None = None, pin: bool = True) -> None:
        """Blocks on the rows of a Gantt chart; those that start after `future` are faint, those `held` end in a handle."""
        a, b, c = _pair(row, start, end)
        self._put(Spans(name, role, row=a, start=b, end=c, roles=tuple(roles or ()), texts=tuple(texts or ()),
                        future=future, height=height, held=tuple(held or ()), pin=pin))

    def graph(self, name: str, x: Any, y: Any, edges: Sequence[tuple[Any, ...]], role: str = "data", *,
              roles: Sequence[str] | None = None, texts: Sequence[str] | None = None, boxes: bool = False,
              size: float = 26.0, pin: bool = True) -> None:
        """Nodes and edges (i, j) or (i, j, role)."""
        a, b = _pair(x, y)
        links = tuple((int(e[0]), int(e[1]), str(e[2]) if len(e) > 2 else "line_strong") for e in edges)
        self._put(Graph(name, role, x=a, y=b, edges=links, roles=tuple(roles or ()), texts=tuple(texts or ()), boxes=boxes,
                        size=size, pin=pin))

    def surface(self, name: str, z: Any, *, x: Range, y: Range, camera: tuple[float, float] = (-60.0, 35.0),
                map: str = "terrain", paths: Sequence[tuple[Any, Any, Any, str]] = ()) -> None:
        """A height map in three dimensions, with paths on it; the view loses its axes."""
        kept = tuple((_column(a), _column(b), _column(c), role) for a, b, c, role in paths)
        self._put(Surface(name, z=np.asarray(z, np.float64), x=x, y=y, camera=camera, map=map, paths=kept))
        self.bare()

    def handle(self, name: str, x: float, y: float, sets: tuple[str | None, str | None], role: str = "ink", *,
               about: tuple[float, float] | None = None, origin: tuple[float, float] = (0.0, 0.0), shape: str = "ring",
               label: str | bool | None = None, word: str | None = None) -> None:
        """A ring (or 'bar') to drag: it asks for the parameters, or cells such as 'jobs[2].arrival', in `sets` (x, y).

        With `about` it asks for the angle of its axis; what it sets is counted from `origin`.
        """
        self._put(Handle(name, role, x=float(x), y=float(y), sets=sets, about=about, origin=origin, shape=shape,
                         label=self._label(name, label, word)))

    def edit_points(self, name: str, rows: Sequence[tuple[float, float, int]], sets: str, *, adds: int | None = None,
                    picks: str | None = None, also: Mapping[str, Any] | None = None, least: int = 1,
                    most: int = 10_000) -> None:
        """Lets the pointer edit rows (x, y, label) of the `Points` parameter `sets`: drag moves, a click on free ground
        adds one of class `adds`, a right click removes, a click on one sets `picks` to its number. Draws nothing."""
        kept = tuple((float(x), float(y), int(label)) for x, y, label in rows)
        at = np.array(kept, np.float64).reshape(-1, 3)
        self._put(Editable(name, x=at[:, 0], y=at[:, 1], rows=kept, sets=sets, adds=adds, picks=picks,
                           also=tuple((also or {}).items()), least=least, most=most))

    def paint_cells(self, name: str, cells: Any, sets: str, *, shown: tuple[int, int] | None = None, off: float = 0,
                    on: float = 1, also: Mapping[str, Any] | None = None) -> None:
        """Lets the pointer paint the cells of the `Mask` or `Matrix` parameter `sets`, where a matrix shows them: a press
        turns a cell `on` or `off`, dragging carries that on. `shown`: how many (rows, columns) of them. Draws nothing."""
        grid = np.asarray(cells)
        grid = grid.astype(np.int64) if grid.dtype == bool else grid
        self._put(Paintable(name, cells=grid, shown=shown or (grid.shape[0], grid.shape[1]), sets=sets, off=off, on=on,
                            also=tuple((also or {}).items())))

    def item(self, name: str, item: Any) -> None:
        """Any QGraphicsItem, painted in data coordinates: the escape hatch."""
        self._put(Item(name, item=item))
