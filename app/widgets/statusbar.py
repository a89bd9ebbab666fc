"""The status line: what the engine is doing, whether it repeats; the device, theme and language at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QWidget

from app.look import Look
from app.widgets.icons import pixmap


class Text(QWidget):
    """A piece of the line: perhaps a dot, then words; it gives way to what is right of it."""

    def __init__(self, look: Look, dot: bool = False) -> None:
        super().__init__()
        self.look, self.words, self.dot = look, "", "ok" if dot else ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)

    def say(self, words: str, dot: str = "") -> None:
        """Show these words, with a dot in that role's colour."""
        if (words, dot) != (self.words, self.dot):
            self.words, self.dot = words, dot
            self.setAccessibleName(words)
            self.setVisible(bool(words))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(self.look.font("label", weight=400)).horizontalAdvance(self.words)
        return QSize(round(width + (16 if self.dot else 0) * self.look.scale + 2), round(20 * self.look.scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t, s = self.look.theme, self.look.scale
        left = 0.0
        if self.dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.color(self.dot))
            painter.drawEllipse(QRectF(0, self.height() / 2 - 3.5 * s, 7 * s, 7 * s))
            left = 14 * s
        painter.setPen(t.color("ink_soft"))
        painter.setFont(self.look.font("label", weight=400))
        text = painter.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, int(self.width() - left) + 1)
        painter.drawText(QRectF(left, 0, self.width() - left, self.height()), Qt.AlignmentFlag.AlignVCenter, text)


class Quiet(QAbstractButton):
    """A quiet word or icon at the right end that does something."""

    def __init__(self, look: Look, words: Callable[[], str], icon: Callable[[], str] | None = None,
                 hint: str = "") -> None:
        super().__init__()
        self.look, self._words, self._icon, self._hint = look, words, icon, hint
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        self.setText(self._words())
        self.setToolTip(self.look.tr(self._hint) if self._hint else "")
        self.setAccessibleName(self.toolTip() or self.text())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        s = self.look.scale
        width = QFontMetricsF(self.look.font("label")).horizontalAdvance(self.text()) + (24 if self._icon else 8) * s
        return QSize(round(width), round(24 * s))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t, s = self.look.theme, self.look.scale
        role = "ink" if self.underMouse() or self.hasFocus() else "ink_soft"
        left = 4 * s
        if self._icon:
            px = 15 * s
            painter.drawPixmap(QRectF(left, (self.height() - px) / 2, px, px), pixmap(
                self._icon(), t.color(role), round(px), self.devicePixelRatioF()), QRectF())
            left += px + 4 * s
        painter.setPen(t.color(role))
        painter.setFont(self.look.font("label"))
        painter.drawText(QRectF(left, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(t.color("accent"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4 * s, 4 * s)


class StatusBar(QWidget):
    """Left: the engine. Right: device, theme, language."""

    stop_asked = Signal()
    device_chosen = Signal(str)
    devices_wanted = Signal()
    theme_asked = Signal()
    language_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.devices: tuple[tuple[str, str], ...] = ()
        self.device = "cpu"
        self.state, self.work, self.repeat, self.background = Text(look, True), Text(look), Text(look), Text(look)
        self.stop = Quiet(look, lambda: look.tr("window.actions.stop"), lambda: "stop")
        self.where = Quiet(look, self._device_words, None, "window.status.device")
        self.theme = Quiet(look, lambda: "", lambda: "moon" if look.theme.dark else "sun", "window.status.theme_hint")
        self.language = Quiet(look, lambda: "中文" if look.language == "zh" else "English", None, "window.status.language_hint")
        layout = self.row = QHBoxLayout(self)
        layout.setSpacing(round(16 * look.scale))
        for widget in (self.state, self.work, self.repeat, self.background, self.stop):
            layout.addWidget(widget)
        layout.addStretch(1)
        for button in (self.where, self.theme, self.language):
            layout.addWidget(button)
        self.stop.hide()
        self.stop.clicked.connect(self.stop_asked)
        self.where.clicked.connect(self._choose_device)
        self.theme.clicked.connect(self.theme_asked)
        self.language.clicked.connect(self.language_asked)
        self.small = False
        look.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        s = self.look.scale
        self.setFixedHeight(round((26 if self.small else 28) * s))
        self.row.setContentsMargins(round(14 * s), 0, round(12 * s), 0)
        self.update()

    def set_small(self, small: bool) -> None:
        self.small = small
        self.repeat.setVisible(not small and bool(self.repeat.words))
        self.restyle()

    def _device_words(self) -> str:
        title = next((t for n, t in self.devices if n == self.device), "")
        return title or self.device.upper()

    def set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """What exists here: (name, title)."""
        self.devices = devices
        self.where.restyle()

    def _choose_device(self) -> None:
        if not self.devices:
            self.devices_wanted.emit()
        menu = QMenu(self)
        for name, title in self.devices or (("cpu", "CPU"),):
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(name == self.device)
            action.triggered.connect(lambda _=False, chosen=name: self.device_chosen.emit(chosen))
        if len(self.devices) <= 1:
            words = "window.status.devices_asking" if not self.devices else "window.status.no_cuda"
            menu.addAction(self.look.tr(words)).setEnabled(False)
        menu.popup(self.where.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.theme.color("surface_sunken"))
        painter.setPen(self.look.theme.color("line"))
        painter.drawLine(0, 0, self.width(), 0)
