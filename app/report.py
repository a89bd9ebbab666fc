"""A report is a notebook as it is read on paper: sections with figures, settings, numbers, questions and notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from app.catalog import Catalog
from app.differences import differing
from app.drawing import Drawing, read_drawing
from app.entry import Entry, Words
from app.export.caption import setting_of
from app.lesson_text import Block, Piece, blocks_of
from app.look import translate
from app.notebook import Answer, Item, Note, Notebook, Picture, unpacked
from app.provenance import Provenance
from app.repeat import command_of, command_of_columns
from app.widgets.readouts import label_of, words_of
from engine.core.faults import LoupeError

CONTENTS_FROM = 4                   # headings; a shorter report needs no table of contents
UNKNOWN = Entry("", "", 0, Words(), Words(), Words())


@dataclass(frozen=True)
class Section:
    """One item, in words of one language; what it has not is empty."""

    kind: str                                       # picture, note, answer
    title: str = ""
    drawing: Drawing | None = None
    setting: tuple[str, ...] = ()                   # 'Seed: 7'
    pinned: tuple[str, ...] = ()
    readouts: tuple[tuple[str, str], ...] = ()      # label, value with its unit
    rows: tuple[tuple[str, str], ...] = ()          # of an answer: predicted, happened
    right: bool = False
    blocks: tuple[Block, ...] = ()                  # the note
    entry: Entry = UNKNOWN
    command: str = ""
    made: str = ""
    fault: str = ""                                 # why there is no figure


@dataclass(frozen=True)
class Report:
    """A title and its sections."""

    title: str
    language: str
    sections: tuple[Section, ...]

    def word(self, key: str, **values: object) -> str:
        """The report's own words."""
        return translate(f"report.{key}", self.language, **values)

    @property
    def contents(self) -> list[tuple[int, str]]:
        """Number and title of the sections that have one; none in a short report."""
        found = [(n, s.title) for n, s in enumerate(self.sections) if s.title]
        return found if len(found) >= CONTENTS_FROM else []


def report_of(notebook: Notebook, catalog: Catalog, language: str) -> Report:
    """The report of a notebook in a language."""
    known = {e.id: e for e in catalog.entries}
    return Report(notebook.title or translate("notebook.title", language), language,
                  tuple(_section(item, known, language) for item in notebook.items))


def _section(item: Item, known: dict[str, Entry], language: str) -> Section:
    if isinstance(item, Note):
        return _noted(Section("note", made=_date(item.made)), item, {})
    entry = known.get(item.figure.concept, UNKNOWN)
    setting, command = _setting(item.figure, entry, language, isinstance(item, Picture))
    if isinstance(item, Answer):
        rows = ((translate("report.predicted", language), item.guess(language)),
                (translate("report.happened", language), item.outcome(language)),
                (translate("report.why", language), item.why(language)))
        made = Section("answer", item.ask(language), rows=rows, right=item.right, setting=setting, entry=entry, command=command,
                       made=_date(item.made))
        return _noted(made, item, {})
    drawing, fault = _drawing(item, language)
    pinned = tuple(", ".join(_setting(pin, entry, language)[0]) for pin in item.pins)
    made = Section("picture", entry.title(language) or item.figure.concept, drawing, setting, pinned,
                   tuple(_readouts(item, entry, language)), entry=entry, command=command, made=_date(item.made), fault=fault)
    return _noted(made, item, dict(item.figure.params) | dict(item.readouts), language)


def _date(made: str) -> str:
    return made[:16].replace("T", " ")


def _setting(figure: Provenance, entry: Entry, language: str, framed: bool = True) -> tuple[tuple[str, ...], str]:
    """The parameters in words, and the command that repeats them; nothing where the program no longer knows them.

    Of a comparison, what the columns have in common: what sets them apart stands over each in the picture.
    """
    try:
        concept, params = figure.rebuilt()
        columns = [column for column, _, _ in figure.columns()]
    except (LoupeError, ImportError):
        return (), ""
    if figure.compare:
        apart = {spec.name for spec in differing(columns)}
        return (tuple(setting_of(entry, concept, params, figure.linked.at, language, apart)),
                command_of_columns(figure.concept, columns, figure.linked.at))
    return tuple(setting_of(entry, concept, params, figure.index, language)), command_of(
        figure.concept, params, figure.edits, figure.index if framed else None)


def _drawing(item: Picture, language: str) -> tuple[Drawing | None, str]:
    kept = item.drawings.get(language) or next(iter(item.drawings.values()), "")
    try:
        return read_drawing(unpacked(kept)), ""
    except (ValueError, RecursionError):
        return None, translate("report.no_figure", language)


def _readouts(item: Picture, entry: Entry, language: str) -> Iterable[tuple[str, str]]:
    for name, value in item.readouts:
        try:
            label, unit = label_of(entry, name, language), words_of(entry, name).unit
        except KeyError:                            # a later version has other metrics
            label, unit = name, ""
        number = entry.format_value(name, value, language)
        yield label, f"{number} {unit}" if unit and value is not None else number


def _noted(section: Section, item: Item, values: dict[str, Any], language: str = "en") -> Section:
    """With the reader's own title and note; a note that begins with a heading is called by it."""
    blocks = [_settled(block, section.entry, values, language) for block in blocks_of(item.note, section.entry)]
    title = item.title or section.title
    if not title and blocks and blocks[0].kind == "heading":
        title = "".join(piece.text for piece in blocks.pop(0).pieces)
    return replace(section, title=title, blocks=tuple(blocks))


def _settled(block: Block, entry: Entry, values: dict[str, Any], language: str) -> Block:
    """A block whose live numbers are those of the recorded picture."""
    def settle(piece: Piece) -> Piece:
        if piece.kind != "live":
            return piece
        return replace(piece, text=entry.format_value(piece.name, values.get(piece.name), language), kind="text", strong=True)

    return replace(block, pieces=tuple(map(settle, block.pieces)),
                   rows=tuple(tuple(tuple(map(settle, cell)) for cell in row) for row in block.rows))
