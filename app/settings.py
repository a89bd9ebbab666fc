"""Settings: what the program remembers, in one small file written whole or not at all."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from app.atomic import write_bytes
from engine.core.data import home
from engine.core.faults import Failed, LoupeError
from engine.core.typed import strict_json

SCHEMA = 1
NAME = "settings.json"
KEPT = "settings.bak"
LARGEST = 8_000_000     # bytes; what is larger was not written by this program
FARTHEST = 100_000      # pixels, on the largest wall of screens


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
    answers: dict[str, dict[str, int]] = field(default_factory=dict)    # concept -> experiment's key -> answer
    notebook: str = ""                                                  # the file of the one that is open
    notebooks: tuple[str, ...] = ()                                     # and of those before it
    drawer: bool = False                                                # whether the notebook is to be seen


class SettingsFile:
    """The settings and the file they live in; a file that cannot be read or written costs the memory, not the program."""

    def __init__(self, folder: Path, settings: Settings, fault: LoupeError | None = None) -> None:
        self.folder, self.settings, self.fault = folder, settings, fault
        self._written = settings
        self._said = ""

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the settings; where they cannot be used, `fault` says why, the defaults hold, and the file is kept."""
        folder = folder or home()
        path = folder / NAME
        try:
            return cls(folder, settings_of(_read(path)))
        except FileNotFoundError:
            return cls(folder, Settings())
        except OSError as fault:
            reason = fault.strerror or type(fault).__name__
            said = Failed(f"{path}: cannot be read ({reason}); the defaults are used, check its permissions",
                          "settings_unreadable", path=path, reason=reason)
        except NewerSettings as fault:
            said = Failed(f"{path}: was written by a newer version ({fault}); it was kept as {KEPT}, the defaults are used",
                          "settings_newer", path=path, version=str(fault), kept=KEPT)
        except (ValueError, TypeError, ArithmeticError) as fault:
            said = Failed(f"{path}: is damaged ({fault}); it was kept as {KEPT}, the defaults are used",
                          "settings_damaged", path=path, reason=str(fault), kept=KEPT)
        with contextlib.suppress(OSError):
            path.replace(folder / KEPT)
        return cls(folder, Settings(), said)

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
        except LoupeError as fault:
            self._not_kept(fault.message)
        except OSError as fault:
            self._not_kept(f"{self.folder}: {fault.strerror or type(fault).__name__}")

    def unsaid(self) -> LoupeError | None:
        """What is wrong with the file, if nobody has asked before: the same fault is told once."""
        if self.fault is None or self.fault.key == self._said:
            return None
        self._said = self.fault.key
        return self.fault

    def _not_kept(self, reason: str) -> None:
        self.fault = Failed(f"settings are not kept: {reason}", "settings_not_kept", reason=reason)


class NewerSettings(Exception):
    """The file has a later form than this program knows; its words are that form's number."""


def _read(path: Path) -> Any:
    """The file's JSON; settings are small, and what is not is none."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"more than {LARGEST // 1_000_000} MB")
    return strict_json(content.decode("utf-8"))


def settings_of(table: Any) -> Settings:
    """Settings from their JSON; ValueError says what is wrong, NewerSettings that a later program wrote them."""
    if not isinstance(table, dict) or not isinstance(table.get("loupe"), int):
        raise ValueError("not settings of this program")
    if table["loupe"] > SCHEMA:
        raise NewerSettings(table["loupe"])
    return Settings(**{spec.name: _value(spec.name, table[spec.name], getattr(Settings(), spec.name))
                       for spec in fields(Settings) if spec.name in table})


def _value(name: str, value: Any, default: Any) -> Any:
    """One value, checked against the type of its default."""
    if name == "geometry":
        return _geometry(value)
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)[:100]
    if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return min(max(float(value), 0.5), 3.0)
    nested = isinstance(value, dict) and isinstance(default, dict)
    if type(value) is not type(default) or (nested and not all(isinstance(v, dict) for v in value.values())):
        raise ValueError(f"{name} has the wrong type")
    return value


def _geometry(value: Any) -> tuple[int, int, int, int] | None:
    if value is None:
        return None
    x, y, width, height = (min(max(int(v), -FARTHEST), FARTHEST) for v in value)
    return (x, y, max(400, width), max(300, height))
