"""Everything that can be done from the keyboard, in one table: shortcuts, the palette and F1 all read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from app.presenting import KEYS, Presenting
from app.widgets import dialogs
from app.widgets.palette import Entry as Command
from app.wires import sweep

if TYPE_CHECKING:
    from app.session import Session
    from app.stage import Stage
    from app.widgets.compare_view import CompareView
    from app.window import Window


class Actions:
    """The actions of a window."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.table: list[tuple[str, tuple[str, ...], Callable[[], object]]] = [
            ("palette", ("Ctrl+K", "Ctrl+P"), self.open_palette),
            ("play", ("Space",), lambda: self._on_stage(lambda stage: stage.transport.toggle())),
            ("step", (".", "Ctrl+Right"), lambda: self._on_stage(lambda stage: stage.transport.step(1))),
            ("step_back", (",", "Ctrl+Left"), lambda: self._on_stage(lambda stage: stage.transport.step(-1))),
            ("start", ("Ctrl+Home",), lambda: self._on(lambda s: s.playback.seek(0))),
            ("restart", ("Ctrl+R",), lambda: self._on(lambda s: s.restart())),
            ("undo", ("Ctrl+Z",), lambda: self._on(lambda s: s.undo())),
            ("redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda: self._on(lambda s: s.redo())),
            ("reset", ("Ctrl+Backspace",), lambda: self._on(lambda s: s.ask_params(s.concept.default()))),
            ("reset_zoom", ("Ctrl+0",), lambda: self._on_stage(lambda stage: stage.picture.reset_zoom())),
            ("pin", ("Ctrl+D",), lambda: self._on_stage(lambda stage: stage.toggle_pin())),
            ("sweep", ("Ctrl+Shift+S",), lambda: sweep(window)),
            ("compare", ("Ctrl+M",), window.comparing.toggle),
            ("export", ("Ctrl+E",), window.open_export),
            ("copy_picture", ("Ctrl+Shift+C",), window.clip.picture),
            ("copy_data", ("Ctrl+Shift+D",), window.clip.data),
            ("copy_command", ("Ctrl+Shift+X",), window.clip.command),
            *window.learning.rows(),
            ("back", ("Alt+Left",), lambda: window.places.go(-1)),
            ("forward", ("Alt+Right",), lambda: window.places.go(1)),
            ("home", ("Ctrl+G",), window.go_home),
            ("open_file", ("Ctrl+O",), window.files.choose),
            ("language", ("Ctrl+L",), window.preferences.toggle_language),
            ("theme", ("Ctrl+T",), window.preferences.toggle_theme),
            ("fullscreen", ("F5",), window.present),
            ("shortcuts", ("F1",), self.open_shortcuts),
            ("about", (), self.open_about),
            ("quit", ("Ctrl+Q",), window.close),
        ]
        for _, keys, act in self.table:
            self._bind(keys, act)
        self.presenting = Presenting(window)
        self._bind(("Ctrl+F",), window.sidebar.focus_search)
        self._bind(("Escape",), self._escape)

    def _bind(self, keys: tuple[str, ...], act: Callable[[], object]) -> None:
        for key in keys:
            shortcut = QShortcut(QKeySequence(key), self.window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(act)

    def _on(self, act: Callable[[Session], object]) -> None:
        if self.window.session is not None:
            act(self.window.session)
            self.window.session.status_changed.emit()

    def _on_stage(self, act: Callable[[Stage | CompareView], None]) -> None:
        front = self.window.comparing.view or self.window.stage
        if front is not None:
            act(front)

    def _escape(self) -> None:
        if self.window.presenting:
            self.window.present()
        elif self.window.palette_card.isVisible():
            self.window.palette_card.close_palette()
        else:
            self.window.keyboard_away()

    def open_palette(self) -> None:
        """Every concept, the presets of the open one, and every action."""
        window, language = self.window, self.window.look.language
        concepts = {e.id: Command(e.title(language), "concept", partial(window.open, e.id)) for e in window.catalog.entries}
        session = window.session
        presets = [] if session is None else [Command(p.title(language), "preset", partial(session.preset, key))
                                              for key, p in session.entry.presets.items()]
        window.palette_card.open(concepts, presets + self.commands())

    def open_about(self) -> None:
        """Versions, licences, and what a report of a fault needs."""
        lanes = ", ".join(f"{s.name} lane {s.state}" for s in self.window.host.status())
        dialogs.About(self.window.look, self.window, lanes, self.window.catalog.faults).open()

    def open_shortcuts(self) -> None:
        """Every key."""
        dialogs.Shortcuts(self.window.look, self.window, self.rows()).open()

    def commands(self) -> list[Command]:
        """The actions for the palette."""
        words = self.window.look.tr
        return [Command(words(f"window.actions.{name}"), "action", _quiet(act), keys[0] if keys else "")
                for name, keys, act in self.table if name != "palette"]

    def rows(self) -> list[tuple[str, str]]:
        """Keys and words for F1."""
        words = self.window.look.tr
        found = [(" / ".join(keys), words(f"window.actions.{name}")) for name, keys, _ in self.table if keys]
        return [*found, (" / ".join(KEYS), words("window.actions.presets"))]


def _quiet(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        act()

    return run
