"""What stands beside LoRA's losses: loss by rank, directions, lengths of all changes, swapped adapters, merging."""

from __future__ import annotations

import numpy as np

from engine.core import Array
from engine.models.adapters import PARTS, PRECISIONS
from engine.tuning.lora import Frame, Params
from engine.tuning.lora_sweeps import RANKS, SCALINGS, Ranks, Swap
from engine.tuning.texts import TASKS
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown
from panels.kit.view import View

ROLES = {"lora": "model", "rslora": "highlight"}
NONE = 1e-17                        # where a gap of exactly nothing stands
TEXTS = ("first", *TASKS)


def draw_beside(c: Canvas, f: Frame, p: Params, shown: Shown) -> None:
    """The view that was chosen."""
    if p.beside == "ranks":
        draw_ranks(c["ranks"], f, p, shown.layers.get("ranks"))
        draw_forgetting(c["forgetting"], f, p, shown.layers.get("ranks"))
    elif p.beside == "subspace":
        draw_subspace(c["subspace"], f)
    elif p.beside == "grown":
        draw_grown(c["grown"], f, p)
    elif p.beside == "swap":
        draw_swap(c["swap"], p, shown.layers.get("swap"))
    else:
        draw_merge(c["merge"], f)


def draw_ranks(v: View, f: Frame, p: Params, found: Ranks | None) -> None:
    """Held-out loss by rank: seeds as points, their range as a band; full tuning, and its change cut to rank r."""
    v.ticks([(float(r), str(r)) for r in RANKS])
    tops = [f.loss or 0.0, f.full_loss or 0.0]
    if found is not None:
        known = np.concatenate([found.second.ravel(), found.cut])
        tops += [float(np.nanmax(known))] if np.isfinite(known).any() else []
    v.range(x=(0.84, 76), y=(0.9 * (f.full_loss or 0.0), 1.05 * max(tops)), log="x")
    v.rule("full_level", y=f.full_loss, role="data")
    v.points("this_run", p.rank, f.loss, "accent", size=12, marker="ring", label=False)
    if found is None:
        return
    v.line("cut_curve", np.array(RANKS, float), found.cut, "data", dash=(6, 4))
    for scaling, losses in zip(SCALINGS, found.second, strict=True):
        draw_seeds(v, scaling, losses)


def draw_forgetting(v: View, f: Frame, p: Params, found: Ranks | None) -> None:
    """The first task's loss by rank, while the adapters are in; and with them taken out."""
    v.ticks([(float(r), str(r)) for r in RANKS])
    tops = [f.first or 0.0, f.full_first or 0.0]
    if found is not None and np.isfinite(found.first).any():
        tops.append(float(np.nanmax(found.first)))
    v.range(x=(0.84, 76), y=(0, 1.08 * max(tops)), log="x")
    v.rule("full_old", y=f.full_first, role="data")
    v.rule("taken_out", y=f.kept, role="truth")
    v.points("this_old", p.rank, f.first, "accent", size=12, marker="ring", label=False)
    for scaling, losses in zip(SCALINGS, () if found is None else found.first, strict=False):
        draw_seeds(v, scaling, losses)


def draw_seeds(v: View, name: str, losses: Array) -> None:
    """One scaling: the median line, the range, every seed."""
    there = np.isfinite(losses).any(axis=0)
    if not there.any():
        return
    rank, kept = np.array(RANKS, float)[there], losses[:, there]
    v.band(f"{name}_range", rank, np.nanmin(kept, axis=0), np.nanmax(kept, axis=0), ROLES[name], alpha=0.2, label=False)
    v.line(f"{name}_median", rank, np.nanmedian(kept, axis=0), ROLES[name], width=2)
    seeds = np.isfinite(kept)
    v.points(f"{name}_seeds", np.broadcast_to(rank, kept.shape)[seeds], kept[seeds], ROLES[name], size=4, label=False)


def draw_subspace(v: View, f: Frame) -> None:
    """phi(i, j): how much of LoRA's first i directions lies in full tuning's first j."""
    n = len(f.overlap)
    names = [str(k + 1) for k in range(n)]
    v.matrix("phi", f.overlap, limits=(0.0, 1.0), numbers=".2f", rows=names, columns=names)


def draw_grown(v: View, f: Frame, p: Params) -> None:
    """Length of every matrix's change over its own: the layers of LoRA left, those of full tuning right."""
    parts, layers = f.grown.shape[1:]
    values = np.concatenate(list(f.grown), axis=1)
    names = [str(n + 1) for n in range(layers)]
    v.matrix("lengths", values, limits=(0.0, float(values.max()) or 1.0), numbers=".2f", mask=values > 0, rows=list(PARTS),
             columns=names * 2, outline=[(list(PARTS).index(p.matrix), p.layer - 1, "accent")])
    v.pick("lengths", ("matrix", "layer"), rows=list(PARTS), columns=[*range(1, layers + 1)] * 2)
    v.range(x=(-0.5, 2 * layers - 0.5), y=(-1.5, parts - 0.5), equal=True, flip_y=True)
    v.line("between", [layers - 0.5] * 2, [-0.5, parts - 0.5], "ink", width=2, dash=(), label=False)
    for number, (name, role) in enumerate((("grown_lora", "model"), ("grown_full", "data"))):
        v.text(f"{name}_word", (number + 0.5) * layers - 0.5, -1.0, role=role, halo=False)


def draw_swap(v: View, p: Params, found: Swap | None) -> None:
    """Losses of every text (rows) with every adapter (columns); its own is framed."""
    size = len(TEXTS)
    values = np.full((size, size), np.nan) if found is None else found.losses
    rows = [v.words(f"text_{name}") for name in TEXTS]
    columns = [v.words("no_adapter"), *(v.words(f"adapter_{name}") for name in TASKS)]
    v.matrix("swapped", np.nan_to_num(values), numbers=".1f", mask=np.isfinite(values), rows=rows, columns=columns,
             outline=[(n, n, "accent") for n in range(size)])
    v.pick("swapped", (None, "task"), columns=[None, *TASKS])


def draw_merge(v: View, f: Frame) -> None:
    """What merging changes in the logits, and what taking out again leaves in W."""
    v.range(x=(NONE / 4, 30.0), y=(len(PRECISIONS) - 0.3, -0.9), log="x")
    v.ticks(y=[(float(n), name) for n, name in enumerate(PRECISIONS)])
    for row, (name, role) in enumerate((("logit_gap", "model"), ("weight_gap", "error"))):
        y = np.arange(len(PRECISIONS)) + (0.16 if row else -0.16)
        gaps = np.maximum(f.gaps[row], NONE)
        v.segments(f"{name}_bar", NONE, y, gaps, y, role, width=8, alpha=0.35, label=False)
        v.points(name, gaps, y, role, size=9)
