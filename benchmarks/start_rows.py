"""Rows of starting: commands against an interpreter with the same imports, the window against a bare pyqtgraph window."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.row import Benchmark, Sides
from benchmarks.with_matplotlib import matplotlib

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "import argparse, dataclasses, json, tomllib, typing, numpy"

BARE = """
from PySide6.QtWidgets import QApplication
import pyqtgraph
app = QApplication([])
window = pyqtgraph.PlotWidget()
window.show()
app.processEvents()
window.close()
"""
WINDOW = """
import argparse
from PySide6.QtWidgets import QApplication
app = QApplication([])
from app.start import make_window, shutdown
window = make_window(app, argparse.Namespace(inline=True))
window.show()
app.processEvents()
"""
PICTURE = WINDOW + """
window.open("mathematics.clt")
while not window.stage.picture.canvas.plots():
    app.processEvents()
"""
END = "shutdown(app, window)"
WITH_MATPLOTLIB = """
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.plot([0, 1], [0, 1])
plt.gcf().canvas.draw()
"""


def environment() -> dict[str, str]:
    """A second start: everything is compiled already, into a folder of its own; nothing is on screen."""
    home = tempfile.mkdtemp(prefix="loupe-bench-")
    found = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LOUPE_HOME": home, "QT_NO_GUI_THREADPOOL": "1",
             "PYTHONPYCACHEPREFIX": str(Path(home) / "compiled")}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def started(ours: Sequence[str], floor: Sequence[str], **peers: Sequence[str]) -> Callable[[], Sides]:
    """A new Python process with these words, against another, until each ends."""

    def prepare() -> Sides:
        kept = environment()

        def start(words: Sequence[str]) -> Callable[[], object]:
            return lambda: subprocess.run([sys.executable, *words], cwd=ROOT, env=kept, check=True, capture_output=True)

        return start(ours), start(floor), {name: start(words) for name, words in peers.items()}

    return prepare


def command(*words: str) -> Callable[[], Sides]:
    """A command of ours, against Python with numpy and the standard modules."""
    return started(("main.py", *words), ("-c", FLOOR))


def window(code: str) -> Callable[[], Sides]:
    """A program up to what its window first shows, against a bare pyqtgraph window (and a figure of matplotlib's)."""
    return started(("-c", code + END), ("-c", BARE), **({"matplotlib": ("-c", WITH_MATPLOTLIB)} if matplotlib() else {}))


ROWS = (
    Benchmark("start.list", command("list"), 1.5, "every concept listed", clock="wall"),
    Benchmark("start.run", command("run", "mathematics.clt", "--frame", "0"), 2.0, "the first frame as JSON", clock="wall"),
    Benchmark("start.window", window(WINDOW), 1.3, "first painted window, against a bare pyqtgraph window", clock="wall"),
    Benchmark("start.picture", window(PICTURE), 1.6, "a concept's first picture, marked as recorded until the live one is there",
              clock="wall"),
)
