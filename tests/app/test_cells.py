"""Cells of a table as parameters of their own: set by name, dragged in the picture, kept within their columns."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.widgets.axis_values import on_grid
from engine.core.cells import cell_of
from engine.core.structured import Columns
from engine.core.typed import parse_set
from engine.systems.scheduling import Params
from tests.app.waiting import until


@pytest.fixture
def window(window: Any) -> Any:
    window.open("systems.scheduling")
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.player.pause()
    return window


def drag(window: Any, name: str, by: float) -> None:
    """Drag a handle of the chart by so much time."""
    picture = window.stage.picture
    picture.grab()
    plot = picture.canvas.plots()["gantt"]
    handle = plot.view.marks[name]
    (x, y), (to, _) = plot.box.px([handle.x, handle.x + by], [handle.y, handle.y])
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    QTest.mouseMove(picture, QPoint(round((x + to) / 2), round(y)))
    QTest.mouseMove(picture, QPoint(round(to), round(y)))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(to), round(y)))


def test_dragging_an_arrival_sets_its_cell(window: Any) -> None:
    drag(window, "arrive_1", 4.0)
    assert [row[1] for row in window.session.requested.jobs.rows] == ["0", "5", "2", "3", "6"]
    window.session.undo()
    assert window.session.requested == Params()


def test_dragging_a_finish_sets_the_burst_and_stops_at_its_least(window: Any) -> None:
    drag(window, "finish_4", 3.0)
    assert window.session.requested.jobs.rows[4][2] == "5"
    until(lambda: window.session.shown.params == window.session.requested)
    drag(window, "finish_4", -12.0)
    assert Fraction(window.session.requested.jobs.rows[4][2]) == Fraction(1, 100)


def test_a_cell_has_a_name() -> None:
    assert cell_of("jobs[2].arrival") == ("jobs", 2, "arrival") and cell_of("jobs") is None
    assert parse_set(Params, ["jobs[2].arrival=17/3", "jobs[0].burst=4"]) == {"jobs[2].arrival": "17/3", "jobs[0].burst": 4}


def test_a_column_holds_its_bounds() -> None:
    columns = Columns("name:text", "at:exact:0:10", "count:int:1:5", "free:float")
    assert (columns.held("at", 12.5), columns.held("at", -1), columns.held("count", 2.6), columns.held("free", 1e9)) == (
        10, 0, 3, 1e9)


@pytest.mark.parametrize(("span", "step"), [(28.0, 0.5), (30.0, 1.0), (3.0, 0.1), (400.0, 10.0)])
def test_dragged_cells_fall_on_a_readable_grid(span: float, step: float) -> None:
    value = on_grid(7.2345 * step, span)
    assert value == pytest.approx(7 * step) and on_grid(value, span) == value
