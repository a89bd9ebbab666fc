"""Every benchmark by name."""

from __future__ import annotations

from benchmarks import (
    clip_rows,
    concept_rows,
    engine_rows,
    growth_rows,
    lane_rows,
    network_rows,
    picture_rows,
    start_rows,
)
from benchmarks.row import Benchmark

FILES = (start_rows, engine_rows, lane_rows, picture_rows, concept_rows, network_rows, clip_rows, growth_rows)
ROWS: dict[str, Benchmark] = {row.name: row for file in FILES for row in file.ROWS}
