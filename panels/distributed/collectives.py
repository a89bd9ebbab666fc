"""The picture of the collectives: the ranks' time lines with every message, the wires, the buffers, and what it costs."""

from __future__ import annotations

import numpy as np

from engine.distributed.collectives import Costs, Frame, Params, collectives
from engine.distributed.collectives_replay import FINE, World
from panels.distributed.collectives_below import draw_bytes, draw_time, role
from panels.distributed.collectives_ring import draw_ring
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

THIN, THICK = ("post", "wait", "send"), ("reduce", "keep", "library")


@panel(collectives, layout=lambda p: f"3.2| buffers / 2.2| timeline:1.55 {p.compare}:1")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    w = f.world.value
    c.values(now=f"{1e3 * f.time:.4g}", ended=f"{w.end:.3g}", who=", ".join(map(str, np.flatnonzero(w.ended > FINE))),
             ring=" → ".join(map(str, [*w.cycle, *w.cycle[:1]])), n=str(p.ranks), backend=w.backend,
             **model_texts(shown.layers.get("costs")))
    draw_ring(c["buffers"], f, p)
    draw_timeline(c["timeline"], f, w)
    if p.compare == "time":
        draw_time(c["time"], f, p, shown)
    else:
        draw_bytes(c["bytes"], f, p)


def model_texts(cost: Costs | None) -> dict[str, str]:
    """The fitted model's numbers, as text."""
    if cost is None:
        return {"alpha": "–", "rate": "–", "off": "–"}
    alpha = 1e6 * cost.alpha
    return {"alpha": f"{alpha:.3g}" if alpha < 1000 else f"{alpha:.0f}", "off": f"{cost.off:.2g}",
            "rate": f"{1e-9 / cost.beta:.3g}" if cost.beta else "∞"}


def progress_end(w: World) -> float:
    """When the last thing happened that was not waiting in vain."""
    t = w.trace
    useful = t.span_end[np.array(t.kinds)[t.span_kind] != "stuck"] if len(t.span_end) else np.zeros(0)
    if w.verdict == "done":
        return w.end
    lost = w.ended_at[w.ended > FINE]
    return float(np.concatenate([useful, t.message_received, lost[lost < w.end],
                                 w.stuck_since[w.stuck_since < w.end]]).max(initial=0.0))


def draw_timeline(v: View, f: Frame, w: World) -> None:
    """A row a rank: thin while it waits, thick while it computes; an arrow a message, from when it left to when it came."""
    n, t = len(w.begun), w.trace
    until = 1e3 * max(progress_end(w), 1e-6) * (1.0 if w.verdict == "done" else 1.7)
    v.range(x=(0.0, 1.01 * until), y=(-n + 0.25 - (0.55 if w.verdict != "done" else 0.0), 0.75))
    draw_spans(v, f, w)
    for r in range(n):
        own = t.message_from == r
        there, coming = own & (t.message_received <= f.time), own & (t.message_received > f.time)
        for name, some, alpha, width in (("told", there, 0.85, 1.3), ("will_tell", coming, 0.16, 1.0)):
            if some.any():
                down = 0.1 * np.sign(t.message_to[some] - t.message_from[some])         # from edge to edge of the rows
                v.arrow(f"{name}_{r}", 1e3 * t.message_sent[some], -t.message_from[some] - down,
                        1e3 * t.message_received[some], -t.message_to[some] + down, role(r), width=width, head=6.0,
                        alpha=alpha, label=False)
    lost = np.flatnonzero((w.ended > FINE) & (w.ended_at <= f.time))
    if len(lost):
        v.points("died", 1e3 * np.minimum(w.ended_at[lost], 1e-3 * until), -lost, "error", size=13, marker="cross", label=False)
    told = v.words(f"verdict_{w.verdict}") if w.verdict != "done" else ""
    if told and f.phase == w.verdict:
        v.text("verdict", 0.5 * until, -n + 0.12, told, role="error")
    v.rule("now", x=min(1e3 * f.time, until), role="accent", label=False)
    v.ticks(y=[(-r, f"{v.words('rank')} {r}", role(r)) for r in range(n)])


def draw_spans(v: View, f: Frame, w: World) -> None:
    """What each rank was doing when."""
    t = w.trace
    kind = np.array(t.kinds)[t.span_kind] if len(t.kinds) else np.zeros(0, str)
    for name, some, height in (("waiting", np.isin(kind, THIN), 0.05), ("working", np.isin(kind, THICK), 0.42),
                               ("late", kind == "late", 0.3), ("stuck", kind == "stuck", 0.14)):
        at = np.flatnonzero(some)
        if len(at):
            roles = {"waiting": "line_strong", "stuck": "error", "late": "ink_faint"}.get(name)
            v.spans(name, -t.span_row[at], 1e3 * t.span_start[at], 1e3 * t.span_end[at], height=height, future=1e3 * f.time,
                    roles=[roles or role(r) for r in t.span_row[at]])
