"""The picture of rotary positions: eight pairs as clocks, the score of every two positions, and how it decays."""

from __future__ import annotations

import math

import numpy as np

from engine.core import Array
from engine.transformer.rope import FARTHEST, PAGE, Frame, Params, never_seen, rope
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.scale import number as written
from panels.kit.view import View
from panels.transformer import rope_model

CLOCKS, COLUMNS, WIDE, HIGH, LEFT = 8, 4, 3.7, 2.95, -1.45    # WIDE and HIGH: a cell, whose face has radius 1
CLOCK_LAYOUT = "3.2| clocks / 2| scores:0.66 {beside}:1.6"
CELLS = 16                      # numbers of a vector that are shown in both layouts
TICKS = np.exp(1j * np.radians(np.arange(0, 360, 30)))
SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@panel(rope, layout=lambda p: CLOCK_LAYOUT.format(beside=p.beside) if p.mode == "clocks" else rope_model.layout(p))
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    if p.mode == "model":
        rope_model.draw(c, f, p, shown)
        return
    draw_clocks(c["clocks"], f)
    draw_scores(c["scores"], f, p)
    {"decay": draw_decay, "waves": draw_waves, "layouts": draw_layouts}[p.beside](c[p.beside], f, p)


def draw_clocks(v: View, f: Frame) -> None:
    pair = np.unique(np.linspace(0, f.pairs - 1, min(CLOCKS, f.pairs)).round().astype(int))
    x, y = WIDE * (np.arange(len(pair)) % COLUMNS), -HIGH * (np.arange(len(pair)) // COLUMNS)
    v.bare()
    v.range(x=(LEFT, LEFT + WIDE * COLUMNS), y=(-HIGH * CLOCKS / COLUMNS + 1.45, 1.95), equal=True)
    v.circle("faces", x, y, np.ones(len(pair)), fill="surface_raised")
    inner, outer = (((x + 1j * y)[:, None] + radius * TICKS).ravel() for radius in (0.92, 1.0))
    v.segments("ticks", inner.real, inner.imag, outer.real, outer.imag, "line_strong", width=1, label=False)
    turned, seen = f.turned[pair], f.seen[pair]
    new = never_seen(turned, seen)
    v.arc("trained", x, y, np.full(len(pair), 1.1), 90, np.degrees(seen), "ink_soft", width=1.2)
    for name, role, which in (("apart", "truth", ~new), ("unseen", "error", new)):
        around = np.where(np.abs(turned) >= 2 * math.pi, np.sign(turned) * 360, np.degrees(turned))
        v.arc(name, x[which], y[which], np.full(which.sum(), 1.2), 90, around[which], role)
    longest = max(float(np.linalg.norm(np.concatenate([f.q_turned, f.k_turned]), axis=1).max()), 1e-12)
    q, k = 0.9 / longest * f.q_turned[pair].T, 0.9 / longest * f.k_turned[pair].T
    start = np.degrees(np.arctan2(k[1], k[0]))
    between = (np.degrees(np.arctan2(q[1], q[0])) - start + 180) % 360 - 180
    v.arc("between", x, y, 0.42 * np.ones(len(pair)), start, between, "truth", fill=True)
    v.arrow("key", x, y, x + k[0], y + k[1], "data", label=False)
    v.arrow("query", x, y, x + q[0], y + q[1], "model", label=False)
    v.points("pins", x, y, "ink", size=6, label=False)
    draw_parts(v, f.contributions[pair], f.theta[pair], pair, x, y)
    words = {"query_at": "model", "key_at": "data", "apart_by": "truth"}
    words |= {"not_seen": "error"} if new.any() else {"trained_for": "ink_soft"}
    for column, (name, role) in enumerate(words.items()):
        v.text(f"{name}_word", LEFT + 0.2 + WIDE * column, 1.75, role=role, anchor="left", word=name)


def draw_parts(v: View, parts: Array, theta: Array, pair: Array, x: Array, y: Array) -> None:
    """Beside each clock a bar of what the pair gives to the score; below it how fast it turns."""
    height = 0.75 * parts / max(float(np.abs(parts).max()), 1e-12)
    side = x + 1.75
    v.segments("foot", side - 0.13, y, side + 0.13, y, "line_strong", width=1, label=False)
    for name, role, which in (("gives", "positive", parts >= 0), ("takes", "negative", parts < 0)):
        v.segments(name, side[which], y[which], side[which], (y + height)[which], role, width=8, label=False)
    for i, (number, below) in enumerate(zip(pair, height < 0, strict=True)):
        anchor, offset = ("center top", 3) if below else ("center bottom", -3)
        v.text(f"part_{i}", side[i], y[i] + height[i], written(parts[i], 0.01), size="tick", anchor=anchor, offset=(0, offset))
        turn = f"θ{number + 1}".translate(SMALL) + f" = {written(theta[i], 10.0 ** math.floor(math.log10(theta[i]) - 2))}"
        v.text(f"theta_{i}", x[i], y[i] - 1.42, turn, role="ink_soft", size="tick")


def draw_scores(v: View, f: Frame, p: Params) -> None:
    row, column = f.first.tolist()
    x, y = (column - 0.5, column + PAGE - 0.5), (row - 0.5, row + PAGE - 0.5)
    v.range(x=x, y=y, equal=True, flip_y=True)
    v.ticks(*([(start + i, f"{start + i + p.shift}") for i in range(0, PAGE, 8)] for start in (column, row)))
    v.image("score", f.scores, x=x, y=y, map="diverging")
    low, high = max(column, row - f.distance) - 0.5, min(column, row - f.distance) + PAGE - 0.5
    v.segments("diagonal", low, low + f.distance, high, high + f.distance, "truth", width=1.5, label=False)
    v.handle("cell", p.n, p.m, ("n", "m"), "truth")


def draw_decay(v: View, f: Frame, p: Params) -> None:
    r = np.arange(FARTHEST + 1)
    v.range(x=(0, FARTHEST), y=(min(0.0, float(f.decay.min())) - 0.02, 1.05 * max(1.0, float(f.decay[0]))))
    v.line("mean", r, f.decay, "positive", fill=0.0)
    if len(f.bound):
        v.line("bound", r, f.bound, "bound", at=0.8)
    if p.trained_length < FARTHEST:
        v.rule("trained_to", x=p.trained_length, role="ink_soft")
    v.rule("distance", x=abs(f.distance), role="truth")


def draw_waves(v: View, f: Frame, p: Params) -> None:
    """How many positions each pair takes for a turn: in training, and as its speed is now."""
    pair, trained, now = np.arange(1, f.pairs + 1), 2 * math.pi * p.trained_length / f.seen, 2 * math.pi / f.theta
    new = trained > p.trained_length
    v.range(x=(0.4, f.pairs + 0.6), y=(3.0, 3 * max(float(trained.max()), float(now.max()))), log="y")
    v.rule("trained_to", y=p.trained_length, role="ink_soft")
    v.segments("slowed", pair, trained, pair, now, "line_strong", width=2, label=False)
    v.points("wave_trained", pair, trained, "ink_soft", size=8, ring=True, label=False)
    for name, role, which in (("wave_done", "truth", ~new), ("wave_unfinished", "error", new)):
        if which.any():
            v.points(name, pair[which], now[which], role, size=9)


def draw_layouts(v: View, f: Frame, p: Params) -> None:
    """The turned query as its numbers lie in memory, both ways; a line joins the two places of one number."""
    pairs = f.q_turned[:CELLS // 2]
    count, most = len(pairs), float(np.abs(f.q_turned).max()) or 1.0
    first, second = 2 * np.arange(count)[:, None] + np.arange(2), np.arange(count)[:, None] + count * np.arange(2)
    v.bare()
    v.range(x=(-0.7, 2 * count - 0.3), y=(3.65, -1.1))
    for name, places, y in (("interleaved", first, 0.0), ("half_split", second, 2.75)):
        row = np.zeros(2 * count)
        row[places.ravel()] = pairs.ravel()
        v.image(f"numbers_{name}", row[None], x=(-0.5, 2 * count - 0.5), y=(y, y + 0.8), map="diverging", limits=(-most, most))
        v.text(f"{name}_word", -0.4, y - 0.18, role="accent" if p.layout == name else "ink_soft", anchor="left bottom",
               size="tick", halo=False, word=name)
    for part, role in enumerate(("model", "data")):
        v.segments(f"same_{part}", first[:, part], 0.85, second[:, part], 2.1, role, width=1.2, alpha=0.6, label=False)
