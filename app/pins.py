"""Pins: earlier pictures kept as ghosts behind the present one, each named by what sets it apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.differences import briefly
from app.entry import Entry
from app.look import translate
from panels.kit.canvas import Ghost

MOST_PINS = 3


def named(entry: Entry, ghosts: Sequence[Ghost], params: Any, index: int, language: str) -> tuple[Ghost, ...]:
    """The ghosts with names: the parameters that are not those of the present picture, or else their frame."""
    made = []
    for ghost in ghosts:
        others = [params, *(g.params for g in ghosts if g is not ghost)]
        what = briefly(entry, ghost.params, others, language)
        if not what and ghost.shown.index != index:
            what = translate("export.caption.frame", language, index=ghost.shown.index)
        name = translate("window.stage.pinned_as", language, what=what) if what else translate("window.stage.is_pinned", language)
        made.append(replace(ghost, name=name))
    return tuple(made)


def toggled(ghosts: Sequence[Ghost], new: Ghost) -> list[Ghost]:
    """The present picture kept as well, at most so many; where these parameters are pinned already, none at all."""
    if any(ghost.params == new.params for ghost in ghosts):
        return []
    return [*ghosts, new][-MOST_PINS:]
