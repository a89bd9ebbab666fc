"""Traces in the Trace Event Format, read as Perfetto's importer reads them: by phase, with threads, nesting and flows."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.export import TRACE, Figure, export, kind_of, suffixes_for
from app.export.trace_events import events_of, trace_of
from app.provenance import read_provenance
from engine.core.faults import BadInput
from engine.core.frame import Shared
from engine.core.trace import trace

from .conftest import figure_of


@pytest.fixture(scope="module")
def scheduling() -> Figure:
    return figure_of("systems.scheduling", last=3)


def read(path: Path) -> list[dict[str, Any]]:
    report = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert report["displayTimeUnit"] in ("ms", "ns")                  # the two that the format knows
    events: list[dict[str, Any]] = report["traceEvents"]
    assert all(isinstance(e["pid"], int) and isinstance(e["tid"], int) and e["ph"] in "MXbesf" for e in events)
    return events


def nest(events: list[dict[str, Any]]) -> bool:
    """Whether the spans of each thread lie beside or within one another."""
    threads = defaultdict(list)
    for e in events:
        if e["ph"] == "X":
            threads[e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
    for spans in threads.values():
        open_until: list[float] = []
        for start, end in sorted(spans, key=lambda s: (s[0], -s[1])):
            while open_until and open_until[-1] <= start + 2e-3:
                open_until.pop()
            if open_until and end > open_until[-1] + 2e-3:
                return False
            open_until.append(end)
    return True


def test_a_simulation_is_exported_with_every_span(scheduling: Figure, tmp_path: Path) -> None:
    export(scheduling, tmp_path / f"a{TRACE}")
    events, world = read(tmp_path / f"a{TRACE}"), scheduling.recorded().frame.world.value
    spans = [e for e in events if e["ph"] == "X"]
    assert len(spans) == len(world.trace.span_row)
    assert {e["args"]["name"] for e in events if e["name"] == "thread_name"} == set(world.trace.rows)
    assert sum(e["dur"] for e in spans if e["name"] == "run" and e["tid"] < 5) == pytest.approx(1e3 * world.burst.sum())
    assert nest(events)
    assert read_provenance(tmp_path / f"a{TRACE}") == scheduling.provenance()


def test_real_ranks_are_exported_with_every_message(tmp_path: Path) -> None:
    figure = figure_of("distributed.collectives", last=None, ranks=3, size=2048)
    export(figure, tmp_path / f"a{TRACE}")
    events, t = read(tmp_path / f"a{TRACE}"), figure.recorded().frame.world.value.trace
    by_phase = {ph: {e["id"]: e for e in events if e["ph"] == ph} for ph in "besf"}
    assert {len(found) for found in by_phase.values()} == {len(t.message_from)} == {12}
    for number in range(12):
        begin, end = by_phase["b"][number], by_phase["e"][number]
        assert begin["args"]["bytes"] == t.message_bytes[number]
        assert begin["ts"] == pytest.approx(1e6 * t.message_sent[number], abs=1e-3)
        assert end["ts"] == pytest.approx(1e6 * t.message_received[number], abs=1e-3)
        for flow in (by_phase["s"][number], by_phase["f"][number]):             # an arrow hangs on a span
            assert any(e["ph"] == "X" and e["tid"] == flow["tid"] and e["ts"] <= flow["ts"] <= e["ts"] + e["dur"]
                       for e in events)
    assert nest(events)
    times = [e["ts"] for e in events if "ts" in e]
    assert times == sorted(times)


def test_units() -> None:
    made = trace(("a", "b"), [(0, 0.5, 1.5, "run")], [(0, 1, 0.25, 0.75, 8)])
    events = events_of(made, "t")
    assert [e["ts"] for e in events if e["ph"] == "X"] == [500.0]               # a simulation's unit counts as 1 ms
    real = trace(("a", "b"), [(0, 0.5, 1.5, "run")], [(0, 1, 0.25, 0.75, 8)], measured=True)
    assert [e["ts"] for e in events_of(real, "t") if e["ph"] == "X"] == [500_000.0]


def test_only_what_has_a_trace_offers_one(clt: Figure, scheduling: Figure, tmp_path: Path) -> None:
    assert TRACE in suffixes_for(scheduling) and TRACE not in suffixes_for(clt)
    with pytest.raises(BadInput, match="has no trace"):
        export(clt, tmp_path / f"a{TRACE}")
    assert not (tmp_path / f"a{TRACE}").exists()
    assert kind_of(Path("x.TRACE.JSON")) == TRACE and kind_of(Path("trace.json")) == ".json"


def test_a_trace_is_found_wherever_a_frame_keeps_it() -> None:
    @dataclass(frozen=True)
    class World:
        number: int
        trace: Any

    made = trace(("a",), [(0, 0.0, 1.0, "run")])
    assert trace_of(Shared(World(1, made))) is made
    assert trace_of(World(1, None)) is None


# as Perfetto's importer reads it -------------------------------------------------------------------------------------------
# After json_trace_parser and slice_tracker of the Perfetto sources: times are multiplied by 1000 and cut to whole
# nanoseconds; complete slices of a thread must nest exactly; a flow binds to the slice around its time, found by
# (category, name, id); asynchronous events pair by (category, id).


class Importer:
    """What the trace processor would make of the events: slices, arrows, and complaints."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.complaints: list[str] = []
        self.slices: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self.arrows = 0
        self.threads: dict[int, str] = {}
        self._begun: dict[tuple[str, str, int], bool] = {}
        self._open: dict[tuple[str, int], int] = {}
        order = sorted((e for e in events if e["ph"] != "M"), key=lambda e: self.ns(e["ts"]))    # stable, as its sorter is
        for e in [e for e in events if e["ph"] == "M"] + order:
            getattr(self, f"take_{e['ph']}")(e)
        self.complaints += [f"never ends: {key}" for key in self._open] + [f"no head: {key}" for key in self._begun]

    @staticmethod
    def ns(value: float) -> int:
        assert isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        return int(value * 1000)

    def take_M(self, e: dict[str, Any]) -> None:  # noqa: N802
        if e["name"] in ("thread_name", "process_name"):
            assert isinstance(e["args"]["name"], str) and e["args"]["name"]
            self.threads[e["tid"]] = e["args"]["name"]
        else:
            assert e["name"] == "thread_sort_index" and isinstance(e["args"]["sort_index"], int)

    def take_X(self, e: dict[str, Any]) -> None:  # noqa: N802
        start = self.ns(e["ts"])
        end, stack = start + self.ns(e["dur"]), self.slices[e["pid"], e["tid"]]
        around = [s for s in stack if s[1] > start]
        if around and end > min(s[1] for s in around):
            self.complaints.append(f"overlaps: {e}")
        stack.append((start, end))

    def take_b(self, e: dict[str, Any]) -> None:
        if (e["cat"], e["id"]) in self._open:
            self.complaints.append(f"begun twice: {e}")
        self._open[e["cat"], e["id"]] = self.ns(e["ts"])

    def take_e(self, e: dict[str, Any]) -> None:
        begun = self._open.pop((e["cat"], e["id"]), None)
        if begun is None or self.ns(e["ts"]) < begun:
            self.complaints.append(f"ends before it begins: {e}")

    def take_s(self, e: dict[str, Any]) -> None:
        self._begun[e["cat"], e["name"], e["id"]] = self._within(e)

    def take_f(self, e: dict[str, Any]) -> None:
        assert e["bp"] == "e"
        if self._begun.pop((e["cat"], e["name"], e["id"]), False) and self._within(e):
            self.arrows += 1

    def _within(self, e: dict[str, Any]) -> bool:
        at = self.ns(e["ts"])
        found = any(start <= at < end for start, end in self.slices[e["pid"], e["tid"]])
        if not found:
            self.complaints.append(f"no slice around: {e}")
        return found


