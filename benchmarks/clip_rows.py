"""The row of clips: a concept's run as an MP4, against pyqtgraph and PyAV making the same three plots into the same file.

manim writes a clip of this length as fast as pyqtgraph does (11.7 s against 11 to 12.5 s for 300 frames where both were
measured), so that the floor stands for it; it draws with OpenGL and cairo, brings hundreds of megabytes, and is not needed here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.picture_rows import application
from benchmarks.row import Benchmark, Sides
from benchmarks.with_matplotlib import matplotlib

FRAMES = 40                     # of 1280 x 720; a clip of 300 costs in proportion
WIDE, HIGH, RATE = 1280, 720, 30
Z = np.linspace(-4, 4, 241)
BELL = np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi)


def clip() -> Sides:
    """An MP4 of 1280 x 720 with its provenance, against pyqtgraph (and matplotlib) encoded with the same settings."""
    application()
    from app.catalog import Catalog
    from app.export import compute, parse_size
    from app.export.clip import write_clip
    from engine.core.address import load
    from engine.mathematics.clt import rebinned

    folder = Path(tempfile.mkdtemp(prefix="loupe-clip-"))
    entry = Catalog.load().entry("mathematics.clt")
    concept = load(entry.id)
    figure = compute(entry, concept, concept.default(), last=FRAMES - 1, size=parse_size(f"{WIDE}x{HIGH}"), theme="light")
    figure = figure.with_layers()
    bins = figure.params.bins
    frames = [(kept.frame, *rebinned(kept.frame, bins)) for kept in figure.recording.all()]
    curves = figure.layers["distance_by_n"]

    def ours() -> object:
        return list(write_clip(figure, folder / "ours.mp4", RATE))

    makers = {"pyqtgraph": in_pyqtgraph} | ({"matplotlib": in_matplotlib} if matplotlib() else {})
    others = {name: encoded(make(frames, curves), frames, folder / f"{name}.mp4") for name, make in makers.items()}
    return ours, others.pop("pyqtgraph"), others


def encoded(picture: Callable[[Any], Any], frames: Sequence[Any], path: Path) -> Callable[[], object]:
    """Every frame's picture, (720, 1280, 3 or 4) uint8, into an MP4 with our own settings."""
    import av

    from app.export.clip import CODECS

    def write() -> object:
        codec, options = CODECS[".mp4"]
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=RATE, options=options)
            stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
            for frame in frames:
                pixels = picture(frame)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24" if pixels.shape[2] == 3 else "rgba")))
            container.mux(stream.encode(None))
        return None

    return write


