"""A trace as JSON in the Trace Event Format, which Perfetto (ui.perfetto.dev) and chrome://tracing open.

The format: "Trace Event Format", Google, 2016. Spans are complete events, a row is a thread; a message is an asynchronous
event from when it was sent to when it came, and a flow that arrows follow. Times are microseconds.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

from app.atomic import write_bytes
from app.export.figure import Figure
from engine.core.faults import BadInput
from engine.core.frame import Shared
from engine.core.report import dump
from engine.core.trace import Trace

PROCESS = 1                             # all rows are threads of one process, so that they stand together
NANOSECOND = 0.001                      # a flow ends within its receiver's span, not at the span's end


def write_trace(figure: Figure, path: Path) -> None:
    """The trace of the frame in the picture, whole; the provenance stands in front."""
    found = trace_of(figure.recorded().frame)
    if found is None:
        raise BadInput(f"{path.name}: {figure.entry.id} has no trace; choose another format", "no_trace", name=path.name,
                       id=figure.entry.id)
    report = {"provenance": figure.provenance().as_json(), "displayTimeUnit": "ms",
              "traceEvents": events_of(found, figure.entry.title(figure.language))}
    write_bytes(path, (dump(report) + "\n").encode("utf-8"))


def trace_of(value: Any) -> Trace | None:
    """The trace that a frame holds, itself or in what it shares."""
    if isinstance(value, Trace):
        return value
    if isinstance(value, Shared):
        return trace_of(value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = (trace_of(getattr(value, field.name)) for field in dataclasses.fields(value))
        return next((part for part in parts if part is not None), None)
    return None


def events_of(trace: Trace, title: str) -> list[dict[str, Any]]:
    """Names first, then every event in order of time."""
    unit = 1e6 if trace.measured else 1e3           # microseconds in a second; in a simulation's unit, taken for 1 ms
    names = [named("process_name", 0, title)]
    for row, name in enumerate(trace.rows):
        names += [named("thread_name", row, name), {**named("thread_sort_index", row, ""), "args": {"sort_index": row}}]
    events = [*spans_of(trace, unit), *messages_of(trace, unit)]
    return names + sorted(events, key=lambda e: (e["ts"], -e.get("dur", 0.0)))


def named(kind: str, row: int, name: str) -> dict[str, Any]:
    """An event that names a process or a thread."""
    return {"ph": "M", "name": kind, "pid": PROCESS, "tid": row, "args": {"name": name}}


def spans_of(trace: Trace, unit: float) -> list[dict[str, Any]]:
    """A complete event a span."""
    found = []
    for row, start, end, kind in zip(trace.span_row, trace.span_start, trace.span_end, trace.span_kind, strict=True):
        begun, ended = micro(start, unit), micro(end, unit)
        found.append({"ph": "X", "name": trace.kinds[int(kind)], "cat": "span", "pid": PROCESS, "tid": int(row), "ts": begun,
                      "dur": whole(ended - begun)})
    return found


def messages_of(trace: Trace, unit: float) -> list[dict[str, Any]]:
    """An asynchronous event and a flow a message."""
    found = []
    columns = (trace.message_from, trace.message_to, trace.message_sent, trace.message_received, trace.message_bytes)
    for number, (sender, receiver, sent, received, size) in enumerate(zip(*columns, strict=True)):
        begun, ended = micro(sent, unit), micro(received, unit)
        common = {"name": f"{trace.rows[int(sender)]} → {trace.rows[int(receiver)]}", "pid": PROCESS, "id": number}
        out, came = {"tid": int(sender), "ts": begun}, {"tid": int(receiver), "ts": ended}
        inside = {**came, "ts": whole(max(begun, ended - NANOSECOND))}
        found += [{**common, **out, "ph": "b", "cat": "message", "args": {"bytes": int(size)}},
                  {**common, **came, "tid": int(sender), "ph": "e", "cat": "message"},
                  {**common, **out, "ph": "s", "cat": "flow"}, {**common, **inside, "ph": "f", "bp": "e", "cat": "flow"}]
    return found


def micro(time: float, unit: float) -> float:
    """Microseconds, to the nanosecond."""
    return whole(float(time) * unit)


def whole(micros: float) -> float:
    """The same number of whole nanoseconds, written so that a reader that cuts micros * 1000 off finds just these."""
    nanos = round(micros * 1000)
    found = nanos / 1000
    return found if int(found * 1000) == nanos else math.nextafter(found, math.inf)
