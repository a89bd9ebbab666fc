"""Rows of single concepts: the numbers that are shown, against the same numbers made by the plainest fast means."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.picture_rows import application
from benchmarks.row import Benchmark

Pair = tuple[Callable[[], object], Callable[[], object]]
CLIP_FRAMES = 40                # of 1280 x 720; a clip of 300 costs in proportion


def playground() -> Pair:
    """One network's epochs with both losses and the decision boundary, by hand in numpy against torch.autograd."""
    import torch

    from engine.core import iterate
    from engine.core.params import build
    from engine.deep.mlp import Params, mlp

    p = build(Params, {"seeds": 1, "batch": 10, "hidden": [4, 2], "samples": 200, "held_out": 0.5, "steps": 10,
                       "optimiser": "sgd"})
    frames = iterate(mlp, p)
    first = next(frames)
    x = torch.tensor(first.plane.value.x, dtype=torch.float32)
    wanted = torch.tensor(first.plane.value.label, dtype=torch.float32)[:, None]
    linear, tanh = torch.nn.Linear, torch.nn.Tanh
    net = torch.nn.Sequential(linear(2, 4), tanh(), linear(4, 2), tanh(), linear(2, 1))
    optimiser = torch.optim.SGD(net.parameters(), 0.02)
    loss = torch.nn.BCEWithLogitsLoss()
    side = torch.linspace(-6, 6, 50)
    ground = torch.cartesian_prod(side, side)

    def ours() -> object:
        return next(frames)

    def floor() -> object:
        for at in torch.arange(100).split(10):
            optimiser.zero_grad()
            loss(net(x[at]), wanted[at]).backward()
            optimiser.step()
        with torch.no_grad():
            return loss(net(x[:100]), wanted[:100]), loss(net(x[100:200]), wanted[100:200]), net(ground)

    torch.set_num_threads(1)
    return ours, floor


def seeds() -> Pair:
    """Sixty-four networks trained side by side, their losses and pictures included, against the bare batched updates."""
    from engine.core import iterate
    from engine.core.params import build
    from engine.core.run import Run
    from engine.deep import network
    from engine.deep.mlp import Params, mlp
    from engine.deep.mlp_training import Trainer

    p = build(Params, {"seeds": 64, "steps": 40, "optimiser": "sgd"})
    frames = iterate(mlp, p)
    next(frames)
    bare = Trainer(p, Run(p), range(p.seeds))
    order = np.arange(len(bare.x))

    def ours() -> object:
        return next(frames)

    def floor() -> object:
        for step in range(p.steps):
            at = np.roll(order, step * p.batch)[:p.batch]
            slopes = network.gradient(bare.weights, bare.inputs[at], bare.wanted[at], p.activation, p.loss)
            bare.weights = [w - p.learning_rate * slope for w, slope in zip(bare.weights, slopes, strict=True)]
        return None

    return ours, floor


def scatter_of_many() -> Pair:
    """A million points of fifty columns: mean, scatter and axes chunk by chunk, against scikit-learn's fit."""
    from sklearn.decomposition import PCA

    from engine.classical.pca_data import eigen, scatter

    x = np.random.default_rng(7).standard_normal((1_000_000, 50))
    return lambda: eigen(scatter(x)[1]), lambda: PCA(svd_solver="covariance_eigh").fit(x)


def attention_heads() -> Pair:
    """Eight heads over 1024 tokens of 64 numbers with every weight kept, against the plain formula in torch."""
    import torch

    from engine.models.forward import causal, softmax

    rng = np.random.default_rng(7)
    q, k, v = (rng.standard_normal((8, 1024, 64)).astype(np.float32) for _ in range(3))
    visible = causal(1024)

    def ours() -> object:
        weights = softmax(q @ k.swapaxes(1, 2) / np.float32(8.0), visible)
        return weights @ v, weights

    queries, keys, values = (torch.from_numpy(part) for part in (q, k, v))
    hidden = torch.from_numpy(~visible)
    torch.set_num_threads(os.cpu_count() or 1)

    def floor() -> object:
        weights = torch.softmax((queries @ keys.transpose(1, 2) / 8.0).masked_fill(hidden, -torch.inf), dim=-1)
        return weights @ values, weights

    return ours, floor


def clip() -> Pair:
    """An MP4 of 1280 x 720 with its provenance, against pyqtgraph grabbed and encoded with the same settings."""
    import av
    import pyqtgraph as pg

    app = application()
    from app.catalog import Catalog
    from app.export import compute, parse_size
    from app.export.clip import CODECS, pixels_of, write_clip
    from engine.core.address import load

    folder = Path(tempfile.mkdtemp(prefix="loupe-clip-"))
    entry = Catalog.load().entry("mathematics.clt")
    concept = load(entry.id)
    figure = compute(entry, concept, concept.default(), last=CLIP_FRAMES - 1, size=parse_size("1280x720"), theme="light")
    heights = [kept.frame for kept in figure.recording.all()]
    plot = pg.PlotWidget(background="w")
    plot.resize(1280, 720)
    x = np.linspace(-4, 4, 100)
    bars = pg.BarGraphItem(x=x, height=np.exp(-x * x / 2), width=0.08, brush="b")
    plot.addItem(bars)
    plot.show()
    app.processEvents()

    def ours() -> object:
        return list(write_clip(figure, folder / "ours.mp4", 30.0))

    def floor() -> object:
        codec, options = CODECS[".mp4"]
        with av.open(str(folder / "floor.mp4"), "w") as container:
            stream: Any = container.add_stream(codec, rate=30, options=options)
            stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
            for number in range(len(heights)):
                bars.setOpts(height=np.exp(-x * x / 2) * (1 + number / 100))
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels_of(plot.grab().toImage()), "rgb24")))
            container.mux(stream.encode(None))
        return None

    return ours, floor


def yields() -> Pair:
    """The longest gap between two frames of a training at its defaults, against the 250 ms that overtaking allows."""
    from time import perf_counter, sleep

    from engine.core import iterate
    from engine.deep.mlp import mlp

    frames = iterate(mlp, mlp.default())
    next(frames)

    def ours() -> object:
        began = perf_counter()
        list(islice(frames, 1))
        return perf_counter() - began

    return ours, lambda: sleep(0.25)


ROWS = (
    Benchmark("mlp.one", playground, 0.16, "a playground network's epoch with losses and boundary, against torch.autograd"),
    Benchmark("mlp.seeds", seeds, 1 / 0.7, "64 networks side by side, pictures included, against the bare updates"),
    Benchmark("mlp.gap", yields, 1.0, "a frame of 32 networks, against the 250 ms allowed between frames"),
    Benchmark("pca.million", scatter_of_many, 1.2, "10⁶ x 50: scatter and axes, against sklearn's covariance_eigh", 5),
    Benchmark("attention.heads", attention_heads, 1.2, "8 heads x 1024 x 64, every weight kept, against torch", 5),
    Benchmark("export.clip", clip, 1.0, "40 frames of 1280 x 720 as MP4, against pyqtgraph and PyAV", 5),
)
