"""Builds assets/fonts: the Latin families as static fonts, and Loupe Sans SC, a renamed subset of Noto Sans CJK SC.

    python scripts/build_fonts.py INTER STIX STIX_MATH JETBRAINS NOTO

INTER, STIX, STIX_MATH: the unpacked npm packages inter-ui, @fontsource/stix-two-text and @fontsource/stix-two-math.
JETBRAINS: a folder with JetBrainsMono-{Regular,Medium,SemiBold}.ttf (Debian: fonts-jetbrains-mono).
NOTO: a folder with NotoSansCJK-{Light,Regular,Medium}.ttc (Debian: fonts-noto-cjk-extra). Needs fonttools and brotli.
The same inputs give the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from font_parts import (
    anchor_marks,
    complete,
    declare_chinese,
    greek_as_default,
    joined,
    opened,
    raised_capital,
    rename,
    subset,
    turned,
    widen_cmap,
)
from fontTools.ttLib import TTFont

OUT = Path(__file__).resolve().parents[1] / "assets" / "fonts"
LATIN = [range(0x20, 0x7F), range(0xA0, 0x250), range(0x2B0, 0x370), range(0x370, 0x400), range(0x1D2C, 0x1D6B),
         range(0x1E00, 0x1F00), range(0x2000, 0x2400), range(0x25A0, 0x2700), range(0x2713, 0x2719),
         range(0x27E6, 0x27EC), range(0x27F5, 0x27FB), range(0x2A7D, 0x2A7F), range(0x1D538, 0x1D56C)]
# What every family must have, from a neighbour where it has none of its own: superscripts, subscripts, fractions,
# double-struck letters, arrows, operators, brackets, ticks.
SYMBOLS = [range(0x2016, 0x2017), range(0x2032, 0x2035), range(0x2070, 0x209D), range(0x2150, 0x215F),
           range(0x2190, 0x219A), range(0x21D0, 0x21D5), range(0x2200, 0x2262), range(0x2264, 0x228C),
           range(0x2295, 0x229A), range(0x22A2, 0x22A9), range(0x22C5, 0x22C6), range(0x22EE, 0x22F2),
           range(0x2308, 0x230C), range(0x2713, 0x2714), range(0x2717, 0x2718), range(0x27E6, 0x27EC),
           range(0x2A7D, 0x2A7F), range(0x1D538, 0x1D56C), range(0x2B0, 0x2B9), range(0x2E1, 0x2E4),
           range(0x1D43, 0x1D6B), [0x2C7C], [ord(letter) for letter in "ℂℍℕℙℚℝℤℒℓ"]]
HAN = [range(0x20, 0x7F), range(0xA0, 0x180), [0x2C7, 0x2C9, 0x2CA, 0x2CB], range(0x370, 0x400), range(0x2000, 0x20A0),
       range(0x2100, 0x2300), range(0x2460, 0x2500), range(0x25A0, 0x2600), range(0x3000, 0x3040), range(0xFF00, 0xFFF0)]
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum", "subs", "sups"]
# Chinese beside Latin wants one weight lighter, and Qt gives a fallback face the weight of the first family's: so each
# of Noto's faces is declared one weight heavier than it is, and Inter 400 is joined by Noto Light.
WEIGHTS = {"Light": ("Regular", 400), "Regular": ("Medium", 500), "Medium": ("SemiBold", 600)}
HEAVIER = {"Regular": "Medium", "Medium": "SemiBold", "SemiBold": "SemiBold", "Italic": "Medium"}
MONO_WIDTH = 600


def gb2312() -> set[int]:
    """The 6763 characters of GB2312 levels 1 and 2."""
    found = set()
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def codes_of(spans: Iterable[Iterable[int]]) -> set[int]:
    """The characters of all spans together."""
    return {code for span in spans for code in span}


SYMBOL_CODES, LATIN_CODES = codes_of(SYMBOLS), codes_of(LATIN)


def finish(font: TTFont, family: str, style: str, weight: int, features: list[str], codes: set[int]) -> None:
    """Cut, name and write a font."""
    subset(font, codes, features)
    if family == "Loupe Sans SC":
        declare_chinese(font)
    rename(font, family, style, weight)
    font.flavor = None
    suffix = "otf" if "CFF " in font else "ttf"
    font.save(OUT / f"{family.replace(' ', '')}-{style}.{suffix}")


def inter_fonts(inter: Path, mono: Path, math: TTFont) -> None:
    """Inter in four styles and Inter Display; operators that it lacks from JetBrains Mono, whose letters are as tall."""
    faces = [("web", "Inter", style, weight) for style, weight in
             (("Regular", 400), ("Medium", 500), ("SemiBold", 600), ("Italic", 400))]
    for folder, family, style, weight in [*faces, ("display", "Inter Display", "SemiBold", 600)]:
        base = family.replace(" ", "")
        font = opened(inter / folder / f"{base}-{style}.woff2")
        widen_cmap(font)
        upright = "Regular" if style == "Italic" else style
        turned(font, ord("∇"), "Δ")
        greek_as_default(font)
        anchor_marks(font, "αβγδεζηθικλμνξπρστυφχψω", "o", 0x302)
        complete(font, [opened(mono / f"JetBrainsMono-{upright}.ttf"), math], SYMBOL_CODES)
        raised_capital(font, ord("ᵀ"), "T", opened(inter / folder / f"{base}-{HEAVIER[style]}.woff2"))
        finish(font, family, style, weight, [*FEATURES, "calt", "zero"], LATIN_CODES | SYMBOL_CODES)


def stix_fonts(stix: Path, inter: Path, math: TTFont) -> None:
    """STIX Two Text, its symbols from STIX Two Math."""
    for style, slant in (("Regular", "normal"), ("Italic", "italic")):
        font = joined(stix / "files" / f"stix-two-text-{part}-400-{slant}.woff2" for part in ("latin", "latin-ext", "greek"))
        widen_cmap(font)
        complete(font, [math, opened(inter / "web" / "Inter-Regular.woff2")], SYMBOL_CODES)
        raised_capital(font, ord("ᵀ"), "T", opened(stix / "files" / "stix-two-text-latin-500-normal.woff2"))
        finish(font, "STIX Two Text", style, 400, FEATURES, LATIN_CODES | SYMBOL_CODES)


def mono_fonts(mono: Path, inter: Path, math: TTFont) -> None:
    """JetBrains Mono without its ligatures; what it lacks is set to its width."""
    for style, weight in (("Regular", 400), ("Medium", 500)):
        font = opened(mono / f"JetBrainsMono-{style}.ttf")
        widen_cmap(font)
        turned(font, ord("∇"), "Δ")
        complete(font, [opened(inter / "web" / f"Inter-{style}.woff2"), math], SYMBOL_CODES, MONO_WIDTH)
        raised_capital(font, ord("ᵀ"), "T", opened(mono / f"JetBrainsMono-{HEAVIER[style]}.ttf"), MONO_WIDTH)
        finish(font, "JetBrains Mono", style, weight, ["mark", "mkmk", "ccmp", "locl"], LATIN_CODES | SYMBOL_CODES)


def chinese_fonts(noto: Path) -> None:
    """Three weights of the renamed subset."""
    for face, (style, weight) in WEIGHTS.items():
        font = opened(noto / f"NotoSansCJK-{face}.ttc", "Noto Sans CJK SC")
        finish(font, "Loupe Sans SC", style, weight, ["kern", "halt", "palt", "locl", "ccmp"], codes_of(HAN) | gb2312())


def main() -> None:
    """Build all families."""
    inter, stix, stix_math, mono, noto = map(Path, sys.argv[1:6])
    OUT.mkdir(parents=True, exist_ok=True)
    math = opened(stix_math / "files" / "stix-two-math-latin-400-normal.woff2")
    inter_fonts(inter, mono, math)
    stix_fonts(stix, inter, math)
    mono_fonts(mono, inter, math)
    chinese_fonts(noto)


if __name__ == "__main__":
    main()
