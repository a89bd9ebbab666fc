"""The proof of the cells: torch.nn.LSTM, GRU and RNN, torch.autograd and torch.optim give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Array, Check, Run
from engine.deep import lstm_tasks as tasks
from engine.deep.lstm_readings import FLOWS, GATES, HOLDS, answered, few, long_memory, material_of
from engine.deep.lstm_view import cell_of, clamp_of, held_score, seen, writes

if TYPE_CHECKING:
    from engine.deep.lstm import Frame, Params
    from engine.deep.lstm_readings import Material

FIRST_FRAMES, MOST_UPDATES = 4, 12
PRECISE = 1e-9
MODULES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM", "plain": "LSTM"}


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks of a recording."""
    last = frames[-1]
    for name in p.cells.names:
        yield from _read_off(p, last, name)
    yield from _shown(p, last)
    if material_of(p).task.name == "text" and not clamp_of(p, cell_of(p)):
        yield _written(p, last)
    yield from _gradients(p, last)
    yield from _held(p, last)
    yield from _sequences(material_of(p))
    begun = list(takewhile(lambda f: f.followed == frames[0].followed and f.step <= MOST_UPDATES, frames[:FIRST_FRAMES]))
    if frames[0].step == 0 and len(begun) > 1:
        yield _every_update(p, begun)


# torch's cells --------------------------------------------------------------------------------------------------------------


def torch_cell(name: str, weights: Sequence[Array]) -> tuple[Any, Any]:
    """torch.nn.LSTM, GRU or RNN with these weights, and its readout as torch.nn.Linear."""
    import torch
    from torch import nn

    hidden, outputs = weights[4].shape
    cell = getattr(nn, MODULES[name])(weights[0].shape[0], hidden, dtype=torch.float64)
    readout = nn.Linear(hidden, outputs, dtype=torch.float64)
    given = [torch.tensor(w.T.copy() if w.shape[0] > 1 or n in (0, 1, 4) else w[0].copy()) for n, w in enumerate(weights)]
    slots = (cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0, cell.bias_hh_l0, readout.weight, readout.bias)
    for slot, values in zip(slots, given, strict=True):
        slot.data = values
    return cell, readout


def weights_of(f: Frame, p: Params, name: str) -> tuple[Array, ...]:
    """The followed network of a cell."""
    return f.weights[p.cells.names.index(name)]


def torch_loss(task: tasks.Task, answers: Any, batch: tasks.Batch) -> Any:
    """The mean loss over what is scored as torch.nn.functional has it: nats, or squared gaps."""
    import torch
    from torch.nn import functional

    scored = torch.tensor(batch.scored)
    wanted = torch.tensor(batch.wanted)[scored]
    if task.outputs == 1:
        return functional.mse_loss(answers[scored][:, 0], wanted)
    return functional.cross_entropy(answers[scored], wanted)


def torch_share(task: tasks.Task, answers: Any, batch: tasks.Batch) -> float:
    """Share right, told by torch."""
    import torch

    scored = torch.tensor(batch.scored)
    said, wanted = answers[scored], torch.tensor(batch.wanted)[scored]
    near = (said[:, 0] - wanted).abs() < tasks.NEAR if task.outputs == 1 else said.argmax(dim=1) == wanted
    return float(near.double().mean())


# what a frame shows ---------------------------------------------------------------------------------------------------------


def _read_off(p: Params, f: Frame, name: str) -> Iterator[Check]:
    """Loss and score of the followed seed, and how many numbers it has learned."""
    import torch

    m, at = material_of(p), p.cells.names.index(name)
    cell, readout = torch_cell(name, weights_of(f, p, name))
    with torch.no_grad():
        answers = readout(cell(torch.tensor(m.tests.x))[0])
        loss = float(torch_loss(m.task, answers, m.tests)) / (1.0 if m.task.outputs == 1 else math.log(2))
        asked = readout(cell(torch.tensor(m.graded.x))[0])
    yield Check("loss", float(f.losses[at, f.followed]), loss, PRECISE * max(1.0, abs(loss)),
                f"torch.nn.{MODULES[name]}, torch.nn.functional")
    yield Check("score", float(f.scores[at, f.followed]), torch_share(m.task, answers, m.tests), 1e-12,
                f"torch.nn.{MODULES[name]}")
    count = int(m.graded.scored.sum())
    parts = np.array_split(np.unique(m.graded.lag[m.graded.scored]), len(f.lags))
    sizes = np.array([np.isin(m.graded.lag[m.graded.scored], part).sum() for part in parts])
    yield Check("reach", float(f.reach[at] @ sizes) / count, torch_share(m.task, asked, m.graded), 1e-9,
                f"torch.nn.{MODULES[name]}, all lags together")
    theirs = sum(w.numel() for w in (*cell.parameters(), *readout.parameters()))
    yield Check("size", float(f.size.values[at] or 0), float(theirs), 0.0, "numel of torch's parameters")
    yield Check("redundant", float(f.redundant.values[at] or 0), float(_alike(cell, readout, m)), 0.0,
                "biases whose two gradients are the same, by torch.autograd")


