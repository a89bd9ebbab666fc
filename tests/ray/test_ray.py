"""Sweeps and lanes on a real Ray cluster of two nodes: the same numbers, frames into the window, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from app.catalog import Catalog
from app.executors.cluster import ClusterExecutor
from app.executors.local import LocalExecutor
from app.journal import journal_path
from app.session import Session
from app.sweep import Axis, Sweep, computed
from app.widgets.sweep_card import SweepCard, open_sweep
from engine.core.address import find
from engine.core.data import CsvTable, chosen, keep
from engine.core.faults import LoupeError
from engine.core.frame import metrics, same
from engine.core.params import build
from engine.core.run import iterate
from tests.app.conftest import Bench
from tests.app.waiting import until

from .conftest import RayCluster

ROOT = Path(__file__).resolve().parents[2]
WORDS = [sys.executable, "main.py", "sweep", "mathematics.clt", "--over", "n=1:12:12", "--seeds", "3", "--frame", "1",
         "--set", "averages=50"]


def sweep_of(concept: str, name: str, values: tuple[int, ...], **fixed: float) -> Sweep:
    params = build(find(f"lane_concepts:{concept}").Params, fixed)
    return Sweep(f"lane_concepts:{concept}", params, (Axis(name, values),), (None,), last=5)


def sweep(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*WORDS, *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


# sweeps -------------------------------------------------------------------------------------------------------------


def test_a_sweep_gives_the_same_bytes_as_here(cluster: RayCluster, tmp_path: Path) -> None:
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    assert sweep("-o", here).returncode == 0
    done = sweep("-o", there, "--engine", f"ray:{cluster.address}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert here.read_bytes() == there.read_bytes()
    assert not journal_path(there).exists()


def test_both_nodes_compute_and_points_come_one_by_one(executor: ClusterExecutor) -> None:
    """While the last points are computed the first are there already: progress, not one answer at the end."""
    came, pids = [], set()
    for point in computed(sweep_of("costly", "x", tuple(range(16)), cost=40.0), executor):
        assert point.fault is None
        assert point.metrics["value"] == point.number + 6.0
        pids.add(point.metrics["pid"])
        came.append(time.monotonic())
    assert len(came) == 16
    assert len(pids) >= 2
    assert came[-1] - came[0] > 0.5


def test_a_worker_killed_in_the_middle_loses_nothing(executor: ClusterExecutor) -> None:
    found, killed = {}, 0
    for point in computed(sweep_of("costly", "x", tuple(range(24)), cost=30.0), executor):
        assert point.fault is None, point.fault
        found[point.number] = point.metrics["value"]
        if len(found) in (3, 9):
            os.kill(int(point.metrics["pid"]), signal.SIGKILL)      # type: ignore[arg-type]
            killed += 1
    assert killed == 2
    assert found == {n: n + 6.0 for n in range(24)}


def test_a_node_that_goes_down_loses_nothing(cluster: RayCluster, executor: ClusterExecutor) -> None:
    found = {}
    for point in computed(sweep_of("costly", "x", tuple(range(24)), cost=30.0), executor):
        assert point.fault is None, point.fault
        found[point.number] = point.metrics["value"]
        if len(found) == 4:
            cluster.ask("kill")
    cluster.ask("add")
    assert found == {n: n + 6.0 for n in range(24)}


def test_a_point_that_kills_its_worker_is_named(executor: ClusterExecutor) -> None:
    found = {point.number: point for point in computed(sweep_of("crashing", "n", (0, 3, 8)), executor)}
    assert found[1].fault is not None
    assert found[1].fault.key == "point_died"
    assert [found[n].metrics["value"] for n in (0, 2)] == [5, 5]
    raising = {point.number: point for point in computed(sweep_of("raising", "n", (0, 2)), executor)}
    assert raising[1].fault is not None
    assert raising[1].fault.message == "n=2: the computation failed (ValueError: the matrix is singular)"


def test_ctrl_c_keeps_the_points_and_the_rest_is_computed_here(cluster: RayCluster, tmp_path: Path) -> None:
    """What a cluster has begun this machine can end: the journal knows no engine."""
    output = tmp_path / "x.csv"
    whole = sweep()
    process = subprocess.Popen([*WORDS, "-o", str(output), "--engine", f"ray:{cluster.address}"], cwd=ROOT,
                               stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not journal_path(output).exists() or journal_path(output).read_bytes().count(b"\n") < 5:
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "points are kept" in said
    done = sweep("-o", output)
    assert done.returncode == 0
    assert "going on with" in done.stderr
    assert output.read_text(encoding="utf-8") == whole.stdout


def test_leaving_early_ends_what_runs_on_the_cluster(executor: ClusterExecutor) -> None:
    """Closed in the middle, nothing goes on computing there: the next sweep has the nodes to itself at once."""
    points = computed(sweep_of("costly", "x", tuple(range(200)), cost=500.0), executor)
    began = time.monotonic()
    next(points)
    points.close()
    found = list(computed(sweep_of("function", "n", (1, 2, 3)), executor))
    assert {point.metrics["value"] for point in found} == {1.0, 4.0, 9.0}
    assert time.monotonic() - began < 40


# a user's own tables ------------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV file, and a store for it that no node of the cluster looks into: theirs is the one they were started with."""
    path = tmp_path / "heights.csv"
    values = np.random.default_rng(3).gamma(2.0, 3.0, size=(400, 2))
    path.write_text("height,width\n" + "\n".join(f"{a},{b}" for a, b in values), encoding="utf-8")
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path / "home"))
    return path


