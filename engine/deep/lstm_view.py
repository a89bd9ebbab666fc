"""What the pictures of the cells show: one sequence through one cell, and where each wire of its diagram runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array
from engine.deep import lstm_tasks as tasks
from engine.deep.lstm_cells import CELLS, Weights, answers, forward
from engine.deep.lstm_readings import GATES, few, long_memory, material_of

if TYPE_CHECKING:
    from engine.deep.lstm import Frame, Params

SHOWN = {"lstm": ("i", "f", "g", "o", "c", "h"), "plain": ("i", "f", "g", "o", "c", "h"), "gru": ("r", "z", "n", "h"),
         "rnn": ("h",)}
OPEN = ("i", "f", "o", "r", "z")        # gates, between 0 and 1; everything else has a sign
ROLES = {"f": "series[2]", "i": "series[0]", "o": "series[3]", "c": "series[1]", "h": "ink", "g": "series[5]",
         "n": "series[5]", "r": "series[0]", "z": "series[2]"}
STAGES = ("forget", "write", "update", "read")
SERIES = {"rnn": "series[5]", "gru": "series[6]", "lstm": "series[1]", "plain": "series[4]"}


def layout(p: Params) -> str:
    """The cell and its sequence as heat maps; below them the race, and what was chosen to stand beside it."""
    return f"3| cell:1.05 maps:1.25 / 2| race:1.1 {beside(p)}:1.2"


def beside(p: Params) -> str:
    """The view beside the race: some are named for the task."""
    if p.beside == "reach":
        return f"reach_{p.task}"
    return "loss_text" if p.beside == "loss" and p.task == "text" else p.beside


# one sequence --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One test sequence through one network, up to its last answer, with a gate held where that is asked."""

    name: str                   # of the cell
    example: int
    time: int
    unit: int
    x: Array                    # (T, inputs)
    values: dict[str, Array]    # gates and states by name, (T, H)
    answers: Array              # (T, outputs) chances, or the sum
    wanted: Array               # (T,)
    scored: Array               # (T,) bool

    def value(self, name: str, back: int = 0) -> float:
        """A gate or state of the chosen unit now, or so many steps ago; 0 before the first."""
        at = self.time - back
        return float(self.values[name][at, self.unit]) if at >= 0 else 0.0


def cell_of(p: Params) -> str:
    """The chosen cell, or the first that races."""
    return p.cell if p.cell in p.cells else p.cells.names[0]


def weights_of(f: Frame, p: Params, name: str) -> Weights:
    """The followed network of a cell, with its axis of seeds."""
    return [w[None] for w in f.weights[p.cells.names.index(name)]]


def clamp_of(p: Params, name: str) -> dict[str, float]:
    """The gate that is held; only an LSTM has such gates."""
    return {p.clamp: p.clamp_at} if p.clamp in GATES and name in ("lstm", "plain") else {}


def seen(f: Frame, p: Params) -> Seen:
    """The chosen test sequence through the chosen cell."""
    m, name = material_of(p), cell_of(p)
    example = min(p.example, m.tests.x.shape[1] - 1)
    end = int(m.tests.last[example]) + 1
    x = m.tests.x[:end, example:example + 1]
    trace = forward(CELLS[name], weights_of(f, p, name), x, clamp_of(p, name))
    said = trace.logits[:, 0, 0] if m.task.outputs == 1 else tasks.chances(trace.logits[:, 0, 0])
    time = f.moment if f.moment >= 0 else p.time
    return Seen(name, example, min(time, end - 1), min(p.unit, p.hidden_size - 1), x[:, 0],
                {n: trace.over_time(n)[:, 0, 0] for n in (*SHOWN[name], *(("bent",) if "c" in SHOWN[name] else ()),
                                                          *(("within",) if name == "gru" else ()))},
                said, m.tests.wanted[:end, example], m.tests.scored[:end, example])


def held_score(f: Frame, p: Params) -> float | None:
    """Share right of the long memory with the chosen gate held at the chosen value, on the curve's own sequences."""
    name = long_memory(p.cells.names)
    if name is None or not clamp_of(p, name):
        return None
    task, tests = material_of(p).task, few(material_of(p).tests)
    said = answers(CELLS[name], weights_of(f, p, name), tests.x, clamp_of(p, name))
    return float(tasks.measured(task, said, tests)[0][0])


def reads(p: Params, s: Seen, t: int) -> str:
    """The input of a step in a few letters: a symbol's number, a question mark, a letter, a number with its mark."""
    task = material_of(p).task
    if task.name == "text":
        return spelled(task.letters[int(s.x[t].argmax())])
    if task.name == "adding":
        return f"{s.x[t, 0]:.2f}{'*' if s.x[t, 1] else ''}"
    if s.x[t, -1]:
        return "?"
    return str(int(s.x[t].argmax()) + 1) if s.x[t].max() == 1 and np.count_nonzero(s.x[t]) == 1 else "~"