def _alike(cell: Any, readout: Any, m: Material) -> int:
    """How many entries of torch's two bias vectors always move together."""
    import torch

    torch_loss(m.task, readout(cell(torch.tensor(m.tests.x))[0]), m.tests).backward()
    first, second = cell.bias_ih_l0.grad, cell.bias_hh_l0.grad
    return int(torch.isclose(first, second, rtol=1e-9, atol=0.0).sum())


def _shown(p: Params, f: Frame) -> Iterator[Check]:
    """The sequence in the picture: hidden states by torch.nn, and with a gate held by torch.nn's equations step by step."""
    import torch

    s = seen(f, p)
    cell, _ = torch_cell(s.name, weights_of(f, p, s.name))
    x, clamps = torch.tensor(s.x)[:, None], clamp_of(p, cell_of(p))
    if not clamps:
        with torch.no_grad():
            states, last = cell(x)
        yield Check.worst("states", s.values["h"], states[:, 0].numpy(), PRECISE, f"torch.nn.{MODULES[s.name]}, every step")
        if "c" in s.values:
            yield Check.worst("carry", s.values["c"][-1], last[1][0, 0].numpy(), PRECISE * max(1.0, float(last[1].abs().max())),
                              "torch.nn.LSTM's last cell state")
    elif "c" in s.values:
        states = _held_states(cell, x, clamps)
        yield Check.worst("states", s.values["h"], states[:, 0].numpy(), PRECISE, "torch.sigmoid and tanh, gate held")


def _written(p: Params, f: Frame) -> Check:
    """What the cell writes by itself, letter by letter through torch.nn."""
    import torch

    task, name = material_of(p).task, cell_of(p)
    cell, readout = torch_cell(name, weights_of(f, p, name))
    found, state = [int(task.codes[0])], None
    with torch.no_grad():
        while len(found) < 12:
            one = torch.nn.functional.one_hot(torch.tensor([[found[-1]]]), task.inputs).double()
            h, state = cell(one, state)
            found.append(int(readout(h).argmax()))
    ours = [task.letters.index(letter) for letter in writes(f, p, 12)]
    return Check.worst("written", ours, found, 0.0, f"torch.nn.{MODULES[name]}, a letter at a time")


def _held_states(cell: Any, x: Any, clamps: dict[str, float]) -> Any:
    """An LSTM written again in torch with gates held, (T, B, H)."""
    import torch

    h = c = torch.zeros(x.shape[1], cell.hidden_size, dtype=torch.float64)
    found = []
    with torch.no_grad():
        for now in x:
            z = now @ cell.weight_ih_l0.T + cell.bias_ih_l0 + h @ cell.weight_hh_l0.T + cell.bias_hh_l0
            i, f, g, o = z.chunk(4, dim=1)
            gate = {n: torch.full_like(v, clamps[n]) if n in clamps else torch.sigmoid(v) for n, v in
                    (("i", i), ("f", f), ("o", o))}
            c = gate["f"] * c + gate["i"] * torch.tanh(g)
            h = gate["o"] * torch.tanh(c)
            found.append(h)
    return torch.stack(found)


def _held(p: Params, f: Frame) -> Iterator[Check]:
    """Scores with gates held, the half-life of the mean forget gate, and the point that the slider has chosen."""
    import torch

    name, m = long_memory(p.cells.names), material_of(p)
    if name is None:
        return
    cell, readout = torch_cell(name, weights_of(f, p, name))
    batch = few(m.tests)
    with torch.no_grad():
        theirs = np.array([[torch_share(m.task, readout(_held_states(cell, torch.tensor(batch.x), {gate: float(value)})), batch)
                            for value in HOLDS] for gate in GATES])
    yield Check.worst("held", f.held, theirs, 1e-9, "the LSTM written again in torch, gate held")
    kept = held_score(f, p)
    if kept is not None:
        with torch.no_grad():
            share = torch_share(m.task, readout(_held_states(cell, torch.tensor(batch.x), {p.clamp: p.clamp_at})), batch)
        yield Check("kept", kept, share, 1e-9, "the LSTM written again in torch, gate held")
    forget = float(f.forget or 0.0)
    if 1e-9 < forget < 1 - 1e-9:
        yield Check("half_life", forget ** float(f.half_life or 0.0), 0.5, 1e-9, "what is left after a half-life: one half")


