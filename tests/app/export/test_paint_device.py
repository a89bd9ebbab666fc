"""The SVG device against Qt's own raster engine: whatever a painter does looks the same in librsvg."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from app.export.paint_device import SvgDevice

from .conftest import far_apart, pixels

SIDE = 160
Draw = Callable[[QPainter], None]


def shapes(p: QPainter) -> None:
    p.setPen(QPen(QColor("#C25026"), 3))
    p.setBrush(QColor(31, 111, 201, 120))
    p.drawRect(QRectF(10, 10, 40, 30))
    p.drawRoundedRect(QRectF(60, 10, 40, 30), 8, 8)
    p.drawEllipse(QPointF(130, 25), 20, 15)
    p.drawPolygon(QPolygonF([QPointF(10, 60), QPointF(50, 60), QPointF(30, 95)]))
    p.drawPolyline(QPolygonF([QPointF(60, 60), QPointF(80, 95), QPointF(100, 60)]))
    p.drawLines([QLineF(110, 60, 150, 95), QLineF(150, 60, 110, 95)])
    p.drawPie(QRectF(10, 105, 50, 50), 30 * 16, 250 * 16)
    p.drawArc(QRectF(70, 105, 50, 50), 0, 200 * 16)
    p.setPen(QPen(QColor("black"), 8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    p.drawPoint(QPointF(140, 130))


def clips(p: QPainter) -> None:
    p.save()
    p.setClipRect(QRectF(20.5, 20.5, 60, 60))
    p.fillRect(QRectF(0, 0, SIDE, SIDE), QColor("#0B6E63"))
    p.save()
    p.translate(30, 30)
    p.setClipRect(QRectF(0, 0, 80, 20), Qt.ClipOperation.IntersectClip)
    p.fillRect(QRectF(-100, -100, 400, 400), QColor("#F2B90F"))
    p.restore()
    p.fillRect(QRectF(60, 60, 100, 100), QColor("#B8125A"))
    p.restore()
    ring = QPainterPath()
    ring.addEllipse(QPointF(120, 120), 30, 30)
    p.setClipPath(ring)
    p.fillRect(QRectF(0, 0, SIDE, SIDE), QColor("#5B2A9E"))
    p.setClipping(False)
    p.fillRect(QRectF(150, 0, 10, 10), QColor("black"))


def transforms(p: QPainter) -> None:
    p.translate(80, 80)
    p.rotate(30)
    p.scale(2, 2)
    p.setPen(QPen(QColor("#1F6FC9"), 2))
    p.setBrush(QColor("#EDCCAB"))
    p.drawRect(QRectF(-20, -10, 40, 20))
    p.drawEllipse(QRectF(-30, -5, 12, 12))
    thin = QPen(QColor("black"), 3)
    thin.setCosmetic(True)
    p.setPen(thin)
    p.drawLine(QPointF(-30, 20), QPointF(30, 20))


def dashes_and_opacity(p: QPainter) -> None:
    pen = QPen(QColor("#0B6E63"), 4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([3, 2])
    p.setPen(pen)
    p.drawLine(QPointF(10, 30), QPointF(150, 30))
    p.setOpacity(0.4)
    p.fillRect(QRectF(20, 50, 120, 90), QColor("#B8125A"))
    p.drawLine(QPointF(10, 150), QPointF(150, 100))


def images(p: QPainter) -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    for x in range(4):
        for y in range(4):
            image.setPixelColor(x, y, QColor.fromHsv((x * 4 + y) * 20, 200, 220))
    p.drawImage(QRectF(10, 10, 80, 80), image)
    p.drawPixmap(QRectF(100, 10, 50, 50), QPixmap.fromImage(image), QRectF(0, 0, 2, 2))
    p.scale(1, 0.5)
    p.drawImage(QRectF(10, 220, 80, 80), image)


def gradients(p: QPainter) -> None:
    gradient = QLinearGradient(0, 0, SIDE, 0)
    gradient.setColorAt(0, QColor("#12275A"))
    gradient.setColorAt(1, QColor("#F0F7F9"))
    p.fillRect(QRectF(10, 10, 140, 140), QBrush(gradient))


def words(p: QPainter) -> None:
    font = QFont()
    font.setFamilies(["Inter", "Loupe Sans SC"])
    font.setPixelSize(24)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    p.setFont(font)
    p.setPen(QColor("#1C2027"))
    p.drawText(QPointF(10, 40), "Loupe 洞见")
    p.translate(40, 150)
    p.rotate(-45)
    p.drawText(QPointF(0, 0), "turned")


@pytest.mark.parametrize("draw", [shapes, clips, transforms, dashes_and_opacity, images, gradients, words])
def test_librsvg_draws_what_qt_draws(draw: Draw, qapp: Any, tmp_path: Path, tool: Callable[..., str]) -> None:
    from panels.kit.theme import load_fonts

    load_fonts()
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    device = SvgDevice(SIDE, SIDE)
    for target in (image, device):
        painter = QPainter(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter)
        painter.end()
    assert image.save(str(tmp_path / "qt.png"))
    (tmp_path / "a.svg").write_text(device.document(width=f"{SIDE}px", height=f"{SIDE}px"), encoding="utf-8")
    tool("rsvg-convert", tmp_path / "a.svg", "-o", tmp_path / "svg.png")
    ours = pixels(tmp_path / "qt.png")
    assert (ours < 250).mean() > 0.02
    assert far_apart(ours, pixels(tmp_path / "svg.png")) <= 0.012
    assert np.abs(ours - pixels(tmp_path / "svg.png")).mean() < 3


def test_words_of_several_scripts_are_one_element(qapp: Any) -> None:
    device = SvgDevice(200, 50)
    painter = QPainter(device)
    painter.drawText(QPointF(5, 20), "均值 n = 30 <&>")
    painter.drawText(QPointF(5, 40), "next")
    painter.end()
    root = ElementTree.fromstring(device.document(width="200px", height="50px", title="a & b < c"))
    assert [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")] == ["均值 n = 30 <&>", "next"]


def test_control_characters_cannot_break_the_document(qapp: Any) -> None:
    device = SvgDevice(100, 30)
    painter = QPainter(device)
    painter.drawText(QPointF(5, 20), "a\x01b\x0bc")
    painter.end()
    ElementTree.fromstring(device.document(width="100px", height="30px"))


def test_coordinates_that_are_no_numbers_do_no_harm(qapp: Any) -> None:
    device = SvgDevice(100, 30)
    painter = QPainter(device)
    painter.drawLine(QPointF(float("nan"), 0), QPointF(float("inf"), 20))
    painter.end()
    text = device.document(width="100px", height="30px")
    assert "nan" not in text
    assert "inf" not in text.replace("xml", "")
