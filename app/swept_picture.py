"""The picture of a sweep, drawn with the panel kit: a line with its band over one parameter, a heat map over two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.entry import Entry
from app.export.figure import Figure
from app.look import translate
from app.sweep import Axis
from app.swept_table import SweptTable, middle_and_spread
from app.widgets.readouts import label_of
from engine.core.concept import Concept
from engine.core.frame import Array
from engine.core.params import Parameter, parameter
from panels.kit.canvas import Canvas
from panels.kit.panel import Panel, Shown
from panels.kit.theme import Language, theme
from panels.kit.view import View

MOST_TICKS = 8          # on an axis whose values are named one by one
MOST_SEEN = 3000        # points of single seeds that are drawn behind the mean
KEY = 96                # steps of the colour key
BLANK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class SweptFrame:
    """What the picture is drawn from: one metric of a sweep, as far as it is computed."""

    values: Array                       # (first axis, second axis or 1, seeds), NaN where not there


@dataclass(frozen=True)
class SweptView:
    """A sweep, the metric of it that is shown, and where the concept itself stands."""

    entry: Entry
    concept: Concept
    table: SweptTable
    metric: str
    here: Any                           # parameters, for the mark of where the concept stands; None without

    def specs(self) -> list[Parameter]:
        """The declarations of the swept parameters."""
        return [parameter(self.concept.Params, axis.name) for axis in self.table.sweep.axes]

    def frame(self) -> SweptFrame:
        """The frame as it is now."""
        return SweptFrame(self.table.grid(self.metric))

    def panel(self) -> Panel:
        """One view over one parameter, a map with its key over two."""
        two = len(self.table.sweep.axes) == 2
        return Panel(self.concept, self._draw, "map:8 key:1" if two else "curve")

    def canvas(self, theme_name: str, language: Language) -> Canvas:
        """A canvas that knows the words of this sweep."""
        return Canvas(theme(theme_name), language, self.words, self.entry.format_value)

    def words(self, kind: str, name: str, part: str, language: str) -> str | None:
        """Titles and axes: the metric's and the parameters' own words."""
        if kind != "views":
            return None
        metric = label_of(self.entry, self.metric, language)
        params = [label_of_param(self.entry, axis.name, language) for axis in self.table.sweep.axes]
        if name == "key":
            return "" if part == "aside" else BLANK              # so that it stands beside the map, as high
        if part == "title":
            return translate(f"sweep.title_{len(params)}", language, metric=metric, a=params[0], b=params[-1])
        if part == "aside":
            count = len(self.table.sweep.seeds)
            return translate(f"sweep.over_seeds_{len(params)}", language, count=count) if count > 1 else ""
        return params[0] if part == "x" else params[1] if len(params) == 2 else metric

    def role(self) -> str:
        """The metric's own colour where the formula gives it one."""
        term = self.entry.term_for_metric(self.metric.partition(".")[0])
        return term.role if term is not None else "data"

    def values_at(self, view: str, x: float, y: float) -> dict[str, Any] | None:
        """The swept parameters' values nearest to a point of the picture."""
        axes, specs = self.table.sweep.axes, self.specs()
        if view == "map":
            return {axis.name: axis.values[round(min(max(at, 0), len(axis.values) - 1))]
                    for axis, at in zip(axes, (x, y), strict=True)}
        if view != "curve":
            return None
        places = places_of(axes[0], specs[0])
        far = np.abs(np.log(places) - np.log(max(x, 1e-300))) if is_log(axes[0], specs[0]) else np.abs(places - x)
        return {axes[0].name: axes[0].values[int(far.argmin())]}

    def said_of(self, values: dict[str, Any], language: str) -> str:
        """Swept values in words: 'learning rate = 0.1, curvature = 2'."""
        return ", ".join(f"{label_of_param(self.entry, name, language)} = {self.entry.format_value(name, value, language)}"
                         for name, value in values.items())

    # drawing ----------------------------------------------------------------------------------------------------------

    def _draw(self, canvas: Canvas, frame: SweptFrame, params: Any, shown: Shown) -> None:
        if len(self.table.sweep.axes) == 2:
            self._draw_map(canvas, frame)
        else:
            self._draw_curve(canvas, frame)

    def _draw_curve(self, canvas: Canvas, frame: SweptFrame) -> None:
        view, axis, spec = canvas["curve"], self.table.sweep.axes[0], self.specs()[0]
        x, role = places_of(axis, spec), self.role()
        seen = frame.values[:, 0, :]                            # (values, seeds)
        mean, spread = middle_and_spread(seen)
        there = np.isfinite(mean)
        log = is_log(axis, spec)
        pad = 0.5 if not is_number(spec) else 0.0 if log else 0.02 * float(np.ptp(x) or 1.0)
        factor = float(x.max() / x.min()) ** 0.02 if log else 1.0
        view.range(x=(float(x.min()) / factor - pad, float(x.max()) * factor + pad), log="x" if log else "")
        if not is_number(spec):
            view.ticks(x=ticks_of(self.entry, axis, canvas.language))
        if self.here is not None and is_number(spec) and x.min() <= getattr(self.here, axis.name) <= x.max():
            view.rule("here", x=float(getattr(self.here, axis.name)), role="highlight_ink", width=1.0, label=False)
        if seen.shape[1] > 1:
            self._draw_seeds(view, x, seen, mean, spread, role)
        if is_number(spec):
            view.line("mean", x[there], mean[there], role, width=2.2, markers=int(there.sum()) <= 60, label=False)
        else:
            view.points("mean", x[there], mean[there], role, size=9, label=False)

    def _draw_seeds(self, view: View, x: Array, seen: Array, mean: Array, spread: Array, role: str) -> None:
        """The band of a standard deviation either way, and every seed's own point behind."""
        there = np.isfinite(mean)
        low, high = (mean - spread)[there], (mean + spread)[there]
        if is_number(self.specs()[0]):
            view.band("band", x[there], low, high, role, label=False)
        else:
            view.segments("band", x[there], low, x[there], high, role, width=2.0, alpha=0.6, label=False)
        at, which = np.nonzero(np.isfinite(seen))
        if 0 < len(at) <= MOST_SEEN:
            view.points("seeds", x[at], seen[at, which], role, size=3.0, alpha=0.35, label=False)

    def _draw_map(self, canvas: Canvas, frame: SweptFrame) -> None:
        view, key, axes = canvas["map"], canvas["key"], self.table.sweep.axes
        mean, _ = middle_and_spread(frame.values)               # (first axis, second axis)
        wide, high = mean.shape
        known = mean[np.isfinite(mean)]
        low, top = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        top = top if top > low else low + (abs(low) or 1.0)
        edges = ((-0.5, wide - 0.5), (-0.5, high - 0.5))
        view.range(x=edges[0], y=edges[1])
        view.image("map", mean.T, x=edges[0], y=edges[1], limits=(low, top))
        view.ticks(ticks_of(self.entry, axes[0], canvas.language), ticks_of(self.entry, axes[1], canvas.language))
        if self.here is not None:
            places = [position_of(axis, spec, getattr(self.here, axis.name))
                      for axis, spec in zip(axes, self.specs(), strict=True)]
            if None not in places:
                view.points("here", places[0], places[1], "highlight", size=11, ring=True, label=False)
        key.image("key", np.linspace(low, top, KEY)[:, None], x=(0.0, 1.0), y=(low, top), limits=(low, top))
        key.range(x=(0.0, 1.0), y=(low, top))
        key.ticks(x=[(0.5, BLANK)])


