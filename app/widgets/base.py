"""What hand-drawn widgets have in common: they follow the look, and show a focus ring to whoever uses the keyboard."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.entry import ParamWords
from app.look import Look
from app.widgets.ring import hide_ring, show_ring
from app.widgets.style import DOT, LABEL_LEFT, dot, text_width, write
from engine.core.params import Parameter

_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class Looked:
    """Mixin before a QWidget class: repaints on `look.changed`, knows px at scale, and whether to show a focus ring.

    A key in `own_keys` belongs to the widget while the ring shows (the window's shortcuts, such as space for play,
    do not take it); one in `always_own` belongs to it whenever it has the focus.
    """

    own_keys: tuple[Qt.Key, ...] = (Qt.Key.Key_Space,)
    always_own: tuple[Qt.Key, ...] = ()
    look: Look
    ringed = False

    def begin_look(self, look: Look) -> None:
        """Follow this look from now on; call at the end of the constructor."""
        self.look = look
        look.changed.connect(self._look_changed)
        self.relook()

    def relook(self) -> None:
        """Take words, fonts and sizes from the look again."""

    def _look_changed(self) -> None:
        self.relook()
        self.updateGeometry()  # type: ignore[attr-defined]
        self.update()  # type: ignore[attr-defined]

    def px(self, size: float) -> float:
        """Pixels at the present scale."""
        return size * self.look.scale

    def ink(self, role: str, alpha: float = 1.0) -> QColor:
        """The colour of a role."""
        return self.look.theme.color(role, alpha)

    def ring(self, rect: QRectF, corner: float) -> None:
        """While painting: put the focus ring around this part of the widget, if it is to be seen."""
        if self.ringed:
            show_ring(self, rect, corner, self.look)  # type: ignore[arg-type]

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.ringed = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)  # type: ignore[misc]
        self.update()  # type: ignore[attr-defined]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.ringed = False
        hide_ring(self)  # type: ignore[arg-type]
        super().focusOutEvent(event)  # type: ignore[misc]
        self.update()  # type: ignore[attr-defined]

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._owns(event):
            event.accept()
            return True
        if kind in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()  # type: ignore[attr-defined]
        return bool(super().event(event))  # type: ignore[misc]

    def _owns(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return False
        return event.key() in self.always_own or (self.ringed and event.key() in self.own_keys)


class Control(Looked, QWidget):
    """A row of the right column that shows one parameter and asks for another value of it."""

    changed = Signal(object, bool)          # plain value, whether the gesture is over
    refused = Signal(str)                   # why what was typed cannot be; '' once it can
    hovered = Signal(bool)

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__()
        self.spec, self.words, self.role = spec, words, role
        self.lit = False

    def set_value(self, value: Any) -> None:
        """Show a value; never emits `changed`."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """What the parameter is called, in the present language."""
        return self.words.label(self.look.language)

    def describe(self, widget: QWidget) -> None:
        """Give a widget the parameter's name and hint, for screen readers and as its tooltip."""
        hint = self.words.hint(self.look.language)
        widget.setAccessibleName(self.label)
        widget.setAccessibleDescription(hint)
        widget.setToolTip(hint)

    def set_lit(self, lit: bool) -> None:
        """Brighten the row, because its symbol in the formula is under the pointer."""
        self.lit = lit
        self.update()

    def enterEvent(self, event: Any) -> None:
        self.hovered.emit(True)
        super().enterEvent(event)

    def leaveEvent(self, event: Any) -> None:
        self.hovered.emit(False)
        super().leaveEvent(event)

    def label_width(self) -> float:
        """How much room the label wants, with its dot."""
        return (self.px(LABEL_LEFT) if self.role else 0.0) + text_width(self.look.font("body"), self.label)

    def paint_label(self, painter: QPainter, rect: QRectF) -> None:
        """The role dot and the label, in the middle of a rectangle's height."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = rect.left()
        if self.role:
            center = QPointF(left + self.px(DOT / 2), rect.center().y())
            if self.lit:
                dot(painter, center, self.px(DOT + 7), self.ink(self.role, 0.28))
            dot(painter, center, self.px(DOT), self.ink(self.role))
            left += self.px(LABEL_LEFT)
        write(painter, QRectF(left, rect.top(), rect.right() - left, rect.height()), self.label,
              self.look.font("body"), self.ink("ink"))
