"""The lesson: text with typeset formulas, coloured terms, numbers that live, and buttons that set parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRect, QRectF, QSizeF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QSizePolicy, QTextBrowser, QWidget

from app.entry import Entry
from app.lesson_text import blocks_of
from app.look import Look
from app.numbers import format_number
from app.typeset import Typesetter
from app.widgets.icons import pixmap
from app.widgets.text_writer import DATA, FORMULA, NAME, SPEC, TRY, FormulaObject, TextWriter, Typeset
from engine.core.faults import LoupeError

AFTER_MS = 60           # from when the lesson is first seen until it is written: the picture beside it comes first


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
        self.writer = TextWriter(look, typesetter, entry, self.room, self._set_later)
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
        self._objects = FormulaObject(self.writer, self), TryObject(self)
        layout.registerHandler(FORMULA, self._objects[0])
        layout.registerHandler(TRY, self._objects[1])
        self.anchorClicked.connect(self._follow)
        look.changed.connect(self._look_changed)
        self._stale = True                      # it is written once it is seen, in a turn of its own

    def room(self) -> float:
        """The width of a line."""
        return max(80.0, self.viewport().width() - 4.0)

    # building -------------------------------------------------------------------------------------------------------

    def _look_changed(self) -> None:
        self._stale = True
        if self.isVisible():
            QTimer.singleShot(0, self, self.write)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            QTimer.singleShot(AFTER_MS, self, self.write)

    def write(self) -> None:
        """Write the document if it is not there in the present look."""
        if self._stale:
            self.rebuild()

    def rebuild(self) -> None:
        """Write the document anew in the present language, theme and size."""
        self._stale = False
        document = self.document()
        document.clear()
        document.setDocumentMargin(2)
        document.setDefaultFont(self.look.font("body"))
        cursor = QTextCursor(document)
        self._shown = {}
        first = True
        for block in blocks_of(self._text(self.look.language), self.entry):
            self.writer.write(cursor, block, first)
            first = False
        self.set_values(self._values)
        self._fit()

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
