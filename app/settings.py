"""Settings: what the program remembers, in one small file written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from app.atomic import write_bytes
from engine.core.faults import LoupeError
from engine.core.params import strict_json

SCHEMA = 1
NAME = "settings.json"


@dataclass(frozen=True)
class Settings:
    """Everything remembered between starts; '' and None mean never chosen."""

    language: str = ""
    theme: str = ""
    scale: float = 1.0
    reduced_motion: bool = False
    device: str = ""
    concept: str = ""
    params: dict[str, dict[str, Any]] = field(default_factory=dict)     # concept -> its last parameters
    recent: tuple[str, ...] = ()
    geometry: tuple[int, int, int, int] | None = None
    folder: str = ""                                                    # where the last export went
    answers: dict[str, dict[str, int]] = field(default_factory=dict)    # concept -> experiment -> answer


def home() -> Path:
    """The folder of settings and cache: LOUPE_HOME, else where the system keeps such things."""
    chosen = os.environ.get("LOUPE_HOME")
    if chosen:
        return Path(chosen)
    from PySide6.QtCore import QStandardPaths

    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation) or Path.home() / ".loupe")


class SettingsFile:
    """The settings and the file they live in; a file that cannot be read or written costs the memory, not the program."""

    def __init__(self, folder: Path, settings: Settings, fault: str = "") -> None:
        self.folder, self.settings, self.fault = folder, settings, fault
        self._written = settings

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the settings; `fault` is a sentence where they could not be used."""
        folder = folder or home()
        path = folder / NAME
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls(folder, Settings())
        except (OSError, UnicodeDecodeError) as fault:
            return cls(folder, Settings(), f"{path}: cannot be read ({type(fault).__name__}); the defaults are used")
        try:
            return cls(folder, settings_of(strict_json(text)))
        except (ValueError, TypeError, KeyError) as fault:
            kept = path.with_suffix(".bak")
            with contextlib.suppress(OSError):
                path.replace(kept)
            return cls(folder, Settings(), f"{path}: is damaged ({fault}); it was kept as {kept.name}, the defaults are used")

    def change(self, **values: Any) -> Settings:
        """Other values; the file follows at once."""
        self.settings = replace(self.settings, **values)
        self.flush()
        return self.settings

    def flush(self) -> None:
        """Write what changed; `fault` says why it could not be."""
        if self.settings == self._written:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            table = {"loupe": SCHEMA, **asdict(self.settings)}
            write_bytes(self.folder / NAME, json.dumps(table, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8"))
            self._written = self.settings
        except (OSError, LoupeError) as fault:
            self.fault = f"settings are not kept: {fault}"


def settings_of(table: Any) -> Settings:
    """Settings from their JSON; ValueError says what is wrong. What a newer version added is left out."""
    if not isinstance(table, dict) or not isinstance(table.get("loupe"), int):
        raise ValueError("not settings of this program")
    found: dict[str, Any] = {}
    defaults = Settings()
    for spec in fields(Settings):
        if spec.name not in table:
            continue
        value, default = table[spec.name], getattr(defaults, spec.name)
        if spec.name == "geometry":
            value = _geometry(value)
        elif spec.name == "recent":
            value = tuple(str(v) for v in value)[:100]
        elif isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
            value = min(max(float(value), 0.5), 3.0)
        elif type(value) is not type(default):
            raise ValueError(f"{spec.name} has the wrong type")
        found[spec.name] = value
    return Settings(**found)


def _geometry(value: Any) -> tuple[int, int, int, int] | None:
    if value is None:
        return None
    x, y, width, height = (int(v) for v in value)
    return (x, y, max(400, width), max(300, height))
