"""The proof of attention: torch's own attention, a decoder written again in torch with complex rotations, and autograd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.core import Array, Check
from engine.models.local import Speaker, ours, speaker
from engine.models.weights import Config, Weights, initial, shipped

if TYPE_CHECKING:
    from engine.transformer.attention import Params
    from engine.transformer.attention_readings import Frame

SDPA = "torch.nn.functional.scaled_dot_product_attention"
AGAIN = "the decoder written again in torch, rotations as complex numbers"


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks: of the last frame, and in training of the first one too, whose weights are known."""
    f = frames[-1]
    if p.mode == "translate":
        from engine.transformer.attention_proof_translate import proof as translate_proof

        yield from translate_proof(p, f)
        yield from _row(p, f)
        return
    yield from _one_head(p, f)
    yield from _pairs(p, f)
    yield from _row(p, f)
    if p.mode != "train":
        who = speaker(p.model)
        yield from _whole(p, f, who)
        if f.seen.value.slopes is not None:
            from engine.transformer.attention_proof_slopes import proof as slopes_proof

            yield from slopes_proof(p, f, who)
        if (p.scaled, p.heat, p.mask, p.ablate) == (True, 1.0, "causal", "keep"):
            if who.module is not None:
                yield from _library(f, _at(p, f), who)
            elif not p.model:
                yield from _llama(f, _at(p, f), who.weights)
        return
    yield from _whole(p, frames[0], replace(ours(), weights=initial(shipped().config, p.seed)))
    if f.step > frames[0].step:
        yield Check("learns", float(f.held_out or 0), float(frames[0].held_out or 0), 0, "the loss before training", "at_most")


def _one_head(p: Params, f: Frame) -> Iterator[Check]:
    """The chosen head: torch's attention over the very same q, k and v."""
    import torch

    s = f.seen.value
    scale = scale_of(p, f.head_size)
    if p.ablate == "keep":
        for name, kind, tolerance in (("sdpa", torch.float64, 1e-9), ("sdpa_single", torch.float32, 1e-5)):
            q, k, v = (torch.tensor(x, dtype=kind)[None] for x in (s.q, s.k, s.v))
            theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=torch.tensor(s.visible), scale=scale)
            if kind == torch.float32:
                tolerance *= max(1.0, 8 * scale)    # larger scores lose as much more to rounding
            yield Check.worst(name, s.mixed, theirs[0].double().numpy(), tolerance * (1 + np.abs(s.v).max()), SDPA)
    sees = s.visible.any(axis=1)
    yield Check.worst("rows", s.shares.sum(axis=1), sees.astype(float), 1e-12, "what a row that sees anything adds up to")
    hidden = np.where(s.visible, 0.0, np.abs(s.weights).max(axis=(0, 1)))
    yield Check("masked", float(hidden.max()), 0.0, 0.0, "no weight on what is masked, in any head", "at_most")
    pairs = zip(s.q[_at(p, f)].tolist(), s.k[_key(p, f)].tolist(), strict=True)
    yield Check("score", f.score, float(sum(a * b for a, b in pairs)), 1e-9 * (1 + abs(f.score)), "a sum in plain Python")
    yield Check("sink", f.sink, 1 - float(sum(s.shares[_at(p, f), 2:].tolist())) if f.row_sum else 0.0, 1e-9,
                "what is left for the first two tokens")


def scale_of(p: Params, head_size: int) -> float:
    """What scores are multiplied by."""
    return (head_size**-0.5 if p.scaled else 1.0) / p.heat


def _at(p: Params, f: Frame) -> int:
    return f.length - 1 if p.mode == "generate" else min(p.query, f.length - 1)


def _key(p: Params, f: Frame) -> int:
    return min(p.key, f.length - 1)


