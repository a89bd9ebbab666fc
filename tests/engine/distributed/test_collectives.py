"""Real ranks: results, bytes, deadlocks, deaths and lack of memory, each told; and no process is left."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import BadInput, Failed, Overtaken, Run, Stepper, build, iterate
from engine.core.workers import HOME, Workers
from engine.distributed.collectives import Frame, Params, alive, collectives
from engine.distributed.collectives_proof import expected
from engine.distributed.collectives_replay import KILLED, MEMORY, cycle_of, holders
from engine.distributed.job import Job
from engine.distributed.schedules import TABLE, algorithms

CASES = json.loads((Path(__file__).parent / "collectives_cases.json").read_text(encoding="utf-8"))["cases"]
SMALL = {"size": 2048, "patience": 0.5, "repeats": 1}


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    assert not HOME.inbox


def frames_of(**values: Any) -> list[Frame]:
    """A whole run whose every check holds."""
    params = build(Params, {**SMALL, **values})
    frames = list(iterate(collectives, params))
    wrong = [f"{c.name}: {c.measured} against {c.reference}" for c in collectives.checks(params, frames) if not c.ok]
    assert not wrong
    assert not any(map(alive, frames[-1].world.value.pids))
    return frames


@pytest.mark.parametrize("primitive", TABLE)
def test_every_primitive_by_every_algorithm_equals_the_library(primitive: str) -> None:
    for algorithm in algorithms(primitive):
        world = frames_of(primitive=primitive, algorithm=algorithm, ranks=3, root=1 if primitive in ("reduce", "gather") else 0,
                          size=1024)[-1].world.value
        assert world.verdict == "done"
        assert world.worst == 0


@pytest.mark.parametrize("op", ["avg", "max", "min", "product"])
def test_every_operation(op: str) -> None:
    assert frames_of(op=op, ranks=3)[-1].world.value.worst < 1e-9


def test_the_ring_sends_exactly_its_share() -> None:
    for n in (2, 3, 4):
        last = frames_of(ranks=n)[-1]
        assert last.world.value.sent.tolist() == [2 * (n - 1) * last.buffer // n] * n == last.sent.tolist()
        assert last.share == 2 * (n - 1) / n


@pytest.mark.parametrize(("ranks", "size"), [(3, 1024), (5, 4096), (4, 1032)])
def test_a_buffer_that_the_ranks_do_not_divide(ranks: int, size: int) -> None:
    """Made longer until they do, every rank sends its exact share; as it is, the shares are exact together."""
    last = frames_of(ranks=ranks, size=size)[-1]
    assert last.buffer % (8 * ranks) == 0 and 0 < last.buffer - size < 8 * ranks
    assert set(last.sent.tolist()) == {2 * (ranks - 1) * last.buffer // ranks}
    bare = frames_of(ranks=ranks, size=size, padded=False)[-1]
    assert bare.buffer == size and bare.total == 2 * (ranks - 1) * size
    assert set(np.abs(bare.sent - 2 * (ranks - 1) * size / ranks) < 16) == {True}
    assert bare.world.value.worst == 0


@pytest.mark.parametrize("primitive", TABLE)
def test_uneven_blocks_in_every_primitive(primitive: str) -> None:
    for algorithm in algorithms(primitive):
        world = frames_of(primitive=primitive, algorithm=algorithm, ranks=3, size=1024, padded=False)[-1].world.value
        assert (world.verdict, world.worst) == ("done", 0)


def test_buffers_before_during_and_after() -> None:
    frames = frames_of(ranks=4)
    assert np.array_equal(frames[0].holders, np.repeat(1 << np.arange(4)[:, None], 4, axis=1))
    assert (frames[-1].holders == 15).all()
    assert any(set(np.unique(f.holders)) - {1, 2, 4, 8, 15} for f in frames)
    assert [f.time for f in frames] == sorted(f.time for f in frames)
    moved = [f.moved for f in frames]
    assert moved == sorted(moved) and moved[0] == 0 and moved[-1] == frames[-1].total
    assert frames[0].world is frames[-1].world


def test_what_every_collective_leaves_is_what_torch_left() -> None:
    """The definitions that the proof uses, against values that torch.distributed produced elsewhere."""
    case = next(c for c in CASES if "what every collective leaves" in c["name"])
    own = np.array(case["inputs"]["buffers_by_rank"])
    ops = {"sum": own.sum(0), "max": own.max(0), "min": own.min(0), "product": own.prod(0), "avg": own.mean(0)}
    for op, value in ops.items():
        assert case["expected"]["rank1"][f"all_reduce_{op}"] == pytest.approx(value)
    assert case["expected"]["rank1"]["all_to_all"] == pytest.approx(own[:, 1])
    job = Job("all_to_all", "ring", "sum", 4, 0, 2, 3)
    made = expected(job)
    assert all(np.array_equal(made[r][b], made[r][b]) and made[r].shape == (4, 2) for r in range(4) for b in range(4))
    assert [made[1][b][0] for b in range(4)] == [1, 2, 4, 8]         # block b of rank 1 came from rank b: its mark is 2^b


def test_marks_tell_who_is_in_a_sum() -> None:
    job = Job("all_reduce", "ring", "product", 4, 0, 2, 3)
    assert holders(job, np.array([2.0 ** (2 + 8), 2.0 ** 15, 2.0, 0.0])).tolist() == [10, 15, 1, 0]


# what goes wrong --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["send_first", "recv_first"])
def test_a_deadlock_is_a_circle_and_ends_by_its_time_out(order: str) -> None:
    frames = frames_of(order=order)
    last, world = frames[-1], frames[-1].world.value
    assert (world.verdict, last.circle, last.stuck, last.total, last.elapsed) == ("deadlock", 4, 4, 0, None)
    step = 1 if order == "send_first" else -1
    assert [(int(a), int(world.waits_for[a])) for a in range(4)] == [(a, (a + step) % 4) for a in range(4)]
    assert (world.sends == (order == "send_first")).all()
    assert last.phase == "deadlock"


def test_blocking_calls_in_the_right_order_do_not_lock() -> None:
    assert frames_of(order="odd_even", ranks=3)[-1].world.value.verdict == "done"
    assert frames_of(order="send_first", algorithm="tree")[-1].circle == 0          # no circle in a tree


@pytest.mark.parametrize("fault, code", [("killed", KILLED), ("memory", MEMORY)])
def test_a_rank_that_dies_stops_the_others(fault: str, code: int) -> None:
    params = build(Params, {**SMALL, "fault": fault, "victim": 1})
    stepper = Stepper(collectives, params)
    frames = list(stepper)
    world = frames[-1].world.value
    assert (world.verdict, int(world.ended[1]), frames[-1].lost, stepper.run.ended) == (fault, code, 1, "rank_lost")
    assert set(np.flatnonzero(world.waits_for >= 0)) == {0, 2, 3}
    assert world.waits_for[2] == 1                                   # its right neighbour waits for the dead


def test_a_rank_that_never_calls_leaves_the_others_waiting() -> None:
    world = frames_of(fault="absent", primitive="broadcast", algorithm="tree", victim=1)[-1].world.value
    assert world.verdict == "absent"
    assert world.waits_for.tolist() == [1, -1, 0, 1]


def test_a_late_rank_makes_all_late() -> None:
    last = frames_of(fault="slow", victim=2, delay=60)[-1]
    assert last.elapsed is not None and last.elapsed >= 60


def test_reduce_by_the_library_leaves_partial_sums() -> None:
    assert frames_of(primitive="reduce", algorithm="library")[-1].leftover > 0
    assert frames_of(primitive="reduce", algorithm="naive")[-1].leftover == 0


def test_a_rank_killed_from_outside_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    gather = Workers.gather

    def kill_and_gather(self: Workers, patience: float, grace: float) -> Any:
        self.kill(2)
        return gather(self, patience, grace)

    monkeypatch.setattr(Workers, "gather", kill_and_gather)
    with pytest.raises(Failed, match=r"^rank 2 was killed by signal 9; start the run again$"):
        list(iterate(collectives, build(Params, SMALL)))


def test_an_overtaken_run_leaves_no_rank_and_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    looks = iter(range(3))

    def overtaken() -> None:
        if next(looks, None) is None:
            raise Overtaken

    params = build(Params, {**SMALL, "order": "send_first", "patience": 10})
    with pytest.raises(Overtaken):
        next(collectives.frames(params, Run(params, on_check=overtaken)))
    assert os.listdir(tmp_path) == []


def test_cycles() -> None:
    assert cycle_of(np.array([1, 2, 0, 0])) == [0, 1, 2]
    assert cycle_of(np.array([1, 2, 1, -1])) == [1, 2]
    assert cycle_of(np.array([1, 2, -1])) == []


# parameters and costs ---------------------------------------------------------------------------------------------------


def test_what_does_not_go_together_is_refused_and_settled() -> None:
    with pytest.raises(BadInput, match="algorithm=ring: with the other parameters it can be tree"):
        build(Params, {"primitive": "gather"})
    assert build(Params, {"primitive": "gather", "root": 7}, settle=True).root == 3
    with pytest.raises(BadInput, match="victim=2: with the other parameters it can be 1"):
        build(Params, {"ranks": 2, "fault": "killed"})
    assert build(Params, {"ranks": 2}).victim == 2                  # nothing goes wrong: it does not count
    assert build(Params, {"primitive": "send", "algorithm": "halving"}, settle=True).algorithm == "naive"


def test_costs_are_measured_for_every_algorithm_and_fitted() -> None:
    params = build(Params, {**SMALL, "primitive": "broadcast", "algorithm": "tree", "ranks": 2})
    frames = list(collectives.layer_frames("costs", params, Run(params)))
    last = frames[-1]
    assert [f.done for f in frames] == sorted(f.done for f in frames)
    assert last.names == algorithms("broadcast")
    assert last.seconds.shape == (4, 5) and (last.seconds > 0).all() and (last.longest >= last.seconds).all()
    assert last.alpha >= 0 and last.beta >= 0 and last.off >= 1


@pytest.mark.parametrize(("device", "there", "reason"), [("cpu", 0, "no_gpu_asked"), ("cuda", 1, "too_few_gpus")])
def test_nccl_is_chosen_only_where_every_rank_has_a_gpu(monkeypatch: pytest.MonkeyPatch, device: str, there: int,
                                                        reason: str) -> None:
    monkeypatch.setattr("engine.core.device.cuda_titles", lambda: [f"GPU {n}" for n in range(there)])
    stepper = Stepper(collectives, build(Params, {**SMALL, "ranks": 2}), device=device)
    world = list(stepper)[-1].world.value
    assert (world.backend, world.verdict) == ("gloo", "done")
    assert stepper.run.missing["gpus"] == reason
