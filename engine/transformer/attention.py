"""Attention in a small Llama-style decoder that was really trained: every number from tokens to what a layer writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Annotated, Literal

import numpy as np

from engine.core import Array, BadInput, Check, IsText, Live, Mask, Range, Run, Seed, Shared, Size, View, When, concept
from engine.models import patterns, stories
from engine.models.forward import Change, causal, forward, log_softmax, next_losses
from engine.models.local import Speaker, ours, speaker
from engine.models.weights import Config, Weights, initial
from engine.transformer.attention_readings import Pass, pass_of, readings

CONTEXT = 64                        # tokens the decoder was trained to read
PAGE = 4                            # layers and heads shown at once
STEPS = ("tokens", "projections", "scores", "scaling", "masking", "softmax", "values", "joining", "output",
         "overview")
EVERY = 10                          # training steps between frames
UNSEEN = Mask(tuple(tuple(j <= i and not (j == 3 and i > 3) for j in range(8)) for i in range(8)))  # nobody sees token 3


@dataclass(frozen=True)
class Params:
    mode: Literal["explain", "generate", "train"] = "explain"
    text: Annotated[str, IsText(600)] = "the cat sat ; the cat sat on the mat"
    model: Annotated[str, IsText(400)] = ""         # a folder of the user's; empty: the decoder trained here
    first_layer: Annotated[int, Range(0, 252, step=PAGE)] = 0       # of a model from a folder, PAGE by PAGE heads are shown
    first_head: Annotated[int, Range(0, 252, step=PAGE)] = 0
    layer: Annotated[int, Range(1, PAGE)] = 2       # counted from the first that is shown
    head: Annotated[int, Range(1, PAGE)] = 3
    query: Annotated[int, Range(0, CONTEXT - 1), When("mode", ("explain", "train"))] = 6
    key: Annotated[int, Range(0, CONTEXT - 1)] = 3
    scaled: bool = True
    mask: Literal["causal", "none", "window", "painted"] = "causal"
    window: Annotated[int, Range(1, 32), When("mask", ("window",))] = 3
    painted: Annotated[Mask, Size(0, CONTEXT**2), When("mask", ("painted",))] = UNSEEN
    brush: Annotated[bool, View()] = False          # clicks on the weights paint the mask; else they choose a cell
    ablate: Literal["keep", "zero", "mean"] = "keep"
    by_length: Annotated[bool, View()] = False
    below: Annotated[Literal["next", "vectors", "ablation", "widths"], View(), When("mode", ("explain",))] = "next"
    temperature: Annotated[float, Range(0, 2), When("mode", ("generate",))] = 0.0
    new_tokens: Annotated[int, Range(1, 48), When("mode", ("generate",))] = 24
    rate: Annotated[float, Range(1e-4, 0.1, log=True), Live(), When("mode", ("train",))] = 4e-3
    train_steps: Annotated[int, Range(20, 2600, log=True), When("mode", ("train",))] = 1000
    seed: Seed = 7

    @property
    def kind(self) -> str:
        """What it is in this mode: a training can be stopped, and goes on in the background."""
        return "training" if self.mode == "train" else "steps"

    def ids(self, who: Speaker) -> tuple[int, ...]:
        """The text as the model reads it."""
        found = who.encode(self.text)
        if not found or max(found) >= who.weights.config.vocabulary:
            raise BadInput("model: its tokeniser makes nothing of this text, or tokens that the model does not know; change "
                           "the text, or check the folder", "model_tokens")
        if len(found) > CONTEXT:
            raise BadInput(f"text: is {len(found)} tokens with its start, at most {CONTEXT} are read (words outside the "
                           "vocabulary count by letters); shorten it", "text_long", count=len(found), max=CONTEXT)
        return found

    def settled(self) -> Params:
        """Query and key within the text; all heads of the decoder trained here are shown at once."""
        if self.model.strip():
            return self                             # how many tokens and heads there are, its folder tells
        last = min(len(stories.tokens_of(self.text)), CONTEXT) - 1
        return replace(self, query=min(self.query, last), key=min(self.key, last), first_layer=0, first_head=0)

    def at(self, layers: int, heads: int) -> tuple[int, int]:
        """The chosen layer and head, counted from 0, of as many as a model has."""
        return min(self.first_layer + self.layer, layers) - 1, min(self.first_head + self.head, heads) - 1

    def visible(self, length: int) -> Array:
        """Which columns each row may see, (T, T) bool; what is not painted is causal."""
        found = causal(length) if self.mask != "none" else np.ones((length, length), bool)
        if self.mask == "window":
            found &= np.subtract.outer(np.arange(length), np.arange(length)) < self.window
        elif self.mask == "painted" and self.painted.rows:
            cells = np.array(self.painted.rows, bool)[:length, :length]
            found[:cells.shape[0], :cells.shape[1]] = cells
        return found

    def canvas(self, length: int) -> Array:
        """What a brush finds: which columns each row may see now, over the whole painted part; (T or more, T or more)."""
        painted = max([len(self.painted.rows), *(len(row) for row in self.painted.rows)]) if self.mask == "painted" else 0
        return self.visible(max(length, painted))

    def change(self, who: Speaker, ids: Array) -> Change:
        """What is done to every layer's attention."""
        replaced = {}
        if self.ablate != "keep":
            c = who.weights.config
            one = self.at(c.layers, c.heads)
            replaced[one] = mean_outputs(who, ids)[one] if self.ablate == "mean" else np.zeros(c.head_size)
        return Change(self.scaled, self.visible(len(ids)), replaced)


