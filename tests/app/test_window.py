"""The window used as a user uses it: open, drag, switch, resize, export, close, reopen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.export import Size, compute, export, parse_size
from app.start import make_window
from engine.core.params import build, plain
from tests.app.waiting import until


def opened(window: Any, concept: str = "mathematics.clt") -> Any:
    window.open(concept)
    until(lambda: window.session.shown is not None and window.session.shown.live)
    return window.session


def test_a_concept_opens_and_plays(window: Any) -> None:
    session = opened(window)
    until(lambda: session.shown.index > 5)
    assert window.pages.currentWidget() is window.stage
    assert not window.stage.grab().toImage().isNull()


def test_search_finds_by_pinyin_and_opens(window: Any) -> None:
    window.sidebar.focus_search()
    QTest.keyClicks(window.sidebar.field, "zxjx")
    QTest.keyClick(window.sidebar.field, Qt.Key.Key_Return)
    assert window.session is not None and window.session.entry.id == "mathematics.clt"


def test_the_palette_does_what_it_lists(window: Any) -> None:
    opened(window)
    window.actions_.open_palette()
    QTest.keyClicks(window.palette_card.field, "cauchy")
    QTest.keyClick(window.palette_card.field, Qt.Key.Key_Return)
    assert window.session.requested.population == "cauchy"


def test_language_and_theme_switch_without_computing(window: Any) -> None:
    session = opened(window)
    session.player.pause()
    generation, frame = session.generation, session.shown.frame
    for act in 2 * (window.preferences.toggle_language, window.preferences.toggle_theme):
        act()
        QApplication.processEvents()
        assert window.grab().width() > 0
    assert session.generation == generation and session.shown.frame is frame


def test_every_size_is_laid_out(window: Any) -> None:
    session = opened(window)
    for width, height in ((1920, 1080), (1024, 640), (800, 500), (1440, 900)):
        window.resize(width, height)
        QApplication.processEvents()
        assert window.stage.small is (width < 1200)
        assert window.column.large is (width >= 1700)
        assert window.stage.picture.width() > 250
    assert window.column.steering.y() < window.column.reading.y()
    assert session.shown is not None


def test_back_and_forward_go_through_what_was_visited(window: Any) -> None:
    opened(window)
    opened(window, "classical.gradient_descent")
    window.places.go(-1)
    assert window.session.entry.id == "mathematics.clt"
    window.places.go(-1)
    assert window.session is None
    window.places.go(1)
    window.places.go(1)
    assert window.session.entry.id == "classical.gradient_descent"


def test_a_try_link_sets_parameters_and_can_be_undone(window: Any) -> None:
    session = opened(window)
    window.column.tried.emit("set:population=coin,p=0.02,n=30")
    assert (session.requested.population, session.requested.p) == ("coin", 0.02)
    session.undo()
    assert session.requested.population == "exponential"


def test_dragging_the_start_sets_parameters(window: Any) -> None:
    session = opened(window, "classical.gradient_descent_1d")
    session.player.pause()
    picture = window.stage.picture
    picture.grab()
    plot = picture.canvas.plots()["curve"]
    handle = next(m for m in plot.view.marks.values() if m.name == "start")
    x, y = plot.box.px(handle.x, handle.y)[0]
    target = plot.box.px(-1.0, 1.0)[0]
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    QTest.mouseMove(picture, QPoint(round(target[0]), round(target[1])))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(target[0]), round(target[1])))
    assert session.requested.start == pytest.approx(-1.0, abs=0.05)


def test_zoom_and_its_reset(window: Any) -> None:
    opened(window).player.pause()
    picture = window.stage.picture
    picture.grab()
    before = picture.canvas.plots()["means"].box.x
    centre = picture.canvas.plots()["means"].box.rect.center().toPoint()
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=centre)
    QTest.mouseMove(picture, centre + QPoint(80, 0))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=centre + QPoint(80, 0))
    picture.grab()
    assert picture.canvas.plots()["means"].box.x.low < before.low
    QTest.mouseDClick(picture, Qt.MouseButton.LeftButton, pos=centre)
    picture.grab()
    assert picture.canvas.plots()["means"].box.x.low == before.low


def test_an_exported_figure_dropped_on_the_window_brings_its_state_back(window: Any, tmp_path: Path) -> None:
    session = opened(window)
    session.ask({"n": 7, "population": "dice"})
    until(lambda: session.shown is not None and session.shown.params.n == 7 and session.shown.index >= 3)
    session.player.pause()
    from app.widgets.export_dialog import figure_of

    path = tmp_path / "figure.png"
    index = session.shown.index
    export(figure_of(session, window.stage), path)
    window.go_home()
    window.open_figure(path)
    until(lambda: window.session.shown is not None and window.session.shown.live and window.session.shown.index == index)
    assert window.session.requested.n == 7 and window.session.requested.population == "dice"


def test_a_file_that_is_no_figure_is_one_sentence(window: Any, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("hello")
    window.open_figure(path)
    assert window.toast.isVisible() and window.session is None


def test_what_was_open_is_there_again(qapp: Any) -> None:
    first = make_window(qapp, argparse.Namespace(inline=True))
    first.show()
    opened(first).ask({"n": 11})
    first.close()
    second = make_window(qapp, argparse.Namespace(inline=True))
    second.show()
    assert opened(second).requested.n == 11
    assert second.settings.recent[0] == "mathematics.clt"
    second.close()
    for made in (first, second):
        made.deleteLater()


def test_copying(window: Any) -> None:
    session = opened(window)
    session.ask({"n": 5})
    until(lambda: session.shown.params.n == 5)
    window.clip.command()
    assert "main.py export mathematics.clt --set n=5" in QGuiApplication.clipboard().text()
    window.clip.data()
    assert QGuiApplication.clipboard().text().startswith("index\tdrawn")
    window.clip.picture()
    assert not QGuiApplication.clipboard().image().isNull()


def test_a_pin_stays_behind_later_runs(window: Any) -> None:
    session = opened(window)
    window.stage.toggle_pin()
    session.ask({"n": 2})
    until(lambda: session.shown.params.n == 2)
    assert window.stage.canvas["means"].ghosts and window.stage.ghosts[0].name == "pinned, n = 30"
    window.stage.picture.grab()
    assert any(item.text == "pinned, n = 30" for item in window.stage.canvas.texts())
    assert window.column.readouts.cells["ks"].note.startswith("pinned 0.")
    window.stage.toggle_pin()
    assert len(window.stage.pins) == 2 and window.stage.pin.isChecked()
    window.stage.toggle_pin()
    assert not window.stage.canvas["means"].ghosts and window.column.readouts.pinned is None


def test_shortcuts_about_and_export_open(window: Any) -> None:
    opened(window)
    for act in (window.actions_.open_shortcuts, window.actions_.open_about, window.open_export):
        act()
        QApplication.processEvents()
        dialog = QApplication.activeModalWidget()
        assert dialog is not None and not dialog.grab().isNull()
        dialog.close()


def test_three_hundred_frames_keep_none_alive(window: Any) -> None:
    """PySide6 6.12 loses some 480 references to None with every painted frame, until the interpreter aborts."""
    import gc
    import sys

    session = opened(window)
    window.stage.picture.grab()
    gc.collect()                                # what earlier tests have left may hold many
    before = sys.getrefcount(None)
    for _ in range(300):
        window.stage.picture.show_scene(window.stage.panel, session.shown.frame, session.shown.params, window.stage.shown())
        window.stage.picture.grab()
    assert sys.getrefcount(None) > before - 20 * 300


def test_a_training_goes_on_while_another_concept_is_looked_at(window: Any) -> None:
    training = opened(window, "deep.mlp")
    until(lambda: training.shown.index > 3)
    at = training.recording.last_index
    opened(window, "mathematics.clt")
    until(lambda: training.recording.last_index > at + 3)
    assert window.status.background.words
    window.open("deep.mlp")
    assert window.session is training
    assert training.shown.index >= at
    until(lambda: training.shown.index > at + 3)
    assert not window.stage.grab().toImage().isNull()


def test_a_training_opened_anew_is_another(window: Any) -> None:
    training = opened(window, "deep.mlp")
    until(lambda: training.shown.index > 1)
    opened(window, "mathematics.clt")
    window.open("deep.mlp", params=training.concept.default())
    assert window.session is not training


def test_of_two_trainings_of_a_concept_the_last_is_found_and_the_first_gives_its_lane_back(window: Any) -> None:
    first = opened(window, "deep.mlp")
    until(lambda: first.shown.index > 1)
    window.open("deep.mlp", params=first.concept.default())
    last = window.session
    until(lambda: last.shown is not None and last.shown.live)
    opened(window, "mathematics.clt")
    assert sum(status.concept == "deep.mlp" for status in window.host.status()) <= 1
    window.open("deep.mlp")
    assert window.session is last


def test_what_stays_away_from_a_picture_is_said(window: Any) -> None:
    session = opened(window)
    said: list[str] = []
    window.stage.said.connect(said.append)
    session.layer_book._unsaid.append(ValueError("the map is too large"))
    session.layers_changed.emit()
    assert said == ["the map is too large"]


def test_presentation_and_back(window: Any) -> None:
    opened(window)
    scale = window.look.scale
    window.present()
    QApplication.processEvents()
    assert window.look.scale == scale * 1.5 and not window.sidebar.isVisible()
    window.present()
    assert window.look.scale == scale and window.sidebar.isVisible()


def test_a_presentation_is_led_by_keys_alone(window: Any) -> None:
    """From preset to preset, through time, to another concept, in the other language; nothing but the picture shows."""
    session = opened(window)
    names = list(session.entry.presets)
    window.present()
    QApplication.processEvents()
    known = [build(session.concept.Params, session.entry.presets[name].set, settle=True) for name in names]
    at = known.index(session.requested)
    for key, by in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageDown, 2), (Qt.Key.Key_PageUp, 1)):
        QTest.keyClick(window, key)
        assert session.requested == known[(at + by) % len(known)]
        assert window.toast.isVisible()
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.look.language == "zh"
    window.open("classical.gradient_descent")               # as the palette does
    QApplication.processEvents()
    stage = window.stage
    assert stage.presenting and not any(tool.isVisible() for tool in stage.tools)
    window.comparing.toggle()
    until(lambda: window.session.shown is not None and window.session.shown.live)
    if window.comparing.view is None:
        window.comparing.toggle()
    until(lambda: window.comparing.view is not None)
    assert not any(tool.isVisible() for tool in window.comparing.view.tools)
    window.comparing.leave()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert not window.presenting and all(tool.isVisible() for tool in stage.tools)
    requested = window.session.requested
    QTest.keyClick(window, Qt.Key.Key_PageDown)             # the page keys are the lesson's own again
    assert window.session.requested == requested
    window.preferences.toggle_language()


def test_a_pointer_that_rests_is_hidden_while_presenting(window: Any) -> None:
    opened(window)
    window.present()
    window.actions_.presenting._rest.timeout.emit()
    assert QApplication.overrideCursor().shape() == Qt.CursorShape.BlankCursor
    QTest.mouseMove(window.stage.picture, QPoint(40, 40))
    until(lambda: QApplication.overrideCursor() is None)
    window.actions_.presenting._rest.timeout.emit()
    window.present()
    assert QApplication.overrideCursor() is None


def test_remembered_parameters_are_plain(window: Any) -> None:
    session = opened(window)
    window.memory.keep()
    assert window.settings.params["mathematics.clt"] == plain(session.requested)


def test_headless_and_window_agree(window: Any) -> None:
    """The same frame computed without a window has the same numbers."""
    session = opened(window)
    session.ask({"n": 3})
    until(lambda: session.shown.params.n == 3 and session.shown.index >= 4)
    shown = session.shown
    figure = compute(session.entry, session.concept, shown.params, last=shown.index, size=parse_size("400x300"))
    assert isinstance(figure.size, Size)
    assert (figure.recorded().frame.counts == shown.frame.counts).all()
