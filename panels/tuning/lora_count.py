"""Counting: every line from a published shape to the bytes of tuning it, shares by rank, and memory as bars."""

from __future__ import annotations

import numpy as np

from engine.models.adapters import PARTS
from engine.tuning import lora_view as seen
from engine.tuning.lora import Params
from engine.tuning.sizes import FROZEN_BYTES, MODELS, TRAINED, Sizes, bill
from panels.kit.canvas import Canvas
from panels.kit.view import View

ROLES = {"decoder": "ink", "adapters": "model", "part": "model", "full_memory": "data", "lora_memory": "model",
         "file": "model"}
SHOWN = {"7b": "7B", "13b": "13B", "70b": "70B"}
CARD = 80.0                         # GB of a large card
DASHES: dict[str, tuple[float, ...]] = {"only_qv": (3, 3), "all_seven": (3, 3), "these": ()}
RANKS = 2.0 ** np.arange(7)


def draw_count(c: Canvas, p: Params) -> None:
    draw_arithmetic(c["arithmetic"], p)
    draw_shares(c["shares"], p)
    draw_memory(c["memory"], p)


def draw_arithmetic(v: View, p: Params) -> None:
    """A name, how the number comes about, the number."""
    lines = seen.arithmetic(p)
    v.bare()
    v.range(x=(0, 1), y=(-len(lines) + 0.4, 0.6))
    for row, line in enumerate(lines):
        role = ROLES.get(line.name, "ink_soft")
        v.text(line.name, 0.0, -row, role=role, anchor="left", halo=False)
        if line.how:
            v.text(f"{line.name}_how", 0.29, -row, line.how, "ink_soft", anchor="left", halo=False, size="tick")
        v.text(f"{line.name}_result", 1.0, -row, line.result, role, anchor="right", halo=False)


def draw_shares(v: View, p: Params) -> None:
    """The adapters' share of all numbers, by rank."""
    s = MODELS[p.big]
    sets = {"only_qv": ("q", "v"), "all_seven": tuple(PARTS), "these": p.targets.names}
    shares = {name: np.array([100 * bill(s, targets, int(r)).share for r in RANKS]) for name, targets in sets.items()}
    both = np.concatenate(list(shares.values()))
    v.range(x=(0.9, 71), y=(0.6 * float(both.min()), 1.7 * float(both.max())), log="xy")
    v.ticks([(r, str(int(r))) for r in RANKS])
    for name, role in (("only_qv", "ink_soft"), ("all_seven", "ink_soft"), ("these", "model")):
        v.line(name, RANKS, shares[name], role, dash=DASHES[name], label=None if DASHES[name] else False)
    v.points("here", p.rank, 100 * bill(s, p.targets.names, p.rank).share, "model", size=10, ring=True, label=False)


def draw_memory(v: View, p: Params) -> None:
    """Bytes of weights, gradients and Adam: full tuning and LoRA, of three sizes."""
    sizes = {**SHOWN} if p.big in SHOWN else {**SHOWN, p.big: ""}
    rows = [(name, full) for name in sizes for full in (True, False)]
    most = max(bill(MODELS[name], p.targets.names, p.rank).full_bytes for name in sizes) / 1e9
    v.range(x=(0, 1.12 * most), y=(len(rows) - 0.4, -1.0))
    v.ticks(y=[(2 * n + 0.5, v.words(f"size_{name}"), "accent" if name == p.big else "ink_soft") for n, name in enumerate(sizes)])
    for row, (name, full) in enumerate(rows):
        draw_bar(v, f"{name}_{row}", row + (0.08 if full else -0.08), MODELS[name], p, full)
    v.image("sizes", np.full((len(sizes), 1), np.nan), x=(0, 1.12 * most), y=(-0.5, len(rows) - 0.5))
    v.pick("sizes", ("big", None), rows=list(sizes))
    v.rule("card", x=CARD, role="accent")
    for number, (part, _) in enumerate(TRAINED):
        v.text(f"part_{part}", most * (0.36 + 0.155 * number), -0.62, role=f"series[{number}]", word=part, anchor="left",
               halo=False, size="tick")


def draw_bar(v: View, name: str, row: float, s: Sizes, p: Params, full: bool) -> None:
    """One bar, part by part."""
    b, start = bill(s, p.targets.names, p.rank, p.dora), 0.0
    for number, (part, count) in enumerate(TRAINED):
        size = count * (b.total if full else b.trainable) + (FROZEN_BYTES * b.total if not full and number == 0 else 0)
        v.bars(f"{name}_{part}", [row - 0.36, row + 0.36], [start + size / 1e9], f"series[{number}]", base=start, horizontal=True,
               label=False, solid=True, gap=0)
        start += size / 1e9
    v.text(f"{name}_sum", start, row, seen.gigabytes(1e9 * start), "data" if full else "model", anchor="left", offset=(6, 0),
           size="tick")
