"""The picture of PCA: every preset draws, and an axis taken by its ring turns to where it is dragged."""

from __future__ import annotations

import math
from typing import Any

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from app.catalog import Catalog
from engine.classical.pca import Params, pca
from engine.core import build, iterate
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, load_panel
from panels.kit.theme import theme

ENTRY = Catalog.load().entry("classical.pca")


def painted(values: dict[str, Any], language: str = "en") -> Canvas:
    p = build(Params, values)
    canvas = Canvas(theme("light"), language, ENTRY.words, ENTRY.format_value)  # type: ignore[arg-type]
    canvas.draw(load_panel("classical.pca"), list(iterate(pca, p))[-1], p, Shown())
    image = QImage(1000, 720, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas.paint(painter, QRectF(0, 0, 1000, 720))
    painter.end()
    return canvas


@pytest.mark.parametrize("angle", [0.0, 30.0, 75.0, 90.0, 179.0])
def test_both_rings_of_the_axis_stand_on_it_and_turn_it(qapp: Any, angle: float) -> None:
    canvas = painted({"angle": angle})
    plot = canvas.plots()["cloud"]
    for name in ("hold", "hold_other"):
        ring = plot.view.marks[name]
        x, y = plot.box.px(ring.x, ring.y)[0]
        found = canvas.handle_at(QPointF(x, y))
        assert found is not None
        assert found[1].values_at(ring.x, ring.y)["angle"] % 180 == pytest.approx(angle % 180, abs=1e-9)
    assert found[1].values_at(1.0, 1.0) == {"angle": pytest.approx(45)}
    assert found[1].values_at(-1.0, 1.0) == {"angle": pytest.approx(135)}
    assert found[1].values_at(-1.0, -1.0) == {"angle": pytest.approx(45)}, "the other end of the same axis"


def test_one_unit_is_equally_long_both_ways(qapp: Any) -> None:
    box = painted({"angle": 75.0}).plots()["cloud"].box
    assert box.x.unit == pytest.approx(box.y.unit)


def test_the_ring_of_the_gaze_sets_both_angles(qapp: Any) -> None:
    plot = painted({"source": "space", "angle": 40.0, "elevation": -10.0}).plots()["gaze"]
    assert plot.view.marks["look"].values_at(12.0, 34.0) == {"angle": 12.0, "elevation": 34.0}


def test_kept_components_are_read_at_their_number(qapp: Any) -> None:
    ring = painted({"source": "digits", "k": 10}).plots()["scree"].view.marks["keep"]
    assert ring.x == 10
    assert ring.y == pytest.approx(0.7382267689, abs=1e-9)


def test_a_projection_meets_the_axis_at_right_angles(qapp: Any) -> None:
    view = painted({"angle": 20.0, "points": 50}).plots()["cloud"].view
    lost = view.marks["lost_parts"]
    a = math.radians(20.0)
    along = (lost.x1 - lost.x0) * math.cos(a) + (lost.y1 - lost.y0) * math.sin(a)
    assert along == pytest.approx(0 * along, abs=1e-12)
    assert lost.y1 * math.cos(a) - lost.x1 * math.sin(a) == pytest.approx(0 * along, abs=1e-12)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ENTRY.presets)
def test_every_preset_draws(qapp: Any, name: str, language: str) -> None:
    assert len(painted(dict(ENTRY.presets[name].set), language).texts()) > 8