def in_pyqtgraph(frames: Sequence[Any], curves: Any) -> Callable[[Any], Any]:
    """Three plots in a window, lines as smooth as ours: bars, bell and exact density, with the population in a corner;
    distances on logarithmic axes; quantiles; their names."""
    import pyqtgraph as pg

    from app.export.clip import pixels_of

    smooth = {"antialias": True}
    window = pg.GraphicsLayoutWidget()
    window.setBackground("w")
    window.setAntialiasing(True)
    window.resize(WIDE, HIGH)
    means = window.addPlot(0, 0, colspan=2, title="Density")
    distance, quantiles = window.addPlot(1, 0, title="Distance to the bell, by n"), window.addPlot(1, 1, title="Quantiles")
    window.ci.layout.setRowStretchFactor(0, 2)
    first, edges, density = frames[0]
    middles = (edges[:-1] + edges[1:]) / 2
    bars = pg.BarGraphItem(x=middles, height=density, width=float(np.diff(edges)[0]) * 0.9, brush="#aac8ea", pen=None)
    means.addItem(bars)
    means.setXRange(-4, 4, padding=0)
    means.setYRange(0, 0.45, padding=0)
    dashed = pg.mkPen("#11756a", width=2, dash=[4, 3])
    means.plot(Z, BELL, pen=dashed, **smooth)
    means.plot(first.law.value.z, first.law.value.density, pen=pg.mkPen("#c1532a", width=2), **smooth)
    distance.setLogMode(True, True)
    for values, color, dash in ((curves.bound, "#777777", [1, 2]), (curves.edgeworth, "#11756a", [4, 3]),
                                (curves.distance, "#ad1a63", None)):
        distance.plot(curves.n, values, pen=pg.mkPen(color, width=2, dash=dash), **smooth)
    for plot in (means, distance, quantiles):
        plot.showGrid(y=True, alpha=0.1)
    now = distance.plot([30], [first.ks], symbol="t1", pen=None, symbolBrush="#ad1a63", **smooth)
    quantiles.plot(first.bell_quantiles, first.bell_quantiles, pen=dashed, **smooth)
    dots = quantiles.plot(first.bell_quantiles, first.quantiles, pen=None, symbol="o", symbolSize=5, symbolPen=None, **smooth)
    for plot, word, x, y in ((means, "averages", 0, 0.03), (means, "exact", -1, 0.4), (means, "the bell", 1, 0.2),
                             (distance, "bound", 2, -0.5), (distance, "Edgeworth", 2, -1.5), (distance, "distance", 2, -2)):
        text = pg.TextItem(word, color="k")
        text.setPos(x, y)
        plot.addItem(text)
    corner = pg.ViewBox(enableMenu=False)
    corner.setParentItem(means.vb)
    corner.setGeometry(10, 10, 280, 130)
    shape = pg.PlotCurveItem(first.draw_edges, first.draw_density, stepMode="center", fillLevel=0, brush="#dbe8f6", pen="#4a86c5",
                             **smooth)
    corner.addItem(shape)
    window.show()
    application().processEvents()

    def picture(of: Any) -> Any:
        frame, _, density = of
        bars.setOpts(height=density)
        now.setData([30], [frame.ks])
        dots.setData(frame.bell_quantiles, frame.quantiles)
        shape.setData(frame.draw_edges, frame.draw_density)
        means.setTitle(f"Density of {frame.drawn} averages")
        return pixels_of(window.grab().toImage())

    return picture


def in_matplotlib(frames: Sequence[Any], curves: Any) -> Callable[[Any], Any]:
    """The same in matplotlib's Agg."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    first, edges, density = frames[0]
    figure = Figure(figsize=(WIDE / 100, HIGH / 100), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplot_mosaic([["means", "means"], ["distance", "quantiles"]], height_ratios=[2, 1])
    means, distance, quantiles = axes["means"], axes["distance"], axes["quantiles"]
    bars = means.bar((edges[:-1] + edges[1:]) / 2, density, width=float(np.diff(edges)[0]) * 0.9)
    means.plot(Z, BELL, "--", label="the bell")
    means.plot(first.law.value.z, first.law.value.density, label="exact")
    means.set(xlim=(-4, 4), ylim=(0, 0.45))
    means.legend()
    for values, name in ((curves.bound, "bound"), (curves.edgeworth, "Edgeworth"), (curves.distance, "distance")):
        distance.loglog(curves.n, values, label=name)
    distance.legend()
    now, = distance.plot([30], [first.ks], "^")
    quantiles.plot(first.bell_quantiles, first.bell_quantiles, "--")
    dots, = quantiles.plot(first.bell_quantiles, first.quantiles, "o", markersize=4)
    canvas.draw()
    figure.set_layout_engine("none")

    def picture(of: Any) -> Any:
        frame, _, density = of
        for bar, height in zip(bars, density, strict=True):
            bar.set_height(height)
        now.set_data([30], [frame.ks])
        dots.set_data(frame.bell_quantiles, frame.quantiles)
        means.set_title(f"Density of {frame.drawn} averages")
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())

    return picture


ROWS = (
    Benchmark("export.clip", clip, 1.0, f"{FRAMES} frames of {WIDE} x {HIGH} as MP4, against pyqtgraph and PyAV", 5),
)