@dataclass(frozen=True, eq=False)
class SweptFigure(Figure):
    """A sweep's picture as something to export; its provenance reopens the concept that was swept."""

    view: SweptView | None = None

    def drawn(self) -> Canvas:
        """See Figure."""
        assert self.view is not None
        canvas = self.view.canvas(self.theme, self.language)  # type: ignore[arg-type]
        canvas.draw(self.view.panel(), self.view.frame(), self.params, Shown())
        return canvas


def is_number(spec: Parameter) -> bool:
    """Whether values of this parameter lie along a line, rather than side by side."""
    return spec.type in ("int", "float", "seed")


def is_log(axis: Axis, spec: Parameter) -> bool:
    """Whether the values lie along a logarithmic axis."""
    return is_number(spec) and spec.log and min(axis.values) > 0


def places_of(axis: Axis, spec: Parameter) -> Array:
    """Where the values lie on the axis, (values,)."""
    return np.array(axis.values if is_number(spec) else range(len(axis.values)), float)


def position_of(axis: Axis, spec: Parameter, value: Any) -> float | None:
    """Where a value lies among cells of equal width, None outside them."""
    if not is_number(spec):
        return float(axis.values.index(value)) if value in axis.values else None
    values = np.array(axis.values, float)
    order = np.argsort(values)
    if not values.min() <= value <= values.max():
        return None
    warp: Callable[[Any], Any] = np.log if is_log(axis, spec) else np.asarray
    return float(np.interp(warp(value), warp(values[order]), order.astype(float)))


def ticks_of(entry: Entry, axis: Axis, language: str) -> list[tuple[float, str]]:
    """The values by name, as many as there is room for."""
    every = max(1, -(-len(axis.values) // MOST_TICKS))
    return [(float(at), entry.format_value(axis.name, value, language)) for at, value in enumerate(axis.values)
            if at % every == 0]


def label_of_param(entry: Entry, name: str, language: str) -> str:
    """What a parameter is called, with its unit."""
    words = entry.params.get(name)
    if words is None:
        return name
    return f"{words.label(language)} ({words.unit})" if words.unit else words.label(language)
