"""A drawing is a picture as our own SVG writer makes it, read strictly: shapes and words, nothing that could act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from xml.parsers import expat

MOST_SHAPES = 100_000
_N = r"-?\d{1,9}(?:\.\d{1,6})?(?:e-?\d{1,3})?"
NUMBER, NUMBERS = re.compile(_N), re.compile(rf"{_N}(?:[ ,]{_N})*")
_COLOR = re.compile("none|#[0-9a-f]{6}")
_WORD = re.compile("[a-zA-Z]{1,30}")
_LINK = re.compile(r"url\(#(clip\d{1,6})\)")
_CHECKS: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(("x", "y", "width", "height", "cx", "cy", "rx", "ry", "opacity", "fill-opacity", "stroke-opacity",
                     "stroke-width", "stroke-dashoffset", "font-size", "font-weight", "letter-spacing", "textLength"), NUMBER),
    **dict.fromkeys(("fill", "stroke"), _COLOR),
    **dict.fromkeys(("fill-rule", "stroke-linecap", "stroke-linejoin", "shape-rendering", "lengthAdjust", "font-style",
                     "preserveAspectRatio"), _WORD),
    "points": NUMBERS, "stroke-dasharray": NUMBERS, "d": re.compile(r"[MLCh0-9 ,.e-]*"),
    "transform": re.compile(rf"matrix\({_N}(?: {_N}){{5}}\)"),
    "font-family": re.compile(r"[\w ',-]{1,300}"), "xml:space": re.compile("preserve"),
    "style": re.compile("font-feature-settings:'tnum'|image-rendering:pixelated"),
    "xlink:href": re.compile("data:image/png;base64,[A-Za-z0-9+/]*={0,2}"),
}
SHAPES = ("path", "polyline", "polygon", "rect", "ellipse", "text", "image")
_SILENT = ("title", "metadata")             # what is not drawn: left out with all that stands in it


@dataclass(frozen=True)
class Shape:
    """One element: its name, its checked attributes, its words, and the clip it stands in ('' for none)."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    clip: str = ""

    def number(self, name: str, default: float = 0.0) -> float:
        """An attribute as a number."""
        return float(self.attributes.get(name, default))

    def numbers(self, name: str) -> list[float]:
        """An attribute as a list of numbers."""
        return [float(v) for v in re.findall(_N, self.attributes.get(name, ""))]


@dataclass(frozen=True)
class Drawing:
    """A picture of so many design pixels across."""

    width: float
    height: float
    shapes: tuple[Shape, ...] = ()
    clips: dict[str, Shape] = field(default_factory=dict)

    def svg(self, name: str, title: str) -> str:
        """As an element inside an HTML page; `name` sets its clips apart from those of other drawings there."""
        clips = "".join(f'<clipPath id="{name}-{key}">{_element(shape)}</clipPath>' for key, shape in self.clips.items())
        body = "".join(_element(s) if not s.clip else f'<g clip-path="url(#{name}-{s.clip})">{_element(s)}</g>'
                       for s in self.shapes)
        return (f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {self.width:g} {self.height:g}">'
                f"<defs>{clips}</defs>{body}</svg>")


def _element(shape: Shape) -> str:
    attributes = "".join(f' {name.removeprefix("xlink:")}="{escape(value)}"' for name, value in shape.attributes.items())
    words = escape(shape.text, quote=False)
    return f"<{shape.tag}{attributes}>{words}</{shape.tag}>" if words else f"<{shape.tag}{attributes}/>"


def read_drawing(svg: str) -> Drawing:
    """The drawing in an SVG of ours; ValueError where there is anything in it that our writer does not write."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.words, reader.refuse
    parser.buffer_text = True
    try:
        parser.Parse(svg.encode("utf-8"), True)
    except expat.ExpatError as fault:
        raise ValueError(f"is not well-formed ({expat.ErrorString(fault.code)})") from None
    return reader.drawing()


class _Reader:
    """Takes what the parser finds."""

    def __init__(self) -> None:
        self.size: tuple[float, float] | None = None
        self.shapes: list[Shape] = []
        self.clips: dict[str, Shape] = {}
        self.open: list[str] = []
        self.clip = self.defining = ""
        self.silent = 0
        self.text: list[str] = []

    def refuse(self, *_: object) -> None:
        raise ValueError("has a document type")

    def start(self, tag: str, given: dict[str, str]) -> None:
        self.open.append(tag)
        if self.silent or tag in _SILENT:
            self.silent += 1
            return
        if len(self.open) > 6 or len(self.shapes) > MOST_SHAPES:
            raise ValueError("is too large")
        if tag == "svg" and self.size is None:
            _, _, width, height = (float(v) for v in NUMBER.findall(given.get("viewBox", ""))[:4])
            if not (0 < width < 1e5 and 0 < height < 1e5):
                raise ValueError("has a wrong size")
            self.size = width, height
        elif tag == "clipPath" and re.fullmatch(r"clip\d{1,6}", given.get("id", "")):
            self.defining = given["id"]
        elif tag == "g" and (found := _LINK.fullmatch(given.get("clip-path", ""))):
            self.clip = found[1]
        elif tag in SHAPES:
            self.text = []
            self._take(Shape(tag, dict(self._checked(given)), "", self.clip))
        elif tag != "defs":
            raise ValueError(f"has an element {tag[:20]}")

    def _take(self, shape: Shape) -> None:
        if self.defining:
            self.clips[self.defining] = shape
        else:
            self.shapes.append(shape)

    def _checked(self, given: dict[str, str]) -> Iterator[tuple[str, str]]:
        for name, value in given.items():
            check = _CHECKS.get(name)
            if check is None or not check.fullmatch(value):
                raise ValueError(f"has a wrong {name[:20]}")
            yield name, value

    def words(self, text: str) -> None:
        if not self.silent and self.open and self.open[-1] == "text":
            self.text.append(text)

    def end(self, tag: str) -> None:
        self.open.pop()
        if self.silent:
            self.silent -= 1
        elif tag == "text" and self.shapes:
            last = self.shapes[-1]
            self.shapes[-1] = Shape(last.tag, last.attributes, "".join(self.text), last.clip)
        elif tag == "clipPath":
            self.defining = ""
        elif tag == "g":
            self.clip = ""

    def drawing(self) -> Drawing:
        if self.size is None:
            raise ValueError("is no drawing")
        if any(s.clip and s.clip not in self.clips for s in self.shapes):
            raise ValueError("has a clip that is not there")
        return Drawing(*self.size, tuple(self.shapes), self.clips)
