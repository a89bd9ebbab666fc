"""A sweep: metrics against one or two parameters, over seeds, computed by several processes at once."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from app.executors.executor import Executor
from engine.core.address import find
from engine.core.concept import Concept
from engine.core.faults import BadInput, Failed, LoupeError
from engine.core.frame import Metric, metrics
from engine.core.params import Parameter, build, canonical, coerce, parameter, plain, schema
from engine.core.report import number
from engine.core.run import Edit, iterate
from engine.core.structured import brief
from engine.core.typed import parse_set, strict_json

MOST_POINTS = 100_000
STRUCTURED = ("points", "table", "matrix", "mask", "layers", "graph")


@dataclass(frozen=True)
class Axis:
    """A swept parameter and its values, as plain values in order."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Sweep:
    """What is swept: a concept at some parameters, along one or two axes, for each of some seeds."""

    concept_id: str
    params: Any
    axes: tuple[Axis, ...]
    seeds: tuple[int | None, ...]           # (None,) where the concept has no seed
    device: str = "cpu"
    edits: tuple[Edit, ...] = ()
    last: int | None = None

    def points(self) -> list[dict[str, Any]]:
        """Every combination, as the changes it makes to the parameters."""
        names = [axis.name for axis in self.axes]
        found = []
        for values in itertools.product(*(axis.values for axis in self.axes)):
            for seed in self.seeds:
                point = dict(zip(names, values, strict=True))
                found.append(point if seed is None else point | {"seed": seed})
        return found


def parse_axis(concept: Concept, word: str) -> Axis:
    """Read 'n=1:1000:20', 'n=1:1000:20:log' or 'population=coin,dice'."""
    name, equals, text = word.partition("=")
    if not equals or not text:
        raise BadInput(f"{brief(word)}: write --over name=min:max:count, name=min:max:count:log or name=a,b,c", "bad_over",
                       value=brief(word))
    spec = parameter(concept.Params, name.strip())
    if spec.effect == "view":
        raise BadInput(f"{spec.name}: only the picture reads it, so no number depends on it; sweep another parameter",
                       "over_view", name=spec.name)
    if ":" in text and spec.type in ("int", "float", "seed"):
        return Axis(spec.name, _spaced(spec, word, text.split(":")))
    return Axis(spec.name, _listed(concept, spec, text))


def _listed(concept: Concept, spec: Parameter, text: str) -> tuple[Any, ...]:
    """Values between commas; structured ones as a JSON list of values."""
    if spec.type in STRUCTURED:
        try:
            values = strict_json(text)
        except ValueError:
            values = None
        if not isinstance(values, list) or not values:
            raise BadInput(f"{spec.name}: write the values to sweep as a JSON list", "bad_over_json", name=spec.name)
    else:
        values = [parse_set(concept.Params, [f"{spec.name}={part}"])[spec.name] for part in text.split(",") if part]
    if not values:
        raise BadInput(f"{spec.name}: give the values to sweep between commas", "no_over_values", name=spec.name)
    for value in values:
        coerce(spec, value)
    return tuple({canonical(value): value for value in values}.values())


def _spaced(spec: Parameter, word: str, parts: list[str]) -> tuple[Any, ...]:
    log = len(parts) == 4 and parts[3] == "log"
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
        good = len(parts) == 3 or log
    except (ValueError, IndexError):
        good, low, high, count = False, 0.0, 0.0, 0
    if not good or not np.isfinite([low, high]).all():
        raise BadInput(f"{brief(word)}: write --over {spec.name}=min:max:count or {spec.name}=min:max:count:log", "bad_over",
                       value=brief(word))
    if not 1 <= count <= MOST_POINTS:
        raise BadInput(f"{brief(word)}: the count must lie in [1, {MOST_POINTS}]", "bad_count",
                       value=brief(word), max=MOST_POINTS)
    if log and min(low, high) <= 0:
        raise BadInput(f"{brief(word)}: a logarithmic sweep needs ends greater than zero", "bad_log", value=brief(word))
    values = (np.geomspace if log else np.linspace)(low, high, count).tolist()
    return tuple(dict.fromkeys(round(v) for v in values) if spec.type != "float" else dict.fromkeys(values))


