"""The picture of the collectives: the ranks' time lines with every message, the wires, the buffers, and what it costs."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.distributed.collectives import Costs, Frame, Params, collectives, is_stuck
from engine.distributed.collectives_replay import FINE, World
from panels.distributed.collectives_below import draw_buffers, draw_bytes, draw_time, role
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View

THIN, THICK = ("post", "wait", "send"), ("reduce", "keep", "library")
AROUND = 1.0                        # radius of the circle on which the ranks stand
ASIDE = 0.055                       # by which a wire keeps to its own right, so that both directions are seen


@panel(collectives, layout=lambda p: f"2.9| timeline:2.15 network:1 / 2.2| buffers:1.25 {p.compare}:1")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    w = f.world.value
    c.values(now=f"{1e3 * f.time:.4g}", ended=f"{w.end:.3g}", who=", ".join(map(str, np.flatnonzero(w.ended > FINE))),
             ring=" → ".join(map(str, [*w.cycle, *w.cycle[:1]])), n=str(p.ranks), **model_texts(shown.layers.get("costs")))
    draw_timeline(c["timeline"], f, w)
    draw_network(c["network"], f, w)
    draw_buffers(c["buffers"], f, p)
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


# the wires ------------------------------------------------------------------------------------------------------------


def draw_network(v: View, f: Frame, w: World) -> None:
    """The ranks in a circle; wires that carried something, messages in flight, and who waits in vain for whom."""
    n, t = len(w.begun), w.trace
    turn = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    x, y = AROUND * np.cos(turn), AROUND * np.sin(turn)
    v.bare()
    v.range(x=(-1.5, 1.5), y=(-1.42, 1.42), equal=True)
    pairs = np.unique(np.stack([t.message_from, t.message_to], axis=1), axis=0) if len(t.message_from) else np.zeros((0, 2), int)
    for a in range(n):
        peers = pairs[pairs[:, 0] == a, 1]
        used = np.isin(peers, t.message_to[(t.message_from == a) & (t.message_sent <= f.time)])
        for name, some, alpha in (("wire", ~used, 0.22), ("used", used, 0.75)):
            if some.any():
                v.arrow(f"{name}_{a}", *wire(x, y, a, peers[some]), role(a), width=1.6, head=8.0, alpha=alpha, label=False)
        flying = np.flatnonzero((t.message_from == a) & (t.message_sent <= f.time) & (t.message_received > f.time))
        if len(flying):
            x0, y0, x1, y1 = wire(x, y, a, t.message_to[flying])
            share = (f.time - t.message_sent[flying]) / (t.message_received[flying] - t.message_sent[flying])
            v.points(f"flying_{a}", x0 + share * (x1 - x0), y0 + share * (y1 - y0), role(a), size=10, label=False)
    draw_waits(v, f, w, x, y)
    lost = (w.ended > FINE) & (w.ended_at <= f.time)
    for r in range(n):
        v.circle(f"node_{r}", x[r], y[r], 0.15, role(r), fill="surface" if lost[r] else role(r), width=2.0)
        v.text(f"name_{r}", 1.3 * x[r], 1.3 * y[r], str(r), role(r), halo=False)
    if lost.any():
        v.points("lost", x[lost], y[lost], "error", size=17, marker="cross", label=False)


def wire(x: Array, y: Array, a: int, peers: Array) -> tuple[Array, Array, Array, Array]:
    """From the rim of one rank to the rims of others, a little to its own right."""
    dx, dy = x[peers] - x[a], y[peers] - y[a]
    length = np.hypot(dx, dy)
    dx, dy = dx / length, dy / length
    return (x[a] + 0.19 * dx + ASIDE * dy, y[a] + 0.19 * dy - ASIDE * dx,
            x[peers] - 0.22 * dx + ASIDE * dy, y[peers] - 0.22 * dy - ASIDE * dx)


def draw_waits(v: View, f: Frame, w: World, x: Array, y: Array) -> None:
    """The wait-for graph: an arrow from each rank that is stuck to the one it waits for."""
    for r in np.flatnonzero(is_stuck(w, f.time) & (w.waits_for >= 0)):
        v.arrow(f"waits_{r}", *wire(x, y, int(r), w.waits_for[r:r + 1]), "error", width=3.0, head=11.0, label=False)
