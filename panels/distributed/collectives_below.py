"""What stands below: what the collective costs in time or in bytes."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.distributed.collectives import Costs, Frame, Params
from engine.distributed.costs import BUS, best_at, bus_factor
from panels.kit.panel import Shown
from panels.kit.view import View

FACTORS = {"1": "factor_one", "2(n-1)/n": "factor_twice", "(n-1)/n": "factor_part"}


def role(rank: int) -> str:
    """A rank's colour; the one that looks like a fault comes last."""
    return f"series[{(0, 1, 2, 4, 5, 6, 7, 3)[rank % 8]}]"


def short(value: float) -> str:
    """A number of a buffer in at most five characters."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / limit * (10 if unit == 'k' else 1):.3g}{unit}"
    return f"{value:.3g}" if value != int(value) else f"{value:.0f}"


def draw_bytes(v: View, f: Frame, p: Params) -> None:
    """Bytes that each rank sends, over its buffer; the rule is what NCCL's tests count with."""
    w, n = f.world.value, len(f.sent)
    share, now = w.sent / f.buffer, f.sent / f.buffer
    factor = bus_factor(p.primitive, n)
    high = max(float(share.max()), factor or 0.0, 1e-9)
    v.range(x=(-0.6, n - 0.4), y=(0.0, 1.3 * high))
    for r in range(n):
        v.bars(f"all_{r}", [r - 0.36, r + 0.36], [share[r]], "ghost", label=False, pin=False)
        v.bars(f"sent_{r}", [r - 0.36, r + 0.36], [now[r]], role(r), label=False, solid=True)
    for r in range(n):
        if share[r] > 1e-3 and (r == 0 or share[r] != share[r - 1]):
            v.text(f"share_{r}", r, share[r], f"{share[r]:.3g} S", anchor="center bottom", offset=(0, -3), size="tick")
    if factor is not None:
        v.rule("factor", y=factor, role="truth", label=False)
        v.text("factor_name", n - 0.42, factor, role="truth", anchor="right bottom", offset=(0, -18),
               word=FACTORS[BUS[p.primitive]])
    v.ticks(x=[(float(r), str(r), role(r)) for r in range(n)])


def draw_time(v: View, f: Frame, p: Params, shown: Shown) -> None:
    """Time against size: this algorithm and its rivals measured here, the model through them, and where the fastest changes."""
    cost: Costs | None = shown.layers.get("costs")
    if cost is None:
        v.bare()
        return
    alpha, beta = (cost.alpha, cost.beta) if p.model == "fitted" else (1e-6 * p.latency, 1e-9 / p.bandwidth)
    sizes = np.geomspace(1 << 10, 1 << 22, 60)
    lines = [1e3 * np.maximum(d.seconds(sizes, alpha, beta), 1e-9) for d in cost.demands]
    bottom, top = reach(lines, 1e3 * cost.seconds)
    v.range(x=(800.0, 5.2e6), y=(bottom, top), log="xy")
    for name, line in zip(cost.names, lines, strict=False):
        if name != p.algorithm:
            v.line(f"rival_{name}", sizes, line, "ink_faint", width=1.1, dash=(4, 3), word=name, at="end")
            v.points(f"measured_{name}", cost.sizes, 1e3 * cost.seconds[cost.names.index(name)], "ghost", size=5, label=False)
    if p.algorithm != "library":
        at = cost.names.index(p.algorithm)
        v.line("model", sizes, lines[at], "model", word=p.algorithm, at="end")
        v.segments("spread", cost.sizes, 1e3 * cost.seconds[at], cost.sizes, 1e3 * cost.longest[at], "data", width=1.2, alpha=0.5,
                   label=False)
        v.points("measured", cost.sizes, 1e3 * cost.seconds[at], "data", size=8, label=False)
    v.line("library", cost.sizes, 1e3 * cost.seconds[-1], "truth", markers=True, at="end")
    crossings = [size for size, _ in best_at(cost.demands, alpha, beta)[1:] if 1 << 10 < size < 1 << 22]
    for number, size in enumerate(crossings):
        v.rule(f"crossover_{number}", x=size, role="bound", label=False)
    if crossings:
        early = crossings[0] < 1 << 16
        v.text("crossing", crossings[0], bottom, word="crossover", role="ink_soft", offset=(5 if early else -5, -3),
               anchor="left bottom" if early else "right bottom")
    v.ticks(x=[(float(1 << k), t) for k, t in ((10, "1 kB"), (13, "8 kB"), (16, "64 kB"), (19, "512 kB"), (22, "4 MB"))])


def reach(lines: list[Array], measured: Array) -> tuple[float, float]:
    """The ends of the axis of time, to whole powers of ten or their halves."""
    every = np.concatenate([*lines, measured.ravel()])
    return float(every.min()) / 1.6, float(every.max()) * 1.6