@dataclass(frozen=True)
class Frame:
    seen: Shared[Pass]
    asks: str                       # the query's token
    answers: str                    # the key's token
    score: float                    # q_i . k_j
    divisor: float                  # sqrt(d), or 1
    fit: float                      # score / divisor
    weight: float                   # alpha_ij
    largest: float                  # of the query's row
    largest_token: str
    entropy: float                  # of the row, bits
    most_entropy: float             # of as many equal shares
    gradient: float                 # || d softmax / d scores ||
    row_sum: float
    copying: float | None           # weight on what followed the same word before
    sink: float                     # weight of the query's row on the first two tokens, this head
    sink_all: float                 # mean over all heads
    next: str                       # likeliest next token
    chance: float
    loss: float | None              # mean next-token loss on this text, nats
    length: int                     # tokens
    harm: float | None              # that loss minus that of the untouched model
    head_size: int
    step: int                       # words written, or training steps done
    held_out: float | None          # training: loss on sequences never trained on
    copied: float | None            # training: share of repeated words continued rightly
    induction: float | None         # training: the best head's weight on what followed before
    phase: str


@concept(kind="steps", small={"train_steps": 20})
def attention(p: Params, run: Run) -> Iterator[Frame]:
    """Walk one query through one head; or write on word by word; or train the decoder again."""
    yield from {"explain": explain, "generate": generate, "train": train}[p.mode](p, run)


def explain(p: Params, run: Run) -> Iterator[Frame]:
    """One pass, shown step by step."""
    who = speaker(p.model)
    frame = look(p, run, who, p.ids(who), p.query)
    for phase in STEPS:
        yield replace(frame, phase=phase)


def generate(p: Params, run: Run) -> Iterator[Frame]:
    """The decoder writes on; the last token is the one that asks."""
    who, rng = speaker(p.model), run.generator("next token")
    ids = p.ids(who)
    for step in range(p.new_tokens + 1):
        yield look(p, run, who, ids, len(ids) - 1, step=step, phase="written" if step else "prompt")
        if len(ids) == CONTEXT:
            run.stop("full")
            return
        logits = forward(who.weights, np.array(ids), p.change(who, np.array(ids))).logits[-1]
        ids = (*ids, drawn(logits, p.temperature, rng))


