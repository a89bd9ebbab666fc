"""Lanes can be killed, crash, hang or run out of memory at any moment, and nothing else is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.inline import InlineLane
from app.lanes import Lane
from app.session import Session
from engine.core import Unavailable
from engine.core import messages as m
from engine.core.address import find
from tests.processes import alive_after

from .conftest import CONCEPTS, Bench

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")


def lane_of(bench: Bench, kind: str = "light") -> Lane:
    found = bench.host.lane(kind)
    assert isinstance(found, Lane)
    return found


def lanes_for_runs(bench: Bench) -> int:
    """How many lanes there are beside the one for proofs."""
    return sum(status.name != "proof" for status in bench.host.status())


# killed -------------------------------------------------------------------------------------------------------------


def test_killed_while_playing_it_says_so_and_play_goes_on(bench: Bench) -> None:
    other = bench.open("steps")
    bench.rest(other)
    bench.host.leave(other)
    session = bench.open("costly")
    bench.until(lambda: session.player.index > 5)
    session.ask({"rate": 2.0})
    bench.until(lambda: session.shown.params.rate == 2.0)
    recorded = [kept.frame for kept in session.recording.all()]
    os.kill(bench.host.pids()[0], signal.SIGKILL)
    bench.until(lambda: session.fault is not None, what="no message")
    assert session.fault is not None
    assert session.fault.key == "engine_died"
    assert "press play" in session.fault.message
    assert "exit status -9" in session.details
    assert not session.player.playing
    assert not session.computing
    assert session.requested.rate == 2.0
    assert session.can_undo
    assert [kept.frame for kept in session.recording.all()][:len(recorded)] == recorded
    at = session.recording.last_index
    session.playback.play()
    bench.until(lambda: session.player.index > at + 5, what="nothing after the death")
    assert session.fault is None
    assert [kept.index for kept in session.recording.all()] == list(range(len(session.recording)))
    values = [kept.frame.value for kept in session.recording.all()]
    edit = session.recording.edits[0][0]
    assert values == [min(i + 1, edit) + 2.0 * max(0, i + 1 - edit) for i in range(len(values))]
    bench.host.come_back(other)
    assert len(other.recording)


def test_killed_while_nothing_runs_it_is_replaced_in_silence(bench: Bench) -> None:
    session = bench.open("function")
    bench.until(lambda: session.ended)
    before = bench.host.pids()
    os.kill(before[0], signal.SIGKILL)
    bench.until(lambda: bench.host.pids() != before)
    assert session.fault is None
    session.ask({"n": 3})
    bench.rest(session)
    assert session.shown.frame.value == 9.0


def test_killed_just_before_a_request_the_request_is_asked_again(bench: Bench) -> None:
    session = bench.open("function")
    bench.until(lambda: session.ended)
    os.kill(bench.host.pids()[0], signal.SIGKILL)
    session.ask({"n": 4})
    bench.rest(session)
    assert session.shown.frame.value == 16.0
    assert not bench.faults


def test_a_segfault_is_a_message_with_its_traceback(bench: Bench) -> None:
    session = bench.open("crashing", n=8)
    bench.until(lambda: session.fault is not None, what="no message")
    assert "Segmentation fault" in session.details
    assert "lane_concepts.py" in session.details
    assert session.recording.last_index == 7
    session.ask({"n": 0})
    bench.until(lambda: session.player.index > 10)
    assert session.fault is None


def test_an_exception_is_one_sentence_and_the_lane_lives_on(bench: Bench) -> None:
    session = bench.open("raising", n=3)
    bench.until(lambda: session.fault is not None)
    assert session.fault is not None
    assert session.fault.message == "the computation failed: ValueError: the matrix is singular"
    assert "line" in session.details
    session.ask({"n": 0})
    bench.until(lambda: session.player.index > 5)
    assert lane_of(bench).deaths == 0


def test_too_much_memory_is_a_sentence(bench: Bench) -> None:
    session = bench.open("greedy")
    bench.rest(session)
    session.ask({"n": 10_000_000})
    bench.until(lambda: session.fault is not None)
    assert session.fault is not None
    assert session.fault.key == "out_of_memory"
    session.ask({"n": 0})
    bench.rest(session)
    assert session.fault is None


def test_a_lane_that_cannot_start_says_so_and_is_not_tried_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.core.child.main", os._exit)     # the child cannot unpickle what it is to do
    session = bench.open("function")
    bench.until(lambda: session.fault is not None)
    assert session.fault is not None
    assert session.fault.key == "engine_stillborn"
    deaths = lane_of(bench).deaths
    bench.run(0.5)
    assert lane_of(bench).deaths == deaths
    monkeypatch.undo()
    session.ask({"n": 3})
    bench.rest(session)
    assert session.shown.frame.value == 9.0


# stuck --------------------------------------------------------------------------------------------------------------


def test_a_deaf_run_is_replaced_within_its_patience(bench: Bench) -> None:
    session = bench.open("deaf")
    bench.rest(session)
    session.ask({"n": 1})
    bench.run(0.3)
    session.ask({"n": 2})
    took = bench.until(lambda: session.shown.params.n == 2)
    assert 1.5 < took < 4.0
    assert lane_of(bench).deaths == 1
    assert not bench.faults


def test_stop_ends_a_deaf_run(bench: Bench) -> None:
    session = bench.open("deaf", n=1)
    bench.until(lambda: bench.host.status()[0].state == "busy")
    bench.run(0.5)
    session.playback.stop()
    bench.until(lambda: lane_of(bench).deaths == 1, 4.0)
    session.ask({"n": 5})
    bench.rest(session)
    assert not bench.faults


def test_a_deaf_lane_never_blocks_the_window(bench: Bench) -> None:
    session = bench.open("deaf")
    bench.rest(session)
    session.ask({"n": 1})
    bench.run(0.3)
    worst = 0.0
    for number in range(2, 3000):                       # far more than a pipe holds
        began = time.perf_counter()
        session.ask({"n": number}, final=False)
        worst = max(worst, time.perf_counter() - began)
    assert worst < 0.05
    bench.until(lambda: session.shown.params.n == 2999)


def test_a_slow_import_is_not_taken_for_a_stuck_lane(bench: Bench) -> None:
    session = bench.open("slow_import")
    bench.until(lambda: bench.host.status()[0].state == "loading")
    pid = bench.host.pids()
    session.ask({"n": 1})
    session.ask({"n": 2})
    bench.rest(session)
    assert session.shown.frame.value == 44.0
    assert bench.host.pids()[:len(pid)] == pid          # the checks have come from a lane of their own
    assert lane_of(bench).deaths == 0


def test_another_concept_overtakes_at_once(bench: Bench) -> None:
    slow = bench.open("costly", cost=5000.0)
    bench.run(0.6)
    bench.host.leave(slow)
    session = bench.open("function", n=3)
    assert bench.until(lambda: not session.computing) < 0.5
    assert lane_of(bench).deaths == 0


def test_a_proof_that_hangs_or_dies_spoils_nothing(bench: Bench) -> None:
    session = bench.open("costly", cost=1.0)
    bench.until(lambda: session.checks is not None, what="no checks")
    assert all(check.ok for check in session.checks or ())
    proof = lane_of(bench, "proof")
    os.kill(proof.pid or 0, signal.SIGSTOP)             # as one that neither yields nor checks
    session.verify()
    bench.until(lambda: proof.deaths == 1, 6.0, "the hanging proof was not replaced")
    session.checks = None
    session.verify()
    os.kill(proof.pid or 0, signal.SIGKILL)
    bench.until(lambda: session.checks is not None, 20.0, "the badge was never told")
    assert session.fault is None
    at = session.player.index
    bench.until(lambda: session.player.index > at + 5)


# workers and the parent ---------------------------------------------------------------------------------------------


def workers_of(session: Session, bench: Bench) -> list[int]:
    bench.until(lambda: session.player.index > 3)
    return sorted({int(kept.frame.draw) for kept in session.recording.all()})


@pytest.mark.parametrize("name", ["real", "ranks"])
def test_overtaking_ends_the_workers_of_a_run(bench: Bench, name: str) -> None:
    session = bench.open(name)
    workers = workers_of(session, bench)
    assert len(workers) == 2
    session.ask({"n": 1})
    bench.rest(session)
    assert alive_after(workers) == []


@pytest.mark.parametrize("name", ["real", "ranks"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_workers_end_with_a_lane_that_dies(bench: Bench, how: int, name: str) -> None:
    session = bench.open(name)
    workers = workers_of(session, bench)
    os.kill(bench.host.pids()[0], how)
    bench.until(lambda: session.fault is not None, 3.0)
    assert alive_after(workers) == []


@pytest.mark.parametrize("name, n", [("real", 1), ("ranks", 1), ("deaf", 1), ("steps", 1)])
def test_no_process_is_left_when_the_window_is_killed(name: str, n: int) -> None:
    command = [sys.executable, str(Path(CONCEPTS) / "doomed_window.py"), name, str(n)]
    window = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    try:
        family = [int(word) for word in window.stdout.readline().split()]
        assert len(family) >= (6 if name in ("real", "ranks") else 4)
        assert alive_after(family, 0.1) == family
    finally:
        window.kill()
        window.wait()
        window.stdout.close()
    assert alive_after(family) == []


def test_closing_the_host_leaves_nothing(benches: Callable[..., Bench]) -> None:
    others = {child.pid for child in psutil.Process().children(recursive=True)}         # of other tests
    bench = benches()
    session = bench.open("real")
    workers_of(session, bench)
    family = [child.pid for child in psutil.Process().children(recursive=True) if child.pid not in others]
    lanes = bench.host.pids()
    bench.host.close()
    left = alive_after(family)
    assert not set(lanes) & set(left)
    assert len(left) <= 1                               # multiprocessing's own tracker lives as long as we do


# several sessions ---------------------------------------------------------------------------------------------------


def test_training_goes_on_in_the_background(bench: Bench) -> None:
    training = bench.open("training", cost=5.0)
    bench.until(lambda: training.player.index > 5)
    assert bench.host.leave(training)
    other = bench.open("costly")
    at = training.recording.last_index
    bench.until(lambda: other.player.index > 10 and training.recording.last_index > at + 10)
    assert any(status.background for status in bench.host.status())
    bench.host.leave(other)
    assert bench.host.come_back(training)
    assert not any(status.background for status in bench.host.status())
    training.ask({"rate": 3.0})
    bench.until(lambda: training.shown.params.rate == 3.0)


def test_a_stream_that_is_left_computes_nothing(bench: Bench) -> None:
    session = bench.open("costly")
    bench.until(lambda: session.player.index > 5)
    assert not bench.host.leave(session)
    bench.run(0.2)
    at = session.recording.last_index
    bench.run(0.5)
    assert session.recording.last_index == at
    assert bench.host.come_back(session)
    bench.until(lambda: session.recording.last_index > at + 3)


def working(bench: Bench) -> list[str]:
    """The lanes that compute runs; the checks have one of their own."""
    return [status.name for status in bench.host.status() if status.name != "proof"]


def test_a_training_without_a_lane_waits_and_is_taken_up(benches: Callable[..., Bench]) -> None:
    bench = benches(most_background=1)
    first = bench.open("training", cost=1.0, frames=40)
    bench.until(lambda: first.player.index > 2)
    bench.host.leave(first)
    second = bench.open("training", cost=1.0, frames=60)
    bench.until(lambda: second.player.index > 2)
    assert bench.host.leave(second)
    bench.until(lambda: first.ended and second.ended, what="the queue did not move")
    for session, count in ((first, 40), (second, 60)):
        assert [kept.frame.value for kept in session.recording.all()] == [float(i) for i in range(1, count + 1)]
    bench.until(lambda: len(working(bench)) == 1, 8.0, "a spare lane was kept")


def test_a_session_whose_lane_served_another_goes_on_where_it_was(bench: Bench) -> None:
    first = bench.open("costly")
    bench.until(lambda: first.player.index > 5)
    bench.host.leave(first)
    second = bench.open("steps")
    bench.rest(second)
    at = first.recording.last_index
    bench.host.leave(second)
    assert not bench.host.come_back(first)
    bench.until(lambda: first.recording.last_index > at + 5)
    assert [kept.frame.value for kept in first.recording.all()] == [float(i) for i in range(1, len(first.recording) + 1)]


def test_two_sessions_side_by_side_both_play(bench: Bench) -> None:
    left, right = bench.open("costly", x=1.0), bench.open("costly", x=2.0)
    bench.until(lambda: left.player.index > 5 and right.player.index > 5)
    assert len(working(bench)) == 2
    bench.host.forget(right)
    bench.until(lambda: len(working(bench)) == 1, what="the second lane was kept")
    at = left.player.index
    bench.until(lambda: left.player.index > at + 3)


def test_a_deleted_session_is_let_go(bench: Bench) -> None:
    session = bench.open("training")
    player = session.player
    bench.until(lambda: player.index > 3)
    bench.host.leave(session)
    bench.sessions.remove(session)
    session.deleteLater()
    del session
    bench.until(lambda: bench.host.status()[0].concept == "")
    other = bench.open("function", n=2)
    bench.rest(other)


def test_opening_and_closing_leaves_no_process_file_or_memory(bench: Bench) -> None:
    me = psutil.Process()

    def once() -> tuple[int, int, int]:
        for name in ("large", "steps", "costly"):
            session = bench.open(name)
            bench.until(lambda session=session: session.recording.last_index > 3)
            bench.host.forget(session)
            bench.sessions.remove(session)
            session.deleteLater()
            bench.run(0.02)
        children = me.children(recursive=True)
        return len(children), me.num_fds(), sum(child.memory_info().rss for child in children) + me.memory_info().rss

    for _ in range(2):
        first = once()
    for _ in range(8):
        last = once()
    assert last[0] == first[0]
    assert last[1] <= first[1]
    assert last[2] - first[2] < 30_000_000


# devices and large frames -------------------------------------------------------------------------------------------


def test_devices_are_found_and_a_missing_one_is_a_sentence(bench: Bench) -> None:
    found: list[object] = []
    bench.host.devices_found.connect(found.append)
    bench.host.ask_devices()
    session = bench.open("function", n=2)
    bench.until(lambda: found, 60.0, "no devices")
    devices = found[0]
    assert isinstance(devices, tuple)
    assert devices[0].name == "cpu"
    assert lane_of(bench, "heavy").deaths == 0          # torch takes longer to import than patience lasts
    if len(devices) == 1:
        session.set_device("cuda")
        bench.until(lambda: session.fault is not None, 60.0)
        assert isinstance(session.fault, Unavailable)
        assert "no CUDA device" in session.fault.message
        session.set_device("cpu")
        bench.rest(session)
        assert session.shown.frame.value == 4.0


def test_large_arrays_arrive_whole_and_shared_ones_once(bench: Bench) -> None:
    session = bench.open("large", numbers=300_000)
    bench.until(lambda: session.recording.last_index >= 4)
    frames = [kept.frame for kept in session.recording.all()][:4]
    assert all((frame.own == index).all() and not frame.own.flags.writeable for index, frame in enumerate(frames))
    session.ask({"shared": True})
    bench.rest(session)
    bench.until(lambda: session.recording.last_index >= 4)
    worlds = {id(kept.frame.world.value) for kept in session.recording.all()}
    assert len(worlds) == 1
    assert session.recording.bytes < 100_000


def test_the_inline_lane_speaks_the_same_protocol() -> None:
    lane = InlineLane("light")
    lane.send(m.Start(1, "lane_concepts:steps", find("lane_concepts:steps").Params(n=5)))
    lane.send(m.Grant(1, 3))
    seen: list[object] = []
    until = time.monotonic() + 5
    while sum(isinstance(x, m.FrameSent) for x in seen) < 4 and time.monotonic() < until:
        seen += lane.poll()
    frames = [x for x in seen if isinstance(x, m.FrameSent)]
    assert [f.index for f in frames] == [0, 1, 2, 3]
    assert lane.state == "idle"
    lane.close()
