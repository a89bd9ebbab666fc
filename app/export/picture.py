"""PNG, SVG and PDF of a figure; each carries its provenance, and all are painted by the one canvas."""

from __future__ import annotations

import zlib
from html import escape
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from app.atomic import write_bytes
from app.carriers import PDF_CLOSE, PDF_OPEN, PNG, SVG_NAMESPACE
from app.entry import Entry
from app.export.headless import ensure_application
from app.export.paint_device import SvgDevice
from app.export.size import Size
from app.provenance import Provenance
from engine.core.faults import Failed
from engine.core.version import PROGRAM

PDF_DPI = 1200          # fine enough that no coordinate is rounded visibly
IHDR_END = len(PNG) + 25


class Painted(Protocol):
    """What these writers need of a figure, or of several side by side."""

    @property
    def size(self) -> Size: ...
    @property
    def entry(self) -> Entry: ...
    @property
    def language(self) -> str: ...
    def provenance(self) -> Provenance: ...
    def paint(self, painter: QPainter, rect: QRectF) -> object: ...


def write_png(figure: Painted, path: Path) -> None:
    """A raster picture with its provenance in an iTXt chunk."""
    image = image_of(figure)
    image.setDotsPerMeterX(round(figure.size.dpi / 0.0254))
    image.setDotsPerMeterY(round(figure.size.dpi / 0.0254))
    content = _packed(image)
    write_bytes(path, content[:IHDR_END] + itxt(figure.provenance().dumps()) + content[IHDR_END:])


def write_svg(figure: Painted, path: Path) -> None:
    """A vector picture whose words are words, with its provenance in <metadata>."""
    ensure_application()
    size = figure.size
    device = SvgDevice(size.logical_width, size.logical_height)
    painter = QPainter(device)
    figure.paint(painter, QRectF(0, 0, size.logical_width, size.logical_height))
    painter.end()
    wide, high = (f"{72 * px / size.dpi:.3f}pt" for px in (size.width, size.height))
    metadata = (f'<metadata><loupe:provenance xmlns:loupe="{SVG_NAMESPACE}">{escape(figure.provenance().dumps(), False)}'
                "</loupe:provenance></metadata>")
    text = device.document(width=wide, height=high, title=figure.entry.title(figure.language), metadata=metadata)
    write_bytes(path, text.encode("utf-8"))


def write_pdf(figure: Painted, path: Path) -> None:
    """A vector picture with its fonts embedded, and its provenance in the XMP metadata."""
    ensure_application()
    size = figure.size
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setCreator(PROGRAM)
    writer.setTitle(figure.entry.title(figure.language))
    writer.setResolution(PDF_DPI)
    writer.setPageSize(QPageSize(QSizeF(*size.points), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    writer.setDocumentXmpMetadata(xmp(figure.provenance().dumps(), figure.entry.title(figure.language)))
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, True)
    scale = size.points[0] / 72 * PDF_DPI / size.logical_width
    painter.scale(scale, scale)
    figure.paint(painter, QRectF(0, 0, size.logical_width, size.logical_height))
    painter.end()
    write_bytes(path, bytes(buffer.data().data()))


def image_of(figure: Painted, again: QImage | None = None) -> QImage:
    """The picture as pixels, in a new image or in one of its size that was painted before."""
    ensure_application()
    size = figure.size
    image = again or QImage(size.width, size.height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise Failed(f"{size.width} × {size.height} pixels do not fit in memory; choose a smaller size", "no_memory",
                     width=size.width, height=size.height)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.scale(size.width / size.logical_width, size.height / size.logical_height)
    figure.paint(painter, QRectF(0, 0, size.logical_width, size.logical_height))
    painter.end()
    return image


def _packed(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise Failed("the picture could not be packed; choose a smaller size", "not_packed")
    return bytes(buffer.data().data())


def itxt(text: str) -> bytes:
    """A PNG chunk of international text under the keyword 'loupe', compressed."""
    body = b"iTXtloupe\0\1\0\0\0" + zlib.compress(text.encode("utf-8"), 9)
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def xmp(provenance: str, title: str) -> bytes:
    """An XMP packet with the title, the program, and the provenance."""
    text = (
        '<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:loupe="{SVG_NAMESPACE}">\n'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>\n'
        f"<xmp:CreatorTool>{escape(PROGRAM)}</xmp:CreatorTool>\n"
        f"{PDF_OPEN.decode()}{escape(provenance, False)}{PDF_CLOSE.decode()}\n"
        "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
    return text.encode("utf-8")
