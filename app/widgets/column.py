"""The right column: controls and readouts above, then the lesson, the experiments and the code; it scrolls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.catalog import CONCEPTS, Catalog
from app.entry import Entry
from app.look import Look
from app.session import Session
from app.typeset import Typesetter
from app.widgets.code import CodeView
from app.widgets.controls import Controls
from app.widgets.experiments import Experiments
from app.widgets.lesson import Lesson
from app.widgets.readouts import Readouts
from app.widgets.scrolled import Scrolled, scroll_style
from app.widgets.tabs import Tabs
from engine.core.frame import metrics
from engine.core.params import build, plain
from panels.kit.theme import tokens

ALL, SMALL = ["lesson", "experiments", "code"], ["controls", "lesson", "experiments", "code"]
LIVE_MS = 120           # numbers in the lesson are brought up to date so often


class Rule(QWidget):
    """A hairline with room above and below."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.setFixedHeight(round(25 * look.scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() // 2, self.width(), 1, self.look.theme.color("line"))


class Reader(Scrolled):
    """The lesson's own column in large windows."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.inner = QWidget()
        self.column = QVBoxLayout(self.inner)
        self.column.addStretch(1)
        self.setWidget(self.inner)
        look.changed.connect(self.restyle)
        self.restyle()

    def hold(self, widget: QWidget) -> None:
        """Take what is to be read."""
        self.column.insertWidget(0, widget)

    def restyle(self) -> None:
        s, t = self.look.scale, self.look.theme
        self.setFixedWidth(round(float(tokens()["layout"]["lesson_column"]) * s))
        self.column.setContentsMargins(round(24 * s), round(18 * s), round(24 * s), round(24 * s))
        self.inner.setObjectName("reader")
        self.inner.setStyleSheet(f"QWidget#reader {{ background: {t.hex('surface')}; }}")
        self.setStyleSheet(scroll_style(t.hex("surface"), t.hex("line")))


class Column(Scrolled):
    """What explains and steers the open concept."""

    followed = Signal(str)
    tried = Signal(str)
    went_out = Signal(str)
    code_copied = Signal()

    def __init__(self, look: Look, catalog: Catalog, session: Session, typesetter: Typesetter) -> None:
        super().__init__()
        self.look, self.catalog, self.session, self.entry = look, catalog, session, session.entry
        self.small = self.large = False
        self.controls, self.readouts = Controls(session, look), Readouts(session, look)
        self.lesson = Lesson(look, self.entry, typesetter, lambda language: lesson_text(self.entry, catalog, look, language))
        self.experiments = Experiments(look, self.entry)
        self.code = CodeView(look, self.entry)
        self.rule = Rule(look)
        self.tabs = Tabs(look, ALL)
        self.inner, self.reader = QWidget(), Reader(look)
        self.steering, self.reading = QWidget(), QWidget()
        self._build()
        self._connect()
        self._show_tab(self.tabs.current)
        self.restyle()

    def _build(self) -> None:
        for box, widgets in ((self.steering, (self.controls, self.rule, self.readouts)),
                             (self.reading, (self.tabs, self.lesson, self.experiments, self.code))):
            inside = QVBoxLayout(box)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(6)
            for widget in widgets:
                inside.addWidget(widget)
        layout = self.whole = QVBoxLayout(self.inner)
        layout.setSpacing(6)
        layout.addWidget(self.steering)
        layout.addWidget(self.reading)
        layout.addStretch(1)
        self.setWidget(self.inner)

    def _connect(self) -> None:
        self._live = QTimer(self, interval=LIVE_MS, singleShot=True)
        self._live.timeout.connect(self._show_values)
        self.session.frame_shown.connect(self._frame_shown)
        self.tabs.chosen.connect(self._show_tab)
        self.lesson.followed.connect(self.followed)
        self.lesson.tried.connect(self.tried)
        self.lesson.went_out.connect(self.went_out)
        self.code.copied.connect(self.code_copied)
        self.experiments.wanted.connect(self._set_up)
        self.look.changed.connect(self.restyle)

    def restyle(self) -> None:
        s, side = self.look.scale, 16 if self.small else 22
        self.setFixedWidth(round((276 if self.small else 332) * s))
        self.whole.setContentsMargins(round(side * s), round(18 * s), round(side * s), round(24 * s))
        ground = self.look.theme.hex("surface_raised")
        self.inner.setObjectName("column")
        self.inner.setStyleSheet(f"QWidget#column {{ background: {ground}; }}")
        self.setStyleSheet(scroll_style(ground, self.look.theme.hex("line")))

    def arrange(self, small: bool, large: bool) -> None:
        """Small windows: the controls are a tab among the others. Large ones: what is read has a column of its own."""
        if (small, large) == (self.small, self.large):
            return
        self.small, self.large = small, large
        layout, reading = self.whole, self.reading.layout()
        assert isinstance(reading, QVBoxLayout)
        (layout if small else reading).insertWidget(0, self.tabs)
        if large:
            self.reader.hold(self.reading)
        else:
            layout.removeWidget(self.reading)
            layout.insertWidget(layout.indexOf(self.steering) + 1, self.reading)
        self.tabs.set_names(SMALL if small else ALL)
        if small:
            self.tabs.choose("controls")
        self._show_tab(self.tabs.current)
        self.restyle()

    def _show_tab(self, name: str) -> None:
        self.steering.setVisible(not self.small or name == "controls")
        self.reading.setVisible(name != "controls")
        for key, page in (("lesson", self.lesson), ("experiments", self.experiments), ("code", self.code)):
            page.setVisible(name == key)
        if name == "experiments":
            self.experiments.set_up()

    def _set_up(self, values: dict[str, Any]) -> None:
        self.session.ask_params(build(self.session.concept.Params, values, settle=True))

    def _frame_shown(self) -> None:
        if not self._live.isActive():
            self._live.start()

    def _show_values(self) -> None:
        if self.lesson.isVisible():
            self.lesson.set_values(values_of(self.session))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._show_values()
        return super().event(event)


def values_of(session: Session) -> dict[str, Any]:
    """The shown frame's metrics and parameters by name."""
    if session.shown is None:
        return plain(session.requested)
    return plain(session.shown.params) | metrics(session.shown.frame)


def lesson_text(entry: Entry, catalog: Catalog, look: Look, language: str) -> str:
    """The lesson in a language, with what comes before and after the concept at its end."""
    path = Path(CONCEPTS) / f"{entry.path}.{language}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        text = look.tr("window.lesson.missing", sentence=type(fault).__name__)
    known = {e.id: e for e in catalog.entries}
    for key, ids in (("needs", entry.needs), ("leads_to", [e.id for e in catalog.leads_to(entry.id)])):
        links = [f"[{known[i].title(language)}](concept:{i})" for i in ids if i in known]
        if links:
            text += f"\n\n**{look.tr(f'window.stage.{key}')}** {' · '.join(links)}\n"
    return text
