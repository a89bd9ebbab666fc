"""A picture for the notebook: what makes it again, and how it looked in both languages and themes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.export import Compared, Figure, parse_size
from app.export.headless import ensure_application
from app.export.paint_device import SvgDevice
from app.export.svg_text import png_text
from app.notebook import MOST_DRAWING, Answer, Picture, Readouts, key_of, packed
from app.provenance import Linked, provenance_of
from app.widgets.readouts import LIMIT, ordered
from engine.core.address import find
from engine.core.frame import metrics
from engine.core.params import build
from panels.kit.thumbnail import thumbnail

if TYPE_CHECKING:
    from app.session import Session
    from panels.kit.canvas import Ghost

SIZE = "776x500"                    # design pixels: words are 7 points on a page of A4
LARGE = 2_000_000                   # characters; a picture of more shapes than that is kept as pixels
THUMB = (132, 82, 2.0)              # logical pixels, and how many of the file to each


def now() -> str:
    """The time, as the notebook keeps it."""
    return datetime.now().astimezone().isoformat(timespec="minutes")


@dataclass(frozen=True)
class Sitting:
    """What another process needs to draw a picture: its columns' figures by their parts, and what holds them together."""

    columns: tuple[dict[str, Any], ...]
    linked: Linked | None = None                # None: one figure, no comparison

    @classmethod
    def of(cls, figure: Figure | Compared) -> Self:
        """A figure as it is now, whatever its session does next."""
        if isinstance(figure, Compared):
            return cls(tuple(map(_parts, figure.figures)), figure.linked)
        return cls((_parts(figure),))

    def figure(self) -> Figure | Compared:
        """The figure again, in the size and the colours of the notebook's pages."""
        made = tuple(Figure(**parts | {"concept": find(parts["concept"])}) for parts in self.columns)
        if self.linked is None:
            return replace(made[0], size=parse_size(SIZE), theme="print")
        size = parse_size(f"{600 + 170 * len(made)}x{600 + 20 * (len(made) > 3)}")
        return Compared(made, size, linked=self.linked)


def _parts(figure: Figure) -> dict[str, Any]:
    """A figure's parts, its concept by its id, and of its recording the picture's own frame alone."""
    parts = {spec.name: getattr(figure, spec.name) for spec in fields(figure)}
    return parts | {"concept": figure.concept.id, "recording": figure.recording.still(figure.index)}


@dataclass(frozen=True)
class Drawn:
    """How a picture looks: its drawing in both languages, and its thumbnail in both themes."""

    drawings: dict[str, str]
    thumbs: dict[str, str]


def draw(sitting: Sitting) -> Drawn:
    """Draw a picture; takes a second, so it is done in a process of its own."""
    ensure_application()
    figure = sitting.figure()
    first = figure.figures[0] if isinstance(figure, Compared) else figure
    return Drawn({language: packed(_svg(replace(figure, language=language))) for language in ("en", "zh")},
                 {theme: _thumb(replace(first, theme=theme)) for theme in ("light", "dark")})


def picture_of(figure: Figure | Compared, pins: Sequence[Ghost], session: Session) -> Picture:
    """What makes the picture again; how it looks is still to be drawn."""
    sources = tuple(ghost.source for ghost in pins if ghost.source is not None)
    look = replace(figure, theme="print")
    readouts = () if isinstance(figure, Compared) else _readouts(session)          # a comparison's stand over its columns
    return Picture(replace(look.provenance(), pins=()), sources, readouts, made=now())


def _readouts(session: Session) -> Readouts:
    shown = session.shown
    assert shown is not None
    found = metrics(shown.frame)
    return tuple((name, _plain(found[name])) for name in ordered(session.entry, found)[:LIMIT])


def _plain(value: float | int | str | bool | None) -> float | int | str | bool | None:
    """A measurement that JSON can hold: what is not finite is undefined."""
    return None if isinstance(value, float) and not abs(value) < 1e300 else value


def _svg(figure: Figure | Compared) -> str:
    """The picture as our SVG; one of very many shapes as pixels in one."""
    wide, high = figure.size.logical_width, figure.size.logical_height
    device = SvgDevice(wide, high)
    painter = QPainter(device)
    figure.paint(painter, QRectF(0, 0, wide, high))
    painter.end()
    text = device.document(width=str(wide), height=str(high))
    return text if len(text) <= LARGE else _pixels(figure)


def _pixels(figure: Figure | Compared) -> str:
    wide, high = figure.size.logical_width, figure.size.logical_height
    image = QImage(round(wide * 2), round(high * 2), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(2, 2)
    figure.paint(painter, QRectF(0, 0, wide, high))
    painter.end()
    text = png_text(image)
    assert len(text) < MOST_DRAWING
    return (f'<svg viewBox="0 0 {wide:g} {high:g}"><image x="0" y="0" width="{wide:g}" height="{high:g}" '
            f'xlink:href="data:image/png;base64,{text}"/></svg>')


def _thumb(figure: Figure) -> str:
    """The first view without axes and words, as in the gallery."""
    from panels.kit.theme import theme

    image = thumbnail(figure.drawn(), *THUMB, theme(figure.theme).color("surface"))
    plain = image.convertToFormat(QImage.Format.Format_RGB32, Qt.ImageConversionFlag.AutoColor)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    plain.save(buffer, "PNG")  # type: ignore[call-overload]
    return base64.b64encode(bytes(buffer.data().data())).decode("ascii")


def answer_of(session: Session, number: int, given: int) -> Answer:
    """An experiment as it was answered: its words, and the setting that shows what happens."""
    experiment = session.entry.experiments[number]
    params = build(session.concept.Params, experiment.then, settle=True)
    return Answer(provenance_of(session.entry.id, params), key_of(experiment), experiment.ask, experiment.answers[given],
                  experiment.answers[experiment.right], experiment.why, made=now())
