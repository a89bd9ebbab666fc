"""Linked axes: the same plot of several scenes gets the same ends and the same colours, so that eyes may compare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.core.frame import Array
from panels.kit.canvas import Canvas
from panels.kit.colored import limits_of
from panels.kit.marks_cells import Matrix, Picture
from panels.kit.plot import ranges
from panels.kit.view import View


def link(canvases: Sequence[Canvas]) -> None:
    """Widen the axes of each plot to what every scene needs of it; a scene's own zoom still goes before."""
    for canvas in canvases:
        canvas.linked = {}
    for name in dict.fromkeys(name for canvas in canvases for name in canvas.view_names):
        having = [canvas for canvas in canvases if name in canvas.views]
        views = [canvas.views[name] for canvas in having]
        _link_colours(views)
        if len(views) < 2 or not _alike(views):
            continue
        found = [ranges(view, (None, None)) for view in views]
        shared = (_hull([x for x, _ in found]), _hull([y for _, y in found]))
        for canvas in having:
            canvas.linked[name] = shared


def unlink(canvases: Sequence[Canvas]) -> None:
    """Every scene chooses for itself again."""
    for canvas in canvases:
        canvas.linked = {}
        for view in canvas.views.values():
            view.marks.update(view.unlinked)
            view.unlinked.clear()


def _alike(views: list[View]) -> bool:
    """Plots with axes of the same kind; the cells of matrices have places, not values."""
    return all(view.axes and not view.flip_y and view.log == views[0].log for view in views)


def _hull(ends: list[tuple[float, float]]) -> tuple[float, float]:
    return min(low for low, _ in ends), max(high for _, high in ends)


def _link_colours(views: list[View]) -> None:
    """One scale of colours for the cells of that name in every view, where the scale is chosen from the values."""
    for name in views[0].marks if len(views) > 1 else ():
        marks = [view.unlinked.get(name) or view.marks.get(name) for view in views]
        cells = [mark for mark in marks if isinstance(mark, Picture | Matrix) and mark.limits is None
                 and mark.values.ndim == 2]
        if len(cells) < len(views) or len({mark.map for mark in cells}) > 1:
            continue
        shared = _hull([limits_of(_seen(mark), None, mark.map) for mark in cells])
        for view, mark in zip(views, cells, strict=True):
            view.unlinked[name], view.marks[name] = mark, replace(mark, limits=shared)


def _seen(mark: Picture | Matrix) -> Array:
    """The values that are to be seen; a masked cell is not."""
    mask = mark.mask if isinstance(mark, Matrix) else None
    return mark.values if mask is None else np.where(mask, mark.values, np.nan)
