"""The picture of scheduling: who held the processor when, who waits now and why, and what other rules would have done."""

from __future__ import annotations

import numpy as np

from engine.systems.scheduling import Frame, Params, World, scheduling
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, panel
from panels.kit.view import View
from panels.systems.scheduling_below import draw_decision, draw_ranking, draw_slices, draw_ties, role
from panels.systems.scheduling_beside import draw_jobs, draw_measured, draw_strips

WIDE = ("strips", "jobs")
BELOW = {"strips": "strips", "rules": "ranking", "jobs": "numbers", "ties": "ties", "slices": "slices", "measured": "measured"}


@panel(scheduling, layout=lambda p: f"3.3| gantt / 2.2| decision {BELOW[p.compare]}:{1.5 if p.compare in WIDE else 1.15}")
def draw(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    exact = f.world.value.fractions[0]
    c.values(now=f"{f.time:.6g}", exact=f"{exact} = {f.mean_wait:.4g}" if "/" in exact else exact)
    draw_gantt(c["gantt"], f, p)
    draw_decision(c, f, p)
    if p.compare == "strips":
        draw_strips(c["strips"], f, p, shown)
    elif p.compare == "jobs":
        draw_jobs(c["numbers"], f)
    elif p.compare == "measured":
        draw_measured(c, f, shown)
    elif p.compare == "rules":
        draw_ranking(c["ranking"], f, p, shown)
    elif p.compare == "ties":
        draw_ties(c["ties"], p, shown)
    else:
        draw_slices(c["slices"], f, p, shown)


def draw_gantt(v: View, f: Frame, p: Params) -> None:
    w, jobs = f.world.value, len(f.world.value.names)
    floor = -(jobs + p.cpus + 1.1)
    begin = 0.0 if w.arrival.min() < 0.5 * f.makespan else float(w.arrival.min())
    v.range(x=(begin, begin + 1.015 * (f.makespan - begin)), y=(floor, 0.36 - 0.085 * floor))
    draw_spans(v, w, f.time, jobs)
    for j in range(jobs):
        v.handle(f"arrive_{j}", w.arrival[j], -j, (f"jobs[{j}].arrival", None), role(j), shape="bar", label=False)
        if "+" in str(p.jobs.rows[j][2]):                   # a plan of several bursts is typed
            continue
        v.handle(f"finish_{j}", w.finish[j], -j, (f"jobs[{j}].burst", None), role(j), label=False,
                 origin=(float(w.finish[j] - w.burst[j]), 0.0))
    high = 1.2 / max(1, int(w.waiting.max()))
    v.line("queue", w.times, floor + high * w.waiting, "data", steps=True, fill=floor, width=1.4, label=False)
    late = f.time > begin + 0.85 * (f.makespan - begin)
    under = high * f.waiting > 0.7              # near its top it would stand on the row above
    v.text("waiting", f.time, floor + high * f.waiting, role="data", offset=(-6 if late else 6, 1 if under else -1),
           anchor=("right " if late else "left ") + ("top" if under else "bottom"))
    v.rule("now", x=f.time, role="accent")
    ticks = [(-j, name, role(j)) for j, name in enumerate(w.names)]
    cpus = [(-(jobs + k), v.words("cpu") + (f" {k + 1}" if p.cpus > 1 else "")) for k in range(p.cpus)]
    v.ticks(x=time_ticks(begin, f.makespan), y=[*ticks, *cpus, (floor + 0.6, v.words("ready"))])


def time_ticks(begin: float, end: float) -> list[tuple[float, str]] | None:
    """Whole times at an even step, and the end; None leaves short spans to the axis."""
    step = next((m * 10**k for k in range(5) for m in (1, 2, 4, 5) if end - begin <= 8.2 * m * 10**k), 10**5)
    if end - begin < 4:
        return None
    first = -int(-begin // step) * step
    return [*((t, f"{t:g}") for t in np.arange(first, end - 0.6 * step, step)), (end, f"{end:.6g}")]


def draw_spans(v: View, w: World, now: float, jobs: int) -> None:
    t = w.trace
    kind = np.array(t.kinds)[t.span_kind]
    on_job, length = t.span_row < jobs, t.span_end - t.span_start
    lengths, owners = [f"{n:g}" for n in length], [w.names[j] for j in w.owner]
    run = kind == "run"
    for name, some, texts, height in (("runs", run & on_job, lengths, 0.66), ("switching", kind == "switch", None, 0.66),
                                      ("cpus", run & ~on_job, owners, 0.66), ("io", kind == "io", None, 0.16)):
        at = np.flatnonzero(some)
        if len(at):
            roles = [role(j) if name != "switching" else "line_strong" for j in w.owner[at]]
            v.spans(name, -t.span_row[at], t.span_start[at], t.span_end[at], roles=roles, height=height, future=now,
                    texts=[texts[k] for k in at] if texts else None,
                    held=[bool(t.span_end[k] == w.finish[w.owner[k]]) for k in at] if name == "runs" else None)
    for j in range(jobs):
        own = (kind == "wait") & (w.owner == j)
        start, end = t.span_start[own], t.span_end[own]
        for name, a, b, alpha in (("waits", start, np.minimum(end, now), 1.0), ("will_wait", np.maximum(start, now), end, 0.4)):
            left = b > a
            v.segments(f"{name}_{j}", a[left], -j, b[left], -j, role(j), width=1.5, dash=(1.5, 3), alpha=alpha, label=False)
