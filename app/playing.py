"""A parameter's clip out of the window: every value is computed on a lane, while the window goes on living."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.animation import can_animate
from app.differences import differing
from app.entry import Entry
from app.export.compared import Compared
from app.export.figure import Figure
from app.export.played import Making, Played
from app.host import LaneHost
from app.session import Session
from engine.core.faults import Failed
from engine.core.params import Parameter, build, schema


class PictureSession(Session):
    """Computes one picture; nobody looks at its checks, so none are made."""

    def verify(self) -> None:
        self._asked_checks = True


def playable(entry: Entry, params: Any) -> list[Parameter]:
    """The parameters that have a range, and are in use; first the one that the concept's text names."""
    found = [p for p in schema(type(params)) if can_animate(p) and p.min != (p.max if p.max is not None else 0)
             and p.applies(params)]
    return sorted(found, key=lambda p: (p.name != entry.play, entry.term_for_param(p.name) is None))


def playable_in(figure: Figure | Compared) -> list[Parameter]:
    """The parameters that a clip of a figure can play; of a comparison those in use in every column, and alike in all."""
    columns = figure.figures if isinstance(figure, Compared) else (figure,)
    apart = {spec.name for spec in differing([column.params for column in columns])}
    every = [{spec.name for spec in playable(figure.entry, column.params)} for column in columns]
    return [spec for spec in playable(figure.entry, columns[0].params)
            if spec.name not in apart and all(spec.name in names for names in every)]


def on_lanes(figure: Figure | Compared, host: LaneHost, spec: Parameter, values: tuple[Any, ...]) -> Played:
    """The clip of a figure's parameter, in every column; its pictures are computed one after the other when asked for."""

    def make(value: Any) -> Making:
        made: list[Figure] = []
        for column in figure.figures if isinstance(figure, Compared) else (figure,):
            yield from _computed(column, host, spec, value, made)
        yield replace(figure, figures=tuple(made)) if isinstance(figure, Compared) else made[0]

    return Played(figure, spec, values, make, figure.size, figure.theme, figure.language)


def _computed(figure: Figure, host: LaneHost, spec: Parameter, value: Any, made: list[Figure]) -> Iterator[None]:
    """Compute a figure with another value on a lane, and add it to what is made; yields None while it waits."""
    params = build(figure.concept.Params, {spec.name: value}, figure.params, settle=True)
    session = PictureSession(figure.entry, host, params, figure.device, (), figure.index)
    try:
        session.begin()
        yield from _waiting(session, spec)
        assert session.shown is not None
        moved = {name: session.layers[name] for name in figure.concept.layers if name in session.layers}
        made.append(replace(figure, params=session.shown.params, recording=session.recording, index=session.shown.index,
                            layers={**figure.layers, **moved}, edits=(), ghosts=()))
    finally:
        host.forget(session)
        session.deleteLater()


def _waiting(session: PictureSession, spec: Parameter) -> Iterator[None]:
    """Wait for the picture, and for the layers that depend on what is played."""
    while session.computing:
        if session.details:
            raise Failed(f"{session.entry.id}: the computation failed at a value; play a smaller range", "not_computed",
                         id=session.entry.id)
        yield
    if session.fault is not None:
        raise session.fault
    moving = [name for name, layer in session.concept.layers.items() if spec.name in layer.reads]
    if moving:
        session.layer_book.ask(session.requested, session.device)
    while not session.layer_book.complete(session.requested, moving):
        yield
