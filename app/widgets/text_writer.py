"""Writes blocks of Markdown into a Qt text document: coloured terms, live numbers, formulas on their baselines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTableFormat,
)

from app.entry import Entry
from app.lesson_text import Block, Piece
from app.look import Look
from app.typeset import Formula, Typesetter
from panels.kit.formula import paint_formula

FORMULA, TRY = int(QTextFormat.ObjectTypes.UserObject) + 1, int(QTextFormat.ObjectTypes.UserObject) + 2
DATA, NAME, SPEC = (int(QTextFormat.Property.UserProperty) + n for n in (1, 2, 3))
OBJECT = "\ufffc"
EX = 0.47               # x-height of the formulas' letters in em of the text around


@dataclass
class Typeset:
    """A formula in the text: its TeX, and what came of it (None while it is being set)."""

    tex: str
    display: bool
    entry: Entry
    formula: Formula | None = None
    fault: str = ""


class FormulaObject(QPyTextObject):
    """Draws a formula in the text, on the text's baseline."""

    def __init__(self, writer: TextWriter, parent: QObject) -> None:
        super().__init__(parent)
        self.writer = writer

    def _ex(self, item: Typeset) -> float:
        ex = self.writer.look.font("body").pixelSize() * EX * (1.06 if item.display else 1.0)
        if item.display and item.formula and item.formula.width_ex * ex > self.writer.room():
            return self.writer.room() / item.formula.width_ex
        return ex

    def intrinsicSize(self, document: QTextDocument, position: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        item: Typeset = format.property(DATA)
        if item.formula is None:
            return QSizeF(QFontMetricsF(self.writer.look.font("label")).horizontalAdvance(item.tex) + 2, 18)
        ex = self._ex(item)
        height = item.formula.height_ex * ex
        if item.display:
            return QSizeF(item.formula.width_ex * ex, height + item.formula.depth_ex * ex + 4)
        descent = QFontMetricsF(format.toCharFormat().font()).descent()
        return QSizeF(item.formula.width_ex * ex + 1, height + descent)

    def drawObject(self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int,  # noqa: N802
                   format: QTextFormat) -> None:  # noqa: A002
        item: Typeset = format.property(DATA)
        rect, t = QRectF(rect), self.writer.look.theme
        if item.formula is None:
            painter.setPen(t.color("fail" if item.fault else "ink_faint"))
            painter.setFont(self.writer.look.font("label", family="mono"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, item.tex)
            return
        ex = self._ex(item)
        descent = item.formula.depth_ex * ex + 2 if item.display else QFontMetricsF(format.toCharFormat().font()).descent()
        colors = {key: t.color(t.text_role(term.role)) for key, term in item.entry.terms.items()}
        ink = format.toCharFormat().foreground().color()
        paint_formula(painter, item.formula, rect.left(), rect.bottom() - descent, ex, ink, colors)


class TextWriter:
    """Writes into documents of one look; `later` is given the formulas that have not been typeset yet."""

    def __init__(self, look: Look, typesetter: Typesetter, entry: Entry, room: Callable[[], float],
                 later: Callable[[Typeset], None]) -> None:
        self.look, self.typesetter, self.entry, self.room, self.later = look, typesetter, entry, room, later

    def write(self, cursor: QTextCursor, block: Block, first: bool) -> None:
        """Write a block at the cursor; the first one of a document takes the paragraph that is there."""
        if block.kind == "table":
            self._write_table(cursor, block)
            return
        if block.kind == "tries":
            for piece in block.pieces:
                self.next(cursor, first, 0, 0)
                form = self._format(Piece("", link=piece.link))
                form.setObjectType(TRY)
                form.setProperty(DATA, piece.text)
                form.setToolTip(piece.link.removeprefix("set:"))
                cursor.insertText(OBJECT, form)
                first = False
            return
        s = self.look.scale
        above = {"heading": 14, "math": 6, "item": 2}.get(block.kind, 4)
        self.next(cursor, first, above * s, (8 if block.kind == "math" else 5) * s, block)
        if block.kind == "item":
            cursor.insertText(f"{block.number}.\u2002" if block.number else "•\u2002", self._format(Piece("", role="ink_soft")))
        for piece in block.pieces:
            self._insert(cursor, piece, block)

    def next(self, cursor: QTextCursor, first: bool, above: float, below: float, block: Block | None = None) -> None:
        """Begin a paragraph, with room above and below."""
        form = QTextBlockFormat()
        form.setTopMargin(0 if first else above)
        form.setBottomMargin(below)
        line = 22 if self.look.language == "zh" else 20
        if block is None or block.kind not in ("math", "code"):
            form.setLineHeight(line * self.look.scale, int(QTextBlockFormat.LineHeightTypes.MinimumHeight.value))
        if block is not None and block.kind in ("item", "quote"):
            indent = 14 * self.look.scale * max(1, block.level)
            form.setLeftMargin(indent)
            form.setTextIndent(-12 * self.look.scale if block.kind == "item" else 0)
        if first:
            cursor.setBlockFormat(form)
        else:
            cursor.insertBlock(form)

    def _write_table(self, cursor: QTextCursor, block: Block) -> None:
        form = QTextTableFormat()
        form.setBorderBrush(self.look.theme.color("line"))
        form.setBorderCollapse(True)
        form.setCellPadding(4 * self.look.scale)
        form.setBorder(1)
        table = cursor.insertTable(len(block.rows), max(map(len, block.rows)), form)
        for i, row in enumerate(block.rows):
            for j, pieces in enumerate(row):
                inside = table.cellAt(i, j).firstCursorPosition()
                for piece in pieces:
                    self._insert(inside, piece, Block("text", level=0))
        cursor.movePosition(QTextCursor.MoveOperation.End)

    def _insert(self, cursor: QTextCursor, piece: Piece, block: Block) -> None:
        form = self._format(piece, block)
        if piece.kind == "math":
            self._insert_formula(cursor, Typeset(piece.text, block.kind == "math", self.entry), form)
        elif piece.kind == "live":
            form.setProperty(NAME, piece.name)
            form.setProperty(SPEC, piece.spec)
            cursor.insertText("–", form)
        else:
            cursor.insertText(piece.text.replace("\n", "\u2028"), form)

    def _insert_formula(self, cursor: QTextCursor, item: Typeset, form: QTextCharFormat) -> None:
        item.formula = self.typesetter.find(item.tex, item.display)
        if item.formula is None:
            self.later(item)
        font = QFont(form.font())
        if item.formula is not None and not item.display:
            depth = item.formula.depth_ex * font.pixelSize() * EX
            descent = QFontMetricsF(font).descent()
            if depth > descent:                         # the object hangs as deep as its font's descent: take a larger one
                font.setPixelSize(max(1, round(font.pixelSize() * depth / descent)))
            form.setFont(font)
            form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        form.setObjectType(FORMULA)
        form.setProperty(DATA, item)
        cursor.insertText(OBJECT, form)

    def _format(self, piece: Piece, block: Block | None = None) -> QTextCharFormat:
        t, kind = self.look.theme, block.kind if block else "text"
        form = QTextCharFormat()
        if kind == "heading":
            font, role = self.look.font("section" if block and block.level <= 2 else "body", weight=600), "ink"
        elif piece.kind == "code":
            font, role = self.look.font(12, family="mono"), "ink"
        else:
            font, role = self.look.font("body", weight=600 if piece.strong else 400), "ink"
        if piece.em:
            role = "ink_soft" if self.look.language == "zh" else role
            font.setItalic(self.look.language != "zh")
        role = piece.role or ("accent" if piece.link else role)
        form.setFont(font)
        form.setForeground(t.color(t.text_role(role)))
        if piece.link:
            form.setAnchor(True)
            form.setAnchorHref(piece.link)
        return form
