"""The notebook in the window: pictures go in and come back as they were, with their pins; answers are remembered."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import pytest
from notebook_items import whole
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.drawing import read_drawing
from app.export import Figure
from app.notebook import Answer, Note, Picture, key_of, unpacked
from app.notebook_file import read_notebook, write_notebook
from app.settings import SettingsFile
from app.start import make_window

from .waiting import until


def end(qapp: Any, window: Any) -> None:
    window.close()
    window.deleteLater()
    qapp.sendPostedEvents(None, 52)
    qapp.processEvents()


def opened(window: Any, concept: str = "mathematics.clt", **values: Any) -> Any:
    window.open(concept)
    session = window.session
    until(lambda: session.shown is not None and session.shown.live)
    if values:
        session.ask(values)
        until(lambda: not session.computing)
    session.player.pause()
    return session


def items(window: Any) -> Any:
    return window.learning.keeper.notebook.items


def test_a_picture_goes_in_and_comes_back_with_its_pins(window: Any) -> None:
    session = opened(window, n=2)
    session.playback.seek(4)
    until(lambda: session.shown.index == 4)
    window.stage.toggle_pin()
    session.ask({"n": 9, "population": "dice"})
    until(lambda: not session.computing and session.shown.params.n == 9)
    session.player.pause()
    session.playback.seek(6)
    until(lambda: session.shown.index == 6)
    drawn = session.shown.frame.counts.copy()
    window.learning.add_picture()
    until(lambda: len(items(window)) == 1)
    picture = items(window)[0]
    assert isinstance(picture, Picture) and set(picture.drawings) == {"en", "zh"} and set(picture.thumbs) == {"light", "dark"}
    assert picture.pins[0].params["n"] == 2 and picture.pins[0].index == 4 and dict(picture.readouts)["ks"] > 0
    window.go_home()
    window.learning.reopen(0)
    until(lambda: window.session is not None and bool(window.stage.pins) and window.session.shown is not None
          and window.session.shown.live and window.session.shown.index == 6)
    assert window.session.requested.n == 9 and window.stage.pins[0].params.n == 2
    assert window.stage.pins[0].shown.index == 4
    assert (window.session.shown.frame.counts == drawn).all()


def test_the_notebook_is_there_again(qapp: Any) -> None:
    first = make_window(qapp, argparse.Namespace(inline=True))
    first.show()
    opened(first)
    first.learning.add_picture()
    until(lambda: len(items(first)) == 1)
    first.learning.add_note()
    QTest.keyClicks(first.learning.view.editor.field, "so $x$")
    end(qapp, first)
    second = make_window(qapp, argparse.Namespace(inline=True))
    second.show()
    until(lambda: len(items(second)) == 2)
    assert isinstance(items(second)[1], Note) and items(second)[1].note == "so $x$"
    assert second.learning.view.isVisible()
    end(qapp, second)


def test_answers_are_remembered_and_noted(qapp: Any, window: Any) -> None:
    opened(window)
    experiments = window.column.experiments
    experiments.choices._pick(0)
    experiments._run()
    assert isinstance(items(window)[0], Answer)
    window.go_home()
    opened(window)
    assert window.column.experiments.answers == {0: 0} and window.column.experiments.number == 1
    again = window.column.experiments
    again.number = 0
    again._again()
    assert 0 not in again.answers and window.settings.answers["mathematics.clt"] == {}
    again.choices._pick(1)
    again._run()
    assert len(items(window)) == 1 and items(window)[0].guess == window.session.entry.experiments[0].answers[1]
    window.learning.reopen(0)
    until(lambda: window.session.shown is not None and window.session.shown.live)
    assert not window.toast.words.text().startswith("mathematics")


@pytest.mark.slow
def test_answers_are_kept_however_the_program_ends(qapp: Any, window: Any) -> None:
    """The first window is never closed, as if it had been killed: what was answered is known to the next one."""
    opened(window)
    experiments = window.column.experiments
    experiments.choices._pick(1)
    experiments._run()
    kept = SettingsFile.load().settings.answers["mathematics.clt"]
    assert kept == {key_of(window.session.entry.experiments[0]): 1}
    until(lambda: window.learning.keeper.saved)
    assert isinstance(read_notebook(window.learning.keeper.path).items[0], Answer)
    second = make_window(qapp, argparse.Namespace(inline=True))
    opened(second)
    assert second.column.experiments.answers == {0: 1} and second.column.experiments.number == 1
    second.column.experiments._again()
    end(qapp, second)


def test_moved_deleted_and_undone_by_the_keyboard(window: Any, tmp_path: Path) -> None:
    write_notebook(whole(), tmp_path / "a.loupe")
    window.open_figure(tmp_path / "a.loupe")
    view = window.learning.view
    assert view.isVisible() and view.list.count() == 3
    view.list.setFocus()
    view.list.setCurrentRow(0)
    QTest.keyClick(view.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert items(window) == whole().moved(0, 1).items and view.list.currentRow() == 1
    QTest.keyClick(view.list, Qt.Key.Key_Delete)
    assert len(items(window)) == 2 and window.toast.acts
    QTest.keyClick(view.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert items(window) == whole().moved(0, 1).items
    view.list.model().moveRow(view.list.rootIndex(), 0, view.list.rootIndex(), 3)
    until(lambda: items(window) == whole().moved(0, 1).moved(0, 2).items)
    window.learning.keeper.finish()
    assert read_notebook(tmp_path / "a.loupe").items == items(window)


def test_every_size_language_and_theme(window: Any, tmp_path: Path) -> None:
    write_notebook(whole(), tmp_path / "a.loupe")
    opened(window)
    window.learning.files.load(tmp_path / "a.loupe")
    for width, height in ((1024, 640), (1440, 900), (1920, 1080)):
        window.resize(width, height)
        for act in (window.preferences.toggle_theme, window.preferences.toggle_language):
            act()
            QApplication.processEvents()
            assert window.learning.view.isVisible() and window.stage.picture.width() > 250
            assert not window.grab().isNull()
        assert window.side.isVisible() is (width >= 1200)
    window.learning.set_open(False)
    assert window.side.isVisible()


def test_a_damaged_notebook_is_one_sentence(window: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.loupe"
    path.write_text('{"loupe_notebook": 1, "items"')
    window.open_figure(path)
    assert window.toast.isVisible() and path.name in window.toast.words.text() and not items(window)


@pytest.mark.slow
def test_a_report_is_written_beside_the_living_window(window: Any, tmp_path: Path) -> None:
    write_notebook(whole(), tmp_path / "a.loupe")
    window.learning.files.load(tmp_path / "a.loupe")
    window.learning.report.export_to(tmp_path / "a.html")
    until((tmp_path / "a.html").exists, 60)
    until(lambda: "a.html" in window.toast.words.text(), 60)


def test_the_window_draws_nothing_for_the_notebook(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heavy picture is drawn in another process; each press is the picture of that moment, and a held key asks once."""
    session = opened(window, n=2)
    session.playback.seek(5)
    until(lambda: session.shown.index == 5)

    def here(*_: object) -> None:
        raise AssertionError("drawn in the window's process")

    monkeypatch.setattr(Figure, "drawn", here)
    window.learning.add_picture()
    window.learning.add_picture()
    first = session.shown.index
    session.playback.seek(first - 1)
    until(lambda: session.shown.index == first - 1)
    window.learning.add_picture()
    until(lambda: len(items(window)) == 2)
    QTest.qWait(100)
    assert [item.figure.index for item in items(window)] == [first, first - 1]
    one, two = (unpacked(item.drawings["en"]) for item in items(window))
    assert one != two and read_drawing(one).shapes and read_drawing(two).shapes


