"""What the user chose for the whole window: theme, language, and the device that computes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from panels.kit.theme import Language

if TYPE_CHECKING:
    from app.window import Window


class Preferences:
    """Choices that hold for every concept; each takes effect at once and is kept for the next time."""

    def __init__(self, window: Window) -> None:
        self.window = window
        status = window.status
        status.theme_asked.connect(self.toggle_theme)
        status.language_asked.connect(self.toggle_language)
        status.device_chosen.connect(self.choose_device)
        status.devices_wanted.connect(window.host.ask_devices)
        window.host.devices_found.connect(self._devices_found)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.follow_system)

    def toggle_theme(self) -> None:
        """Light or dark."""
        name = "light" if self.window.look.theme.dark else "dark"
        self.window.settings = self.window.file.change(theme=name)
        self.window.look.set(theme_name=name)

    def toggle_language(self) -> None:
        """English or Chinese."""
        language: Language = "en" if self.window.look.language == "zh" else "zh"
        self.window.settings = self.window.file.change(language=language)
        self.window.look.set(language=language)

    def choose_device(self, name: str) -> None:
        """Compute there from now on, what is open included."""
        window = self.window
        window.device = window.status.device = name
        window.settings = window.file.change(device=name)
        window.status.where.restyle()
        if window.session is not None:
            window.session.set_device(name)

    def follow_system(self, scheme: Qt.ColorScheme) -> None:
        """The system's theme, until the user has chosen one here."""
        if not self.window.settings.theme and not os.environ.get("LOUPE_THEME"):
            self.window.look.set(theme_name="dark" if scheme == Qt.ColorScheme.Dark else "light")

    def _devices_found(self, devices: Any) -> None:
        self.window.status.set_devices(tuple((d.name, d.title) for d in devices))
