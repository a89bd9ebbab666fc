"""The proof of the network: torch.nn, torch.autograd and torch.optim give the same numbers from the same beginnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Check, Run
from engine.deep.mlp_example import chain_of, example_of
from engine.deep.mlp_training import Trainer, batches, features

if TYPE_CHECKING:
    from engine.deep.mlp import Frame, Params

FIRST_FRAMES, HESSIAN_UP_TO, ALONE = 5, 160, 5
SMOOTH = ("tanh", "silu", "sigmoid", "sine", "linear")


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks of a recording."""
    last = frames[-1]
    yield from _read_off(p, last)
    ratio = last.slope_norms[:, last.followed] / np.maximum(last.slope_bounds, 1e-300)
    yield Check("bounded", float(ratio.max()), 1.0, 1e-9, "|∂L/∂W| <= Σ|a||δ| Π‖W‖ max|φ'|, sub-multiplicative norms", "at_most")
    yield from _one_example(p, last)
    if last.sharpness is not None and last.size <= HESSIAN_UP_TO and p.activation in SMOOTH:
        yield _sharpest(p, last)
    begun = list(takewhile(lambda f: f.followed == frames[0].followed and not f.lost, frames[:FIRST_FRAMES]))
    if frames[0].step == 0 and len(begun) > 1:
        yield _every_step(p, begun)
    yield _alone(p, frames[0].followed)


# torch's network ----------------------------------------------------------------------------------------------------------


