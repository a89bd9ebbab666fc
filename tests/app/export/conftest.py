"""One computed figure for every exporter, and independent readers of pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.catalog import Catalog
from app.export import Figure, compute, parse_size
from engine.core.address import load
from engine.core.params import build

ROOT = Path(__file__).resolve().parents[3]
FRAMES = 6


def figure_of(concept_id: str, last: int | None = FRAMES - 1, **values: Any) -> Figure:
    """A computed figure at the defaults with some values changed."""
    entry, concept = Catalog.load().entry(concept_id), load(concept_id)
    return compute(entry, concept, build(concept.Params, values), last=last)


@pytest.fixture(scope="session")
def clt(qapp: Any) -> Figure:
    """The central limit theorem after a few frames: no mark of it is an image."""
    return replace(figure_of("mathematics.clt", n=12, averages=500).with_layers(), size=parse_size("640x400"))


@pytest.fixture(scope="session")
def descent(qapp: Any) -> Figure:
    """Gradient descent: its ground is an image mark."""
    return replace(figure_of("classical.gradient_descent", last=12).with_layers(), size=parse_size("640x400"))


@pytest.fixture(scope="session")
def fontconfig(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which readers find the fonts that the program brings."""
    folder = tmp_path_factory.mktemp("fonts")
    (folder / "fonts.conf").write_text(
        f"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig><dir>{ROOT / 'assets' / 'fonts'}</dir>"
        f"<cachedir>{folder / 'cache'}</cachedir></fontconfig>", encoding="utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}


@pytest.fixture(scope="session")
def tool(fontconfig: dict[str, str]) -> Callable[..., str]:
    """Runs a reader that shares no code with the program; the test is left out where it is not installed."""

    def run(*words: str | Path) -> str:
        if shutil.which(str(words[0])) is None:
            pytest.skip(f"{words[0]} is not installed")
        done = subprocess.run([str(w) for w in words], capture_output=True, env=fontconfig, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", errors="replace")

    return run


def pixels(path: Path) -> np.ndarray:
    """A picture file as (height, width, 3) floats, on white."""
    with Image.open(path) as image:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(ground, image).convert("RGB"), np.float64)


def far_apart(a: np.ndarray, b: np.ndarray) -> float:
    """The share of blocks of 8 x 8 pixels whose mean colours differ: letters may be smoothed otherwise, not stand elsewhere.

    The same picture in another reader is below 0.01; moved by 3 pixels it is above 0.03.
    """
    assert a.shape == b.shape
    return float((np.abs(_blocks(a) - _blocks(b)).max(axis=2) > 20).mean())


def _blocks(image: np.ndarray, side: int = 8) -> np.ndarray:
    rows, columns = image.shape[0] // side, image.shape[1] // side
    return image[:rows * side, :columns * side].reshape(rows, side, columns, side, 3).mean(axis=(1, 3))