def test_a_process_that_dies_under_a_picture_is_said_and_costs_no_other(window: Any) -> None:
    session = opened(window, n=2)
    session.playback.seek(5)
    until(lambda: session.shown.index == 5)
    said = []
    window.learning.artist.failed.connect(said.append)
    window.learning.add_picture()
    session.playback.seek(session.shown.index - 1)
    until(lambda: not session.computing)
    window.learning.add_picture()
    os.kill(window.learning.artist._worker._end.pid, 9)
    until(lambda: bool(said) and len(items(window)) == 1)
    assert said[0].key == "not_drawn" and items(window)[0].figure.index == session.shown.index


def test_closing_waits_for_a_picture_on_its_way(qapp: Any) -> None:
    first = make_window(qapp, argparse.Namespace(inline=True))
    first.show()
    opened(first)
    first.learning.add_picture()
    end(qapp, first)
    assert len(read_notebook(first.learning.keeper.path).items) == 1


def test_a_comparison_goes_in_and_comes_back(window: Any) -> None:
    session = opened(window, n=2)
    session.playback.pause()
    window.comparing.toggle()
    comparison = window.comparing.comparison
    until(lambda: all(s.shown is not None and s.shown.live and not s.computing for s in comparison.sessions))
    settings = comparison.settings()
    window.learning.add_picture()
    until(lambda: len(items(window)) == 1)
    drawing = unpacked(items(window)[0].drawings["en"])
    assert "Draws per average, n: 2" in drawing and "Draws per average, n: 30" in drawing
    window.go_home()
    window.learning.reopen(0)
    until(lambda: window.comparing.comparison is not None)
    assert window.comparing.comparison.settings() == settings
