"""The generic checks of a concept's engine: one list, run by the tests and by `main.py check`."""

from __future__ import annotations

import dataclasses
import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

from engine.core.bad_values import bad_values, good_values
from engine.core.concept import Concept
from engine.core.faults import BadInput, LoupeError
from engine.core.frame import Array, Shared, arrays, metrics, not_finite, same
from engine.core.params import build, canonical, coerce, plain, run_key, schema
from engine.core.run import Run, Stepper, iterate, up_to

LARGEST_FRAME = 4_000_000      # bytes of a pickled frame without what is Shared
FEW = 12                       # frames looked at where a whole run is not needed


@dataclass(frozen=True)
class Outcome:
    """What a generic check found for one case of one concept."""

    concept: str
    check: str
    case: str
    ok: bool
    detail: str
    seconds: float


class Broken(AssertionError):
    """A generic check failed; the message says what and where."""


Presets = Mapping[str, Mapping[str, Any]]
CheckFunction = Callable[[Concept, Presets], None]


def require(holds: bool, message: str) -> None:
    """Raise Broken with the message unless it holds."""
    if not holds:
        raise Broken(message)


def parameters_are_values(concept: Concept, presets: Presets) -> None:
    """Equal parameters are equal objects with one hash, survive pickling and JSON, and change the run's key."""
    a, b = concept.default(), concept.default()
    require(a == b and hash(a) == hash(b), "two defaults differ")
    require(pickle.loads(pickle.dumps(a)) == a, "parameters do not survive pickling")
    require(build(concept.Params, plain(a)) == a, "parameters do not survive JSON")
    canonical(plain(a))
    for spec in schema(concept.Params):
        for value in good_values(spec):
            changed = build(concept.Params, {spec.name: value}, settle=True)
            differs = run_key(concept.id, changed) != run_key(concept.id, a)
            expected = changed != a and spec.effect != "view"
            if getattr(changed, spec.name) != getattr(a, spec.name):
                require(differs == expected, f"{spec.name}={value}: the run's key {'changes' if differs else 'stays'}")


def bad_values_are_refused(concept: Concept, presets: Presets) -> None:
    """Every bad value made from a parameter's declaration raises BadInput that names it."""
    for spec in schema(concept.Params):
        for value in bad_values(spec):
            try:
                coerce(spec, value)
            except BadInput as fault:
                require(spec.name in str(fault), f"{spec.name}={value!r}: the message does not name it: {fault}")
                require("\n" not in str(fault), f"{spec.name}={value!r}: the message is more than one line")
                continue
            raise Broken(f"{spec.name}={value!r} was accepted")


def presets_are_valid(concept: Concept, presets: Presets) -> None:
    """Every preset builds, and no two are the same."""
    seen: dict[Any, str] = {}
    for name, values in presets.items():
        made = build(concept.Params, values)
        require(made not in seen, f"presets {name} and {seen.get(made)} are the same")
        seen[made] = name


def frames_are_finite(concept: Concept, presets: Presets) -> None:
    """No NaN or infinity at the default, at every preset and at both ends of every range; undefined metrics say why."""
    known: set[str] = set()
    for name, params in cases(concept, presets):
        key = run_key(concept.id, params)
        if key in known:                                # it differs from another case in its picture alone
            continue
        known.add(key)
        stepper = Stepper(concept, params)
        count = 0
        try:
            for frame in up_to(stepper, FEW):
                count += 1
                bad = not_finite(frame)
                require(not bad, f"{name}, frame {stepper.index}: {', '.join(bad)} not finite")
        finally:
            stepper.close()
        require(count > 0, f"{name}: no frame at all")
        silent = [m for m, v in metrics(frame).items() if v is None and m not in stepper.run.missing]
        require(not silent, f"{name}: {', '.join(silent)} undefined without run.note(metric, reason)")


def cases(concept: Concept, presets: Presets) -> Iterator[tuple[str, Any]]:
    """(name, parameters): the default, each preset, and each parameter at its ends; over `small` where declared."""
    small = dict(concept.small)
    yield "default", build(concept.Params, small)
    for name, values in presets.items():
        yield f"preset {name}", build(concept.Params, {**values, **small}, settle=True)
    for spec in schema(concept.Params):
        if spec.name in small or spec.effect == "view":
            continue
        for value in good_values(spec):
            base = dict(small)
            for other, allowed in spec.when:
                base.setdefault(other, allowed[0])
            yield f"{spec.name}={value}", build(concept.Params, {**base, spec.name: value}, settle=True)


def same_seed_same_bytes(concept: Concept, presets: Presets) -> None:
    """Two runs of a repeatable concept yield the same bytes."""
    if not concept.repeatable:
        return
    params = concept.small_params()
    first, second = (list(islice(iterate(concept, params), FEW)) for _ in range(2))
    require(len(first) == len(second), f"{len(first)} frames, then {len(second)}")
    for index, (a, b) in enumerate(zip(first, second, strict=True)):
        require(same(a, b), f"frame {index} differs between two runs")


def frames_never_change(concept: Concept, presets: Presets) -> None:
    """A frame holds the same bytes after the run has gone on, and its arrays refuse to be written."""
    kept: list[tuple[Any, bytes]] = []
    for frame in islice(iterate(concept, concept.small_params()), FEW):
        kept.append((frame, pickle.dumps(frame)))
        writable = [n for n, a in arrays(frame).items() if a.flags.writeable]
        require(not writable, f"{', '.join(writable)} can be written after the yield")
    for index, (frame, before) in enumerate(kept):
        require(pickle.dumps(frame) == before, f"frame {index} changed after it was yielded")


