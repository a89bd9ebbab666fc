"""The canvas: marks at extreme data, labels that do not collide, contours on the curve, pictures from the frame alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from engine.mathematics.clt import clt
from panels.kit.canvas import Canvas, Ghost
from panels.kit.marks_contours import crossings
from panels.kit.panel import Panel, Shown
from panels.kit.theme import theme

RECT = QRectF(0, 0, 600, 420)
WORDS = {"wave": "the wave", "other": "another wave", "third": "a third", "dots": "dots"}


@dataclass(frozen=True)
class Nothing:
    """A frame and parameters of no content."""

    n: int = 3


def painted(draw: Any, layout: str = "a", **options: Any) -> tuple[Canvas, QImage]:
    canvas = Canvas(theme(options.pop("look", "light")), "en", lambda kind, name, part, language: WORDS.get(name))
    canvas.draw(Panel(clt, draw, layout), Nothing(), Nothing(), Shown(), **options)
    image = QImage(600, 420, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(canvas.theme.color("surface"))
    painter = QPainter(image)
    canvas.paint(painter, RECT)
    painter.end()
    return canvas, image


def ink(image: QImage) -> int:
    """How many pixels are not the ground."""
    block = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return int((block != block[0, 0]).sum())


@pytest.mark.parametrize("y", [[np.nan] * 4, [np.inf, 1, 2, -np.inf], [0, 0, 0, 0], [1e300, -1e300, 0, 1], [5]])
def test_a_line_survives_any_numbers(qapp: Any, y: list[float]) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].line("wave", np.arange(len(y)), y)
        c["a"].points("dots", np.arange(len(y)), y)

    assert ink(painted(draw)[1]) > 100          # the axes at least


def test_a_log_axis_masks_what_has_no_logarithm(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].range(log="xy")
        c["a"].line("wave", [0, 1, 10, 100], [-1, 1, 0, 1000])

    canvas, _ = painted(draw)
    box = canvas.plots()["a"].box
    assert box.x.low > 0 and box.y.low > 0


def test_labels_do_not_overlap(qapp: Any) -> None:
    x = np.linspace(0, 6, 200)

    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        for number, name in enumerate(("wave", "other", "third")):
            c["a"].line(name, x, np.sin(x + number / 3), f"series[{number}]")

    canvas, _ = painted(draw)
    labels = [t for t in canvas.texts() if t.name]
    assert {t.text for t in labels} == {"the wave", "another wave", "a third"}
    for one in labels:
        assert all(one is other or not one.rect.intersects(other.rect.adjusted(1, 3, -1, -3)) for other in labels)


def test_names_of_lines_that_end_together_stand_apart(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        for number, name in enumerate(("wave", "other", "third")):
            c["a"].line(name, [0, 1], [0, 1 + number / 1000], f"series[{number}]", at="end")

    canvas, _ = painted(draw)
    heights = sorted(t.rect.center().y() for t in canvas.texts() if t.name)
    assert len(heights) == 3 and min(np.diff(heights)) >= 15.9


def test_contours_lie_on_the_curve() -> None:
    rows, columns = np.mgrid[0:101, 0:101]
    pieces = crossings(np.hypot(columns - 50, rows - 50).astype(float), 30.0)
    radius = np.hypot(pieces[..., 0] - 50, pieces[..., 1] - 50)
    assert len(pieces) > 100 and np.abs(radius - 30).max() < 0.02


def test_the_picture_depends_on_the_frame_alone(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].line("wave", [0, 1, 2], [0, f.n, 1])

    panel = Panel(clt, draw, "a")
    images = []
    for before in ((), (9, 1, 30)):
        canvas = Canvas(theme("light"))
        for n in (*before, 4):
            canvas.draw(panel, Nothing(n), Nothing(), Shown())
            image = QImage(600, 420, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(canvas.theme.color("surface"))
            painter = QPainter(image)
            canvas.paint(painter, RECT)
            painter.end()
        images.append(image)
    assert images[0] == images[1]


def test_a_ghost_is_drawn_behind_and_stretches_the_axes(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].line("wave", [0, 1, 2], [0, f.n, 1])

    alone, _ = painted(draw)
    pinned, _ = painted(draw, ghosts=(Ghost(Nothing(30), Nothing(), Shown()),))
    assert pinned.plots()["a"].box.y.high > 5 * alone.plots()["a"].box.y.high


def test_a_pinned_lying_bar_is_marked_where_it_ended(qapp: Any) -> None:
    """The ghost's ink stands at the end of its bar, not along the axis that a standing bar would have."""
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].range(x=(0, 10), y=(0, 4))
        c["a"].bars("wave", [1, 3], [f.n], horizontal=True, label=False)

    canvas, image = painted(draw, ghosts=(Ghost(Nothing(7), Nothing(), Shown()),))
    box, (_, bare) = canvas.plots()["a"].box, painted(draw)
    x, y = (round(v) for v in box.px(7.0, 2.0)[0])
    column = [(x + dx, y) for dx in (-1, 0, 1)]
    assert any(image.pixel(*at) != bare.pixel(*at) for at in column)
    along = [(round(px), round(py)) for px, py in box.px(np.array([4.0, 5.0, 9.0]), np.full(3, 2.0))]
    assert all(image.pixel(*at) == bare.pixel(*at) for at in along)


