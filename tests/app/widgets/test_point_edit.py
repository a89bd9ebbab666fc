"""Points edited with the mouse: what a drag, a click on free ground, a click on a point and a right click ask for."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.widgets.canvas_widget import CanvasWidget
from engine.mathematics.clt import clt
from panels.kit.canvas import Canvas
from panels.kit.panel import Panel, Shown

ROWS = ((0.0, 0.0, 1), (2.0, 2.0, 0), (-2.0, 1.0, 3))


@pytest.fixture
def picture(qapp: Any, look: Any) -> Any:
    """A picture of three points whose edits are heard; `adds` and `rows` may be changed before a drawing."""
    made = CanvasWidget(look, Canvas(look.theme))
    made.rows, made.adds, made.heard = ROWS, 5, []  # type: ignore[attr-defined]

    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].range(x=(-3, 3), y=(-3, 3))
        c["a"].edit_points("edit", made.rows, "points", adds=made.adds, picks="example",  # type: ignore[attr-defined]
                           also={"data": "own"}, least=3, most=4)

    made.redraw = lambda: made.show_scene(Panel(clt, draw, "a"), clt.default(), clt.default(), Shown())  # type: ignore[attr-defined]
    made.asked.connect(lambda values, final: made.heard.append((values, final)))  # type: ignore[attr-defined]
    made.resize(600, 500)
    made.redraw()  # type: ignore[attr-defined]
    made.grab()
    return made


def at(picture: Any, x: float, y: float) -> QPoint:
    px = picture.canvas.plots()["a"].box.px(x, y)[0]
    return QPoint(round(px[0]), round(px[1]))


def test_dragging_moves_one_point(picture: Any) -> None:
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(picture, 2, 2))
    QTest.mouseMove(picture, at(picture, 1, 0))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1, -1))
    (first, going), (last, done) = picture.heard
    assert (going, done) == (False, True)
    assert first["data"] == last["data"] == "own"
    assert last["points"][1] == pytest.approx([1, -1, 0], abs=0.02)
    assert [last["points"][0], last["points"][2]] == [list(ROWS[0]), list(ROWS[2])]


def test_a_drag_ends_at_the_edge_of_the_plot(picture: Any) -> None:
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(picture, 2, 2))
    QTest.mouseMove(picture, QPoint(599, 1))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=QPoint(599, 1))
    assert picture.heard[-1][0]["points"][1][:2] == pytest.approx([3, 3], abs=0.03)


def test_clicking_a_point_picks_it(picture: Any) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, -2, 1))
    assert picture.heard == [({"example": 2}, True)]


def test_clicking_free_ground_adds_a_point_of_the_brush(picture: Any) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1, -2))
    (values, final), = picture.heard
    assert final and values["points"][:3] == [list(r) for r in ROWS]
    assert values["points"][3] == pytest.approx([1, -2, 5], abs=0.02)


def test_dragging_free_ground_pans_and_adds_nothing(picture: Any) -> None:
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1, -2))
    QTest.mouseMove(picture, at(picture, 1.5, -1))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1.5, -1))
    assert picture.heard == []
    assert "a" in picture.canvas.zoom


def test_where_none_may_be_added_a_click_does_nothing(picture: Any) -> None:
    picture.adds = None
    picture.redraw()
    picture.grab()
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1, -2))
    assert picture.heard == []


def test_a_right_click_removes_down_to_the_least_and_a_click_adds_up_to_the_most(picture: Any) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.RightButton, pos=at(picture, 0, 0))
    assert picture.heard == []                                  # three must stay
    picture.rows = (*ROWS, (1.0, 1.0, 2))
    picture.redraw()
    picture.grab()
    QTest.mouseClick(picture, Qt.MouseButton.RightButton, pos=at(picture, 0, 0))
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, -1, -1))
    assert [len(values["points"]) for values, _ in picture.heard] == [3]
    assert picture.heard[0][0]["points"][0] == list(ROWS[1])
