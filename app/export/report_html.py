"""A report as one HTML file: figures and formulas inside it as vectors, its fonts too, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from app.atomic import write_bytes
from app.export.report_fonts import faces
from app.lesson_text import Block, Piece
from app.report import Report, Section
from app.typeset import Formula, Typesetter
from engine.core.faults import LoupeError
from engine.core.version import PROGRAM
from panels.kit.theme import ASSETS, Theme, theme

EX = 0.47                           # x-height of the formulas' letters in em of the text around
ROLES = ("surface", "surface_raised", "ink", "ink_soft", "ink_faint", "line", "accent", "ok", "fail")


def write_html(report: Report, path: Path, typesetter: Typesetter) -> None:
    """Write the report; LoupeError says why it cannot be written."""
    write_bytes(path, Page(report, typesetter).text().encode("utf-8"))


class Page:
    """Makes the page of one report."""

    def __init__(self, report: Report, typesetter: Typesetter) -> None:
        self.report, self.typesetter = report, typesetter

    def text(self) -> str:
        """The whole document."""
        report = self.report
        body = "\n".join([f"<h1>{_safe(report.title)}</h1>", *self._contents(),
                          *(self._section(n, s) for n, s in enumerate(report.sections)),
                          f"<footer>{_safe(report.word('made_by', program=PROGRAM))}</footer>"])
        style = (ASSETS / "templates" / "report.css").read_text(encoding="utf-8")
        lang = "zh-Hans" if report.language == "zh" else "en"
        return (f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
                '<meta name="viewport" content="width=device-width">\n'
                '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; '
                'img-src data:; font-src data:">\n'
                f"<title>{_safe(report.title)}</title>\n<style>\n{faces(body)}\n{_colors()}\n{style}</style>\n</head>\n"
                f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n")

    def _contents(self) -> Iterator[str]:
        found = self.report.contents
        if found:
            rows = "".join(f'<li><a href="#s{n}">{_safe(title)}</a></li>' for n, title in found)
            yield f"<nav><h2>{_safe(self.report.word('contents'))}</h2><ol>{rows}</ol></nav>"

    def _section(self, number: int, section: Section) -> str:
        parts = [f'<h2 id="s{number}">{_safe(section.title)}</h2>'] if section.title else []
        if section.kind == "picture":
            parts.append(self._figure(number, section))
        if section.kind == "answer":
            rows = "".join(f"<dt>{_safe(label)}</dt><dd>{_safe(words)}</dd>" for label, words in section.rows)
            verdict = self.report.word("right" if section.right else "wrong")
            parts.append(f'<dl class="answer {"right" if section.right else "wrong"}">{rows}</dl>'
                         f'<p class="verdict {"right" if section.right else "wrong"}">{_safe(verdict)}</p>')
        if section.blocks:
            parts.append(f'<div class="note">{"".join(self._blocks(section.blocks))}</div>')
        if section.command:
            parts.append(f'<p class="repeat">{_safe(section.made)} <code>{_safe(section.command)}</code></p>')
        return f'<section class="{section.kind}">\n' + "\n".join(parts) + "\n</section>"

    def _figure(self, number: int, section: Section) -> str:
        drawn = section.drawing.svg(f"f{number}", section.title) if section.drawing else f"<p>{_safe(section.fault)}</p>"
        caption = " · ".join(map(_safe, section.setting))
        pinned = "".join(f"<br>{_safe(self.report.word('pinned', what=what))}" for what in section.pinned)
        rows = "".join(f"<div><dt>{_safe(label)}</dt><dd>{_safe(value)}</dd></div>" for label, value in section.readouts)
        return (f"<figure>{drawn}<figcaption>{caption}{pinned}</figcaption></figure>"
                + (f'<dl class="readouts">{rows}</dl>' if rows else ""))

    # notes ------------------------------------------------------------------------------------------------------------

    def _blocks(self, blocks: tuple[Block, ...]) -> Iterator[str]:
        """The blocks as HTML; items that follow one another are one list."""
        listed = ""
        for block in blocks:
            kind = ("ol" if block.number else "ul") if block.kind == "item" else ""
            if listed and kind != listed:
                yield f"</{listed}>"
            if kind and kind != listed:
                yield f'<ol start="{block.number}">' if kind == "ol" else "<ul>"
            listed = kind
            yield self._block(block)
        if listed:
            yield f"</{listed}>"

    def _block(self, block: Block) -> str:
        if block.kind == "table":
            rows = [f"<tr>{''.join(f'<td>{self._pieces(cell)}</td>' for cell in row)}</tr>" for row in block.rows]
            return f"<table>{''.join(rows)}</table>"
        if block.kind == "math":
            return f'<p class="display">{self._formula(block.pieces[0].text, True)}</p>'
        if block.kind == "rule":
            return "<hr>"
        inside = self._pieces(block.pieces)
        if block.kind == "code":
            return f"<pre>{inside}</pre>"
        name = {"heading": f"h{min(6, block.level + 2)}", "item": "li", "quote": "blockquote"}.get(block.kind, "p")
        style = f' style="margin-left:{block.level - 1}.2em"' if block.kind == "item" and block.level > 1 else ""
        return f"<{name}{style}>{inside}</{name}>"

    def _pieces(self, pieces: tuple[Piece, ...]) -> str:
        return "".join(map(self._piece, pieces))

    def _piece(self, piece: Piece) -> str:
        if piece.kind == "math":
            return self._formula(piece.text, False)
        if piece.kind == "break":
            return "<br>"
        made = f"<code>{_safe(piece.text)}</code>" if piece.kind == "code" else _safe(piece.text)
        if piece.role:
            look = theme("light")
            made = f'<span style="color:{look.hex(look.text_role(piece.role))}">{made}</span>'
        for name, wanted in (("strong", piece.strong), ("em", piece.em)):
            made = f"<{name}>{made}</{name}>" if wanted else made
        if piece.link.startswith(("http://", "https://")):
            made = f'<a href="{_safe(piece.link)}" rel="noreferrer">{made}</a>'
        return made

    def _formula(self, tex: str, display: bool) -> str:
        """The formula as an SVG on the text's baseline; its TeX where it cannot be set."""
        try:
            return _inline(self.typesetter.typeset(tex, display), tex)
        except LoupeError:
            return f'<code class="fault">{_safe(tex)}</code>'


def _inline(formula: Formula, tex: str) -> str:
    """MathJax's own SVG, sized in em; it holds outlines of letters and nothing that acts."""
    svg = formula.svg.decode("utf-8")
    svg = svg[svg.index("<svg"):]
    head, _, rest = svg.partition(">")
    box = head.partition('viewBox="')[2].partition('"')[0]
    wide, high, depth = (v * EX for v in (formula.width_ex, formula.height_ex + formula.depth_ex, formula.depth_ex))
    return (f'<svg class="tex" role="img" aria-label="{_safe(tex)}" viewBox="{box}" fill="currentColor" '
            f'style="width:{wide:.3f}em;height:{high:.3f}em;vertical-align:{-depth:.3f}em">{rest}')


def _colors() -> str:
    """The roles as variables: the light theme on a screen, the print theme on paper."""
    def named(look: Theme) -> str:
        return "".join(f"--{role.replace('_', '-')}:{look.hex(role)};" for role in ROLES)

    return f":root{{{named(theme('light'))}}}\n@media print{{:root{{{named(theme('print'))}}}}}"


def _safe(text: str) -> str:
    """Text for HTML; no character that XML could not hold."""
    return escape("".join(c for c in text if c >= " " or c in "\t\n"), quote=True)
