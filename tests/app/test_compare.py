"""Comparing in the window: columns, one playhead, the same axes, one history, export and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.export import export, parse_size
from app.provenance import read_provenance
from app.widgets.export_dialog import ExportDialog, figure_of
from engine.core.frame import metrics
from engine.core.params import build
from tests.app.waiting import until


def compared(window: Any, concept: str = "mathematics.clt", **values: Any) -> Any:
    """The comparison of a concept with these values beside its defaults, paused."""
    window.open(concept)
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.playback.pause()
    if values:
        window.session.ask(values)
        until(lambda: not window.session.computing)
    window.comparing.toggle()
    rest(window)
    return window.comparing.comparison


def rest(window: Any) -> None:
    sessions = window.comparing.comparison.sessions
    until(lambda: all(s.shown is not None and s.shown.live and not s.computing for s in sessions))
    QApplication.processEvents()


def test_the_shown_setting_stands_beside_the_defaults(window: Any) -> None:
    comparison = compared(window, n=5)
    view = window.comparing.view
    assert [s.requested.n for s in comparison.sessions] == [5, 30] and comparison.selected == 1
    assert window.pages.currentWidget() is view and window.session is comparison.sessions[1]
    view.refresh()
    assert [c.heading.name for c in view.columns] == ["Draws per average, n: 5", "Draws per average, n: 30"]
    assert view.columns[0].numbers.rows[0][3] == "" and view.columns[1].numbers.rows[0][3].startswith("Δ ")
    window.preferences.toggle_language()
    view.refresh()
    assert view.columns[1].heading.name.endswith("：30")


def test_pins_are_columns_and_leaving_takes_the_selected_setting_with_one_undo(window: Any) -> None:
    window.open("mathematics.clt")
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.playback.pause()
    session = window.session
    for n in (1, 5):
        session.ask({"n": n})
        until(lambda n=n: session.shown.params.n == n)
        window.stage.toggle_pin()
    session.ask({"n": 9})
    window.comparing.toggle()
    comparison = window.comparing.comparison
    assert [s.requested.n for s in comparison.sessions] == [9, 1, 5]
    comparison.sessions[0].ask({"n": 10})
    comparison.select(1)
    window.comparing.toggle()
    assert window.session is session and session.requested.n == 1 and window.pages.currentWidget() is window.stage
    session.undo()
    assert session.requested.n == 9


def test_leaving_goes_on_with_the_selected_run_where_it_stands(window: Any) -> None:
    comparison = compared(window, "classical.gradient_descent", learning_rate=0.01)
    session, chosen = comparison.sessions
    comparison.link.seek(20)
    until(lambda: chosen.shown.index == 20)
    recording, frame = chosen.recording, chosen.shown.frame
    window.comparing.toggle()
    assert session.recording is recording and session.shown.index == 20 and session.shown.frame is frame
    assert session.requested == session.concept.default() and not session.computing
    window.stage.transport.toggle()
    until(lambda: session.shown.index > 30)
    session.playback.pause()
    until(lambda: session.checks is not None and all(check.ok for check in session.checks))
    session.undo()
    assert session.requested.learning_rate == 0.01


def test_every_column_stands_at_one_frame(window: Any) -> None:
    comparison = compared(window, "classical.gradient_descent", learning_rate=0.01)
    comparison.link.seek(12)
    until(lambda: all(s.shown.index == 12 for s in comparison.sessions))
    window.comparing.view.transport.toggle()
    until(lambda: comparison.sessions[0].shown.index > 30)
    window.comparing.view.transport.toggle()
    QTest.qWait(60)
    assert not any(s.player.playing for s in comparison.sessions)
    assert len({s.shown.index for s in comparison.sessions}) == 1
    window.comparing.view.transport.step(-1)
    QTest.qWait(60)
    assert len({s.shown.index for s in comparison.sessions}) == 1


def test_a_slider_acts_on_the_selected_column_and_undo_goes_through_all(window: Any) -> None:
    comparison = compared(window, "classical.gradient_descent", learning_rate=0.01)
    first, second = comparison.sessions
    second.ask({"learning_rate": 0.2})
    comparison.select(0)
    first.ask({"learning_rate": 0.02})
    comparison.select(1)
    window.session.undo()                                       # the newest change is the first column's
    assert (first.requested.learning_rate, comparison.selected) == (0.01, 0)
    window.session.undo()
    assert second.requested.learning_rate == second.concept.default().learning_rate and comparison.selected == 1
    window.session.redo()
    assert second.requested.learning_rate == 0.2
    window.session.redo()
    assert first.requested.learning_rate == 0.02


def test_axes_are_linked_and_zoomed_together_until_they_are_let_go(window: Any) -> None:
    compared(window, n=1)
    view = window.comparing.view
    view.refresh()
    view.grab()

    def tops() -> list[float]:
        return [c.canvas.plots()["means"].box.y.high for c in view.columns]

    assert tops()[0] == tops()[1]
    view.axes.click()
    view.refresh()
    view.grab()
    assert tops()[0] > tops()[1]
    view.axes.click()
    view.columns[0].canvas.zoom["means"] = ((-1.0, 1.0), (0.0, 2.0))
    view.columns[0].zoomed.emit()
    view.grab()
    assert [c.canvas.plots()["means"].box.x.low for c in view.columns] == [-1.0, -1.0]


def test_columns_come_and_go(window: Any) -> None:
    comparison = compared(window, n=5)
    view = window.comparing.view
    view.add_setting(comparison.sessions[0].concept.default())
    view.toggle_pin()
    assert len(view.columns) == len(comparison.sessions) == 4 and not view.add.isEnabled()
    view.toggle_pin()
    assert len(comparison.sessions) == 4
    rest(window)
    view.columns[1].removed.emit()
    assert len(view.columns) == 3 and view.controls.count() == 3
    comparison.remove(0)
    assert len(comparison.sessions) == 3                        # the stage's own session stays
    for width, height in ((1024, 640), (1920, 1080), (1440, 900)):
        window.resize(width, height)
        QApplication.processEvents()
        view.refresh()
        assert not view.grab().toImage().isNull()
        assert view.small is (width < 1200) and (view.switch.only is None) is (width >= 1200)


def test_a_run_that_ends_first_stays_at_its_end_and_progress_matches_ends(window: Any) -> None:
    comparison = compared(window, "systems.scheduling", policy="fcfs")
    link = comparison.link
    until(lambda: all(s.recording.ended for s in comparison.sessions))
    assert link.ways()[0] == "time" and link.way == "time"
    link.seek(link.leader.recording.last_index // 2)
    QTest.qWait(80)
    times = [s.shown.frame.time for s in comparison.sessions]
    now = link.leader.shown.frame.time
    assert all(t <= now for t in times) and len({s.recording.last_index for s in comparison.sessions}) == 2
    link.choose("progress")
    link.seek(link.leader.recording.last_index)
    QTest.qWait(80)
    assert [s.shown.index for s in comparison.sessions] == [s.recording.last_index for s in comparison.sessions]


def test_play_sweeps_a_shared_parameter_in_every_column(window: Any) -> None:
    comparison = compared(window, "transformer.rope", base=500_000.0)
    view = window.comparing.view
    assert view.transport.sweep.spec.name == "shift"
    view.transport.toggle()
    until(lambda: comparison.sessions[0].requested.shift > 0)
    QTest.qWait(100)
    view.transport.toggle()
    assert len({s.requested.shift for s in comparison.sessions}) == 1
    window.session.undo()
    assert {s.requested.shift for s in comparison.sessions} == {0}
    assert "base" not in {spec.name for spec in view.together.schema}


def test_a_played_parameter_does_not_end_with_the_runs(window: Any) -> None:
    """However late the next value is asked for: it is the parameter that plays, and the runs have ended long since."""
    comparison = compared(window, "transformer.rope", base=500_000.0)
    window.comparing.view.transport.toggle()
    for session in comparison.sessions:
        for late in (0.0, 5.0, 10.0):
            session.tick(monotonic() + late)
    assert comparison.link.player.playing


def test_an_exported_comparison_opens_again(window: Any, tmp_path: Path) -> None:
    compared(window, "classical.gradient_descent", learning_rate=0.01)
    comparison = window.comparing.comparison
    comparison.link.seek(7)
    until(lambda: all(s.shown.index == 7 for s in comparison.sessions))
    window.open_export()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog) and ".csv" not in dialog.suffixes and ".mp4" in dialog.suffixes
    figure = dialog.wanted()
    dialog.close()
    path = tmp_path / "two.png"
    export(figure, path)
    assert len(read_provenance(path).compare) == 1
    window.comparing.leave()
    window.go_home()
    window.open_figure(path)
    again = window.comparing.comparison
    assert again is not None
    rest(window)
    assert [s.requested.learning_rate for s in again.sessions] == [0.01, again.sessions[1].concept.default().learning_rate]
    assert [s.shown.index for s in again.sessions] == [7, 7]


def test_the_copied_command_and_picture_are_of_the_comparison(window: Any) -> None:
    compared(window, n=5)
    window.clip.command()
    text = QGuiApplication.clipboard().text()
    assert "--compare n=5 --compare n=30" in text and "_compared.pdf" in text
    window.clip.picture()
    assert QGuiApplication.clipboard().image().width() >= window.comparing.view.inner.width()


def test_going_elsewhere_closes_the_comparison(window: Any) -> None:
    compared(window, n=5)
    window.open("classical.gradient_descent")
    assert window.comparing.view is None and window.session.entry.id == "classical.gradient_descent"
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.comparing.toggle()
    window.go_home()
    assert window.comparing.comparison is None and window.session is None


def test_space_plays_what_the_play_button_plays(window: Any) -> None:
    window.open("transformer.rope")
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.actions_.table[1][2]()
    assert window.session.playback.animated == "shift" and window.session.player.playing
    window.actions_.table[1][2]()
    assert not window.session.player.playing


def test_a_click_on_a_heading_selects(window: Any) -> None:
    comparison = compared(window, n=5)
    view = window.comparing.view
    QTest.mouseClick(view.columns[0].heading, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert comparison.selected == 0 and view.controls.currentIndex() == 0 and view.columns[0].heading.isChecked()
    assert not view.columns[1].heading.isChecked()


def test_a_parameter_is_played_into_a_clip_on_a_lane(window: Any, tmp_path: Path) -> None:
    window.open("mathematics.clt")
    until(lambda: window.session.shown is not None and window.session.shown.live and window.session.shown.index >= 2)
    window.session.playback.pause()
    window.open_export()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    dialog.format.set_current(dialog.suffixes.index(".gif"))
    dialog.played.set_current(1 + [spec.name for spec in dialog.playable].index("n"))
    dialog.size_field.setText("320x200")
    dialog.span.setText("1:9:3")
    assert dialog.save.isEnabled() and dialog.spec.name == "n"
    dialog.span.setText("1:9:1")
    assert "2" in dialog.fault.text() and not dialog.save.isEnabled()
    dialog.span.setText("1:9:3")
    path, said = tmp_path / "n.gif", []
    dialog.said.connect(said.append)
    dialog.write(path)
    until(lambda: bool(said))
    made = read_provenance(path)
    assert (made.play, made.params["n"]) == ("n", 1) and len(window.host.status()) <= 3
    window.go_home()
    window.open_figure(path)
    assert window.stage.transport.sweep.active and window.stage.transport.swept.text() == "Draws per average, n"


def test_every_column_proves_its_own_numbers(window: Any) -> None:
    """What each badge says is of its column's parameters; the one that changes is proved anew, the other stands."""
    comparison = compared(window, n=5, averages=50)
    view = window.comparing.view
    view.add_setting(build(comparison.current.concept.Params, {"n": 9, "averages": 50}))
    badges = [column.badge for column in view.columns]
    until(lambda: all(s.checks for s in comparison.sessions), 180)
    assert [badge.state for badge in badges] == ["agree"] * 3
    own = [{check.name: check.measured for check in s.checks} for s in comparison.sessions]
    assert own[0] != own[1] and own[1] != own[2] and own[0] != own[2]
    first = comparison.sessions[0].checks
    comparison.sessions[1].ask({"n": 3})
    until(lambda: comparison.sessions[1].checks is None)
    assert badges[1].state == "unknown" and badges[0].state == "agree"
    until(lambda: bool(comparison.sessions[1].checks), 180)
    assert comparison.sessions[0].checks is first
    assert {check.name: check.measured for check in comparison.sessions[1].checks} != own[1]
    window.resize(1100, 800)
    QApplication.processEvents()
    assert badges[0].brief and badges[0].text() == str(len(first)) and str(len(first)) + " checks" in badges[0].accessibleName()