@pytest.mark.parametrize("ranks", [2, 5])
def test_the_importer_has_no_complaint_of_real_ranks(tmp_path: Path, ranks: int) -> None:
    figure = figure_of("distributed.collectives", last=None, ranks=ranks, size=2048)
    export(figure, tmp_path / f"a{TRACE}")
    made = Importer(read(tmp_path / f"a{TRACE}"))
    assert made.complaints == []
    assert made.arrows == len(figure.recorded().frame.world.value.trace.message_from) == 2 * (ranks - 1) * ranks
    assert list(made.threads.values()) == [f"rank {r}" for r in range(ranks)]


def test_the_importer_has_no_complaint_of_a_schedule(scheduling: Figure, tmp_path: Path) -> None:
    export(scheduling, tmp_path / f"a{TRACE}")
    assert Importer(read(tmp_path / f"a{TRACE}")).complaints == []


def test_the_importer_complains_of_what_is_wrong() -> None:
    made = trace(("a", "b"), [(0, 0.0, 2.0, "run"), (0, 1.0, 3.0, "run")], [(0, 1, 0.5, 2.5, 8)])
    complaints = Importer(events_of(made, "t")).complaints
    assert [c.split(":")[0] for c in complaints] == ["overlaps", "no slice around"]


def test_touching_slices_stay_apart_whatever_their_digits() -> None:
    edges = [n * 0.000000057 for n in range(3000)]
    made = trace(("a",), [(0, a, b, "run") for a, b in zip(edges, edges[1:], strict=False)], measured=True)
    assert Importer(events_of(made, "t")).complaints == []
