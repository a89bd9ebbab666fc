"""The picture of recurrent cells: one of them with live numbers, its sequence as heat maps, the race, and one thing beside."""

from __future__ import annotations

import numpy as np

from engine.deep import lstm_view as seen
from engine.deep.lstm import Frame, Params, lstm
from engine.deep.lstm_readings import FLOWS, GATES, HOLDS, half_life, material_of
from engine.deep.lstm_view import ROLES, SERIES
from panels.deep.lstm_cell import draw_cell, draw_maps
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

SHARES = [(0.0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %")]
FLOW_ROLES = {"carry": "series[4]", "c": "series[1]", "h": "series[3]", "gru": "series[6]", "rnn": "series[5]"}
WRITTEN = 26                    # letters
FLOOR = 1e-14                   # of the picture of gradients


@panel(lstm, layout=seen.layout)
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    s, held = seen.seen(f, p), seen.held_score(f, p)
    c.values(number=str(s.example), at=str(s.time), last=str(len(s.x) - 1), unit_shown=str(s.unit),
             says=seen.says(p, s, s.time), wants=seen.wants(p, s, s.time), kept="–" if held is None else f"{held:.0%}",
             wrote=seen.writes(f, p, WRITTEN).replace("\n", " "))
    draw_cell(c, f, p, s)
    draw_maps(c, p, s)
    draw_race(c["race"], f, p, shown)
    if p.beside == "reach":
        draw_reach(c[seen.beside(p)], f, p)
    elif p.beside == "flow":
        draw_flow(c["flow"], f)
    elif p.beside == "held":
        draw_held(c["held"], f, p, held)
    elif p.beside == "half_life":
        draw_half_life(c["half_life"], f, p)
    else:
        draw_loss(c[seen.beside(p)], f, p, shown)


def curve(f: Frame, shown: Shown, name: str, now: float) -> tuple[object, object]:
    """(updates, values) of a metric over the recording; of this frame alone where there is none."""
    if name in shown.history and "step" in shown.history:
        return shown.history["step"], shown.history[name]
    return np.array([float(f.step)]), np.array([now])


def draw_race(v: View, f: Frame, p: Params, shown: Shown) -> None:
    """Median score of every cell, and each seed's at this moment."""
    steps = np.asarray(curve(f, shown, "step", float(f.step))[0], float)
    v.range(x=(0, max(1.0, float(steps[-1]))), y=(-0.02, 1.04))
    v.ticks(y=SHARES)
    v.rule("guessing", y=f.guess_score)
    for name, now, each in zip(p.cells.names, f.score.values, f.scores, strict=True):
        x, y = curve(f, shown, f"score.{name}", float(now or 0))
        v.line(name, x, y, SERIES[name], width=2.2, future_from=float(f.step), at="end")
        v.points(f"seeds_{name}", np.full(len(each), float(f.step)), each, SERIES[name], size=6, alpha=0.6, label=False)


def draw_reach(v: View, f: Frame, p: Params) -> None:
    """Share right by how long ago it was."""
    v.range(x=(0, 1.02 * float(f.lags[-1])), y=(-0.02, 1.04))
    v.ticks(y=SHARES)
    v.rule("guessing", y=f.guess_score)
    if p.task == "recall":
        v.rule("trained", x=p.delay, role="accent")
    for name, shares in zip(p.cells.names, f.reach, strict=True):
        v.line(f"reach_{name}", f.lags, shares, SERIES[name], word=name, at="end", markers=True)


def draw_flow(v: View, f: Frame) -> None:
    """Gradient by lag: along the carry, through c, through h, and in the cells without a carry."""
    lag = np.arange(f.flows.shape[1])
    v.range(x=(0, max(1, lag[-1])), y=(FLOOR, 1e3), log="y")
    for name in FLOWS:
        if name in f.flow.names:
            values = f.flows[f.flow.names.index(name)]
            v.line(f"flow_{name}", lag, np.where(values > FLOOR, values, np.nan), FLOW_ROLES[name], at="end",
                   dash=(6, 4) if name == "carry" else None)


def draw_held(v: View, f: Frame, p: Params, held: float | None) -> None:
    """Share right with one gate of all units held at a value."""
    v.range(x=(0, 1), y=(-0.02, 1.04))
    v.ticks(y=SHARES)
    v.rule("guessing", y=f.guess_score)
    if not f.held.shape[1]:
        return
    for gate, shares in zip(GATES, f.held, strict=True):
        v.line(f"held_{gate}", HOLDS, shares, ROLES[gate], markers=True)
    if held is not None:
        v.points("here", p.clamp_at, held, "ink", size=11, ring=True, label=False)


def draw_half_life(v: View, f: Frame, p: Params) -> None:
    """The law ln ½ / ln σ(b), and where the trained gates stand on it."""
    bias = np.linspace(-4, 8, 121)
    v.range(x=(-4, 8), y=(0.1, 3000), log="y")
    v.line("law", bias, [half_life(1 / (1 + np.exp(-b))) for b in bias], "truth")
    v.rule("wanted", y=float(material_of(p).tests.last[0]), role="bound")
    v.points("begun", p.forget_bias, half_life(1 / (1 + np.exp(-p.forget_bias))), "data", size=11, ring=True)
    if f.forget is not None and f.half_life is not None:
        share = min(max(f.forget, 1e-9), 1 - 1e-9)
        v.points("trained_gates", float(np.log(share / (1 - share))), f.half_life, "model", size=11, ring=True)
    marks = np.array([0.0, 1.0, 3.0, 5.0])
    halves = [half_life(1 / (1 + np.exp(-b))) for b in marks]
    v.points("marks", marks, halves, "truth", size=7, texts=[f"{h:.3g}" for h in halves], label=False)


def draw_loss(v: View, f: Frame, p: Params, shown: Shown) -> None:
    """Median loss by update, beside what can be had without a memory."""
    steps = np.asarray(curve(f, shown, "step", float(f.step))[0], float)
    lines = {name: np.asarray(curve(f, shown, f"loss.{name}", float(now or 0))[1], float)
             for name, now in zip(p.cells.names, f.loss.values, strict=True)}
    least = min(float(np.nanmin(y)) for y in lines.values())
    most = max(f.guess_loss, *(float(np.nanmax(y)) for y in lines.values()))
    v.range(x=(0, max(1.0, float(steps[-1]))), y=(max(least / 1.5, 1e-4), 1.5 * most), log="y")
    v.rule("guessing", y=f.guess_loss)
    for name in ("bigram", "trigram"):
        if (value := getattr(f, name)) is not None and value > 0:
            v.rule(name, y=value)
    for name, y in lines.items():
        v.line(f"loss_{name}", steps, np.maximum(y, 1e-5), SERIES[name], word=name, future_from=float(f.step), at="end")
