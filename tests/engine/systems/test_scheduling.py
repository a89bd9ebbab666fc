"""Scheduling: printed answers of books and simulators, theorems, a second machine, conventions, and bad input."""

from __future__ import annotations

import dataclasses
import json
import os
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import BadInput, Run, Table, build, iterate
from engine.systems.burners import LOOKS
from engine.systems.jobs import Job
from engine.systems.measures import mean, measure
from engine.systems.policies import POLICIES, Rules
from engine.systems.scheduler import MOST_EVENTS, Schedule, simulate
from engine.systems.scheduling import Frame, Params, scheduling
from engine.systems.scheduling_optimum import best_wait
from engine.systems.scheduling_published import PUBLISHED
from engine.systems.scheduling_rivals import VARIED, by_slice, every_convention, ranking
from engine.systems.tasks import WEIGHTS

CASES = json.loads((Path(__file__).parent / "scheduling_cases.json").read_text(encoding="utf-8"))
F = Fraction
NAMES = {"PRIO": "priority", "PPRIO": "priority"}


def jobs(*rows: tuple[Any, ...]) -> tuple[Job, ...]:
    """Jobs from (arrival, burst) or (arrival, burst, priority)."""
    return tuple(Job(f"P{n}", F(str(r[0])), F(str(r[1])), int(r[2]) if len(r) > 2 else 0) for n, r in enumerate(rows, 1))


def ran(schedule: Schedule) -> list[tuple[int, float, float]]:
    """(job, start, end) of what ran, in order."""
    return sorted(((s.job, float(s.start), float(s.end)) for s in schedule.stretches if s.kind == "run"), key=lambda s: s[1])


def joined(spans: list[Any]) -> list[tuple[Any, float, float]]:
    """Spans with those of one job that touch made one."""
    found: list[tuple[Any, float, float]] = []
    for job, start, end in spans:
        if found and found[-1][0] == job and found[-1][2] == start:
            found[-1] = (job, found[-1][1], float(end))
        else:
            found.append((job, float(start), float(end)))
    return found


def waits(given_jobs: tuple[Job, ...], **rules: Any) -> list[float]:
    return [float(w) for w in measure(given_jobs, simulate(given_jobs, Rules(**rules)), rules.get("cpus", 1)).wait]


def frames(**values: Any) -> list[Frame]:
    return list(iterate(scheduling, build(Params, values)))


def rows(*given_rows: tuple[Any, ...]) -> list[list[Any]]:
    """Rows of the job table from (arrival, burst, priority)."""
    return [[f"P{n}", str(r[0]), str(r[1]), r[2] if len(r) > 2 else 0, 1, "0", "0"] for n, r in enumerate(given_rows, 1)]


# printed answers ------------------------------------------------------------------------------------------------------

WORKED = [(c, a) for c in CASES["worked"] for a in c["answers"]]


def test_there_are_as_many_cases_as_were_collected() -> None:
    assert [len(WORKED), *(len(CASES[k]) for k in ("scheduler", "mlfq", "lottery"))] == [60, 62, 22, 10]


@pytest.mark.parametrize(("case", "answer"), WORKED, ids=lambda v: f"{v.get('name', v.get('policy'))}"[:28])
def test_worked_cases(case: dict[str, Any], answer: dict[str, Any]) -> None:
    given_jobs = jobs(*(row[1:] for row in case["jobs"]))
    policy = NAMES.get(answer["policy"], answer["policy"].lower())
    schedule = simulate(given_jobs, Rules(policy, F(str(answer.get("q", 1))), answer["policy"] == "PPRIO"))
    names = [row[0] for row in case["jobs"]]
    assert [(names[j], a, b) for j, a, b in ran(schedule)] == joined(answer["gantt"])
    judged = measure(given_jobs, schedule, 1)
    for measured, key in ((judged.wait, "avg_wait"), (judged.turnaround, "avg_turnaround"),
                          (judged.weighted, "avg_weighted_turnaround"), (judged.response, "avg_response")):
        assert float(mean(measured)) == pytest.approx(answer[key], abs=6e-5)


