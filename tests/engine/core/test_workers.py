"""Real workers: they answer, they end in every way there is, each is told in one sentence, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.faults import Failed, Overtaken
from engine.core.run import Run
from engine.core.workers import HOME

psutil = pytest.importorskip("psutil")
SPAWNED = Path(__file__).resolve().parent / "spawned"
PATIENCE = 60.0             # seconds; generous, for machines that are busy


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SPAWNED))


@pytest.fixture
def run() -> Iterator[Run]:
    yield Run(None)
    assert not HOME.inbox, "workers were not closed"


def living(pids: Iterable[int], seconds: float = 10.0) -> list[int]:
    """Those of the processes that still live after so long at most (zombies are dead)."""
    until, left = time.monotonic() + seconds, list(pids)
    while left and time.monotonic() < until:
        left = [pid for pid in left if alive(pid)]
        time.sleep(0.01)
    return left


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def answers(run: Run, target: str, arguments: list[dict[str, Any]]) -> list[Any]:
    with run.spawn(target, arguments) as workers:
        return workers.answers(PATIENCE)


def test_workers_answer_in_order_and_are_gone_after_the_block(run: Run) -> None:
    with run.spawn("hands:square", [{"value": v} for v in range(4)]) as workers:
        assert workers.answers(PATIENCE) == [0, 1, 4, 9]
        assert [o.said for o in workers.outcomes] == [[("began", pid)] for pid in workers.pids]
    assert len(set(workers.pids)) == 4
    assert not any(map(alive, workers.pids))


def test_a_worker_is_told_things(run: Run) -> None:
    with run.spawn("hands:echo", [{}, {}]) as workers:
        workers.tell(0, "a")
        workers.tell(1, "b")
        assert workers.answers(PATIENCE) == ["a", "b"]


def test_two_crews_at_once_do_not_mix(run: Run) -> None:
    with run.spawn("hands:echo", [{}]) as one, run.spawn("hands:square", [{"value": 3}]) as two:
        assert two.answers(PATIENCE) == [9]
        one.tell(0, 5)
        assert one.answers(PATIENCE) == [5]


@pytest.mark.parametrize("how, sentence", [
    ("killed", "rank 1 was killed by signal 9; start the run again"),
    ("left", "rank 1 ended with status 3 and no answer; start the run again"),
    ("memory", "rank 1 ran out of memory; make it smaller, or take fewer ranks"),
    ("raised", "rank 1 failed: ValueError: the matrix is singular"),
    ("import", "the ranks cannot start: ModuleNotFoundError: No module named 'nowhere'")])
def test_every_way_to_end_is_one_sentence(run: Run, how: str, sentence: str) -> None:
    with pytest.raises(Failed) as told:
        answers(run, "nowhere:die" if how == "import" else "hands:die", [{}, {"how": how}, {}])
    assert told.value.message == sentence


def test_silence_is_one_sentence_too(run: Run) -> None:
    with run.spawn("hands:die", [{}, {"how": "silent"}]) as workers:
        while not workers.outcomes[0].answered:
            workers.listen()
        with pytest.raises(Failed, match="rank 1 gave no answer in time"):
            workers.answers(0.1)
    assert not any(map(alive, workers.pids))


def test_the_cause_is_told_before_its_victims(run: Run) -> None:
    with pytest.raises(Failed, match="rank 2 was killed"):
        answers(run, "hands:die", [{"how": "raised"}, {"how": "raised"}, {"how": "killed"}])


def test_killing_one_leaves_the_others(run: Run) -> None:
    with run.spawn("hands:sleep", [{}, {}]) as workers:
        workers.kill(1)
        while workers.outcomes[1].exitcode is None:
            workers.listen()
        assert workers.outcomes[1].exitcode == -signal.SIGKILL
        assert alive(workers.pids[0])
    assert not any(map(alive, workers.pids))


def test_an_overtaken_run_leaves_nobody() -> None:
    assert answers(Run(None), "hands:square", [{"value": 2}]) == [4]         # the nursery is up
    looks = iter(range(30))

    def overtaken() -> None:
        if next(looks, None) is None:
            raise Overtaken

    with Run(None, on_check=overtaken).spawn("hands:sleep", [{}, {"stopped": True}]) as workers, pytest.raises(Overtaken):
        workers.gather(PATIENCE)
    assert not any(map(alive, workers.pids))
    assert not HOME.inbox


def test_a_closed_generator_leaves_nobody(run: Run) -> None:
    def frames() -> Iterator[tuple[int, ...]]:
        with run.spawn("hands:sleep", [{}] * 3) as workers:
            yield workers.pids

    stream = frames()
    pids = next(stream)
    assert all(map(alive, pids))
    stream.close()                                      # type: ignore[attr-defined]
    assert not any(map(alive, pids))


def test_a_killed_nursery_takes_its_workers_along_and_is_replaced(run: Run) -> None:
    with run.spawn("hands:sleep", [{}, {}]) as workers:
        assert HOME.process is not None
        HOME.process.kill()
        with pytest.raises(Failed, match="the process that starts the ranks has ended"):
            workers.gather(PATIENCE)
    if sys.platform == "linux":
        assert living(workers.pids) == []
    with run.spawn("hands:square", [{"value": 5}]) as workers:
        assert workers.answers(PATIENCE) == [25]


def test_the_nursery_has_one_thread(run: Run) -> None:
    with run.spawn("hands:square", [{}], imports=("torch.distributed",)) as workers:
        workers.answers(PATIENCE)
    assert HOME.process is not None
    assert psutil.Process(HOME.process.pid).num_threads() == 1


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_nobody_outlives_a_parent_that_is_killed() -> None:
    """One of its workers is stopped and can do nothing for itself."""
    started = subprocess.Popen([sys.executable, str(SPAWNED / "hands.py")], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    try:
        pids = [int(word) for word in started.stdout.readline().split()]
        assert len(pids) == 4 and all(map(alive, pids))
    finally:
        started.kill()
        started.wait()
        started.stdout.close()
    assert living(pids) == []
