"""The slider row: role dot, label, typed value and unit above a track that is filled to its handle."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from app.entry import ParamWords
from app.look import Look
from app.span import PAGE, Span
from app.widgets.base import Control, Looked
from app.widgets.field import NumberField, shown_number
from app.widgets.style import dot, text_width, write
from engine.core.params import Parameter, coerce

ROW, TRACK_TOP, TRACK_AT = 50, 22, 35       # px: the row, where the track's widget begins, the track's middle
TRACK, HANDLE = 4, 14
FINE = 0.1              # of a drag with Shift held
SETTLE_MS = 400         # after the last arrow or wheel step the gesture is over
ACCESSIBLE_STEPS = 1000

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1,
          Qt.Key.Key_PageDown: -PAGE, Qt.Key.Key_PageUp: PAGE}


class Track(Looked, QSlider):
    """The track and its handle. A QSlider underneath, so that screen readers know it as one."""

    moved = Signal(object, bool)
    typing = Signal(str)
    reset = Signal()
    always_own = (*_STEPS, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Delete, Qt.Key.Key_Backspace)

    def __init__(self, look: Look, span: Span, default: float, role: str, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.span, self.default, self.role = span, default, role
        self.amount: int | float = default
        self.lit = False
        self._grip: tuple[float, float, int | float] | None = None      # pointer x, fraction, value at the press
        self._mirroring = False
        self._turned = 0
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self.moved.emit(self.amount, True))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._as_is = span.whole and span.low >= -2**31 and span.high < 2**31      # positions are the values
        self.setRange(*((int(span.low), int(span.high)) if self._as_is else (0, ACCESSIBLE_STEPS)))
        self.valueChanged.connect(self._moved_by_reader)
        self.begin_look(look)
        self.set_amount(default)

    def set_amount(self, amount: int | float) -> None:
        """Show a value; nothing is emitted."""
        self.amount = amount
        self._mirroring = True
        self.setValue(int(amount) if self._as_is else round(self.span.fraction(amount) * ACCESSIBLE_STEPS))
        self._mirroring = False
        self.update()

    def _moved_by_reader(self, position: int) -> None:
        """A screen reader set the slider underneath."""
        if not self._mirroring:
            fraction = position / ACCESSIBLE_STEPS
            self._go(self.span.snap(position) if self._as_is else self.span.value(fraction), final=True)

    def _go(self, amount: int | float, *, final: bool) -> None:
        if amount != self.amount or final:
            self.set_amount(amount)
            self.moved.emit(amount, final)

    # the pointer ----------------------------------------------------------------------------------------------------

    def _x(self, fraction: float) -> float:
        return self.px(HANDLE / 2) + fraction * self._reach()

    def _reach(self) -> float:
        return max(1.0, self.width() - self.px(HANDLE))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        x, before = event.position().x(), self.amount
        fraction = self.span.fraction(self.amount)
        if abs(x - self._x(fraction)) > self.px(HANDLE / 2 + 4):
            fraction = min(max((x - self._x(0.0)) / self._reach(), 0.0), 1.0)
            self._go(self.span.value(fraction), final=False)
        self._grip = (x, fraction, before)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            return
        x, fraction, before = self._grip
        fine = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        fraction = fraction + fine * (event.position().x() - x) / self._reach()
        self._grip = (event.position().x(), fraction, before)
        self._go(self.span.value(fraction), final=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grip = None
            self._go(self.amount, final=True)
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.reset.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()                              # the column scrolls
            return
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        steps, self._turned = int(self._turned / 120), self._turned - int(self._turned / 120) * 120
        if steps:
            self.step(steps, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        event.accept()

    # the keyboard ---------------------------------------------------------------------------------------------------

    def step(self, steps: int, fine: bool = False) -> None:
        """Arrow steps; the gesture is over a moment after the last."""
        self._go(self.span.stepped(self.amount, steps, fine), final=False)
        self._settle.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = event.key(), event.text()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in _STEPS:
            self.step(_STEPS[Qt.Key(key)], fine)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go(self.span.value(0.0 if key == Qt.Key.Key_Home else 1.0), final=True)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset.emit()
        elif key == Qt.Key.Key_Escape and self._grip is not None:
            before, self._grip = self._grip[2], None
            self._go(before, final=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.typing.emit("")
        elif text and text in "0123456789.-" and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.typing.emit(text)
        else:
            event.ignore()

    def focusOutEvent(self, event: Any) -> None:
        if self._settle.isActive():
            self._settle.stop()
            self.moved.emit(self.amount, True)
        super().focusOutEvent(event)

    # painting -------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(120)), round(self.px(ROW - TRACK_TOP)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner, y = QRectF(self.rect()), self.px(TRACK_AT - TRACK_TOP)
        at = self._x(self.span.fraction(self.amount))
        self._paint_ticks(painter, y)
        painter.setPen(Qt.PenStyle.NoPen)
        half = self.px(TRACK / 2)
        painter.setBrush(self.ink("line"))
        painter.drawRoundedRect(QRectF(inner.left(), y - half, inner.width(), 2 * half), half, half)
        painter.setBrush(self.ink(self.role or "ink_soft"))
        painter.drawRoundedRect(QRectF(inner.left(), y - half, at - inner.left(), 2 * half), half, half)
        default = self._x(self.span.fraction(self.default))
        if abs(default - at) > self.px(HANDLE / 2 + 1):
            dot(painter, QPointF(default, y), self.px(TRACK), self.ink("surface_raised" if default < at else "line_strong"))
        self._paint_handle(painter, QPointF(at, y))

    def _paint_ticks(self, painter: QPainter, y: float) -> None:
        painter.setPen(QPen(self.ink("line_strong"), max(1.0, self.px(1))))
        for fraction in self.span.decades():
            x = round(self._x(fraction)) + 0.5
            painter.drawLine(QPointF(x, y + self.px(6)), QPointF(x, y + self.px(9)))

    def _paint_handle(self, painter: QPainter, at: QPointF) -> None:
        held = self._grip is not None or (self.underMouse() and self.isEnabled()) or self.lit
        if held:
            dot(painter, at, self.px(HANDLE + 8), self.ink(self.role or "ink_soft", 0.16))
        dot(painter, at, self.px(HANDLE), self.ink("surface_raised"), self.ink(self.role or "ink"), self.px(2))
        r = self.px(HANDLE / 2)
        self.ring(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r), r)


class Slider(Control):
    """A number as a row of 50 px: dragged, clicked, typed, stepped, or reset by a double-click."""

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.look = look
        self.span = Span.of(spec, words.format)
        self.field = NumberField(look, spec, words.format, self)
        self.field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)        # from the track, Enter or a digit leads here
        self.track = Track(look, self.span, spec.default, role, self)
        self.track.moved.connect(self._moved)
        self.track.reset.connect(self._reset)
        self.track.typing.connect(self.field.begin)
        self.field.typed.connect(lambda value: self._moved(value, True))
        self.field.stepped.connect(self.track.step)
        self.field.refused.connect(self.refused)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def set_value(self, value: Any) -> None:
        if value != self.track.amount:
            self.track.set_amount(value)
        self.field.set_value(value)
        self._tell()

    @property
    def value(self) -> int | float:
        return self.track.amount

    def set_lit(self, lit: bool) -> None:
        self.track.lit = lit
        super().set_lit(lit)

    def _moved(self, value: int | float, final: bool) -> None:
        self.track.set_amount(value)
        self.field.set_value(value)
        self._tell()
        self.changed.emit(coerce(self.spec, value), final)

    def _reset(self) -> None:
        self._moved(self.spec.default, True)

    def _tell(self) -> None:
        """The value in words, for screen readers (the slider underneath knows whole numbers only)."""
        hint = self.words.hint(self.look.language)
        text = f"{shown_number(self.track.amount, self.words.format)} {self.words.unit}".strip()
        self.track.setAccessibleDescription(f"{text}. {hint}" if hint else text)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._reset()

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(ROW)))
        self.describe(self)
        self.describe(self.track)
        self.describe(self.field)
        self._tell()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        unit = text_width(self.look.font("label", weight=400), self.words.unit) + self.px(6) if self.words.unit else 0.0
        width = self.field.wanted_width()
        self.field.setGeometry(round(self.width() - unit - width), round(self.px(1)), round(width),
                               round(self.px(22)))
        self.track.setGeometry(0, round(self.px(TRACK_TOP)), self.width(), self.height() - round(self.px(TRACK_TOP)))
        self.field.raise_()

    def sizeHint(self) -> QSize:
        return QSize(round(self.px(200)), round(self.px(ROW)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inner = QRectF(self.rect())
        line = QRectF(inner.left(), self.px(1), inner.width(), self.px(22))
        self.paint_label(painter, QRectF(line.left(), line.top(), self.field.x() - line.left() - self.px(8), line.height()))
        if self.words.unit:
            write(painter, line, self.words.unit, self.look.font("label", weight=400), self.ink("ink_soft"),
                  Qt.AlignmentFlag.AlignRight)
