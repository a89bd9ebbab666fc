"""A page that scrolls up and down only: without a frame, as wide as its room, and no stop for the tab key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea


class Scrolled(QScrollArea):
    """A scroll area as the window has it; `setWidget` gives it its page."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def scroll_style(ground: str, line: str) -> str:
    """A scroll area without a frame, a hairline at its left."""
    return f"QScrollArea {{ background: {ground}; border: none; border-left: 1px solid {line}; }}"
