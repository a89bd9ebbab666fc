"""The points of a sweep as they come: each metric as a grid over the axes and seeds, and as rows of a table."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from app.sweep import Sweep
from engine.core.frame import Array, Metric


class SweptTable:
    """What is known of a sweep so far; a point that is not there yet, or failed, is NaN in every grid."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.points = sweep.points()
        self.metrics: dict[int, dict[str, Metric]] = {}
        self.failed: set[int] = set()

    def add(self, number: int, metrics: dict[str, Metric]) -> None:
        """A point's metrics."""
        self.metrics[number] = metrics

    @property
    def done(self) -> int:
        return len(self.metrics) + len(self.failed)

    def names(self) -> list[str]:
        """The metrics that are numbers in some point."""
        found = {name: None for row in self.metrics.values() for name, value in row.items() if not isinstance(value, str)}
        return list(found)

    def grid(self, metric: str) -> Array:
        """(values of the first axis, values of the second or 1, seeds)."""
        wide = len(self.sweep.axes[1].values) if len(self.sweep.axes) > 1 else 1
        flat = np.full(len(self.points), np.nan)
        for number, row in self.metrics.items():
            value = row.get(metric)
            if value is not None and not isinstance(value, str):
                flat[number] = value
        return flat.reshape(len(self.sweep.axes[0].values), wide, len(self.sweep.seeds))

    def csv(self, comment: str = "") -> str:
        """Every computed row under one line of names; an undefined metric is an empty cell."""
        names = self.names()
        text = io.StringIO()
        text.write(comment)
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*self.points[0], *names])
        for number in sorted(self.metrics):
            row = self.metrics[number]
            table.writerow([*(_cell(v) for v in self.points[number].values()), *(_cell(row.get(name)) for name in names)])
        return text.getvalue()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else value


def middle_and_spread(values: Array) -> tuple[Array, Array]:
    """Mean and standard deviation (ddof = 1; 0 of a single value) over the last axis, without what is NaN.

    values: (..., seeds). Where nothing is known both are NaN.
    """
    there = np.isfinite(values)
    count = there.sum(axis=-1)
    kept = np.where(there, values, 0.0)
    mean = np.where(count > 0, kept.sum(axis=-1) / np.maximum(count, 1), np.nan)
    off = np.where(there, values - mean[..., None], 0.0)
    spread = np.sqrt((off**2).sum(axis=-1) / np.maximum(count - 1, 1))
    return mean, np.where(count > 0, spread, np.nan)
