"""What goes wrong with one picture is told in its place: drawn, painted, read, dragged or exported at a bad moment."""

from __future__ import annotations

import math
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.widgets.axis_values import reading_text
from app.widgets.export_dialog import figure_of
from panels.kit.mark import Reading
from panels.kit.scale import number


def opened(window: Any, concept: str) -> Any:
    window.open(concept)
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.playback.pause()
    return window.session


def until(test: Any, seconds: float = 20.0) -> None:
    end = monotonic() + seconds
    while not test():
        assert monotonic() < end, "it did not happen in time"
        QApplication.processEvents()


def test_a_panel_that_cannot_draw_is_a_sentence_in_its_place(window: Any) -> None:
    session = opened(window, "mathematics.clt")
    stage = window.stage

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("no width")

    whole, stage.panel = stage.panel, replace(stage.panel, draw=broken)
    stage.redraw()
    until(lambda: stage.fault.isVisible())
    assert "ZeroDivisionError: no width" in stage.fault.text.text()
    assert "Traceback" in stage.fault.details
    stage.panel = whole
    session.playback.step(1)
    until(lambda: stage.picture.isVisible())


def test_a_mark_that_cannot_be_painted_is_a_sentence_in_its_place(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(window, "mathematics.clt")
    stage = window.stage
    monkeypatch.setattr(stage.canvas, "paint", lambda *a, **k: math.log(0))
    stage.picture.update()
    until(lambda: stage.fault.isVisible())
    assert "ValueError" in stage.fault.text.text()


def test_the_data_cursor_reads_gaps_and_infinities(window: Any) -> None:
    assert [number(v, 1.0) for v in (math.nan, math.inf, -math.inf)] == ["–", "∞", "−∞"]
    opened(window, "mathematics.clt")
    window.stage.picture.grab()
    plot = next(iter(window.stage.canvas.plots().values()))
    for value, words in ((math.nan, ": –"), (math.inf, ": ∞"), (0.0, ": 0")):
        reading = Reading("m", 0.5, 0.5, value, QPointF(100, 100), 0.0)
        assert reading_text(plot, reading).endswith(words)


def test_the_data_cursor_calls_a_cell_by_its_names_and_an_empty_one_says_nothing(window: Any) -> None:
    session = opened(window, "transformer.attention")
    session.playback.seek(9)
    until(lambda: session.shown.index == 9)
    window.stage.picture.grab()
    plots = window.stage.canvas.plots()
    box = plots["weights"].box
    cell = QPointF(float(box.x.px(3)), float(box.y.px(6)))
    assert reading_text(*window.stage.canvas.read(cell)).startswith("sat, cat: 0.95")
    future = QPointF(float(box.x.px(9)), float(box.y.px(2)))
    assert window.stage.canvas.read(future) is None
    heads = plots["heads"].box
    inside = window.stage.canvas.read(QPointF(float(heads.x.px(3.1)), float(heads.y.px(2.1))))
    assert inside is not None and "," not in reading_text(*inside)          # a diagram has no coordinates to tell


def test_a_drag_of_a_row_that_has_gone_is_a_sentence(window: Any) -> None:
    session = opened(window, "systems.scheduling")
    rows = len(session.requested.jobs.rows)
    window.stage.picture.asked.emit({f"jobs[{rows + 3}].arrival": 2.0}, True)
    assert "jobs" in window.toast.words.text()
    assert window.toast.isVisible()


def test_a_first_picture_that_is_recorded_can_be_exported(window: Any) -> None:
    window.open("mathematics.clt")
    assert not len(window.session.recording)
    figure = figure_of(window.session, window.stage)
    assert figure.recorded().frame is window.session.shown.frame
    window.open_export()
    QApplication.processEvents()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None and not dialog.grab().isNull()
    dialog.close()


def test_settings_that_cannot_be_kept_are_told_once(window: Any, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    window.file.folder = tmp_path / "file"
    window.preferences.toggle_theme()
    until(lambda: window.toast.isVisible())
    assert "not kept" in window.toast.words.text()
    window.toast.hide()
    window.preferences.toggle_theme()
    window._show_status()
    assert not window.toast.isVisible()