def _pairs(p: Params, f: Frame) -> Iterator[Check]:
    """What is counted: pairs by loops over the mask, operations by torch's own counter."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    s = f.seen.value
    yield Check("pairs", f.pairs, sum(sum(map(bool, row)) for row in s.visible.tolist()), 0, "counted cell by cell")
    with FlopCounterMode(display=False) as counter:
        q, k, v = (torch.empty(x.shape, device="meta") for x in (s.q, s.k, s.v))
        (q @ k.T) @ v
    yield Check("work", f.work, counter.get_total_flops(), 0, "torch.utils.flop_counter")


def _row(p: Params, f: Frame) -> Iterator[Check]:
    """Entropy and gradient of the query's row."""
    import torch

    s, i = f.seen.value, _at(p, f)
    if not s.visible[i].any():
        yield Check("entropy", f.entropy, 0.0, 0.0, "a row that sees nothing")
        return
    seen = torch.tensor(s.visible[i])
    scores = (torch.tensor(s.scores[i]) / f.divisor)[seen].requires_grad_()
    share = torch.softmax(scores, dim=0)
    bits = float(torch.distributions.Categorical(probs=share.detach()).entropy() / np.log(2))
    yield Check("entropy", f.entropy, bits, 1e-9, "torch.distributions.Categorical")
    jacobian: Any = torch.autograd.functional.jacobian(lambda x: torch.softmax(x, dim=0), scores.detach())
    yield Check("gradient", f.gradient, float(torch.linalg.norm(jacobian)), 1e-9, "the Jacobian by torch.autograd")
    yield from _heats(f, torch.tensor(s.scores[i])[seen] / (f.divisor / p.heat))


def _heats(f: Frame, fits: Any) -> Iterator[Check]:
    """The row's entropy and gradient against temperature."""
    import torch

    from engine.transformer.attention_readings import HEATS

    shares = torch.softmax(fits / torch.tensor(HEATS)[:, None], dim=1)                          # (n, seen)
    bits = torch.special.entr(shares).sum(dim=1) / np.log(2)
    jacobians = torch.diag_embed(shares) - shares[:, :, None] * shares[:, None, :]
    theirs = torch.stack([bits, torch.linalg.matrix_norm(jacobians)])
    yield Check.worst("heats", f.seen.value.by_heat, theirs.numpy(), 1e-9, "torch.softmax and torch.special.entr")


class Nudge(Protocol):
    """Stands between a value of the pass and its use."""

    def __call__(self, name: str, x: Any, layer: int, head: int | None = None) -> Any: ...


@dataclass
class Again:
    """What the second implementation finds."""

    weights: list[Any]
    written: list[Any]
    by_heads: list[Any]             # written, as the sum of what each head writes alone
    logits: Any


def _whole(p: Params, f: Frame, who: Speaker) -> Iterator[Check]:
    """Every head's weights, what the layer writes, the chances and the loss."""
    import torch

    s, ids = f.seen.value, f.seen.value.ids
    theirs, c = decoded(who, ids, p), who.weights.config
    layer, _ = p.at(c.layers, c.heads)
    yield Check.worst("heads", s.weights, torch.stack(theirs.weights).numpy(), 1e-6, AGAIN)
    size = 1 + float(np.abs(s.written).max())
    yield Check.worst("written", s.written, theirs.written[layer].numpy(), 1e-9 * size, AGAIN)
    yield Check.worst("joined", s.written, theirs.by_heads[layer].numpy(), 1e-9 * size, "sum over heads of O_h W_O^h")
    chances = torch.softmax(theirs.logits[_at(p, f)], dim=-1)
    yield Check.worst("chances", s.chances, chances.numpy()[s.likely_ids], 1e-9, AGAIN)
    if f.loss is not None:
        loss = torch.nn.functional.cross_entropy(theirs.logits[:-1], torch.tensor(ids[1:]))
        yield Check("loss", f.loss, float(loss), 1e-9 * (1 + f.loss), AGAIN)


