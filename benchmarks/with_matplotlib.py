"""matplotlib as a peer of the picture rows, where it is installed; Loupe itself does not use it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any


def matplotlib() -> bool:
    """Whether the peer is there."""
    return find_spec("matplotlib") is not None


def repaint(draw: Callable[[Any], object], size: tuple[int, int]) -> dict[str, Callable[[], object]]:
    """A repaint of what `draw` puts into an Axes, by matplotlib's Agg at that size; nothing where it is not installed."""
    if not matplotlib():
        return {}
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    return {"matplotlib": canvas.draw}
