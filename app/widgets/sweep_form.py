"""What to sweep: a metric, one or two parameters with their ranges, and how many seeds."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.look import Look
from app.numbers import parse_number
from app.session import Session
from app.sweep import Axis, Sweep, parse_axis, seeds_of
from app.swept_picture import is_number
from app.widgets.dropdown import Dropdown
from app.widgets.field import LineField
from app.widgets.readouts import label_of, ordered
from app.widgets.swept import can_be_swept
from engine.core.faults import BadInput
from engine.core.frame import metrics
from engine.core.params import Parameter, coerce

COUNTS = ("16", "9")                    # values along one parameter, and along each of two
FIELD = 26              # px
SWEPT = ("int", "float", "choice", "bool")


def sweepable(session: Session) -> list[Parameter]:
    """Parameters that numbers depend on and whose values can be counted up: numbers of the formula first."""
    numbers = [p for p in can_be_swept(session) if p.effect != "view"]
    others = [p for p in session.schema if p.type in ("choice", "bool") and p.effect != "view"]
    return [p for p in [*numbers, *others] if p.type in SWEPT]


class RangeRow(QWidget):
    """One parameter: its name, and from where to where in how many values; a choice takes all it has."""

    changed = Signal()

    def __init__(self, look: Look, session: Session, optional: bool) -> None:
        super().__init__()
        self.look, self.session, self.optional = look, session, optional
        self.specs = sweepable(session)
        self.which = Dropdown(look, [""] * (len(self.specs) + optional))
        self.low, self.high, self.count = LineField(look), LineField(look), LineField(look)
        self.words = [QLabel() for _ in range(3)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.addWidget(self.which, 0, 0, 1, 4)
        for label, field, place in zip(self.words, (self.low, self.high, self.count), ((1, 0), (1, 2), (2, 0)), strict=True):
            grid.addWidget(label, *place)
            grid.addWidget(field, place[0], place[1] + 1)
            field.textEdited.connect(self.changed)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.which.chosen.connect(self._chosen)
        self.count.setText(COUNTS[0])
        self.restyle()
        self.choose(None if optional else 0)

    @property
    def spec(self) -> Parameter | None:
        """The chosen parameter."""
        at = self.which.current - (1 if self.optional else 0)
        return self.specs[at] if 0 <= at < len(self.specs) else None

    def choose(self, at: int | None) -> None:
        """Choose the parameter at a place of the list; None for none."""
        self.which.set_current(0 if at is None else at + (1 if self.optional else 0))
        self._chosen(0)

    def _chosen(self, _: int) -> None:
        """Its whole range, as its slider has it."""
        spec = self.spec
        shown = spec is not None and is_number(spec)
        for widget in (*self.words, self.low, self.high, self.count):
            widget.setVisible(shown)
        if spec is not None and shown:
            self.low.setText(f"{spec.min:g}")
            self.high.setText(f"{spec.max:g}")
        self.changed.emit()

    def axis(self) -> tuple[str, Axis] | None:
        """The words for --over and what they mean; BadInput says what is wrong with them."""
        spec = self.spec
        if spec is None:
            return None
        if spec.type == "bool":
            word = f"{spec.name}=false,true"
        elif spec.type == "choice":
            word = f"{spec.name}={','.join(spec.choices)}"
        else:
            low, high = (number_of(spec, field) for field in (self.low, self.high))
            word = f"{spec.name}={low!r}:{high!r}:{whole(self.count)}"
            word += ":log" if spec.log and min(low, high) > 0 else ""
        found = parse_axis(self.session.concept, word)
        return word, found

    def restyle(self) -> None:
        """Take words from the present look."""
        look, at = self.look, self.which.current
        entry = self.session.entry
        names = [entry.params[p.name].label(look.language) if p.name in entry.params else p.name for p in self.specs]
        self.which.set_texts([look.tr("sweep.none"), *names] if self.optional else names)
        self.which.set_current(max(at, 0))
        for field in (self.low, self.high, self.count):
            field.setFixedHeight(round(FIELD * look.scale))
        for label, key in zip(self.words, ("from", "to", "count"), strict=True):
            label.setText(look.tr(f"sweep.{key}"))
            quiet(look, label)


class SweepForm(QWidget):
    """All that is asked before a sweep begins."""

    changed = Signal()
    metric_changed = Signal()

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self.look, self.session = look, session
        frame = session.shown.frame if session.shown is not None else None
        found = metrics(frame) if frame is not None else {}
        self.names = [n for n in ordered(session.entry, found) if not isinstance(found[n], str)]
        self.number = Dropdown(look, [""] * len(self.names))
        self.first, self.second = RangeRow(look, session, False), RangeRow(look, session, True)
        self.seeds = LineField(look)
        self.seeds.setText("5")
        self.has_seed = any(p.type == "seed" for p in session.schema)
        self.labels = {key: QLabel() for key in ("metric", "first", "second", "seeds")}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        rows = (("metric", self.number), ("first", self.first), ("second", self.second), ("seeds", self.seeds))
        for number, (key, widget) in enumerate(rows):
            grid.addWidget(self.labels[key], 2 * number, 0)
            grid.addWidget(widget, 2 * number + 1, 0)
        self.labels["seeds"].setVisible(self.has_seed)
        self.seeds.setVisible(self.has_seed)
        self.number.chosen.connect(lambda _: self.metric_changed.emit())
        self.first.changed.connect(self.changed)
        self.second.changed.connect(self._second_changed)
        self.seeds.textEdited.connect(self.changed)
        self.restyle()

    def _second_changed(self) -> None:
        """Two parameters make many runs: fewer values of each, unless the user has said how many."""
        old, new = COUNTS if self.second.spec is not None else COUNTS[::-1]
        for row in (self.first, self.second):
            if row.count.text() == old:
                row.count.setText(new)
        self.changed.emit()

    @property
    def metric_name(self) -> str:
        return self.names[max(0, self.number.current)] if self.names else ""

    def wanted(self) -> tuple[Sweep, list[str], int]:
        """The sweep, the words for --over, and the number of seeds; BadInput says what is wrong."""
        found = [axis for row in (self.first, self.second) if (axis := row.axis()) is not None]
        if not found:
            raise BadInput(self.look.tr("sweep.nothing"))
        if len({axis.name for _, axis in found}) < len(found):
            raise BadInput(self.look.tr("sweep.same"))
        seeds = whole(self.seeds) if self.has_seed else 1
        session = self.session
        made = Sweep(session.entry.id, session.requested, tuple(axis for _, axis in found),
                     seeds_of(session.concept, session.requested, seeds), session.device)
        return made, [word for word, _ in found], seeds

    def restyle(self) -> None:
        """Take words from the present look."""
        look, at = self.look, self.number.current
        self.number.set_texts([label_of(self.session.entry, name, look.language) for name in self.names])
        self.number.set_current(max(at, 0))
        self.seeds.setFixedHeight(round(FIELD * look.scale))
        for row in (self.first, self.second):
            row.restyle()
        for key, label in self.labels.items():
            label.setText(look.tr(f"sweep.{key}"))
            quiet(look, label)
        for widget, key in ((self.number, "metric"), (self.first.which, "first"), (self.second.which, "second"),
                            (self.seeds, "seeds")):
            widget.setAccessibleName(look.tr(f"sweep.{key}"))


def number_of(spec: Parameter, field: LineField) -> float:
    """A typed end of a range, which the parameter can have; BadInput where it cannot."""
    try:
        value = parse_number(field.text())
    except ValueError:
        raise BadInput(f"{spec.name}={field.text()}: must be a number", "not_number", name=spec.name,
                       value=field.text()) from None
    return float(coerce(spec, value))


def whole(field: LineField) -> int:
    """A count from a field; BadInput where it is none."""
    text = field.text().strip()
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadInput(f"{text}: must be a whole number from 1", "sweep_count", value=text)
    return int(text)


def quiet(look: Look, label: QLabel) -> None:
    """A label in soft ink."""
    label.setFont(look.font("label"))
    label.setStyleSheet(f"color: {look.theme.hex('ink_soft')};")
