"""A session asks, shows, plays, steps, edits, branches and undoes, on a real lane and without one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.session import Session
from engine.core import BadInput, iterate
from engine.core.frame import same

from .conftest import Bench


@pytest.fixture(params=["lane", "inline"])
def either(request: pytest.FixtureRequest, benches: Callable[..., Bench]) -> Iterator[Bench]:
    return benches(inline=request.param == "inline")


def test_it_opens_plays_and_checks(either: Bench) -> None:
    session = either.open("costly")
    either.rest(session)
    assert session.shown is not None
    assert session.shown.frame.value == 1.0
    either.until(lambda: session.player.index > 10)
    assert session.shown.index == session.player.index
    either.until(lambda: session.checks is not None, what="no checks")
    assert all(check.ok for check in session.checks or ())
    either.until(lambda: "squares" in session.layers and session.layers["squares"].done == 1.0, what="no layer")
    assert session.layers["squares"].y.tolist() == [0, 1, 4, 9, 16]


def test_paused_computes_nothing_and_a_step_computes_one(either: Bench) -> None:
    session = either.open("costly")
    either.until(lambda: session.player.index > 5)
    session.playback.pause()
    either.until(lambda: session.checks is not None and session.layers["squares"].done == 1.0)
    either.run(0.2)
    before = session.recording.last_index
    assert before <= session.player.index + 3
    either.run(0.6)
    assert session.recording.last_index == before
    session.playback.seek(before)
    session.playback.step(1)
    either.until(lambda: session.shown.index == before + 1, what="no step")
    either.run(0.2)
    assert session.recording.last_index == before + 1
    session.playback.step(-3)
    assert session.shown.index == before - 2


def test_a_seek_shows_the_frame_that_was_recorded(either: Bench) -> None:
    session = either.open("costly", cost=1.0)
    either.until(lambda: session.recording.last_index > 12)
    session.playback.pause()
    for index in (3, 0, 11):
        session.playback.seek(index)
        assert session.shown.index == index
        assert session.shown.frame.value == index + 1


def test_a_view_parameter_redraws_and_computes_nothing(either: Bench) -> None:
    session = either.open("costly")
    either.rest(session)
    session.playback.pause()
    generation, frame = session.generation, session.shown.frame
    session.ask({"shade": 0.9})
    assert session.shown.params.shade == 0.9
    assert session.shown.frame is frame
    assert session.generation == generation
    assert not session.computing


def test_parameters_presets_undo_and_redo(either: Bench) -> None:
    session = either.open("costly")
    either.rest(session)
    for x in range(1, 20):
        session.ask({"x": float(x)}, final=False)
    session.ask({"x": 19.0})                                # the drag ends where it was
    session.ask({"x": 30.0})
    either.rest(session)
    assert session.shown.params.x == 30.0
    session.undo()
    assert session.requested.x == 19.0
    session.undo()
    assert session.requested.x == 0.0                       # the whole drag was one step
    assert not session.can_undo
    session.redo()
    session.redo()
    either.rest(session)
    assert session.shown.params.x == 30.0
    assert not session.can_redo
    session.preset("five")
    either.rest(session)
    assert (session.shown.params.x, session.shown.params.cost) == (5.0, 1.0)
    session.ask({"x": session.concept.default().x})
    session.undo()
    assert session.requested.x == 5.0


def test_bad_values_are_refused_and_change_nothing(bench: Bench) -> None:
    session = bench.open("costly")
    bench.rest(session)
    with pytest.raises(BadInput, match=r"x=-1: must lie in \[0, 1000\]"):
        session.ask({"x": -1.0})
    assert session.requested.x == 0.0
    assert not session.can_undo


def test_a_step_concept_is_shown_where_it_stood(either: Bench) -> None:
    session = either.open("steps")
    either.until(lambda: session.player.index >= 7)
    session.playback.pause()
    at = session.player.index
    session.ask({"n": 100})
    either.rest(session)
    assert session.shown.index == at
    assert session.shown.frame.value == 100 + at


def test_play_begins_again_at_the_end(either: Bench) -> None:
    session = either.open("steps")
    session.player.set_speed(16.0)
    either.until(lambda: session.ended and not session.player.playing, what="no end")
    assert session.shown.index == 49
    session.playback.play()
    either.until(lambda: 0 < session.player.index < 49, 2.0)


def test_a_function_plays_a_parameter(either: Bench) -> None:
    session = either.open("function")
    either.rest(session)
    assert not session.player.playing
    session.playback.animate("n")
    session.playback.play()
    seen: set[int] = set()
    session.frame_shown.connect(lambda: seen.add(session.shown.params.n))
    either.run(0.5)
    session.playback.pause()
    assert len(seen) >= 8
    session.undo()
    assert session.requested.n == 0                         # all of it was one step


def repeated(session: Session) -> list[Any]:
    """The frames of the run once more, without any process, from its provenance."""
    concept = session.concept
    again = iterate(concept, session.recording.params, edits=session.recording.edits, last=session.recording.last_index)
    frames = list(again)
    return [frames[kept.index] for kept in session.recording.all()]


def test_live_edits_repeat_exactly(either: Bench) -> None:
    session = either.open("costly", cost=1.0)
    either.until(lambda: session.player.index > 4)
    generation = session.generation
    for rate in (2.0, 3.0, 4.0):
        session.ask({"rate": rate}, final=rate == 4.0)
        either.run(0.1)
    either.until(lambda: session.shown.params.rate == 4.0)
    assert session.generation == generation                 # no restart
    assert session.recording.params.rate == 1.0
    session.playback.pause()
    either.run(0.2)
    assert [value for _, _, value in session.recording.edits] == [2.0, 3.0, 4.0]
    assert all(same(kept.frame.value, frame.value) and kept.frame.draw == frame.draw
               for kept, frame in zip(session.recording.all(), repeated(session), strict=True))


def test_an_edit_in_the_past_branches_the_run(either: Bench) -> None:
    session = either.open("costly", cost=1.0)
    either.until(lambda: session.player.index > 20)
    session.ask({"rate": 5.0})
    either.until(lambda: session.shown.params.rate == 5.0)
    session.playback.pause()
    session.playback.seek(10)
    kept = [recorded.frame for recorded in session.recording.all()][:11]
    session.ask({"rate": 9.0}, final=False)
    session.ask({"rate": 7.0})
    session.playback.play()
    either.until(lambda: session.recording.last_index > 15)
    session.playback.pause()
    either.run(0.2)
    frames = [recorded.frame for recorded in session.recording.all()]
    assert all(a is b for a, b in zip(frames, kept, strict=False))
    assert session.recording.edits[0][:2] == (11, "rate")
    assert session.recording.edits[-1][2] == 7.0
    assert frames[14].value - frames[13].value == 7.0
    assert [f.value for f in frames] == [f.value for f in repeated(session)]


def test_a_live_edit_of_a_run_that_has_ended_begins_anew(either: Bench) -> None:
    session = either.open("costly", cost=0.0, frames=3)
    either.until(lambda: session.ended and not session.player.playing)
    session.ask({"rate": 2.0})
    either.rest(session)
    assert session.shown.frame.value == 2.0


def test_stop_keeps_what_was_recorded_and_play_goes_on(either: Bench) -> None:
    session = either.open("costly")
    either.until(lambda: session.player.index > 5)
    session.playback.stop()
    either.run(0.1)
    count = session.recording.last_index
    assert session.recording.ended == "stopped"
    session.playback.play()
    either.until(lambda: session.recording.last_index > count + 5)
    assert [recorded.index for recorded in session.recording.all()][:count + 5] == list(range(count + 5))
    assert [f.frame.value for f in session.recording.all()] == [f.value for f in repeated(session)]


def test_a_poster_is_marked_until_the_live_picture_lands(bench: Bench) -> None:
    session = bench.open("costly", begin=False)
    frame = next(iterate(session.concept, session.requested))
    session.showing.poster(frame, session.requested, 0)
    assert not session.shown.live
    assert session.computing
    session.begin()
    bench.rest(session)
    assert session.shown.live


def test_layers_belong_to_the_parameters_on_screen(bench: Bench) -> None:
    session = bench.open("costly")
    session.playback.pause()
    bench.until(lambda: "squares" in session.layers and session.layers["squares"].done == 1.0)
    whole = session.layers["squares"]
    session.ask({"rate": 3.0})                              # the layer does not read it
    session.ask({"cost": 1.0})
    bench.rest(session)
    assert session.layers["squares"] is whole
    session.ask({"x": 50.0})
    bench.rest(session)
    assert "squares" not in session.layers
    bench.until(lambda: "squares" in session.layers)
    assert session.layers["squares"].y[0] == 50.0
    session.undo()
    bench.rest(session)
    assert session.layers["squares"] is whole               # complete layers are kept


def drag(bench: Bench, session: Session, values: int = 300, seconds: float = 3.0) -> tuple[int, float]:
    """Drag x through so many values; returns the pictures seen meanwhile, and when the last value was on screen."""
    frames: list[Any] = []
    session.frame_shown.connect(lambda: frames.append(session.shown.frame))
    began = time.perf_counter()
    for number in range(1, values + 1):
        session.ask({"x": float(number)}, final=False)
        left = began + number * seconds / values - time.perf_counter()
        bench.run(max(0.0, left))
    during = len({id(frame) for frame in frames})
    late = bench.until(lambda: session.shown.params.x == float(values), what="the last value never came")
    return during, late


@pytest.mark.slow
@pytest.mark.parametrize("cost, pictures", [(3.0, 45), (40.0, 45), (160.0, 10), (400.0, 5)])
def test_pictures_keep_coming_in_a_drag_and_the_last_value_is_there_at_once(bench: Bench, cost: float, pictures: int) -> None:
    session = bench.open("costly", cost=cost)
    bench.rest(session)
    for _ in range(3):                                      # a machine that is busy elsewhere gets another try
        during, late = drag(bench, session)
        if during >= pictures and late <= 0.100 + cost / 1000:
            break
    assert during >= pictures
    assert late <= 0.100 + cost / 1000
    session.playback.pause()
    bench.run(0.5)
    assert session.shown.params.x == 300.0
    assert not session.computing                            # nothing was queued
    assert all(recorded.params.x == 300.0 for recorded in session.recording.all())
    assert session.can_undo


@pytest.mark.slow
def test_a_hand_that_rests_now_and_then_still_sees_pictures(bench: Bench) -> None:
    session = bench.open("costly", cost=160.0)
    bench.rest(session)
    during, _ = drag(bench, session, values=30)
    assert during >= 6


@pytest.mark.slow
def test_a_live_parameter_follows_the_hand(bench: Bench) -> None:
    session = bench.open("costly", cost=3.0)
    bench.rest(session)
    for number in range(1, 101):
        session.ask({"rate": number / 50}, final=False)
        bench.run(0.01)
    late = bench.until(lambda: session.shown.params.rate == 2.0)
    assert late <= 0.25                                     # the two frames that were computed ahead, and its own
