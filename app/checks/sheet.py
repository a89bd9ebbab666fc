"""A contact sheet shows one concept in both languages, three themes, several frames and presets, on one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.atomic import check_target
from app.checks.picture import NORMAL, SMALL, paint
from app.checks.subject import DEFAULT, Subject
from app.export.headless import ensure_application
from engine.core.faults import Failed
from panels.kit.theme import THEMES, Language, font, theme

COLUMNS, TILE, GAP, CAPTION = 3, (826, 532), 18, 26


@dataclass(frozen=True)
class Tile:
    """One picture of the sheet."""

    case: str
    index: int
    language: Language
    look: str
    size: tuple[int, int] = NORMAL

    @property
    def caption(self) -> str:
        where = f" · {self.size[0]}×{self.size[1]}" if self.size != NORMAL else ""
        return f"{self.case or 'default'} · frame {self.index} · {self.language} · {self.look}{where}"


def tiles(subject: Subject, full: bool) -> Iterator[Tile]:
    """The telling combinations, or with `full` every one."""
    if full:
        for case in subject.cases():
            for language in ("en", "zh"):
                for look in THEMES:
                    yield from (Tile(case, i, language, look, size) for i in moments(subject, case)
                                for size in (NORMAL, SMALL))
        return
    first, middle, last = moments(subject, DEFAULT)
    yield from (Tile(DEFAULT, first, "en", "light"), Tile(DEFAULT, middle, "en", "light"), Tile(DEFAULT, last, "en", "light"))
    yield from (Tile(DEFAULT, last, "zh", "dark"), Tile(DEFAULT, last, "en", "print"),
                Tile(DEFAULT, last, "zh", "light", SMALL))
    for number, case in enumerate(subject.presets):
        yield Tile(case, moments(subject, case)[2], ("zh", "en")[number % 2], ("light", "dark")[number % 2])


def moments(subject: Subject, case: str) -> tuple[int, int, int]:
    """Indices of the first, the middle and the last frame of a case."""
    recording = subject.figure(case).recording
    return recording.at(0).index, recording.at(len(recording) // 2).index, recording.at(len(recording) - 1).index


def write_sheet(subject: Subject, folder: Path, *, full: bool = False) -> Path:
    """Paint the sheet to `<folder>/<chapter>.<id>.png`; returns that path."""
    ensure_application()
    wanted = list(dict.fromkeys(tiles(subject, full)))
    rows = ceil(len(wanted) / COLUMNS)
    sheet = QImage(COLUMNS * (TILE[0] + GAP) + GAP, rows * (TILE[1] + CAPTION + GAP) + GAP, QImage.Format.Format_RGB32)
    ground = theme("light")
    sheet.fill(ground.color("surface_sunken"))
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for number, tile in enumerate(wanted):
        left = GAP + number % COLUMNS * (TILE[0] + GAP)
        top = GAP + number // COLUMNS * (TILE[1] + CAPTION + GAP)
        image = paint(subject.figure(tile.case), tile.size, tile.language, tile.look, tile.index)[1]
        share = min(TILE[0] / image.width(), TILE[1] / image.height(), 1.0)
        painter.setPen(ground.color("ink"))
        painter.setFont(font("label"))
        painter.drawText(QRectF(left, top, TILE[0], CAPTION), Qt.AlignmentFlag.AlignVCenter, tile.caption)
        painter.drawImage(QRectF(left, top + CAPTION, image.width() * share, image.height() * share), image)
    painter.end()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{subject.entry.id}.png"
    check_target(path)
    if not sheet.save(str(path)):
        raise Failed(f"{path}: could not be written; check the disk and its permissions", "not_written", path=str(path))
    return path
