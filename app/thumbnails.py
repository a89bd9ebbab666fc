"""A card's picture: the concept's recorded frame, drawn small."""

from __future__ import annotations

from PySide6.QtGui import QImage

from app.entry import Entry
from app.look import Look
from app.posters import load_poster
from engine.core.faults import LoupeError
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, load_panel
from panels.kit.thumbnail import thumbnail


def thumbnail_of(entry: Entry, look: Look, width: int, height: int, ratio: float) -> QImage | None:
    """The picture for a card of this size; None where nothing was recorded."""
    try:
        poster = load_poster(entry)
        if poster is None:
            return None
        frame, params, index = poster
        canvas = Canvas(look.theme, look.language, entry.words, entry.format_value)
        canvas.draw(load_panel(entry.id), frame, params, Shown(index=index))
        return thumbnail(canvas, width, height, ratio, look.theme.color("surface_raised"))
    except (LoupeError, ImportError):
        return None
