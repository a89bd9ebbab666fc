"""Cells painted with the mouse: what a press, a stroke and a release ask for, in one step of the history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.widgets.canvas_widget import CanvasWidget
from engine.mathematics.clt import clt
from panels.kit.canvas import Canvas
from panels.kit.panel import Panel, Shown

CELLS = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], bool)


@pytest.fixture
def picture(qapp: Any, look: Any) -> Any:
    """A matrix of which three rows and columns are shown, and whose cells can be painted or, without `brush`, picked."""
    made = CanvasWidget(look, Canvas(look.theme))
    made.brush, made.heard, made.picks, made.chosen = True, [], [], {}  # type: ignore[attr-defined]

    def draw(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].matrix("cells", CELLS[:3, :3])
        c["a"].pick("cells", ("i", "j"), **made.chosen)  # type: ignore[attr-defined]
        if made.brush:  # type: ignore[attr-defined]
            c["a"].paint_cells("brush", CELLS, "mask", shown=(3, 3), also={"kind": "painted"})

    made.redraw = lambda: made.show_scene(Panel(clt, draw, "a"), clt.default(), clt.default(), Shown())  # type: ignore[attr-defined]
    made.asked.connect(lambda values, final: made.heard.append((values, final)))  # type: ignore[attr-defined]
    made.picked.connect(made.picks.append)  # type: ignore[attr-defined]
    made.resize(600, 500)
    made.redraw()  # type: ignore[attr-defined]
    made.grab()
    return made


def at(picture: Any, row: float, column: float) -> QPoint:
    px = picture.canvas.plots()["a"].box.px(column, row)[0]
    return QPoint(round(px[0]), round(px[1]))


def painted(**cells: int) -> list[list[int]]:
    made = CELLS.astype(int)
    for name, value in cells.items():
        made[int(name[1]), int(name[2])] = value
    return made.tolist()


def test_a_click_turns_one_cell(picture: Any) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1, 0))
    asked = {"mask": painted(c10=0), "kind": "painted"}
    assert picture.heard == [(asked, False), (asked, True)]
    assert picture.picks == []


def test_a_stroke_carries_on_what_the_press_made(picture: Any) -> None:
    """From a hidden cell it shows, even those that were shown; a fast hand leaves no gaps; outside it waits."""
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(picture, 0, 2))
    QTest.mouseMove(picture, at(picture, 0, 0))
    QTest.mouseMove(picture, QPoint(1, 1))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert picture.heard[-1] == ({"mask": painted(c01=1, c02=1), "kind": "painted"}, True)
    assert [final for _, final in picture.heard].count(True) == 1
    assert picture.canvas.zoom == {}


def test_without_a_brush_a_click_chooses_the_cell(picture: Any) -> None:
    picture.brush = False
    picture.redraw()
    picture.grab()
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, 2, 1))
    assert picture.heard == []
    assert picture.picks == [{"i": 2, "j": 1}]


def test_a_click_may_choose_words_and_say_nothing_in_some_columns(picture: Any) -> None:
    """Rows and columns stand for values of their own; where both are None nothing is asked for."""
    picture.brush, picture.chosen = False, {"rows": ["q", None, "v"], "columns": [None, 7, 8]}
    picture.redraw()
    picture.grab()
    for row, column in ((2, 1), (1, 0), (0, 0)):
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(picture, row, column))
    assert picture.picks == [{"i": "v", "j": 7}, {"i": "q"}]


def test_the_right_button_and_a_bare_movement_paint_nothing(picture: Any) -> None:
    QTest.mouseClick(picture, Qt.MouseButton.RightButton, pos=at(picture, 1, 1))
    QTest.mouseMove(picture, at(picture, 0, 0))
    assert picture.heard == []


def test_a_hidden_picture_lets_go(picture: Any) -> None:
    picture.show()
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(picture, 1, 1))
    picture.hide()
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at(picture, 2, 2))
    assert [final for _, final in picture.heard] == [False]


def test_a_stroke_goes_through_every_cell_between() -> None:
    from panels.kit.marks_paint import Paintable

    mark = Paintable("brush", cells=np.zeros((5, 5)), shown=(5, 5), sets="mask")
    made = mark.stroke(mark.cells, (0, 0), (4, 2), 1)
    assert np.flatnonzero(made.any(axis=1)).tolist() == [0, 1, 2, 3, 4]
    assert mark.cells.sum() == 0
    assert mark.turned((0, 0)) == 1