@pytest.mark.parametrize("case", CASES["scheduler"], ids=lambda c: f"{c['policy']}-{c['quantum']:g}-{sum(c['bursts']):g}")
def test_ostep_scheduler(case: dict[str, Any]) -> None:
    given_jobs = jobs(*((0, burst) for burst in case["bursts"]))
    schedule = simulate(given_jobs, Rules(case["policy"], F(str(case["quantum"])), tie="table"))
    assert ran(schedule) == joined([(job, start, start + length) for start, job, length in case["gantt"]])
    judged = measure(given_jobs, schedule, 1)
    found = [[j, float(r), float(t), float(w)] for j, (r, t, w) in enumerate(
        zip(judged.response, judged.turnaround, judged.wait, strict=True))]
    assert found == sorted(case["jobs"])


@pytest.mark.parametrize("case", CASES["mlfq"], ids=lambda c: f"{c['queues']}-{c['boost']}-{c['jobs_start_run_iofreq'][0]}")
def test_ostep_feedback_queues(case: dict[str, Any]) -> None:
    given_jobs = tuple(Job(str(n), F(a), F(b), 0, 1, F(io), F(case["io_time"]))
                       for n, (a, b, io) in enumerate(case["jobs_start_run_iofreq"]))
    rules = Rules("mlfq", queues=tuple((F(length), turns) for length, turns in case["queues"]), boost=F(case["boost"]),
                  io_resets=case["io_resets"], requeue="preempted_first")
    schedule = simulate(given_jobs, rules)
    assert ran(schedule) == joined([(job, start, start + length) for start, length, job in case["gantt"] if job >= 0])
    judged = measure(given_jobs, schedule, 1)
    assert [[float(r), float(t)] for r, t in zip(judged.response, judged.turnaround, strict=True)] == case["response_turnaround"]


@pytest.mark.parametrize("case", CASES["lottery"], ids=lambda c: str(c["jobs_len_tickets"]))
def test_ostep_lottery_given_its_draws(case: dict[str, Any]) -> None:
    given_jobs = tuple(Job(str(n), F(0), F(length), 0, tickets) for n, (length, tickets) in enumerate(case["jobs_len_tickets"]))
    draws, totals = iter(case["draws"]), []

    def draw(total: int) -> int:
        number, winner, printed_total, _ = next(draws)
        totals.append((total, number % total))
        assert (printed_total, winner) == totals[-1]
        return number % total

    schedule = simulate(given_jobs, Rules("lottery"), draw)
    assert [[j, float(end)] for j, end in enumerate(schedule.finish)] == sorted(case["done"])
    assert next(draws, None) is None


@pytest.mark.parametrize("answer", [a for a in PUBLISHED if not a.wrong], ids=lambda a: f"{a.source}-{a.policy}-{a.quantum}")
def test_published_means(answer: Any) -> None:
    queues = tuple((F(2**k), 1) for k in range(5))
    rules = Rules(answer.policy, F(answer.quantum or 1), queues=queues)
    given_jobs = jobs(*answer.jobs)
    assert mean(measure(given_jobs, simulate(given_jobs, rules), 1).turnaround) == answer.turnaround


def test_a_wrong_key_is_given_by_no_convention() -> None:
    wrong = next(a for a in PUBLISHED if a.wrong)
    given_jobs = jobs(*wrong.jobs)
    found = every_convention(given_jobs, Rules(wrong.policy, F(wrong.quantum)), Run(Params()))
    assert found.source == wrong.source and found.answer[1] == 11.25
    assert not np.isclose(found.judged[:, 1], 11.25).any()
    assert mean(measure(given_jobs, simulate(given_jobs, Rules("fcfs")), 1).turnaround) == F("11.25")


# by hand --------------------------------------------------------------------------------------------------------------

THREE = jobs((0, 24), (0, 3), (0, 3))


def test_time_is_exact() -> None:
    """Ten slices of a tenth are one, to the last bit; thirds stay thirds."""
    given_jobs = jobs((0, 1), (0, "1/3"))
    schedule = simulate(given_jobs, Rules("rr", F("0.1")))
    assert schedule.finish == (F(4, 3), F(11, 15)) and sum(s.end - s.start for s in schedule.stretches) == F(4, 3)