def events(p: Params, s: Seen) -> list[tuple[str, int, int]]:
    """(name, from, to) of what happens in the sequence: what must be remembered comes, and is asked for."""
    task, asked = material_of(p).task.name, np.flatnonzero(s.scored)
    if task == "text":
        return []
    shown = np.flatnonzero(s.x[:, 1]) if task == "adding" else np.arange(p.length) if task == "copy" else np.zeros(1, int)
    name = "event_marked" if task == "adding" else "event_shown"
    spans = [(name, int(t), int(t) + 1) for t in shown] if task == "adding" else [(name, 0, int(shown[-1]) + 1)]
    return [*spans, ("event_asked", int(asked[0]), int(asked[-1]) + 1)]


def reach_of(name: str, s: Seen) -> float:
    """Where the colours of a gate, a state, the input or the answer end."""
    values = {"x": s.x, "y": s.answers}.get(name)
    return max(1.0, float(np.abs(s.values[name] if values is None else values).max()))


def spelled(letter: str) -> str:
    """A letter that can be seen."""
    return {" ": "·", "\n": "¶", "\t": "·"}.get(letter, letter)


def says(p: Params, s: Seen, t: int) -> str:
    """The answer of a step, in the same letters."""
    task = material_of(p).task
    if task.outputs == 1:
        return f"{s.answers[t, 0]:.2f}"
    best = int(s.answers[t].argmax())
    return spelled(task.letters[best]) if task.letters else str(best + 1)


def wants(p: Params, s: Seen, t: int) -> str:
    """What the answer should be; a dash where nothing is asked."""
    task = material_of(p).task
    if not s.scored[t]:
        return "–"
    if task.outputs == 1:
        return f"{s.wanted[t]:.2f}"
    return spelled(task.letters[int(s.wanted[t])]) if task.letters else str(int(s.wanted[t]) + 1)


def writes(f: Frame, p: Params, count: int) -> str:
    """What the chosen cell writes by itself, always the likeliest letter, from the text's first one; '' without a text."""
    task = material_of(p).task
    if task.name != "text":
        return ""
    name = cell_of(p)
    kind, w, clamps = CELLS[name], weights_of(f, p, name), clamp_of(p, name)
    state, found = {n: np.zeros((1, 1, p.hidden_size)) for n in kind.states}, [int(task.codes[0])]
    while len(found) < count:
        x = np.eye(task.inputs)[found[-1]][None, None]
        state = kind.step(x @ w[0] + w[2], state["h"] @ w[1] + w[3], state, clamps)
        found.append(int((state["h"] @ w[4] + w[5]).argmax()))
    return "".join(task.letters[n] for n in found)


# the diagram ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wire:
    """A line through corners; the last piece is an arrow where `ends`."""

    stage: int
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    ends: bool = True


@dataclass(frozen=True)
class Knob:
    """A gate or a bend: a circle with its value in it; a gate's is filled as far as it is open."""

    stage: int
    name: str
    x: float
    y: float
    value: float
    gate: bool


@dataclass(frozen=True)
class Number:
    """A value beside a wire."""

    stage: int
    role: str
    x: float
    y: float
    symbol: str
    value: float


@dataclass(frozen=True)
class Diagram:
    """A cell at one step, all numbers live."""

    wires: list[Wire]
    knobs: list[Knob]
    joints: list[tuple[int, float, float, str]]         # stage, x, y, sign
    numbers: list[Number]
    box: tuple[float, float, float, float] = field(default=(1.0, 0.0, 11.8, 8.0))


TOP, MIDDLE, BUS, KNOB, JOINT = 6.8, 3.1, 0.9, 0.84, 0.36
MEET, BENT = 4.95, 5.2           # where i and g meet; where c is bent, and 1 - z stands


def diagram(s: Seen) -> Diagram:
    """The chosen cell's wiring for the chosen unit."""
    return {"gru": gru_diagram, "rnn": rnn_diagram}.get(s.name, lstm_diagram)(s)


def up(stage: int, x: float, role: str = "line_strong") -> Wire:
    """From the bus of x and h into a knob."""
    return Wire(stage, role, (x, x), (BUS, MIDDLE - KNOB))