def decoded(who: Speaker, ids: Array, p: Params, nudge: Nudge | None = None) -> Again:
    """The forward pass in float64: rotations as complex numbers, every head's part of W_O on its own.

    nudge: adds zeros to what one head makes on the way, so that autograd can tell how the loss feels them.
    """
    import torch
    from torch.nn import functional as F

    c, touched = who.weights.config, nudge or (lambda name, x, layer, head=None: x)
    w = {name: torch.tensor(values) for name, values in who.weights.arrays.items()}
    replaced = p.change(who, ids).replaced
    found = Again([], [], [], None)
    x = w["model.embed_tokens.weight"][torch.tensor(ids)]
    for layer in range(c.layers):
        at = f"model.layers.{layer}."
        x = touched("stream", x, layer)
        y = F.rms_norm(x, (c.hidden,), w[at + "input_layernorm.weight"], c.epsilon)
        outs, shares = [], []
        for head in range(c.heads):
            out, share = _head(p, c, w, y, layer, head, nudge)
            shares.append(share)
            outs.append(torch.tensor(replaced[layer, head]).expand(len(ids), -1) if (layer, head) in replaced else
                        touched("mixed", out, layer, head))
        found.weights.append(torch.stack(shares))
        parts = w[at + "self_attn.o_proj.weight"].split(c.head_size, dim=1)
        found.by_heads.append(sum(out @ part.T for out, part in zip(outs, parts, strict=True)))
        side_by_side = touched("joined", torch.cat(outs, dim=-1), layer)
        found.written.append(touched("written", side_by_side @ w[at + "self_attn.o_proj.weight"].T, layer))
        x = x + found.written[-1]
        y = F.rms_norm(x, (c.hidden,), w[at + "post_attention_layernorm.weight"], c.epsilon)
        gate, up = (y @ w[f"{at}mlp.{n}_proj.weight"].T for n in ("gate", "up"))
        x = x + (F.silu(gate) * up) @ w[at + "mlp.down_proj.weight"].T
    found.logits = F.rms_norm(x, (c.hidden,), w["model.norm.weight"], c.epsilon) @ w.get(
        "lm_head.weight", w["model.embed_tokens.weight"]).T
    return found


def _head(p: Params, c: Config, w: dict[str, Any], y: Any, layer: int, head: int, nudge: Nudge | None) -> tuple[Any, Any]:
    """One head's outputs (T, d) and weights (T, T), from the normalised stream y (T, hidden)."""
    import torch
    from torch.nn import functional as F

    length, shared = len(y), head * c.kv_count // c.heads
    turn = torch.polar(torch.ones(length, c.head_size // 2, dtype=torch.float64), torch.outer(
        torch.arange(length, dtype=torch.float64),
        torch.exp(-torch.arange(c.head_size // 2, dtype=torch.float64) * 2 / c.head_size * np.log(c.rope_base))))
    visible, scale = torch.tensor(p.visible(length)), scale_of(p, c.head_size)
    rows = [slice(at * c.head_size, (at + 1) * c.head_size) for at in (head, shared, shared)]
    q, k, v = (y @ w[f"model.layers.{layer}.self_attn.{n}_proj.weight"][part].T for n, part in zip("qkv", rows, strict=True))
    q, k = _turned(q, turn), _turned(k, turn)
    if nudge is None:
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=visible, scale=scale)
        return out, _softmax(q @ k.T * scale, visible)
    q, k, v = (nudge(name, one, layer, head) for name, one in (("q", q), ("k", k), ("v", v)))
    share = nudge("shares", _softmax(nudge("fits", q @ k.T * scale, layer, head), visible), layer, head)
    return share @ v, share


def _softmax(fits: Any, visible: Any) -> Any:
    """Over what is visible; rows that see nothing are empty, and feel nothing."""
    import torch

    some = visible.any(dim=1, keepdim=True)
    return torch.softmax(fits.masked_fill(~visible & some, -torch.inf), dim=-1) * some


def _turned(x: Any, turn: Any) -> Any:
    """Pairs (i, i + d / 2) as complex numbers, each times its rotation."""
    import torch

    half = x.shape[-1] // 2
    moved = torch.complex(x[:, :half].contiguous(), x[:, half:].contiguous()) * turn
    return torch.cat([moved.real, moved.imag], dim=-1)


def _library(f: Frame, i: int, who: Speaker) -> Iterator[Check]:
    """The transformers model that was opened, in float32."""
    import torch

    s = f.seen.value
    with torch.no_grad():
        logits = who.module(torch.tensor(s.ids)[None]).logits[0].double()
    yield Check.worst("library", s.chances, torch.softmax(logits[i], -1).numpy()[s.likely_ids], 1e-4, "transformers, float32")


def _llama(f: Frame, i: int, weights: Weights) -> Iterator[Check]:
    """The very modules that were trained, in float64 and in float32."""
    import torch

    from engine.models.decoder import made

    s = f.seen.value
    ids = torch.tensor(s.ids)[None]
    for name, kind, tolerance in (("model", torch.float64, 1e-9), ("model_single", torch.float32, 1e-5)):
        with torch.no_grad():
            logits = made(weights, kind)(ids)[0].double()
        yield Check.worst(name, s.chances, torch.softmax(logits[i], -1).numpy()[s.likely_ids], tolerance,
                          "the torch modules that were trained")
