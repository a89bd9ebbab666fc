"""The proof of LoRA: torch.nn's own modules, torch.optim, scipy and brute counting give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Check
from engine.models.adapters import PARTS, PRECISIONS, Adapter, stored
from engine.models.forward import forward, next_losses
from engine.models.weights import Weights, shipped
from engine.tuning import texts
from engine.tuning.sizes import MODELS

if TYPE_CHECKING:
    from engine.tuning.lora import Frame, Params

REPLAYED = 4                        # steps trained again


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks of a recording."""
    last = frames[-1]
    yield from _counted(p, last)
    if p.mode == "count":
        return
    yield from _changes(p, last)
    yield from _losses(p, frames)
    yield from _merging(p, last)
    if last.slope_a.size:
        yield from _slopes(p, last)
    if p.initial in ("uniform", "gaussian", "swapped", "zeros"):
        yield Check("start", frames[0].length or 0.0, 0.0, 1e-12, "one factor is zero, so B A is zero")
    begun = [f for f in frames if f.step <= REPLAYED]
    if begun[0].step == 0 and begun[-1].step > 0 and len({(f.rate, f.full_rate) for f in begun}) == 1:
        yield from _replayed(p, begun)


# linear algebra -----------------------------------------------------------------------------------------------------------


def _changes(p: Params, f: Frame) -> Iterator[Check]:
    """Rank, the best rank-r approximation, and the angles between both changes."""
    from scipy import linalg

    if not p.dora:
        worst = max(int(np.linalg.matrix_rank(a.scale * a.b @ a.a)) for a in f.adapters)
        yield Check("rank", worst, p.rank, 0, "numpy.linalg.matrix_rank of every B A", "at_most")
        yield Check("distance", f.distance or 0.0, f.best_error or 0.0, 1e-9, "Eckart-Young: no rank r is nearer", "at_least")
    u, sigma, v = linalg.svd(f.full_delta, full_matrices=False, lapack_driver="gesvd")
    nearest = (u[:, :p.rank] * sigma[:p.rank]) @ v[:p.rank]
    scale = 1e-9 * max(1.0, float(sigma[0]))
    yield Check("eckart_young", f.best_error or 0.0, float(linalg.norm(f.full_delta - nearest)), scale,
                "distance of the change from its SVD cut at r, scipy.linalg.svd")
    yield Check.worst("spectra", f.spectra[0], sigma, scale, "scipy.linalg.svd, gesvd")
    if f.alike is not None and sigma[0] > 1e-6 and not p.dora and f.rank_found == p.rank and p.rank < 60:
        a = next(a for n, a in zip(p.names(), f.adapters, strict=True)
                 if _gap(a.scale * a.b @ a.a, f.lora_delta) < 1e-9)
        if np.linalg.cond(a.a) < 1e6 and np.linalg.cond(a.b) < 1e6:
            angles = linalg.subspace_angles(a.a.T, v[:p.rank].T)        # the row space of B A is A's
            yield Check("alike", f.alike, float((np.cos(angles)**2).mean()), 1e-7,
                        "mean squared cosine of scipy.linalg.subspace_angles of A's rows")


# the decoder --------------------------------------------------------------------------------------------------------------


def _decoder(p: Params, adapters: Sequence[Adapter]) -> Any:
    """torch.nn's decoder with every adapter merged into its matrix."""
    from engine.models.decoder import made

    base = shipped()
    named = dict(zip(p.names(), adapters, strict=True))
    return made(_merged(base, named), dtype=_double())


def _double() -> Any:
    import torch

    return torch.float64


def _merged(base: Weights, adapters: Mapping[str, Adapter]) -> Weights:
    """W + s B A; with DoRA rows stretched to their lengths."""
    arrays = dict(base.arrays)
    for name, a in adapters.items():
        new = base[name] + a.scale * np.einsum("or,ri->oi", a.b, a.a)
        if a.lengths.size:
            new = np.einsum("o,oi->oi", a.lengths / np.sqrt((new**2).sum(axis=1)), new)
        arrays[name] = new
    return Weights(base.config, arrays)