def test_words_beside_close_bars_keep_clear_of_one_another(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].bars("wave", np.arange(31), np.arange(30) + 1.0, horizontal=True, label=False, texts=["8"] * 30)

    canvas, _ = painted(draw)
    close = abs(float(np.diff(canvas.plots()["a"].box.y.px(np.arange(2.0)))[0]))
    words = [word for word in canvas.texts() if word.text == "8"]
    assert len(words) == 30 and close < 13
    assert all(word.size_px <= close + 1 for word in words)


def test_two_marks_of_one_name_are_refused(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].line("wave", [0, 1], [0, 1])
        c["a"].points("wave", [0], [1])

    with pytest.raises(ValueError, match="wave"):
        painted(draw)


def test_the_cursor_reads_the_nearest_value(qapp: Any) -> None:
    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].points("dots", [1.0, 2.0, 3.0], [10.0, 20.0, 15.0])

    canvas, _ = painted(draw)
    x, y = canvas.plots()["a"].box.px(2.0, 20.0)[0]
    found = canvas.read(QPointF(x + 3, y - 2))
    assert found is not None and (found[1].x, found[1].y) == (2.0, 20.0)


def test_every_mark_paints_something(qapp: Any) -> None:
    grid = np.add.outer(np.arange(9.0), np.arange(9.0))
    calls = {
        "line": lambda v: v.line("m", [0, 1], [0, 1], fill=0.0, markers=True),
        "points": lambda v: v.points("m", [0, 1], [0, 1], values=[0, 1]),
        "bars": lambda v: v.bars("m", [0, 1, 2], [1, 2], roles=["data", "error"], texts=["1", "2"]),
        "lying": lambda v: v.bars("m", [0, 1, 2], [1, 2], horizontal=True, texts=["1", "2"]),
        "band": lambda v: v.band("m", [0, 1], [0, 0], [1, 2]),
        "image": lambda v: v.image("m", grid, x=(0, 1), y=(0, 1)),
        "contours": lambda v: v.contours("m", grid, x=(0, 1), y=(0, 1), levels=[3, 6]),
        "matrix": lambda v: v.matrix("m", grid, numbers=".1f", outline=[(1, 1, "model")]),
        "text": lambda v: v.text("m", 0.5, 0.5, "7"),
        "arrow": lambda v: v.arrow("m", 0, 0, [1, 1], [0, 1]),
        "circle": lambda v: v.circle("m", 0, 0, 1, fill="data"),
        "arc": lambda v: v.arc("m", 0, 0, 1, 0, 90, fill=True),
        "rule": lambda v: v.rule("m", x=0.5),
        "segments": lambda v: v.segments("m", 0, 0, 1, 1),
        "spans": lambda v: v.spans("m", [0, 1], [0, 2], [2, 3], texts=["a", "b"], future=2),
        "graph": lambda v: v.graph("m", [0, 1], [0, 1], [(0, 1)], boxes=True, texts=["1", "2"]),
        "surface": lambda v: v.surface("m", grid, x=(0, 1), y=(0, 1), paths=[([0, 1], [0, 1], [0, 16], "error")]),
        "handle": lambda v: v.handle("m", 0.5, 0.5, ("n", None)),
    }
    for name, call in calls.items():
        def draw(c: Canvas, f: Any, p: Any, shown: Shown, call: Any = call) -> None:
            c["a"].range(*((None, None) if c["a"].flip_y else ((-0.2, 3), (-0.2, 3))))
            call(c["a"])
            c["a"].axes = False

        for look in ("light", "dark", "print"):
            assert ink(painted(draw, look=look)[1]) > 10, name
