"""Beside the decision: every rule's own chart of the same jobs, and the table of what became of each job."""

from __future__ import annotations

import numpy as np

from engine.systems.measures import JUDGED
from engine.systems.scheduling import Frame, Params
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown
from panels.kit.view import View
from panels.systems.scheduling_below import role

COLUMNS = (("arrives", 0.25), ("computes", 0.38), ("finishes", 0.5), ("turnaround", 0.71), ("waits", 0.83), ("answers", 0.985))
FEW = 9                             # jobs, up to which names are written into the strips and the table is set large


def draw_strips(v: View, f: Frame, p: Params, shown: Shown) -> None:
    """A strip a rule, the best on top: who had the processor when, and the number by which the rules are compared."""
    found = shown.layers.get("rivals")
    if found is None:
        v.bare()
        return
    value = found.judged[:, JUDGED.index(p.judge)]
    place = np.argsort(np.argsort(value, kind="stable"))
    begin, end = float(found.start.min()), float(found.end.max())
    v.range(x=(begin, begin + 1.19 * (end - begin)), y=(0.45 - len(value), 0.55))
    each = 0.78 / p.cpus
    row = -place[found.strip] + 0.39 - each * (found.cpu + 0.5)
    names, length = f.world.value.names, found.end - found.start
    wide = length > 0.045 * (end - begin)
    texts = [names[j] if w and p.cpus == 1 and len(names) <= FEW else "" for j, w in zip(found.job, wide, strict=True)]
    v.rule("now", x=min(f.time, end), role="accent", label=False)
    v.spans("strips", row, found.start, found.end, roles=[role(j) for j in found.job], height=each, future=f.time, texts=texts)
    for k, policy in enumerate(found.policies):
        v.text(f"judged_{policy}", begin + 1.18 * (end - begin), -place[k], f"{value[k]:.4g}",
               "model" if policy == p.policy else "ink_soft", anchor="right", size="tick")
    v.ticks(y=[(-place[k], v.words(policy), "model" if policy == p.policy else "ink_soft")
               for k, policy in enumerate(found.policies)])


def draw_measured(c: Canvas, f: Frame, shown: Shown) -> None:
    """The share of one processor that a real process with each job's nice value had, and what its weight promises."""
    v, found, names = c["measured"], shown.layers.get("measured"), f.world.value.names
    if found is None or found.cpu < 0:
        c.values(cpu="–", burnt="0")
        v.bare()
        return
    c.values(cpu=str(found.cpu), burnt=f"{found.seconds:.1f}")
    rows = -np.arange(len(names))
    v.range(x=(0.0, 1.22 * float(max(found.got.max(), found.promised.max()))), y=(0.4 - max(len(names), 4), 0.6))
    v.spans("got", rows, np.zeros(len(names)), found.got, roles=[role(j) for j in range(len(names))], height=0.5)
    v.segments("promised", found.promised, rows - 0.36, found.promised, rows + 0.36, "truth", width=2.5, dash=())
    for j in range(len(names)):
        v.text(f"share_{j}", max(found.got[j], found.promised[j]), rows[j], f"{found.got[j]:.3f}", anchor="left", offset=(9, 0))
    v.ticks(y=[(rows[j], f"{name} ({found.nice[j]})", role(j)) for j, name in enumerate(names)])


def draw_jobs(v: View, f: Frame) -> None:
    """What became of each job, in numbers; those who have not finished by now are faint."""
    w, rows = f.world.value, len(f.world.value.names)
    numbers = (w.arrival, w.burst, w.finish, w.finish - w.arrival, w.wait, w.first - w.arrival)
    size = "label" if rows <= FEW else "tick"
    v.bare()
    v.range(x=(0, 1), y=(-max(rows, 5) + 0.3, 1.6))
    for name, x in COLUMNS:
        v.text(name, x, 1, role="ink_soft", anchor="right", size="tick", halo=False)
    v.segments("line", 0.0, 0.55, 1.0, 0.55, "line", width=1, dash=(), label=False)
    for j, called in enumerate(w.names):
        v.points(f"dot_{j}", 0.012, -j, role(j), size=9, marker="circle", label=False)
        v.text(f"job_{j}", 0.04, -j, called, role(j), anchor="left", size=size, halo=False)
        for (name, x), values in zip(COLUMNS, numbers, strict=True):
            known = f.time >= {"arrives": w.arrival[j], "computes": w.arrival[j], "answers": w.first[j]}.get(name, w.finish[j])
            ink = "error" if name == "waits" else "ink"
            v.text(f"{name}_{j}", x, -j, f"{values[j]:.5g}", ink if known else "ink_faint", anchor="right", size=size, halo=False)