def test_a_sweep_of_a_users_table_gives_the_same_bytes_as_here(cluster: RayCluster, table: Path) -> None:
    words = ("--set", "population=data", "--set", f"data={table}")
    here = sweep(*words)
    there = sweep(*words, "--engine", f"ray:{cluster.address}")
    assert (there.returncode, there.stderr) == (0, "")
    assert here.stdout == there.stdout and here.stdout.count("\n") == 37


def test_a_lane_gets_the_users_table(bench: Bench, table: Path) -> None:
    concept = find("mathematics.clt")
    params = build(concept.Params, {"population": "data", "data": chosen("data", str(table), ()), "averages": 50})
    session = Session(Catalog.load().entry("mathematics.clt"), bench.host, params)
    bench.sessions.append(session)
    session.begin()
    bench.until(lambda: session.fault is not None or (session.shown is not None and session.shown.index >= 2), 60.0)
    assert session.fault is None, session.fault
    expected = list(iterate(concept, params, last=2))
    assert metrics(session.recording.at(2).frame) == metrics(expected[2])
    bench.until(lambda: session.checks is not None, 60.0, "no checks")
    assert session.checks and all(check.ok for check in session.checks)


def test_a_table_too_large_to_send_is_one_sentence(cluster: RayCluster, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path))
    source = keep(CsvTable(("x",), np.zeros((13_000_000, 1))), "large.csv")
    done = sweep("--set", "population=data", "--set", f"data={json.dumps(source.plain())}", "--engine", f"ray:{cluster.address}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "large.csv: 105 MB are too many to send to the cluster, at most 100 MB" in done.stderr


# lanes --------------------------------------------------------------------------------------------------------------


def test_a_session_gets_its_frames_from_the_cluster(bench: Bench) -> None:
    session = bench.open("costly")
    bench.until(lambda: session.player.index > 30, 60.0, "no frames")
    kept = session.recording.all()
    assert [k.index for k in kept] == list(range(len(kept)))
    expected = list(iterate(find("lane_concepts:costly"), session.requested, last=30))
    for k, frame in zip(kept, expected, strict=False):
        assert (k.frame.value, k.frame.draw) == (frame.value, frame.draw)
    assert {int(k.frame.pid) for k in kept}.isdisjoint(bench.host.pids())       # the gateway itself computes nothing
    session.ask({"rate": 3.0})                                                  # a live edit reaches the running generator
    bench.until(lambda: session.shown.params.rate == 3.0)
    bench.until(lambda: session.checks is not None, 60.0, "no checks")
    bench.until(lambda: "squares" in session.layers, 60.0, "no layer")
    assert not bench.faults


def test_credit_holds_across_the_cluster(bench: Bench) -> None:
    """Paused, nothing is computed further; a fast run does not pile up on the way."""
    session = bench.open("costly", cost=0.0)
    bench.until(lambda: session.player.index > 5, 60.0)
    session.playback.pause()
    bench.run(0.5)
    at = session.recording.last_index
    bench.run(0.7)
    assert session.recording.last_index == at
    session.playback.play()
    bench.until(lambda: session.recording.last_index > at + 20)


def test_a_dragged_hand_sees_pictures_and_the_newest_wins(bench: Bench) -> None:
    session = bench.open("costly", cost=5.0)
    bench.until(lambda: session.shown is not None, 60.0)
    seen = set()
    for number in range(60):
        session.ask({"x": float(number)}, final=False)
        bench.run(0.016)
        seen.add(session.shown.params.x)
    session.ask({"x": 60.0})
    bench.until(lambda: session.shown.params.x == 60.0)
    assert len(seen) > 5


def test_large_frames_and_shared_worlds_arrive_whole(bench: Bench) -> None:
    session = bench.open("large", numbers=200_000, shared=True)
    bench.until(lambda: session.player.index > 10, 60.0)
    kept = session.recording.all()
    assert all(k.frame.world is kept[0].frame.world for k in kept)              # it crossed once
    other = bench.open("large", numbers=100_000)
    bench.until(lambda: other.player.index > 10, 60.0)
    assert all(same(k.frame.own, np.full(100_000, float(k.index))) for k in other.recording.all())


def test_a_lane_whose_process_dies_on_the_cluster_goes_on(bench: Bench) -> None:
    session = bench.open("costly")
    bench.until(lambda: session.player.index > 5, 60.0)
    os.kill(int(session.shown.frame.pid), signal.SIGKILL)
    bench.until(lambda: session.fault is not None, 30.0, "no message")
    assert session.fault.key == "engine_died"
    at = session.recording.last_index
    session.playback.play()
    bench.until(lambda: session.player.index > at + 5, 60.0, "nothing after the death")
    assert [k.index for k in session.recording.all()] == list(range(len(session.recording)))
    assert session.fault is None


def test_another_concept_overtakes_and_stop_stops(bench: Bench) -> None:
    slow = bench.open("costly", cost=5000.0)
    bench.until(lambda: bench.host.status()[0].state == "busy", 60.0)
    bench.run(0.5)
    bench.host.leave(slow)
    session = bench.open("function", n=3)
    assert bench.until(lambda: not session.computing, 60.0) < 2.0
    assert session.shown.frame.value == 9.0


# the window's own sweep -----------------------------------------------------------------------------------------------


@pytest.fixture
def card(cluster: RayCluster, window: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SweepCard]:
    """The sweep card of the central limit theorem, in a window that was started with the cluster."""
    monkeypatch.setenv("LOUPE_ENGINE", f"ray:{cluster.address}")
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path))
    window.open("mathematics.clt", params=build(find("mathematics.clt").Params, {"averages": 50}))
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.playback.pause()
    made = open_sweep(window)
    assert made is not None
    yield made
    for left in window.findChildren(SweepCard):
        left.close()


