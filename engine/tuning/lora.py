"""LoRA: a small decoder that was really trained adapted to a second task, by low-rank adapters and by all its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from engine.core import Among, Array, Check, Flags, Live, Named, Range, Run, Seed, Size, View, When, concept
from engine.models.adapters import PARTS, Adapter, Initial, begun, names_of, scale_of
from engine.models.weights import shipped
from engine.tuning import texts
from engine.tuning.lora_readings import Reader, count

if TYPE_CHECKING:
    from engine.tuning.lora_sweeps import Ranks, Swap

EVERY = 4                           # steps between frames
LAYERS = 4                          # of the small decoder
FAR = 100.0                         # a loss from which on training is lost, in nats


@dataclass(frozen=True)
class Params:
    mode: Literal["train", "count"] = "train"
    task: Annotated[Literal["backwards", "verb_last", "cipher", "mirror"], When("mode", ("train",))] = "backwards"
    rank: Annotated[int, Range(1, 64, log=True)] = 8
    alpha: Annotated[float, Range(0.5, 256, log=True), When("mode", ("train",))] = 16.0
    scaling: Annotated[Literal["lora", "rslora"], When("mode", ("train",))] = "lora"
    targets: Annotated[Flags, Among(*PARTS), Size(1, 7)] = Flags(("q", "v"))
    blocks: Annotated[Literal["all", "1", "2", "3", "4"], When("mode", ("train",))] = "all"
    dora: bool = False
    initial: Annotated[Initial, When("mode", ("train",))] = "uniform"
    learning_rate: Annotated[float, Range(1e-5, 0.3, log=True), Live(), When("mode", ("train",))] = 0.005
    b_times: Annotated[float, Range(0.1, 64, log=True), Live(), When("mode", ("train",))] = 1.0     # LoRA+: B's rate over A's
    full_rate: Annotated[float, Range(1e-5, 0.1, log=True), Live(), When("mode", ("train",))] = 0.001
    batch: Annotated[int, Range(1, 32, log=True), When("mode", ("train",))] = 6
    steps: Annotated[int, Range(4, 800, log=True), When("mode", ("train",))] = 120
    layer: Annotated[int, Range(1, LAYERS), Live(), When("mode", ("train",))] = 4
    matrix: Annotated[Literal["q", "k", "v", "o", "gate", "up", "down"], Live(), When("mode", ("train",))] = "v"
    beside: Annotated[Literal["ranks", "subspace", "grown", "swap", "merge"], View(), When("mode", ("train",))] = "subspace"
    big: Annotated[Literal["7b", "13b", "70b", "llama3_8b", "gpt3"], When("mode", ("count",))] = "7b"
    seed: Seed = 7

    def settled(self) -> Self:
        """The matrix that is looked at is one that is adapted."""
        layer = self.layer if self.blocks == "all" else int(self.blocks)
        matrix: Any = self.matrix if self.matrix in self.targets else self.targets.names[0]
        return replace(self, matrix=matrix, layer=layer)

    def layers(self) -> tuple[int, ...]:
        """Which layers are adapted, from 0."""
        return tuple(range(LAYERS)) if self.blocks == "all" else (int(self.blocks) - 1,)

    def names(self) -> list[str]:
        """The names of the adapted matrices."""
        return names_of(shipped().config, self.targets.names, self.layers())

    def followed(self) -> str:
        """The name of the matrix that is looked at."""
        name = names_of(shipped().config, (self.matrix,), (self.layer - 1,))[0]
        return name if name in self.names() else self.names()[0]

    def beginning(self, run: Run, member: int = 0, rank: int | None = None, scaling: str = "") -> dict[str, Adapter]:
        """The adapters before training; each member of a family of seeds has its own."""
        r, rng = rank or self.rank, run.generator(f"adapters {member}")
        scale = scale_of(self.alpha, r, scaling or self.scaling)
        return {name: begun(shipped()[name], r, scale, self.initial, self.dora, rng) for name in self.names()}

    def batch_at(self, step: int) -> Array:
        """The sequences of a step, (batch, TRAINED)."""
        return texts.sequences(self.task, self.batch, texts.TRAINED, 10_000 * self.seed + step)


@dataclass(frozen=True)
class Frame:
    full_delta: Array               # (out, in) what full tuning has changed in the followed matrix
    lora_delta: Array               # (out, in) what LoRA adds to it
    adapters: tuple[Adapter, ...]   # of all adapted matrices, in the order of Params.names()
    spectra: Array                  # (2, min(out, in)) singular values of full tuning's change, and of LoRA's
    overlap: Array                  # (n, n) phi(i, j) of LoRA's directions with full tuning's
    grown: Array                    # (2, parts, layers) length of the change over the length of W: LoRA, full
    gaps: Array                     # (2, precisions) after merging: largest difference of logits; of W taken out again
    slope_a: Array                  # (r, in) of the next batch's loss; (0, 0) before the first
    slope_b: Array                  # (out, r)
    step: int
    loss: float | None              # second task, with adapters
    full_loss: float | None         # second task, every number tuned
    untouched: float | None         # second task, before
    first: float | None             # first task, with adapters
    full_first: float | None        # first task, every number tuned
    kept: float | None              # first task, adapters taken out again
    forgotten: float | None         # first - kept
    full_forgotten: float | None
    rank_found: int | None          # numerical rank of LoRA's change
    share_kept: float | None        # share of full tuning's squared change that its best rank-r part holds
    best_error: float | None        # Eckart-Young: least distance of any rank-r matrix from full tuning's change
    distance: float | None          # of LoRA's change from it
    length: float | None            # Frobenius norm of LoRA's change
    full_length: float | None
    alike: float | None             # phi(r, r) with full tuning's change
    amplified: float | None         # length of the change over that of W in the same directions (Hu et al., section 7.3)
    slope: Named                    # lengths of the slopes by A and B
    scale: float | None
    rate: float | None
    full_rate: float | None
    merge_gap: float | None
    total: int                      # numbers of the decoder at hand: the small one, or the chosen big one
    trainable: int
    share: float
    memory: Named                   # bytes: full tuning, LoRA, the adapters' file
    phase: str


@concept(kind="training", lane="heavy", small={"steps": 4, "batch": 1})
def lora(p: Params, run: Run) -> Iterator[Frame]:
    """Tune side by side, a frame every few steps; or count what tuning a big decoder costs."""
    if p.mode == "count":
        yield Frame(**count(p, run))
    else:
        yield from train(p, run)


def train(p: Params, run: Run) -> Iterator[Frame]:
    """The frozen decoder, the first slopes, then steps of Adam; torch is loaded only after the first picture."""
    reader, begun_with = Reader(p, run), p.beginning(run)
    yield Frame(**reader.before(begun_with))
    from engine.models.adapted import one_thread
    from engine.models.tuners import FullTuner, LoraTuner

    with one_thread():
        tuner, full = LoraTuner(shipped(), [begun_with], device=run.device), FullTuner(shipped(), device=run.device)
        for step in range(p.steps + 1):
            ids = p.batch_at(step)
            if not float(tuner.slopes(ids)[0]) < FAR:
                run.stop("diverged")
                return
            if step % EVERY == 0 or step == p.steps:
                yield Frame(**reader.read(step, tuner, full))
            run.check()
            full.slopes(ids)
            now = run.params
            tuner.step(now.learning_rate, now.learning_rate * now.b_times)
            full.step(now.full_rate)


SWEPT = ("mode", "beside", "task", "targets", "blocks", "alpha", "dora", "initial", "learning_rate", "b_times", "full_rate",
         "batch", "steps", "seed")


@lora.layer(reads=SWEPT)
def ranks(p: Params, run: Run) -> Iterator[Ranks]:
    """Loss against r = 1 ... 64, both scalings, several seeds; and full tuning's change cut to rank r."""
    from engine.tuning.lora_sweeps import nothing, swept

    if p.mode == "train" and p.beside == "ranks":
        yield from swept(p, run)
    else:
        yield nothing()


@lora.layer(reads=(*SWEPT, "rank", "scaling"))
def swap(p: Params, run: Run) -> Iterator[Swap]:
    """An adapter for each second task, on the same frozen decoder; every text read with every one of them."""
    from engine.tuning.lora_sweeps import no_swap, swapped

    if p.mode == "train" and p.beside == "swap":
        yield from swapped(p, run)
    else:
        yield no_swap()


@lora.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """Merged decoders read by other code, slopes by autograd, steps by torch.optim, ranks and distances by scipy."""
    from engine.tuning.lora_proof import proof

    yield from proof(p, frames)
