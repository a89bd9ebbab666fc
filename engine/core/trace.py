"""A trace is what a simulation or a set of real workers did: spans, messages and instants on named rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array


@dataclass(frozen=True)
class Trace:
    """Arrays of one event each, in seconds (or the simulation's own unit, which exports take for 1 ms), replayed up to a time.

    spans: row index, start, end and kind of each block. messages: sender row, receiver row, sent, received, bytes.
    `measured` says that a clock, not a simulation, made the times.
    """

    rows: tuple[str, ...]
    kinds: tuple[str, ...]
    span_row: Array            # (spans,) int
    span_start: Array          # (spans,)
    span_end: Array            # (spans,)
    span_kind: Array           # (spans,) index into kinds
    message_from: Array        # (messages,) row
    message_to: Array          # (messages,) row
    message_sent: Array        # (messages,)
    message_received: Array    # (messages,)
    message_bytes: Array       # (messages,)
    measured: bool = False

    @property
    def end(self) -> float:
        """When the last event ends."""
        ends = [*self.span_end[-1:], *self.message_received[-1:], 0.0]
        if self.span_end.size:
            ends.append(self.span_end.max())
        if self.message_received.size:
            ends.append(self.message_received.max())
        return float(max(ends))

    def moments(self) -> Array:
        """Every time at which something changes, sorted, once each: the frames of a replay."""
        return np.unique(np.concatenate([self.span_start, self.span_end, self.message_sent, self.message_received]))

    def running(self, time: float) -> Array:
        """Indices of the spans that cover the time."""
        return np.flatnonzero((self.span_start <= time) & (time < self.span_end))

    def in_flight(self, time: float) -> Array:
        """Indices of the messages sent but not yet received."""
        return np.flatnonzero((self.message_sent <= time) & (time < self.message_received))


def trace(rows: tuple[str, ...], spans: list[tuple[int, float, float, str]],
          messages: list[tuple[int, int, float, float, int]] | None = None, *, measured: bool = False) -> Trace:
    """A Trace from lists of (row, start, end, kind) and (from, to, sent, received, bytes)."""
    kinds = tuple(dict.fromkeys(s[3] for s in spans))
    sent = messages or []
    return Trace(
        rows, kinds,
        np.array([s[0] for s in spans], np.int64), np.array([s[1] for s in spans], np.float64),
        np.array([s[2] for s in spans], np.float64), np.array([kinds.index(s[3]) for s in spans], np.int64),
        np.array([m[0] for m in sent], np.int64), np.array([m[1] for m in sent], np.int64),
        np.array([m[2] for m in sent], np.float64), np.array([m[3] for m in sent], np.float64),
        np.array([m[4] for m in sent], np.int64), measured,
    )
