"""Contact sheets show a concept in both languages, three themes, several frames and presets, and what is wrong with it."""

from __future__ import annotations

from itertools import groupby
from math import ceil
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from app.atomic import check_target
from app.checks.draw import paint
from app.checks.legible import flaws
from app.checks.subject import Subject
from app.checks.tiles import Tile, every_tile, examined, telling
from app.export.headless import ensure_application
from engine.core.faults import Failed
from panels.kit.theme import font, theme

COLUMNS, TILE, GAP, CAPTION = 3, (826, 532), 18, 26
MOST = 36                       # tiles of one sheet; a picture that is much higher cannot be painted


def write_sheet(subject: Subject, folder: Path, *, full: bool = False) -> list[Path]:
    """Paint the sheet to `<folder>/<chapter>.<id>.png`, or with `full` sheets of each case; returns their paths."""
    name = subject.entry.id
    if not full:
        return [_write(subject, telling(subject), folder / f"{name}.png")]
    found = []
    for case, tiles in groupby(every_tile(subject), key=lambda tile: tile.case):
        every = list(tiles)
        for page in range(ceil(len(every) / MOST)):
            number = f".{page + 1}" if page else ""
            found.append(_write(subject, every[page * MOST:(page + 1) * MOST],
                                folder / f"{name}.{case or 'default'}{number}.png"))
    return found


def write_flawed(subject: Subject, folder: Path) -> Path | None:
    """Paint the pictures in which something is wrong, framed where it is, to `<folder>/<chapter>.<id>.flaws.png`."""
    flawed = [tile for tile in examined(subject) if flaws(subject, tile)]
    return _write(subject, flawed[:MOST], folder / f"{subject.entry.id}.flaws.png") if flawed else None


def _write(subject: Subject, wanted: list[Tile], path: Path) -> Path:
    ensure_application()
    rows = ceil(len(wanted) / COLUMNS)
    sheet = QImage(COLUMNS * (TILE[0] + GAP) + GAP, rows * (TILE[1] + CAPTION + GAP) + GAP, QImage.Format.Format_RGB32)
    sheet.fill(theme("light").color("surface_sunken"))
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for number, tile in enumerate(wanted):
        left = GAP + number % COLUMNS * (TILE[0] + GAP)
        top = GAP + number // COLUMNS * (TILE[1] + CAPTION + GAP)
        _paint_tile(painter, subject, tile, left, top)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    check_target(path)
    if not sheet.save(str(path)):
        raise Failed(f"{path}: could not be written; check the disk and its permissions", "not_written", path=str(path))
    return path


def _paint_tile(painter: QPainter, subject: Subject, tile: Tile, left: float, top: float) -> None:
    """One picture with its caption, and a frame around each flaw that was found in it."""
    ground = theme("light")
    image = paint(subject.figure(tile.case), tile.size, tile.language, tile.look, tile.index(subject))[1]
    share = min(TILE[0] / image.width(), TILE[1] / image.height(), 1.0)
    found = subject.seen.get(tile, [])
    painter.setPen(ground.color("error" if found else "ink"))
    painter.setFont(font("label", language="zh"))
    painter.drawText(QRectF(left, top, TILE[0], CAPTION), Qt.AlignmentFlag.AlignVCenter,
                     tile.caption + "".join(f" · {flaw.what}" for flaw in found[:2]))
    painter.drawImage(QRectF(left, top + CAPTION, image.width() * share, image.height() * share), image)
    painter.save()
    painter.translate(left, top + CAPTION)
    painter.scale(share, share)
    painter.setPen(QPen(ground.color("error"), 3))
    for flaw in found:
        painter.drawRect(flaw.rect.adjusted(-3, -3, 3, 3))
    painter.restore()
