"""Fonts: the bundle has every character that is shown, Qt sees its families and weights, and figures are tabular."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QImage, QPainter, QTextLayout

from panels.kit import theme

ROOT = Path(__file__).resolve().parents[2]
FONTS = sorted((ROOT / "assets" / "fonts").glob("*.[to]tf"))
WEIGHTS = {"Inter": {400, 500, 600}, "Inter Display": {600}, "JetBrains Mono": {400, 500}, "STIX Two Text": {400},
           "Loupe Sans SC": {400, 500, 600}}
SIGNS = "Zₙ Xᵀ x̄ β₁₂ 10⁻³ 2ⁿ ≤≥≠≈±×−·→←↔⇒∑∏∫√∂∇∞∈∝∩∪∀∃⌈x⌉⌊x⌋⟨u,v⟩ℝ𝔼‖w‖½⅓✓✗′″°µΩ“”‘’—–…"


@dataclass(frozen=True)
class Face:
    """What the tests ask of one font file."""

    name: str
    family: str
    weight: int
    embedding: int
    names: str
    widths: dict[int, int]              # of each character

    @property
    def codes(self) -> set[int]:
        return set(self.widths)


@cache
def faces() -> tuple[Face, ...]:
    """Every font in the bundle."""
    made = []
    for path in FONTS:
        with TTFont(path, lazy=True) as font:
            widths = {code: font["hmtx"][glyph][0] for code, glyph in font.getBestCmap().items()}
            names = [font["name"].getDebugName(number) or "" for number in (1, 3, 4, 6, 16)]
            made.append(Face(path.name, names[-1], font["OS/2"].usWeightClass, font["OS/2"].fsType, " ".join(names), widths))
    return tuple(made)


@cache
def covered(family: str) -> tuple[set[int], ...]:
    """The characters of each font of a family."""
    return tuple(face.codes for face in faces() if face.family == family)


def chain(kind: str) -> list[tuple[set[int], ...]]:
    """The bundled families that text of this kind falls through, in order."""
    return [covered(family) for family in theme.FAMILIES[kind] if covered(family)]


def missing(text: str, kind: str) -> str:
    """The characters that some weight of this kind of text would draw as a box."""
    shown = {letter for letter in text if unicodedata.category(letter) not in ("Cc", "Zs", "Zl", "Zp")}
    return "".join(sorted(letter for letter in shown if not any(
        all(ord(letter) in font for font in family) for family in chain(kind))))


def strings(value: Any) -> Iterator[str]:
    """Every string in a TOML table, its keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def shipped() -> list[Path]:
    assets = ROOT / "assets"
    return sorted([*assets.glob("concepts/**/*.toml"), *assets.glob("concepts/**/*.md"), *assets.glob("words/*.toml")])


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.name)
def test_every_shipped_text_can_be_drawn(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        text = "".join(strings(tomllib.loads(text)))
    assert text
    assert missing(text, "ui") == ""
    assert missing(text, "display") == ""


def test_the_code_that_is_shown_can_be_drawn() -> None:
    sources = [path for path in (ROOT / "engine").rglob("*.py") if "core" not in path.parts]
    assert len(sources) > 5
    lacking = {path.name: missing(path.read_text(encoding="utf-8"), "mono") for path in sources}
    assert {name: letters for name, letters in lacking.items() if letters} == {}


def test_the_check_notices_a_character_that_no_font_has() -> None:
    assert missing("龘 plain 中文", "ui") == "龘"
    assert missing("Д", "mono") == "Д"


@pytest.mark.parametrize("kind", ["ui", "display", "mono"])
def test_the_first_family_has_the_signs_itself(kind: str) -> None:
    first = chain(kind)[0]
    assert {letter for letter in SIGNS if not letter.isspace() and not all(ord(letter) in font for font in first)} == set()


def test_all_of_gb2312_is_there() -> None:
    han = {ord(bytes((row, cell)).decode("gb2312")) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)
           if not (row == 0xD7 and cell > 0xF9)}
    assert len(han) == 6763
    assert all(han <= font for font in covered("Loupe Sans SC"))