def test_a_column_that_is_wrong_says_so_beside_one_that_is_right(window: Any) -> None:
    comparison = compared(window, n=5)
    until(lambda: all(s.checks for s in comparison.sessions), 180)
    one = comparison.sessions[1]
    one.checks = (replace(one.checks[0], measured=one.checks[0].reference + 1e6), *one.checks[1:])
    one.checks_changed.emit()
    assert [column.badge.state for column in window.comparing.view.columns] == ["agree", "differ"]


def test_pins_travel_in_the_file_and_come_back(window: Any, tmp_path: Path) -> None:
    """Dropped, the exported picture brings back the very ghosts: their parameters, their frames, their names."""
    window.open("classical.gradient_descent")
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.playback.pause()
    for rate, frame in ((0.05, 4), (0.2, 9)):
        window.session.ask({"learning_rate": rate})
        until(lambda: not window.session.computing)
        window.session.playback.seek(frame)
        until(lambda frame=frame: not window.session.computing and window.session.shown.index == frame)
        window.stage.toggle_pin()
    window.session.ask({"learning_rate": 0.4})
    until(lambda: not window.session.computing)
    window.session.playback.seek(6)
    until(lambda: not window.session.computing and window.session.shown.index == 6)
    before = [(g.params, g.shown.index, g.name, metrics(g.frame)) for g in window.stage.ghosts]
    assert len(before) == 2
    path = tmp_path / "pinned.svg"
    export(replace(figure_of(window.session, window.stage), size=parse_size("640x400")), path)
    window.go_home()
    window.open_figure(path)
    until(lambda: window.stage is not None and len(window.stage.pins) == 2)
    until(lambda: window.session.shown is not None and window.session.shown.live and window.session.shown.index == 6)
    assert [(g.params, g.shown.index, g.name, metrics(g.frame)) for g in window.stage.ghosts] == before
    assert (window.session.requested.learning_rate, window.session.player.playing) == (0.4, False)
    again = tmp_path / "again.svg"
    export(replace(figure_of(window.session, window.stage), size=parse_size("640x400")), again)
    assert read_provenance(again) == read_provenance(path)