def fill(card: SweepCard, low: str, high: str, count: str, seeds: str) -> None:
    for field, text in ((card.form.first.low, low), (card.form.first.high, high), (card.form.first.count, count),
                        (card.form.seeds, seeds)):
        field.setText(text)
        field.textEdited.emit(text)


def family(pid: int) -> list[psutil.Process]:
    found = psutil.Process(pid)
    return [found, *found.children(recursive=True)]


def test_the_windows_sweep_is_computed_on_the_cluster(card: SweepCard) -> None:
    """Points come into the picture one by one, and are those that this machine computes."""
    fill(card, "1", "100", "6", "3")
    seen = []
    card.go.click()
    assert card.running is not None and "--engine" in psutil.Process(card.running.pid).cmdline()
    card.running.came.connect(lambda _points: seen.append(card.bar.value()))
    until(lambda: card.running is None)
    assert card.table is not None and card.table.done == 18 and not card.table.failed
    assert len(set(seen)) > 2                                                   # progress, not one answer at the end
    made = card.form.wanted()[0]
    here = {point.number: point.metrics for point in computed(made, LocalExecutor(2))}
    assert card.table.metrics == here
    assert {"mean", "band"} <= set(card.picture.canvas["curve"].marks)


def test_the_windows_sweep_is_stopped_and_goes_on(card: SweepCard) -> None:
    fill(card, "1", "900", "60", "20")
    card.go.click()
    until(lambda: card.table is not None and card.table.done > 3)
    assert card.running is not None
    processes = family(card.running.pid)
    card.go.click()
    until(lambda: card.running is None)
    assert card.table is not None and 3 < card.table.done < len(card.table.points)
    first = dict(card.table.metrics)
    until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes), 20)
    card.go.click()
    until(lambda: card.table is not None and card.table.done >= len(first))
    assert {n: card.table.metrics[n] for n in first} == first
    assert card.running is not None
    processes = family(card.running.pid)
    card.close()                                                                # in the middle: nothing goes on
    until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes), 20)


