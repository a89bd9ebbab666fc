"""Paints a drawing with any QPainter: as pixels, or as vectors and words into a PDF."""

from __future__ import annotations

import base64
import re

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTransform,
)

from app.drawing import Drawing, Shape
from panels.kit.theme import load_fonts

_CAPS = {"butt": Qt.PenCapStyle.FlatCap, "square": Qt.PenCapStyle.SquareCap, "round": Qt.PenCapStyle.RoundCap}
_JOINS = {"miter": Qt.PenJoinStyle.MiterJoin, "bevel": Qt.PenJoinStyle.BevelJoin, "round": Qt.PenJoinStyle.RoundJoin}
_STEP = re.compile(r"([MLCh])([^MLCh]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def paint_drawing(painter: QPainter, drawing: Drawing, rect: QRectF) -> None:
    """Paint the drawing into a rectangle, its proportions kept."""
    factor = min(rect.width() / drawing.width, rect.height() / drawing.height)
    painter.save()
    painter.translate(rect.left() + (rect.width() - drawing.width * factor) / 2,
                      rect.top() + (rect.height() - drawing.height * factor) / 2)
    painter.scale(factor, factor)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    brush = _Painting(painter)
    for shape in drawing.shapes:
        if shape.clip:
            painter.save()
            painter.setClipPath(brush.path(drawing.clips[shape.clip]), Qt.ClipOperation.IntersectClip)
            brush.draw(shape)
            painter.restore()
        else:
            brush.draw(shape)
    painter.restore()


class _Painting:
    def __init__(self, painter: QPainter) -> None:
        self.painter = painter
        engine = painter.paintEngine()
        self.variants = engine is None or engine.type() != QPaintEngine.Type.Pdf

    def draw(self, shape: Shape) -> None:
        """Paint one shape."""
        painter = self.painter
        if shape.tag in ("text", "image"):
            painter.save()
            if matrix := shape.numbers("transform"):
                painter.setTransform(QTransform(*matrix), True)
            (self._text if shape.tag == "text" else self._image)(shape)
            painter.restore()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, shape.attributes.get("shape-rendering") != "crispEdges")
        painter.setPen(self._pen(shape))
        painter.setBrush(self._brush(shape))
        if shape.tag == "polyline":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(_polygon(shape))
        else:
            painter.drawPath(self.path(shape))

    def path(self, shape: Shape) -> QPainterPath:
        """The outline of a shape."""
        path = QPainterPath()
        odd = shape.attributes.get("fill-rule") == "evenodd"
        path.setFillRule(Qt.FillRule.OddEvenFill if odd else Qt.FillRule.WindingFill)
        if shape.tag == "rect":
            path.addRect(_rect(shape))
        elif shape.tag == "ellipse":
            path.addEllipse(QPointF(shape.number("cx"), shape.number("cy")), shape.number("rx"), shape.number("ry"))
        elif shape.tag in ("polygon", "polyline"):
            path.addPolygon(_polygon(shape))
            path.closeSubpath()
        else:
            _trace(path, shape.attributes.get("d", ""))
        return path

    def _color(self, shape: Shape, name: str) -> QColor | None:
        value = shape.attributes.get(name, "none")
        if value == "none":
            return None
        color = QColor(value)
        color.setAlphaF(min(1.0, max(0.0, shape.number(f"{name}-opacity", 1.0))))
        return color

    def _brush(self, shape: Shape) -> QBrush:
        color = self._color(shape, "fill")
        return QBrush(color) if color is not None else QBrush(Qt.BrushStyle.NoBrush)

    def _pen(self, shape: Shape) -> QPen:
        color = self._color(shape, "stroke")
        if color is None:
            return QPen(Qt.PenStyle.NoPen)
        width = shape.number("stroke-width", 1.0)
        pen = QPen(color, width, Qt.PenStyle.SolidLine, _CAPS.get(shape.attributes.get("stroke-linecap", ""),
                   Qt.PenCapStyle.FlatCap), _JOINS.get(shape.attributes.get("stroke-linejoin", ""), Qt.PenJoinStyle.MiterJoin))
        dashes = [abs(d) / width for d in shape.numbers("stroke-dasharray")] if width > 0 else []
        if dashes and sum(dashes) > 0:
            pen.setDashPattern(dashes * (1 + len(dashes) % 2))
            pen.setDashOffset(shape.number("stroke-dashoffset") / width)
        return pen

    def _text(self, shape: Shape) -> None:
        """Words in their font, as wide as they were when they were written."""
        font = self._font(shape)
        natural, wanted = QFontMetricsF(font).horizontalAdvance(shape.text), shape.number("textLength")
        self.painter.translate(shape.number("x"), shape.number("y"))
        if wanted and natural:
            self.painter.scale(wanted / natural, 1.0)
        self.painter.setFont(font)
        self.painter.setPen(self._color(shape, "fill") or QColor())
        self.painter.drawText(QPointF(0, 0), shape.text)

    def _font(self, shape: Shape) -> QFont:
        load_fonts()
        a = shape.attributes
        font = QFont()
        font.clearFeatures()
        font.setFamilies([f.strip().strip("'") for f in a.get("font-family", "sans-serif").split(",")])
        font.setPixelSize(max(1, round(shape.number("font-size", 11))))
        font.setWeight(QFont.Weight(min(1000, max(1, round(shape.number("font-weight", 400))))))
        font.setItalic(a.get("font-style") == "italic")
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if "letter-spacing" in a:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, shape.number("letter-spacing"))
        if self.variants and "tnum" in a.get("style", ""):
            font.setFeature(QFont.Tag.fromString("tnum"), 1)
        if not self.variants:
            for tag in ("calt", "liga"):                # glyph variants that no reader turns back into text
                font.setFeature(QFont.Tag.fromString(tag), 0)
        return font

    def _image(self, shape: Shape) -> None:
        image = QImage.fromData(base64.b64decode(shape.attributes.get("xlink:href", ",").partition(",")[2]))
        self.painter.setOpacity(min(1.0, max(0.0, shape.number("opacity", 1.0))))
        sharp = "pixelated" in shape.attributes.get("style", "")
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp)
        self.painter.drawImage(_rect(shape), image)


def _rect(shape: Shape) -> QRectF:
    return QRectF(shape.number("x"), shape.number("y"), shape.number("width"), shape.number("height"))


def _polygon(shape: Shape) -> QPolygonF:
    at = shape.numbers("points")
    return QPolygonF([QPointF(x, y) for x, y in zip(at[::2], at[1::2], strict=False)])


def _trace(path: QPainterPath, data: str) -> None:
    """SVG path data as our writer writes it: M, L and C absolute, h0 for a point."""
    for command, inside in _STEP.findall(data):
        n = [float(v) for v in _NUMBER.findall(inside)]
        if command == "M" and len(n) == 2:
            path.moveTo(*n)
        elif command == "L" and len(n) == 2:
            path.lineTo(*n)
        elif command == "C" and len(n) == 6:
            path.cubicTo(*n)
        elif command == "h":
            path.lineTo(path.currentPosition() + QPointF(0.001, 0))

