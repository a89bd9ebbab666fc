"""Undo, redo, and the values that an animation passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from app.animation import PERIOD, Animation
from app.changes import MOST, Changes
from engine.core import Range
from engine.core.params import coerce, parameter


@dataclass(frozen=True)
class Params:
    n: Annotated[int, Range(1, 1000, log=True)] = 30
    level: Annotated[float, Range(-1, 1, step=0.25)] = 0.0
    kind: Literal["a", "b", "c"] = "b"
    on: bool = False


def test_a_new_change_forgets_what_was_undone() -> None:
    changes = Changes()
    changes.note(1, final=True)
    changes.note(2, final=True)
    assert changes.undo(3) == 2
    assert changes.can_redo
    changes.note(2, final=True)
    assert not changes.can_redo
    assert changes.redo(9) is None
    assert changes.undo(9) == 2


def test_history_is_bounded() -> None:
    changes = Changes()
    for number in range(5 * MOST):
        changes.note(number, final=True)
    undone = 0
    while changes.undo(0) is not None:
        undone += 1
    assert undone == MOST


@pytest.mark.parametrize("name", ["n", "level", "kind", "on"])
def test_an_animation_goes_over_the_whole_range_from_where_it_stands(name: str) -> None:
    spec = parameter(Params, name)
    animation = Animation(spec, spec.default)
    values = [animation.value(100.0 + PERIOD * step / 400) for step in range(401)]
    assert values[0] == spec.default
    assert values[-1] == spec.default
    assert all(coerce(spec, value) == value for value in values)
    ends = {"n": (1, 960), "level": (-1.0, 1.0), "kind": ("a", "c"), "on": (False, True)}[name]
    assert min(values) == ends[0]
    assert max(values) >= ends[1]


def test_a_paused_animation_stands_still() -> None:
    animation = Animation(parameter(Params, "level"), 0.0)
    animation.value(0.0)
    animation.pause()
    assert animation.value(1000.0) == 0.0
