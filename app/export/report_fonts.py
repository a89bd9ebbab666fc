"""The fonts of an HTML report: those letters of the program's own faces that the page uses, inside the page."""

from __future__ import annotations

import base64
import html
import io
import re
from typing import Any

from panels.kit.theme import ASSETS

FACES = (("Inter", 400, "Inter-Regular.ttf"), ("Inter", 500, "Inter-Medium.ttf"), ("Inter", 600, "Inter-SemiBold.ttf"),
         ("Inter Display", 600, "InterDisplay-SemiBold.ttf"), ("JetBrains Mono", 400, "JetBrainsMono-Regular.ttf"),
         ("Loupe Sans SC", 400, "LoupeSansSC-Regular.otf"), ("Loupe Sans SC", 500, "LoupeSansSC-Medium.otf"),
         ("Loupe Sans SC", 600, "LoupeSansSC-SemiBold.otf"))
CJK = re.compile("[\u2e80-\uffef]")
_IMAGE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+|<path[^>]*>")


def faces(page: str) -> str:
    """@font-face rules for a page; '' where the fonts cannot be cut, and the reader's own are taken."""
    try:
        from fontTools import subset
    except ImportError:
        return ""
    used = set(html.unescape(_IMAGE.sub("", page)))
    rules = []
    for family, weight, name in FACES:
        letters = {c for c in used if CJK.match(c)} if family == "Loupe Sans SC" else {c for c in used if not CJK.match(c)}
        if letters:
            data = base64.b64encode(_cut(subset, name, letters)).decode("ascii")
            rules.append(f'@font-face{{font-family:"{family}";font-weight:{weight};'
                         f'src:url("data:font/woff;base64,{data}") format("woff")}}')
    return "\n".join(rules)


def _cut(subset: Any, name: str, letters: set[str]) -> bytes:
    """A font with these letters alone, as WOFF."""
    options = subset.Options(flavor="woff", layout_features=["kern", "mark", "tnum", "calt", "ccmp"], notdef_outline=True,
                             desubroutinize=True, hinting=False)
    target = io.BytesIO()
    with subset.load_font(str(ASSETS / "fonts" / name), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(letters))
        cutter.subset(font)
        font.flavor = "woff"
        font.save(target)
    return target.getvalue()
