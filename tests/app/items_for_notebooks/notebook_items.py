"""Items of notebooks for tests: small, and whole."""

from __future__ import annotations

from app.entry import Words
from app.notebook import Answer, Note, Notebook, Picture, packed
from app.provenance import Provenance, provenance_of
from engine.core.address import load

SVG = ('<svg viewBox="0 0 40 20"><title>t</title><defs><clipPath id="clip0"><rect x="0" y="0" width="40" height="20"/></clipPath>'
       '</defs><g clip-path="url(#clip0)"><path d="M1,1L20,10C1,2 3,4 5,6" fill="none" stroke="#1f6fc9" stroke-width="2"/></g>'
       '<text x="3" y="9" textLength="20" lengthAdjust="spacingAndGlyphs" fill="#000000" font-family="\'Inter\',sans-serif" '
       'font-size="11" xml:space="preserve">R&amp;D 中</text></svg>')


def figure(index: int = 3, **values: object) -> Provenance:
    """The provenance of a central limit theorem."""
    from engine.core.params import build

    return provenance_of("mathematics.clt", build(load("mathematics.clt").Params, values), index=index)


def whole() -> Notebook:
    """A notebook with one item of each kind."""
    picture = Picture(figure(n=7), (figure(5, n=2),), (("ks", 0.25), ("drawn", 40), ("skew", None)),
                      {"en": packed(SVG), "zh": packed(SVG)}, {"light": "aGk=", "dark": "aGk="}, "", "ks = {ks}, $x^2$",
                      "2026-01-31T12:00+01:00")
    answer = Answer(figure(0, n=120), "0123", Words("What?", "什么？"), Words("a", "甲"), Words("b", "乙"), Words("so", "因为"))
    return Notebook("Means 均值", (picture, Note("", "# Mine\nsome *words* 中文"), answer))
