"""What a column is built of: headings with a link at their right, and rows that hold a control and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from app.look import Look
from app.widgets.base import Control, Looked
from app.widgets.glyphs import glyph
from app.widgets.style import text_width, write


class Link(Looked, QAbstractButton):
    """Quiet words that can be clicked; with a chevron it opens and closes what lies below."""

    def __init__(self, look: Look, key: str, parent: QWidget | None = None, folds: bool = False,
                 **values: object) -> None:
        super().__init__(parent)
        self.key, self.folds, self.values = key, folds, values
        self.setCheckable(folds)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.begin_look(look)

    def relook(self) -> None:
        self.setText(self.look.tr(self.key, **self.values))
        self.setAccessibleName(self.text())

    def say(self, key: str, **values: object) -> None:
        """Other words."""
        self.key, self.values = key, values
        self._look_changed()

    def sizeHint(self) -> QSize:
        width = text_width(self.look.font("label"), self.text()) + (self.px(18) if self.folds else 0)
        return QSize(round(width) + 2, round(self.px(24)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self.ink("ink" if self.underMouse() else "ink_soft")
        write(painter, QRectF(self.rect()), self.text(), self.look.font("label"), color)
        if self.folds:
            at = QPointF(text_width(self.look.font("label"), self.text()) + self.px(11), self.height() / 2)
            glyph(painter, "chevron-up" if self.isChecked() else "chevron-down", at, self.px(12), color)
        self.ring(QRectF(self.rect()).adjusted(0, 3, 0, -3), self.px(3))


class Row(QWidget):
    """A control, made when it is first needed, and below it the sentence that says why what was typed cannot be."""

    def __init__(self, look: Look, make: Callable[[], Control]) -> None:
        super().__init__()
        self.look, self._make = look, make
        self._control: Control | None = None
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.setIndent(0)
        self.fault.setMargin(0)
        self.fault.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.fault)
        look.changed.connect(self.restyle)

    @property
    def made(self) -> bool:
        """Whether the control is there."""
        return self._control is not None

    @property
    def control(self) -> Control:
        """The control."""
        if self._control is None:
            self._control = self._make()
            self._control.refused.connect(self.say)
            layout = self.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.insertWidget(0, self._control)
        return self._control

    def say(self, words: str) -> None:
        """Show a sentence, or none."""
        self.fault.setText(words)
        self.restyle()
        self.fault.setVisible(bool(words))

    def restyle(self) -> None:
        look = self.look
        if not self.fault.text():
            return
        self.fault.setFont(look.font("label", weight=400))
        self.fault.setStyleSheet(f"color: {look.theme.hex('error')}; padding-bottom: {round(8 * look.scale)}px;")


class Head(Looked, QWidget):
    """A heading of the column, with a link at its right."""

    def __init__(self, look: Look, key: str, link: Link | None = None) -> None:
        super().__init__()
        self.key, self.link = key, link
        if link is not None:
            link.setParent(self)
        self.begin_look(look)

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(24)))
        self.resizeEvent(None)

    def resizeEvent(self, event: Any) -> None:
        if self.link is not None:
            size = self.link.sizeHint()
            self.link.setGeometry(self.width() - size.width(), 0, size.width(), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        write(QPainter(self), QRectF(self.rect()), self.look.tr(self.key), self.look.font("label", weight=600),
              self.ink("ink_soft"))
