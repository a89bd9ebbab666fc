"""A panel is a function from one frame to a picture; `@panel` ties it to its concept and its layout."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.core.concept import Concept
from engine.core.faults import Failed
from engine.core.frame import Array

if TYPE_CHECKING:
    from panels.kit.canvas import Canvas

Draw = Callable[["Canvas", Any, Any, "Shown"], None]


@dataclass(frozen=True)
class Shown:
    """What a picture may read besides its frame and parameters: the recording it stands in, and the layers so far."""

    history: Mapping[str, Array] = field(default_factory=dict)      # every metric over the run, past and future
    index: int = 0
    layers: Mapping[str, Any] = field(default_factory=dict)         # the latest frame of each companion computation
    picked: tuple[str, int, int] | None = None                      # mark and cell under the pointer; None in exports


@dataclass(frozen=True)
class Panel:
    """A concept's picture: its draw function and how its views are laid out."""

    concept: Concept
    draw: Draw
    layout: str | Callable[[Any], str]

    def layout_for(self, params: Any) -> str:
        """The mosaic for these parameters, e.g. '3| means / 2| distance quantiles'."""
        return self.layout(params) if callable(self.layout) else self.layout


PANELS: dict[str, Panel] = {}


def panel(concept: Concept, layout: str | Callable[[Any], str]) -> Callable[[Draw], Draw]:
    """Decorator: this function draws the concept's frames in views laid out so."""

    def keep(draw: Draw) -> Draw:
        PANELS[concept.id] = Panel(concept, draw, layout)
        return draw

    return keep


def load_panel(concept_id: str) -> Panel:
    """The panel of a concept, imported from panels/<chapter>/<id>.py."""
    if concept_id not in PANELS:
        try:
            importlib.import_module(f"panels.{concept_id}")
        except ModuleNotFoundError as fault:
            if fault.name and not fault.name.startswith("panels."):
                raise
            raise Failed(f"{concept_id}: has no picture yet; write panels/{concept_id.replace('.', '/')}.py",
                         "no_panel", id=concept_id) from fault
    return PANELS[concept_id]
