"""`sweep`: metrics against one or two parameters, over seeds, as CSV or JSON rows."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import Any

from app.atomic import check_target, write_bytes
from app.commands.request import Request, request, whole
from app.executors.choice import executor_of
from app.executors.executor import Executor
from app.journal import Journal, open_journal
from app.sweep import Point, Sweep, check, computed, parse_axis, plain_params, seeds_of, wanted_metrics
from engine.core.faults import BadInput, Interrupted, LoupeError
from engine.core.frame import Metric
from engine.core.report import dump
from engine.core.version import PROGRAM

FORMATS = (".csv", ".json")


def run(arguments: argparse.Namespace) -> int:
    if not arguments.stream:
        return _run(arguments)
    try:
        return _run(arguments)
    except LoupeError as fault:             # a reader of the stream, such as the window, says it in its own language
        print(_told({"ended": fault.status}, fault), flush=True)
        raise


def _told(about: dict[str, Any], fault: LoupeError) -> str:
    """A fault as a line of JSON."""
    values = {name: v if isinstance(v, bool | int | float | str) else str(v) for name, v in fault.values.items()}
    return dump(about | {"fault": fault.message, "key": fault.key, "values": values})


def _run(arguments: argparse.Namespace) -> int:
    path = Path(arguments.output) if arguments.output else None
    if path is not None:
        if path.suffix.lower() not in FORMATS:
            raise BadInput(f"{path.name}: the name must end in {', '.join(FORMATS)}", "unknown_suffix", name=path.name,
                           choices=", ".join(FORMATS))
        check_target(path)
    wanted = request(arguments)
    sweep = sweep_of(arguments, wanted)
    executor = executor_of(arguments.engine, whole("jobs", arguments.jobs, 0) or 0, wanted.device)
    if path is None:
        found = collect(sweep, executor, arguments)
        sys.stdout.write("" if arguments.stream else as_csv(found.table()))
        return found.end()
    kept = open_journal(sweep, path, arguments.fresh)
    try:
        found = collect(sweep, executor, arguments, kept)
        _write(path, sweep, found.table())
        if not found.faults:
            kept.remove()
        return found.end(path)
    except KeyboardInterrupt:
        raise Interrupted(f"stopped; {len(kept.known)} of {len(sweep.points())} points are kept, the same command goes on "
                          "from there") from None
    finally:
        kept.close()


def _write(path: Path, sweep: Sweep, table: list[dict[str, Any]]) -> None:
    """The result, whole or not at all."""
    if path.suffix.lower() == ".csv":
        write_bytes(path, as_csv(table).encode("utf-8"))
        return
    report = {"id": sweep.concept_id, "program": PROGRAM, "device": sweep.device, "parameters": plain_params(sweep),
              "over": [axis.name for axis in sweep.axes], "rows": table}
    write_bytes(path, (dump(report) + "\n").encode("utf-8"))


def sweep_of(arguments: argparse.Namespace, wanted: Request) -> Sweep:
    """The sweep that the words ask for, every point of it checked."""
    axes = tuple(parse_axis(wanted.concept, word) for word in arguments.over)
    if not 1 <= len(axes) <= 2 or len({axis.name for axis in axes}) < len(axes):
        raise BadInput("give --over once or twice, each time with another parameter", "how_many_over")
    count = whole("seeds", arguments.seeds, 1) or 1
    seeds = seeds_of(wanted.concept, wanted.params, count)
    if any(axis.name == "seed" for axis in axes):
        if count > 1:
            raise BadInput("give --over seed=... or --seeds, not both", "seed_twice")
        seeds = (None,)
    made = Sweep(wanted.entry.id, wanted.params, axes, seeds, wanted.device, wanted.edits,
                 whole("frame", arguments.frame, 0))
    check(made)
    return made


class Found:
    """The points of a sweep as they come, in whatever order, and the faults among them."""

    def __init__(self, sweep: Sweep, metric: list[str], stream: bool) -> None:
        self.points, self.stream = sweep.points(), stream
        self.metrics: dict[int, dict[str, Metric]] = {}
        self.faults: dict[int, LoupeError] = {}
        self._wanted, self._names = metric, list[str]()

    def add(self, point: Point) -> None:
        """Keep a point, and say how far the sweep has come."""
        if point.fault is not None:
            self.faults[point.number] = point.fault
        else:
            self._names = self._names or wanted_metrics(self._wanted, point.metrics)
            self.metrics[point.number] = point.metrics
        if self.stream:
            about: dict[str, Any] = {"point": point.number}
            print(_told(about, point.fault) if point.fault else dump(about | {"metrics": point.metrics}), flush=True)
        elif sys.stderr.isatty():
            done, total = len(self.metrics) + len(self.faults), len(self.points)
            print(f"\r{done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    def table(self) -> list[dict[str, Any]]:
        """Every row in order: the swept parameters, the seed, the metrics; those of a point that failed are None."""
        if not self.metrics:
            raise self.faults[min(self.faults)]
        return [{k: _written(v) for k, v in point.items()} | {name: self.metrics.get(at, {}).get(name) for name in self._names}
                for at, point in enumerate(self.points)]

    def end(self, path: Path | None = None) -> int:
        """The exit status; the first fault is told, and how many there were."""
        if not self.faults:
            return 0
        first = self.faults[min(self.faults)]
        more = f", and {len(self.faults) - 1} more like it" if len(self.faults) > 1 else ""
        kept = "the same command tries them again" if path else "their rows are empty"
        raise type(first)(f"{first.message}{more}; the other {len(self.metrics)} points are there, {kept}", first.key,
                          **first.values)


def collect(sweep: Sweep, executor: Executor, arguments: argparse.Namespace, kept: Journal | None = None) -> Found:
    """Every point: those of an earlier attempt, then the others as they come, each into the journal at once."""
    found = Found(sweep, arguments.metric, arguments.stream)
    known = dict(kept.known) if kept is not None else {}
    if arguments.stream:
        print(dump({"points": [{k: _written(v) for k, v in p.items()} for p in found.points]}), flush=True)
    if known:
        print(f"loupe: going on with {len(known)} of {len(found.points)} points from an interrupted sweep (--fresh begins "
              "anew)", file=sys.stderr)
    for number, metrics in known.items():
        found.add(Point(number, metrics))
    for point in computed(sweep, executor, known):
        found.add(point)
        if kept is not None and point.fault is None:
            kept.add(point.number, point.metrics)
    return found


def _written(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else dump(value)


def as_csv(table: list[dict[str, Any]]) -> str:
    """The rows under one line of names; an undefined metric is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table[0])
    for row in table:
        writer.writerow(["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row.values()])
    return text.getvalue()