def test_a_comparison_comes_back_as_it_stood(window: Any, tmp_path: Path) -> None:
    """Zoom, linked axes, the match of frames, the playhead, the selected column and the stage's pins."""
    compared(window, "classical.gradient_descent", learning_rate=0.05)
    window.comparing.leave()
    until(lambda: not window.session.computing)
    window.stage.toggle_pin()
    pinned = [pin.params for pin in window.stage.pins]
    window.session.ask({"learning_rate": 0.3})
    until(lambda: not window.session.computing)
    window.comparing.toggle()
    rest(window)
    comparison, view = window.comparing.comparison, window.comparing.view
    comparison.link.seek(5)
    view.axes.click()
    name = view.columns[1].canvas.view_names[0]
    view.columns[1].canvas.zoom = {name: ((-1.0, 1.0), None)}
    comparison.select(0)
    until(lambda: all(s.shown.index == 5 for s in comparison.sessions))
    figure = replace(window.comparing.figure(), size=parse_size("800x400"))
    assert not figure.linked.axes
    path = tmp_path / "two.pdf"
    export(figure, path)
    window.go_home()
    window.open_figure(path)
    until(lambda: window.comparing.comparison is not None)
    rest(window)
    comparison, view = window.comparing.comparison, window.comparing.view
    assert not comparison.linked and not view.axes.isChecked() and comparison.selected == 0
    assert view.columns[1].canvas.zoom == {name: ((-1.0, 1.0), None)} and not view.columns[0].canvas.zoom
    until(lambda: [s.shown.index for s in comparison.sessions] == [5, 5])
    assert window.comparing.figure().provenance() == figure.provenance()
    window.comparing.leave()
    assert [pin.params for pin in window.stage.pins] == pinned and len(pinned) == 1


