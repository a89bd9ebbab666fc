"""A run is proved: its frames, or those of the same run computed once more, are checked by every verifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core import messages as m
from engine.core.address import find
from engine.core.concept import Check
from engine.core.device import resolve
from engine.core.faults import Overtaken, sentence_of
from engine.core.frame import size_of
from engine.core.run import Run, Stepper, up_to
from engine.core.strided import Strided


def checked(concept: str, params: Any, frames: list[Any], give_way: Callable[[], None]) -> tuple[Check, ...]:
    """Every check of these frames; `give_way` is called after each and may raise Overtaken."""
    found: list[Check] = []
    try:
        for verifier in find(concept).verifiers:
            for check in verifier(params, frames):
                found.append(check)
                give_way()
    except Overtaken:
        raise
    except Exception as error:                   # a check that cannot be made is a check that failed
        found.append(broken(error))
    return tuple(found)


def proved(asked: m.Prove, give_way: Callable[[], None]) -> tuple[Check, ...]:
    """The checks of a run that is computed again; `give_way` is called at every frame and check."""
    frames: Strided[Any] = Strided()
    try:
        run = Run(asked.params, resolve(asked.device), on_check=give_way)
        stepper = Stepper(find(asked.concept), asked.params, device=run.device, edits=asked.edits, run=run)
        for frame in up_to(stepper, asked.last):
            frames.add(stepper.index, frame, size_of(frame))
            give_way()
        stepper.close()
    except Overtaken:
        raise
    except Exception as error:
        return (broken(error),)
    return checked(asked.concept, run.params, list(frames.items), give_way)


def broken(error: Exception) -> Check:
    """A check that could not be made, with the reason in its source."""
    return Check("broken", float("nan"), float("nan"), 0.0, sentence_of(error).message)