def test_convention_at_the_instant_a_slice_ends() -> None:
    stallings = jobs((0, 3), (2, 6), (4, 4), (6, 5), (8, 2))
    assert mean(measure(stallings, simulate(stallings, Rules("rr")), 1).turnaround) == F(54, 5)
    other = Rules("rr", requeue="preempted_first")
    assert mean(measure(stallings, simulate(stallings, other), 1).turnaround) == F(52, 5)


def test_equal_newcomers_preempt_only_by_convention() -> None:
    given_jobs = jobs((0, 5), (2, 3))
    assert ran(simulate(given_jobs, Rules("srtf"))) == [(0, 0, 5), (1, 5, 8)]
    assert ran(simulate(given_jobs, Rules("srtf", preempt_equal=True))) == [(0, 0, 2), (1, 2, 5), (0, 5, 8)]


def test_ties_by_arrival_queue_or_table() -> None:
    given_jobs = (Job("A", F(1), F(2)), Job("B", F(0), F(2)), Job("C", F(0), F(2)))
    orders = {tie: [j for j, _, _ in ran(simulate(given_jobs, Rules("sjf", tie=tie)))] for tie in ("arrival", "queue", "table")}
    assert orders == {"arrival": [1, 2, 0], "queue": [1, 2, 0], "table": [1, 0, 2]}


def test_priority_in_both_directions() -> None:
    given_jobs = jobs((0, 10, 3), (0, 1, 1), (0, 2, 4), (0, 1, 5), (0, 5, 2))
    assert [j for j, _, _ in ran(simulate(given_jobs, Rules("priority")))] == [1, 4, 0, 2, 3]
    assert [j for j, _, _ in ran(simulate(given_jobs, Rules("priority", larger_first=True)))] == [3, 2, 0, 4, 1]


def test_ageing_ends_starvation() -> None:
    given_jobs = jobs((0, 4, 4), *((3 * k, 3, 1) for k in range(7)))
    assert max(waits(given_jobs, policy="priority")) == 21
    assert max(waits(given_jobs, policy="priority", ageing=F(2))) == 6


def test_switch_cost_is_paid_between_jobs_only() -> None:
    schedule = simulate(THREE, Rules("rr", F(4), switch_cost=F(1, 2)))
    assert schedule.switches == 3 and schedule.finish == (F(63, 2), F(15, 2), F(11))
    assert simulate(jobs((0, 9)), Rules("rr", F(1), switch_cost=F(5))).finish == (9,)


def test_io_overlaps_with_another_job() -> None:
    given_jobs = (Job("A", F(0), F(4), 0, 1, F(2), F(3)), Job("B", F(0), F(5)))
    assert ran(simulate(given_jobs, Rules("fcfs"))) == [(0, 0, 2), (1, 2, 7), (0, 7, 9)]
    assert waits(given_jobs, policy="fcfs") == [2, 2]
    # at 5 both have 2 left until their next pause or end: an equal newcomer waits, unless the convention says otherwise
    assert ran(simulate(given_jobs, Rules("srtf"))) == [(0, 0, 2), (1, 2, 7), (0, 7, 9)]
    assert ran(simulate(given_jobs, Rules("srtf", preempt_equal=True))) == [(0, 0, 2), (1, 2, 5), (0, 5, 7), (1, 7, 9)]


def test_two_processors_share_one_queue() -> None:
    schedule = simulate(jobs((0, 4), (0, 3), (0, 2)), Rules("fcfs", cpus=2))
    assert [(s.job, s.cpu, float(s.start)) for s in schedule.stretches if s.job == 2] == [(2, 1, 3.0)]
    assert max(schedule.finish) == 5


