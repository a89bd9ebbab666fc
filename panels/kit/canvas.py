"""The canvas: a panel draws a frame into views by name; the canvas paints them with any QPainter at any size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from engine.core.frame import metrics
from panels.kit import plot as plots
from panels.kit.mark import Mark, Reading
from panels.kit.marks_handles import Editable, Handle
from panels.kit.marks_lines import Line
from panels.kit.marks_paint import Paintable
from panels.kit.marks_shapes import Words
from panels.kit.mosaic import parse, place, stack
from panels.kit.panel import Panel, Shown
from panels.kit.paper import Paper, TextItem
from panels.kit.plot import Plot, ViewWords
from panels.kit.theme import Language, Theme
from panels.kit.view import Range, View

Lookup = Callable[[str, str, str, str], str | None]         # kind, name, part, language
Format = Callable[[str, Any, str], str]                     # metric or parameter, value, language
Zoom = tuple[Range | None, Range | None]


@dataclass(frozen=True)
class Ghost:
    """A pinned run to draw behind: its frame, parameters and what was shown with it."""

    frame: Any
    params: Any
    shown: Shown
    source: Any = None              # what makes it again
    name: str = ""                  # stands beside the first of its marks that can carry it


def with_name(marks: list[Mark], words: str) -> list[Mark]:
    """A pinned run's marks, of which the first line (or else the first mark) carries its name."""
    chosen = next((mark for mark in marks if isinstance(mark, Line)), marks[0])
    return [replace(mark, label=words, at="auto") if mark is chosen else mark for mark in marks]


class _Slots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def no_words(kind: str, name: str, part: str, language: str) -> str | None:
    """A canvas without texts."""
    return None


def plain_format(name: str, value: Any, language: str) -> str:
    """A value as Python writes it."""
    return "–" if value is None else str(value)


