"""What a concept is opened with: as it was left, as an exported figure has it, and with which first picture."""

from __future__ import annotations

from typing import Any

from app.entry import Entry
from app.host import LaneHost
from app.posters import load_poster
from app.provenance import Provenance
from app.session import Session
from engine.core.address import load
from engine.core.faults import LoupeError
from engine.core.params import build


def remembered(entry: Entry, kept: dict[str, Any]) -> Any:
    """The parameters this concept was left with; None where they no longer fit."""
    try:
        return build(load(entry.id).Params, kept.get(entry.id, {}), settle=True)
    except LoupeError:
        return None


def reopened(entry: Entry, host: LaneHost, device: str, figure: Provenance) -> Session:
    """A session that computes what an exported figure shows."""
    _, known = figure.rebuilt()
    return Session(entry, host, known, device, figure.edits, figure.index)


def first_picture(session: Session) -> None:
    """A recorded first picture, marked as such, until the live one lands."""
    poster = load_poster(session.entry)
    if poster is not None:
        session.showing.poster(*poster)