def test_a_job_that_games_the_queues_wins_only_under_the_old_rule() -> None:
    given_jobs = (Job("Sly", F(0), F(36), 0, 1, F(9), F(1)), Job("Fair", F(0), F(40)), Job("Kind", F(0), F(20)))
    queues = tuple((F(10), 1) for _ in range(3))
    assert waits(given_jobs, policy="mlfq", queues=queues, io_resets=True)[0] == 19
    assert waits(given_jobs, policy="mlfq", queues=queues)[0] == 57


def test_stride_keeps_shares_to_within_a_slice() -> None:
    given_jobs = tuple(Job(str(t), F(0), F(40), 0, t) for t in (4, 2, 1))
    schedule = simulate(given_jobs, Rules("stride"))
    for time in range(1, 50):
        for j, share in enumerate((F(4, 7), F(2, 7), F(1, 7))):
            had = sum(min(s.end, F(time)) - min(s.start, F(time)) for s in schedule.stretches if s.job == j)
            assert abs(had - share * time) <= 1


# theorems -------------------------------------------------------------------------------------------------------------

@cache
def _least_sum(left: tuple[tuple[int, int], ...], now: int) -> int:
    """The least sum of finishes of all preemptive schedules in whole ticks, by trying each job at each tick."""
    if not left:
        return 0
    here = [k for k, (arrival, _) in enumerate(left) if arrival <= now]
    if not here:
        return _least_sum(left, min(a for a, _ in left))
    found = []
    for k in here:
        arrival, burst = left[k]
        rest = left[:k] + left[k + 1:]
        found.append(now + 1 + _least_sum(rest, now + 1) if burst == 1 else
                     _least_sum(tuple(sorted((*rest, (arrival, burst - 1)))), now + 1))
    return min(found)


small_jobs = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(small_jobs)
def test_srtf_is_the_best_of_all_preemptive_schedules(given_rows: list[tuple[int, int]]) -> None:
    schedule = simulate(jobs(*given_rows), Rules("srtf"))
    assert sum(schedule.finish) == _least_sum(tuple(sorted(given_rows)), 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=7))
def test_sjf_is_the_best_order_when_all_are_there(bursts: list[int]) -> None:
    given_jobs = jobs(*((0, burst) for burst in bursts))
    assert mean(measure(given_jobs, simulate(given_jobs, Rules("sjf")), 1).wait) == best_wait(given_jobs)


def test_a_faster_job_can_make_everybody_wait_longer() -> None:
    slow, fast = (jobs((0, burst), (0, 10), (4, 1), (4, 1)) for burst in (4, "7/2"))
    assert sum(waits(slow, policy="sjf")) == 7 and sum(waits(fast, policy="sjf")) == 23.5
    assert best_wait(fast) == F(7, 4)                   # reached by an order that lets the processor idle for a while


def test_no_optimum_where_it_is_not_searched() -> None:
    assert best_wait(jobs(*((0, 1) for _ in range(9)))) is None
    assert best_wait((Job("A", F(0), F(4), 0, 1, F(1), F(1)),)) is None


# the concept ----------------------------------------------------------------------------------------------------------

halves = st.integers(0, 12).map(lambda n: str(F(n, 2)))
thirds = st.integers(1, 18).map(lambda n: str(F(n, 3)))
plans = st.lists(thirds, min_size=3, max_size=5).filter(lambda parts: len(parts) % 2).map("+".join)
table = st.lists(st.tuples(halves, thirds, st.integers(0, 3), st.integers(1, 5), st.sampled_from(["0", "1", "3/2"]), halves),
                 min_size=1, max_size=5)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table, st.lists(st.tuples(st.integers(0, 4), plans), max_size=2), st.fixed_dictionaries({
    "policy": st.sampled_from(sorted(POLICIES)), "quantum": st.sampled_from([0.5, 1.0, 1.5, 3.0]), "preemptive": st.booleans(),
    "ageing": st.sampled_from([0.0, 1.0, 2.5]), "boost": st.sampled_from([0.0, 5.0]), "io_resets": st.booleans(),
    "cpus": st.integers(1, 3), "switch_cost": st.sampled_from([0.0, 0.0, 0.5]), "preempt_equal": st.booleans(),
    "tie": st.sampled_from(["arrival", "queue", "table"]), "requeue": st.sampled_from(["arrivals_first", "preempted_first"]),
    "latency": st.sampled_from([1.0, 6.0]), "least": st.sampled_from([0.5, 1.0]), "tick": st.sampled_from([0.5, 1.0]),
    "larger_first": st.booleans(), "after_io": st.sampled_from(["tail", "head"]), "seed": st.integers(0, 99),
    "queues": st.lists(st.tuples(thirds, st.integers(1, 3)).map(list), min_size=1, max_size=3)}))
