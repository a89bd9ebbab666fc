"""The lesson: text with typeset formulas, coloured terms, numbers that live, and buttons that set parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QRect, QRectF, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTableFormat,
)
from PySide6.QtWidgets import QSizePolicy, QTextBrowser, QWidget

from app.entry import Entry
from app.lesson_text import Block, Piece, blocks_of
from app.look import Look
from app.numbers import format_number
from app.typeset import Formula, Typesetter
from app.widgets.icons import pixmap
from engine.core.faults import LoupeError
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
    formula: Formula | None = None
    fault: str = ""


class FormulaObject(QPyTextObject):
    """Draws a formula in the text, on the text's baseline."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson)
        self.lesson = lesson

    def _ex(self, item: Typeset) -> float:
        ex = self.lesson.look.font("body").pixelSize() * EX * (1.06 if item.display else 1.0)
        if item.display and item.formula and item.formula.width_ex * ex > self.lesson.room():
            return self.lesson.room() / item.formula.width_ex
        return ex

    def intrinsicSize(self, document: QTextDocument, position: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        item: Typeset = format.property(DATA)
        if item.formula is None:
            return QSizeF(QFontMetricsF(self.lesson.look.font("label")).horizontalAdvance(item.tex) + 2, 18)
        ex = self._ex(item)
        height = item.formula.height_ex * ex
        if item.display:
            return QSizeF(item.formula.width_ex * ex, height + item.formula.depth_ex * ex + 4)
        descent = QFontMetricsF(format.toCharFormat().font()).descent()
        return QSizeF(item.formula.width_ex * ex + 1, height + descent)

    def drawObject(self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int,  # noqa: N802
                   format: QTextFormat) -> None:  # noqa: A002
        item: Typeset = format.property(DATA)
        rect, t = QRectF(rect), self.lesson.look.theme
        if item.formula is None:
            painter.setPen(t.color("fail" if item.fault else "ink_faint"))
            painter.setFont(self.lesson.look.font("label", family="mono"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, item.tex)
            return
        ex = self._ex(item)
        descent = item.formula.depth_ex * ex + 2 if item.display else QFontMetricsF(format.toCharFormat().font()).descent()
        colors = {key: t.color(t.text_role(term.role)) for key, term in self.lesson.entry.terms.items()}
        ink = format.toCharFormat().foreground().color()
        paint_formula(painter, item.formula, rect.left(), rect.bottom() - descent, ex, ink, colors)


class TryObject(QPyTextObject):
    """Draws a link that sets parameters as a button with a small triangle."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson)
        self.lesson = lesson

    def intrinsicSize(self, document: QTextDocument, position: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        return QSizeF(self.lesson.room(), 34 * self.lesson.look.scale)

    def drawObject(self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int,  # noqa: N802
                   format: QTextFormat) -> None:  # noqa: A002
        look, rect = self.lesson.look, QRectF(rect)
        t, s = look.theme, look.scale
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(t.color("line"))
        painter.setBrush(t.color("surface"))
        painter.drawRoundedRect(rect.adjusted(0.5, 2.5, -0.5, -2.5), 6 * s, 6 * s)
        px = 12 * s
        painter.drawPixmap(QRectF(rect.left() + 11 * s, rect.center().y() - px / 2, px, px), pixmap(
            "play", t.color("accent"), round(px), self.lesson.devicePixelRatioF()), QRectF())
        painter.setPen(t.color("ink"))
        font = look.font("label")
        painter.setFont(font)
        text = QFontMetricsF(font).elidedText(str(format.property(DATA)), Qt.TextElideMode.ElideRight, rect.width() - 40 * s)
        painter.drawText(rect.adjusted(32 * s, 0, -8 * s, 0), Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class _Arrived(QObject):
    """Carries 'a formula is ready' from the typesetter's thread to the window's."""

    one = Signal()


class Lesson(QTextBrowser):
    """A lesson as tall as its text; the column around it scrolls."""

    tried = Signal(str)             # 'set:n=4'
    followed = Signal(str)          # a concept id
    went_out = Signal(str)          # a web address

    def __init__(self, look: Look, entry: Entry, typesetter: Typesetter, text: Callable[[str], str],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look, self.entry, self.typesetter, self._text = look, entry, typesetter, text
        self._values: dict[str, Any] = {}
        self._shown: dict[str, str] = {}
        self._arrived = _Arrived(self)
        self._arrived.one.connect(self.rebuild, Qt.ConnectionType.QueuedConnection)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QTextBrowser { background: transparent; }")
        layout = self.document().documentLayout()
        self._objects = FormulaObject(self), TryObject(self)
        layout.registerHandler(FORMULA, self._objects[0])
        layout.registerHandler(TRY, self._objects[1])
        self.anchorClicked.connect(self._follow)
        look.changed.connect(self.rebuild)
        self.rebuild()

    def room(self) -> float:
        """The width of a line."""
        return max(80.0, self.viewport().width() - 4.0)

    # building -------------------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Write the document anew in the present language, theme and size."""
        document = self.document()
        document.clear()
        document.setDocumentMargin(2)
        document.setDefaultFont(self.look.font("body"))
        cursor = QTextCursor(document)
        self._shown = {}
        first = True
        for block in blocks_of(self._text(self.look.language), self.entry):
            self._write(cursor, block, first)
            first = False
        self.set_values(self._values)
        self._fit()

    def _write(self, cursor: QTextCursor, block: Block, first: bool) -> None:
        if block.kind == "table":
            self._write_table(cursor, block)
            return
        if block.kind == "tries":
            for piece in block.pieces:
                self._next(cursor, first, 0, 0)
                form = self._format(Piece("", link=piece.link))
                form.setObjectType(TRY)
                form.setProperty(DATA, piece.text)
                form.setToolTip(piece.link.removeprefix("set:"))
                cursor.insertText(OBJECT, form)
                first = False
            return
        s = self.look.scale
        above = {"heading": 14, "math": 6, "item": 2}.get(block.kind, 4)
        self._next(cursor, first, above * s, (8 if block.kind == "math" else 5) * s, block)
        if block.kind == "item":
            cursor.insertText(f"{block.number}.\u2002" if block.number else "•\u2002", self._format(Piece("", role="ink_soft")))
        for piece in block.pieces:
            self._insert(cursor, piece, block)

    def _next(self, cursor: QTextCursor, first: bool, above: float, below: float, block: Block | None = None) -> None:
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
            self._insert_formula(cursor, Typeset(piece.text, block.kind == "math"), form)
        elif piece.kind == "live":
            form.setProperty(NAME, piece.name)
            form.setProperty(SPEC, piece.spec)
            cursor.insertText("–", form)
        else:
            cursor.insertText(piece.text.replace("\n", "\u2028"), form)

    def _insert_formula(self, cursor: QTextCursor, item: Typeset, form: QTextCharFormat) -> None:
        item.formula = self.typesetter.find(item.tex, item.display)
        if item.formula is None:
            self._set_later(item)
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

    def _set_later(self, item: Typeset) -> None:
        def done(future: Any) -> None:
            try:
                future.result()
            except LoupeError as fault:
                item.fault = str(fault)
                return
            except Exception:  # noqa: BLE001 - the typesetter was closed: the window is going
                return
            self._arrived.one.emit()

        self.typesetter.later(item.tex, item.display).add_done_callback(done)

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

    # living ---------------------------------------------------------------------------------------------------------

    def set_values(self, values: dict[str, Any]) -> None:
        """Bring the live numbers up to date, in place."""
        self._values = values
        cursor = QTextCursor(self.document())
        block = self.document().begin()
        while block.isValid():
            at = block.begin()
            while not at.atEnd():
                fragment = at.fragment()
                name = fragment.charFormat().property(NAME) if fragment.isValid() else None
                if name:
                    text = self._value_text(str(name), str(fragment.charFormat().property(SPEC) or ""))
                    if fragment.text() != text:
                        cursor.setPosition(fragment.position())
                        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
                        cursor.insertText(text, fragment.charFormat())
                        at = block.begin()
                        continue
                at += 1
            block = block.next()

    def _value_text(self, name: str, spec: str) -> str:
        value = self._values.get(name)
        if spec and isinstance(value, int | float) and not isinstance(value, bool):
            return format_number(value, spec, self.look.language)
        return self.entry.format_value(name, value, self.look.language)

    def _follow(self, url: QUrl) -> None:
        address = url.toString()
        if address.startswith("set:"):
            self.tried.emit(address)
        elif address.startswith("concept:"):
            self.followed.emit(address.removeprefix("concept:"))
        elif address.startswith(("http://", "https://")):
            self.went_out.emit(address)

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(round(self.document().size().height()) + 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.document().markContentsDirty(0, self.document().characterCount())
            self._fit()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()                  # the column scrolls
