"""The controls of a concept: presets, and a row for each parameter; they show what is requested, and ask for more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from app.entry import ParamWords, Words
from app.look import Look, sentence
from app.session import Session
from app.widgets.base import Control, Looked
from app.widgets.chips import Chips, PresetChip
from app.widgets.choice import Choice
from app.widgets.flags import FlagChips
from app.widgets.glyphs import glyph
from app.widgets.grid import GridEditor
from app.widgets.pathfield import PathField
from app.widgets.seed import SeedField
from app.widgets.slider import Slider
from app.widgets.source import SourceField
from app.widgets.style import text_width, write
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


class Link(Looked, QAbstractButton):
    """Quiet words that can be clicked; with a chevron it opens and closes what lies below."""

    def __init__(self, look: Look, key: str, parent: QWidget | None = None, folds: bool = False,
                 **values: object) -> None:
        super().__init__(parent)
        self.key, self.folds, self.values = key, folds, values
        self.setCheckable(folds)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.begin_look(look)

    def relook(self) -> None:
        self.setText(self.look.tr(self.key, **self.values))
        self.setAccessibleName(self.text())

    def say(self, key: str, **values: object) -> None:
        """Other words."""
        self.key, self.values = key, values
        self._look_changed()

    def sizeHint(self) -> QSize:
        width = text_width(self.look.font("label"), self.text()) + (self.px(18) if self.folds else 0)
        return QSize(round(width) + 2, round(self.px(24)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self.ink("ink" if self.underMouse() else "ink_soft")
        write(painter, QRectF(self.rect()), self.text(), self.look.font("label"), color)
        if self.folds:
            at = QPointF(text_width(self.look.font("label"), self.text()) + self.px(11), self.height() / 2)
            glyph(painter, "chevron-up" if self.isChecked() else "chevron-down", at, self.px(12), color)
        self.ring(QRectF(self.rect()).adjusted(0, 3, 0, -3), self.px(3))


class Row(QWidget):
    """A control, made when it is first needed, and below it the sentence that says why what was typed cannot be."""

    def __init__(self, look: Look, make: Callable[[], Control]) -> None:
        super().__init__()
        self.look, self._make = look, make
        self._control: Control | None = None
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.setIndent(0)
        self.fault.setMargin(0)
        self.fault.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.fault)
        look.changed.connect(self.restyle)

    @property
    def made(self) -> bool:
        """Whether the control is there."""
        return self._control is not None

    @property
    def control(self) -> Control:
        """The control."""
        if self._control is None:
            self._control = self._make()
            self._control.refused.connect(self.say)
            layout = self.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.insertWidget(0, self._control)
        return self._control

    def say(self, words: str) -> None:
        """Show a sentence, or none."""
        self.fault.setText(words)
        self.restyle()
        self.fault.setVisible(bool(words))

    def restyle(self) -> None:
        look = self.look
        if not self.fault.text():
            return
        self.fault.setFont(look.font("label", weight=400))
        self.fault.setStyleSheet(f"color: {look.theme.hex('error')}; padding-bottom: {round(8 * look.scale)}px;")


class Head(Looked, QWidget):
    """A heading of the column, with a link at its right."""

    def __init__(self, look: Look, key: str, link: Link | None = None) -> None:
        super().__init__()
        self.key, self.link = key, link
        if link is not None:
            link.setParent(self)
        self.begin_look(look)

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(24)))
        self.resizeEvent(None)

    def resizeEvent(self, event: Any) -> None:
        if self.link is not None:
            size = self.link.sizeHint()
            self.link.setGeometry(self.width() - size.width(), 0, size.width(), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        write(QPainter(self), QRectF(self.rect()), self.look.tr(self.key), self.look.font("label", weight=600),
              self.ink("ink_soft"))


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
                         for field in row.findChildren(QWidget) if field.focusPolicy() & Qt.FocusPolicy.TabFocus]
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
