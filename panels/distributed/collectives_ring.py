"""The ranks as cards on a ring: what every buffer holds, the wires, the blocks that are under way, and who waits for whom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.core import Array
from engine.distributed.collectives import Frame, Params, is_stuck
from engine.distributed.collectives_replay import FINE, World
from engine.distributed.schedules import REDUCES
from panels.distributed.collectives_below import role, short
from panels.kit.view import View

WIDE = {2: 1.1, 3: 1.0, 4: 0.95, 5: 0.84, 6: 0.78, 7: 0.7, 8: 0.62}         # of a card, by the number of ranks
HIGH, LOW, FEW = 0.5, 0.42, 5       # height of a card, with numbers and without; ranks up to which there are numbers
ACROSS, UP = 1.24, 0.74             # from the middle to the cards' middles
EDGE = (0.008, 0.016)               # the line around a card
ASIDE = 0.06                        # by which a wire keeps to its own right, so that both directions are seen
REDUCERS: dict[str, Callable[..., Array]] = {"sum": np.sum, "avg": np.mean, "max": np.max, "min": np.min, "product": np.prod}


class Ring:
    """Where the cards stand, and the blocks within them."""

    def __init__(self, n: int) -> None:
        turn = (np.pi if n == 2 else np.pi / 2) - 2 * np.pi * np.arange(n) / n
        corner = 0.35 if n == 8 else 1.0                    # eight stand on a rectangle: three above, two beside, three below
        across, up = (np.sign(part) * np.abs(part.round(12)) ** corner for part in (np.cos(turn), np.sin(turn)))
        self.n, self.x, self.y = n, ACROSS * across, UP * up
        self.half = np.array([WIDE[n] / 2, (HIGH if n <= FEW else LOW) / 2])
        self.step = 0.94 * WIDE[n] / n                      # from block to block
        self.numbered = n <= FEW

    def left(self, rank: Array, block: Array) -> Array:
        """The left edge of blocks."""
        return np.asarray(self.x[rank] - 0.47 * WIDE[self.n] + self.step * (block + 0.06))

    def wire(self, a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
        """From rim to rim of two cards, a little to its own right."""
        way = np.stack([self.x[b] - self.x[a], self.y[b] - self.y[a]])
        out = (self.half[:, None] / np.maximum(np.abs(way), 1e-9)).min(axis=0)          # share of the way inside a card
        aside = ASIDE * np.stack([way[1], -way[0]]) / np.hypot(*way)
        start, end = np.stack([self.x[a], self.y[a]]) + aside, np.stack([self.x[b], self.y[b]]) + aside
        gap = 0.03 / np.hypot(*way)
        return (*(start + (out + gap) * way), *(end - (out + 1.6 * gap) * way))


def draw_ring(v: View, f: Frame, p: Params) -> None:
    """Cards, wires, what is under way, and the end of those who came to none."""
    w, ring = f.world.value, Ring(len(f.holders))
    v.bare()
    v.range(x=(-1.78, 1.78), y=(-1.06, 1.06))
    draw_wires(v, f, w, ring)
    draw_flying(v, f, w, ring)                  # beneath the cards that they leave and reach
    draw_cards(v, f, w, ring)
    draw_blocks(v, f, ring)
    if p.primitive in REDUCES and p.algorithm == "ring" and w.verdict == "done" and ring.n > 2:
        first = [int(np.flatnonzero(w.state_rank == r)[0]) for r in range(ring.n)]
        totals = REDUCERS[p.op](w.values[first], axis=0)
        v.text("together", 0.0, 0.13, role="ink_soft", size="tick", halo=False)
        for b, total in enumerate(totals):
            v.text(f"total_{b}", (b - (ring.n - 1) / 2) * min(0.2, 0.9 / ring.n), -0.06, short(float(total)), "truth", halo=False)


def draw_cards(v: View, f: Frame, w: World, ring: Ring) -> None:
    """A card a rank, with its name and what it has sent so far, in buffers S."""
    lost = (w.ended > FINE) & (w.ended_at <= f.time)
    x, y, (hw, hh) = ring.x, ring.y, ring.half
    rims = ["error" if gone else "line" for gone in lost]
    v.spans("rims", y, x - hw, x + hw, roles=rims, height=2 * hh, pin=False)
    v.spans("cards", y, x - hw + EDGE[0], x + hw - EDGE[0], "surface_raised", height=2 * (hh - EDGE[1]), pin=False)
    for r in range(ring.n):
        v.text(f"name_{r}", x[r] - 0.92 * hw, y[r] + 0.66 * hh, f"{v.words('rank')} {r}", role(r), anchor="left", halo=False)
        if ring.n <= 6:
            v.text(f"sent_{r}", x[r] + 0.92 * hw, y[r] + 0.66 * hh, f"{f.sent[r] / f.buffer:.3g} S", "ink_soft", anchor="right",
                   size="tick", halo=False)
    if lost.any():
        v.points("lost", x[lost], y[lost], "error", size=22, marker="cross", label=False)


def draw_blocks(v: View, f: Frame, ring: Ring) -> None:
    """In each block the colours of all whose contributions it holds, and one of its numbers."""
    n = ring.n
    rank, block = np.divmod(np.arange(n * n), n)
    left, wide, bits = ring.left(rank, block), 0.88 * ring.step, f.holders.ravel()
    up = ring.y[rank] + (0.0 if ring.numbered else -0.06)
    high = 0.15 if ring.numbered else 0.18
    v.spans("empty", up, left, left + wide, "grid", height=high, pin=False)
    stripes(v, "held", up, left, np.full(n * n, wide), bits, high, n)
    for cell in np.flatnonzero(bits) if ring.numbered else ():
        v.text(f"value_{cell}", left[cell] + wide / 2, up[cell] - 0.16, short(float(f.values.ravel()[cell])), "ink_soft",
               size="tick", halo=False)


def stripes(v: View, name: str, row: Array, left: Array, wide: Array, bits: Array, high: float, n: int) -> None:
    """Blocks in the colours of the ranks whose contributions are in them."""
    count = np.array([int(b).bit_count() for b in bits])
    for r in range(n):
        has = np.flatnonzero(bits >> r & 1)
        if len(has):
            before = np.array([(int(b) & ((1 << r) - 1)).bit_count() for b in bits[has]])
            start = left[has] + wide[has] * before / count[has]
            v.spans(f"{name}_{r}", row[has], start, start + wide[has] / count[has], role(r), height=high)


def draw_wires(v: View, f: Frame, w: World, ring: Ring) -> None:
    """Wires that carried something, or will; and an arrow from each rank that is stuck to the one it waits for."""
    t = w.trace
    pairs = np.unique(np.stack([t.message_from, t.message_to], axis=1), axis=0) if len(t.message_from) else np.zeros((0, 2), int)
    for a in range(ring.n):
        peers = pairs[pairs[:, 0] == a, 1]
        used = np.isin(peers, t.message_to[(t.message_from == a) & (t.message_sent <= f.time)])
        for name, some, alpha in (("wire", ~used, 0.25), ("used", used, 0.8)):
            if some.any():
                v.arrow(f"{name}_{a}", *ring.wire(np.full(some.sum(), a), peers[some]), role(a), width=1.5, head=8.0,
                        alpha=alpha, label=False)
    stuck = np.flatnonzero(is_stuck(w, f.time) & (w.waits_for >= 0))
    if len(stuck):
        v.arrow("waits", *ring.wire(stuck, w.waits_for[stuck]), "error", width=3.2, head=12.0, label=False)


def draw_flying(v: View, f: Frame, w: World, ring: Ring) -> None:
    """The blocks that have left and not yet come, as they were when they left."""
    t = w.trace
    flying = np.flatnonzero((t.message_sent <= f.time) & (t.message_received > f.time) & (w.blocks > 0))
    if not len(flying):
        return
    x0, y0, x1, y1 = ring.wire(t.message_from[flying], t.message_to[flying])
    share = (f.time - t.message_sent[flying]) / (t.message_received[flying] - t.message_sent[flying])
    x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
    count, high = np.minimum([int(b).bit_count() for b in w.blocks[flying]], 4), 0.13
    wide = min(0.16, 0.88 * ring.step) / np.sqrt(count)             # of a block
    half = count * wide / 2
    v.spans("parcels", y, x - half - 0.014, x + half + 0.014, "accent", height=high + 0.05, pin=False)
    v.spans("paper", y, x - half - 0.007, x + half + 0.007, "surface_raised", height=high + 0.025, pin=False)
    rows, lefts, wides, bits = [], [], [], []
    for k, m in enumerate(flying):
        blocks = [b for b in range(ring.n) if int(w.blocks[m]) >> b & 1][:4]
        for place, b in enumerate(blocks):
            rows.append(y[k])
            lefts.append(x[k] - half[k] + wide[k] * place)
            wides.append(0.92 * wide[k])
            bits.append(held_at(w, int(t.message_from[m]), float(t.message_sent[m]))[b])
    stripes(v, "carried", np.array(rows), np.array(lefts), np.array(wides), np.array(bits), high, ring.n)


def held_at(w: World, rank: int, time: float) -> Array:
    """(n,) bits of the ranks whose contributions each block of a rank held at a time."""
    own = np.flatnonzero(w.state_rank == rank)
    return np.asarray(w.holders[own[max(0, int(np.searchsorted(w.state_time[own], time, side="right")) - 1)]])