def frames_are_small(concept: Concept, presets: Presets) -> None:
    """A pickled frame is below 4 MB without what is Shared."""
    for index, frame in enumerate(islice(iterate(concept, concept.small_params()), FEW)):
        size = len(pickle.dumps(_without_shared(frame)))
        require(size < LARGEST_FRAME, f"frame {index} is {size} bytes; put what frames have in common in Shared")


def _without_shared(frame: Any) -> Any:
    values = {f.name: getattr(frame, f.name) for f in dataclasses.fields(frame)}
    return {k: None if isinstance(v, Shared) else v for k, v in values.items()}


def imports_are_light(concept: Concept, presets: Presets) -> None:
    """Importing the engine module loads no torch, sklearn, scipy or Qt, in a fresh interpreter."""
    code = (f"import sys, {concept.function.__module__}; "
            "print(','.join(m for m in ('torch','sklearn','scipy','PySide6','pyqtgraph','matplotlib') if m in sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    require(done.returncode == 0, f"import failed: {done.stderr.strip().splitlines()[-1:]}")
    require(not done.stdout.strip(), f"importing it loads {done.stdout.strip()}")


def closing_leaves_nothing(concept: Concept, presets: Presets) -> None:
    """Closing a run in the middle leaves no thread, process or file handle."""
    params = concept.small_params()
    list(islice(iterate(concept, params), 2))
    gc.collect()
    before = _belongings()
    stepper = Stepper(concept, params)
    next(stepper)
    stepper.close()
    gc.collect()
    after = _belongings()
    grown = {k: (before[k], after[k]) for k in before if after[k] > before[k]}
    require(not grown, f"left behind (before, after): {grown}")


def _belongings() -> dict[str, int]:
    found = {"threads": threading.active_count()}
    if os.path.isdir("/proc/self"):
        found["files"] = len(os.listdir("/proc/self/fd"))
        found["processes"] = _descendants(os.getpid())
    return found


def _descendants(pid: int) -> int:
    """How many processes a process has started, with those that they have started in turn."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:                                     # it has just ended
        return 0
    return len(children) + sum(_descendants(child) for child in children)


def layers_refine(concept: Concept, presets: Presets) -> None:
    """Every layer yields at least one frame, reads only what it declares, and repeats where its concept does."""
    params = concept.small_params()
    for name in concept.layers:
        first = list(islice(concept.layer_frames(name, params, Run(params)), 2))
        require(bool(first), f"layer {name} yields nothing")
        if not concept.repeatable:
            continue
        second = list(islice(concept.layer_frames(name, params, Run(params)), 2))
        require(all(map(same, first, second)), f"layer {name} differs between two runs")


def numbers_are_verified(concept: Concept, presets: Presets) -> None:
    """The concept's own proof passes at the default and at every preset, and it has one."""
    require(bool(concept.verifiers), "no verify: nothing on screen is checked against an independent implementation")
    for name, values in {"default": {}, **presets}.items():
        params = build(concept.Params, {**values, **concept.small}, settle=True)
        frames = list(iterate(concept, params))
        found = concept.checks(params, frames)
        require(bool(found), f"{name}: verify yields no check")
        wrong = [f"{c.name}: {c.measured:g} against {c.reference:g} ± {c.tolerance:g} ({c.source})" for c in found if not c.ok]
        require(not wrong, f"{name}: {'; '.join(wrong)}")


def cuda_agrees(concept: Concept, presets: Presets) -> None:
    """Where there is CUDA, the first frames on it are those of the CPU within 1e-4 (heavy concepts that repeat)."""
    if concept.lane != "heavy" or not concept.repeatable:
        return
    from engine.core.device import cuda_titles

    if not cuda_titles():
        return
    import numpy as np

    params = concept.small_params()
    pairs = zip(islice(iterate(concept, params), 2), islice(iterate(concept, params, device="cuda:0"), 2), strict=True)
    for index, (cpu, cuda) in enumerate(pairs):
        ours, theirs = arrays(cpu), arrays(cuda)
        for name in ours:
            close = _close(ours[name], theirs[name], np)
            require(close, f"frame {index}: {name} differs between CPU and CUDA")


def _close(a: Array, b: Array, np: Any) -> bool:
    return bool(a.shape == b.shape and (a.dtype.kind not in "fc" or np.allclose(a, b, rtol=1e-3, atol=1e-4)))


ENGINE_CHECKS: tuple[CheckFunction, ...] = (
    parameters_are_values, bad_values_are_refused, presets_are_valid, frames_are_finite, same_seed_same_bytes,
    frames_never_change, frames_are_small, imports_are_light, closing_leaves_nothing, layers_refine,
    numbers_are_verified, cuda_agrees,
)


def outcome(concept_id: str, name: str, case: str, work: Callable[[], None]) -> Outcome:
    """Run one check and tell how it went; any exception is a failure with its own words."""
    start = perf_counter()
    detail, ok = "", True
    try:
        work()
    except (Broken, LoupeError) as fault:
        detail, ok = str(fault), False
    except Exception as fault:  # noqa: BLE001  a check that breaks in any way is a check that failed
        detail, ok = f"{type(fault).__name__}: {fault}", False
    return Outcome(concept_id, name, case, ok, detail, round(perf_counter() - start, 3))
