"""A report as a PDF: one text document over pages of A4, figures and formulas as vectors, words as words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QObject, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPyTextObject,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)

from app.atomic import write_bytes
from app.drawing import Drawing
from app.drawing_paint import paint_drawing
from app.export.picture import PDF_DPI
from app.export.size import PAPER_DPI
from app.look import Look
from app.report import UNKNOWN, Report, Section
from app.typeset import Typesetter
from app.widgets.text_writer import DATA, FORMULA, OBJECT, FormulaObject, TextWriter, Typeset
from engine.core.faults import LoupeError
from engine.core.version import PROGRAM
from panels.kit.theme import Language, font

FIGURE = int(QTextFormat.ObjectTypes.UserObject) + 3
MM = PAPER_DPI / 25.4               # design pixels
SIDE, TOP, BOTTOM = 18 * MM, 18 * MM, 22 * MM
WIDE, HIGH = 174 * MM, 297 * MM - TOP - BOTTOM
SCALE = 1.18                        # of the window's words, on paper


class PrintLook(Look):
    """The print theme in fonts without glyph variants, which no reader turns back into text."""

    def __init__(self, language: Language) -> None:
        super().__init__(language, "print", SCALE)

    def font(self, size: str | float = "body", *, weight: int | None = None, family: str = "ui") -> QFont:
        return font(size, weight=weight, family=family, language=self.language, scale=self.scale, variants=False)


@dataclass
class _Placed:
    drawing: Drawing


class FigureObject(QPyTextObject):
    """Draws a figure in the text, as wide as the page."""

    def intrinsicSize(self, document: QTextDocument, position: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        drawing = format.property(DATA).drawing
        high = min(WIDE * drawing.height / drawing.width, HIGH * 0.8)
        return QSizeF(WIDE - 1, high)

    def drawObject(self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int,  # noqa: N802
                   format: QTextFormat) -> None:  # noqa: A002
        paint_drawing(painter, format.property(DATA).drawing, QRectF(rect))


def write_pdf(report: Report, path: Path, typesetter: Typesetter) -> None:
    """Write the report; LoupeError says why it cannot be written."""
    paper = Paper(report, typesetter)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setCreator(PROGRAM)
    writer.setTitle(report.title)
    writer.setResolution(PDF_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, True)
    painter.scale(PDF_DPI / PAPER_DPI, PDF_DPI / PAPER_DPI)
    for number in range(paper.pages):
        if number:
            writer.newPage()
        paper.paint(painter, number)
    painter.end()
    write_bytes(path, bytes(buffer.data().data()))


class Paper:
    """The report as a document of pages."""

    def __init__(self, report: Report, typesetter: Typesetter) -> None:
        self.report = report
        self.look = PrintLook("zh" if report.language == "zh" else "en")
        self.document = QTextDocument()
        self.document.setUseDesignMetrics(True)
        self.document.setDocumentMargin(0)
        self.document.setDefaultFont(self.look.font("body"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document.setDefaultTextOption(option)
        self.document.setPageSize(QSizeF(WIDE, HIGH))
        self.writer = TextWriter(self.look, typesetter, UNKNOWN, lambda: WIDE - 2, self._set)
        self.typesetter, self._owner = typesetter, QObject()
        layout = self.document.documentLayout()
        self._objects = FormulaObject(self.writer, self._owner), FigureObject(self._owner)
        layout.registerHandler(FORMULA, self._objects[0])
        layout.registerHandler(FIGURE, self._objects[1])
        self.cursor = QTextCursor(self.document)
        self.headings: dict[int, int] = {}                  # section -> position of its heading
        self.ends: dict[int, int] = {}                      # answer -> position of its last line
        self._inserted: list[tuple[int, int]] = []          # page numbers written since: where, how many letters
        self._write()

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, self.document.pageCount())

    def _set(self, item: Typeset) -> None:
        try:
            item.formula = self.typesetter.typeset(item.tex, item.display)
        except LoupeError as fault:
            item.fault = str(fault)

    # writing --------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        self._words(self.report.title, self.look.font("page", family="display"), "ink", below=22)
        contents = self._contents()
        for number, section in enumerate(self.report.sections):
            self._section(number, section)
        self._keep_together()
        for number, position in contents.items():
            heading = self.document.findBlock(self._shifted(self.headings[number]))
            self._number(position, self._page_of(heading) + 1)

    def _contents(self) -> dict[int, int]:
        """A line for each heading; returns where each line's page number is to be written."""
        found: dict[int, int] = {}
        if self.report.contents:
            self._words(self.report.word("contents"), self.look.font("label", weight=600), "ink_soft", above=4, below=6)
        for number, title in self.report.contents:
            self._words(f"{title[:90]}\t", self.look.font("body"), "ink", below=3)
            form = self.cursor.blockFormat()
            form.setTabPositions([QTextOption.Tab(WIDE - 4, QTextOption.TabType.RightTab)])
            self.cursor.setBlockFormat(form)
            found[number] = self.cursor.block().position()
        return found

    def _number(self, position: int, page: int) -> None:
        """Write a page number at the end of a line of the contents; it takes no room that was not there."""
        cursor = QTextCursor(self.document.findBlock(self._shifted(position)))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        cursor.insertText(str(page), self._style(self.look.font("body"), "ink_soft"))
        self._inserted.append((position, len(str(page))))

    def _shifted(self, position: int) -> int:
        """A position of before the page numbers were written."""
        return position + sum(count for at, count in self._inserted if at < position)

    def _section(self, number: int, section: Section) -> None:
        look, report = self.look, self.report
        soft = look.font(11)
        self.writer.entry = section.entry
        if section.title:
            self._words(section.title, look.font("title", family="display"), "ink", above=30, below=8)
            self.headings[number] = self.cursor.block().position()
        if section.drawing is not None:
            self._figure(section.drawing)
        if section.fault:
            self._words(section.fault, look.font("body"), "fail")
        captions = [] if section.kind == "answer" else [" · ".join(section.setting),
                                                        *(report.word("pinned", what=what) for what in section.pinned)]
        for words in filter(None, captions):
            self._words(words, soft, "ink_soft", below=2)
        if section.readouts:
            self._readouts(section)
        for label, words in section.rows:
            self._pair(label, words)
        if section.kind == "answer":
            self._words(report.word("right" if section.right else "wrong"), look.font("body", weight=600),
                        "ok" if section.right else "fail", above=4)
            self.ends[number] = self.cursor.block().position()
        for block in section.blocks:
            if block.kind == "rule":
                continue
            self.writer.write(self.cursor, block, False)
        if section.command:
            self._words(f"{section.made}  {section.command}", look.font(9.5, family="mono"), "ink_faint", above=8)

    def _words(self, text: str, made: QFont, role: str, *, above: float = 0, below: float = 4) -> None:
        """A paragraph in one style."""
        form = QTextBlockFormat()
        form.setTopMargin(above * SCALE)
        form.setBottomMargin(below * SCALE)
        if self.cursor.atStart():
            self.cursor.setBlockFormat(form)
        else:
            self.cursor.insertBlock(form)
        self.cursor.insertText(text, self._style(made, role))

    def _style(self, made: QFont, role: str) -> QTextCharFormat:
        style = QTextCharFormat()
        style.setFont(made)
        style.setForeground(self.look.theme.color(role))
        return style

    def _pair(self, label: str, words: str) -> None:
        self._words(f"{label}  ", self.look.font("body", weight=600), "ink_soft", below=3)
        self.cursor.insertText(words, self._style(self.look.font("body"), "ink"))

    def _readouts(self, section: Section) -> None:
        """The numbers, three to a line."""
        row = section.readouts
        for start in range(0, len(row), 3):
            self._words("", self.look.font("body"), "ink", above=6 if not start else 0, below=2)
            form = self.cursor.blockFormat()
            form.setTabPositions([QTextOption.Tab(WIDE * k / 3, QTextOption.TabType.LeftTab) for k in (1, 2)])
            self.cursor.setBlockFormat(form)
            for place, (label, value) in enumerate(row[start:start + 3]):
                self.cursor.insertText(("\t" if place else "") + f"{label}  ", self._style(self.look.font(11), "ink_soft"))
                self.cursor.insertText(value, self._style(self.look.font("body", weight=600), "ink"))

    def _figure(self, drawing: Drawing) -> None:
        self._words("", self.look.font("body"), "ink", below=6)
        form = self._style(self.look.font(1), "ink")
        form.setObjectType(FIGURE)
        form.setProperty(DATA, _Placed(drawing))
        self.cursor.insertText(OBJECT, form)

    # pages ----------------------------------------------------------------------------------------------------------

    def _top(self, block: QTextBlock) -> float:
        """Where a block's first line comes to stand, which may be a page after the block's own top."""
        box = self.document.documentLayout().blockBoundingRect(block)
        lines = block.layout()
        return box.top() + (lines.lineAt(0).y() if lines.lineCount() else 0.0)

    def _page_of(self, block: QTextBlock) -> int:
        return int((self._top(block) + 0.5) / HIGH)

    def _keep_together(self) -> None:
        """A heading goes to the page of what it heads, a question to that of its answer; what is later moves on with it."""
        for number, position in self.headings.items():
            block = self.document.findBlock(position)
            last = self.document.findBlock(self.ends[number]) if number in self.ends else block.next()
            if last.isValid() and self._page_of(block) != self._page_of(last):
                cursor = QTextCursor(block)
                form = cursor.blockFormat()
                form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                form.setTopMargin(0)
                cursor.setBlockFormat(form)

    def paint(self, painter: QPainter, number: int) -> None:
        """Paint a page: its part of the document, and its number."""
        painter.save()
        painter.translate(SIDE, TOP - number * HIGH)
        part = QRectF(0, number * HIGH, WIDE, HIGH)
        painter.setClipRect(part.adjusted(-SIDE, 0, SIDE, 0))
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = part
        self.document.documentLayout().draw(painter, context)
        painter.restore()
        painter.setFont(self.look.font(10))
        painter.setPen(self.look.theme.color("ink_faint"))
        foot = QRectF(SIDE, 297 * MM - BOTTOM + 6 * MM, WIDE, 5 * MM)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, self.report.word("page", number=number + 1, count=self.pages))
        title = painter.fontMetrics().elidedText(self.report.title, Qt.TextElideMode.ElideRight, round(WIDE * 0.75))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, title)