def torch_network(p: Params, weights: Sequence[Array]) -> Any:
    """torch.nn.Sequential with these weights."""
    import torch
    from torch import nn

    class Sine(nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.sin(x)

    act = {"tanh": nn.Tanh, "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "silu": nn.SiLU,
           "sigmoid": nn.Sigmoid, "sine": Sine, "linear": nn.Identity}[p.activation]
    parts: list[Any] = []
    for w, b in zip(weights[::2], weights[1::2], strict=True):
        made = nn.Linear(*w.shape, dtype=torch.float64)
        made.weight.data, made.bias.data = torch.tensor(w.T.copy()), torch.tensor(b[0].copy())
        parts += [made, act()]
    return nn.Sequential(*parts[:-1])


def torch_loss(p: Params, classes: int, z: Any, label: Array) -> Any:
    """The mean loss as torch.nn.functional has it."""
    import torch
    from torch.nn import functional

    y = torch.tensor(label)
    if p.loss == "squared":
        wanted = y[:, None].double() if classes == 2 else functional.one_hot(y, classes).double()
        return functional.mse_loss(torch.sigmoid(z), wanted, reduction="sum") / 2 / len(y)
    if classes == 2:
        return functional.binary_cross_entropy_with_logits(z[:, 0], y.double())
    return functional.cross_entropy(z, y)


def _inputs(p: Params, x: Array) -> Any:
    import torch

    return torch.tensor(features(p, x))


# what a frame shows -------------------------------------------------------------------------------------------------------


def _read_off(p: Params, f: Frame) -> Iterator[Check]:
    """Losses, accuracy and slopes of the followed seed at the weights on screen."""
    import torch

    plane, net = f.plane.value, torch_network(p, f.weights)
    x, label = plane.part(test=False)
    z = net(_inputs(p, x))
    loss = torch_loss(p, plane.classes, z, label)
    scale = max(1.0, abs(f.loss))
    yield Check("loss", f.loss, float(loss.detach()), 1e-9 * scale, "torch.nn.functional on torch.nn.Linear layers")
    said = (z[:, 0] > 0).long() if plane.classes == 2 else z.argmax(dim=1)
    yield Check("accuracy", f.accuracy, float((said == torch.tensor(label)).double().mean()), 1e-12, "torch.nn")
    if f.test_loss is not None:
        x, label = plane.part(test=True)
        held = float(torch_loss(p, plane.classes, net(_inputs(p, x)), label).detach())
        yield Check("test_loss", f.test_loss, held, 1e-9 * max(1.0, abs(held)), "torch.nn.functional, points kept back")
    loss.backward()
    theirs = np.array([float(m.weight.grad.norm()) for m in net if hasattr(m, "weight")])
    yield Check.worst("slopes", f.slope_norms[:, f.followed], theirs, 1e-9 * max(1.0, float(theirs.max())), "torch.autograd")


def _one_example(p: Params, f: Frame) -> Iterator[Check]:
    """The example's errors and slopes, and the chosen weight's chain of factors."""

    e, plane, net = example_of(f, p), f.plane.value, torch_network(p, f.weights)
    torch_loss(p, plane.classes, net(_inputs(p, e.x[None])), np.array([e.label])).backward()
    layers = [m for m in net if hasattr(m, "weight")]
    ours = np.concatenate([s.T.ravel() for s in e.slopes] + e.errors)
    theirs = np.concatenate([m.weight.grad.numpy().ravel() for m in layers] + [m.bias.grad.numpy() for m in layers])
    scale = max(1.0, float(np.abs(theirs).max()))
    yield Check.worst("example", ours, theirs, 1e-9 * scale, "torch.autograd of one example's loss")
    c = chain_of(f, p, e)
    product = c.entering * (c.error if c.slope is None or c.back is None else c.slope * c.back)
    yield Check("chain", product, float(layers[c.layer - 1].weight.grad[c.unit, c.source]), 1e-9 * scale,
                "torch.autograd of the chosen weight")


def _sharpest(p: Params, f: Frame) -> Check:
    """The curvature against the whole Hessian; power iteration runs a little behind weights that move."""
    import torch

    plane, net = f.plane.value, torch_network(p, f.weights)
    x, label = plane.part(test=False)
    inputs, shapes = _inputs(p, x), [w.shape for w in f.weights]

    def loss(row: Any) -> Any:
        parts = [part.reshape(s) for part, s in zip(torch.split(row, [int(np.prod(s)) for s in shapes]), shapes, strict=True)]
        a = inputs
        for number in range(0, len(parts), 2):
            z = a @ parts[number] + parts[number + 1]
            a = net[number + 1](z) if number < len(parts) - 2 else z
        return torch_loss(p, plane.classes, a, label) + 0.5 * f.l2_now * sum((w**2).sum() for w in parts[::2])

    row = torch.tensor(np.concatenate([w.ravel() for w in f.weights]))
    values = np.linalg.eigvalsh(torch.autograd.functional.hessian(loss, row).numpy())
    most = float(values[np.abs(values).argmax()])
    return Check("sharpness", abs(float(f.sharpness or 0.0)), abs(most), 0.05 * abs(most) + 1e-6,
                 "numpy.linalg.eigvalsh of torch's Hessian, within 5 %")


# how the run went ---------------------------------------------------------------------------------------------------------


def _every_step(p: Params, frames: Sequence[Frame]) -> Check:
    """torch.optim trains again from the first weights, with the same batches and the rates that were live."""

    plane, net = frames[0].plane.value, torch_network(p, frames[0].weights)
    x, label = plane.part(test=False)
    inputs, order = _inputs(p, x), batches(len(x), p.batch, Run(p).generator("order"))
    optimiser, left_out = _optimiser(p, net), Run(p).generator("dropout")
    ours, theirs = [], []
    for before, after in zip(frames, frames[1:], strict=False):
        for number, group in enumerate(optimiser.param_groups):
            group["lr"], group["weight_decay"] = after.rate, 0.0 if number else after.l2_now
        for _ in range(after.step - before.step):
            at = next(order)
            optimiser.zero_grad()
            loss = torch_loss(p, plane.classes, _with_dropout(p, net, inputs[at], left_out), label[at])
            penalty = sum(m.weight.abs().sum() for m in net if hasattr(m, "weight"))
            (loss + after.l1_now * penalty).backward()
            optimiser.step()
        ours += [w.ravel() for w in after.weights]
        theirs += [part for m in net if hasattr(m, "weight")
                   for part in (m.weight.detach().numpy().T.flatten(), m.bias.detach().numpy().copy())]
    first, second = np.concatenate(ours), np.concatenate(theirs)
    return Check.worst("steps", first, second, 1e-8 * max(1.0, float(np.abs(second).max())),
                       f"torch.optim, {frames[-1].step} steps with the same mini-batches")


def _with_dropout(p: Params, net: Any, x: Any, rng: np.random.Generator) -> Any:
    """The network's logits; each hidden layer's values pass by the same draws as ours, autograd does the rest."""
    import torch

    for number, part in enumerate(net):
        x = part(x)
        if p.dropout and number % 2:
            x = x * torch.tensor(rng.random(tuple(x.shape)) >= p.dropout) / (1 - p.dropout)
    return x


def _optimiser(p: Params, net: Any) -> Any:
    from torch import optim

    groups = [{"params": [w for n, w in net.named_parameters() if n.endswith(end)]} for end in ("weight", "bias")]
    kinds: dict[str, Any] = {
        "sgd": lambda g: optim.SGD(g, lr=1), "momentum": lambda g: optim.SGD(g, lr=1, momentum=0.9),
        "nesterov": lambda g: optim.SGD(g, lr=1, momentum=0.9, nesterov=True), "adagrad": lambda g: optim.Adagrad(g),
        "rmsprop": lambda g: optim.RMSprop(g), "adam": lambda g: optim.Adam(g), "adamw": lambda g: optim.AdamW(g)}
    return kinds[p.optimiser](groups)


def _alone(p: Params, followed: int) -> Check:
    """The followed seed trained by itself, beside the same seed among all."""
    with np.errstate(all="ignore"):
        alone, among = Trainer(p, Run(p), [followed]), Trainer(p, Run(p), range(p.seeds))
        for _ in range(ALONE):
            alone.step()
            among.step()
    one, same = (np.concatenate([w.ravel() for w in t]) for t in (alone.weights, among.one(followed)))
    return Check.worst("alone", same, one, 1e-12 * max(1.0, float(np.abs(one).max())), "the same seed trained by itself")
