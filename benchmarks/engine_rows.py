"""Rows of the engine: draws of the central limit theorem against the bare sampler, and frames across the pipe."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import islice

import numpy as np

from benchmarks.row import Benchmark

Pair = tuple[Callable[[], object], Callable[[], object]]
FRAMES, AVERAGES, N = 5, 20_000, 30


def clt_draws(population: str, sample: Callable[[np.random.Generator, tuple[int, int]], object]) -> Callable[[], Pair]:
    """A CLT run, histogram and distance included, against drawing the same numbers and nothing else."""

    def prepare() -> Pair:
        from engine.core import iterate
        from engine.mathematics.clt import Params, clt
        from engine.mathematics.clt_by_n import DRAWS_AT_ONCE

        params = Params(population=population, n=N, averages=AVERAGES)  # type: ignore[arg-type]
        batch = DRAWS_AT_ONCE // N

        def ours() -> object:
            return list(islice(iterate(clt, params), FRAMES))

        def floor() -> object:
            rng = np.random.default_rng(7)
            for _ in range(FRAMES):
                left = AVERAGES
                while left:
                    now = min(batch, left)
                    sample(rng, (now, N))
                    left -= now
            return None

        return ours, floor

    return prepare


def frame_across(part: str) -> Callable[[], Pair]:
    """One CLT frame written to, or read from, the pipe's bytes, against pickle alone."""

    def prepare() -> Pair:
        from engine.core import iterate
        from engine.core.wire import Decoder, Encoder
        from engine.mathematics.clt import Params, clt

        frame = list(islice(iterate(clt, Params()), 3))[-1]
        encoder, decoder = Encoder(), Decoder()
        first = encoder.dumps(frame)                    # carries what is Shared; the later frames name it only
        decoder.loads(first)
        again, plain = encoder.dumps(frame), pickle.dumps(frame, protocol=5)
        if part == "encode":
            return lambda: encoder.dumps(frame), lambda: pickle.dumps(frame, protocol=5)
        return lambda: decoder.loads(again), lambda: pickle.loads(plain)

    return prepare


ROWS = (
    Benchmark("clt.draws.exponential", clt_draws("exponential", lambda rng, shape: rng.standard_exponential(shape)),
              1 / 0.6, "draws at 0.6 of the bare sampler's speed or faster, histogram included"),
    Benchmark("clt.draws.arcsine", clt_draws("arcsine", lambda rng, shape: rng.beta(0.5, 0.5, shape)),
              1 / 0.6, "the same for a slower sampler"),
    Benchmark("frame.encode", frame_across("encode"), 1.5, "a frame as bytes, against pickle without sharing"),
    Benchmark("frame.decode", frame_across("decode"), 2.0, "bytes as a frame with read-only arrays, against pickle"),
)
