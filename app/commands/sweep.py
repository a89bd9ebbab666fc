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
from app.sweep import Sweep, check, parse_axis, plain_params, rows, seeds_of, wanted_metrics
from engine.core.faults import BadInput
from engine.core.report import dump, number
from engine.core.version import PROGRAM

FORMATS = (".csv", ".json")


def run(arguments: argparse.Namespace) -> int:
    path = Path(arguments.output) if arguments.output else None
    if path is not None:
        if path.suffix.lower() not in FORMATS:
            raise BadInput(f"{path.name}: the name must end in {', '.join(FORMATS)}", "unknown_suffix", name=path.name,
                           choices=", ".join(FORMATS))
        check_target(path)
    wanted = request(arguments)
    sweep = sweep_of(arguments, wanted)
    table = collect(sweep, arguments.metric, whole("jobs", arguments.jobs, 0) or 0)
    if path is None:
        sys.stdout.write(as_csv(table))
    elif path.suffix.lower() == ".csv":
        write_bytes(path, as_csv(table).encode("utf-8"))
    else:
        report = {"id": wanted.entry.id, "program": PROGRAM, "device": wanted.device, "parameters": plain_params(sweep),
                  "over": [axis.name for axis in sweep.axes], "rows": table}
        write_bytes(path, (dump(report) + "\n").encode("utf-8"))
    return 0


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


def collect(sweep: Sweep, metric: list[str], jobs: int) -> list[dict[str, Any]]:
    """Every row: the swept parameters, the seed, the metrics."""
    table: list[dict[str, Any]] = []
    names: list[str] = []
    total = len(sweep.points())
    for point, found in rows(sweep, jobs):
        names = names or wanted_metrics(metric, found)
        table.append({k: _written(v) for k, v in point.items()} | {name: number(found.get(name)) for name in names})
        if sys.stderr.isatty():
            print(f"\r{len(table)} of {total}", end="" if len(table) < total else "\n", file=sys.stderr, flush=True)
    return table


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
