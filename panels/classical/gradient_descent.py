"""The picture of gradient descent: paths over a loss surface, loss against step, and who is nearest the minimum."""

from __future__ import annotations

import math

import numpy as np

from engine.classical import gradient_descent_view as seen
from engine.classical.gradient_descent import Frame, Params, Plane, gradient_descent
from engine.classical.gradient_descent_basins import Basins
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.scale import number
from panels.kit.view import View

ROLES = {"gd": "series[0]", "momentum": "series[1]", "nesterov": "series[2]", "rmsprop": "series[3]", "adam": "series[4]",
         "newton": "series[5]", "sgd": "series[6]", "adagrad": "series[7]", "adamw": "ink_soft"}
RATES = (0.7, 0.8, 0.9, 0.95, 0.98)


@panel(gradient_descent, layout=lambda p: f"3.2| ground / 2| loss {p.beside}")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    c.values(step=str(seen.playhead(f)))
    draw_ground(c["ground"], f, p, shown.layers.get("basins"))
    draw_loss(c["loss"], f, p, shown)
    if p.beside == "ranking":
        draw_ranking(c["ranking"], f)
    else:
        draw_plane(c["plane"], f, p, shown.layers.get("rate_plane"))


def draw_ground(v: View, f: Frame, p: Params, basins: Basins | None) -> None:
    g, tracks = f.ground.value, list(zip(p.optimisers.names, f.paths, f.curves, strict=True))
    if p.picture == "surface":
        v.surface("hills", seen.heights(g, p.contours), x=g.x, y=g.y, camera=(p.azimuth, p.elevation),
                  paths=[(*path.T, seen.heights(g, p.contours, losses), ROLES[name]) for name, path, losses in tracks])
        return
    v.range(x=g.x, y=g.y)
    if p.picture == "basins" and basins is not None and len(basins.minima):
        v.image("basins", np.where(basins.index < 0, np.nan, basins.index + 1.0), x=basins.x, y=basins.y,
                limits=(0.0, len(basins.minima) + 0.5), alpha=0.55)
    else:
        v.image("terrain", seen.heights(g, p.contours), x=g.x, y=g.y, map="terrain", smooth=True)
    for side, wall in enumerate(p.made_surface().walls or ()):
        v.rule(f"wall_{side}", x=wall, role="ink_soft", word="wall", width=1.6, label=None if side else False)
    v.contours("levels", g.losses, x=g.x, y=g.y, levels=seen.levels(g, p.contours))
    for name, path, _ in tracks:
        v.line(name, path[:, 0], path[:, 1], ROLES[name], width=1.8, markers=len(path) <= 160)
    for name, path, _ in tracks:
        v.points(f"head_{name}", path[-1, 0], path[-1, 1], ROLES[name], size=10, ring=True, label=False, pin=False)
    if len(g.goals):
        v.points("minimum", g.goals[:60, 0], g.goals[:60, 1], "ink", marker="cross", size=10,
                 label=None if len(g.goals) == 1 else False)
    v.handle("start", p.start_x, p.start_y, sets=("start_x", "start_y"))


def draw_loss(v: View, f: Frame, p: Params, shown: Shown) -> None:
    curves, now = seen.loss_curves(f, shown.history), seen.playhead(f)
    v.range(x=(0, p.steps), y=seen.loss_range([loss for _, loss in curves]), log="y")
    for name, (step, loss) in zip(p.optimisers.names, curves, strict=True):
        v.line(f"loss_{name}", step, np.where(loss > 0, loss, np.nan), ROLES[name], word=name, at="end", future_from=float(now))
    sure = seen.promised_losses(f, p, curves)
    if sure is not None:
        v.line("rate_law", *sure, "ink", dash=(2, 4), width=1.4)
    v.rule("now", x=now, role="accent", label=False)


def draw_ranking(v: View, f: Frame) -> None:
    far = [math.inf if d is None else d for d in f.distances.values]
    order = sorted(zip(far, f.distances.names, strict=True))
    longest = max((d for d in far if d < math.inf), default=0.0) or 1.0
    v.range(x=(-0.62 * longest, 1.45 * longest), y=(-max(len(order), 5) + 0.4, 0.6))
    v.bare()
    for row, (d, name) in enumerate(order):
        v.text(f"name_{name}", -0.6 * longest, -row, word=name, role=ROLES[name], anchor="left", halo=False)
        if d == math.inf:
            v.text(f"no_{name}", 0, -row, word="nowhere" if len(f.ground.value.goals) else "no_goal", role="ink_soft",
                   size="tick", anchor="left", halo=False)
        else:
            v.bars(f"bar_{name}", [-row - 0.27, -row + 0.27], [d], horizontal=True, roles=[ROLES[name]], label=False, pin=False,
                   texts=[number(d, 10.0 ** (math.floor(math.log10(d or 1.0)) - 2))])


def draw_plane(v: View, f: Frame, p: Params, plane: Plane | None) -> None:
    if plane is None or not plane.known:
        v.bare()
        return
    v.range(x=plane.product, y=plane.momentum)
    v.image("rates", np.where(plane.radius < 1, plane.radius, np.nan), x=plane.product, y=plane.momentum,
            limits=(plane.best[2] - 0.3 * (1 - plane.best[2]), 1.0), alpha=0.7)
    v.contours("rate_lines", plane.radius, x=plane.product, y=plane.momentum, levels=(*RATES, 1.0))
    for rate, tip in ((rate, seen.rate_tip(plane, rate)) for rate in RATES[:3]):
        if tip is not None:
            v.text(f"rate_{rate}", *tip, text=number(rate, 0.1), role="ink_soft", size="tick", anchor="right", offset=(-8, 0))
    v.rule("edge", x=2.0, role="bound")
    v.points("best", plane.best[0], plane.best[1], "truth", marker="diamond", size=9)
    v.points("here", *seen.torch_position(p, plane), "model", size=10, ring=True,
             texts=["" if f.rate is None else number(f.rate, 1e-3)])
