"""Typed values: an expression, a text, or a structured value as JSON, each checked while it is typed."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from app.entry import ParamWords
from app.look import Look, sentence
from app.widgets.base import Control, Looked
from app.widgets.field import LineField, clear_palette, paint_box
from engine.core.faults import BadInput
from engine.core.params import Parameter, coerce
from engine.core.structured import Structured
from engine.core.typed import strict_json

LABEL, AFTER, LINE, AREA = 22, 12, 28, 66       # px
PAUSE_MS = 350          # of typing, after which the picture follows
SHORT = 120             # a text that may be no longer is one line
NAMED = ("source", "image", "model")


class Area(Looked, QPlainTextEdit):
    """Several lines of text in the design's box. Space, Enter and input methods are its own."""

    left = Signal()

    def __init__(self, look: Look, parent: QWidget, family: str) -> None:
        super().__init__(parent)
        self.row, self.family, self.faulty, self.composing = parent, family, False, False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)        # lines wrap: there is nothing to scroll
        self.viewport().setAutoFillBackground(False)
        self.begin_look(look)

    def relook(self) -> None:
        self.setFont(self.look.font("label" if self.family == "mono" else "body", weight=400, family=self.family))
        self.setPalette(clear_palette(self.look))
        self.setStyleSheet(f"QPlainTextEdit {{ background: transparent; color: {self.look.theme.hex('ink')}; }}")
        margin = round(self.px(6))
        self.setViewportMargins(margin, round(self.px(4)), round(self.px(2)), round(self.px(4)))
        self.document().setDocumentMargin(1)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def text(self) -> str:
        return self.toPlainText()

    def setText(self, text: str) -> None:
        self.setPlainText(text)

    def set_faulty(self, faulty: bool) -> None:
        """Show, or no longer show, that what stands here cannot be."""
        self.faulty = faulty
        self.update()
        self.row.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.row.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.row.update()
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class TypedValue(Control):
    """What all typed values share: the label above an editor, the pause, the sentence when it cannot be."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "", *, lines: int = 1,
                 family: str = "ui") -> None:
        super().__init__(look, spec, words, role)
        self.look = look
        self.tall = lines > 1
        self.editor: LineField | Area = Area(look, self, family) if self.tall else LineField(look, self, family)
        self._shown: Any = spec.default
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self._take(final=False))
        self._write(spec.default)
        self.editor.textChanged.connect(self._typed)
        if isinstance(self.editor, Area):
            self.editor.left.connect(lambda: self._take(final=True))
        else:
            self.editor.editingFinished.connect(lambda: self._take(final=True))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def text_of(self, value: Any) -> str:
        """The value as it is typed."""
        return str(value)

    def read(self, text: str) -> Any:
        """The plain value of a text; BadInput says why it cannot be."""
        coerce(self.spec, text)
        return text

    def set_value(self, value: Any) -> None:
        if value != self._shown:
            self._write(value)

    def _write(self, value: Any) -> None:
        self._shown = value
        self.editor.blockSignals(True)
        self.editor.setText(self.text_of(value))
        self.editor.blockSignals(False)
        self._say("")

    def _read(self) -> Any | None:
        try:
            plain = self.read(self.editor.text())
        except BadInput as fault:
            self._say(sentence(fault, self.look.language))
            return None
        self._say("")
        return plain

    def _say(self, words: str) -> None:
        self.editor.set_faulty(bool(words))
        self.refused.emit(words)

    def _typed(self) -> None:
        if self.editor.composing:
            self._pause.stop()
        elif self._read() is not None:
            self._pause.start()
        else:
            self._pause.stop()

    def _take(self, *, final: bool) -> None:
        self._pause.stop()
        plain = self._read()
        if plain is None:
            return
        value = coerce(self.spec, plain)
        if value != self._shown or final:
            self._shown = value
            self.changed.emit(plain, final)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._write(self._shown)
        else:
            super().keyPressEvent(event)

    def relook(self) -> None:
        self.describe(self)
        self.describe(self.editor)
        self.setFixedHeight(round(self.px(LABEL + (AREA if self.tall else LINE) + AFTER)))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        self.editor.setGeometry(0, round(self.px(LABEL)), self.width(), round(self.px(AREA if self.tall else LINE)))

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_label(painter, QRectF(0, 0, self.width(), self.px(18)))
        if isinstance(self.editor, Area):
            paint_box(painter, self.look, QRectF(self.editor.geometry()), focused=self.editor.hasFocus(),
                      hovered=self.underMouse(), faulty=self.editor.faulty)


class ExpressionField(TypedValue):
    """A formula in its variables, in mono."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role, family="mono")


class TextField(TypedValue):
    """A text: one line where it must be short, an area otherwise."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        from engine.core.params import IsText
        from engine.core.structured import note_of

        limit = (note_of(spec.notes, IsText) or IsText()).limit
        super().__init__(look, spec, words, role, lines=1 if limit <= SHORT else 3)


class JsonField(TypedValue):
    """A structured value that has no editor of its own, as JSON; layers as '8, 8', a source by its name."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        short = spec.type in ("layers", *NAMED)
        super().__init__(look, spec, words, role, lines=1 if short else 3, family="ui" if short else "mono")

    def text_of(self, value: Any) -> str:
        plain = value.plain() if isinstance(value, Structured) else value
        if self.spec.type == "layers":
            return ", ".join(map(str, plain))
        return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)

    def read(self, text: str) -> Any:
        text = text.strip()
        if self.spec.type == "layers" and not text.startswith("["):
            text = f"[{text.replace('，', ',').rstrip(',')}]"
        if self.spec.type in NAMED and not text.startswith("{"):
            plain: Any = text
        else:
            try:
                plain = strict_json(text)
            except ValueError:
                raise BadInput(f"{self.spec.name}: is not valid JSON", "not_json", name=self.spec.name) from None
        coerce(self.spec, plain)
        return plain
