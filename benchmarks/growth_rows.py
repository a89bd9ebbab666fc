"""Rows of growth: a cost at ten times (or twice) the size against the cost at the size: no faster than in proportion."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.picture_rows import SIZE, Nothing, application
from benchmarks.row import Benchmark

Pair = tuple[Callable[[], object], Callable[[], object]]


@dataclass(frozen=True)
class Reading:
    """A small frame, as a long run has them."""

    values: Any
    step: int
    loss: float


def painted(points: int) -> Callable[[], object]:
    """A repaint of so many points."""
    application()
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    from engine.mathematics.clt import clt
    from panels.kit.canvas import Canvas
    from panels.kit.panel import Panel, Shown
    from panels.kit.theme import theme

    x, y = np.random.default_rng(7).standard_normal((2, points))
    canvas = Canvas(theme("light"))
    canvas.draw(Panel(clt, lambda c, f, p, shown: c["a"].points("dots", x, y, size=4), "a"), Nothing(), Nothing(), Shown())
    image = QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied)

    def paint() -> object:
        painter = QPainter(image)
        canvas.paint(painter, QRectF(0, 0, *SIZE))
        painter.end()
        return None

    return paint


def recorded(frames: int) -> Callable[[], object]:
    """A recording of so many small frames, and its history at the end."""
    from app.recording import Recording

    values = np.zeros(16)
    values.flags.writeable = False

    def record() -> object:
        kept = Recording()
        for step in range(frames):
            kept.add(step, Reading(values, step, 1.0 / (step + 1)), None)
        return kept.history()

    return record


def opened(concepts: int) -> Callable[[], object]:
    """So many concepts opened one after another in one window, each until its first picture stands."""
    app = application()
    import os
    import tempfile

    os.environ["LOUPE_HOME"] = tempfile.mkdtemp(prefix="loupe-growth-")
    from app.start import make_window

    window = make_window(app, argparse.Namespace(inline=True))
    window.show()
    ids = [entry.id for entry in window.catalog.entries if entry.id.split(".")[0] in ("mathematics", "classical", "systems")]

    def visit() -> object:
        for number in range(concepts):
            window.open(ids[number % len(ids)])
            while window.session.shown is None or not window.session.shown.live:
                app.processEvents()
        return None

    return visit


def grows(make: Callable[[int], Callable[[], object]], large: int, small: int) -> Callable[[], Pair]:
    """The work at a large size, and at a small one."""
    return lambda: (make(large), make(small))


def rows(name: str, make: Callable[[int], Callable[[], object]], sizes: tuple[int, ...], room: float, what: str,
         repeats: int) -> list[Benchmark]:
    """Each size against the one before; the bar is their proportion with a little room."""
    row = partial(Benchmark, repeats=repeats, clock="wall" if name == "concepts" else "cpu")
    return [row(f"growth.{name}.{large}", grows(make, large, small), room * large / small, f"{large} {what}, against {small}")
            for small, large in zip(sizes, sizes[1:], strict=False)]


ROWS = (
    *rows("points", painted, (100, 1_000, 10_000, 100_000, 1_000_000), 1.3, "points painted", 5),
    *rows("frames", recorded, (10, 100, 1_000, 10_000), 1.3, "frames recorded", 5),
    *rows("concepts", opened, (5, 10, 20), 1.3, "concepts opened", 3),
)
