"""Fields for typing: a line with the design's box around it, and one for numbers."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QMargins, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.look import Look, sentence
from app.numbers import format_number, parse_number
from app.widgets.base import Looked
from app.widgets.style import digits_font, palette, radius, rounded, text_width
from engine.core.faults import BadInput
from engine.core.params import Parameter, coerce


def paint_box(painter: QPainter, look: Look, rect: QRectF, *, focused: bool, hovered: bool, faulty: bool) -> None:
    """The box of a field: sunken, with an accent or error line where that is the matter."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = "error" if faulty else "accent" if focused else "line_strong" if hovered else "line"
    width = 1.6 * look.scale if faulty or focused else 1.0
    rounded(painter, rect, radius(look, "field"), look.theme.color("surface"), look.theme.color(line), width)


def clear_palette(look: Look, faulty: bool = False) -> QPalette:
    """The palette of an editor whose box is painted behind it."""
    made = palette(look)
    made.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
    made.setColor(QPalette.ColorRole.Text, look.theme.color("error" if faulty else "ink"))
    return made


class LineField(Looked, QLineEdit):
    """A line of text in the design's box. It is a QLineEdit: input methods, space and undo are its own."""

    def __init__(self, look: Look, parent: QWidget | None = None, family: str = "ui") -> None:
        super().__init__(parent)
        self.family, self.faulty, self.composing = family, False, False
        self.setFrame(False)
        self.begin_look(look)

    def relook(self) -> None:
        self.setFont(self.typeface())
        self.setPalette(clear_palette(self.look, self.faulty))
        ink = self.look.theme.hex("error" if self.faulty else "ink")      # a style sheet, for it outlives the program's own
        self.setStyleSheet(f"background: transparent; border: none; padding: 0; color: {ink};")
        side = round(self.px(7))
        self.setTextMargins(QMargins(side, 0, side, 0))

    def typeface(self) -> QFont:
        """The font of what is typed."""
        return self.look.font("body", weight=500 if self.family == "ui" else 400, family=self.family)

    def set_faulty(self, faulty: bool) -> None:
        """Show, or no longer show, that what stands here cannot be."""
        if faulty != self.faulty:
            self.faulty = faulty
            self.relook()
            self.update()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.composing = bool(event.preeditString())        # until it is committed, nothing is wrong with it
        super().inputMethodEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_box(painter, self.look, QRectF(self.rect()), focused=self.hasFocus(), hovered=self.underMouse(),
                  faulty=self.faulty)
        painter.end()
        super().paintEvent(event)


class NumberField(LineField):
    """A number that is typed: right-aligned, checked while it is typed, taken on Enter or when left."""

    typed = Signal(object)
    refused = Signal(str)
    stepped = Signal(int, bool)             # arrow steps, fine or not

    def __init__(self, look: Look, spec: Parameter, format_spec: str = "", parent: QWidget | None = None) -> None:
        self.spec, self.format = spec, format_spec
        self._value: int | float = spec.default
        super().__init__(look, parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.textEdited.connect(self._check)
        self.set_value(spec.default)

    def typeface(self) -> QFont:
        return digits_font(self.look)

    def set_value(self, value: int | float) -> None:
        """Show a value, unless another one is being typed."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self._write()

    def _write(self) -> None:
        self.setText(shown_number(self._value, self.format))
        self.setModified(False)
        self._say("")

    def wanted_width(self) -> float:
        """Room for the longest value of the range."""
        assert self.spec.min is not None and self.spec.max is not None
        texts = [shown_number(v, self.format) for v in (self.spec.min, self.spec.max, self.spec.default)]
        widest = max(text_width(self.font(), text) for text in texts)
        return max(self.px(52), min(self.px(96), widest + self.px(20)))

    def _read(self) -> int | float:
        """What is typed as a value of the parameter; BadInput says why it cannot be."""
        try:
            number: float = parse_number(self.text())
        except ValueError:
            raise BadInput(f"{self.spec.name}={self.text().strip()}: must be a number", "not_number",
                           name=self.spec.name, value=self.text().strip()) from None
        whole = number.is_integer() and abs(number) < 1e15         # so that a refusal quotes 0, not 0.0
        found: int | float = coerce(self.spec, int(number) if whole else number)
        return found

    def _check(self) -> None:
        if self.composing:
            return
        try:
            self._read()
        except BadInput as fault:
            self._say(sentence(fault, self.look.language))
        else:
            self._say("")

    def _say(self, words: str) -> None:
        self.set_faulty(bool(words))
        self.refused.emit(words)

    def commit(self) -> bool:
        """Take what is typed; False if it cannot be."""
        if not self.isModified():
            return True
        try:
            value = self._read()
        except BadInput:
            return False
        self._value = value
        self._write()
        self.typed.emit(value)
        return True

    def begin(self, text: str = "") -> None:
        """Start typing here, over what stands here."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()
        if text:
            self.insert(text)
            self.setModified(True)
            self._check()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.commit():
                self.selectAll()
        elif key == Qt.Key.Key_Escape and self.isModified():
            self._write()
            self.selectAll()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.commit()
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.stepped.emit(1 if key == Qt.Key.Key_Up else -1, fine)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus() or abs(event.angleDelta().y()) < 1:
            event.ignore()
            return
        self.stepped.emit(1 if event.angleDelta().y() > 0 else -1, False)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason and not self.commit():
            self._write()                               # what cannot be is let go
        super().focusOutEvent(event)
        self.deselect()


def shown_number(value: Any, format_spec: str) -> str:
    """A number in its own format; with more digits where the format would hide what is really set."""
    text = format_number(value, format_spec)
    try:
        same = abs(parse_number(text) - value) <= 1e-9 * max(1e-300, abs(value))
    except ValueError:
        same = False
    return text if same else format_number(value, ".6g")