def test_a_comparison_is_played_into_a_clip_from_the_dialog(window: Any, tmp_path: Path) -> None:
    """Every column goes through the same values; what the columns differ in is not offered."""
    compared(window, population="uniform", averages=50)
    window.open_export()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    names = [spec.name for spec in dialog.playable]
    assert "n" in names and "population" not in names and "averages" not in names
    dialog.format.set_current(dialog.suffixes.index(".gif"))
    dialog.played.set_current(dialog.runs + names.index("n"))
    dialog.size_field.setText("480x200")
    dialog.span.setText("1:9:3")
    made = dialog.wanted()
    path, said = tmp_path / "two.gif", []
    dialog.said.connect(said.append)
    dialog.write(path)
    until(lambda: bool(said))
    found = read_provenance(path)
    assert found.play == "n" and [found.params["n"], found.compare[0].params["n"]] == [1, 1]
    assert found.compare[0].params["population"] != found.params["population"]
    for _ in made.prepare():
        QApplication.processEvents()
    assert [[c.params.n for c in made.made[k].figures] for k in range(3)] == [[1, 1], [3, 3], [9, 9]]
    window.go_home()
    window.open_figure(path)
    until(lambda: window.comparing.view is not None)
    sweep = window.comparing.view.transport.sweep
    assert sweep.active and sweep.spec.name == "n"
