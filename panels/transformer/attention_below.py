"""What lies below the weights: the query's row as bars, the next tokens, vectors, ablations, widths, and histories."""

from __future__ import annotations

import numpy as np

from engine.transformer.attention import Params
from engine.transformer.attention_ablation import Ablation
from engine.transformer.attention_readings import HEATS, SINK, Frame, Pass
from engine.transformer.attention_widths import Widths
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown
from panels.kit.view import View


def draw(c: Canvas, f: Frame, p: Params, shown: Shown, query: int) -> None:
    """The views below, by mode and choice."""
    s = f.seen.value
    draw_reads(c["reads"], f, p, query)
    if p.mode == "train":
        draw_learning(c["learning"], shown, f.step, p)
    elif p.mode == "translate":
        draw_next(c["choices"], s)
        draw_vectors(c["matching"], s)
    elif p.mode == "generate":
        draw_next(c["next"], s)
        draw_sink(c["sink"], s, p)
    elif p.below == "next":
        draw_next(c["next"], s)
    elif p.below == "vectors":
        draw_vectors(c["vectors"], s)
    elif p.below == "ablation":
        draw_ablation(c["ablation"], shown.layers.get("ablation"), p)
    elif p.below == "heat":
        draw_heat(c["heat"], f, p)
    else:
        draw_widths(c["widths"], shown.layers.get("widths"), p)
        draw_variance(c["variance"], shown.layers.get("widths"), p)


def draw_reads(v: View, f: Frame, p: Params, query: int) -> None:
    """The query's row as bars."""
    s, n = f.seen.value, len(f.seen.value.columns)
    key = min(p.key, n - 1)
    v.range(x=(-0.6, n - 0.4), y=(0.0, 1.08))
    v.ticks(x=[(float(i), t) for i, t in enumerate(s.columns)], y=[(0.0, "0"), (0.5, "0.5"), (1.0, "1")])
    itself = query if s.columns == s.tokens else -1
    roles = ["data" if i == key else "model" if i == itself else "ink_soft" for i in range(n)]
    v.bars("row_shares", np.arange(n + 1) - 0.5, s.shares[query], roles=roles, label=False, gap=3)
    v.text("share", key, float(s.shares[query, key]), f"{s.shares[query, key]:.2f}", "truth", anchor="bottom", offset=(0, -3))


def draw_next(v: View, s: Pass) -> None:
    """The likeliest next tokens."""
    count = len(s.likely)
    v.bare()
    v.range(x=(-0.28, 1.3), y=(-count + 0.4, 0.6))
    for row, (token, chance) in enumerate(zip(s.likely, s.chances, strict=True)):
        v.text(f"next_{row}", -0.03, -row, token, "ink" if row == 0 else "ink_soft", anchor="right", halo=False)
        v.bars(f"chance_{row}", [-row - 0.3, -row + 0.3], [chance], "truth", horizontal=True, label=False, solid=True,
               texts=[f"{chance:.3f}"])


def draw_vectors(v: View, s: Pass) -> None:
    """How the score of query and key comes about, number by number, and in a decoder what is mixed."""
    names, rows = zip(*s.products, strict=True)
    kept = np.stack(rows)
    most = float(max(np.abs(row).max() for name, row in s.products if "×" not in name)) or 1.0
    v.matrix("numbers", kept, map="diverging", limits=(-most, most), numbers=".1f", rows=names)
    v.range(x=(-0.5, kept.shape[1] - 0.5), y=(-0.5, len(kept) - 0.5), flip_y=True)


def draw_ablation(v: View, found: Ablation | None, p: Params) -> None:
    if found is None or found.done == 0:
        v.bare()
        return
    layers, heads = found.harm.shape
    done = np.arange(layers * heads).reshape(layers, heads) < found.done * layers * heads
    names = [str(n + 1) for n in range(max(layers, heads))]
    v.matrix("harm", found.harm, map="diverging", numbers=".2f", mask=done, rows=names[:layers], columns=names[:heads],
             outline=[(*p.at(layers, heads), "accent")])


WAYS = (("divided", "truth"), ("plain", "error"), ("as_set", "highlight"))      # by sqrt(d), by 1, by the chosen c


def draw_heat(v: View, f: Frame, p: Params) -> None:
    """What the query's row would be at other temperatures; the ring can be dragged to one."""
    bits, slope = f.seen.value.by_heat
    most = max(1.0, 1.12 * f.most_entropy)
    v.range(x=(float(HEATS[0]), float(HEATS[-1])), y=(0.0, most), log="x")
    v.line("row_entropy", HEATS, bits, "model")
    v.line("row_gradient", HEATS, most / 0.75 * slope, "truth", dash=(2, 3))
    if p.scaled:
        v.rule("no_root", x=float(f.head_size) ** -0.5, role="error")
    v.rule("trained_at", x=1.0 if p.scaled else float(f.head_size) ** 0.5, role="ink_soft")
    v.handle("heat_now", p.heat, f.entropy, ("heat", None), "accent", label=False)


def draw_widths(v: View, found: Widths | None, p: Params) -> None:
    """Entropy and gradient of softmax over random keys, as they grow wider."""
    if found is None or not len(found.width):
        v.bare()
        return
    v.range(x=(1, float(found.width[-1])), y=(0, 5.4), log="x")
    for row, (name, role) in enumerate(WAYS):
        if name != "as_set" or p.heat != 1.0:
            v.line(name, found.width, found.entropy[row], role)
            v.line(f"{name}_gradient", found.width, 10 * found.gradient[row], role, dash=(2, 3), width=1.4, label=False)


def draw_variance(v: View, found: Widths | None, p: Params) -> None:
    """The variance of what softmax gets: measured, on the line that theory draws."""
    if found is None or not len(found.width):
        v.bare()
        return
    v.range(x=(1, float(found.width[-1])), y=(0.002, 4000), log="xy")
    for row, (name, role) in enumerate(WAYS):
        if name != "as_set" or p.heat != 1.0:
            v.line(f"theory_{name}", found.width, found.theory[row], role, width=1.2, dash=(2, 3), label=False)
            v.points(f"variance_{name}", found.width, found.variance[row], role, size=5)


def draw_sink(v: View, s: Pass, p: Params) -> None:
    """How much of each token's weight lies on the first two: by this head, and by all."""
    n, shares = len(s.tokens), s.weights[..., :SINK].sum(axis=-1)
    v.range(x=(0, max(n - 1, 1)), y=(0, 1.05))
    v.ticks(x=[(float(i), token) for i, token in enumerate(s.tokens)], y=[(0.0, "0"), (0.5, "0.5"), (1.0, "1")])
    v.line("all_sink", np.arange(n), shares.mean(axis=(0, 1)), "ink_soft")
    v.line("one_sink", np.arange(n), shares[p.at(*s.kinds.shape)], "model", markers=n < 30)


def draw_learning(v: View, shown: Shown, step: int, p: Params) -> None:
    """Words copied rightly and the best induction head, over the training so far and to come."""
    steps = shown.history.get("step", np.zeros(1))
    v.range(x=(0, p.train_steps), y=(0, 1.05))
    for name, role in (("copied", "truth"), ("induction", "model")):
        values = shown.history.get(name, np.zeros(len(steps)))
        v.line(f"{name}_line", steps, values, role, word=name, future_from=float(step))
    v.rule("now", x=step, role="accent", label=False)
