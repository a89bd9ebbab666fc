"""A concept is a function from frozen parameters to a stream of frames, with its layers and its proof."""

from __future__ import annotations

import typing
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from engine.core.frame import Array
from engine.core.params import build, schema
from engine.core.run import Run

Kind = Literal["function", "steps", "stream", "training", "trace", "real"]
FrameFunction = Callable[[Any, Run], Iterator[Any]]
VerifyFunction = Callable[[Any, Sequence[Any]], Iterable["Check"]]


@dataclass(frozen=True)
class Check:
    """One number on screen beside an independent one: ok when |measured - reference| <= tolerance."""

    name: str
    measured: float
    reference: float
    tolerance: float
    source: str
    relation: Literal["equal", "at_most", "at_least"] = "equal"

    @property
    def error(self) -> float:
        """How far the numbers are apart, or beyond their bound; in the numbers' own unit."""
        gap = float(self.measured) - float(self.reference)
        if self.relation == "at_most":
            return max(0.0, gap)
        if self.relation == "at_least":
            return max(0.0, -gap)
        return abs(gap)

    @property
    def ok(self) -> bool:
        """Whether the error lies within the tolerance."""
        return bool(self.error <= self.tolerance)  # NaN compares false: an undefined number never passes

    @classmethod
    def worst(cls, name: str, measured: Any, reference: Any, tolerance: float, source: str) -> Check:
        """The check of two arrays of one shape at the element where they differ most."""
        ours, theirs = np.asarray(measured, float), np.asarray(reference, float)
        if ours.shape != theirs.shape or ours.size == 0:
            return cls(f"{name}", float("nan"), float("nan"), tolerance, f"{source} (shapes {ours.shape}, {theirs.shape})")
        gap = np.abs(ours - theirs)
        at = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
        return cls(name, float(ours[at]), float(theirs[at]), tolerance, source)


@dataclass(frozen=True)
class Curve:
    """A layer's usual frame: y against x, with an optional reference curve and progress in [0, 1]."""

    x: Array
    y: Array
    reference: Array | None = None
    done: float = 1.0


@dataclass(frozen=True)
class Layer:
    """A companion computation, slower than the run, that depends on fewer parameters."""

    name: str
    function: FrameFunction
    reads: tuple[str, ...]


@dataclass
class Concept:
    """What `@concept` makes of an engine function; call `frames(params, run)` for its stream."""

    name: str
    id: str
    chapter: str
    function: FrameFunction
    Params: type
    kind: Kind
    rest: int | None = None
    lane: Literal["light", "heavy"] = "light"
    repeatable: bool = True
    small: Mapping[str, Any] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    verifiers: list[VerifyFunction] = field(default_factory=list)

    def frames(self, params: Any, run: Run) -> Generator[Any, None, None]:
        """The stream of frames of a run."""
        return self.function(params, run)  # type: ignore[return-value]

    def __call__(self, params: Any, run: Run) -> Generator[Any, None, None]:
        return self.frames(params, run)

    def verify(self, function: VerifyFunction) -> VerifyFunction:
        """Decorator: a comparison with an implementation that shares no code with the concept."""
        self.verifiers.append(function)
        return function

    def layer(self, reads: Sequence[str]) -> Callable[[FrameFunction], FrameFunction]:
        """Decorator: a companion generator that is recomputed only when one of `reads` changes."""
        unknown = set(reads) - {p.name for p in schema(self.Params)}
        if unknown:
            raise TypeError(f"{self.id}: a layer reads {', '.join(sorted(unknown))}, which is no parameter")

        def keep(function: FrameFunction) -> FrameFunction:
            name = function.__name__
            self.layers[name] = Layer(name, function, tuple(reads))
            return function

        return keep

    def layer_frames(self, name: str, params: Any, run: Run) -> Generator[Any, None, None]:
        """The stream of a layer."""
        return self.layers[name].function(params, run)  # type: ignore[return-value]

    def checks(self, params: Any, frames: Sequence[Any]) -> list[Check]:
        """Every check of the recorded frames against the independent implementations."""
        return [check for verifier in self.verifiers for check in verifier(params, frames)]

    def kind_of(self, params: Any) -> Kind:
        """The kind with these parameters: their own `kind` where they have one, as a concept with a mode does."""
        found: Kind = getattr(params, "kind", self.kind)
        return found

    def default(self) -> Any:
        """The parameters as they are declared."""
        return self.Params()

    def small_params(self) -> Any:
        """The cheap parameter set that the generic checks use; the defaults where none is declared."""
        return build(self.Params, self.small)


def concept(*, kind: Kind, rest: int | None = None, lane: Literal["light", "heavy"] = "light",
            repeatable: bool = True, small: Mapping[str, Any] | None = None) -> Callable[[FrameFunction], Concept]:
    """Make a concept of a generator function `(p: Params, run: Run) -> Iterator[Frame]` at engine/<chapter>/<id>.py.

    rest: index of the frame at which headless commands and thumbnails of an endless stream end.
    lane: 'heavy' for torch, training and real workers. small: parameters for the generic checks of costly concepts.
    """

    def make(function: FrameFunction) -> Concept:
        hints = typing.get_type_hints(function)
        params_type = next(t for name, t in hints.items() if name != "return")
        schema(params_type)
        *_, chapter, module = function.__module__.rsplit(".", 2) if "." in function.__module__ else ("", "", "")
        name = function.__name__
        if module and module != name:
            raise TypeError(f"{function.__module__}: the concept's function must be called {module}, not {name}")
        return Concept(name, f"{chapter}.{name}" if chapter else name, chapter, function, params_type, kind, rest, lane,
                       repeatable, dict(small or {}))

    return make