class Canvas:
    """A scene made by one panel from one frame; nothing of it depends on what was drawn before."""

    def __init__(self, theme: Theme, language: Language = "en", words: Lookup = no_words,
                 format_value: Format = plain_format) -> None:
        self.theme, self.language = theme, language
        self.zoom: dict[str, Zoom] = {}
        self.linked: dict[str, Zoom] = {}               # axes shared with other scenes, where not zoomed (linked.py)
        self.stacked = False                            # one view below the other: for narrow columns
        self._words, self._format = words, format_value
        self._views: dict[str, View] = {}
        self._values: dict[str, Any] = {}
        self._extra: dict[str, str] = {}
        self._layout = ""
        self._plots: dict[str, Plot] = {}
        self._texts: list[TextItem] = []

    # what panels call -----------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> View:
        """The view of that name; it must stand in the panel's layout."""
        return self._views[name]

    def values(self, **extra: str) -> None:
        """More values for the slots in titles and labels, already as text (numbers only)."""
        self._extra |= extra

    # what the program calls -----------------------------------------------------------------------------------------

    def draw(self, panel: Panel, frame: Any, params: Any, shown: Shown, ghosts: tuple[Ghost, ...] = ()) -> None:
        """Build the scene of a frame; ghosts are drawn behind it on the same axes."""
        self._layout = panel.layout_for(params)
        behind = [self._scene(panel, g.frame, g.params, g.shown) for g in ghosts]
        self._views = self._scene(panel, frame, params, shown)
        for ghost, scene in zip(ghosts, behind, strict=True):
            words = ghost.name
            for name, view in self._views.items():
                marks = [m for mark in scene[name].marks.values() if (m := mark.as_ghost())] if name in scene else []
                if marks and words:
                    marks, words = with_name(marks, words), ""
                view.ghosts += marks

    def _scene(self, panel: Panel, frame: Any, params: Any, shown: Shown) -> dict[str, View]:
        self._values = {k: getattr(params, k) for k in getattr(params, "__dataclass_fields__", {})} | metrics(frame)
        self._extra = {}
        names = [cell.name for row in parse(panel.layout_for(params)) for cell in row.cells]
        self._views = {name: View(name, self._mark_words) for name in names}
        panel.draw(self, frame, params, shown)
        return self._views

    def _mark_words(self, name: str) -> str:
        return self._filled(self._words("marks", name, "", self.language) or "")

    def _filled(self, text: str) -> str:
        if "{" not in text:
            return text
        slots = _Slots(self._extra)
        for name, value in self._values.items():
            if "{" + name in text and name not in slots:
                slots[name] = self._format(name, value, self.language)
        return text.format_map(slots)

    def _view_words(self, name: str) -> ViewWords:
        return ViewWords(*(self._filled(self._words("views", name, part, self.language) or "")
                           for part in ("title", "aside", "x", "y")))

    @property
    def view_names(self) -> list[str]:
        """The views of the present scene in the layout's order."""
        return list(self._views)

    @property
    def views(self) -> Mapping[str, View]:
        """The present scene's views by name."""
        return self._views

    def title(self, name: str) -> str:
        """A view's title."""
        return self._view_words(name).title

    def paint(self, painter: QPainter, rect: QRectF, scale: float = 1.0, *, only: str | None = None,
              titled: bool = True, words: bool = True) -> None:
        """Paint the scene into the rectangle; `only` one view of it, for small windows; without `words` what is under them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
        paper = Paper(painter, self.theme, self.language, scale, words)
        if only is not None and only in self._views:
            places: Mapping[str, QRectF] = {only: rect}
        else:
            rows = parse(self._layout) if self._views else ()
            places = place(stack(rows) if self.stacked else rows, rect, scale) if rows else {}
        self._plots = {}
        for name, outer in places.items():
            axes = self.zoom.get(name) or self.linked.get(name, (None, None))
            made = plots.lay_out(self._views[name], self._view_words(name), outer, paper, axes, titled=titled)
            plots.paint(made, paper, titled=titled)
            self._plots[name] = made
        self._texts = paper.texts

    def paint_plain(self, painter: QPainter, rect: QRectF, name: str, scale: float) -> None:
        """Paint one view's marks alone, without axes, insets or words: a thumbnail."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        view = self._views[name]
        kept = {key: replace(mark, label="") for key, mark in view.marks.items() if not isinstance(mark, Words)}
        bare = replace(view, marks=kept, insets={}, axes=False)
        plots.paint(plots.lay_out(bare, ViewWords(), rect, paper := Paper(painter, self.theme, self.language, scale),
                                  titled=False), paper, titled=False)

    def texts(self) -> list[TextItem]:
        """Every text of the last painting."""
        return self._texts

    # what the pointer calls -------------------------------------------------------------------------------------------

    def plot_at(self, at: QPointF) -> Plot | None:
        """The plot whose plot area is under a pixel of the last painting."""
        return next((p for p in self._plots.values() if p.box.rect.adjusted(-6, -6, 6, 6).contains(at)), None)

    def plots(self) -> dict[str, Plot]:
        """Every plot of the last painting by view name."""
        return self._plots

    def handle_at(self, at: QPointF, reach: float = 14.0) -> tuple[Plot, Handle] | None:
        """The handle under a pixel, nearest first."""
        found = []
        for made in [p for plot in self._plots.values() for p in (plot, *plot.children)]:
            for mark in made.view.marks.values():
                if isinstance(mark, Handle):
                    x, y = made.box.px(mark.x, mark.y)[0]
                    gap = ((x - at.x()) ** 2 + (y - at.y()) ** 2) ** 0.5
                    if gap <= reach:
                        found.append((gap, made, mark))
        return min(found, key=lambda f: f[0])[1:] if found else None

    def editable_at(self, at: QPointF) -> tuple[Plot, Editable] | None:
        """The points that can be edited in the plot under a pixel."""
        made = self.plot_at(at)
        found = [m for m in made.view.marks.values() if isinstance(m, Editable)] if made is not None else []
        return (made, found[0]) if made is not None and found else None

    def paintable_at(self, at: QPointF) -> tuple[Plot, Paintable] | None:
        """The cells that can be painted in the plot under a pixel."""
        made = self.plot_at(at)
        found = [m for m in made.view.marks.values() if isinstance(m, Paintable)] if made is not None else []
        return (made, found[0]) if made is not None and found else None

    def read(self, at: QPointF, reach: float = 40.0) -> tuple[Plot, Reading] | None:
        """What the data cursor reads at a pixel: the nearest mark's value, within `reach` pixels."""
        made = self.plot_at(at)
        if made is None:
            return None
        readings = [r for m in made.view.marks.values() if (r := m.read(made.box, at)) is not None and r.distance <= reach
                    and (r.value is None or not math.isnan(r.value))]                       # an empty cell says nothing
        return (made, min(readings, key=lambda r: r.distance)) if readings else None