def _gradients(p: Params, f: Frame) -> Iterator[Check]:
    """Gradient by lag against torch.autograd through torch.nn's own cells; along the carry with the gates cut off."""
    x = answered(material_of(p))
    lags = sorted({0, 1, 2, len(x) // 2, len(x) - 1} & set(range(len(x))))
    for row, kind in zip(f.flows, (n for n in FLOWS if n in f.flow.names), strict=True):
        name = kind if kind in ("gru", "rnn") else long_memory(p.cells.names)
        assert name is not None
        cell, _ = torch_cell(name, weights_of(f, p, name))
        theirs = np.array([_jacobian_length(cell, name, kind, x, lag) for lag in lags])
        ours = row[lags]
        scale = np.maximum(np.abs(theirs), 1e-250)
        yield Check.worst("flow", ours / scale, np.maximum(theirs, 1e-300) / scale, 1e-6, f"torch.autograd, {kind}")


def _jacobian_length(cell: Any, name: str, kind: str, x: Array, lag: int) -> float:
    """Frobenius norm of ∂s_T/∂s_{T-lag} over √H, by torch.autograd.functional.jacobian."""
    import torch

    inputs, split = torch.tensor(x), len(x) - lag
    with torch.no_grad():
        _, state = cell(inputs[:split])

    def later(own: Any) -> Any:
        if kind == "carry":
            return own * _gates_after(cell, inputs, split, state)
        if name in ("gru", "rnn"):
            return cell(inputs[split:], own)[1] if lag else own
        pair = (state[0], own) if kind == "c" else (own, state[1])
        if not lag:
            return own
        return cell(inputs[split:], pair)[1][1 if kind == "c" else 0]

    begin = state if name in ("gru", "rnn") else state[1] if kind in ("c", "carry") else state[0]
    j = torch.autograd.functional.jacobian(later, begin).reshape(cell.hidden_size, cell.hidden_size)
    return float(torch.linalg.matrix_norm(j) / math.sqrt(cell.hidden_size))


def _gates_after(cell: Any, inputs: Any, split: int, state: Any) -> Any:
    """(1, 1, H) the product of the forget gates after a step, one torch step at a time."""
    import torch

    product, pair = torch.ones_like(state[1]), state
    hidden = cell.hidden_size
    with torch.no_grad():
        for now in inputs[split:]:
            z = now @ cell.weight_ih_l0.T + cell.bias_ih_l0 + pair[0][0] @ cell.weight_hh_l0.T + cell.bias_hh_l0
            product = product * torch.sigmoid(z[:, hidden:2 * hidden])
            _, pair = cell(now[None], pair)
    return product


# the task and the training --------------------------------------------------------------------------------------------------


def _sequences(m: Material) -> Iterator[Check]:
    """What is wanted can be read off the inputs by a few lines of plain Python; entropies of a text by counting."""
    b, task = m.tests, m.task
    wanted = []
    for row in range(b.x.shape[1]):
        x, scored = b.x[:, row].tolist(), np.flatnonzero(b.scored[:, row])
        if task.name == "adding":
            wanted.append([sum(value for value, mark in x if mark)])
        elif task.name == "recall":
            wanted.append([x[0].index(1.0)])
        elif task.name == "copy":
            wanted.append([x[n].index(1.0) for n in range(len(scored))])
        else:
            wanted.append([*(x[n].index(1.0) for n in range(1, len(x))), int(b.wanted[-1, row])])
    ours = [b.wanted[b.scored[:, row], row] for row in range(b.x.shape[1])]
    yield Check.worst("wanted", np.concatenate(ours), np.concatenate(wanted), 1e-12, "the inputs, read in plain Python")
    if task.bigram is not None:
        pairs = list(zip(task.codes.tolist(), task.codes[1:].tolist(), strict=False))
        joint = -sum(n * math.log2(n / len(pairs)) for n in map(pairs.count, set(pairs))) / len(pairs)
        firsts = [a for a, _ in pairs]
        single = -sum(n * math.log2(n / len(firsts)) for n in map(firsts.count, set(firsts))) / len(firsts)
        yield Check("entropy", task.bigram, joint - single, 1e-9, "H(pair) - H(first), counted again")


def _every_update(p: Params, frames: Sequence[Frame]) -> Check:
    """torch.nn trained again by torch.optim.Adam from the first weights, on the same sequences, clipped by torch."""
    import torch

    task, run = material_of(p).task, Run(p)
    nets = [torch_cell(name, w) for name, w in zip(p.cells.names, frames[0].weights, strict=True)]
    parts = [[*cell.parameters(), *readout.parameters()] for cell, readout in nets]
    optimisers = [torch.optim.Adam(own) for own in parts]
    draws = run.generator("sequences")
    for before, after in zip(frames, frames[1:], strict=False):
        for _ in range(after.step - before.step):
            batch = tasks.draw(task, p, draws, p.batch)
            for (cell, readout), own, optimiser in zip(nets, parts, optimisers, strict=True):
                optimiser.param_groups[0]["lr"] = after.rate
                optimiser.zero_grad()
                torch_loss(task, readout(cell(torch.tensor(batch.x))[0]), batch).backward()
                torch.nn.utils.clip_grad_norm_(own, after.clip_now)
                optimiser.step()
    ours = np.concatenate([w.T.ravel() for net in frames[-1].weights for w in net])
    theirs = np.concatenate([w.detach().numpy().ravel() for own in parts for w in own])
    return Check.worst("updates", ours, theirs, 1e-5, f"torch.nn and torch.optim.Adam, {frames[-1].step} updates again")
