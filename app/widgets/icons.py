"""Icons: our own SVGs, tinted in any colour and kept as pixmaps."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).resolve().parents[2] / "assets" / "icons"
LOGO_CURVE = "#4B50C4"          # the one colour in the files, stands for the theme's accent


def names() -> list[str]:
    """Every icon there is."""
    return sorted(path.stem for path in ICONS.glob("*.svg"))


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    path = ICONS / f"{name}.svg"
    if not path.exists():
        raise KeyError(name)
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _pixmap(name: str, color: str, accent: str, size: int, ratio: float) -> QPixmap:
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    source = _source(name).replace("currentColor", color).replace(LOGO_CURVE, accent or color)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(source.encode())).render(painter)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def pixmap(name: str, color: QColor, size: int, ratio: float = 1.0, accent: QColor | None = None) -> QPixmap:
    """The icon in a colour, `size` logical pixels wide; KeyError for a name that is not there."""
    return _pixmap(name, color.name(), accent.name() if accent is not None else "", size, ratio)


def icon(name: str, color: QColor, size: int = 16, ratio: float = 1.0) -> QIcon:
    """The same as a QIcon."""
    return QIcon(pixmap(name, color, size, ratio))
