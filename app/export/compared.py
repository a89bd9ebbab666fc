"""A comparison as a figure: the same concept with two to four settings side by side, on the same axes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.differences import differing, headings
from app.entry import Entry
from app.export.caption import caption_of
from app.export.figure import CAPTION_HEIGHT, MARGIN, Figure
from app.export.size import Size
from app.look import translate
from app.provenance import Beside, Linked, Provenance
from engine.core.frame import metrics

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

    from panels.kit.paper import Paper

GAP, HEADING, NUMBER = 30.0, 24.0, 22.0     # design pixels: between columns, a heading's lines, the main number's
NARROW = 460.0                              # design pixels of a column below which its views are stacked


@dataclass(frozen=True, eq=False)
class Compared:
    """Two to four figures of one concept as one picture; size and look are its own, not theirs."""

    figures: tuple[Figure, ...]
    size: Size
    theme: str = "print"
    language: str = "en"
    caption: bool = False
    linked: Linked = field(default_factory=Linked)      # how the columns stand together
    pins: tuple[Beside, ...] = ()               # what is pinned behind the single stage, and no column

    @property
    def entry(self) -> Entry:
        return self.figures[0].entry

    def indices(self) -> list[int]:
        """The frames of a clip: those of the longest run."""
        return max((f.indices() for f in self.figures), key=lambda found: (found[-1], len(found)))

    def provenance(self) -> Provenance:
        """The first column's provenance, with the other columns beside it."""
        first, *rest = [replace(f, theme=self.theme, language=self.language).provenance() for f in self.figures]
        data = {name: file for p in (*rest, first) for name, file in p.data.items()}
        return replace(first, compare=tuple(p.beside() for p in rest), data=data, linked=self.linked, pins=self.pins)

    def with_layers(self) -> Compared:
        return replace(self, figures=tuple(f.with_layers() for f in self.figures))

    def at(self, index: int) -> Compared:
        """Every column at that frame, or at its last."""
        return replace(self, figures=tuple(f.at(min(index, max(0, f.recording.last_index))) for f in self.figures))

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the columns, each under what sets it apart, in design pixels."""
        from PySide6.QtCore import QRectF

        from panels.kit.linked import link
        from panels.kit.paper import Paper
        from panels.kit.theme import theme

        look = theme(self.theme)
        painter.fillRect(rect, look.color("surface"))
        inner = rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        paper = Paper(painter, look, self.language, 1.0)  # type: ignore[arg-type]
        if self.caption:
            self._paint_caption(paper, inner)
        canvases = [replace(f, theme=self.theme, language=self.language).drawn() for f in self.figures]
        if self.linked.axes:
            link(canvases)
        count = len(canvases)
        wide = (inner.width() - GAP * (count - 1)) / count
        names = headings(self.entry, [f.shown_params(f.recorded()) for f in self.figures], self.language)
        lines = max(len(self._lines(paper, name, wide)) for name in names)
        numbers = self._numbers()
        top = HEADING * lines + (NUMBER if any(numbers) else 0) + 10
        for place, canvas in enumerate(canvases):
            column = QRectF(inner.left() + place * (wide + GAP), inner.top(), wide, inner.height())
            self._paint_heading(paper, column, self._lines(paper, names[place], wide), numbers[place], lines)
            canvas.stacked = wide < NARROW
            canvas.paint(painter, column.adjusted(0, top, 0, 0), 1.0)

    def _lines(self, paper: Paper, name: str, room: float) -> list[str]:
        """A heading in at most two lines."""
        text = name or translate("compare.same_short", self.language)
        if paper.width(text, 15, 600) <= room:
            return [text]
        gap = translate("compare.gap", self.language)
        first, rest = "", text
        while gap in rest and paper.width(first + rest.partition(gap)[0] + gap, 15, 600) <= room:
            word, _, rest = rest.partition(gap)
            first += word + gap
        return [line for line in (first, paper.elided(rest, room, 15, 600)) if line]

    def _paint_heading(self, paper: Paper, column: QRectF, lines: list[str], number: str, most: int) -> None:
        for row, line in enumerate(lines):
            paper.text(column.left(), column.top() + HEADING * (row + 0.5), line, "ink", size=15, weight=600, anchor="left")
        if number:
            middle = column.top() + HEADING * most + NUMBER / 2 - 2
            paper.text(column.left(), middle, paper.elided(number, column.width(), "label"), "ink_soft", size="label",
                       anchor="left")

    def _numbers(self) -> list[str]:
        """The main metric of each column, and how far it is from the first one's."""
        entry, language = self.entry, self.language
        main = next((name for name, words in entry.metrics.items() if words.main), "")
        values = [metrics(f.recorded().frame).get(main) for f in self.figures]
        return ["" if value is None else number_line(entry, main, value, values[0] if place else None, language)
                for place, value in enumerate(values)]

    def _paint_caption(self, paper: Paper, inner: QRectF) -> None:
        first = self.figures[0]
        apart = {spec.name for spec in differing([f.params for f in self.figures])}
        words = caption_of(self.entry, first.concept, first.recorded(), self.language, apart)
        paper.text(inner.left(), inner.bottom(), paper.elided(words, inner.width(), "tick"), "ink_soft",
                   anchor="left bottom")
        inner.setBottom(inner.bottom() - CAPTION_HEIGHT)


def number_line(entry: Entry, name: str, value: Any, other: Any, language: str) -> str:
    """A metric by its label, with its difference from another column's: 'Distance: 0.031 (Δ −0.012)'."""
    unit = entry.value_words(name)[1]
    text = entry.format_value(name, value, language) + (f" {unit}" if unit and value is not None else "")
    line = translate("export.caption.parameter", language, name=entry.metrics[name].label(language), value=text)
    apart = difference(entry, name, value, other, language)
    return f"{line} (Δ {apart})" if apart else line


def difference(entry: Entry, name: str, value: Any, other: Any, language: str) -> str:
    """How far a number is from another, with its sign; '' where either is none."""
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in (value, other)):
        return ""
    text = entry.format_value(name, value - other, language)
    return f"+{text}" if value > other else text
