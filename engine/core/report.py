"""Strict JSON of runs, checks and parameters: no NaN, no Infinity; a missing number is null with its reason."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.core.concept import Check, Concept
from engine.core.frame import arrays, metrics
from engine.core.params import Parameter, plain
from engine.core.run import Run
from engine.core.version import PROGRAM


def dump(report: Any, indent: int | None = None) -> str:
    """The report as strict JSON on one line, or indented; ValueError where a NaN or infinity was left in it."""
    return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=indent)


def number(value: Any) -> Any:
    """The value itself, or None where it is not a finite number."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def array_report(array: Any) -> dict[str, Any]:
    """An array of any shape as {dtype, shape, data}; data is flat, row by row, null where not finite, [re, im] where complex."""
    flat = np.ravel(array)
    data = flat.tolist()
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        data = [number(v) for v in data]
    if flat.dtype.kind == "c":
        data = [[number(v.real), number(v.imag)] for v in data]
    return {"dtype": str(flat.dtype), "shape": list(np.shape(array)), "data": data}


def frame_report(index: int, frame: Any, with_arrays: bool = False) -> dict[str, Any]:
    """One frame as {index, phase, metrics, arrays}; a metric that is not finite is null, arrays are {} unless asked for."""
    return {
        "index": index, "phase": getattr(frame, "phase", ""),
        "metrics": {k: number(v) for k, v in metrics(frame).items()},
        "arrays": {k: array_report(v) for k, v in arrays(frame).items()} if with_arrays else {},
    }


def run_report(concept: Concept, params: Any, frames: Iterable[tuple[int, Any]], run: Run, *,
               with_arrays: bool = False) -> dict[str, Any]:
    """A run as the `run` command prints it."""
    return {
        "id": concept.id, "program": PROGRAM, "device": run.device, "parameters": plain(params),
        "frames": [frame_report(index, frame, with_arrays) for index, frame in frames],
        "ended": run.ended or "limit", "missing": dict(run.missing),
    }


def parameter_report(spec: Parameter) -> dict[str, Any]:
    """A parameter's declaration as the `list` command prints it, without its words."""
    default = spec.default.plain() if hasattr(spec.default, "plain") else spec.default
    return {"name": spec.name, "type": spec.type, "default": default, "min": spec.min, "max": spec.max,
            "log": spec.log, "choices": list(spec.choices), "effect": spec.effect,
            "when": {name: list(values) for name, values in spec.when} or None}


def check_report(concept_id: str, preset: str, check: Check) -> dict[str, Any]:
    """A check of the numbers as the `verify` command prints it."""
    return {"concept": concept_id, "preset": preset, "check": check.name, "measured": number(check.measured),
            "reference": number(check.reference), "error": number(check.error), "tolerance": check.tolerance,
            "ok": check.ok, "source": check.source}
