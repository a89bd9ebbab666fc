"""A toast: a sentence at the bottom of the stage for four seconds, with what can still be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPropertyAnimation, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGraphicsOpacityEffect, QHBoxLayout, QLabel, QWidget

from app.look import Look
from app.widgets.base import Looked
from app.widgets.style import radius, rounded, text_width, write
from panels.kit.theme import tokens

HEIGHT, SIDE, ABOVE = 40, 16, 16        # px: the toast, its padding, its distance from the bottom
Action = tuple[str, Callable[[], None]]


class _Act(Looked, QAbstractButton):
    """A word of the toast that can be clicked."""

    def __init__(self, look: Look, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.key = key
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.begin_look(look)

    def relook(self) -> None:
        self.setText(self.look.tr(self.key))
        self.setAccessibleName(self.text())

    def sizeHint(self) -> QSize:
        return QSize(round(text_width(self.look.font("label", weight=600), self.text()) + self.px(8)), round(self.px(28)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self.look.font("label", weight=600)
        font.setUnderline(self.underMouse() or self.ringed)
        write(painter, QRectF(self.rect()), self.text(), font, self.ink("accent_soft"), Qt.AlignmentFlag.AlignHCenter)


class Toast(Looked, QWidget):
    """Lies over its parent, the stage, and goes by itself; the pointer over it keeps it."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.stage = parent
        self.words = QLabel()
        self.acts: list[_Act] = []
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.words, 1)
        self._effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(self._effect)
        self._fade = QPropertyAnimation(self._effect, b"opacity", self)
        self._fade.finished.connect(self._faded)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.go)
        parent.installEventFilter(self)
        self.hide()
        self.begin_look(look)

    def say(self, sentence: str, undo: Callable[[], None] | None = None,
            show: Callable[[], None] | None = None, restore: Callable[[], None] | None = None) -> None:
        """Show a sentence, with Undo, Show or Restore where they are given; what can be restored waits longer."""
        for act in self.acts:
            self._row.removeWidget(act)
            act.deleteLater()
        self.acts = []
        for key, call in (("toast.show", show), ("toast.undo", undo), ("toast.restore", restore)):
            if call is not None:
                act = _Act(self.look, key, self)
                act.clicked.connect(partial(self._act, call))
                self._row.addWidget(act)
                self.acts.append(act)
        self.words.setText(sentence)
        self.setAccessibleName(sentence)
        self.relook()
        self._fade.stop()
        self.raise_()
        self.show()
        self._fade_to(1.0)
        self._timer.start(int(tokens()["motion"]["toast"]) * (5 if restore is not None else 1))

    def _act(self, call: Callable[[], None]) -> None:
        self.hide()
        call()

    def go(self) -> None:
        """Fade away, unless the pointer is over it."""
        if self.underMouse():
            self._timer.start(1000)
        else:
            self._fade_to(0.0)

    def _fade_to(self, opacity: float) -> None:
        self._fade.setDuration(100 if self.look.reduced_motion else int(tokens()["motion"]["panel"]))
        self._fade.setStartValue(self._effect.opacity() if opacity == 0.0 else 0.0)
        self._fade.setEndValue(opacity)
        self._fade.start()

    def _faded(self) -> None:
        if self._effect.opacity() < 0.01:
            self.hide()

    def relook(self) -> None:
        self.words.setFont(self.look.font("label", weight=600))
        self.words.setStyleSheet(f"color: {self.look.theme.hex('surface_raised')};")
        self._row.setContentsMargins(round(self.px(SIDE)), 0, round(self.px(SIDE - 2)), 0)
        self._row.setSpacing(round(self.px(10)))
        self._place()

    def _place(self) -> None:
        stage = self.stage
        width = min(self._row.sizeHint().width() + round(self.px(28 if self.acts else 8)), stage.width() - round(self.px(24)))
        height = round(self.px(HEIGHT))
        self.setGeometry((stage.width() - width) // 2, stage.height() - height - round(self.px(ABOVE)), width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(self.rect()), radius(self.look, "button"), self.ink("ink"))
