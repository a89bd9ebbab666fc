"""A paint device that writes SVG: words stay words, clips and pens are right in every reader, images are embedded."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from PySide6.QtCore import QBuffer, QIODevice, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QTextItem,
    QTransform,
)

Flag = QPaintEngine.DirtyFlag
Feature = QPaintEngine.PaintEngineFeature
Metric = QPaintDevice.PaintDeviceMetric
FAMILY_WORDS = {"sans-serif", "serif", "monospace"}
SHARPEN = 4             # readers smooth enlarged images: cells are enlarged here first, by this or until this many pixels
SHARP_PIXELS = 1024
_NOT_DRAWN = (Feature.LinearGradientFill | Feature.RadialGradientFill | Feature.ConicalGradientFill | Feature.PatternBrush
              | Feature.PatternTransform | Feature.PerspectiveTransform)
_CAPS = {Qt.PenCapStyle.FlatCap: "butt", Qt.PenCapStyle.SquareCap: "square", Qt.PenCapStyle.RoundCap: "round"}
_JOINS = {Qt.PenJoinStyle.MiterJoin: "miter", Qt.PenJoinStyle.BevelJoin: "bevel", Qt.PenJoinStyle.RoundJoin: "round"}


class SvgDevice(QPaintDevice):
    """Paint on it with a QPainter, end the painter, then ask for `document()`; one unit is one design pixel."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width_px, self.height_px = width, height
        self._engine = SvgEngine()

    def paintEngine(self) -> QPaintEngine:
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        known = {Metric.PdmWidth: math.ceil(self.width_px), Metric.PdmHeight: math.ceil(self.height_px),
                 Metric.PdmWidthMM: round(self.width_px * 25.4 / 96), Metric.PdmHeightMM: round(self.height_px * 25.4 / 96),
                 Metric.PdmNumColors: 2**31 - 1, Metric.PdmDepth: 32, Metric.PdmDpiX: 96, Metric.PdmDpiY: 96,
                 Metric.PdmPhysicalDpiX: 96, Metric.PdmPhysicalDpiY: 96, Metric.PdmDevicePixelRatio: 1}
        return known[metric] if metric in known else super().metric(metric)

    def document(self, *, width: str, height: str, title: str = "", metadata: str = "") -> str:
        """The SVG; width and height with their units, e.g. '160mm'; `metadata` is XML put in first."""
        body, clips = self._engine.finished()
        box = f"0 0 {_n(self.width_px)} {_n(self.height_px)}"
        return (f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
                f'xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}" viewBox="{box}">\n'
                f"<title>{escape(title)}</title>\n{metadata}\n<defs>\n{clips}\n</defs>\n{body}\n</svg>\n")