def seeds_of(concept: Concept, params: Any, count: int) -> tuple[int | None, ...]:
    """`count` seeds from the parameters' own seed on."""
    spec = next((p for p in schema(concept.Params) if p.type == "seed"), None)
    if spec is None:
        if count > 1:
            raise BadInput(f"seeds={count}: {concept.id} draws nothing at random; leave --seeds out", "no_seed",
                           id=concept.id)
        return (None,)
    first = int(getattr(params, spec.name))
    return tuple(range(first, first + count))


def check(sweep: Sweep) -> None:
    """Every point's parameters are built before anything is computed; the first that cannot be is named."""
    points = sweep.points()
    if len(points) > MOST_POINTS:
        raise BadInput(f"the sweep has {len(points)} points; at most {MOST_POINTS} can be computed", "too_many_points",
                       count=len(points), max=MOST_POINTS)
    for point in points:
        build(find(sweep.concept_id).Params, point, sweep.params)


@dataclass(frozen=True)
class Point:
    """One computed point of a sweep: its number in `Sweep.points()`, and its metrics or the fault it ended in."""

    number: int
    metrics: dict[str, Metric]
    fault: LoupeError | None = None


def computed(sweep: Sweep, executor: Executor, known: Collection[int] = ()) -> Iterator[Point]:
    """Every point that is not known yet, as soon as it is there, in no order. A point that fails costs no other."""
    points = sweep.points()
    wanted = [(number, point) for number, point in enumerate(points) if number not in known]
    for outcome in executor.outcomes(partial(measure, sweep), wanted):
        fault = outcome.fault
        if outcome.died:
            fault = Failed(f"{where(points[outcome.key])}: its process ended twice, perhaps for want of memory; ask for less "
                           "there, or use fewer --jobs", "point_died", where=where(points[outcome.key]))
        elif fault is not None and not fault.message.startswith(where(points[outcome.key])):
            fault = type(fault)(f"{where(points[outcome.key])}: {fault.message}", "point_failed",
                                where=where(points[outcome.key]), fault=fault.message)
        yield Point(outcome.key, {} if fault else outcome.value, fault)


def where(point: dict[str, Any]) -> str:
    """A point in words: 'n=4, seed=7'."""
    return ", ".join(f"{name}={value}" for name, value in point.items())


def measure(sweep: Sweep, point: dict[str, Any]) -> dict[str, Metric]:
    """The metrics of the last frame at one point; runs in a process of its own."""
    concept = find(sweep.concept_id)
    params = build(concept.Params, point, sweep.params)
    try:
        kept = deque(iterate(concept, params, device=sweep.device, edits=sweep.edits, last=sweep.last), maxlen=1)
    except (LoupeError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001  whatever a concept raises is told with the point it was raised at
        said = f"{type(fault).__name__}: {fault}"
        raise Failed(f"{where(point)}: the computation failed ({said})", "point_failed", where=where(point),
                     fault=said) from None
    if not kept:
        raise Failed(f"{where(point)}: yields no frame", "no_frame")
    return {name: number(value) for name, value in metrics(kept[0]).items()}


def wanted_metrics(names: Sequence[str], found: dict[str, Metric]) -> list[str]:
    """The metrics asked for, or every one that is a number; BadInput where one is not there."""
    numbers = [name for name, value in found.items() if not isinstance(value, str)]
    for name in names:
        if name not in found:
            raise BadInput(f"metric={name}: must be one of {', '.join(numbers)}", "no_metric", name=name,
                           choices=", ".join(numbers))
    return list(dict.fromkeys(names)) or numbers


def plain_params(sweep: Sweep) -> dict[str, Any]:
    """The parameters that every point starts from."""
    return plain(sweep.params)
