"""Attention in a small Llama-style decoder that was really trained: every number from tokens to what a layer writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from engine.core import (
    Array,
    BadInput,
    Check,
    IsPath,
    IsText,
    Live,
    Mask,
    Range,
    Run,
    Seed,
    Shared,
    Size,
    View,
    When,
    concept,
)
from engine.models import patterns, stories
from engine.models.backward import backward
from engine.models.dot_product import causal, prefixed, unpadded, windowed
from engine.models.forward import Change, forward, log_softmax, next_losses
from engine.models.local import Speaker, ours, speaker
from engine.models.weights import Config, Weights, initial
from engine.transformer import attention_ablation as heads_off
from engine.transformer import attention_widths as by_width
from engine.transformer.attention_readings import Frame, pass_of, readings, slopes_of

CONTEXT = 64                        # tokens the decoder was trained to read
PAGE = 4                            # layers and heads shown at once
STEPS = ("tokens", "projections", "scores", "scaling", "masking", "softmax", "values", "joining", "output",
         "overview")
EVERY = 10                          # training steps between frames
DECODER = When("mode", ("explain", "generate", "train"))
UNSEEN = Mask(tuple(tuple(j <= i and not (j == 3 and i > 3) for j in range(8)) for i in range(8)))  # nobody sees token 3


@dataclass(frozen=True)
class Params:
    mode: Literal["explain", "generate", "translate", "train"] = "explain"
    phrase: Annotated[str, IsText(300), When("mode", ("translate",))] = \
        "the black cat that likes the small bird sleeps on the mat"
    text: Annotated[str, IsText(600), DECODER] = "the cat sat ; the cat sat on the mat"
    model: Annotated[str, IsText(400), IsPath(), DECODER] = ""     # a folder of the user's; empty: the decoder trained here
    first_layer: Annotated[int, Range(0, 252, step=PAGE), DECODER] = 0      # PAGE by PAGE heads are shown
    first_head: Annotated[int, Range(0, 252, step=PAGE), DECODER] = 0
    layer: Annotated[int, Range(1, PAGE), DECODER] = 2       # counted from the first that is shown
    head: Annotated[int, Range(1, PAGE)] = 3
    query: Annotated[int, Range(0, CONTEXT - 1), When("mode", ("explain", "translate", "train"))] = 6
    key: Annotated[int, Range(0, CONTEXT - 1)] = 3
    scaled: bool = True
    heat: Annotated[float, Range(0.125, 8, log=True)] = 1.0         # softmax's temperature
    mask: Annotated[Literal["causal", "none", "window", "prefix", "padding", "painted"], DECODER] = "causal"
    window: Annotated[int, Range(1, 32), DECODER, When("mask", ("window", "prefix", "padding"))] = 3    # tokens
    painted: Annotated[Mask, Size(0, CONTEXT**2), DECODER, When("mask", ("painted",))] = UNSEEN
    brush: Annotated[bool, View(), DECODER] = False          # clicks on the weights paint the mask; else they choose a cell
    show: Annotated[Literal["values", "gradients"], DECODER] = "values"
    ablate: Annotated[Literal["keep", "zero", "mean"], DECODER] = "keep"
    by_length: Annotated[bool, View()] = False
    below: Annotated[Literal["next", "vectors", "ablation", "heat", "widths"], View(), When("mode", ("explain",))] = "next"
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
        if self.model.strip() or self.mode == "translate":
            return self                             # how many tokens and heads there are, the model tells
        last = min(len(stories.tokens_of(self.text)), CONTEXT) - 1
        return replace(self, query=min(self.query, last), key=min(self.key, last), first_layer=0, first_head=0)

    def at(self, layers: int, heads: int) -> tuple[int, int]:
        """The chosen layer and head, counted from 0, of as many as a model has."""
        return min(self.first_layer + self.layer, layers) - 1, min(self.first_head + self.head, heads) - 1

    def visible(self, length: int) -> Array:
        """Which columns each row may see, (T, T) bool; what is not painted is causal."""
        if self.mask == "none":
            return np.ones((length, length), bool)
        if self.mask in ("window", "prefix", "padding"):
            made = {"window": windowed, "prefix": prefixed, "padding": unpadded}[self.mask]
            return made(length, self.window)
        found = causal(length)
        if self.mask == "painted" and self.painted.rows:
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
            replaced[one] = heads_off.mean_outputs(who, ids)[one] if self.ablate == "mean" else np.zeros(c.head_size)
        return Change(self.scaled, self.visible(len(ids)), replaced, self.heat)


@concept(kind="steps", small={"train_steps": 20})
def attention(p: Params, run: Run) -> Iterator[Frame]:
    """Walk one query through one head; or write on word by word; or train the decoder again."""
    from engine.transformer.attention_translate import translate

    yield from {"explain": explain, "generate": generate, "translate": translate, "train": train}[p.mode](p, run)


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

    recipe = Recipe(seed=p.seed, steps=p.train_steps)
    for step, _, model in training(recipe, scaled=p.scaled, rate=lambda: run.params.rate, heat=p.heat, device=run.device):
        run.report(step, p.train_steps)
        if step % EVERY == 0 or step == p.train_steps:
            yield look_at_training(p, run, taken(model), step)


def look_at_training(p: Params, run: Run, weights: Weights, step: int) -> Frame:
    """The picture of weights in the middle of training, with how well they do."""
    change = Change(p.scaled, heat=p.heat)
    found, right = patterns.measure(weights, change)
    who = replace(ours(), weights=weights)
    frame = look(p, run, who, p.ids(who), p.query, step=step, phase="trained", kinds=found.names())
    return replace(frame, held_out=heads_off.held_out_loss(weights, change), copied=right,
                   induction=float(found.induction.max()))


def look(p: Params, run: Run, who: Speaker, tokens: tuple[int, ...], query: int, *, step: int = 0,
         phase: str = "", kinds: Array | None = None) -> Frame:
    """One pass over the tokens as a frame."""
    ids, visible, c = np.array(tokens), p.visible(len(tokens)), who.weights.config
    change = p.change(who, ids)
    trace = forward(who.weights, ids, change)
    at, key = (*p.at(c.layers, c.heads), min(query, len(ids) - 1)), min(p.key, len(ids) - 1)
    found = readings(trace, ids, who.word, visible, at, key, change.divisor(c.head_size))
    untouched = next_losses(forward(who.weights, ids).logits, ids)
    harm = None if found["loss"] is None else found["loss"] - float(untouched.mean())
    for name in ("loss", "harm") if harm is None else ():
        run.note(name, "one_token")
    if found["copying"] is None:
        run.note("copying", "nothing_repeated")
    for name in ("held_out", "copied", "induction") if p.mode != "train" else ():
        run.note(name, "not_training")
    run.note("right", "not_translating")
    seen = pass_of(trace, ids, who.word, visible, kinds_of(p.model) if kinds is None else kinds, at, key,
                   change.divisor(c.head_size) / p.heat)
    if p.show == "gradients":
        seen = replace(seen, slopes=slopes_of(backward(who.weights, trace, ids, change, at[0]), at[1]))
    return Frame(Shared(seen), **found, harm=harm, head_size=c.head_size, step=step, held_out=None, copied=None,
                 induction=None, right=None, phase=phase)


@lru_cache(maxsize=4)
def kinds_of(model: str) -> Array:
    """What each head of a model does, (L, H)."""
    return patterns.measure(speaker(model).weights)[0].names()


@attention.layer(reads=("mode", "below", "ablate", "scaled", "heat", "model", "text"))
def ablation(p: Params, run: Run) -> Iterator[heads_off.Ablation]:
    """Every head switched off in turn, and what that costs."""
    if p.below == "ablation" and p.mode == "explain":
        yield from heads_off.measured(p, run)
    else:
        yield heads_off.nothing()


@attention.layer(reads=("mode", "below", "scaled", "heat", "seed"))
def widths(p: Params, run: Run) -> Iterator[by_width.Widths]:
    """Softmax over random keys as they grow wider."""
    if p.below == "widths" and p.mode == "explain":
        yield from by_width.measured(run, Change(p.scaled, heat=p.heat).divisor(ours().weights.config.head_size))
    else:
        yield by_width.nothing()


@attention.verify
def against_torch(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """torch's attention on the same q, k, v; a torch decoder on the same text; autograd for the gradient."""
    from engine.transformer.attention_proof import proof

    yield from proof(p, frames)
