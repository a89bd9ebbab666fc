"""A paint device that writes SVG: words stay words, clips and pens are right in every reader, images are embedded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
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

from app.export.svg_text import Words, matrix_text, n, paint_text, path_data, path_of_rect, png_text, scale_of

Flag = QPaintEngine.DirtyFlag
Feature = QPaintEngine.PaintEngineFeature
Metric = QPaintDevice.PaintDeviceMetric
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
        box = f"0 0 {n(self.width_px)} {n(self.height_px)}"
        return (f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
                f'xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}" viewBox="{box}">\n'
                f"<title>{escape(title, quote=False)}</title>\n{metadata}\n<defs>\n{clips}\n</defs>\n{body}\n</svg>\n")


class SvgEngine(QPaintEngine):
    """Turns what a painter does into SVG elements in device coordinates."""

    def __init__(self) -> None:
        super().__init__(Feature.AllFeatures & ~_NOT_DRAWN)
        self._body: list[str] = []
        self._clips: dict[str, str] = {}            # element of a clip -> its id
        self._open_clip = ""                        # id of the clip whose group is open
        self._clip: QPainterPath | None = None      # in device coordinates
        self._clip_on = False
        self._text: Words | None = None
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
            shape = f'<rect x="{n(r.x())}" y="{n(r.y())}" width="{n(r.width())}" height="{n(r.height())}"/>'
        else:
            shape = f'<path d="{path_data(self._clip)}"/>'
        return self._clips.setdefault(shape, f"clip{len(self._clips)}")

    # shapes ---------------------------------------------------------------------------------------------------------

    def drawPath(self, path: QPainterPath) -> None:
        self._flush()
        data = path_data(self._matrix.map(path))
        if data:
            rule = ' fill-rule="evenodd"' if path.fillRule() == Qt.FillRule.OddEvenFill else ""
            self._add(f'<path d="{data}"{rule}{self._fill()}{self._stroke()}/>')

    def drawPolygon(self, points: Iterable[Any], mode: QPaintEngine.PolygonDrawMode) -> None:
        self._flush()
        placed = self._matrix.map(QPolygonF([QPointF(p) for p in points]))
        pairs = " ".join(f"{n(p.x())},{n(p.y())}" for p in placed.toList())
        if mode == QPaintEngine.PolygonDrawMode.PolylineMode:
            self._add(f'<polyline points="{pairs}" fill="none"{self._stroke()}/>')
            return
        rule = ' fill-rule="evenodd"' if mode == QPaintEngine.PolygonDrawMode.OddEvenMode else ""
        self._add(f'<polygon points="{pairs}"{rule}{self._fill()}{self._stroke()}/>')

    def drawLines(self, lines: Iterable[Any]) -> None:
        self._flush()
        placed = [self._matrix.map(QLineF(line)) for line in lines]
        data = "".join(f"M{n(a.x1())},{n(a.y1())}L{n(a.x2())},{n(a.y2())}" for a in placed)
        self._add(f'<path d="{data}" fill="none"{self._stroke()}/>')

    def drawRects(self, rects: Iterable[Any]) -> None:
        self._flush()
        for rect in rects:
            if self._matrix.isRotating():
                self.drawPath(path_of_rect(QRectF(rect)))
                continue
            r = self._matrix.mapRect(QRectF(rect).normalized())
            self._add(f'<rect x="{n(r.x())}" y="{n(r.y())}" width="{n(r.width())}" height="{n(r.height())}"'
                      f"{self._fill()}{self._stroke()}/>")

    def drawEllipse(self, rect: Any) -> None:
        self._flush()
        if self._matrix.isRotating():
            path = QPainterPath()
            path.addEllipse(QRectF(rect))
            self.drawPath(path)
            return
        r = self._matrix.mapRect(QRectF(rect))
        self._add(f'<ellipse cx="{n(r.center().x())}" cy="{n(r.center().y())}" rx="{n(r.width() / 2)}" '
                  f'ry="{n(r.height() / 2)}"{self._fill()}{self._stroke()}/>')

    def drawPoints(self, points: Iterable[Any]) -> None:
        self._flush()
        at = [self._matrix.map(QPointF(p)) for p in points]
        data = "".join(f"M{n(p.x())},{n(p.y())}h0" for p in at)
        self._add(f'<path d="{data}" fill="none"{self._stroke()}/>')

    # images and words -----------------------------------------------------------------------------------------------

    def drawPixmap(self, rect: Any, pixmap: Any, source: Any) -> None:
        self.drawImage(rect, QPixmap(pixmap).toImage(), source, Qt.ImageConversionFlag.AutoColor)

    def drawImage(self, rect: Any, image: Any, source: Any, flags: Any = None) -> None:
        self._flush()
        part = QImage(image).copy(QRectF(source).toAlignedRect())
        if part.isNull():
            return
        if not self._smooth_images:
            times = max(1, min(SHARPEN, SHARP_PIXELS // max(part.width(), part.height())))
            part = part.scaled(part.width() * times, part.height() * times)
        m = self._matrix
        place = "" if m.isIdentity() else f' transform="{matrix_text(m)}"'
        opacity = "" if self._opacity >= 1 else f' opacity="{n(self._opacity)}"'
        sharp = "" if self._smooth_images else ' style="image-rendering:pixelated"'
        self._add(f'<image x="{n(rect.x())}" y="{n(rect.y())}" width="{n(rect.width())}" height="{n(rect.height())}" '
                  f'preserveAspectRatio="none"{place}{opacity}{sharp} xlink:href="data:image/png;base64,{png_text(part)}"/>')

    def drawTextItem(self, at: Any, item: QTextItem) -> None:
        """Words of one style that follow one another on a line become one element, whatever their scripts."""
        font = item.font()
        if self._text is not None and self._text.takes(QPointF(at), font):
            self._text.append(item.text(), item.width())
            return
        self._flush()
        self._text = Words(QPointF(at), QFont(font), item.text(), item.width())

    def _flush(self) -> None:
        """Write the words that were waiting for more."""
        words, self._text = self._text, None
        if words is not None and words.text.strip():
            self._add(words.element(self._matrix, paint_text("fill", self._pen.color(), self._opacity)))

    # style ----------------------------------------------------------------------------------------------------------

    def _fill(self) -> str:
        if self._brush.style() == Qt.BrushStyle.NoBrush:
            return ' fill="none"'
        return paint_text("fill", self._brush.color(), self._opacity) + self._edges()

    def _edges(self) -> str:
        return "" if self._smooth_edges else ' shape-rendering="crispEdges"'

    def _stroke(self) -> str:
        """The pen in device pixels; nothing scales it afterwards, so a cosmetic pen needs nothing more."""
        pen = self._pen
        if pen.style() == Qt.PenStyle.NoPen:
            return ""
        scale = 1.0 if pen.isCosmetic() else scale_of(self._matrix)
        width = (pen.widthF() or 1.0) * scale
        parts = [paint_text("stroke", pen.color(), self._opacity), f' stroke-width="{n(width)}"']
        if pen.capStyle() != Qt.PenCapStyle.FlatCap:
            parts.append(f' stroke-linecap="{_CAPS[pen.capStyle()]}"')
        if pen.joinStyle() in _JOINS and pen.joinStyle() != Qt.PenJoinStyle.MiterJoin:
            parts.append(f' stroke-linejoin="{_JOINS[pen.joinStyle()]}"')
        if pen.style() != Qt.PenStyle.SolidLine:
            parts.append(f' stroke-dasharray="{" ".join(n(part * width) for part in pen.dashPattern())}"')
            if pen.dashOffset():
                parts.append(f' stroke-dashoffset="{n(pen.dashOffset() * width)}"')
        return "".join(parts)
