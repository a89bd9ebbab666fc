"""`run`: frames as data, with no Qt and no other process."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.request import Request, request, whole
from engine.core.faults import BadInput
from engine.core.report import dump, run_report
from engine.core.run import Run, Stepper, up_to


def run(arguments: argparse.Namespace) -> int:
    wanted = request(arguments)
    last = whole("frame", arguments.frame, 0)
    count = whole("frames", arguments.frames, 1)
    every = whole("every", arguments.every, 1) or 1
    if last is not None and count is not None:
        raise BadInput("give --frame or --frames, not both", "frame_or_frames")
    kept, done = collect(wanted, last if count is None else count - 1, None if count is None else every)
    if not kept:
        raise BadInput(f"frame={last}: {wanted.entry.id} yields no frame", "no_frame")
    if last is not None and kept[-1][0] != last:
        raise BadInput(f"frame={last}: the run ends at frame {kept[-1][0]}", "no_such_frame", value=last, last=kept[-1][0])
    print(dump(run_report(wanted.concept, wanted.params, kept, done, with_arrays=arguments.arrays)))
    return 0


def collect(wanted: Request, last: int | None, every: int | None) -> tuple[list[tuple[int, Any]], Run]:
    """Frames up to index `last` (else to the rest frame): the last one, or with `every` each that many-th."""
    stepper = Stepper(wanted.concept, wanted.params, device=wanted.device, edits=wanted.edits)
    kept: list[tuple[int, Any]] = []
    try:
        for frame in up_to(stepper, wanted.concept.rest if last is None else last):
            if every is None:
                kept = [(stepper.index, frame)]
            elif stepper.index % every == 0:
                kept.append((stepper.index, frame))
    finally:
        stepper.close()
    return kept, stepper.run