def drawn(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    """A token from softmax(logits / temperature); the likeliest at 0."""
    if temperature == 0:
        return int(logits.argmax())
    return int(rng.choice(len(logits), p=np.exp(log_softmax(logits / temperature))))


def train(p: Params, run: Run) -> Iterator[Frame]:
    """The recipe again, from the seed's own start; torch is loaded only after the first picture."""
    begun = initial(Config(len(stories.VOCABULARY)), p.seed)
    yield look_at_training(p, run, begun, 0)
    from engine.models.decoder import Recipe, taken, training

    for step, _, model in training(Recipe(seed=p.seed, steps=p.train_steps), scaled=p.scaled, rate=lambda: run.params.rate):
        run.report(step, p.train_steps)
        if step % EVERY == 0 or step == p.train_steps:
            yield look_at_training(p, run, taken(model), step)


def look_at_training(p: Params, run: Run, weights: Weights, step: int) -> Frame:
    """The picture of weights in the middle of training, with how well they do."""
    found, right = patterns.measure(weights, p.scaled)
    who = replace(ours(), weights=weights)
    frame = look(p, run, who, p.ids(who), p.query, step=step, phase="trained", kinds=found.names())
    return replace(frame, held_out=held_out_loss(weights, Change(p.scaled)), copied=right,
                   induction=float(found.induction.max()))


def look(p: Params, run: Run, who: Speaker, tokens: tuple[int, ...], query: int, *, step: int = 0,
         phase: str = "", kinds: Array | None = None) -> Frame:
    """One pass over the tokens as a frame."""
    ids, visible, c = np.array(tokens), p.visible(len(tokens)), who.weights.config
    trace = forward(who.weights, ids, p.change(who, ids))
    at, key = (*p.at(c.layers, c.heads), min(query, len(ids) - 1)), min(p.key, len(ids) - 1)
    found = readings(trace, ids, who.word, visible, at, key, math.sqrt(c.head_size) if p.scaled else 1.0)
    untouched = next_losses(forward(who.weights, ids).logits, ids)
    harm = None if found["loss"] is None else found["loss"] - float(untouched.mean())
    for name in ("loss", "harm") if harm is None else ():
        run.note(name, "one_token")
    if found["copying"] is None:
        run.note("copying", "nothing_repeated")
    for name in ("held_out", "copied", "induction") if p.mode != "train" else ():
        run.note(name, "not_training")
    seen = pass_of(trace, ids, who.word, visible, kinds_of(p.model) if kinds is None else kinds, at)
    return Frame(Shared(seen), **found, harm=harm, head_size=c.head_size, step=step, held_out=None, copied=None,
                 induction=None, phase=phase)


@lru_cache(maxsize=4)
def kinds_of(model: str) -> Array:
    """What each head of a model does, (L, H)."""
    return patterns.measure(speaker(model).weights)[0].names()


# held-out text -----------------------------------------------------------------------------------------------------------

SEQUENCES = 24                      # how many are read


@cache
def held_out() -> tuple[Array, Array]:
    """Sequences that no training sees, (SEQUENCES, CONTEXT + 1), and which of their tokens count."""
    return stories.held_out(SEQUENCES, CONTEXT)


def held_out_loss(weights: Weights, change: Change | None = None) -> float:
    """Mean loss on their tokens that count, in nats."""
    ids, counted = held_out()
    logits = forward(weights, ids[:, :-1], replace(change or Change(), visible=None)).logits
    log_p = log_softmax(logits)
    return float(-np.take_along_axis(log_p, ids[:, 1:, None], axis=-1)[..., 0][counted[:, 1:]].mean())


def mean_outputs(who: Speaker, ids: Array) -> Array:
    """Each head's mean output, (L, H, d): what takes its place in a mean ablation.

    Over the held-out text, or, for a model with another language, over the tokens ids (T,) at hand.
    """
    read = held_out()[0][:8, :-1] if speaks_ours(who) else ids[None]
    return np.asarray(forward(who.weights, read).mixed.mean(axis=(1, 3)))


def speaks_ours(who: Speaker) -> bool:
    """Whether a model's tokens are those of the little language."""
    return who.module is None


@dataclass(frozen=True)
class Ablation:
    """How much the loss on held-out text rises when a head is switched off; heads after `done` are not measured yet."""

    harm: Array                     # (L, H) nats
    whole: float                    # the loss with all heads
    done: float


@attention.layer(reads=("mode", "below", "ablate", "scaled", "model", "text"))
def ablation(p: Params, run: Run) -> Iterator[Ablation]:
    """Switch each head off in turn, and read the held-out text again, or in another language the sentence."""
    if p.below != "ablation" or p.mode != "explain":
        yield Ablation(np.zeros((1, 1)), 0.0, 0.0)
        return
    who = speaker(p.model)
    c, ids = who.weights.config, np.array(p.ids(who))
    harm = np.zeros((c.layers, c.heads))
    whole = trial(who, ids, Change(p.scaled))
    instead = mean_outputs(who, ids) if p.ablate == "mean" else np.zeros((c.layers, c.heads, c.head_size))
    for number, one in enumerate(np.ndindex(c.layers, c.heads), 1):
        harm[one] = trial(who, ids, Change(p.scaled, None, {one: instead[one]})) - whole
        run.report(number, harm.size)
        if number % c.heads == 0:
            yield Ablation(harm.copy(), whole, number / harm.size)


def trial(who: Speaker, ids: Array, change: Change) -> float:
    """The loss that a change is judged by, in nats: on held-out text, or on the sentence."""
    if speaks_ours(who):
        return held_out_loss(who.weights, change)
    found = next_losses(forward(who.weights, ids, change).logits, ids)
    return float(found.mean()) if len(found) else 0.0


WIDTHS, KEYS, DRAWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024), 32, 64