def test_the_tick_by_tick_machine_agrees(given_rows: list[tuple[Any, ...]], planned: list[tuple[int, str]],
                                         values: dict[str, Any]) -> None:
    cells = [["", *row] for row in given_rows]
    for at, plan in planned:
        cells[at % len(cells)][2], cells[at % len(cells)][5] = plan, "0"
    p = build(Params, {**values, "jobs": cells})
    checks = scheduling.checks(p, list(iterate(scheduling, p)))
    assert {c.name for c in checks} >= {"clock", "wait", "little", "work", "one_at_a_time", "never_idle"}
    assert all(c.ok for c in checks), [c for c in checks if not c.ok]


@pytest.mark.parametrize("name", ["clock", "wait", "little"])
def test_the_proof_can_fail(name: str) -> None:
    """A schedule that is not the one asked for is found out."""
    p = build(Params, {"policy": "rr"})
    wrong = list(iterate(scheduling, build(Params, {"policy": "rr", "quantum": 2.0})))
    if name == "little":
        wrong[-1] = dataclasses.replace(wrong[-1], mean_wait=wrong[-1].mean_wait + 0.01)
    assert name in {c.name for c in scheduling.checks(p, wrong) if not c.ok}


def test_the_five_jobs_of_the_design() -> None:
    f = frames()[-1]
    assert (f.mean_wait, f.mean_turnaround, f.worst_response, f.switches, f.makespan) == (14.2, 19.8, 9.0, 10, 28.0)
    assert f.world.value.wait.tolist() == [17, 13, 17, 15, 9] and f.best_wait == 7.2


def test_frames_are_the_instants_at_which_something_happens() -> None:
    found = frames()
    times = [f.time for f in found]
    assert times == sorted(set(times)) and times[0] == 0 and times[-1] == 28
    at_17 = next(f for f in found if f.time == 17)
    assert at_17.moment.running.tolist() == [1] and at_17.moment.ready.tolist() == [2, 3, 0] and at_17.waiting == 3
    assert at_17.moment.key_texts == ("11", "8", "5", "2") and at_17.phase == "waiting" and found[-1].phase == "draining"


def test_the_inspector_shows_exact_ratios() -> None:
    stallings = rows((0, 3), (2, 6), (4, 4), (6, 5), (8, 2))
    at_13 = next(f for f in frames(policy="hrrn", jobs=stallings) if f.time == 13)
    assert at_13.moment.running.tolist() == [4] and at_13.moment.key_texts == ("7/2", "12/5")


def test_conventions_and_the_book() -> None:
    stallings = jobs((0, 3), (2, 6), (4, 4), (6, 5), (8, 2))
    found = every_convention(stallings, Rules("rr"), Run(Params()))
    assert found.settings == (("requeue_arrivals_first",), ("requeue_preempted_first",))
    assert found.judged[:, 1].tolist() == [10.8, 10.4] and found.source == "stallings" and found.answer[1] == 10.8
    assert found.orders[0].startswith("P1 P2 P1 P2 P3") and found.orders[1].startswith("P1 P2 P3 P2 P3 P4")
    own = every_convention(jobs((0, 3), (2, 6)), Rules("rr"), Run(Params()))
    assert own.source == "" and np.isnan(own.answer).all()


def test_every_policy_and_slice_is_compared() -> None:
    five = Params().job_list()
    found = ranking(five, Params().rules(), Run(Params()))
    by_name = dict(zip(found.policies, found.judged[:, 0].tolist(), strict=True))
    assert set(by_name) == set(POLICIES) == set(VARIED)
    assert (by_name["fcfs"], by_name["srtf"], by_name["rr"]) == (11, 6.4, 14.2)
    *_, last = by_slice(five, Params().rules(), Run(Params()))
    assert last.done == 1 and last.judged[-1, 0] == 11 and last.judged[list(last.quantum).index(3.0), 0] == 14.2


