"""The contract fits three kinds beyond the shipped ones: a batched training, real ranks, an edited table of jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np
import pytest

from engine.core import (
    BadInput,
    Columns,
    Concept,
    Failed,
    Overtaken,
    Run,
    Stepper,
    Table,
    build,
    iterate,
    parse_set,
    plain,
    run_key,
)
from engine.core.checks import ENGINE_CHECKS, imports_are_light
from engine.core.frame import metrics, same
from tests.engine.probes import ranks as ranks_module
from tests.engine.probes.jobs import Params as Jobs
from tests.engine.probes.jobs import jobs
from tests.engine.probes.playground import Params as Playground
from tests.engine.probes.playground import playground
from tests.engine.probes.ranks import Params as Ranks
from tests.engine.probes.ranks import ranks


@pytest.mark.parametrize("probe", [playground, ranks, jobs], ids=lambda c: c.name)
@pytest.mark.parametrize("check", [c for c in ENGINE_CHECKS if c is not imports_are_light], ids=lambda c: c.__name__)
def test_the_generic_checks_hold(probe: Concept, check: object) -> None:
    check(probe, {})                                            # type: ignore[operator]


# training: many seeds at once, live edits, repeatable -------------------------------------------------------------------


def test_a_live_edit_changes_the_next_step_and_repeats() -> None:
    params = build(Playground, {"steps": 40})
    stepper = Stepper(playground, params)
    frames = [next(stepper) for _ in range(10)]
    assert stepper.edit("learning_rate", 2) == (10, "learning_rate", 2.0)
    frames += [next(stepper) for _ in range(10)]
    stepper.edit("learning_rate", 0.01)
    frames += list(stepper)
    assert [f.rate for f in frames] == [0.0] + [0.5] * 9 + [2.0] * 10 + [0.01] * 21
    again = list(iterate(playground, params, edits=tuple(stepper.edits)))
    assert len(again) == len(frames) == 41
    assert all(map(same, frames, again))
    assert not same(frames[-1], list(iterate(playground, params))[-1])
    assert all(c.ok for c in playground.checks(params, frames))


def test_a_live_value_is_checked_like_any_other() -> None:
    stepper = Stepper(playground, Playground())
    next(stepper)
    with pytest.raises(BadInput, match="learning_rate=0"):
        stepper.edit("learning_rate", 0)
    assert run_key("probes.playground", Playground(opacity=0.1)) == run_key("probes.playground", Playground())


def test_seeds_are_metrics_and_the_net_learns() -> None:
    last = list(iterate(playground, build(Playground, {"steps": 400, "learning_rate": 2.0}), last=400))[-1]
    assert len([n for n in metrics(last) if n.startswith("loss.seed")]) == 16
    assert last.median < 0.2


# real: workers come and go ------------------------------------------------------------------------------------------------


def children_of_the_forkserver() -> set[int]:
    """Processes that are alive and descend from this one."""
    found: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                found[int(name)] = int(parent)
    ours = {os.getpid()}
    while more := {pid for pid, parent in found.items() if parent in ours} - ours:
        ours |= more
    return ours


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fails if a process more is alive after the block than before it (the forkserver itself is warmed up first)."""
    list(islice(iterate(ranks, build(Ranks, {"ranks": 2, "size": 8})), 1))
    before = children_of_the_forkserver()
    yield
    latest = time.monotonic() + 5
    while (left := children_of_the_forkserver() - before) and time.monotonic() < latest:
        time.sleep(0.02)
    assert not left


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks processes up in /proc")


@needs_proc
def test_ranks_sum_and_leave() -> None:
    params = build(Ranks, {"ranks": 4, "size": 1000})
    with nothing_left():
        frames = list(iterate(ranks, params))
    assert [c for c in ranks.checks(params, frames) if not c.ok] == []
    assert frames[-1].trace.value.measured
    assert frames[-1].trace is frames[0].trace
    assert [f.time for f in frames] == sorted(f.time for f in frames)
    assert len(set(frames[0].pids)) == 4


