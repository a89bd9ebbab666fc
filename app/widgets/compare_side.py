"""The right column while settings are compared: the controls of the selected one."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.look import Look
from app.session import Session
from app.widgets.controls import Controls
from app.widgets.scrolled import Scrolled, scroll_style


class CompareSide(Scrolled):
    """One session's controls, under its column's name."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self.look = look
        self.small = False
        self.hint, self.name = QLabel(), QLabel()
        self.name.setWordWrap(True)
        self.controls = Controls(session, look)
        self.inner = QWidget()
        self.column = QVBoxLayout(self.inner)
        self.column.setSpacing(4)
        for widget in (self.hint, self.name, self.controls):
            self.column.addWidget(widget)
        self.column.insertSpacing(2, round(12 * look.scale))
        self.column.addStretch(1)
        self.setWidget(self.inner)
        look.changed.connect(self.restyle)
        self.restyle()

    def say(self, name: str) -> None:
        """What sets the column apart."""
        if name != self.name.text():
            self.name.setText(name)

    def restyle(self) -> None:
        """Take sizes and colours from the present look."""
        s, t, side = self.look.scale, self.look.theme, 16 if self.small else 22
        self.column.setContentsMargins(round(side * s), round(18 * s), round(side * s), round(24 * s))
        self.hint.setText(self.look.tr("compare.selected"))
        for label, size, role in ((self.hint, "label", "ink_soft"), (self.name, "section", "ink")):
            label.setFont(self.look.font(size))
            label.setStyleSheet(f"color: {t.hex(role)};")
        ground = t.hex("surface_raised")
        self.inner.setObjectName("compare_side")
        self.inner.setStyleSheet(f"QWidget#compare_side {{ background: {ground}; }}")
        self.setStyleSheet(scroll_style(ground, t.hex("line")))
