"""Rows of the picture: a repaint of each kind of mark beside pyqtgraph's, the window's cold start, a recording's memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.row import Benchmark

Pair = tuple[Callable[[], object], Callable[[], object]]
ROOT = Path(__file__).resolve().parents[1]
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


def repaint(ours_draw: Callable[[Any], None], theirs: Callable[[Any], None]) -> Callable[[], Pair]:
    """A repaint of our view, labels and axes included, against the repaint of a pyqtgraph plot of the same data."""

    def prepare() -> Pair:
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

        return ours, floor

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


def our_cloud(v: Any) -> None:
    """Ten thousand points."""
    v.points("dots", *CLOUD, size=5)


def their_cloud(plot: Any) -> None:
    """The same with pyqtgraph."""
    plot.plot(*CLOUD, pen=None, symbol="o", symbolSize=5, symbolPen=None)


def our_image(v: Any) -> None:
    """A grid of cells."""
    v.image("image", GRID, x=(0, 1), y=(0, 1))


def their_image(plot: Any) -> None:
    """The same with pyqtgraph."""
    import pyqtgraph as pg

    plot.addItem(pg.ImageItem(GRID))


def our_curves(v: Any) -> None:
    """Twenty random walks."""
    for number, y in enumerate(CURVES):
        v.line(f"line{number}", np.arange(1000), y, f"series[{number % 8}]", label=False)


def their_curves(plot: Any) -> None:
    """The same with pyqtgraph."""
    import pyqtgraph as pg

    for number, y in enumerate(CURVES):
        plot.plot(np.arange(1000), y, pen=pg.mkPen(pg.intColor(number), width=2))


OURS = """
import argparse, sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from app.start import make_window, shutdown
window = make_window(app, argparse.Namespace(inline=True))
window.show()
app.processEvents()
shutdown(app, window)
"""
BARE = """
from PySide6.QtWidgets import QApplication
import pyqtgraph
app = QApplication([])
window = pyqtgraph.PlotWidget()
window.show()
app.processEvents()
window.close()
"""


def cold_start() -> Pair:
    """A new process up to the first painted window, against a bare pyqtgraph window."""
    import tempfile

    home = tempfile.mkdtemp(prefix="loupe-bench-")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LOUPE_HOME": home, "QT_NO_GUI_THREADPOOL": "1",
                   "PYTHONPYCACHEPREFIX": str(Path(home) / "compiled")}     # a second start: everything is compiled already
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def start(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)

    return start(OURS), start(BARE)


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


ROWS = (
    Benchmark("repaint.histogram", repaint(our_histogram, their_histogram), 1.5, "100 bars and a curve, against pyqtgraph"),
    Benchmark("repaint.scatter", repaint(our_cloud, their_cloud), 1.0, "10 000 points, against pyqtgraph"),
    Benchmark("repaint.image", repaint(our_image, their_image), 1.2, "512 x 512 cells, against pyqtgraph"),
    Benchmark("repaint.curves", repaint(our_curves, their_curves), 1.2, "20 curves of 1000 points, against pyqtgraph"),
    Benchmark("start.window", cold_start, 1.3, "first painted window, against a bare pyqtgraph window", 5),
    Benchmark("recording.add", recording, 60.0, "1000 frames with their history, against a list of them"),
)
