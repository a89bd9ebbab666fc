"""The notice line: one sentence that says what to look at, its nouns in the colours of the things they name."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.entry import Entry, Words
from app.look import Look
from app.widgets.base import Looked

LINE, LINE_ZH = 20, 22


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `term` is '' for plain words."""

    text: str
    term: str = ""


def pieces(text: str) -> list[Piece]:
    """'{n:draws} fall' as coloured and plain stretches."""
    found: list[Piece] = []
    for part in text.split("{"):
        inside, brace, after = part.partition("}")
        if brace:
            term, _, words = inside.partition(":")
            found.append(Piece(words or term, term))
        found.append(Piece(after if brace else inside))
    return [piece for piece in found if piece.text]


class Notice(Looked, QWidget):
    """The sentence, on one line or two."""

    hovered = Signal(str)                   # the term under the pointer, or ''

    def __init__(self, look: Look, entry: Entry) -> None:
        super().__init__()
        self.entry, self.words = entry, entry.notice
        self.lit = ""
        self._over = ""
        self._pieces: list[Piece] = []
        self._layout = QTextLayout()
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.begin_look(look)

    def show_text(self, words: Words) -> None:
        """Another sentence: a preset's, or the concept's own."""
        if words != self.words:
            self.words = words
            self._look_changed()

    def brighten(self, term: str) -> None:
        """Underline a term's words ('' for none)."""
        if term != self.lit:
            self.lit = term
            self.relook()
            self.update()

    def relook(self) -> None:
        lead = Piece(self.look.tr("notice.lead"))
        self._pieces = [lead, *pieces(self.words(self.look.language))]
        self.setAccessibleName("".join(piece.text for piece in self._pieces))
        self._layout = QTextLayout(self.accessibleName(), self.look.font("body"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFormats(self._formats())
        self._break(self.width())

    def _formats(self) -> list[QTextLayout.FormatRange]:
        found, at = [], 0
        for piece in self._pieces:
            run = QTextLayout.FormatRange()
            run.start, run.length = at, len(piece.text.encode("utf-16-le")) // 2
            run.format = self._format(piece)
            found.append(run)
            at += run.length
        return found

    def _format(self, piece: Piece) -> QTextCharFormat:
        made = QTextCharFormat()
        role = self.entry.term_role(piece.term)
        if role is None:
            made.setForeground(self.ink("ink_soft"))
            return made
        font: QFont = self.look.font("body", weight=600)
        made.setFont(font)
        made.setForeground(self.ink(self.look.theme.text_role(role)))
        made.setFontUnderline(piece.term == self.lit)
        return made

    def _break(self, width: int) -> float:
        """Break the lines for a width; returns their height."""
        y, step = 0.0, self.px(LINE_ZH if self.look.language == "zh" else LINE)
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(max(40.0, float(width)))
            line.setPosition(QPointF(0, y + (step - line.height()) / 2))
            y += step
        self._layout.endLayout()
        return y

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        height = round(self._break(width))
        self._break(self.width())
        return height

    def sizeHint(self) -> QSize:
        return QSize(300, round(self.px(LINE)))

    def resizeEvent(self, event: object) -> None:
        self._break(self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        self._layout.draw(QPainter(self), QPointF(0, 0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._term_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        self._hover("")

    def _hover(self, term: str) -> None:
        if term != self._over:
            self._over = term
            self.hovered.emit(term)

    def _term_at(self, point: QPointF) -> str:
        for number in range(self._layout.lineCount()):
            line = self._layout.lineAt(number)
            if line.y() <= point.y() <= line.y() + line.height() and point.x() <= line.naturalTextWidth():
                at = line.xToCursor(point.x())
                for piece in self._pieces:
                    length = len(piece.text.encode("utf-16-le")) // 2
                    if at < length:
                        return piece.term if self.entry.term_role(piece.term) else ""
                    at -= length
        return ""