@pytest.mark.parametrize(("q", "turnaround"), [(1, 11), (2, 11.5), (3, 10.75), (4, 11.5), (5, 12.25), (6, 10.5), (7, 10.5)])
def test_the_mean_turnaround_goes_up_and_down_with_the_slice(q: int, turnaround: float) -> None:
    f = frames(policy="rr", quantum=q, jobs=rows((0, 6), (0, 3), (0, 1), (0, 7)))[-1]
    assert f.mean_turnaround == turnaround


# bad input ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("cell", "value", "said"), [
    ("jobs[0].burst", "0", "jobs.burst=0: must lie in [1/100, 10000]"),
    ("jobs[1].arrival", "-1", "jobs.arrival=-1: must lie in [0, 10000]"),
    ("jobs[1].arrival", "soon", "jobs.arrival='soon': must be a number or a fraction"),
    ("jobs[1].arrival", "1/0", "jobs.arrival='1/0': must be a number or a fraction"),
    ("jobs[0].tickets", 0, "jobs.tickets=0: must lie in [1, 9999]"),
    ("jobs[9].arrival", 1, "jobs has the rows 0 to 4"), ("jobs[0].colour", 1, "the columns name, arrival"),
    ("queues[0].slice", "1/1000", "queues.slice=1/1000: must lie in"),
])
def test_bad_cells_are_refused(cell: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput, match=".*") as fault:
        build(Params, {cell: value})
    assert said in str(fault.value)


def test_no_jobs_and_too_many_are_refused() -> None:
    for count in (0, 21):
        with pytest.raises(BadInput, match="jobs has"):
            build(Params, {"jobs": rows(*((0, 1) for _ in range(count)))})


def test_a_run_of_endless_slices_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match=f"more than {MOST_EVENTS} events; use a longer slice"):
        frames(quantum=0.5, jobs=rows((0, 10000), (0, 10000)))


def test_a_cell_is_set_by_its_own_name() -> None:
    p = build(Params, {"jobs[1].arrival": 2.5, "jobs[1].priority": 7})
    assert p.jobs.rows[1] == ("P2", "5/2", "4", 7, 100, "0", "0") and p.jobs.rows[0] == Params().jobs.rows[0]
    again = build(Params, {"jobs[0].burst": "17/3"}, p)
    assert again.jobs.rows[0][2] == "17/3" and again.jobs.rows[1] == p.jobs.rows[1] and isinstance(again.jobs, Table)


# plans of bursts, and the fair scheduler --------------------------------------------------------------------------------


def test_a_plan_of_bursts_that_differ() -> None:
    """P1 computes 10, is away 20, computes 5, is away 10, computes 2; P2 computes 12 + 8 with I/O of 5 between."""
    f = frames(policy="fcfs", jobs=[["P1", "0", "10+20+5+10+2", 0, 1, "0", "0"], ["P2", "0", "12+5+8", 0, 1, "0", "0"]])[-1]
    w = f.world.value
    assert w.burst.tolist() == [17, 20] and w.away.tolist() == [30, 5]
    assert w.finish.tolist() == [52, 35] and w.wait.tolist() == [5, 10]
    assert f.best_wait is None


def test_the_exam_of_2012_as_plans() -> None:
    """P1: C60 IO80 C20; P2, 5 later: C120 IO40 C40; 260 ms until both are done."""
    exam = [["P1", "0", "60+80+20", 0, 1, "0", "0"], ["P2", "5", "120+40+40", 0, 1, "0", "0"]]
    assert frames(policy="fcfs", jobs=exam)[-1].makespan == 260