@needs_proc
def test_closing_or_overtaking_in_the_middle_ends_every_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    with nothing_left():
        stepper = Stepper(ranks, build(Ranks, {"size": 1_000_000}))
        next(stepper)
        stepper.close()

    def overtaken() -> None:
        raise Overtaken

    with nothing_left():
        params = Ranks()
        with pytest.raises(Overtaken):
            next(ranks.frames(params, Run(params, on_check=overtaken)))


@needs_proc
def test_a_rank_that_dies_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    started = ranks_module.start

    def start_and_kill(p: Ranks) -> object:
        workers, pipes = started(p)
        workers[1].kill()
        return workers, pipes

    with nothing_left():
        monkeypatch.setattr(ranks_module, "start", start_and_kill)
        with pytest.raises(Failed, match="ended without an answer"):
            list(iterate(ranks, Ranks(size=1_000_000)))
        monkeypatch.undo()


# trace: a table the user edits, exact times --------------------------------------------------------------------------------


@pytest.mark.parametrize("policy, lengths, late, turnaround, response", [       # OSTEP, chapter 7
    ("fifo", (10, 10, 10), 0, "20", "10"), ("fifo", (100, 10, 10), 0, "110", "70"), ("sjf", (100, 10, 10), 0, "50", "10"),
    ("sjf", (100, 10, 10), 10, "310/3", "190/3"), ("stcf", (100, 10, 10), 10, "50", "10/3"), ("sjf", (5, 5, 5), 0, "10", "5"),
    ("rr", (5, 5, 5), 0, "14", "1")])
def test_published_schedules(policy: str, lengths: tuple[int, ...], late: int, turnaround: str, response: str) -> None:
    rows = [["A", 0, lengths[0]], ["B", late, lengths[1]], ["C", late, lengths[2]]]
    f = list(iterate(jobs, build(Jobs, {"jobs": rows, "policy": policy, "quantum": 1})))[-1]
    assert (f.turnaround_exact, f.response_exact) == (turnaround, response)


def test_times_stay_exact() -> None:
    rows = [[chr(65 + i), f"{i}/7", "1/3"] for i in range(3)]
    last = list(iterate(jobs, build(Jobs, {"jobs": rows, "policy": "fifo"})))[-1]
    assert last.turnaround_exact == "11/21"                     # (1/3 + (2/3 - 1/7) + (1 - 2/7)) / 3


def test_a_table_is_a_value() -> None:
    words = parse_set(Jobs, ['jobs=[["A","1/3",2],["B",0,"0.5"]]', "policy=sjf"])
    params = build(Jobs, words)
    assert plain(params)["jobs"] == [["A", "1/3", "2"], ["B", "0", "1/2"]]
    assert build(Jobs, plain(params)) == params
    assert run_key("probes.jobs", params) != run_key("probes.jobs", Jobs())
    for bad in ([["A", "x", 1]], [["A", 1]], [], [["A", "1/0", 1]], [["A", "1e999999999", 1]], [["A", "inf", 1]]):
        with pytest.raises(BadInput, match="jobs"):
            build(Jobs, {"jobs": bad})
    with pytest.raises(BadInput, match="row 1, A"):
        list(iterate(jobs, build(Jobs, {"jobs": [["A", -1, 1]]})))


def test_arrays_of_ranks_are_shared_not_copied() -> None:
    frames = list(iterate(ranks, build(Ranks, {"ranks": 2, "size": 64})))
    assert len({id(f.sums.value) for f in frames}) == 1
    assert np.array_equal(frames[0].sums.value[0], frames[0].sums.value[1])


def test_whole_cells_of_a_table_are_not_cut_off() -> None:
    notes = (Columns("page:int"),)
    assert Table.read("pages", [[3], [4.0]], notes).rows == ((3,), (4,))
    with pytest.raises(BadInput, match=r"pages\.page=2\.7: must be a whole number"):
        Table.read("pages", [[2.7]], notes)
