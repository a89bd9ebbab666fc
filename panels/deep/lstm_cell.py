"""A cell at one step as the classic diagram, its gates as dials; and its whole sequence as heat maps."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.deep import lstm_view as seen
from engine.deep.lstm import Frame, Params
from engine.deep.lstm_readings import material_of
from engine.deep.lstm_view import JOINT, KNOB, ROLES, Diagram, Seen
from panels.kit.canvas import Canvas
from panels.kit.scale import number
from panels.kit.view import View

MOST_NUMBERS = 10
GAP, KEY, EVENTS = 0.14, 0.55, 0.62     # of the heat maps, in heights of a gate
GRID_TO, ROWS_TO = 64, 12       # steps and units up to which cells stand apart
LETTERS_TO = 44                 # steps up to which a text's letters stand under the heat maps
LABELS = {"bent": "tanh c", "n": "n", "h": "tanh"}


def draw_cell(c: Canvas, f: Frame, p: Params, s: Seen) -> None:
    v, d = c["cell"], seen.diagram(s)
    now = seen.STAGES.index(f.phase) if f.phase in seen.STAGES else -1
    v.bare()
    v.range(x=(-1.2, 13.3), y=(-1.0, 8.3), equal=True)
    x0, y0, x1, y1 = d.box
    v.band("ground", [x0, x1], y0, y1, "surface_raised", alpha=1.0, label=False)
    v.line("body", [x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], "line", width=1.5, dash=(), label=False)
    draw_wires(v, d, now)
    known = [(n, k) for n, k in enumerate(d.numbers) if not 0 <= now < k.stage]
    for n, k in known:
        v.text(f"symbol_{n}", k.x, k.y, k.symbol, "ink_soft", size="tick", offset=(0, -21))
    draw_knobs(v, d, now)
    for n, (stage, x, y, sign) in enumerate(d.joints):
        v.circle(f"joint_{n}", x, y, JOINT, "accent" if stage == now else "line_strong", fill="surface_raised", width=1.5,
                 dash=())
        v.text(f"sign_{n}", x, y, sign, "ink", halo=False)
    for n, k in known:
        v.text(f"number_{n}", k.x, k.y, number(k.value, 0.01), k.role, offset=(0, -8), halo=False)
    v.text("input", 1.5, -0.55, f"x = {seen.reads(p, s, s.time)}", "ink", offset=(8, 0), anchor="left", halo=False)


def draw_wires(v: View, d: Diagram, now: int) -> None:
    """What comes later in the walk is faint, what happens now is strong."""
    for n, w in enumerate(d.wires):
        width = 3.2 if w.stage == now else 2.6 if w.role == ROLES["c"] else 1.6
        alpha = 0.25 if 0 <= now < w.stage else 1.0
        body = len(w.x) - 1 if w.ends else len(w.x)
        if body > 1:
            v.line(f"wire_{n}", w.x[:body], w.y[:body], w.role, width=width, dash=(), alpha=alpha, label=False)
        if w.ends:
            v.arrow(f"arrow_{n}", w.x[-2], w.y[-2], w.x[-1], w.y[-1], w.role, width=width, head=7, alpha=alpha, label=False)


def draw_knobs(v: View, d: Diagram, now: int) -> None:
    for k in d.knobs:
        role, later = ROLES.get(k.name, "series[1]"), 0 <= now < k.stage
        v.circle(f"knob_{k.name}", k.x, k.y, KNOB, "line" if later else role, fill="surface_raised",
                 width=3.0 if k.stage == now else 1.5, dash=())
        if k.gate and not later:
            v.arc(f"dial_{k.name}", k.x, k.y, KNOB, 90, -360 * k.value, role, fill=True, alpha=1.3)
            v.arc(f"rim_{k.name}", k.x, k.y, KNOB, 90, -360 * k.value, role, width=4)
        if not later:
            v.text(f"value_{k.name}", k.x, k.y, number(k.value, 0.01), "ink", size="tick", halo=False)
        right = k.name == "bent"
        v.text(f"name_{k.name}", k.x + KNOB if right else k.x - KNOB, k.y if right else k.y + KNOB, LABELS.get(k.name, k.name),
               role, offset=(5, 0) if right else (-2, -4), anchor="left" if right else "right", halo=right)


def draw_maps(c: Canvas, p: Params, s: Seen) -> None:
    """Input on top, then every gate and state of all units, then what the cell would answer; time runs to the right."""
    v, steps = c["maps"], len(s.x)
    names = seen.SHOWN[s.name]
    heights = [0.7, *[1.0] * len(names), 0.7]
    tops = np.concatenate([[0.0], np.cumsum([h + GAP for h in heights])])
    bottom = float(tops[-1]) - GAP
    told = seen.events(p, s)
    v.range(x=(0, steps), y=(-KEY, bottom + (EVENTS if told else 0.0)), flip_y=True)
    blocks = [("x", s.x), *((n, s.values[n]) for n in names), ("y", s.answers)]
    for (name, values), top, high in zip(blocks, tops, heights, strict=False):
        draw_map(v, p, s, name, values, float(top), high)
    v.line("moment", [s.time, s.time + 1, s.time + 1, s.time, s.time], [0, 0, bottom, bottom, 0], "accent", width=1.8, dash=(),
           label=False)
    draw_key(v, s, steps)
    for n, (name, start, end) in enumerate(told):
        v.segments(f"event_{n}", start, bottom + 0.16, end, bottom + 0.16, "ink", width=3, dash=(), label=False)
        left = start < steps / 2
        v.text(f"event_{n}_name", start if left else end, bottom + 0.42, role="ink_soft", size="tick", halo=False,
               anchor="left" if left else "right", word=name)
    v.ticks(letters(p, s), [(float(t + h / 2), v.words(f"row_{n}") or n, ROLES.get(n, "ink_soft"))
                            for (n, _), t, h in zip(blocks, tops, heights, strict=False)])


def draw_map(v: View, p: Params, s: Seen, name: str, values: Array, top: float, high: float) -> None:
    """One gate or state of all units, values (T, units): a click chooses step and unit."""
    steps, units = values.shape
    signed = name not in seen.OPEN and name != "y"
    reach = seen.reach_of(name, s)
    v.image(f"map_{name}", values.T, x=(0, steps), y=(top, top + high), map="diverging" if signed else "sequential",
            limits=(-reach, reach) if signed else (0.0, reach))
    time, inside = None if p.mode == "walk" else "time", name in s.values
    v.pick(f"map_{name}", ("unit" if inside else None, time), rows=range(units) if inside else None)
    if steps <= GRID_TO:
        v.segments(f"grid_{name}", np.arange(1, steps), top, np.arange(1, steps), top + high, "surface", width=1, dash=(),
                   label=False)
    if inside and units <= ROWS_TO:
        y = top + high * np.arange(1, units) / units
        v.segments(f"rows_{name}", 0, y, steps, y, "surface", width=0.7, dash=(), label=False)
    if inside:
        at = top + high * np.array([s.unit, s.unit + 1]) / units
        v.line(f"unit_{name}", [0, steps, steps, 0, 0], [at[0], at[0], at[1], at[1], at[0]], "accent", width=1, dash=(),
               alpha=0.7, label=False)


def draw_key(v: View, s: Seen, steps: int) -> None:
    """What the colours of gates and of states mean, above the maps on the right."""
    state = "c" if "c" in s.values else "h"
    keys = [("key_state", 0.88, seen.reach_of(state, s), True)]
    if s.name != "rnn":
        keys.append(("key_gates", 0.45, 1.0, False))
    for name, at, reach, signed in keys:
        x0, x1, y = at * steps, (at + 0.07) * steps, -KEY + 0.22
        scale = np.linspace(-reach if signed else 0.0, reach, 32)[None]
        v.image(f"{name}_scale", scale, x=(x0, x1), y=(y - 0.13, y + 0.13), map="diverging" if signed else "sequential",
                limits=(float(scale[0, 0]), reach))
        low, high = (number(value, 0.1) if signed else f"{value:.0f}" for value in (scale[0, 0], reach))
        v.text(f"{name}_low", x0, y, low, "ink_soft", size="tick", anchor="right", offset=(-4, 0), halo=False)
        v.text(f"{name}_high", x1, y, high, "ink_soft", size="tick", anchor="left", offset=(4, 0), halo=False)
        v.text(name, x0, y, role="ink_soft", size="tick", anchor="right", offset=(-46, 0) if signed else (-18, 0), halo=False)


def letters(p: Params, s: Seen) -> list[tuple[float, str]]:
    """Under the steps their numbers, or a text's letters where they fit."""
    if material_of(p).task.name != "text" or len(s.x) > LETTERS_TO:
        apart = next(n for n in (1, 2, 5, 10, 20) if len(s.x) / n <= MOST_NUMBERS)
        return [(t + 0.5, str(t)) for t in range(0, len(s.x), apart)]
    return [(t + 0.5, seen.reads(p, s, t)) for t in range(len(s.x))]
