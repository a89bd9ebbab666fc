"""How paths, fonts, colours and numbers are written in SVG."""

from __future__ import annotations

import base64
import math
from html import escape

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainterPath, QTransform

GENERIC_FAMILIES = {"sans-serif", "serif", "monospace"}


class Words:
    """A run of text on one line in one font."""

    def __init__(self, at: QPointF, font: QFont, text: str, width: float) -> None:
        self.at, self.font, self.text, self.width = at, font, text, width

    def takes(self, at: QPointF, font: QFont) -> bool:
        follows = abs(at.x() - self.at.x() - self.width) < 0.05 and abs(at.y() - self.at.y()) < 1e-6
        return follows and font == self.font

    def append(self, text: str, width: float) -> None:
        self.text += text
        self.width += width

    def element(self, matrix: QTransform, fill: str) -> str:
        """<text>; textLength keeps its width where the reader has another font."""
        moved = "" if matrix.isIdentity() else f' transform="{matrix_text(matrix)}"'
        length = f' textLength="{n(self.width)}" lengthAdjust="spacingAndGlyphs"' if len(self.text) > 1 else ""
        return (f'<text x="{n(self.at.x())}" y="{n(self.at.y())}"{moved}{length}{fill}{font_text(self.font)} '
                f'xml:space="preserve">{escape(printable(self.text), quote=False)}</text>')


def font_text(font: QFont) -> str:
    """The font as presentation attributes."""
    families = ",".join(f if f in GENERIC_FAMILIES else f"'{f}'" for f in font.families() or [font.family()])
    size = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * 96 / 72
    style = f' font-family="{escape(families, quote=False)}" font-size="{n(size)}"'
    if int(font.weight()) != 400:
        style += f' font-weight="{int(font.weight())}"'
    if font.italic():
        style += ' font-style="italic"'
    if font.letterSpacing() and font.letterSpacingType() == QFont.SpacingType.AbsoluteSpacing:
        style += f' letter-spacing="{n(font.letterSpacing())}"'
    if any(tag.toString() == b"tnum" and font.featureValue(tag) for tag in font.featureTags()):
        style += " style=\"font-feature-settings:'tnum'\""
    return style


def paint_text(name: str, color: QColor, opacity: float) -> str:
    """A fill or a stroke: its colour, and its opacity where it is not opaque."""
    alpha = color.alphaF() * opacity
    return f' {name}="{color.name()}"' + (f' {name}-opacity="{n(alpha)}"' if alpha < 0.9995 else "")


def path_data(path: QPainterPath) -> str:
    """The path as SVG path data; a curve comes as an element and two data elements after it."""
    parts, number, count = [], 0, path.elementCount()
    while number < count:
        e = path.elementAt(number)
        if e.type == QPainterPath.ElementType.CurveToElement and number + 2 < count:
            b, c = path.elementAt(number + 1), path.elementAt(number + 2)
            parts.append(f"C{n(e.x)},{n(e.y)} {n(b.x)},{n(b.y)} {n(c.x)},{n(c.y)}")
            number += 3
            continue
        parts.append(f"{'M' if e.type == QPainterPath.ElementType.MoveToElement else 'L'}{n(e.x)},{n(e.y)}")
        number += 1
    return "".join(parts)


def path_of_rect(rect: QRectF) -> QPainterPath:
    """A rectangle as a path."""
    path = QPainterPath()
    path.addRect(rect)
    return path


def matrix_text(m: QTransform) -> str:
    """A transform's value."""
    return f"matrix({m.m11():.6g} {m.m12():.6g} {m.m21():.6g} {m.m22():.6g} {m.dx():.6g} {m.dy():.6g})"


def scale_of(m: QTransform) -> float:
    """By how much a transform lengthens, on average."""
    return math.sqrt(abs(m.m11() * m.m22() - m.m12() * m.m21()))


def n(value: float) -> str:
    """A coordinate to a thousandth of a pixel, with no needless zeros."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def printable(text: str) -> str:
    """XML takes no control characters."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def png_text(image: QImage) -> str:
    """An image as PNG in base64."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise MemoryError("an image could not be packed")
    return base64.b64encode(bytes(buffer.data().data())).decode("ascii")
