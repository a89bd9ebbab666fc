"""What only a presentation has: keys that a clicker sends too, and a pointer that hides while it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from engine.core.params import build

if TYPE_CHECKING:
    from app.window import Window

REST_MS = 2000          # a pointer that has not moved for so long is in the way
KEYS = {"PgDown": 1, "PgUp": -1}


class Presenting(QObject):
    """On while a window is presented: from one preset to the next, each named, and the picture without a pointer."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window = window
        self._hidden = False
        self._shortcuts = []
        for key, by in KEYS.items():
            shortcut = QShortcut(QKeySequence(key), window)
            shortcut.activated.connect(lambda by=by: self.go(by))
            shortcut.setEnabled(False)
            self._shortcuts.append(shortcut)
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(lambda: self._hide(True))

    def set_on(self, on: bool) -> None:
        """A presentation begins or ends."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(on)
        application = QApplication.instance()
        assert application is not None
        (application.installEventFilter if on else application.removeEventFilter)(self)
        self._rest.start() if on else self._rest.stop()
        self._hide(False)

    def go(self, by: int) -> None:
        """To the next preset of the concept, or the one before."""
        session = self.window.session
        if session is None or not session.entry.presets:
            return
        names = list(session.entry.presets)
        known = [build(session.concept.Params, session.entry.presets[name].set, settle=True) for name in names]
        at = known.index(session.requested) if session.requested in known else -1 if by > 0 else 0
        name = names[(at + by) % len(names)]
        session.preset(name)
        self.window.say(session.entry.presets[name].title(self.window.look.language))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel):
            self._hide(False)
            self._rest.start()
        return False

    def _hide(self, hidden: bool) -> None:
        if hidden != self._hidden:
            self._hidden = hidden
            if hidden:
                QApplication.setOverrideCursor(Qt.CursorShape.BlankCursor)
            else:
                QApplication.restoreOverrideCursor()