def test_the_bundle_is_small_and_its_licences_are_beside_it() -> None:
    folder = ROOT / "assets" / "fonts"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 11_000_000
    told = (folder / "LICENSES.md").read_text(encoding="utf-8")
    for family in WEIGHTS:
        assert family in told
    for path in folder.glob("LICENSE-*.txt"):
        assert path.name in told
        assert "SIL OPEN FONT LICENSE Version 1.1" in path.read_text(encoding="utf-8")
    assert len(list(folder.glob("LICENSE-*.txt"))) == 4


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.name)
def test_a_font_may_be_embedded_and_names_its_family(face: Face) -> None:
    assert face.weight in WEIGHTS[face.family]
    assert face.embedding == 0
    assert "Noto" not in face.names


@pytest.mark.parametrize("family", WEIGHTS)
def test_qt_sees_one_family_with_its_weights(qapp: Any, family: str) -> None:
    assert family in theme.load_fonts()
    styles = QFontDatabase.styles(family)
    assert {QFontDatabase.weight(family, style) for style in styles} == WEIGHTS[family]


def test_qt_takes_the_chinese_font_for_chinese(qapp: Any) -> None:
    theme.load_fonts()
    assert QFontDatabase.WritingSystem.SimplifiedChinese in QFontDatabase.writingSystems("Loupe Sans SC")


def drawn_with(text: str, font: QFont) -> dict[str, str]:
    """Family and style that Qt really draws a text with."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return {run.rawFont().familyName(): run.rawFont().styleName() for run in layout.glyphRuns()}


@pytest.mark.parametrize("kind", ["ui", "display", "mono"])
@pytest.mark.parametrize("weight,style", [(400, "Regular"), (500, "Medium"), (600, "SemiBold")])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_qt_draws_with_bundled_fonts_in_the_weight_asked_for(qapp: Any, kind: str, weight: int, style: str,
                                                             language: theme.Language) -> None:
    found = drawn_with(f"中心极限定理，偏度 n = 30 {SIGNS}", theme.font(18, weight=weight, family=kind, language=language))
    assert set(found) == {theme.FAMILIES[kind][0], "Loupe Sans SC"}
    if kind == "ui":
        assert set(found.values()) == {style}


def test_live_digits_are_drawn_by_the_formula_font(qapp: Any) -> None:
    assert set(drawn_with("−1.034 × 10⁻³ ≤ 0.5", theme.font(18, family="math"))) == {"STIX Two Text"}


@pytest.mark.parametrize("kind", ["ui", "display", "mono", "math"])
@pytest.mark.parametrize("weight", [400, 500, 600])
def test_figures_are_tabular(qapp: Any, kind: str, weight: int) -> None:
    metrics = QFontMetricsF(theme.font(40, weight=weight, family=kind))
    widths = {round(metrics.horizontalAdvance(digit * 20), 2) for digit in "0123456789"}
    assert len(widths) == 1


def test_without_the_feature_they_are_not(qapp: Any) -> None:
    qapp.setFont(theme.font("body"))            # the window's font has the feature, and every new QFont starts as a copy
    metrics = QFontMetricsF(theme.font(40, variants=False))
    assert metrics.horizontalAdvance("1" * 20) < metrics.horizontalAdvance("8" * 20)


def test_every_mono_character_is_as_wide_as_the_next() -> None:
    for face in faces():
        if face.family == "JetBrains Mono":
            assert {width for code, width in face.widths.items() if not unicodedata.combining(chr(code))} == {600}


def ink(text: str) -> tuple[list[int], list[int]]:
    """The rows and columns that a text darkens, at 40 px."""
    image = QImage(80, 80, QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    painter.setFont(theme.font(40))
    painter.drawText(20, 60, text)
    painter.end()
    dark = [(x, y) for x in range(80) for y in range(80) if image.pixelColor(x, y).lightness() < 128]
    return sorted({y for _, y in dark}), sorted({x for x, _ in dark})


@pytest.mark.parametrize("letter", "θμσβλx")
def test_a_hat_sits_above_its_letter(qapp: Any, letter: str) -> None:
    rows, columns = ink(letter)
    hatted_rows, hatted_columns = ink(letter + "\u0302")
    assert rows[0] - 14 < hatted_rows[0] < rows[0] - 4
    assert hatted_columns[0] >= columns[0] - 1
    assert hatted_columns[-1] <= columns[-1] + 1
