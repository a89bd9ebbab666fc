"""The transport and its timeline: playing, scrubbing, phases, and the sweep of a function's parameter."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.widgets.timeline import Line, Phase, Timeline, current_phase, heights_of
from app.widgets.transport import Transport, axis_end, speed_text

Show = Callable[..., Any]
KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def transport(session: Any, look: Any, on_screen: Show, land: Any) -> Transport:
    session.player.play()
    session.player.set_speed(16)
    while not session.recording.ended:
        session.tick(monotonic())
        land(session)
    session.playback.pause()
    session.playback.seek(20)
    return on_screen(Transport(session, look), width=872)


def track_y(transport: Transport) -> int:
    return 42


def test_it_shows_where_the_player_stands(transport: Transport, session: Any) -> None:
    line = transport.timeline.line
    assert (line.end, line.at, line.recorded) == (40, 20, 40)
    assert [p.name for p in line.phases] == ["falling to the floor", "swing", "settle"]
    assert [(p.first, p.last) for p in line.phases] == [(0, 15), (15, 28), (28, 40)]
    assert len(line.y) == 41 and line.y[0] == pytest.approx(30.5)
    assert transport._counter[0] == "20 / 40"


def test_play_pauses_and_starts_over_at_the_end(transport: Transport, session: Any) -> None:
    transport.play.click()
    assert session.player.playing and transport.play.playing
    assert transport.play.accessibleName().startswith("Pause")
    transport.play.click()
    assert not session.player.playing and not transport.play.playing
    session.playback.seek(40)
    transport.play.click()
    assert session.player.playing and session.player.index == 0


def test_steps_go_one_frame_and_stop_playing(transport: Transport, session: Any) -> None:
    transport.play.click()
    transport.forward.click()
    assert session.player.index == 21 and not session.player.playing
    transport.back.click()
    transport.back.click()
    assert session.player.index == 19 and session.shown.index == 19


def test_scrubbing_by_click_and_drag(transport: Transport, session: Any) -> None:
    timeline = transport.timeline
    QTest.mousePress(timeline, LEFT, pos=QPoint(round(timeline._x(30)), track_y(transport)))
    assert session.shown.index == 30
    QTest.mouseMove(timeline, QPoint(round(timeline._x(5)), 60))
    assert session.shown.index == 5
    QTest.mouseMove(timeline, QPoint(-50, 60))
    assert session.shown.index == 0
    QTest.mouseRelease(timeline, LEFT, pos=QPoint(5000, 60))
    assert session.shown.index == 40


def test_scrubbing_by_keys(transport: Transport, session: Any) -> None:
    timeline = transport.timeline
    timeline.setFocus()
    for key, index in ((KEY.Key_Right, 21), (KEY.Key_Left, 20), (KEY.Key_PageUp, 30), (KEY.Key_PageDown, 20),
                       (KEY.Key_End, 40), (KEY.Key_Home, 0)):
        QTest.keyClick(timeline, key)
        assert session.shown.index == index


def test_a_passing_wheel_is_ignored(transport: Transport, session: Any) -> None:
    at = QPointF(100, 30)
    wheel = QWheelEvent(at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(transport.timeline, wheel)
    assert not wheel.isAccepted() and session.shown.index == 20


def test_space_is_left_to_play(transport: Transport) -> None:
    for widget in (transport.timeline, transport.speed):
        widget.setFocus(Qt.FocusReason.MouseFocusReason)
        event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, KEY.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
        event.ignore()
        QApplication.sendEvent(widget, event)
        assert not event.isAccepted()


def test_a_screen_reader_can_seek(transport: Transport, session: Any) -> None:
    transport.timeline.setValue(7)
    assert session.shown.index == 7 and transport.timeline.accessibleName() == "Timeline"


def test_speed_loop_and_restart(transport: Transport, session: Any) -> None:
    transport.set_speed(0.25)
    assert session.player.speed == 0.25 and transport.speed.text() == "0.25×"
    transport.loop.click()
    assert session.player.loop
    session.player.loop = False
    transport.refresh()
    assert not transport.loop.isChecked()
    generation = session.generation
    transport.restart.click()
    assert session.generation > generation and session.player.playing


def test_the_small_one_keeps_play_timeline_counter_and_speed(transport: Transport, look: Any) -> None:
    transport.set_small(True)
    assert transport.height() == 52
    assert [w.isHidden() for w in (transport.back, transport.forward, transport.loop, transport.restart)] == [True] * 4
    assert [w.isHidden() for w in (transport.play, transport.timeline, transport.speed)] == [False] * 3
    transport.set_small(False)
    assert transport.height() == 68 and not transport.restart.isHidden()
    look.set(scale=1.5)
    assert transport.height() == 102 and transport.play.width() == 51


@pytest.mark.parametrize("width", [360, 520, 696, 872, 1400])
def test_nothing_overlaps_at_any_width(transport: Transport, width: int) -> None:
    transport.resize(width, transport.height())
    parts = [transport.back, transport.play, transport.forward, transport.timeline, transport.speed, transport.loop,
             transport.restart]
    edges = [(w.geometry().left(), w.geometry().right()) for w in parts]
    assert all(a[1] < b[0] for a, b in zip(edges, edges[1:], strict=False)) and edges[-1][1] < width


def test_names_that_do_not_fit_drop_out_the_current_one_last(transport: Transport, look: Any) -> None:
    timeline = transport.timeline
    drawn = names_drawn(timeline)
    assert drawn == ["swing", "falling to the floor", "settle"]
    timeline.resize(190, 68)
    assert names_drawn(timeline) == ["swing", "settle"]
    timeline.resize(60, 68)
    assert names_drawn(timeline) == ["swing"]
    timeline.set_small(True)
    timeline.resize(600, 52)
    assert names_drawn(timeline) == ["swing"]


def names_drawn(timeline: Timeline) -> list[str]:
    """The names that the timeline paints, in the order in which it paints them."""
    import app.widgets.timeline as module

    found: list[str] = []
    real = module.write
    module.write = lambda painter, rect, text, *more: (found.append(text), real(painter, rect, text, *more))
    try:
        timeline.grab()
    finally:
        module.write = real
    return found


def test_the_filled_part_ends_at_the_playhead(transport: Transport, look: Any) -> None:
    timeline = transport.timeline
    image = timeline.grab().toImage()
    y = 42
    assert image.pixelColor(round(timeline._x(7)), y) == look.theme.color("ink_soft")       # a phase that is over
    assert image.pixelColor(round(timeline._x(17)), y) == look.theme.color("accent")        # the present one, so far
    assert image.pixelColor(round(timeline._x(25)), y) == look.theme.color("line")          # recorded, still to come


def test_a_run_that_is_computed_anew_has_its_own_sparkline(transport: Transport, session: Any, land: Any) -> None:
    before = transport.timeline._points(19.0, 38.0)
    session.ask({"n": 1})
    land(session)
    session.playback.play()
    while not session.recording.ended:
        session.tick(monotonic())
        land(session)
    after = transport.timeline._points(19.0, 38.0)
    assert before.size() == after.size() == 41 and before != after


def test_ten_thousand_frames_are_drawn_as_one_point_a_pixel(look: Any, on_screen: Show) -> None:
    timeline = on_screen(Timeline(look), width=500, height=68)
    x = np.arange(10_000.0)
    timeline.set_line(Line(9999, 5000, 9999, x, np.sin(x)))
    assert timeline._points(19.0, 38.0).size() <= 500


def test_undefined_values_leave_the_sparkline_whole(look: Any, on_screen: Show) -> None:
    timeline = on_screen(Timeline(look), width=500, height=68)
    timeline.set_line(Line(3, 0, 3, np.arange(4.0), np.array([np.nan, 1.0, np.inf, 2.0])))
    assert timeline._points(19.0, 38.0).size() == 2
    timeline.set_line(Line(3, 0, 3, np.arange(4.0), np.full(4, np.nan)))
    assert timeline._points(19.0, 38.0).size() == 0 and not timeline.grab().isNull()


def test_heights_are_shares_of_the_range() -> None:
    assert heights_of(np.array([1.0, 2.0, 3.0])) == pytest.approx([0, 0.5, 1])
    assert heights_of(np.array([1.0, 10.0, 100.0])) == pytest.approx([0, 0.5, 1])      # by the logarithm
    assert heights_of(np.array([2.0, 2.0])) == pytest.approx([0.5, 0.5])
    assert np.isfinite(heights_of(np.array([-5.0, 0.0, 1e6]))).all()


def test_the_axis_knows_an_end_or_doubles() -> None:
    assert axis_end(80, "done", 40) == 80 and axis_end(20, "", 120) == 120
    assert axis_end(121, "", 120) == 240 and axis_end(-1, "", None) == 16 and axis_end(17, "", None) == 32
    assert axis_end(0, "done", None) == 1


def test_the_phase_at_a_place() -> None:
    phases = [Phase("a", 0, 4), Phase("b", 4, 9)]
    assert [current_phase(phases, at) for at in (0, 3.9, 4, 9)] == [0, 0, 1, 1] and current_phase([], 3) == -1


def test_speeds_are_written_short() -> None:
    assert [speed_text(s) for s in (0.25, 1.0, 16.0)] == ["0.25×", "1×", "16×"]


# functions --------------------------------------------------------------------------------------------------------------

@pytest.fixture
def sweeping(make_session: Any, look: Any, on_screen: Show, land: Any) -> Transport:
    session = make_session("function")
    land(session)
    return on_screen(Transport(session, look), width=872)


def test_play_moves_a_parameter_of_a_function(sweeping: Transport, land: Any) -> None:
    session = sweeping.session
    assert sweeping.sweep.active and sweeping.swept.text() == "X" and not sweeping.swept.isHidden()
    assert sweeping._counter[0] == "0" and sweeping.timeline.line.at == pytest.approx(500)
    sweeping.play.click()
    assert session.player.playing and session.playback.animated == "x"
    session.player.set_speed(4)
    QTest.qWait(900)
    sweeping.play.click()
    assert not session.player.playing
    seen = sweeping.timeline.line
    assert len(seen.x) > 5 and len(seen.x) == len(seen.y)
    assert session.requested.x != 0.0
    session.undo()
    assert session.requested.x == 0.0                           # the whole sweep was one step


def test_the_timeline_of_a_function_sets_the_parameter(sweeping: Transport, land: Any) -> None:
    session, timeline = sweeping.session, sweeping.timeline
    QTest.mousePress(timeline, LEFT, pos=QPoint(round(timeline._x(1000)), 42))
    QTest.mouseRelease(timeline, LEFT, pos=QPoint(round(timeline._x(1000)), 42))
    assert session.requested.x == 1.0
    land(session)
    sweeping.back.click()
    assert session.requested.x == pytest.approx(0.98)
    sweeping.sweep.choose("power")
    assert sweeping.swept.text() == "Power" and sweeping._counter[0] == "2"
    sweeping.forward.click()
    assert session.requested.power == 3


def test_another_parameter_begins_another_sparkline(sweeping: Transport, land: Any) -> None:
    session = sweeping.session
    for x in (-1.0, 0.5, 1.0):
        session.ask({"x": x})
        land(session)
    assert len(sweeping.timeline.line.x) == 4
    session.ask({"power": 3})
    land(session)
    assert len(sweeping.timeline.line.x) == 1


def test_restart_sweeps_from_the_least_value(sweeping: Transport, land: Any) -> None:
    sweeping.restart.click()
    assert sweeping.session.requested.x == -1.0 and sweeping.session.player.playing