def test_a_plan_equals_the_gap_that_it_spells_out() -> None:
    spelled = (Job("A", F(0), F(7), 0, 1, plan=(F(3), F(2), F(3), F(2), F(1))), Job("B", F(1), F(4)))
    gapped = (Job("A", F(0), F(7), 0, 1, F(3), F(2)), Job("B", F(1), F(4)))
    for policy in POLICIES:
        a, b = (simulate(given_jobs, Rules(policy, F(2))) for given_jobs in (spelled, gapped))
        assert a.stretches == b.stretches, policy


@pytest.mark.parametrize(("burst", "gap", "said"), [
    ("3+4", "0", "P1 ends with I/O (3+4)"), ("3+4+5", "2", "both a plan"), ("3+0+5", "0", "must lie in [1/100, 10000]"),
    ("3++5", "0", "must be a number or a fraction"), ("3+x+5", "0", "jobs.burst='x': must be a number")])
def test_bad_plans_are_refused(burst: str, gap: str, said: str) -> None:
    with pytest.raises(BadInput) as fault:
        frames(jobs=[["P1", "0", burst, 0, 1, gap, "0"]])
    assert said in str(fault.value)


def test_the_fair_scheduler_of_the_book() -> None:
    """Three Easy Pieces, figure 9.4: four jobs share 48 ms in slices of 12; once two are left the slices are 24."""
    schedule = simulate(jobs((0, 72), (0, 72), (0, 24), (0, 24)), Rules("fair", latency=F(48), least=F(6)))
    spans = ran(schedule)
    assert [(j, b - a) for j, a, b in spans[:8]] == [(j, 12) for j in (0, 1, 2, 3)] * 2
    assert [(j, b - a) for j, a, b in spans[8:]] == [(0, 24), (1, 24)] * 2


def test_nice_values_weigh_as_the_book_says() -> None:
    """Chapter 9: nice -5 beside nice 0 gets about 3/4 of the latency, three times as much."""
    both = (Job("A", F(0), F(300), -5), Job("B", F(0), F(100), 0))
    spans = ran(simulate(both, Rules("fair", latency=F(48), least=F(6))))
    assert spans[0] == (0, 0, 37)                                           # 36.14, to the next tick
    assert sum(min(b, 240) - a for j, a, b in spans if j == 0 and a < 240) == pytest.approx(180, abs=12)
    assert all(WEIGHTS[n] == pytest.approx(1024 * 1.25 ** (20 - n), rel=0.1) for n in range(40))


def test_many_jobs_never_get_less_than_the_least_slice() -> None:
    spans = ran(simulate(jobs(*((0, 12) for _ in range(20))), Rules("fair", latency=F(48), least=F(6))))
    assert {b - a for _, a, b in spans} == {6}


def test_who_sleeps_cannot_save_up_run_time() -> None:
    """A job that comes late, or back from I/O, begins where the others are, or it would hold the processor for long."""
    schedule = simulate(jobs((0, 100), (50, 30)), Rules("fair", latency=F(10), least=F(1)))
    late = [(a, b) for j, a, b in ran(schedule) if j == 1]
    assert max(b - a for a, b in late) <= 10


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be pinned here")
def test_real_processes_share_a_processor_by_their_weights() -> None:
    given_jobs = [["A", "0", "3", 0, 1, "0", "0"], ["B", "0", "3", 10, 1, "0", "0"]]
    params = build(Params, {"policy": "fair", "compare": "measured", "jobs": given_jobs})
    found = list(scheduling.layer_frames("measured", params, Run(params)))
    assert [f.seconds for f in found] == sorted(f.seconds for f in found) and len(found) == LOOKS
    here = os.getpriority(os.PRIO_PROCESS, 0)                   # what one is started with counts: nice adds to it
    assert found[-1].nice.tolist() == [here, min(here + 10, 19)]
    weights = np.array([WEIGHTS[n + 20] for n in found[-1].nice])
    assert found[-1].got.sum() == pytest.approx(1) and found[-1].promised == pytest.approx(weights / weights.sum())
    assert found[-1].got[0] > found[-1].got[1] > 0             # how exactly is the machine's affair: others use it too
    unasked = list(scheduling.layer_frames("measured", Params(), Run(Params())))
    assert [f.cpu for f in unasked] == [-1]
