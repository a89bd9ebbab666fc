"""Colours, fonts and sizes by name: the one place where design tokens become Qt values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PySide6.QtGui import QColor, QFont, QFontDatabase

ASSETS = Path(__file__).resolve().parents[2] / "assets"
Language = Literal["en", "zh"]
THEMES = ("light", "dark", "print")


@cache
def tokens() -> dict[str, Any]:
    """The design tokens of assets/theme/tokens.toml."""
    with (ASSETS / "theme" / "tokens.toml").open("rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class RoleStyle:
    """What a role looks like besides its colour; widths and dashes in px at scale 1."""

    width: float
    dash: tuple[float, ...]
    marker: str
    fill_alpha: float


@dataclass(frozen=True)
class Theme:
    """One of the three looks: light, dark, or print (white paper)."""

    name: str

    def hex(self, role: str) -> str:
        """Hex colour of a role: 'data', 'ink_soft', 'series[2]', 'series_ink[2]', 'positive_ink' ..."""
        table = tokens()["color"][self.name]
        if role.endswith("]"):
            name, _, index = role[:-1].partition("[")
            peers = table[name]
            return str(peers[int(index) % len(peers)])
        if role in ("bound", "forecast"):
            role = "ink_faint"
        if role == "highlight_text":
            role = "highlight_ink"
        return str(table[role])

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """QColor of a role; alpha in [0, 1]."""
        return QColor(_color(self, role, alpha))

    def text_role(self, role: str) -> str:
        """The role whose colour is readable as text: series -> series_ink, highlight -> highlight_ink."""
        if role.startswith("series["):
            return role.replace("series[", "series_ink[")
        return {"highlight": "highlight_ink", "ghost": "ink_soft", "grid": "ink_faint"}.get(role, role)

    def style(self, role: str) -> RoleStyle:
        """Width, dash, marker and fill of a role (series take theirs by index)."""
        if role.startswith("series["):
            index = int(role[7:-1])
            order = tokens()["series"]
            dash = order["dashes"][index % 8] if self.name == "print" else []
            return RoleStyle(2.0, tuple(dash), order["markers"][index % 8], 0.30)
        found = tokens()["role"].get(role, {})
        return RoleStyle(
            float(found.get("width", 2.0)), tuple(found.get("dash", ())),
            str(found.get("marker", "circle")), float(found.get("fill_alpha", 0.2)),
        )

    def stops(self, name: str) -> list[str]:
        """Hex stops of a colour map: 'sequential', 'diverging' or 'terrain'."""
        if name == "terrain":
            return list(tokens()["terrain"][self.name])
        return list(tokens()["color"][self.name][name])

    @property
    def dark(self) -> bool:
        """Whether light words stand on a dark ground."""
        return self.name == "dark"


@lru_cache(maxsize=4096)
def _color(of: Theme, role: str, alpha: float) -> QColor:
    color = QColor(of.hex(role))
    color.setAlphaF(alpha)
    return color


@cache
def theme(name: str) -> Theme:
    """The theme of that name."""
    if name not in THEMES:
        raise ValueError(f"theme={name}: must be one of {', '.join(THEMES)}")
    return Theme(name)


@cache
def color_table(theme_name: str, map_name: str) -> np.ndarray:
    """A colour map as (256, 4) uint8 RGBA, interpolated between the tokens' stops."""
    stops = [QColor(h) for h in theme(theme_name).stops(map_name)]
    rgb = np.array([[c.red(), c.green(), c.blue()] for c in stops], float)
    at = np.linspace(0.0, len(stops) - 1.0, 256)
    table = np.stack([np.interp(at, np.arange(len(stops)), rgb[:, i]) for i in range(3)], axis=1)
    return np.concatenate([np.round(table), np.full((256, 1), 255.0)], axis=1).astype(np.uint8)


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts once; returns the families found."""
    families: list[str] = []
    for path in sorted((ASSETS / "fonts").glob("*.[to]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(families))


FAMILIES = {
    "ui": ["Inter", "Loupe Sans SC", "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "sans-serif"],
    "display": ["Inter Display", "Inter", "Loupe Sans SC", "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC"],
    "mono": ["JetBrains Mono", "Loupe Sans SC", "Cascadia Mono", "Menlo", "Noto Sans Mono CJK SC", "monospace"],
    "math": ["STIX Two Text", "STIX", "Cambria Math", "Loupe Sans SC", "serif"],
}


def font(size: str | float = "body", *, weight: int | None = None, family: str = "ui",
         language: Language = "en", scale: float = 1.0, variants: bool = True) -> QFont:
    """A QFont by token size name ('body', 'tick', 'title' ...) or px; Chinese asks for one weight lighter.

    Tabular and contextual forms are glyph variants that no PDF reader turns back into text: a PDF does without them.
    """
    load_fonts()
    spec: dict[str, Any] = tokens()["size"][size] if isinstance(size, str) else {"px": size}
    wanted = int(weight if weight is not None else spec.get("weight", 400))
    made = QFont()
    made.clearFeatures()            # a new font starts as the program's own, which has some
    made.setFamilies(FAMILIES[family])
    made.setPixelSize(max(1, round(float(spec["px"]) * scale)))
    made.setWeight(QFont.Weight(wanted))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if variants and family in ("ui", "display"):
        made.setFeature(QFont.Tag.fromString("tnum"), 1)
    if family == "mono" or not variants:
        made.setFeature(QFont.Tag.fromString("calt"), 0)
        made.setFeature(QFont.Tag.fromString("liga"), 0)
    if isinstance(size, str) and language == "en" and spec.get("tracking"):
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, float(spec["tracking"]) * scale)
    return made
