"""A sweep that is ended at any moment, by anything, goes on where it was; a point that fails costs no other."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from app.executors.local import LocalExecutor
from app.journal import journal_path, open_journal
from app.sweep import Axis, Sweep, computed
from engine.core.address import find
from engine.core.faults import BadInput
from engine.core.params import build

from .conftest import CONCEPTS  # noqa: F401  lane_concepts is importable from here on

ROOT = Path(__file__).resolve().parents[2]
WORDS = [sys.executable, "main.py", "sweep", "mathematics.clt", "--over", "n=1:12:12", "--seeds", "3", "--frame", "20",
         "--set", "averages=20000", "--metric", "ks", "--jobs", "2"]
TOTAL = 36
posix = pytest.mark.skipif(os.name != "posix", reason="signals")


def sweep_of(concept: str, name: str, values: tuple[int, ...], **fixed: float) -> Sweep:
    params = build(find(f"lane_concepts:{concept}").Params, fixed)
    return Sweep(f"lane_concepts:{concept}", params, (Axis(name, values),), (None,), last=5)


def begin(output: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*WORDS, "-o", str(output), *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def kept(output: Path) -> int:
    """Whole points in the journal."""
    path = journal_path(output)
    return max(0, path.read_bytes().count(b"\n") - 1) if path.exists() else 0


def wait_for(output: Path, count: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while kept(output) < count and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The table of a sweep that nothing interrupted."""
    output = tmp_path_factory.mktemp("whole") / "x.csv"
    assert end(begin(output)) == (0, "")
    assert not journal_path(output).exists()
    return output.read_bytes()


@posix
def test_killed_again_and_again_it_ends_with_the_same_table(tmp_path: Path, whole: bytes) -> None:
    output = tmp_path / "x.csv"
    before = 0
    for count in (1, 9, 20):
        process = begin(output)
        wait_for(output, count, process)
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        process.kill()
        end(process)
        assert not output.exists()
        assert before <= kept(output)
        before = kept(output)
        until = time.monotonic() + 5
        while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in family):
            assert time.monotonic() < until, "a worker outlives its sweep"
            time.sleep(0.01)
    assert 20 <= before < TOTAL
    status, said = end(begin(output))
    assert (status, said.count("\n")) == (0, 1)
    assert f"going on with {before} of {TOTAL} points" in said
    assert output.read_bytes() == whole
    assert not journal_path(output).exists()


