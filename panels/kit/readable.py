"""What can be read on a coloured ground: black or white, whichever stands out more."""

from __future__ import annotations

from PySide6.QtGui import QColor


def readable(ground: QColor) -> QColor:
    """Ink or paper, whichever stands out more from the ground."""
    return max((QColor("black"), QColor("white")), key=lambda ink: contrast(ink, ground))


def contrast(a: QColor, b: QColor) -> float:
    """WCAG contrast of two opaque colours, 1 ... 21."""
    bright = sorted((_luminance(a), _luminance(b)))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def _luminance(color: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
             for c in (color.redF(), color.greenF(), color.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
