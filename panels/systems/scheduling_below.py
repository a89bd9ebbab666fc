"""What stands below the chart: the decision of the moment, and the same jobs under other rules, conventions and slices."""

from __future__ import annotations

import numpy as np

from engine.systems.measures import JUDGED
from engine.systems.scheduler import REASONS
from engine.systems.scheduling import Frame, Params
from engine.systems.scheduling_published import SOURCES
from engine.systems.scheduling_rivals import CONVENTIONS
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown
from panels.kit.view import View


def role(job: int) -> str:
    """A job's colour."""
    return f"series[{job % 8}]"


def draw_decision(c: Canvas, f: Frame, p: Params) -> None:
    """Who runs (thick) and who waits (thin), by the number that the rule compares; once nobody does, how long each waited."""
    v, m, w = c["decision"], f.moment, f.world.value
    on, idle = [int(j) for j in m.running if j >= 0], m.why == "idle"
    order = [*on, *(int(j) for j in m.ready)]
    keys, texts = m.keys, m.key_texts
    if idle:
        order = [j for j in range(len(w.names)) if w.finish[j] <= f.time]
        keys, texts = w.wait[order], tuple(f"{n:.4g}" for n in w.wait[order])
    new = [int(j) for j in m.started] or on
    c.values(who=", ".join(w.names[j] for j in new), best=texts[order.index(new[0])] if new else "",
             drawn=" ".join(str(n) for n in m.drawn))
    why = {key: v.words(f"because_{key}") for key in (*REASONS, p.policy)}
    compared = v.words(f"key_{p.policy}"), v.words("key_waited")
    c.values(why=why[p.policy if m.why == "chosen" and len(new) == 1 else m.why], compared=compared[idle])
    v.range(x=(0.0, 1.15 * max(float(keys.max(initial=0.0)), 1.0)), y=(-max(6, len(order)) + 0.4, 0.6))
    v.ticks(y=[(-k, w.names[j], role(j)) for k, j in enumerate(order)])
    for k, j in enumerate(order):
        v.spans(f"key_{k}", [-k], [0.0], [keys[k]], role(j), height=0.62 if k < len(on) or idle else 0.28)
        v.text(f"number_{k}", max(0.0, keys[k]), -k, texts[k], anchor="left", offset=(7, 0))


def draw_ranking(v: View, f: Frame, p: Params, shown: Shown) -> None:
    ranking = shown.layers.get("rivals")
    if ranking is None:
        v.bare()
        return
    value = ranking.judged[:, JUDGED.index(p.judge)]
    order = np.argsort(-value, kind="stable")
    chosen = np.array([ranking.policies[k] == p.policy for k in order])
    v.range(x=(0.0, 1.15 * max(float(value.max()), 1e-9)), y=(0, len(order) + 0.9))
    if p.judge == "wait" and f.best_wait is not None:
        v.rule("best", x=f.best_wait, role="truth")
    for name, some, ink in (("others", ~chosen, "data"), ("rule", chosen, "model")):
        texts = [f"{x:.4g}" if s else "" for x, s in zip(value[order], some, strict=True)]
        v.bars(name, np.arange(len(order) + 1), np.where(some, value[order], np.nan), ink, horizontal=True, gap=4, texts=texts,
               label=False, solid=name == "rule")
    v.ticks(y=[(n + 0.5, v.words(ranking.policies[k]), "model" if chosen[n] else "ink_soft") for n, k in enumerate(order)])


def draw_ties(v: View, p: Params, shown: Shown) -> None:
    ties = shown.layers.get("ties")
    if ties is None:
        v.bare()
        return
    words = {key: v.words(key) for key in (*CONVENTIONS, *SOURCES, "no_ties", "webdemo_wrong")}
    column, rows = JUDGED.index(p.judge), len(ties.settings)
    value, book = ties.judged[:, column], float(ties.answer[column])
    low, high = float(np.nanmin([*value, book])), float(np.nanmax([*value, book]))
    room = max(high - low, 0.02 * abs(high), 1e-9)
    v.range(x=(low - 0.3 * room, high + 0.9 * room), y=(-max(rows, 3) + 0.4, 0.6))
    v.ticks(y=[(-k, " · ".join(words[key] for key in keys) or words["no_ties"], "model" if k == ties.chosen else "ink_soft")
               for k, keys in enumerate(ties.settings)])
    v.points("outcomes", value, -np.arange(rows), "data", size=9, label=False)
    for k in range(rows):
        v.text(f"outcome_{k}", value[k], -k, f"{value[k]:.4g}", anchor="left", offset=(11, 0))
    v.points("chosen", value[ties.chosen], -ties.chosen, "model", size=12, ring=True, label=False)
    if np.isfinite(book):
        given = bool(np.isclose(value, book, rtol=0, atol=1e-9).any())
        v.rule("printed", x=book, role="truth" if given else "error", word=ties.source if given else f"{ties.source}_wrong")


def draw_slices(v: View, f: Frame, p: Params, shown: Shown) -> None:
    found = shown.layers.get("slices")
    if found is None:
        v.bare()
        return
    value = found.judged[:, JUDGED.index(p.judge)]
    v.range(x=(0.0, float(found.quantum[-1]) * 1.02))
    v.line("by_slice", found.quantum, value, "data", markers=True, label=False)
    v.rule("as_fcfs", y=float(value[-1]), role="bound", word="fcfs")
    if p.judge == "wait" and f.best_wait is not None:
        v.rule("best", y=f.best_wait, role="truth")
    v.handle("slice", min(p.quantum, float(found.quantum[-1])), float(np.interp(p.quantum, found.quantum, value)),
             ("quantum", None), "model")