@posix
@pytest.mark.slow
def test_a_thousand_jobs_interrupted_at_any_moment_resume_where_they_stopped(tmp_path: Path) -> None:
    """Ctrl+C, an end without a word, and a cut in the middle of a line, each at a moment that no test has chosen.

    What one attempt has kept the next does not compute: the points together are those of one whole sweep, each once, but
    for those that a process held when it was ended.
    """
    words = [sys.executable, "main.py", "sweep", "mathematics.clt", "--over", "n=1:200:200", "--seeds", "5", "--frame", "0",
             "--set", "averages=50", "--metric", "ks", "--jobs", "2", "-o"]
    output, draw = tmp_path / "x.csv", random.Random(11)
    goals = sorted(draw.sample(range(20, 960), 6))
    before, held = 0, 0
    for goal in goals:
        process = subprocess.Popen([*words, str(output)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        wait_for(output, max(goal, before + 1), process)
        time.sleep(draw.random() * 0.02)
        process.send_signal(draw.choice((signal.SIGINT, signal.SIGKILL, signal.SIGTERM)))
        status, said = end(process)
        assert status in (130, -signal.SIGKILL, -signal.SIGTERM) and not output.exists()
        assert (f"going on with {before} of 1000 points" in said) == (before > 0)
        lines = journal_path(output).read_bytes().split(b"\n")[1:-1]
        numbers = [json.loads(line)[0] for line in lines]
        assert len(set(numbers)) == len(numbers) >= before                  # none was computed twice
        before = len(numbers)
        if draw.random() < 0.5:                                             # as a power cut leaves it
            journal_path(output).write_bytes(journal_path(output).read_bytes()[:-draw.randrange(1, 30)])
            before, held = before - 1, held + 1
    done = subprocess.run([*words, str(output)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and f"going on with {before} of 1000 points" in done.stderr
    whole = subprocess.run(words[:-1], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert output.read_text(encoding="utf-8") == whole and whole.count("\n") == 1001
    assert not journal_path(output).exists()


@posix
def test_ctrl_c_is_one_sentence_and_the_journal_is_kept(tmp_path: Path, whole: bytes) -> None:
    output = tmp_path / "x.csv"
    process = begin(output)
    wait_for(output, 4, process)
    process.send_signal(signal.SIGINT)
    status, said = end(process)
    assert (status, said.count("\n")) == (130, 1)
    assert f"stopped; {kept(output)} of {TOTAL} points are kept" in said
    assert end(begin(output, "--fresh")) == (0, "")
    assert output.read_bytes() == whole


@posix
@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_torn_line_costs_its_point_alone(tmp_path: Path, whole: bytes, cut: int) -> None:
    output = tmp_path / "x.csv"
    process = begin(output)
    wait_for(output, 6, process)
    process.kill()
    end(process)
    path = journal_path(output)
    content = path.read_bytes()
    path.write_bytes(content[:len(content) - cut])
    left = kept(output)
    assert left < content.count(b"\n") - 1
    status, said = end(begin(output))
    assert status == 0
    assert f"going on with {left} of" in said
    assert output.read_bytes() == whole


def test_what_was_left_between_result_and_clean_up_is_finished(tmp_path: Path) -> None:
    """Killed after the last point, or after the file was written: nothing is computed, the file is there."""
    sweep = sweep_of("function", "n", (1, 2, 3))
    output = tmp_path / "x.csv"
    opened = open_journal(sweep, output)
    for point in computed(sweep, LocalExecutor(1)):
        opened.add(point.number, point.metrics)
    opened.close()
    again = open_journal(sweep, output)
    assert sorted(again.known) == [0, 1, 2]
    assert list(computed(sweep, LocalExecutor(1), again.known)) == []
    again.close()


def test_what_is_no_journal_of_this_sweep_is_refused(tmp_path: Path) -> None:
    sweep, output = sweep_of("function", "n", (1, 2, 3)), tmp_path / "x.csv"
    opened = open_journal(sweep, output)
    opened.add(0, {"value": 1.0})
    with pytest.raises(BadInput, match="another sweep into it is running"):
        open_journal(sweep, output)
    opened.close()
    with pytest.raises(BadInput, match="another --over"):
        open_journal(sweep_of("function", "n", (1, 2)), output)
    with pytest.raises(BadInput, match="another --set"):
        open_journal(sweep_of("function", "n", (1, 2, 3), seed=5), output)
    opened = open_journal(sweep, output)
    assert opened.known == {0: {"value": 1.0}}
    opened.close()
    open_journal(sweep, output, fresh=True).close()
    assert not list(tmp_path.iterdir())                     # nothing was computed: nothing is left
    for content in (b"my notes\n", b"notes"):
        journal_path(output).write_bytes(content)
        with pytest.raises(BadInput, match="is no journal of a sweep"):
            open_journal(sweep, output)
        assert journal_path(output).read_bytes() == content
    journal_path(output).write_bytes(b'{"loupe_sw')         # the header itself was cut short
    opened = open_journal(sweep, output)
    assert opened.known == {}
    opened.add(1, {"value": 4.0})
    opened.close()
    with journal_path(output).open("ab") as file:
        file.write(b"\0\0\0\n[7, {}]\n[1\n[2, {\"value\": 9.0}]\n")      # a damaged line, a point that is none, a torn one
    opened = open_journal(sweep, output)
    assert opened.known == {1: {"value": 4.0}, 2: {"value": 9.0}}
    opened.close()


@posix
def test_a_point_that_kills_its_worker_is_named_and_costs_no_other() -> None:
    found = {point.number: point for point in computed(sweep_of("crashing", "n", (0, 3, 8, 9)), LocalExecutor(2))}
    assert sorted(found) == [0, 1, 2, 3]
    assert {number: point.metrics["value"] for number, point in found.items() if point.fault is None} == {0: 5, 2: 5, 3: 5}
    assert found[1].fault is not None
    assert found[1].fault.key == "point_died"
    assert "n=3: its process ended twice" in found[1].fault.message


@posix
def test_a_worker_that_is_killed_loses_nothing() -> None:
    """Whoever computes the first points is killed while at the next ones: they are computed again, elsewhere."""
    sweep = sweep_of("costly", "x", tuple(range(12)), cost=20.0)
    found, killed = {}, set()
    for point in computed(sweep, LocalExecutor(2)):
        assert point.fault is None
        found[point.number] = point.metrics
        pid = int(point.metrics["pid"])                     # type: ignore[arg-type]
        if len(found) in (2, 6):
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    assert len(killed) == 2
    assert {n: m["value"] for n, m in found.items()} == {n: n + 6.0 for n in range(12)}


def test_a_point_that_raises_leaves_an_empty_row_and_is_tried_again(tmp_path: Path) -> None:
    found = {point.number: point for point in computed(sweep_of("raising", "n", (0, 2, 9)), LocalExecutor(2))}
    assert found[1].fault is not None
    assert found[1].fault.message == "n=2: the computation failed (ValueError: the matrix is singular)"
    assert [found[n].metrics["value"] for n in (0, 2)] == [5, 5]
    greedy = {point.number: point for point in computed(sweep_of("greedy", "n", (0, 10_000_000)), LocalExecutor(2))}
    assert greedy[0].fault is None
    assert greedy[1].fault is not None


def test_each_point_can_be_read_as_it_comes() -> None:
    done = subprocess.run([*WORDS, "--stream"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    first, *others = (json.loads(line) for line in done.stdout.splitlines())
    assert first["points"][0] == {"n": 1, "seed": 7}
    assert sorted(point["point"] for point in others) == list(range(TOTAL))
    assert all(isinstance(point["metrics"]["ks"], float) for point in others)
