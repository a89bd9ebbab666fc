"""What the window keeps of itself while it is open, so that it is there again next time, or after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from engine.core.params import plain

if TYPE_CHECKING:
    from app.window import Window

EVERY_MS = 3000


class Memory:
    """The open concept, its parameters and the window's place, written down every few seconds."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._timer = QTimer(window, interval=EVERY_MS)
        self._timer.timeout.connect(self.keep)
        self._timer.start()

    def keep(self) -> None:
        """Write down what is open."""
        window = self.window
        place = window.normalGeometry() if window.presenting else window.geometry()
        values: dict[str, Any] = {"geometry": place.getRect()}
        if window.session is not None:
            name = window.session.entry.id
            values |= {"params": window.settings.params | {name: plain(window.session.requested)}, "concept": name}
        window.settings = window.file.change(**values)

    def offer(self) -> None:
        """The last window ended without closing: offer what it showed."""
        window = self.window
        entry = {e.id: e for e in window.catalog.entries}.get(window.settings.concept)
        if entry is not None:
            words = window.look.tr("window.recover.sentence", title=entry.title(window.look.language))
            window.toast.say(words, restore=lambda: window.open(entry.id))

    def close(self) -> None:
        """Keep it for the last time."""
        self.keep()
        self.window.file.flush()
        self._timer.stop()
