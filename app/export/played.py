"""A clip of a parameter on its way over its range: every picture is computed with another value, and says which."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.animation import can_animate
from app.differences import said
from app.entry import Entry
from app.export.compared import HEADING, Compared
from app.export.figure import MARGIN, Figure
from app.export.size import Size
from app.provenance import Provenance
from app.span import Span
from engine.core.faults import BadInput
from engine.core.params import Parameter, coerce

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

Making = Generator[Figure | Compared | None, None, None]            # None while it waits for a lane, the picture in the end
USUAL, MOST = 90, 1200                                  # pictures of a clip


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of the clip: a figure under the parameter's value."""

    figure: Figure | Compared
    words: str
    size: Size

    @property
    def entry(self) -> Entry:
        return self.figure.entry

    @property
    def language(self) -> str:
        return self.figure.language

    def provenance(self) -> Provenance:
        return self.figure.provenance()

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """The value, and the figure below it."""
        from panels.kit.paper import Paper
        from panels.kit.theme import theme

        look = theme(self.figure.theme)
        painter.fillRect(rect, look.color("surface"))
        self.figure.paint(painter, rect.adjusted(0, HEADING, 0, 0))
        paper = Paper(painter, look, self.language, 1.0)  # type: ignore[arg-type]
        paper.text(rect.left() + MARGIN, rect.top() + MARGIN + HEADING / 2 - 2, self.words, "ink", size=15, weight=600,
                   anchor="left")


@dataclass(frozen=True, eq=False)
class Played:
    """The pictures of a parameter's values; `make` computes each when it is needed, and all are kept."""

    base: Figure | Compared                     # what the clip is of, for its words and its look
    spec: Parameter
    values: tuple[Any, ...]
    make: Callable[[Any], Making]
    size: Size
    theme: str = "print"
    language: str = "en"
    made: dict[int, Figure | Compared] = field(default_factory=dict)

    @property
    def entry(self) -> Entry:
        return self.base.entry

    def indices(self) -> list[int]:
        """The numbers of the pictures."""
        return list(range(len(self.values)))

    def prepare(self) -> Iterator[tuple[int, int]]:
        """Compute every picture, a stream of (done, total)."""
        for number, value in enumerate(self.values):
            with closing(self.make(value)) as making:
                for found in making if number not in self.made else ():
                    if found is not None:
                        self.made[number] = found.with_layers()
                        break
                    yield number, len(self.values)
            yield number + 1, len(self.values)

    def at(self, number: int) -> Picture:
        """A picture in the clip's own look."""
        figure = replace(self.made[number], size=self.size, theme=self.theme, language=self.language)
        first = figure.figures[0] if isinstance(figure, Compared) else figure
        return Picture(figure, said(self.entry, self.spec, first.params, self.language), self.size)

    def provenance(self) -> Provenance:
        """That of the first picture, with the name of what is played, and what is pinned where the clip was asked for."""
        return replace(self.at(0).provenance(), play=self.spec.name, pins=self.base.provenance().pins)

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """The picture that the clip was asked for beside, as its preview."""
        replace(self.base, theme=self.theme, language=self.language).paint(painter, rect)


def values_of(spec: Parameter, word: str = "", format_spec: str = "") -> tuple[Any, ...]:
    """The values from 'MIN:MAX:COUNT', or of the whole range; BadInput says what is wrong with the words."""
    if not can_animate(spec):
        raise BadInput(f"play={spec.name}: has no range to go through; play a number, a choice or a switch", "not_played",
                       name=spec.name)
    if spec.type in ("choice", "bool"):
        if word:
            raise BadInput(f"play={spec.name}={word}: goes through all its choices; leave the range out", "no_play_range",
                           name=spec.name, value=word)
        return spec.choices if spec.type == "choice" else (False, True)
    low, high, count = _range_of(spec, word)
    span = Span.of(replace(spec, min=min(low, high), max=max(low, high)), format_spec)
    found = [span.value(k / (count - 1)) for k in range(count)]
    return tuple(dict.fromkeys(found if low <= high else reversed(found)))


def _range_of(spec: Parameter, word: str) -> tuple[float, float, int]:
    assert spec.min is not None and spec.max is not None
    if not word:
        return spec.min, spec.max, USUAL
    fault = BadInput(f"play={spec.name}={word}: write {spec.name}=MIN:MAX or {spec.name}=MIN:MAX:COUNT", "bad_play",
                     name=spec.name, value=word)
    parts = word.split(":")
    try:
        low, high = float(parts[0]), float(parts[1])
        count = int(parts[2]) if len(parts) == 3 else USUAL
    except (ValueError, IndexError):
        raise fault from None
    if len(parts) > 3 or low == high:
        raise fault
    for end in (low, high):
        coerce(spec, int(end) if end.is_integer() else end)
    if not 2 <= count <= MOST:
        raise BadInput(f"play={spec.name}: {count} pictures; there can be 2 to {MOST}", "bad_play_count", name=spec.name,
                       count=count, max=MOST)
    return low, high, count