def test_the_windows_sweep_loses_nothing_to_a_node_that_goes_down(cluster: RayCluster, card: SweepCard) -> None:
    fill(card, "1", "400", "30", "4")
    card.go.click()
    until(lambda: card.table is not None and card.table.done > 5)
    cluster.ask("kill")
    until(lambda: card.running is None)
    cluster.ask("add")
    assert card.table is not None and card.table.done == len(card.table.points) and not card.table.failed


def test_the_windows_sweep_without_its_cluster_is_one_sentence(card: SweepCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_ENGINE", "ray:127.0.0.1:1")
    fill(card, "1", "9", "3", "1")
    card.go.click()
    until(lambda: card.running is None)
    assert "no Ray cluster can be reached there" in card.note.text()


# what can be wrong ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_reached_is_one_sentence() -> None:
    for address, status, sentence in [("ray:127.0.0.1:1", 4, "no Ray cluster can be reached there"),
                                      ("ray:nowhere", 2, "must be local, ray or ray:HOST:PORT"),
                                      ("rey", 2, "must be local, ray or ray:HOST:PORT")]:
        done = sweep("--engine", address)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1), done.stderr
        assert sentence in done.stderr


def test_a_window_without_its_cluster_says_so(qapp: object) -> None:
    bench = Bench(qapp, executor=ClusterExecutor("127.0.0.1:1"))
    try:
        session = bench.open("function")
        bench.until(lambda: session.fault is not None, 60.0, "no message")
        assert session.fault.key == "ray_unreachable"
        session.ask({"n": 2})                                   # and again, each time it is asked
        bench.until(lambda: session.fault is None)
        bench.until(lambda: session.fault is not None, 60.0, "no second message")
    finally:
        bench.close()


def test_other_versions_are_one_sentence(cluster: RayCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The gateway's Ray is made to say that it is an older one; the cluster is the real one."""
    (tmp_path / "sitecustomize.py").write_text("import ray; ray.__version__ = '2.0.0'\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    done = sweep("--engine", f"ray:{cluster.address}")
    assert (done.returncode, done.stderr.count("\n")) == (4, 1), done.stderr
    assert "has other versions than this program" in done.stderr


def test_without_ray_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LoupeError, match="Ray is not installed here") as caught:
        ClusterExecutor("127.0.0.1:1")
    assert caught.value.status == 4


def test_ray_is_not_imported_unless_asked_for() -> None:
    code = ("import sys; from app.cli import main; status = main(sys.argv[1:]); "
            "sys.exit(status or ('ray' in sys.modules and 'ray was imported') or 0)")
    done = subprocess.run([sys.executable, "-c", code, *WORDS[2:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_local_and_cluster_agree_on_every_metric(executor: ClusterExecutor) -> None:
    wanted = sweep_of("costly", "x", tuple(range(6)), cost=0.0)
    here, there = ({p.number: {k: v for k, v in p.metrics.items() if k != "pid"} for p in computed(wanted, e)}
                   for e in (LocalExecutor(2), executor))
    assert here == there
