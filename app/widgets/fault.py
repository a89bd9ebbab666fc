"""In the picture's place when there is none: what happened, what to do about it, and the details to copy."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.look import Look, sentence
from app.widgets.buttons import Button


class Fault(QWidget):
    """In the picture's place: what happened, what to do."""

    def __init__(self, look: Look, restart: Any) -> None:
        super().__init__()
        self.look, self.details = look, ""
        self.title, self.text = QLabel(), QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = Button(look, "window.error.copy", "copy")
        self.restart = Button(look, "window.error.restart", "restart", "primary")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details))
        self.restart.clicked.connect(restart)
        row = QHBoxLayout()
        row.addWidget(self.restart)
        row.addWidget(self.copy)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        for widget in (self.title, self.text):
            layout.addWidget(widget)
        layout.addLayout(row)
        layout.addStretch(2)

    def say(self, fault: BaseException, details: str) -> None:
        """Show a fault as one sentence."""
        t = self.look.theme
        self.details = f"{fault}\n{details}".strip()
        self.title.setText(self.look.tr("window.error.title"))
        self.text.setText(sentence(fault, self.look.language))
        for label, size, role in ((self.title, "section", "fail"), (self.text, "body", "ink")):
            label.setFont(self.look.font(size))
            label.setStyleSheet(f"color: {t.hex(role)};")
