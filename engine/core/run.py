"""Run is all that an engine function may ask for: random numbers, a device, progress, live parameters, an end."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.frame import freeze
from engine.core.params import coerce, parameter, plain

if TYPE_CHECKING:
    from engine.core.concept import Concept
    from engine.core.workers import Workers

Edit = tuple[int, str, Any]


class Run:
    """What one run of a concept may use. There is no clock: frames are a function of parameters, never of time."""

    def __init__(self, params: Any, device: str = "cpu", *, on_report: Callable[[int, int], None] | None = None,
                 on_check: Callable[[], None] | None = None) -> None:
        self.params = params
        self.device = device
        self.ended = ""
        self.missing: dict[str, str] = {}
        self._on_report = on_report
        self._on_check = on_check
        self.rng = self.generator()

    def generator(self, purpose: str = "") -> np.random.Generator:
        """A random generator from the seed; each purpose gets a stream of its own, independent of the others."""
        seed = int(getattr(self.params, "seed", 0))
        return np.random.default_rng([seed, zlib.crc32(purpose.encode())] if purpose else seed)

    def report(self, done: int, total: int) -> None:
        """Tell how far a long piece of work has come: `done` of `total` steps of any kind. Raises Overtaken as `check` does."""
        if self._on_report:
            self._on_report(done, total)
        self.check()

    def check(self) -> None:
        """Call in loops longer than 50 ms without a yield: raises Overtaken when a newer request has come."""
        if self._on_check:
            self._on_check()

    def spawn(self, target: str, arguments: Sequence[dict[str, Any]], imports: Sequence[str] = ()) -> Workers:
        """Real processes, one a set of arguments, each calling `module:function(worker, **arguments)`.

        Use it as `with run.spawn(...) as workers:`; none of them lives after the block, or after this process. They are
        forked from a process that has imported `imports` (torch once, not in each), so that eight start in 0.1 s.
        """
        from engine.core.workers import Workers

        return Workers(target, arguments, imports, self.check)

    def stop(self, reason: str) -> None:
        """Say why the run ends, e.g. 'diverged'; the generator then returns."""
        self.ended = reason

    def note(self, metric: str, reason: str) -> None:
        """Say why a metric is None; `reason` is a key under [reasons] in the concept's text."""
        self.missing[metric] = reason


class Stepper:
    """Draws a concept's frames one by one, applying live edits at the frames they were made at."""

    def __init__(self, concept: Concept, params: Any, *, device: str = "cpu", edits: tuple[Edit, ...] = (),
                 run: Run | None = None) -> None:
        self.run = run or Run(params, device)
        self.index = -1
        self.edits: list[Edit] = []
        self._planned = sorted(edits, key=lambda e: e[0])
        self._frames = concept.frames(params, self.run)

    def edit(self, name: str, value: Any) -> Edit:
        """Change a Live() parameter from the next frame on; the edit is kept, so that the run repeats."""
        self._apply_planned()                   # a plan for the same frame comes first: the newest value counts
        return self._edit(name, value)

    def _edit(self, name: str, value: Any) -> Edit:
        spec = parameter(type(self.run.params), name)
        self.run.params = dataclasses.replace(self.run.params, **{name: coerce(spec, value)})
        made = (self.index + 1, name, plain(self.run.params)[name])
        self.edits.append(made)
        return made

    def __iter__(self) -> Iterator[Any]:
        return self

    def _apply_planned(self) -> None:
        while self._planned and self._planned[0][0] <= self.index + 1:
            _, name, value = self._planned.pop(0)
            self._edit(name, value)

    def __next__(self) -> Any:
        self._apply_planned()
        try:
            frame = freeze(next(self._frames))
        except StopIteration:
            self.run.ended = self.run.ended or "done"
            raise
        self.index += 1
        return frame

    def close(self) -> None:
        """End the run at its yield: its `finally` frees workers and GPU memory."""
        self._frames.close()


def iterate(concept: Concept, params: Any, *, device: str = "cpu", edits: tuple[Edit, ...] = (),
            last: int | None = None) -> Iterator[Any]:
    """The frames of a run, in this process; up to index `last`, else to `concept.rest`, else to the end."""
    stepper = Stepper(concept, params, device=device, edits=edits)
    try:
        yield from up_to(stepper, concept.rest if last is None else last)
    finally:
        stepper.close()


def up_to(stepper: Stepper, last: int | None) -> Iterator[Any]:
    """The stepper's frames up to and including index `last`; sets `run.ended` to 'rest' where it stops short."""
    if last is not None and last < 0:
        return
    for frame in stepper:
        yield frame
        if last is not None and stepper.index >= last:
            stepper.run.ended = stepper.run.ended or "rest"
            return
