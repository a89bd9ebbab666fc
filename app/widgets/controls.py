"""The controls of a concept: presets, and a row for each parameter; they show what is requested, and ask for more."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.entry import ParamWords, Words
from app.look import Look, sentence
from app.session import Session
from app.widgets.base import Control
from app.widgets.chips import Chips, PresetChip
from app.widgets.choice import Choice
from app.widgets.column_parts import Head, Link, Row
from app.widgets.flags import FlagChips
from app.widgets.grid import GridEditor
from app.widgets.pathfield import PathField
from app.widgets.seed import SeedField
from app.widgets.slider import Slider
from app.widgets.source import SourceField
from app.widgets.textfield import ExpressionField, JsonField, TextField
from app.widgets.toggle import Toggle
from engine.core.faults import LoupeError
from engine.core.params import IsPath, Parameter, build
from engine.core.structured import note_of

MAIN = "main"
ROWS: dict[str, type[Control]] = {
    "int": Slider, "float": Slider, "seed": SeedField, "bool": Toggle, "choice": Choice, "flags": FlagChips,
    "text": TextField, "expression": ExpressionField, "table": GridEditor, "matrix": GridEditor, "mask": GridEditor,
}


def row_of(spec: Parameter) -> type[Control]:
    """The kind of control that a parameter gets."""
    if note_of(spec.notes, IsPath) is not None:
        return PathField
    return SourceField if spec.type == "source" and spec.choices else ROWS.get(spec.type, JsonField)


class Controls(QWidget):
    """Presets on top, then the parameters; those of other groups than 'main' lie folded below."""

    hovered = Signal(str)                   # the term whose row is under the pointer, or ''

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.session, self.look = session, look
        self.rows: dict[str, Row] = {}
        self.chips: dict[str, PresetChip] = {}
        self.reset = Link(look, "controls.reset")
        self.reset.clicked.connect(self._reset_all)
        self.head = Head(look, "controls.presets" if session.entry.presets else "controls.title", self.reset)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.head)
        self._presets = {name: build(session.concept.Params, preset.set, settle=True)
                         for name, preset in session.entry.presets.items()}
        self._add_presets()
        self.more = Link(look, "controls.more", folds=True)
        self._add_rows()
        session.requested_changed.connect(self.refresh)
        look.changed.connect(self.restyle)
        self.restyle()
        self.refresh()

    # building -------------------------------------------------------------------------------------------------------

    def _add_presets(self) -> None:
        if not self._presets:
            return
        for name in self._presets:
            chip = self.chips[name] = PresetChip(self.look, "")
            chip.clicked.connect(lambda _on=False, n=name: self.session.preset(n))
        self.presets = Chips(self.look, list(self.chips.values()))
        self._layout.addSpacing(4)
        self._layout.addWidget(self.presets)
        self._layout.addSpacing(20)

    def _add_rows(self) -> None:
        self.folded = QWidget()
        inner = QVBoxLayout(self.folded)
        inner.setContentsMargins(0, 4, 0, 0)
        inner.setSpacing(0)
        for spec in self.session.schema:
            words = self._words(spec)
            row = self.rows[spec.name] = Row(self.look, partial(self._control, spec, words))
            (self._layout if words.group == MAIN else inner).addWidget(row)
        if inner.count():
            self._layout.addWidget(self.more)
            self._layout.addWidget(self.folded)
            self.more.toggled.connect(self._fold)
            self.folded.hide()
        else:
            self.more.setParent(self)
            self.more.hide()

    def _fold(self, opened: bool) -> None:
        self.refresh()
        self._put_in_order()
        self.folded.setVisible(opened)
        self.more.say("controls.fewer" if opened else "controls.more")

    def _put_in_order(self) -> None:
        """The Tab key goes through the rows as they stand, whenever each was made."""
        main, folded = ([field for row in self.rows.values() if (row.parent() is self.folded) == under
                         for field in row.findChildren(QWidget)
                         if field.focusPolicy() & Qt.FocusPolicy.TabFocus and field.window() is self.window()]
                        for under in (False, True))
        for before, after in pairwise([*main, self.more, *folded]):
            QWidget.setTabOrder(before, after)

    def _words(self, spec: Parameter) -> ParamWords:
        """The parameter's words; its bare name for one whose text has not been written."""
        return self.session.entry.params.get(spec.name) or ParamWords(Words(spec.name, spec.name))

    def _control(self, spec: Parameter, words: ParamWords) -> Control:
        term = self.session.entry.term_for_param(spec.name)
        control = row_of(spec)(self.look, spec, words, term.role if term else "")
        if isinstance(control, FlagChips):
            control.wear({name: found.role for name, found in self.session.entry.terms.items()})
        control.changed.connect(lambda value, final, n=spec.name: self._ask(n, value, final))
        key = next((k for k, t in self.session.entry.terms.items() if t is term), "") if term else ""
        control.hovered.connect(lambda over, k=key: self.hovered.emit(k if over else ""))
        control.set_value(getattr(self.session.requested, spec.name))
        return control

    # what is requested ----------------------------------------------------------------------------------------------

    def _ask(self, name: str, value: Any, final: bool) -> None:
        row = self.rows[name]
        if name == self.session.playback.animated and self.session.player.playing:
            self.session.playback.pause()            # whoever moves it by hand takes over
        asked = {name: value}
        if not row.isVisibleTo(self):       # a file that was dropped: what shows the row must hold too
            asked |= {other: values[0] for other, values in row.control.spec.when}
        try:
            self.session.ask(asked, final=final)
        except LoupeError as fault:
            row.say(sentence(fault, self.look.language))
            return
        row.say("")
        self._show(name)                    # clamped to what it was, there is no signal, but another value is shown

    def _reset_all(self) -> None:
        self.session.ask_params(self.session.concept.default())

    def refresh(self) -> None:
        """Show what is requested now; emits nothing."""
        requested = self.session.requested
        for spec in self.session.schema:
            row, applies = self.rows[spec.name], spec.applies(requested)
            in_sight = applies and (row.parent() is not self.folded or self.more.isChecked())
            if row.made:
                self._show(spec.name)
            elif in_sight:
                _ = row.control
            row.setVisible(applies)
        for name, chip in self.chips.items():
            chip.set_chosen(self._presets[name] == requested)
        self.reset.setVisible(requested != self.session.concept.default())

    def _show(self, name: str) -> None:
        self.rows[name].control.set_value(getattr(self.session.requested, name))

    # looks ----------------------------------------------------------------------------------------------------------

    def brighten(self, term: str) -> None:
        """Brighten the row whose parameter is that term's ('' for none)."""
        found = self.session.entry.terms.get(term)
        for name, row in self.rows.items():
            if row.made:
                row.control.set_lit(found is not None and found.param == name)

    def restyle(self) -> None:
        """Words of the presets in the present language."""
        language = self.look.language
        for name, chip in self.chips.items():
            preset = self.session.entry.presets[name]
            plain = preset.title(language)
            chip.setText(plain)
            chip.setAccessibleName(plain)
            chip.setAccessibleDescription(self.look.tr("controls.presets"))
            chip.updateGeometry()
        if self.chips:
            self.presets.fit()
        self.setAccessibleName(self.look.tr("controls.title"))
