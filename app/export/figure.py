"""A figure is what an export writes: a concept's recorded frames with the parameters, layers and look to draw them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.entry import Entry
from app.export.caption import caption_of
from app.export.size import Size, parse_size
from app.provenance import Provenance, Zoom, provenance_of
from app.recording import Recorded, Recording
from engine.core.concept import Concept
from engine.core.faults import BadInput
from engine.core.params import build, plain, schema
from engine.core.run import Edit, Run, Stepper, up_to

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

    from panels.kit.canvas import Canvas, Ghost

MARGIN, CAPTION_HEIGHT = 14.0, 26.0         # design pixels


@dataclass(frozen=True, eq=False)
class Figure:
    """Everything needed to write one concept's picture, clip, data or script; the window makes it of what it shows."""

    entry: Entry
    concept: Concept
    params: Any
    recording: Recording
    index: int
    layers: dict[str, Any] = field(default_factory=dict)
    size: Size = field(default_factory=lambda: parse_size(None))
    theme: str = "print"
    language: str = "en"
    device: str = "cpu"
    edits: tuple[Edit, ...] = ()
    zoom: Zoom = field(default_factory=dict)
    ghosts: tuple[Ghost, ...] = ()
    caption: bool = False

    def provenance(self) -> Provenance:
        """What makes this figure again."""
        edits = tuple(e for e in self.edits if e[0] <= self.index)
        pins = tuple(replace(ghost.source, view={}).beside() for ghost in self.ghosts if ghost.source is not None)
        return provenance_of(self.concept.id, self.start_params(), edits=edits, index=self.index, view=self.zoom,
                             device=self.device, language=self.language, theme=self.theme, pins=pins)

    def start_params(self) -> Any:
        """The parameters that the run began with: where it was edited live, the picture's own are later ones."""
        return self.shown_params(self.recording.at(0)) if self.edits else self.params

    def recorded(self) -> Recorded:
        """The frame of the picture."""
        return self.recording.at(self.recording.position_of(self.index))

    def indices(self) -> list[int]:
        """The frames of a clip."""
        return [kept.index for kept in self.recording.all()]

    def at(self, index: int) -> Figure:
        """The same figure at another frame."""
        return replace(self, index=index)

    def with_layers(self) -> Figure:
        """The same figure with every layer that is not there yet computed to its end."""
        missing = [name for name in self.concept.layers if name not in self.layers]
        found = {name: frame for name in missing if (frame := last_of_layer(self, name)) is not None}
        return replace(self, layers={**self.layers, **found}) if found else self

    def drawn(self) -> Canvas:
        """A canvas with the picture's scene."""
        from app.pins import named
        from panels.kit.canvas import Canvas
        from panels.kit.panel import Shown, load_panel
        from panels.kit.theme import theme

        kept = self.recorded()
        canvas = Canvas(theme(self.theme), self.language, self.entry.words, self.entry.format_value)  # type: ignore[arg-type]
        canvas.zoom = dict(self.zoom)
        shown, params = Shown(self.recording.history(), kept.index, self.layers), self.shown_params(kept)
        ghosts = named(self.entry, self.ghosts, params, kept.index, self.language) if self.ghosts else ()
        canvas.draw(load_panel(self.concept.id), kept.frame, params, shown, ghosts)
        return canvas

    def shown_params(self, kept: Recorded) -> Any:
        """The parameters that made a frame, with the picture's own View() parameters."""
        names = {p.name for p in schema(self.concept.Params) if p.effect == "view"}
        views = {name: value for name, value in plain(self.params).items() if name in names}
        return build(self.concept.Params, views, kept.params, settle=True)

    def paint(self, painter: QPainter, rect: QRectF) -> Canvas:
        """Paint the picture, and its caption if asked for, in design pixels; returns the canvas that was painted."""
        from panels.kit.theme import theme

        painter.fillRect(rect, theme(self.theme).color("surface"))
        inner = rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        canvas = self.drawn()
        if self.caption:
            from panels.kit.paper import Paper

            paper = Paper(painter, theme(self.theme), self.language, 1.0)  # type: ignore[arg-type]
            words = caption_of(self.entry, self.concept, self.recorded(), self.language)
            paper.text(inner.left(), inner.bottom(), paper.elided(words, inner.width(), "tick"), "ink_soft",
                       anchor="left bottom")
            inner.setBottom(inner.bottom() - CAPTION_HEIGHT)
        canvas.paint(painter, inner, 1.0)
        return canvas


def compute(entry: Entry, concept: Concept, params: Any, *, device: str = "cpu", edits: tuple[Edit, ...] = (),
            last: int | None = None, **look: Any) -> Figure:
    """The figure of a run computed here, up to frame `last`, else to the rest frame or the run's end."""
    stepper = Stepper(concept, params, device=device, edits=edits)
    recording = Recording()
    try:
        for frame in up_to(stepper, concept.rest if last is None else last):
            recording.add(stepper.index, frame, stepper.run.params)
    finally:
        stepper.close()
    if not len(recording):
        raise BadInput(f"{entry.id}: yields no frame with these parameters; change them", "no_frame")
    if last is not None and stepper.index != last:
        raise BadInput(f"frame={last}: the run ends at frame {stepper.index}", "no_such_frame", value=last,
                       last=stepper.index)
    recording.edits, recording.missing, recording.ended = tuple(stepper.edits), stepper.run.missing, stepper.run.ended
    return Figure(entry, concept, params, recording, stepper.index, device=device, edits=edits, **look)


def last_of_layer(figure: Figure, name: str) -> Any:
    """The last frame of a layer, computed here; None where it yields none."""
    frames = figure.concept.layer_frames(name, figure.params, Run(figure.params, figure.device))
    try:
        kept = deque(frames, maxlen=1)
    finally:
        frames.close()
    return kept[0] if kept else None
