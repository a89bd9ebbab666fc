"""Rows of the picture: a repaint of each kind of mark beside pyqtgraph's, the window's cold start, a recording's memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import with_matplotlib
from benchmarks.row import Benchmark, Sides

Pair = tuple[Callable[[], object], Callable[[], object]]
SIZE = (800, 500)


@dataclass(frozen=True)
class Nothing:
    """A frame and parameters without content."""


def application() -> Any:
    """The one application, without a display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")          # as main.py does; pyqtgraph gains as well
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication([])


def repaint(ours_draw: Callable[[Any], None], theirs: Callable[[Any], None],
            peer: Callable[[Any], None]) -> Callable[[], Sides]:
    """A repaint of our view, labels and axes included, against the repaint of a pyqtgraph plot of the same data."""

    def prepare() -> Sides:
        app = application()
        import pyqtgraph as pg
        from PySide6.QtCore import QRectF
        from PySide6.QtGui import QImage, QPainter

        from engine.mathematics.clt import clt
        from panels.kit.canvas import Canvas
        from panels.kit.panel import Panel, Shown
        from panels.kit.theme import theme

        canvas = Canvas(theme("light"))
        canvas.draw(Panel(clt, lambda c, f, p, shown: ours_draw(c["a"]), "a"), Nothing(), Nothing(), Shown())
        image = QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied)
        plot = pg.PlotWidget(background="w")
        plot.resize(*SIZE)
        plot.setAntialiasing(True)
        theirs(plot)
        plot.show()
        app.processEvents()

        def ours() -> object:
            painter = QPainter(image)
            painter.fillRect(image.rect(), canvas.theme.color("surface"))
            canvas.paint(painter, QRectF(0, 0, *SIZE))
            painter.end()
            return None

        def floor() -> object:
            plot.viewport().repaint()
            return None

        return ours, floor, with_matplotlib.repaint(peer, SIZE)

    return prepare


X = np.linspace(-4, 4, 201)
BELL = np.exp(-X * X / 2) / np.sqrt(2 * np.pi)
RNG = np.random.default_rng(7)
CLOUD = RNG.standard_normal((2, 10_000))
GRID = RNG.random((512, 512))
GRID.flags.writeable = False                # as every frame's arrays are
CURVES = np.cumsum(RNG.standard_normal((20, 1000)), axis=1)


def our_histogram(v: Any) -> None:
    """Bars and a curve, as a panel draws them."""
    v.bars("bars", np.linspace(-4, 4, 101), BELL[::2][:100])
    v.line("line", X, BELL, "truth")


def their_histogram(plot: Any) -> None:
    """The same with pyqtgraph."""
    import pyqtgraph as pg

    plot.addItem(pg.BarGraphItem(x=np.linspace(-4, 4, 100), height=BELL[::2][:100], width=0.08, brush="b"))
    plot.plot(X, BELL, pen=pg.mkPen("r", width=2))


def mpl_histogram(axes: Any) -> None:
    """The same with matplotlib."""
    axes.bar(np.linspace(-4, 4, 100), BELL[::2][:100], width=0.08)
    axes.plot(X, BELL, linewidth=2)


def our_cloud(v: Any) -> None:
    """Ten thousand points."""
    v.points("dots", *CLOUD, size=5)


def their_cloud(plot: Any) -> None:
    """The same with pyqtgraph."""
    plot.plot(*CLOUD, pen=None, symbol="o", symbolSize=5, symbolPen=None)


def mpl_cloud(axes: Any) -> None:
    """The same with matplotlib."""
    axes.plot(*CLOUD, "o", markersize=4, markeredgewidth=0)


def our_image(v: Any) -> None:
    """A grid of cells."""
    v.image("image", GRID, x=(0, 1), y=(0, 1))


def their_image(plot: Any) -> None:
    """The same with pyqtgraph."""
    import pyqtgraph as pg

    plot.addItem(pg.ImageItem(GRID))


def mpl_image(axes: Any) -> None:
    """The same with matplotlib."""
    axes.imshow(GRID)


def our_curves(v: Any) -> None:
    """Twenty random walks."""
    for number, y in enumerate(CURVES):
        v.line(f"line{number}", np.arange(1000), y, f"series[{number % 8}]", label=False)


def their_curves(plot: Any) -> None:
    """The same with pyqtgraph."""
    import pyqtgraph as pg

    for number, y in enumerate(CURVES):
        plot.plot(np.arange(1000), y, pen=pg.mkPen(pg.intColor(number), width=2))


def mpl_curves(axes: Any) -> None:
    """The same with matplotlib."""
    axes.plot(np.arange(1000), CURVES.T, linewidth=1.5)


def recording() -> Pair:
    """A thousand CLT frames kept with their history, against a plain list of the same frames."""
    from engine.core import iterate
    from engine.mathematics.clt import Params, clt

    frames = list(iterate(clt, Params(averages=1), last=999))

    def ours() -> object:
        from app.recording import Recording

        kept = Recording()
        for index, frame in enumerate(frames):
            kept.add(index, frame, None)
        return kept.history()

    def floor() -> object:
        return [(index, frame, dict(vars(frame))) for index, frame in enumerate(frames)]

    return ours, floor


def row(name: str, bar: float, what: str, *draws: Callable[[Any], None]) -> Benchmark:
    """A repaint's row: what we draw, what pyqtgraph and matplotlib draw."""
    return Benchmark(f"repaint.{name}", repaint(*draws), bar, f"{what}, against pyqtgraph")


ROWS = (
    row("histogram", 1.5, "100 bars and a curve", our_histogram, their_histogram, mpl_histogram),
    row("scatter", 1.0, "10 000 points", our_cloud, their_cloud, mpl_cloud),
    row("image", 1.2, "512 x 512 cells", our_image, their_image, mpl_image),
    row("curves", 1.2, "20 curves of 1000 points", our_curves, their_curves, mpl_curves),
    Benchmark("recording.add", recording, 60.0, "1000 frames with their history, against a list of them"),
)
