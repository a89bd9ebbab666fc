"""`bench`: our work against its floor, both measured now, as a table or as JSON."""

from __future__ import annotations

import argparse
import difflib
from typing import Any

from benchmarks.all_rows import ROWS
from benchmarks.row import Benchmark, machine, measure
from engine.core.faults import BadInput
from engine.core.report import dump


def run(arguments: argparse.Namespace) -> int:
    rows = []
    for benchmark in chosen(arguments.names):
        rows.append(measure(benchmark))
        if not arguments.json:
            _print(rows[-1], benchmark.what)
    if arguments.json:
        print(dump({"machine": machine(), "rows": rows}))
    else:
        print(f"{sum(r['ok'] for r in rows)} of {len(rows)} within their bar, on {machine()}")
    return 0 if all(r["ok"] for r in rows) else 1


def chosen(names: list[str]) -> list[Benchmark]:
    """The benchmarks of these names, or whose names begin so ('clt'); all of them without names."""
    found: list[Benchmark] = []
    for name in names:
        these = [row for key, row in ROWS.items() if key == name or key.startswith(name + ".")]
        if not these:
            near = difflib.get_close_matches(name, ROWS, n=3, cutoff=0.4) or list(ROWS)
            raise BadInput(f"{name}: no such benchmark; did you mean {', '.join(near)}?", "no_benchmark", name=name,
                           near=", ".join(near))
        found += these
    return list(dict.fromkeys(found)) or list(ROWS.values())


def _print(row: dict[str, Any], what: str) -> None:
    mark = "ok   " if row["ok"] else "SLOW "
    what += "".join(f"; {name} {ratio:.1f}×" for name, ratio in row["peers"].items())
    print(f"  {mark} {row['name']:24} {1e3 * row['ours']:9.3f} ms against {1e3 * row['floor']:9.3f} ms  "
          f"{row['ratio']:5.2f}× ({row['low']:.2f}–{row['high']:.2f})  bar {row['bar']:.2f}×  {what}", flush=True)
