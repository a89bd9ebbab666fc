"""Bars that lie: where a pinned one ended, and how large the words beside them can be."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from engine.core.frame import Array
from panels.kit.paper import Paper

SNUG = 13.0                 # px between the middles of lying bars from which words beside them have their full size
LEAST = 5.0                 # px: no smaller words


def paint_ends(rects: Array, paper: Paper) -> None:
    """The ends of pinned bars, (bars, 4) as x, y, width, height."""
    paper.use(paper.pen("ghost", 1.4, ()), None)
    for x, y, width, height in rects[np.isfinite(rects).all(axis=1)].tolist():
        paper.painter.drawLine(QPointF(x + width, y), QPointF(x + width, y + height))


def size_beside(edges: Array, paper: Paper) -> str | float:
    """The size of words beside bars with these edges, (n + 1,) in pixels: smaller where a line of them has no room."""
    close = float(np.abs(np.diff(edges)).min()) if len(edges) > 2 else np.inf
    return "label" if close >= paper.px(SNUG) else max(LEAST, close / paper.px(1.0))
