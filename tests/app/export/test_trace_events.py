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
