"""Every benchmark by name."""

from __future__ import annotations

from benchmarks import concept_rows, engine_rows, growth_rows, lane_rows, picture_rows, start_rows
from benchmarks.row import Benchmark

ROWS: dict[str, Benchmark] = {row.name: row for row in (*start_rows.ROWS, *engine_rows.ROWS, *lane_rows.ROWS, *picture_rows.ROWS,
                                                    *concept_rows.ROWS, *growth_rows.ROWS)}
