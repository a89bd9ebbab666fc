"""Recurrent cells in training on tasks that need memory: LSTM, GRU and plain RNN side by side, gates seen and held fast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

from engine.core import (
    Among,
    Array,
    Check,
    Flags,
    IsText,
    Live,
    Named,
    Range,
    Run,
    Seed,
    Size,
    View,
    When,
    concept,
)
from engine.deep.lstm_cells import CELLS
from engine.deep.lstm_readings import Readings
from engine.deep.lstm_tasks import text_task
from engine.deep.lstm_training import Trainer

MOST_WORK = 1_500_000           # numbers in the gates of one pass of all seeds
STAGES = ("forget", "write", "update", "read")
TIMED = ("recall", "copy", "adding")
TEXT = ("she sells sea shells by the sea shore; the shells she sells are sea shells, i am sure; "
        "so if she sells shells on the sea shore, then i am sure she sells sea shore shells.")


@dataclass(frozen=True)
class Params:
    mode: Literal["train", "walk"] = "train"
    task: Literal["recall", "copy", "adding", "text"] = "recall"
    text: Annotated[str, IsText(600), When("task", ("text",))] = TEXT
    delay: Annotated[int, Range(1, 100, log=True), When("task", TIMED)] = 40
    mixed: Annotated[bool, When("task", ("recall",))] = True                # every delay up to that one
    noise: Annotated[float, Range(0, 2), When("task", ("recall",))] = 0.5   # while nothing is asked
    symbols: Annotated[int, Range(2, 8), When("task", ("recall", "copy"))] = 4
    length: Annotated[int, Range(1, 8), When("task", ("copy",))] = 3
    window: Annotated[int, Range(4, 64), When("task", ("text",))] = 32
    cells: Annotated[Flags, Among(*CELLS), Size(1, 4)] = Flags(tuple(CELLS))
    hidden_size: Annotated[int, Range(1, 32)] = 8
    forget_bias: Annotated[float, Range(-4, 8)] = 3.0
    input_bias: Annotated[float, Range(-8, 4)] = 0.0
    gru_bias: Annotated[float, Range(-4, 8)] = 0.0
    learning_rate: Annotated[float, Range(1e-4, 0.3, log=True), Live()] = 0.02
    clip: Annotated[float, Range(0.01, 100, log=True), Live()] = 1.0
    batch: Annotated[int, Range(1, 64, log=True)] = 32
    steps: Annotated[int, Range(1, 12, log=True)] = 4                       # a frame
    updates: Annotated[int, Range(0, 1000), When("mode", ("walk",))] = 160  # before the walk
    seeds: Annotated[int, Range(1, 8)] = 3
    tested: Annotated[int, Range(8, 128, log=True)] = 64                    # sequences that a score is measured on
    follow: Annotated[int, Range(0, 7), Live()] = 0
    cell: Annotated[Literal["rnn", "gru", "lstm", "plain"], View()] = "lstm"
    example: Annotated[int, Range(0, 63), View()] = 0
    time: Annotated[int, Range(0, 120), View(), When("mode", ("train",))] = 12
    unit: Annotated[int, Range(0, 31), View()] = 0
    clamp: Annotated[Literal["none", "f", "i", "o"], View()] = "none"
    clamp_at: Annotated[float, Range(0, 1), View(), When("clamp", ("f", "i", "o"))] = 0.8
    beside: Annotated[Literal["reach", "flow", "held", "half_life", "loss"], View()] = "reach"
    seed: Seed = 7

    def settled(self) -> Self:
        """A text that can be learned, a window within it, and no more seeds than can be watched."""
        window = self.window
        if self.task == "text":
            text_task(self.text)
            window = min(window, len(self.text) - 2)
        seeds = max(1, min(self.seeds, MOST_WORK // (4 * self.hidden_size * self.batch * self.longest(window))))
        return replace(self, window=window, seeds=seeds, follow=min(self.follow, seeds - 1))

    def longest(self, window: int) -> int:
        """Steps of a sequence."""
        return {"text": window, "copy": 2 * self.length + self.delay}.get(self.task, self.delay + 2)


@dataclass(frozen=True)
class Frame:
    weights: tuple[tuple[Array, ...], ...]  # of the followed seed, a network a cell; see lstm_cells
    scores: Array               # (cells, seeds) share right on the tests
    losses: Array               # (cells, seeds)
    lags: Array                 # (groups,)
    reach: Array                # (cells, groups) share right by lag, followed seed
    held: Array                 # (3, 11) the LSTM's share right with f, i, o held at 0, 0.1 … 1; (3, 0) without one
    flows: Array                # (kinds, T) gradient by lag, in the order of `flow`
    step: int
    score: Named                # median over the seeds
    loss: Named
    learned: Named              # seeds at 95 % and above
    best: float                 # best median score
    guess_score: float
    guess_loss: float           # bits; for adding the mean squared gap; for a text its letters' entropy
    bigram: float | None
    trigram: float | None
    size: Named                 # numbers that are learned
    redundant: Named            # biases that only ever appear added to another
    forget: float | None        # mean forget gate on the tests
    half_life: float | None     # steps, of a carry with that gate
    held_score: Named           # with f at 0.8, i at 0.5, o at 0.1
    flow: Named                 # gradient over the whole of the first test sequence
    followed: int
    rate: float                 # settings that were live
    clip_now: float
    moment: int                 # walk: step of the sequence; training: -1
    phase: str


@concept(kind="training", rest=50, small={"seeds": 1, "tested": 16, "delay": 12, "steps": 2})
def lstm(p: Params, run: Run) -> Iterator[Frame]:
    """Some updates of every cell, then a look at all; for ever. Walking: so many updates, then step by step in a sequence."""
    trainer = Trainer(p, run)
    readings = Readings(trainer, run)
    while True:
        frame = Frame(moment=-1, **readings.read())
        yield frame
        if p.mode == "walk" and trainer.steps >= p.updates:
            break
        for _ in range(p.steps if p.mode == "train" else min(2 * p.steps, p.updates - trainer.steps)):
            trainer.step()
    for moment in range(p.longest(p.window)):
        for stage in STAGES:
            yield replace(frame, moment=moment, phase=stage)


@lstm.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Cells against torch.nn.LSTM, GRU and RNN, slopes and gradient flow against autograd, every update against torch.optim."""
    from engine.deep.lstm_proof import proof

    yield from proof(p, frames)
