"""What trained decoders make of longer texts: loss against length for every way, loss by position, and turns of each pair."""

from __future__ import annotations

import numpy as np

from engine.transformer.rope import WAYS, Frame, Lengths, Params
from engine.transformer.rope_reading import TIMES, TRAINED, Reading
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown
from panels.kit.view import View

ROLES = (*(f"series[{i}]" for i in range(5)), "accent", *(f"series[{i}]" for i in range(5, 8)), "ink_soft", "bound")


def layout(p: Params) -> str:
    """Turns are shown where something turns."""
    return f"3| lengths / 2.2| {'places:1.5 turns' if p.encoding == 'rope' else 'places'}"


def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    """The three views of mode model."""
    draw_lengths(c["lengths"], shown.layers.get("lengths"), f, p)
    draw_places(c["places"], f.reading, p)
    if p.encoding == "rope":
        draw_turns(c["turns"], f.reading)


def chosen(p: Params) -> str:
    """The way that the controls have chosen, as one of WAYS."""
    return p.scaling if p.encoding == "rope" else p.encoding


def draw_lengths(v: View, found: Lengths | None, f: Frame, p: Params) -> None:
    """A line a way; the chosen one stands out, at the length chosen."""
    x, mine = TRAINED * np.arange(1, TIMES + 1), chosen(p)
    v.range(x=(TRAINED * 0.8, TRAINED * (TIMES + 0.2)), y=(0.0, top(found, f)))
    v.ticks(x=[(float(n), f"{n}") for n in x])
    v.rule("trained_here", x=TRAINED, role="ink_soft")
    for row, (name, role) in enumerate(zip(WAYS, ROLES, strict=True)):
        if found is None or not np.isfinite(found.loss[row]).any():
            continue
        loss = found.loss[row]
        v.line(name, x, loss, role, width=3.0 if name == mine else 1.5, markers=name == mine or name == "learned",
               dash=(4, 3) if name == "window" else (), at="end")
    if f.loss is not None:
        v.points("here", TRAINED * p.times, f.loss, "highlight", size=12, marker="circle", label=False)


def top(found: Lengths | None, f: Frame) -> float:
    """The top of the axis: all that is drawn."""
    values = [f.loss or 0.0, f.loss_plain or 0.0, *([] if found is None else found.loss[np.isfinite(found.loss)])]
    return max(1.0, 1.06 * float(max(values)))


def draw_places(v: View, r: Reading, p: Params) -> None:
    """Loss by position of the chosen way, and of plain rotary positions behind it."""
    v.range(x=(0, TRAINED * p.times), y=(0.0, max(1.0, 1.06 * float(max(r.by_place.max(), r.plain_by_place.max())))))
    v.rule("trained_here", x=TRAINED, role="ink_soft")
    mine = chosen(p)
    if mine != "plain":
        v.line("plain", r.places, r.plain_by_place, ROLES[0], width=1.5, dash=(), alpha=0.7)
    v.line("by_place", r.places[:len(r.by_place)], r.by_place, ROLES[WAYS.index(mine)], width=2.5, dash=(), word=mine)


def draw_turns(v: View, r: Reading) -> None:
    """How often each pair goes round over the trained length, and over this one."""
    trained, now = r.turns
    pair = np.arange(1, len(trained) + 1)
    new = (now > trained * (1 + 1e-9)) & (trained < 1)
    v.range(x=(0.4, len(trained) + 0.6), y=(min(trained.min(), now.min()) / 2, 3 * max(trained.max(), now.max())), log="y")
    v.ticks(x=[(float(i), f"{i}") for i in pair])
    v.rule("one_turn", y=1.0, role="ink_soft")
    v.segments("turned", pair, trained, pair, now, "line_strong", width=2, label=False)
    v.points("turns_trained", pair, trained, "ink_soft", size=8, ring=True)
    for name, role, which in (("turns_now", "truth", ~new), ("turns_new", "error", new)):
        if which.any():
            v.points(name, pair[which], now[which], role, size=9)
