"""A concept with a parameter of every type, for the tests of the widgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from engine.core.concept import Check, concept
from engine.core.params import Expression, IsText, Live, Range, Seed, Text, View, When
from engine.core.run import Run
from engine.core.structured import Among, Columns, Size
from engine.core.values import Flags, Graph, Layers, Mask, Matrix, Points, Source, Table


@dataclass(frozen=True)
class Params:
    n: Annotated[int, Range(1, 1000, log=True)] = 30
    share: Annotated[float, Range(0.0, 1.0)] = 0.5
    rate: Annotated[float, Range(1e-4, 1.0, log=True)] = 0.01
    count: Annotated[int, Range(-5, 5)] = 0
    speed: Annotated[float, Range(0.0, 2.0), Live()] = 1.0
    shown: Annotated[bool, View()] = True
    rule: Literal["fcfs", "sjf", "rr"] = "fcfs"
    slice: Annotated[int, Range(1, 20), When("rule", ("rr",))] = 3
    kind: Literal["a", "b", "c", "d", "e", "f", "g"] = "a"
    seed: Seed = 7
    curve: Expression = "x**2"
    words: Text = "to be\nor not"
    word: Annotated[str, IsText(20)] = "tea"
    which: Annotated[Flags, Among("gd", "adam", "newton"), Size(1, 3)] = Flags(("gd", "adam"))
    jobs: Annotated[Table, Columns("name:text", "arrives:int", "burst:exact"), Size(1, 12)] = Table(
        (("P1", 0, "8"), ("P2", 1, "17/3")))
    weights: Annotated[Matrix, Size(1, 64)] = Matrix(((1.0, -0.5), (0.25, 2.0)))
    mask: Mask = Mask(((True, False), (False, True)))
    layers: Annotated[Layers, Size(0, 4)] = Layers((8, 8))
    points: Points = Points(((0.0, 1.0, 0), (2.0, 0.5, 1)))
    graph: Graph = Graph(((0.0, 0.0), (1.0, 0.0)), ((0, 1, 2.0),))
    data: Source = Source("iris")


@dataclass(frozen=True)
class Frame:
    loss: float
    norm: float | None
    drawn: int
    phase: str


@concept(kind="steps", rest=40)
def everything(p: Params, run: Run) -> Iterator[Frame]:
    """A loss that falls over 40 frames in three phases."""
    run.note("norm", "flat")
    for step in range(41):
        phase = "fall" if step < 15 else "swing" if step < 28 else "settle"
        yield Frame(p.share + p.n / (1 + step), None if step < 5 else 1.0 / step, 1000 * step, phase)


@everything.verify
def sums(p: Params, frames: list[Frame]) -> Iterator[Check]:
    """One check that agrees and one that cannot."""
    yield Check("agrees", frames[0].loss, p.share + p.n, 1e-12, "by hand")
    yield Check("differs", 1.0, 2.0, 0.5, "on purpose")


@dataclass(frozen=True)
class CurveParams:
    x: Annotated[float, Range(-1.0, 1.0)] = 0.0
    power: Annotated[int, Range(1, 9)] = 2


@dataclass(frozen=True)
class CurveFrame:
    y: float


@concept(kind="function")
def function(p: CurveParams, run: Run) -> Iterator[CurveFrame]:
    """One number, at once."""
    yield CurveFrame(p.x**p.power)
