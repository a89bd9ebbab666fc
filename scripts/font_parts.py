"""What building a font is made of: keep some characters, take missing ones from another font, give it a name."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterable
from pathlib import Path

from fontTools.merge import Merger
from fontTools.misc.transform import Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

# Windows and fontconfig read from these bits of OS/2 which languages a font is for: 1252 Latin, 936 Simplified Chinese.
LATIN_PAGE, CHINESE_PAGE = 1 << 0, 1 << 18
CHINESE_RANGES = (9, 31, 48, 49, 50, 54, 59, 68)        # Greek ... CJK punctuation, unified ideographs, full-width forms
DROPPED = ["DSIG", "STAT", "BASE", "vhea", "vmtx", "VORG", "MATH", "fpgm", "prep", "cvt ", "gasp"]


def opened(path: Path, face: str = "") -> TTFont:
    """A font from a file; from a collection the one whose name starts with `face`."""
    if path.suffix != ".ttc":
        return TTFont(path, recalcTimestamp=False)
    number = 0
    while not TTFont(path, fontNumber=number, lazy=True)["name"].getDebugName(1).startswith(face):
        number += 1
    return TTFont(path, fontNumber=number, recalcTimestamp=False)


def joined(paths: Iterable[Path]) -> TTFont:
    """One font from the parts (Latin, Greek ...) that a web package splits it into."""
    parts, stamp = [], 0
    for path in paths:
        part = opened(path)
        part.flavor = None
        stamp = part["head"].modified
        buffer = io.BytesIO()
        part.save(buffer)
        buffer.seek(0)
        parts.append(buffer)
    font = Merger().merge(parts)  # type: ignore[arg-type]
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = stamp
    return font


def complete(font: TTFont, donors: Iterable[TTFont], codes: Iterable[int], width: int = 0) -> None:
    """Draw into `font` the characters it lacks, each from the first donor that has it; `width`: every advance alike."""
    for code in sorted(codes):
        if code in font.getBestCmap():
            continue
        donor = next((d for d in donors if code in d.getBestCmap()), None)
        if donor is not None:
            name = donor.getBestCmap()[code]
            advance, _ = donor["hmtx"][name]
            on_axis = 0x2190 <= code < 0x2600 or 0x2700 <= code < 0x2C00
            scale = _x_height(font) / _x_height(donor)
            lift = _axis(font) - _axis(donor) * scale if on_axis else 0.0
            _add(font, code, donor, name, (scale, lift), width or advance * scale, bool(width))


def raised_capital(font: TTFont, code: int, letter: str, heavier: TTFont, width: int = 0) -> None:
    """A superscript capital (the transpose's ᵀ) from the capital of a heavier weight, made small at cap height."""
    if code in font.getBestCmap():
        return
    name = heavier.getBestCmap()[ord(letter)]
    scale = 0.62 * font["head"].unitsPerEm / heavier["head"].unitsPerEm
    top = font["OS/2"].sCapHeight * 1.06
    advance, _ = heavier["hmtx"][name]
    _add(font, code, heavier, name, (scale, top - heavier["OS/2"].sCapHeight * scale), width or advance * scale * 1.05,
         bool(width))


def turned(font: TTFont, code: int, letter: str) -> None:
    """A character that is another one upside down in the same place: nabla from Delta."""
    if code in font.getBestCmap():
        return
    name = font.getBestCmap()[ord(letter)]
    bounds = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(bounds)
    advance, _ = font["hmtx"][name]
    flip = Transform(-1, 0, 0, -1, advance, bounds.bounds[1] + bounds.bounds[3])      # half a turn: contours keep their sense
    _draw(font, code, (font, name), flip, advance)


def greek_as_default(font: TTFont) -> None:
    """Lay Greek out as the default script: Inter's own table for Greek has kerning but no place for a hat on a theta."""
    scripts = font["GPOS"].table.ScriptList
    scripts.ScriptRecord = [record for record in scripts.ScriptRecord if record.ScriptTag != "grek"]
    scripts.ScriptCount = len(scripts.ScriptRecord)


def anchor_marks(font: TTFont, letters: str, like: str, mark: int) -> None:
    """Let `letters` carry the accents that `like` carries, at their own height and in their own middle."""
    cmap, glyphs = font.getBestCmap(), font["glyf"]
    model = cmap[ord(like)]
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in (getattr(part, "ExtSubTable", part) for part in lookup.SubTable):
            if table.LookupType != 4 or cmap[mark] not in table.MarkCoverage.glyphs \
                    or model not in table.BaseCoverage.glyphs:
                continue
            bases = dict(zip(table.BaseCoverage.glyphs, table.BaseArray.BaseRecord, strict=True))
            for name in {cmap[ord(letter)] for letter in letters} - set(bases):
                bases[name] = copy.deepcopy(bases[model])
                for anchor in filter(None, bases[name].BaseAnchor):
                    anchor.XCoordinate += round((font["hmtx"][name][0] - font["hmtx"][model][0]) / 2)
                    anchor.YCoordinate += glyphs[name].yMax - glyphs[model].yMax if anchor.YCoordinate > 0 else 0
            table.BaseCoverage.glyphs = sorted(bases, key=font.getGlyphID)
            table.BaseArray.BaseRecord = [bases[name] for name in table.BaseCoverage.glyphs]
            table.BaseArray.BaseCount = len(bases)


def _x_height(font: TTFont) -> float:
    return float(font["OS/2"].sxHeight)


def _axis(font: TTFont) -> float:
    """The height of the middle of the plus sign, on which operators sit."""
    pen = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[font.getBestCmap()[ord("+")]].draw(pen)
    return (pen.bounds[1] + pen.bounds[3]) / 2


def _add(font: TTFont, code: int, donor: TTFont, name: str, place: tuple[float, float], advance: float,
         fixed: bool) -> None:
    """One glyph more, scaled and lifted as `place` says, in the middle of its advance when that is fixed."""
    scale, lift = place
    glyphs = donor.getGlyphSet()
    bounds = BoundsPen(glyphs)
    glyphs[name].draw(bounds)
    left, _, right, _ = bounds.bounds or (0, 0, 0, 0)
    across, shift = scale, 0.0
    if fixed:
        across = min(scale, 0.94 * advance / max(right - left, 1))
        shift = (advance - (left + right) * across) / 2
    _draw(font, code, (donor, name), Transform(across, 0, 0, scale, shift, lift), advance)


def _draw(font: TTFont, code: int, source: tuple[TTFont, str], place: Transform, advance: float) -> None:
    """A glyph of `source`, placed, becomes a character of `font`."""
    donor, name = source
    glyphs = donor.getGlyphSet()
    pen = TTGlyphPen(None)
    outline = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(outline)
    outline.replay(TransformPen(pen, place))
    added = f"u{code:05X}.added"
    font.setGlyphOrder([*font.getGlyphOrder(), added])
    glyph = pen.glyph()
    glyph.recalcBounds(font["glyf"])
    font["glyf"].glyphs[added] = glyph
    font["hmtx"].metrics[added] = (round(advance), getattr(glyph, "xMin", 0))
    for table in font["cmap"].tables:
        if table.isUnicode() and (code < 0x10000 or table.format == 12):
            table.cmap[code] = added


def widen_cmap(font: TTFont) -> None:
    """A cmap that can name characters beyond U+FFFF."""
    if any(table.format == 12 for table in font["cmap"].tables):
        return
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language, table.cmap = 3, 10, 0, dict(font.getBestCmap())
    font["cmap"].tables.append(table)


def subset(font: TTFont, codes: set[int], features: list[str]) -> None:
    """Keep only these characters, and what these features need."""
    worker = Subsetter(Options(layout_features=features, name_IDs=["*"], notdef_outline=True, hinting=False,
                               glyph_names=False, drop_tables=DROPPED))
    worker.populate(unicodes=codes)
    worker.subset(font)


def declare_chinese(font: TTFont) -> None:
    """Say that the font is for Simplified Chinese: subsetting clears that, and Qt then prefers an installed font."""
    table = font["OS/2"]
    table.ulCodePageRange1 |= LATIN_PAGE | CHINESE_PAGE
    for bit in CHINESE_RANGES:
        number, within = divmod(bit, 32)
        name = f"ulUnicodeRange{number + 1}"
        setattr(table, name, getattr(table, name) | 1 << within)


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
