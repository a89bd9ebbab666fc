"""The look of the window: language, theme and scale in one object that tells its listeners when they change."""

from __future__ import annotations

import contextlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont

from engine.core.faults import LoupeError
from panels.kit.theme import Language, Theme, font, theme

WORDS = Path(__file__).resolve().parents[1] / "assets" / "words"


@cache
def words() -> dict[str, dict[str, str]]:
    """Every interface word: 'controls.reset' -> {'en': ..., 'zh': ...}, from assets/words/*.toml."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(WORDS.glob("*.toml")):
        _flatten(path.stem, tomllib.loads(path.read_text(encoding="utf-8")), found)
    return found


def _flatten(prefix: str, table: dict[str, Any], found: dict[str, dict[str, str]]) -> None:
    if set(table) == {"en", "zh"}:
        found[prefix] = table
        return
    for key, value in table.items():
        _flatten(f"{prefix}.{key}", value, found)


def translate(key: str, language: str, **values: object) -> str:
    """The words under a key in a language, with {slots} filled."""
    return words()[key][language].format(**values)


def sentence(fault: BaseException, language: str) -> str:
    """A fault as one sentence in the user's language, where the words are known in it; else as it was raised."""
    if language != "en" and isinstance(fault, LoupeError) and f"faults.{fault.key}" in words():
        with contextlib.suppress(KeyError, IndexError):         # a value that the words need was not given
            return translate(f"faults.{fault.key}", language, **fault.values)
    return str(fault)


@cache
def _font(size: str | float, weight: int | None, family: str, language: Language, scale: float) -> QFont:
    """One font an appearance: copies of it share what Qt has found out about its faces, which halves painting."""
    return font(size, weight=weight, family=family, language=language, scale=scale)


class Look(QObject):
    """What the window looks like now; widgets redraw on `changed`, and nothing is ever recomputed for it."""

    changed = Signal()

    def __init__(self, language: Language = "en", theme_name: str = "light", scale: float = 1.0,
                 reduced_motion: bool = False) -> None:
        super().__init__()
        self.language: Language = language
        self.theme: Theme = theme(theme_name)
        self.scale = scale
        self.reduced_motion = reduced_motion

    def set(self, *, language: Language | None = None, theme_name: str | None = None, scale: float | None = None,
            reduced_motion: bool | None = None) -> None:
        """Change any of them, and tell the listeners once if something is different."""
        before = (self.language, self.theme, self.scale, self.reduced_motion)
        self.language = language or self.language
        self.theme = theme(theme_name) if theme_name else self.theme
        self.scale = scale if scale is not None else self.scale
        self.reduced_motion = self.reduced_motion if reduced_motion is None else reduced_motion
        if before != (self.language, self.theme, self.scale, self.reduced_motion):
            self.changed.emit()

    def tr(self, key: str, **values: object) -> str:  # type: ignore[override]
        """The interface words under a key, in the present language."""
        return translate(key, self.language, **values)

    def font(self, size: str | float = "body", *, weight: int | None = None, family: str = "ui") -> QFont:
        """A font in the present language and scale."""
        return QFont(_font(size, weight, family, self.language, self.scale))