def lstm_diagram(s: Seen) -> Diagram:
    """C. Olah's drawing (2015): the carry on top, gates below it, x and the last h coming in underneath."""
    f, i, g, o, c, h = (s.value(n) for n in SHOWN["lstm"][1:2] + ("i", "g", "o", "c", "h"))
    before, bent = s.value("c", 1), s.value("bent")
    xf, xi, xg, xo, mix, out = 2.4, 4.5, 7.1, 9.0, 5.8, 10.7
    wires = [
        Wire(0, "series[1]", (-0.9, xf - JOINT), (TOP, TOP)), up(0, xf),
        Wire(0, "series[2]", (xf, xf), (MIDDLE + KNOB, TOP - JOINT)),
        up(1, xi), up(1, xg), Wire(1, "series[0]", (xi, xi, mix - JOINT), (MIDDLE + KNOB, MEET, MEET)),
        Wire(1, "series[5]", (xg, xg, mix + JOINT), (MIDDLE + KNOB, MEET, MEET)),
        Wire(0, "series[1]", (xf + JOINT, mix - JOINT), (TOP, TOP)),
        Wire(1, "series[5]", (mix, mix), (MEET + JOINT, TOP - JOINT)),
        Wire(2, "series[1]", (mix + JOINT, 13.0), (TOP, TOP)),
        up(3, xo), Wire(3, "series[1]", (out, out), (TOP, BENT + KNOB)),
        Wire(3, "series[1]", (out, out), (BENT - KNOB, MIDDLE + JOINT)),
        Wire(3, "series[3]", (xo + KNOB, out - JOINT), (MIDDLE, MIDDLE)),
        Wire(3, "ink", (out, out, 13.0), (MIDDLE - JOINT, BUS, BUS)),
        Wire(0, "line_strong", (-0.9, xo), (BUS, BUS), False), Wire(0, "line_strong", (1.5, 1.5), (-0.55, BUS), False),
    ]
    knobs = [Knob(0, "f", xf, MIDDLE, f, True), Knob(1, "i", xi, MIDDLE, i, True), Knob(1, "g", xg, MIDDLE, g, False),
             Knob(3, "o", xo, MIDDLE, o, True), Knob(3, "bent", out, BENT, bent, False)]
    joints = [(0, xf, TOP, "×"), (1, mix, MEET, "×"), (2, mix, TOP, "+"), (3, out, MIDDLE, "×")]
    numbers = [Number(0, "series[1]", -0.1, TOP, "cₜ₋₁", before), Number(0, "ink", -0.1, BUS, "hₜ₋₁", s.value("h", 1)),
               Number(0, "series[1]", 4.1, TOP, "f·c", f * before), Number(1, "series[5]", 7.0, MEET + 0.45, "i·g", i * g),
               Number(2, "series[1]", 12.3, TOP, "cₜ", c), Number(3, "ink", 12.3, BUS, "hₜ", h)]
    return Diagram(wires, knobs, joints, numbers)


def gru_diagram(s: Seen) -> Diagram:
    """One state, in torch's form: z of the old is kept, 1 - z of the candidate taken; r opens the old to the candidate."""
    r, z, n, h = (s.value(k) for k in SHOWN["gru"])
    before, within = s.value("h", 1), s.value("within")
    xz, xr, xn = 2.4, 5.1, 9.0
    wires = [
        up(0, xr), up(0, xz), Wire(1, "series[0]", (xr + KNOB, xn - KNOB), (MIDDLE, MIDDLE)), up(1, xn),
        Wire(0, "ink", (-0.9, xz - JOINT), (TOP, TOP)), Wire(0, "series[2]", (xz, xz), (MIDDLE + KNOB, TOP - JOINT)),
        Wire(1, "series[5]", (xn, xn), (MIDDLE + KNOB, BENT - JOINT)),
        Wire(2, "series[2]", (xz, xn - JOINT), (BENT, BENT)), Wire(0, "ink", (xz + JOINT, xn - JOINT), (TOP, TOP)),
        Wire(2, "series[5]", (xn, xn), (BENT + JOINT, TOP - JOINT)), Wire(3, "ink", (xn + JOINT, 13.0), (TOP, TOP)),
        Wire(0, "line_strong", (-0.9, xn), (BUS, BUS), False), Wire(0, "line_strong", (1.5, 1.5), (-0.55, BUS), False),
        Wire(0, "ink", (-0.4, -0.4), (TOP, BUS), False),
    ]
    knobs = [Knob(0, "z", xz, MIDDLE, z, True), Knob(0, "r", xr, MIDDLE, r, True), Knob(1, "n", xn, MIDDLE, n, False)]
    joints = [(0, xz, TOP, "×"), (2, xn, BENT, "×"), (2, xn, TOP, "+")]
    numbers = [Number(0, "ink", 0.4, TOP, "hₜ₋₁", before), Number(0, "ink", 4.9, TOP, "z·h", z * before),
               Number(1, "series[0]", 6.85, MIDDLE, "r·Uh", r * within), Number(2, "series[2]", 5.4, BENT, "1−z", 1 - z),
               Number(3, "ink", 12.3, TOP, "hₜ", h)]
    return Diagram(wires, knobs, joints, numbers)


def rnn_diagram(s: Seen) -> Diagram:
    """One bend, and nothing that could keep a number as it is."""
    middle = 6.0
    wires = [up(0, middle), Wire(3, "ink", (middle + KNOB, 13.0), (MIDDLE, MIDDLE)),
             Wire(0, "line_strong", (-0.9, middle), (BUS, BUS), False),
             Wire(0, "line_strong", (1.5, 1.5), (-0.55, BUS), False)]
    return Diagram(wires, [Knob(1, "h", middle, MIDDLE, s.value("h"), False)], [],
                   [Number(0, "ink", -0.1, BUS, "hₜ₋₁", s.value("h", 1)), Number(3, "ink", 12.3, MIDDLE, "hₜ", s.value("h"))])
