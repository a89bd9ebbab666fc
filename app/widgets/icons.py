"""Icons: our own SVGs, tinted in any colour and kept as pixmaps."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).resolve().parents[2] / "assets" / "icons"
ACCENT = "var(--accent, currentColor)"          # how a file names the theme's second colour; only the logo has one
LOGO_SIZES = (16, 24, 32, 48, 64, 128, 256)


def names() -> list[str]:
    """Every icon there is."""
    return sorted(path.stem for path in ICONS.glob("*.svg"))


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    path = ICONS / f"{name}.svg"
    if "/" in name or not path.is_file():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _pixmap(name: str, color: str, accent: str, opacity: float, size: int, ratio: float) -> QPixmap:
    made = QPixmap(max(1, round(size * ratio)), max(1, round(size * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    source = _source(name).replace(ACCENT, accent).replace("currentColor", color)
    painter = QPainter(made)
    painter.setOpacity(opacity)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0, accent: QColor | None = None) -> QPixmap:
    """The icon in a colour, `size` logical pixels wide; KeyError for a name that is not there."""
    return _pixmap(name, color.name(), (accent or color).name(), round(color.alphaF(), 3), size, ratio)


def icon(name: str, color: QColor, size: int = 16, ratio: float = 1.0) -> QIcon:
    """The same as a QIcon."""
    return QIcon(pixmap(name, color, size, ratio))


def logo(color: QColor, accent: QColor) -> QIcon:
    """The program's own mark in every size that a window manager asks for."""
    made = QIcon()
    for size in LOGO_SIZES:
        made.addPixmap(pixmap("logo", color, size, 1.0, accent))
    return made