def _losses(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The adapters merged into torch.nn.Linear layers, and read by torch and by numpy."""
    import torch

    from engine.models.decoder import loss_of

    last, second, (old, counted) = frames[-1], texts.second_task(p.task), texts.first_task()
    with torch.no_grad():
        model = _decoder(p, last.adapters)
        loss = float(loss_of(model, second, np.ones(second.shape, bool)))
        first = float(loss_of(model, old, counted))
    yield Check("loss", last.loss or 0.0, loss, 1e-8 * max(1.0, loss), "adapters merged into torch.nn.Linear")
    yield Check("first", last.first or 0.0, first, 1e-8 * max(1.0, first), "first task, adapters merged into torch.nn.Linear")
    base = forward(shipped(), old).logits
    yield Check("kept", last.kept or 0.0, float(next_losses(base, old)[counted[:, 1:]].mean()), 1e-9,
                "the decoder as it is shipped: taken out, an adapter leaves nothing")


def _merging(p: Params, f: Frame) -> Iterator[Check]:
    """Merged and unmerged give the same logits; what 16 bits lose is what torch's 16 bits lose."""
    import torch

    if not f.gaps[:, 1].any():
        return
    yield Check("merged", f.merge_gap or 0.0, 0.0, 1e-9, "logits of W + s B A beside W x + s B (A x)")
    base, kinds = shipped(), (torch.float64, torch.float32, torch.bfloat16, torch.float16)
    ours, theirs = [], []
    for number, (precision, kind) in enumerate(zip(PRECISIONS, kinds, strict=True)):
        worst = 0.0
        for name, a in zip(p.names(), f.adapters, strict=True):
            kept = torch.tensor(base[name]).to(torch.float32 if number else kind).to(kind)
            change = torch.tensor(a.merged(stored(base[name], a, precision)[0]) - kept.double().numpy())
            change = change.to(torch.float32 if number else kind).to(kind)
            worst = max(worst, float(((kept + change) - change - kept).double().abs().max()))
        ours.append(f.gaps[1, number])
        theirs.append(worst)
    yield Check.worst("unmerged", ours, theirs, 1e-9, "torch's own float32, bfloat16 and float16")


def _slopes(p: Params, f: Frame) -> Iterator[Check]:
    """dA = s B' dW and dB = s dW A', with dW by autograd of the merged torch.nn decoder."""
    from engine.models.decoder import loss_of

    if p.dora:
        return
    model, ids = _decoder(p, f.adapters), p.batch_at(f.step)
    loss_of(model, ids, np.ones(ids.shape, bool)).backward()
    found = {n: w.grad.numpy() for n, w in model.named_parameters()}
    pairs = [(a, found[n]) for n, a in zip(p.names(), f.adapters, strict=True)]
    near = [(a.scale * a.b.T @ dw, a.scale * dw @ a.a.T) for a, dw in pairs]
    by_a, by_b = min(near, key=lambda s: _gap(s[0], f.slope_a) + _gap(s[1], f.slope_b))
    size = max(1.0, float(np.abs(by_b).max()), float(np.abs(by_a).max()))
    yield Check.worst("slope_a", f.slope_a, by_a, 1e-8 * size, "s B' dW, dW by torch.autograd of the merged matrix")
    yield Check.worst("slope_b", f.slope_b, by_b, 1e-8 * size, "s dW A'")


def _gap(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max()) if a.shape == b.shape else math.inf


# training again -----------------------------------------------------------------------------------------------------------


def _replayed(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The first steps again: torch.nn.utils.parametrize on the decoder's own layers, torch.optim.Adam."""
    import torch
    from torch.nn.utils import parametrize

    from engine.models.decoder import loss_of, made

    model = made(shipped(), dtype=torch.float64)
    model.requires_grad_(False)
    added = []
    for name, a in zip(p.names(), frames[0].adapters, strict=True):
        layer = model.get_submodule(name.removesuffix(".weight"))
        added.append(_beside(a))
        parametrize.register_parametrization(layer, "weight", added[-1])
    tuner = torch.optim.Adam([{"params": [x for m in added for x in m.others()], "lr": frames[0].rate},
                              {"params": [m.b for m in added], "lr": (frames[0].rate or 0.0) * p.b_times}])
    full = made(shipped(), dtype=torch.float64)
    optimiser = torch.optim.Adam(full.parameters(), lr=frames[0].full_rate)
    for step in range(frames[-1].step):
        ids = p.batch_at(step)
        for network, rule in ((model, tuner), (full, optimiser)):
            rule.zero_grad()
            loss_of(network, ids, np.ones(ids.shape, bool)).backward()
            rule.step()
    last = frames[-1]
    ours = np.concatenate([x.ravel() for a in last.adapters for x in (a.a, a.b, a.lengths)])
    theirs = np.concatenate([x.detach().numpy().ravel() for m in added for x in (m.a, m.b, *m.others()[1:])])
    yield Check.worst("steps", ours, theirs, 1e-6 * max(1.0, float(np.abs(theirs).max())),
                      f"torch.nn.utils.parametrize and torch.optim.Adam, {last.step} steps")
    read = texts.second_task(p.task)
    with torch.no_grad():
        loss = float(loss_of(full, read, np.ones(read.shape, bool)))
    yield Check("full_steps", last.full_loss or 0.0, loss, 1e-6 * max(1.0, loss),
                f"torch.nn decoder and torch.optim.Adam, {last.step} steps of every number")


def _beside(a: Adapter) -> Any:
    """A parametrization of torch.nn: the matrix in, the adapted matrix out."""
    import torch
    from torch import nn

    class Beside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Parameter(torch.tensor(a.a)), nn.Parameter(torch.tensor(a.b))
            self.lengths = nn.Parameter(torch.tensor(a.lengths)) if a.lengths.size else None

        def others(self) -> list[Any]:
            return [self.a] if self.lengths is None else [self.a, self.lengths]

        def forward(self, w: Any) -> Any:
            new = w + a.scale * torch.einsum("or,ri->oi", self.b, self.a)
            if self.lengths is None:
                return new
            return torch.diag(self.lengths / torch.linalg.vector_norm(new.detach(), dim=1)) @ new

    return Beside()


# counting -----------------------------------------------------------------------------------------------------------------


def _counted(p: Params, f: Frame) -> Iterator[Check]:
    """The decoder and its adapters built of torch.nn modules without memory, and counted number by number."""
    from torch import nn

    if p.mode == "train":
        total = sum(w.size for w in shipped().arrays.values())
        trainable = sum(a.a.size + a.b.size + a.lengths.size for a in f.adapters)
        yield Check("total", f.total, total, 0, "the shipped file, number by number")
        yield Check("trainable", f.trainable, trainable, 0, "the adapters on screen")
    else:
        s, rank = MODELS[p.big], p.rank
        outside, layer = modules(p.big)
        total = sum(m.numel() for m in outside.parameters()) + s.layers * sum(m.numel() for m in layer.parameters())
        yield Check("total", f.total, total, 0, "torch.nn modules on the meta device")
        chosen = {n: m for n, m in layer.named_children() if n in p.targets.names}
        pairs = [(nn.Linear(m.in_features, rank, bias=False, device="meta"), nn.Linear(rank, m.out_features, bias=p.dora,
                 device="meta")) for m in chosen.values()]
        trainable = s.layers * sum(x.numel() for pair in pairs for m in pair for x in m.parameters())
        yield Check("trainable", f.trainable, trainable, 0, "torch.nn.Linear pairs on the meta device")
    values = dict(zip(f.memory.names, f.memory.values, strict=True))
    yield Check("memory", values["full"] or 0.0, (2 + 2 + 4 + 4 + 4) * total, 0, "2 + 2 + 4 + 4 + 4 bytes")
    yield Check("memory_lora", values["lora"] or 0.0, 2 * total + (2 + 2 + 4 + 4 + 4) * trainable, 0,
                "2 bytes frozen, 2 + 2 + 4 + 4 + 4 trained")


def modules(big: str) -> tuple[Any, Any]:
    """What stands outside the layers, and one layer, as torch.nn modules on the meta device."""
    from torch import nn

    s = MODELS[big]
    bias, kv = not s.gated, s.hidden * s.kv_heads // s.heads
    shapes = {"q": (s.hidden, s.hidden), "k": (s.hidden, kv), "v": (s.hidden, kv), "o": (s.hidden, s.hidden),
              "up": (s.hidden, s.inner), "down": (s.inner, s.hidden)} | ({"gate": (s.hidden, s.inner)} if s.gated else {})
    norm: Callable[[], Any] = partial(nn.RMSNorm if s.gated else nn.LayerNorm, s.hidden, device="meta")
    layer = nn.ModuleDict({n: nn.Linear(*shape, bias=bias, device="meta") for n, shape in shapes.items() if n in PARTS})
    layer.update({"norm_1": norm(), "norm_2": norm()})
    outside = nn.ModuleDict({"embed": nn.Embedding(s.vocabulary, s.hidden, device="meta"), "norm": norm()})
    if not s.tied:
        outside["head"] = nn.Linear(s.hidden, s.vocabulary, bias=False, device="meta")
    if s.positions:
        outside["positions"] = nn.Embedding(s.positions, s.hidden, device="meta")
    return outside, layer
