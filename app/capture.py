"""Takes the stage's picture into the notebook: what makes it again, and how it looked in both languages and themes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.export import Figure, parse_size
from app.export.paint_device import SvgDevice
from app.export.svg_text import png_text
from app.notebook import MOST_DRAWING, Answer, Picture, Readouts, key_of, packed
from app.provenance import provenance_of
from app.widgets.readouts import LIMIT, ordered
from engine.core.frame import metrics
from engine.core.params import build
from panels.kit.thumbnail import thumbnail

if TYPE_CHECKING:
    from app.session import Session
    from app.stage import Stage

SIZE = "776x500"                    # design pixels: words are 7 points on a page of A4
LARGE = 2_000_000                   # characters; a picture of more shapes than that is kept as pixels
THUMB = (132, 82, 2.0)              # logical pixels, and how many of the file to each


def now() -> str:
    """The time, as the notebook keeps it."""
    return datetime.now().astimezone().isoformat(timespec="minutes")


def capture(session: Session, stage: Stage) -> Iterator[Picture | None]:
    """The shown picture, in steps between which the window lives; the last thing yielded is the picture."""
    from app.widgets.export_dialog import figure_of

    assert session.shown is not None
    figure = replace(figure_of(session, stage), size=parse_size(SIZE), theme="print")
    pins = tuple(ghost.source for ghost in stage.pins if ghost.source is not None)
    made = Picture(figure.provenance().alone(), pins, _readouts(session), made=now())
    drawings: dict[str, str] = {}
    for language in ("en", "zh"):
        svg = _svg(replace(figure, language=language))
        yield None
        drawings[language] = packed(svg)
        yield None
    thumbs: dict[str, str] = {}
    for theme in ("light", "dark"):
        thumbs[theme] = _thumb(replace(figure, theme=theme))
        yield None
    yield replace(made, drawings=drawings, thumbs=thumbs)


def _readouts(session: Session) -> Readouts:
    shown = session.shown
    assert shown is not None
    found = metrics(shown.frame)
    return tuple((name, _plain(found[name])) for name in ordered(session.entry, found)[:LIMIT])


def _plain(value: float | int | str | bool | None) -> float | int | str | bool | None:
    """A measurement that JSON can hold: what is not finite is undefined."""
    return None if isinstance(value, float) and not abs(value) < 1e300 else value


def _svg(figure: Figure) -> str:
    """The picture as our SVG; one of very many shapes as pixels in one."""
    wide, high = figure.size.logical_width, figure.size.logical_height
    device = SvgDevice(wide, high)
    painter = QPainter(device)
    figure.paint(painter, QRectF(0, 0, wide, high))
    painter.end()
    text = device.document(width=str(wide), height=str(high))
    return text if len(text) <= LARGE else _pixels(figure)


def _pixels(figure: Figure) -> str:
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
