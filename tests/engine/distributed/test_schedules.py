"""Schedules of messages, run in plain numpy: every one does what its name says, and costs what the books say."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import Array
from engine.distributed import costs
from engine.distributed.schedules import TABLE, Schedule, mirrored, schedule

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "collectives_cases.json").read_text(encoding="utf-8"))["cases"]
NAMES = {"ring": "ring", "binomial_reduce_then_broadcast": "tree", "recursive_doubling": "doubling",
         "gather_to_0_then_send_one_by_one": "naive", "recursive_halving_doubling": "halving"}


def played(rounds: Schedule, own: Array) -> list[Array]:
    """(ranks, blocks, ...) the buffers after each round; messages of a round are all read before any is written."""
    buffers, after = own.copy(), []
    for messages in rounds:
        taken = [(own if m.original else buffers)[m.sender, list(m.blocks)].copy() for m in messages]
        for m, data in zip(messages, taken, strict=True):
            buffers[m.receiver, list(m.into)] = buffers[m.receiver, list(m.into)] + data if m.combine else data
        after.append(buffers.copy())
    return after


def outcome(primitive: str, n: int, root: int, full: Array) -> tuple[Array, dict[tuple[int, int], Array]]:
    """What the ranks hold before, and what each (rank, block) is to hold after."""
    ranks, own, total = range(n), full.copy(), full.sum(axis=0)
    if primitive in ("send", "broadcast", "scatter"):
        own[[r for r in ranks if r != root]] = -1
    if primitive in ("gather", "all_gather"):
        own[:] = -1
        own[ranks, ranks] = full[ranks, ranks]
    wanted = {
        "send": {((root + 1) % n, b): full[root, b] for b in ranks},
        "broadcast": {(r, b): full[root, b] for r in ranks for b in ranks},
        "reduce": {(root, b): total[b] for b in ranks}, "all_reduce": {(r, b): total[b] for r in ranks for b in ranks},
        "gather": {(root, b): full[b, b] for b in ranks}, "all_gather": {(r, b): full[b, b] for r in ranks for b in ranks},
        "scatter": {(r, r): full[root, r] for r in ranks}, "reduce_scatter": {(r, r): total[r] for r in ranks},
        "all_to_all": {(r, b): full[b, r] for r in ranks for b in ranks}, "barrier": {}}
    return own, wanted[primitive]


@pytest.mark.parametrize("primitive, algorithm", [(p, a) for p in TABLE for a in TABLE[p]])
def test_every_schedule_does_what_its_name_says(primitive: str, algorithm: str) -> None:
    for n in range(2, 10):
        full = np.random.default_rng(n).integers(0, 100, (n, n, 2))
        for root in {0, n // 2, n - 1}:
            own, wanted = outcome(primitive, n, root, full)
            after = played(schedule(primitive, algorithm, n, root), own)[-1]
            for (rank, block), value in wanted.items():
                assert np.array_equal(after[rank, block], value), (n, root, rank, block)


@pytest.mark.parametrize("primitive, algorithm", [(p, a) for p in TABLE for a in TABLE[p]])
def test_no_rank_talks_to_itself_or_hears_two_things_for_one_block_in_a_round(primitive: str, algorithm: str) -> None:
    for n, root in product(range(2, 10), (0, 1)):
        for messages in schedule(primitive, algorithm, n, root):
            assert all(m.sender != m.receiver for m in messages)
            pairs = [(m.sender, m.receiver) for m in messages]
            assert len(set(pairs)) == len(pairs)


def test_after_a_barrier_everybody_has_heard_of_everybody() -> None:
    for algorithm, n in product(TABLE["barrier"], range(2, 10)):
        knows = [{r} for r in range(n)]
        for messages in schedule("barrier", algorithm, n, 0):
            before = [set(k) for k in knows]
            for m in messages:
                knows[m.receiver] |= before[m.sender]
        assert all(k == set(range(n)) for k in knows), (algorithm, n)


def test_mirrored_twice_is_itself() -> None:
    tree = schedule("broadcast", "tree", 7, 3)
    assert mirrored(mirrored(tree)) == tree


@pytest.mark.parametrize("case", [c for c in CASES if "rounds, bytes" in c["name"]], ids=lambda c: c["name"])
def test_published_traffic_and_times(case: dict[str, Any]) -> None:
    given = case["inputs"]
    n, size = given["ranks"], given["bytes"]
    for name, wanted in case["expected"].items():
        rounds = schedule("all_reduce", NAMES[name], n)
        sent, got = np.zeros(n), np.zeros(n)
        for m in (m for messages in rounds for m in messages):
            sent[m.sender] += len(m.blocks) * size / n
            got[m.receiver] += len(m.blocks) * size / n
        need = costs.demand(rounds, n)
        assert need.rounds == wanted["rounds"]
        assert sent.tolist() == wanted["bytes_sent_per_rank"]
        assert got.tolist() == wanted["bytes_received_per_rank"]
        time = need.seconds(size, given["alpha_s"], given["beta_s_per_byte"])
        assert time == pytest.approx(wanted["time_alpha_beta"], rel=1e-9)


def test_published_crossovers() -> None:
    case = next(c for c in CASES if "crossover" in c["name"])
    for n in map(int, case["expected"]):
        ring, doubling, tree = (costs.demand(schedule("all_reduce", a, n), n) for a in ("ring", "doubling", "tree"))
        wanted = case["expected"][str(n)]
        alpha, beta = case["inputs"]["alpha_s"], case["inputs"]["beta_s_per_byte"]
        assert costs.crossing(ring, doubling, alpha, beta) == pytest.approx(wanted["ring_equals_recursive_doubling_bytes"])
        assert costs.crossing(ring, tree, alpha, beta) == pytest.approx(wanted["ring_equals_tree_bytes"])


def test_the_ring_step_by_step() -> None:
    case = next(c for c in CASES if "step by step" in c["name"])
    own = np.array(case["inputs"]["buffers"]).reshape(4, 4, 2)
    after = played(schedule("all_reduce", "ring", 4), own)
    assert [a.reshape(4, 8).tolist() for a in after] == case["expected"]["buffers_after_each_step"]


# costs ------------------------------------------------------------------------------------------------------------------


def test_the_fit_finds_what_made_the_times_and_never_less_than_nothing() -> None:
    from scipy.optimize import nnls

    draw = np.random.default_rng(0)
    for _ in range(30):
        rounds, volumes = draw.integers(1, 20, 12).astype(float), 10 ** draw.uniform(2, 7, 12)
        exact = rounds * 3e-5 + volumes * 2e-9
        assert costs.fit(rounds, volumes, exact) == pytest.approx((3e-5, 2e-9))
        noisy = 10 ** draw.uniform(-5, -1, 12)
        found, _ = nnls(np.stack([rounds, volumes], 1) / noisy[:, None], np.ones(12))
        ours = costs.fit(rounds, volumes, noisy)
        assert ours == pytest.approx(found, rel=1e-6, abs=1e-15)


def test_the_lower_edge_is_the_fastest_everywhere() -> None:
    demands = [costs.demand(schedule("all_reduce", a, 8), 8) for a in TABLE["all_reduce"]]
    edge = costs.best_at(demands, 5e-6, 4e-11)
    for size in np.geomspace(10, 1e9, 200):
        times = [float(d.seconds(size, 5e-6, 4e-11)) for d in demands]
        at = [j for start, j in edge if start <= size][-1]
        assert times[at] == pytest.approx(min(times))
    assert [TABLE_NAMES[j] for _, j in edge] == ["doubling", "halving"]


TABLE_NAMES = list(TABLE["all_reduce"])


def test_nccls_factors() -> None:
    """doc/PERFORMANCE.md of nccl-tests, for eight ranks."""
    assert costs.bus_factor("all_reduce", 8) == 1.75
    assert {costs.bus_factor(p, 8) for p in ("reduce_scatter", "all_gather", "all_to_all")} == {0.875}
    assert {costs.bus_factor(p, 8) for p in ("broadcast", "reduce", "send")} == {1.0}
    assert costs.bus_factor("barrier", 8) is None