@dataclass(frozen=True)
class Widths:
    """Softmax over 32 random keys, by the width d of query and keys: with the scores divided by sqrt(d), and as they are."""

    width: Array                    # (n,)
    entropy: Array                  # (2, n) bits; divided, plain
    gradient: Array                 # (2, n)
    variance: Array                 # (2, n) of the scores: theory says 1 and d
    done: float


@attention.layer(reads=("mode", "below", "seed"))
def widths(p: Params, run: Run) -> Iterator[Widths]:
    """Entropy and gradient of softmax(q . k / sqrt d) for standard normal q and k."""
    if p.below != "widths" or p.mode != "explain":
        yield Widths(np.zeros(0), np.zeros((2, 0)), np.zeros((2, 0)), np.zeros((2, 0)), 0.0)
        return
    rng, rows = run.generator("widths"), []
    for d in WIDTHS:
        scores = np.einsum("nd,nkd->nk", rng.standard_normal((DRAWS, d)), rng.standard_normal((DRAWS, KEYS, d)))
        rows.append([sharpness(scores / math.sqrt(d)), sharpness(scores)])
        run.check()
    table = np.array(rows).transpose(2, 1, 0)                                       # (3, 2, n)
    yield Widths(np.array(WIDTHS, float), table[0], table[1], table[2], 1.0)


def sharpness(scores: Array) -> tuple[float, float, float]:
    """Mean entropy in bits, mean gradient norm and variance of rows of scores, (draws, keys)."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = shifted / shifted.sum(axis=1, keepdims=True)
    bits = -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)
    square = (share**2).sum(axis=1)
    norm = np.sqrt(np.maximum(0.0, square - 2 * (share**3).sum(axis=1) + square**2))    # of diag(p) - p p'
    return float(bits.mean()), float(norm.mean()), float(scores.var())


@attention.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """torch's attention on the same q, k, v; a torch decoder on the same text; autograd for the gradient."""
    from engine.transformer.attention_proof import proof

    yield from proof(p, frames)