class SvgEngine(QPaintEngine):
    """Turns what a painter does into SVG elements in device coordinates."""

    def __init__(self) -> None:
        super().__init__(Feature.AllFeatures & ~_NOT_DRAWN)
        self._body: list[str] = []
        self._clips: dict[str, str] = {}            # element of a clip -> its id
        self._open_clip = ""                        # id of the clip whose group is open
        self._clip: QPainterPath | None = None      # in device coordinates
        self._clip_on = False
        self._text: _Words | None = None
        self._pen, self._brush, self._matrix = QPen(), QBrush(), QTransform()
        self._opacity, self._smooth_edges, self._smooth_images = 1.0, True, False

    def begin(self, device: QPaintDevice) -> bool:
        return True

    def end(self) -> bool:
        self._flush()
        return True

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def finished(self) -> tuple[str, str]:
        """The elements, and the definitions they name."""
        self._flush()
        closing = ["</g>"] if self._open_clip else []
        clips = [f'<clipPath id="{name}">{shape}</clipPath>' for shape, name in self._clips.items()]
        return "\n".join(self._body + closing), "\n".join(clips)

    # state ----------------------------------------------------------------------------------------------------------

    def updateState(self, state: QPaintEngineState) -> None:
        self._flush()
        flags = state.state()
        if flags & Flag.DirtyPen:
            self._pen = QPen(state.pen())
        if flags & Flag.DirtyBrush:
            self._brush = QBrush(state.brush())
        if flags & Flag.DirtyTransform:
            self._matrix = QTransform(state.transform())
        if flags & Flag.DirtyOpacity:
            self._opacity = state.opacity()
        if flags & Flag.DirtyHints:
            hints = state.renderHints()
            self._smooth_edges = bool(hints & QPainter.RenderHint.Antialiasing)
            self._smooth_images = bool(hints & QPainter.RenderHint.SmoothPixmapTransform)
        if flags & Flag.DirtyClipPath:
            self._take_clip(state.clipPath(), state.clipOperation())
        if flags & Flag.DirtyClipRegion:
            path = QPainterPath()
            path.addRegion(state.clipRegion())
            self._take_clip(path, state.clipOperation())
        if flags & Flag.DirtyClipEnabled:
            self._clip_on = state.isClipEnabled()

    def _take_clip(self, path: QPainterPath, operation: Qt.ClipOperation) -> None:
        if operation == Qt.ClipOperation.NoClip:
            self._clip, self._clip_on = None, False
            return
        placed = self._matrix.map(path)
        if operation == Qt.ClipOperation.IntersectClip and self._clip is not None and self._clip_on:
            placed = self._clip.intersected(placed)
        self._clip, self._clip_on = placed, True

    def _add(self, element: str) -> None:
        """Append an element within the group of the present clip."""
        name = self._clip_name()
        if name != self._open_clip:
            if self._open_clip:
                self._body.append("</g>")
            if name:
                self._body.append(f'<g clip-path="url(#{name})">')
            self._open_clip = name
        self._body.append(element)

    def _clip_name(self) -> str:
        if self._clip is None or not self._clip_on:
            return ""
        r = self._clip.boundingRect()
        rectangle = QPainterPath()
        rectangle.addRect(r)
        if self._clip == rectangle:
            shape = f'<rect x="{_n(r.x())}" y="{_n(r.y())}" width="{_n(r.width())}" height="{_n(r.height())}"/>'
        else:
            shape = f'<path d="{_path_data(self._clip)}"/>'
        return self._clips.setdefault(shape, f"clip{len(self._clips)}")

    # shapes ---------------------------------------------------------------------------------------------------------

    def drawPath(self, path: QPainterPath) -> None:
        self._flush()
        data = _path_data(self._matrix.map(path))
        if data:
            rule = ' fill-rule="evenodd"' if path.fillRule() == Qt.FillRule.OddEvenFill else ""
            self._add(f'<path d="{data}"{rule}{self._fill()}{self._stroke()}/>')

    def drawPolygon(self, points: Sequence[QPointF], mode: QPaintEngine.PolygonDrawMode) -> None:
        self._flush()
        placed = self._matrix.map(QPolygonF([QPointF(p) for p in points]))
        pairs = " ".join(f"{_n(p.x())},{_n(p.y())}" for p in placed.toList())
        if mode == QPaintEngine.PolygonDrawMode.PolylineMode:
            self._add(f'<polyline points="{pairs}" fill="none"{self._stroke()}/>')
            return
        rule = ' fill-rule="evenodd"' if mode == QPaintEngine.PolygonDrawMode.OddEvenMode else ""
        self._add(f'<polygon points="{pairs}"{rule}{self._fill()}{self._stroke()}/>')

    def drawLines(self, lines: Iterable[Any]) -> None:
        self._flush()
        placed = [self._matrix.map(QLineF(line)) for line in lines]
        data = "".join(f"M{_n(a.x1())},{_n(a.y1())}L{_n(a.x2())},{_n(a.y2())}" for a in placed)
        self._add(f'<path d="{data}" fill="none"{self._stroke()}/>')

    def drawRects(self, rects: Iterable[Any]) -> None:
        self._flush()
        for rect in rects:
            if self._matrix.isRotating():
                self.drawPath(_path_of_rect(QRectF(rect)))
                continue
            r = self._matrix.mapRect(QRectF(rect).normalized())
            self._add(f'<rect x="{_n(r.x())}" y="{_n(r.y())}" width="{_n(r.width())}" height="{_n(r.height())}"'
                      f"{self._fill()}{self._stroke()}/>")

    def drawEllipse(self, rect: Any) -> None:
        self._flush()
        if self._matrix.isRotating():
            path = QPainterPath()
            path.addEllipse(QRectF(rect))
            self.drawPath(path)
            return
        r = self._matrix.mapRect(QRectF(rect))
        self._add(f'<ellipse cx="{_n(r.center().x())}" cy="{_n(r.center().y())}" rx="{_n(r.width() / 2)}" '
                  f'ry="{_n(r.height() / 2)}"{self._fill()}{self._stroke()}/>')

    def drawPoints(self, points: Iterable[Any]) -> None:
        self._flush()
        at = [self._matrix.map(QPointF(p)) for p in points]
        data = "".join(f"M{_n(p.x())},{_n(p.y())}h0" for p in at)
        self._add(f'<path d="{data}" fill="none"{self._stroke()}/>')

    # images and words -----------------------------------------------------------------------------------------------

    def drawPixmap(self, rect: QRectF, pixmap: QPixmap, source: QRectF) -> None:
        self.drawImage(rect, pixmap.toImage(), source, Qt.ImageConversionFlag.AutoColor)

    def drawImage(self, rect: QRectF, image: QImage, source: QRectF, flags: Any = None) -> None:
        self._flush()
        part = image.copy(source.toAlignedRect())
        if part.isNull():
            return
        if not self._smooth_images:
            times = max(1, min(SHARPEN, SHARP_PIXELS // max(part.width(), part.height())))
            part = part.scaled(part.width() * times, part.height() * times)
        m = self._matrix
        place = "" if m.isIdentity() else f' transform="{_matrix(m)}"'
        opacity = "" if self._opacity >= 1 else f' opacity="{_n(self._opacity)}"'
        sharp = "" if self._smooth_images else ' style="image-rendering:pixelated"'
        self._add(f'<image x="{_n(rect.x())}" y="{_n(rect.y())}" width="{_n(rect.width())}" height="{_n(rect.height())}" '
                  f'preserveAspectRatio="none"{place}{opacity}{sharp} xlink:href="data:image/png;base64,{_png(part)}"/>')

    def drawTextItem(self, at: QPointF, item: QTextItem) -> None:
        """Words of one style that follow one another on a line become one element, whatever their scripts."""
        font = item.font()
        if self._text is not None and self._text.takes(at, font):
            self._text.append(item.text(), item.width())
            return
        self._flush()
        self._text = _Words(QPointF(at), QFont(font), item.text(), item.width())

    def _flush(self) -> None:
        """Write the words that were waiting for more."""
        words, self._text = self._text, None
        if words is not None and words.text.strip():
            self._add(words.element(self._matrix, _paint("fill", self._pen.color(), self._opacity)))

    # style ----------------------------------------------------------------------------------------------------------

    def _fill(self) -> str:
        if self._brush.style() == Qt.BrushStyle.NoBrush:
            return ' fill="none"'
        return _paint("fill", self._brush.color(), self._opacity) + self._edges()

    def _edges(self) -> str:
        return "" if self._smooth_edges else ' shape-rendering="crispEdges"'

    def _stroke(self) -> str:
        """The pen in device pixels; nothing scales it afterwards, so a cosmetic pen needs nothing more."""
        pen = self._pen
        if pen.style() == Qt.PenStyle.NoPen:
            return ""
        scale = 1.0 if pen.isCosmetic() else _scale(self._matrix)
        width = (pen.widthF() or 1.0) * scale
        parts = [_paint("stroke", pen.color(), self._opacity), f' stroke-width="{_n(width)}"']
        if pen.capStyle() != Qt.PenCapStyle.FlatCap:
            parts.append(f' stroke-linecap="{_CAPS[pen.capStyle()]}"')
        if pen.joinStyle() in _JOINS and pen.joinStyle() != Qt.PenJoinStyle.MiterJoin:
            parts.append(f' stroke-linejoin="{_JOINS[pen.joinStyle()]}"')
        if pen.style() != Qt.PenStyle.SolidLine:
            parts.append(f' stroke-dasharray="{" ".join(_n(part * width) for part in pen.dashPattern())}"')
            if pen.dashOffset():
                parts.append(f' stroke-dashoffset="{_n(pen.dashOffset() * width)}"')
        return "".join(parts)


class _Words:
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
        moved = "" if matrix.isIdentity() else f' transform="{_matrix(matrix)}"'
        length = f' textLength="{_n(self.width)}" lengthAdjust="spacingAndGlyphs"' if len(self.text) > 1 else ""
        return (f'<text x="{_n(self.at.x())}" y="{_n(self.at.y())}"{moved}{length}{fill}{_font(self.font)} '
                f'xml:space="preserve">{escape(_printable(self.text))}</text>')


def _font(font: QFont) -> str:
    families = ",".join(f if f in FAMILY_WORDS else f"'{f}'" for f in font.families() or [font.family()])
    size = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * 96 / 72
    style = f' font-family={quoteattr(families)} font-size="{_n(size)}"'
    if int(font.weight()) != 400:
        style += f' font-weight="{int(font.weight())}"'
    if font.italic():
        style += ' font-style="italic"'
    if font.letterSpacing() and font.letterSpacingType() == QFont.SpacingType.AbsoluteSpacing:
        style += f' letter-spacing="{_n(font.letterSpacing())}"'
    if any(tag.toString() == b"tnum" and font.featureValue(tag) for tag in font.featureTags()):
        style += " style=\"font-feature-settings:'tnum'\""
    return style


def _paint(name: str, color: QColor, opacity: float) -> str:
    alpha = color.alphaF() * opacity
    return f' {name}="{color.name()}"' + (f' {name}-opacity="{_n(alpha)}"' if alpha < 0.9995 else "")


def _path_data(path: QPainterPath) -> str:
    """The path as SVG path data; a curve comes as an element and two data elements after it."""
    parts, number, count = [], 0, path.elementCount()
    while number < count:
        e = path.elementAt(number)
        if e.type == QPainterPath.ElementType.CurveToElement and number + 2 < count:
            b, c = path.elementAt(number + 1), path.elementAt(number + 2)
            parts.append(f"C{_n(e.x)},{_n(e.y)} {_n(b.x)},{_n(b.y)} {_n(c.x)},{_n(c.y)}")
            number += 3
            continue
        parts.append(f"{'M' if e.type == QPainterPath.ElementType.MoveToElement else 'L'}{_n(e.x)},{_n(e.y)}")
        number += 1
    return "".join(parts)


def _path_of_rect(rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(rect)
    return path


def _matrix(m: QTransform) -> str:
    return f"matrix({m.m11():.6g} {m.m12():.6g} {m.m21():.6g} {m.m22():.6g} {m.dx():.6g} {m.dy():.6g})"


def _scale(m: QTransform) -> float:
    return math.sqrt(abs(m.m11() * m.m22() - m.m12() * m.m21()))


def _n(value: float) -> str:
    """A coordinate to a thousandth of a pixel, with no needless zeros."""
    if not math.isfinite(value):
        return "0"
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _printable(text: str) -> str:
    """XML takes no control characters."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def _png(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise MemoryError("an image could not be packed")
    return base64.b64encode(bytes(buffer.data().data())).decode("ascii")
