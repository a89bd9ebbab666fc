"""Builds assets/fonts: the Latin families as static fonts, and Loupe Sans SC, a renamed subset of Noto Sans CJK SC.

    python scripts/build_fonts.py INTER STIX JETBRAINS NOTO

INTER, STIX, JETBRAINS: the unpacked npm packages inter-ui, @fontsource/stix-two-text, @fontsource/jetbrains-mono.
NOTO: a folder with NotoSansCJK-{Light,Regular,Medium}.ttc (Debian: fonts-noto-cjk-extra). Needs fonttools and brotli.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

OUT = Path(__file__).resolve().parents[1] / "assets" / "fonts"
LATIN = [range(0x20, 0x7F), range(0xA0, 0x250), range(0x2B0, 0x370), range(0x370, 0x400), range(0x1E00, 0x1F00),
         range(0x2000, 0x2100), range(0x2100, 0x2190), range(0x2190, 0x2200), range(0x2200, 0x2300), range(0x2300, 0x2400),
         range(0x25A0, 0x2600), range(0x2600, 0x2700), range(0x2713, 0x2719), range(0x1D400, 0x1D800)]
HAN = [range(0x20, 0x7F), range(0xA0, 0x180), range(0x370, 0x400), range(0x2000, 0x2070), range(0x2070, 0x20A0),
       range(0x2100, 0x2200), range(0x2200, 0x2300), range(0x2460, 0x2500), range(0x25A0, 0x2600), range(0x3000, 0x3040),
       range(0xFF00, 0xFFF0)]
# Chinese beside Latin wants one weight lighter, and Qt gives a fallback face the weight of the first family's: so each
# of Noto's faces is declared one weight heavier than it is, and Inter 400 is joined by Noto Light.
WEIGHTS = {"Light": ("Regular", 400), "Regular": ("Medium", 500), "Medium": ("SemiBold", 600)}


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


def subset(font: TTFont, codes: set[int], features: list[str]) -> None:
    """Keep only these characters, and what these features need."""
    options = Options(layout_features=features, name_IDs=["*"], notdef_outline=True, hinting=False, glyph_names=False,
                      drop_tables=["DSIG", "STAT", "BASE", "vhea", "vmtx", "VORG"])
    worker = Subsetter(options)
    worker.populate(unicodes=codes)
    worker.subset(font)


def rename(font: TTFont, family: str, style: str, weight: int) -> None:
    """One family for Qt: the typographic names carry the weight."""
    names = font["name"]
    for record in list(names.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17, 18, 20, 21, 22, 25):
            names.removeNames(record.nameID)
    plain = style in ("Regular", "Italic")
    for number, text in ((1, family if plain else f"{family} {style}"), (2, style if plain else "Regular"),
                         (3, f"{family} {style}"), (4, f"{family} {style}"), (6, f"{family.replace(' ', '')}-{style}"),
                         (16, family), (17, style)):
        names.setName(text, number, 3, 1, 0x409)
        names.setName(text, number, 1, 0, 0)
    font["OS/2"].usWeightClass = weight
    if "CFF " in font:
        top = font["CFF "].cff
        top.fontNames = [f"{family.replace(' ', '')}-{style}"]
        for key, text in (("FamilyName", family), ("FullName", f"{family} {style}"), ("Weight", style)):
            top.topDictIndex[0].rawDict[key] = text


def codes_of(spans: Iterable[range]) -> set[int]:
    return {code for span in spans for code in span}


def save(font: TTFont, name: str) -> None:
    font.flavor = None
    suffix = "otf" if "CFF " in font else "ttf"
    font.save(OUT / f"{name}.{suffix}")


def latin(path: Path, name: str, family: str, style: str, weight: int) -> None:
    """One static font from a woff2 file."""
    font = TTFont(path)
    subset(font, codes_of(LATIN), ["kern", "mark", "mkmk", "ccmp", "tnum", "calt", "liga", "locl", "subs", "sups", "zero"])
    rename(font, family, style, weight)
    save(font, name)


def merged(paths: list[Path], name: str, family: str, style: str, weight: int) -> None:
    """One static font from the parts (Latin, Greek ...) that a web package splits it into."""
    parts = []
    for path in paths:
        part = TTFont(path)
        part.flavor = None
        buffer = io.BytesIO()
        part.save(buffer)
        buffer.seek(0)
        parts.append(buffer)
    font = Merger().merge(parts)  # type: ignore[arg-type]
    subset(font, codes_of(LATIN), ["kern", "mark", "mkmk", "ccmp", "tnum", "lnum"])
    rename(font, family, style, weight)
    save(font, name)


def chinese(noto: Path) -> None:
    """Three weights of the renamed subset."""
    codes = codes_of(HAN) | gb2312()
    for face, (style, weight) in WEIGHTS.items():
        collection = TTCollection(noto / f"NotoSansCJK-{face}.ttc")
        font = next(f for f in collection.fonts if f["name"].getDebugName(1).startswith("Noto Sans CJK SC"))
        subset(font, codes, ["kern", "halt", "palt", "locl", "ccmp"])
        rename(font, "Loupe Sans SC", style, weight)
        save(font, f"LoupeSansSC-{style}")


def main() -> None:
    inter, stix, mono, noto = map(Path, sys.argv[1:5])
    OUT.mkdir(parents=True, exist_ok=True)
    for style, weight in (("Regular", 400), ("Medium", 500), ("SemiBold", 600), ("Italic", 400)):
        latin(inter / "web" / f"Inter-{style}.woff2", f"Inter-{style}", "Inter", style, weight)
    latin(inter / "display" / "InterDisplay-SemiBold.woff2", "InterDisplay-SemiBold", "Inter Display", "SemiBold", 600)
    for style, weight, slant in (("Regular", 400, "normal"), ("Italic", 400, "italic")):
        merged([stix / "files" / f"stix-two-text-{part}-{weight}-{slant}.woff2" for part in ("latin", "latin-ext", "greek")],
               f"STIXTwoText-{style}", "STIX Two Text", style, weight)
    for style, weight in (("Regular", 400), ("Medium", 500)):
        merged([mono / "files" / f"jetbrains-mono-{part}-{weight}-normal.woff2" for part in ("latin", "latin-ext", "greek")],
               f"JetBrainsMono-{style}", "JetBrains Mono", style, weight)
    chinese(noto)


if __name__ == "__main__":
    main()
