"""Typesets TeX: an SVG and where its terms and live numbers stand, from what is known or else from MathJax."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

from app.atomic import write_bytes
from app.mathjax import BUNDLE, UNFIT, Child, shortened
from engine.core.faults import BadInput, LoupeError

ROOT = Path(__file__).resolve().parents[1]
PREBUILT = ROOT / "assets" / "formulas"
UNITS_PER_EX = 442.0                # MathJax counts 1000 units to the em, and its x is 0.442 em high
KEPT = 1000                         # formulas in memory


@dataclass(frozen=True)
class Box:
    """A rectangle in ex, from the start of the formula's baseline, y downward; (x, y) is its top left corner."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies in the box."""
        return 0 <= x - self.x <= self.width and 0 <= y - self.y <= self.height


@dataclass(frozen=True)
class Slot(Box):
    """Room for a live number: its baseline, its digits' size (1 in the line, 0.7 in an index), the terms around."""

    baseline: float
    scale: float
    terms: tuple[str, ...]          # innermost first


@dataclass(frozen=True)
class Formula:
    """A typeset formula. Width, height above the baseline and depth below it are in ex (x-heights of the text around).

    A name may occur several times, so `slots` and `terms` hold every place of each name.
    """

    svg: bytes
    width_ex: float
    height_ex: float
    depth_ex: float
    slots: dict[str, tuple[Slot, ...]] = field(default_factory=dict, compare=False)
    terms: dict[str, tuple[Box, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def from_svg(cls, svg: bytes) -> Self:
        """The formula in an SVG of ours; ValueError where it is none."""
        try:
            root = ElementTree.fromstring(svg)
            _, top, width, total = (float(v) / UNITS_PER_EX for v in root.attrib["viewBox"].split())
            slots: dict[str, tuple[Slot, ...]] = {}
            terms: dict[str, tuple[Box, ...]] = {}
            for element, around in _marked(root, ()):
                numbers = [float(v) for v in element.attrib["data-box"].split()]
                x, y, w, h, baseline = (v / UNITS_PER_EX for v in numbers[:5])
                if slot := element.get("data-slot"):
                    slots[slot] = (*slots.get(slot, ()), Slot(x, y, w, h, baseline, numbers[5], around))
                if term := element.get("data-term"):
                    terms[term] = (*terms.get(term, ()), Box(x, y, w, h))
        except (ElementTree.ParseError, KeyError, RecursionError) as fault:
            raise ValueError(f"not a formula: {fault}") from None
        return cls(svg, width, -top, total + top, slots, terms)

    def term_at(self, x: float, y: float) -> str | None:
        """The smallest term whose box holds the point, for hovering; in ex from the start of the baseline."""
        found = [(b.width * b.height, key) for key, boxes in self.terms.items() for b in boxes if b.holds(x, y)]
        return min(found)[1] if found else None


def _marked(element: ElementTree.Element,
            around: tuple[str, ...]) -> Iterator[tuple[ElementTree.Element, tuple[str, ...]]]:
    """Every element with a box, and the terms around it, innermost first."""
    if "data-box" in element.attrib:
        yield element, around
    key = element.get("data-term")
    for child in element:
        yield from _marked(child, (key, *around) if key else around)


@cache
def _version() -> str:
    """What typesets: a formula set by another bundle has another key."""
    return hashlib.sha256(BUNDLE.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def key_of(tex: str, display: bool = True) -> str:
    """The name under which a formula is kept on disk."""
    return hashlib.sha256(f"{_version()}\n{display:d}\n{tex.strip()}".encode()).hexdigest()


def typeset(tex: str, display: bool = True) -> Formula:
    """Typeset one formula, waiting for it; BadInput says what is wrong with the TeX."""
    return _shared().typeset(tex, display)


@cache
def _shared() -> Typesetter:
    return Typesetter()


class Typesetter:
    """Formulas from memory, from the prebuilt ones, from the cache folder, else from a child process it owns."""

    def __init__(self, cache: Path | None = None, prebuilt: Path | None = PREBUILT, timeout: float = 20.0) -> None:
        self._folders = [folder for folder in (prebuilt, cache) if folder is not None]
        self._cache = cache
        self._known: dict[tuple[str, bool], Formula] = {}
        self._child = Child(timeout)
        self._waiting: ThreadPoolExecutor | None = None

    def find(self, tex: str, display: bool = True) -> Formula | None:
        """The formula if it has been typeset before, at once; None if `later` or `typeset` has to do it."""
        tex = tex.strip()
        found = self._known.get((tex, display))
        if found is None and not UNFIT.search(tex):
            name = f"{key_of(tex, display)}.svg.gz"
            found = next((f for folder in self._folders if (f := _read(folder / name))), None)
            if found is not None:
                self._keep(tex, display, found)
        return found

    def typeset(self, tex: str, display: bool = True) -> Formula:
        """The formula, waiting for it; BadInput says what is wrong with the TeX. Any thread may call."""
        found = self.find(tex, display)
        if found is None:
            tex = tex.strip()
            svg = self._child.ask(tex, display).encode()
            try:
                found = Formula.from_svg(svg)
            except ValueError:                  # \char can ask for characters that no XML holds
                raise BadInput(f"formula {shortened(tex)}: cannot be set; write it in other words", "bad_tex",
                               tex=shortened(tex), reason="") from None
            self._keep(tex, display, found)
            if self._cache is not None:
                _write(self._cache / f"{key_of(tex, display)}.svg.gz", found.svg)
        return found

    def later(self, tex: str, display: bool = True) -> Future[Formula]:
        """The formula without waiting; callbacks of the future run in another thread."""
        if self._waiting is None:
            self._waiting = ThreadPoolExecutor(1, "typeset")
        return self._waiting.submit(self.typeset, tex, display)

    def _keep(self, tex: str, display: bool, formula: Formula) -> None:
        while len(self._known) >= KEPT:
            with contextlib.suppress(KeyError, RuntimeError):       # another thread took it
                del self._known[next(iter(self._known))]
        self._known[tex, display] = formula

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        return self._child.pid

    def close(self) -> None:
        """End the child for good; what was asked for and has not come fails. What is known can still be found."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.shutdown(wait=False, cancel_futures=True)
        self._child.close()


def _read(path: Path) -> Formula | None:
    """A formula from disk; None where there is none or it is damaged."""
    try:
        return Formula.from_svg(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error):
        return None


def _write(path: Path, svg: bytes) -> None:
    with contextlib.suppress(OSError, LoupeError):          # a cache that cannot be kept costs time only
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, gzip.compress(svg, mtime=0))
