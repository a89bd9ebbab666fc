"""Painting loses no references: some PySide6 releases lose those to None until the interpreter aborts."""

import sys
from itertools import cycle, islice
from typing import Any

from app.catalog import Catalog
from engine.core import iterate, load
from panels.kit.canvas import Canvas
from panels.kit.panel import Shown, load_panel
from panels.kit.theme import theme


def test_three_hundred_frames_leave_none_as_it_was(qapp: Any) -> None:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    entry, concept = Catalog.load().entry("mathematics.clt"), load("mathematics.clt")
    params, panel = concept.default(), load_panel("mathematics.clt")
    frames = list(iterate(concept, params, last=9))
    canvas = Canvas(theme("light"), "en", entry.words, entry.format_value)

    def paint(count: int) -> None:
        for frame in islice(cycle(frames), count):
            canvas.draw(panel, frame, params, Shown())
            image = QImage(640, 400, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            canvas.paint(painter, QRectF(0, 0, 640, 400))
            painter.end()

    paint(20)
    before = sys.getrefcount(None)
    paint(300)
    assert before - sys.getrefcount(None) < 100         # each new QPainter may add some, which harms nobody; none is lost
