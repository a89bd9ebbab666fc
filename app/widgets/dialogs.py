"""Dialogs: about (with licences and diagnostics) and the list of shortcuts."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.look import Look
from app.widgets.buttons import Button
from engine.core.version import PROGRAM

PARTS = (("PySide6-Essentials", "LGPL-3.0"), ("pyqtgraph", "MIT"), ("numpy", "BSD-3-Clause and others"),
         ("scipy", "BSD-3-Clause"), ("torch", "BSD-3-Clause and others"), ("scikit-learn", "BSD-3-Clause"),
         ("markdown-it-py", "MIT"), ("mdit-py-plugins", "MIT"), ("Pygments", "BSD-2-Clause"), ("Pillow", "MIT-CMU"),
         ("safetensors", "Apache-2.0"), ("psutil", "BSD-3-Clause"), ("tomli-w", "MIT"), ("fonttools", "MIT"),
         ("av", "BSD-3-Clause"))
SHIPPED = (("MathJax 3.2.2", "Apache-2.0"), ("Inter", "OFL-1.1"), ("JetBrains Mono", "OFL-1.1"), ("STIX Two", "OFL-1.1"),
           ("Noto Sans CJK SC (as Loupe Sans SC)", "OFL-1.1"))


class Card(QDialog):
    """A dialog that wears the look."""

    def __init__(self, look: Look, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = look
        self.setWindowTitle(look.tr(title))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 20, 24, 20)
        self.column.setSpacing(12)
        self.heading = self.words(look.tr(title), "title", "ink", family="display")

    def words(self, text: str, size: str = "body", role: str = "ink", family: str = "ui") -> QLabel:
        """Add a paragraph."""
        label = QLabel(text)
        label.setFont(self.look.font(size, family=family))
        label.setStyleSheet(f"color: {self.look.theme.hex(role)};")
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.column.addWidget(label)
        return label

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self.look.theme.color("surface_raised"))


def diagnostics(lanes: str = "", faults: Sequence[str] = ()) -> str:
    """What a report of a fault needs: versions, platform, screens, lanes; nothing of the user's."""
    from importlib.metadata import PackageNotFoundError, version

    lines = [PROGRAM, f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"]
    for name, _ in PARTS:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name} not installed")
    lines += [f"screen {s.size().width()}x{s.size().height()} at {s.devicePixelRatio():g}" for s in QGuiApplication.screens()]
    lines.append(f"platform plugin {QGuiApplication.platformName()}")
    return "\n".join([*lines, *([lanes] if lanes else []), *faults])


class About(Card):
    """What this is, what it stands on, and what to send when something is wrong."""

    def __init__(self, look: Look, parent: QWidget, lanes: str = "", faults: Sequence[str] = ()) -> None:
        super().__init__(look, "window.about.title", parent)
        self.report = diagnostics(lanes, faults)
        self.words(PROGRAM, "label", "ink_soft")
        self.words(look.tr("window.about.what"))
        self.words(look.tr("window.about.licences"), "section")
        self.words("\n".join(f"{name} · {licence}" for name, licence in (*SHIPPED, *PARTS)), "label", "ink_soft")
        self.words(look.tr("window.about.diagnostics"), "section")
        box = QPlainTextEdit(self.report, readOnly=True)
        box.setFont(look.font(11, family="mono"))
        box.setFixedHeight(150)
        box.setStyleSheet(f"QPlainTextEdit {{ background: {look.theme.hex('surface')}; color: {look.theme.hex('ink_soft')};"
                          f" border: 1px solid {look.theme.hex('line')}; border-radius: 6px; }}")
        self.column.addWidget(box)
        row = QHBoxLayout()
        self.copy = Button(look, "window.about.copy", "copy")
        self.shut = Button(look, "window.about.close", kind="primary")
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(self.shut)
        self.column.addLayout(row)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report))
        self.shut.clicked.connect(self.accept)
        self.resize(560, 640)


class Shortcuts(Card):
    """Every key, and what it does."""

    def __init__(self, look: Look, parent: QWidget, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(look, "window.shortcuts.title", parent)
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(7)
        half = -(-len(rows) // 2)
        for number, (keys, words) in enumerate(rows):
            column, row = (0, number) if number < half else (2, number - half)
            for offset, (text, family, role) in enumerate(((keys, "mono", "accent"), (words, "ui", "ink"))):
                label = QLabel(text)
                label.setFont(look.font("label", family=family, weight=500 if family == "mono" else 400))
                label.setStyleSheet(f"color: {look.theme.hex(role)};")
                grid.addWidget(label, row, column + offset)
        self.column.addLayout(grid)
        self.words(look.tr("window.shortcuts.click_wheel"), "label", "ink_soft")
        self.words(look.tr("window.shortcuts.controls"), "label", "ink_soft")
        shut = Button(look, "window.about.close", kind="primary")
        shut.clicked.connect(self.accept)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(shut)
        self.column.addLayout(bottom)
        self.resize(640, 420)
