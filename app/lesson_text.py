"""Lessons as pieces: Markdown with TeX, coloured terms, live numbers, and links that set parameters. Knows no Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from app.entry import Entry

if TYPE_CHECKING:
    from markdown_it.token import Token

SLOT = re.compile(r"\{([A-Za-z_][\w.]*)(?::([^{}]+))?\}")
SPEC = re.compile(r"[,+#0-9.]*[defg%]")


@dataclass(frozen=True)
class Piece:
    """A run of a paragraph in one style."""

    text: str
    kind: str = "text"              # text, code, math, live, break
    strong: bool = False
    em: bool = False
    link: str = ""
    role: str = ""                  # of a coloured term
    name: str = ""                  # of a live number
    spec: str = ""                  # how it is written, where the text says so


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, display formula, code, list item, table or rule."""

    kind: str                       # text, heading, math, code, item, tries, table, rule, quote
    pieces: tuple[Piece, ...] = ()
    level: int = 0
    number: int = 0                 # of an ordered item; 0 is a bullet
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()


def blocks_of(text: str, entry: Entry) -> list[Block]:
    """The blocks of a lesson or a note; HTML in it is words like any other."""
    from markdown_it import MarkdownIt  # takes as long as a tenth of the window's start
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(dollarmath_plugin, allow_space=True, double_inline=True)
    tokens = parser.parse(text)
    return list(_Walker(tokens, entry).blocks())


class _Walker:
    def __init__(self, tokens: list[Token], entry: Entry) -> None:
        self.tokens, self.entry = tokens, entry
        self.lists: list[int] = []          # the next number of each open list; -1 for bullets

    def blocks(self) -> Iterator[Block]:
        kind, level = "text", 0
        table: list[list[tuple[Piece, ...]]] = []
        quote = False
        for token in self.tokens:
            if token.type == "heading_open":
                kind, level = "heading", int(token.tag[1])
            elif token.type == "blockquote_open":
                quote = True
            elif token.type == "blockquote_close":
                quote = False
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                self.lists.append(-1 if token.type[0] == "b" else int(token.attrGet("start") or 1))
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self.lists.pop()
            elif token.type == "list_item_open":
                kind = "item"
            elif token.type == "table_open":
                table = []
            elif token.type == "tr_open":
                table.append([])
            elif token.type == "table_close":
                yield Block("table", rows=tuple(tuple(row) for row in table))
                table = []
            elif token.type == "inline" and table:
                table[-1].append(tuple(self._inline(token)))
            elif token.type == "inline":
                yield from self._text(token, "quote" if quote and kind == "text" else kind, level)
                kind = "text"
            elif token.type in ("math_block", "math_block_label"):
                yield Block("math", (Piece(token.content.strip(), "math"),))
            elif token.type in ("fence", "code_block"):
                yield Block("code", (Piece(token.content.rstrip("\n"), "code"),))
            elif token.type == "hr":
                yield Block("rule")

    def _text(self, token: Token, kind: str, level: int) -> Iterator[Block]:
        pieces = list(self._inline(token))
        said = [p for p in pieces if p.text.strip()]
        if kind == "text" and said and all(p.link.startswith("set:") for p in said):
            tries: dict[str, str] = {}
            for piece in said:
                tries[piece.link] = tries.get(piece.link, "") + piece.text
            yield Block("tries", tuple(Piece(text, link=link) for link, text in tries.items()))
            return
        if len(said) == 1 and said[0].kind == "math" and kind == "text" and said[0].name == "display":
            yield Block("math", (said[0],))
            return
        number = 0
        if kind == "item" and self.lists:
            number = max(0, self.lists[-1])
            if self.lists[-1] > 0:
                self.lists[-1] += 1
        yield Block(kind, tuple(pieces), len(self.lists) if kind == "item" else level, number)

    def _inline(self, token: Token) -> Iterator[Piece]:
        style = Piece("")
        for child in token.children or ():
            if child.type == "strong_open":
                style = replace(style, strong=True)
            elif child.type == "strong_close":
                style = replace(style, strong=False)
            elif child.type in ("em_open", "em_close"):
                style = replace(style, em=child.type == "em_open")
            elif child.type == "link_open":
                style = replace(style, link=str(child.attrGet("href") or ""))
            elif child.type == "link_close":
                style = replace(style, link="")
            elif child.type == "code_inline":
                yield replace(style, text=child.content, kind="code")
            elif child.type.startswith("math_inline"):
                yield replace(style, text=child.content, kind="math", name="display" if "double" in child.type else "")
            elif child.type == "softbreak":
                yield replace(style, text=" ")
            elif child.type == "hardbreak":
                yield replace(style, text="\n", kind="break")
            elif child.type == "text":
                yield from self._slots(child.content, style)

    def _slots(self, text: str, style: Piece) -> Iterator[Piece]:
        at = 0
        for found in SLOT.finditer(text):
            piece = self._slot(found[1], found[2] or "", style)
            if piece is None:
                continue
            if found.start() > at:
                yield replace(style, text=text[at:found.start()])
            yield piece
            at = found.end()
        if at < len(text):
            yield replace(style, text=text[at:])

    def _slot(self, name: str, rest: str, style: Piece) -> Piece | None:
        role = self.entry.term_role(name) or ""
        if rest and not SPEC.fullmatch(rest) and role:
            return replace(style, text=rest, role=role, strong=True)
        if name in self.entry.metrics or name in self.entry.params or name.partition(".")[0] in self.entry.metrics:
            term = self.entry.term_for_metric(name) or self.entry.term_for_param(name)
            return replace(style, text="–", kind="live", name=name, spec=rest, role=term.role if term else "")
        return replace(style, text=rest, role=role, strong=True) if role and rest else None


def try_values(link: str) -> list[str]:
    """'set:n=4,population=cauchy' as ['n=4', 'population=cauchy']; commas inside brackets do not part."""
    words, depth, word = [], 0, ""
    for letter in unquote(link.removeprefix("set:")):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            words.append(word)
            word = ""
        else:
            word += letter
    return [w for w in (*words, word) if w]
