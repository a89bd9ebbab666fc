"""Compare's stage: the columns side by side, what is linked between them, and one transport for all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.compare import Comparison
from app.differences import briefly, headings
from app.look import Look
from app.provenance import Linked, Zoom
from app.session import Session
from app.stage import Stage
from app.together import Together
from app.widgets.buttons import Button
from app.widgets.compare_column import CompareColumn
from app.widgets.compare_side import CompareSide
from app.widgets.front import Front
from app.widgets.style import themed_menu
from app.widgets.transport import Transport
from app.widgets.transport_buttons import TextButton
from app.widgets.view_switch import ViewSwitch
from engine.core.params import build
from panels.kit.linked import link, unlink

LOW = 140.0                         # px of a view in a column below which one view at a time is shown
NUMBERS = {False: 4, True: 2}       # rows of numbers, in large windows and in small ones


class CompareView(Front):
    """Draws a comparison, and tells it what the user does."""

    left = Signal()
    export_wanted = Signal()
    said = Signal(str)

    def __init__(self, look: Look, comparison: Comparison, stage: Stage) -> None:
        super().__init__()
        self.look, self.comparison, self.stage = look, comparison, stage
        self.together = Together(comparison)
        self.transport = Transport(cast(Session, self.together), look)
        self.title = QLabel()
        self.axes = Button(look, "compare.axes", "link")
        self.by = TextButton(look, "compare.by", self)
        self.add = Button(look, "compare.add", "plus")
        self.export = Button(look, "window.actions.export", "export")
        self.leave = Button(look, "compare.leave", "close", "primary")
        self.columns: list[CompareColumn] = []
        self.sides: list[CompareSide] = []
        self.controls = QStackedWidget()
        self.switch = ViewSwitch(look)
        self._build()
        self._connect()
        self.rebuild()
        self.restyle()

    def _build(self) -> None:
        self.axes.setCheckable(True)
        self.axes.setChecked(self.comparison.linked)
        self.top = QHBoxLayout()
        self.top.setSpacing(8)
        self.top.addWidget(self.title, 1)
        for widget in (self.by, self.axes, self.add, self.export, self.leave):
            self.top.addWidget(widget)
        self.row = QHBoxLayout()
        self.inner = QWidget()
        self.column = QVBoxLayout(self.inner)
        self.column.setSpacing(10)
        self.column.addLayout(self.top)
        self.column.addWidget(self.switch)
        self.column.addLayout(self.row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.inner, 1)
        layout.addWidget(self.transport)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.refresh)

    def _connect(self) -> None:
        self.comparison.columns_changed.connect(self.rebuild)
        self.comparison.selected_changed.connect(self._select)
        self.comparison.requested_changed.connect(self._later)
        self.together.status_changed.connect(self._later)
        self.axes.clicked.connect(self._link)
        self.by.clicked.connect(self._choose_way)
        self.switch.chosen.connect(self._later)
        self.add.clicked.connect(self._choose_setting)
        self.export.clicked.connect(self.export_wanted)
        self.leave.clicked.connect(self.left)
        self.look.changed.connect(self.restyle)

    def shut(self) -> None:
        """Hear no more of the comparison, which is about to close."""
        self._soon.stop()
        self.together.leave()
        self.comparison.blockSignals(True)
        for column in self.columns:
            column.blockSignals(True)

    # columns --------------------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """A column for every session; those that are there stay."""
        known = {column.session: column for column in self.columns}
        for session, column in known.items():
            if session not in self.comparison.sessions:
                side = self.sides.pop(self.columns.index(column))
                self.columns.remove(column)
                self.controls.removeWidget(side)
                side.deleteLater()
                column.deleteLater()
        for number, session in enumerate(self.comparison.sessions):
            if session not in known:
                self._add_column(session, number > 0)
        self.add.setEnabled(not self.comparison.full)
        self._select()

    def _add_column(self, session: Session, removable: bool) -> None:
        column = CompareColumn(self.look, session, removable)
        column.chosen.connect(lambda: self.comparison.select(self.columns.index(column)))
        column.removed.connect(lambda: self.comparison.remove(self.columns.index(column)))
        column.drawn.connect(self._later)
        column.zoomed.connect(partial(self._zoomed, column))
        column.canvas.zoom = dict(self.stage.canvas.zoom)
        self.columns.append(column)
        self.row.addWidget(column, 1)
        side = CompareSide(self.look, session)
        self.sides.append(side)
        self.controls.addWidget(side)

    def _select(self) -> None:
        for number, column in enumerate(self.columns):
            column.heading.setChecked(number == self.comparison.selected)
        self.controls.setCurrentIndex(self.comparison.selected)
        self._later()

    @property
    def picture(self) -> Any:
        """The selected column's picture."""
        return self.columns[self.comparison.selected].picture

    def linked(self) -> Linked:
        """How the columns stand together, for a file that brings it back."""
        line = self.comparison.link
        return Linked(self.comparison.linked, line.by, line.player.index, self.comparison.selected)

    def stand(self, views: Sequence[Zoom], linked: Linked) -> None:
        """Have the columns as such a file says."""
        self.comparison.linked = linked.axes
        self.axes.setChecked(linked.axes)
        self.comparison.link.by, self.comparison.link.player.index = linked.by, linked.at
        for column, view in zip(self.columns, views, strict=True):
            column.canvas.zoom = dict(view)
        self.comparison.select(linked.selected)
        self._later()

    # showing --------------------------------------------------------------------------------------------------------

    def _later(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Bring headings, numbers, axes and the choice of views up to date."""
        canvases = [column.canvas for column in self.columns]
        (link if self.comparison.linked else unlink)(canvases)
        entry, settings, language = self.comparison.current.entry, self.comparison.settings(), self.look.language
        names = headings(entry, settings, language)
        first = self.columns[0].metrics()
        line = self.comparison.link
        for number, column in enumerate(self.columns):
            behind = line.way == "index" and line.player.index > column.session.player.index
            self.sides[number].say(names[number])
            others = [params for params in settings if params != settings[number]]
            column.heading.say(names[number] or self.look.tr("compare.same"), briefly(entry, settings[number], others, language),
                               column.state(behind))
            column.remove.setVisible(len(self.columns) > 2 and number > 0 and not self.presenting)
            column.numbers.most = NUMBERS[self.small]
            column.numbers.refresh(first if number else None)
            column.picture.update()
        self.by.say(self.look.tr(f"compare.by_{self.comparison.link.way}"))
        self.by.setVisible(self.comparison.current.concept.kind != "function" and not self.presenting)
        self._name_views()

    def _name_views(self) -> None:
        """One view at a time where a column has no room for all of them."""
        names = self.columns[0].canvas.view_names
        column = self.columns[0]
        low = column.canvas.stacked and len(names) > 1 and column.picture.height() / len(names) < LOW * self.look.scale
        only = self.switch.offer(column.canvas, alone=low)
        for each in self.columns:
            each.picture.show_only(only)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.theme.color("surface"))

    # layout ---------------------------------------------------------------------------------------------------------

    @property
    def tools(self) -> tuple[QWidget, ...]:
        return self.axes, self.add, self.export, self.leave

    def restyle(self) -> None:
        """Take words and sizes from the present look and layout."""
        s, t = self.look.scale, self.look.theme
        side, top = (16, 10) if self.small else (32, 18)
        self.column.setContentsMargins(round(side * s), round(top * s), round(side * s), round((4 if self.small else 10) * s))
        self.row.setSpacing(round((16 if self.small else 28) * s))
        self.title.setText(self.look.tr("compare.title", title=self.stage.entry.title(self.look.language)))
        self.title.setFont(self.look.font("title_small", family="display"))
        self.title.setStyleSheet(f"color: {t.hex('ink')};")
        self.title.setMinimumWidth(1)
        self.axes.setToolTip(self.look.tr("compare.axes_hint"))
        self.leave.setToolTip(self.look.tr("compare.leave_hint"))
        self.by.setFixedSize(round(86 * s), round(30 * s))
        for button in (self.axes, self.add, self.export, self.leave):
            button.show_words(not self.small)
        self._later()

    def resizeEvent(self, event: Any) -> None:
        self._later()

    # doing ----------------------------------------------------------------------------------------------------------

    def _link(self) -> None:
        self.comparison.linked = self.axes.isChecked()
        self._later()

    def _zoomed(self, column: CompareColumn) -> None:
        """Linked plots are zoomed together."""
        if self.comparison.linked:
            for other in self.columns:
                other.canvas.zoom = dict(column.canvas.zoom)
        self._later()

    def toggle_pin(self) -> None:
        """Keep the selected setting: it goes on as a column of its own."""
        self.add_setting(self.comparison.current.requested)

    def add_setting(self, params: Any) -> None:
        """A column with these parameters, if there is room."""
        if self.comparison.full:
            self.said.emit(self.look.tr("compare.full", count=len(self.columns)))
        else:
            self.comparison.add_setting(params)

    def _choose_setting(self) -> None:
        session = self.comparison.current
        menu = themed_menu(self.look, self)
        tr, language = self.look.tr, self.look.language
        menu.addAction(tr("compare.add_copy")).triggered.connect(lambda: self.add_setting(session.requested))
        menu.addAction(tr("compare.add_defaults")).triggered.connect(lambda: self.add_setting(session.concept.default()))
        menu.addSeparator()
        for preset in session.entry.presets.values():
            params = build(session.concept.Params, preset.set, settle=True)
            menu.addAction(preset.title(language)).triggered.connect(lambda _on=False, p=params: self.add_setting(p))
        menu.exec(self.add.mapToGlobal(QPoint(0, self.add.height() + 4)))
        menu.deleteLater()

    def _choose_way(self) -> None:
        comparison = self.comparison
        menu = themed_menu(self.look, self)
        for way in comparison.link.ways():
            action = menu.addAction(self.look.tr(f"compare.by_{way}"))
            action.setCheckable(True)
            action.setChecked(way == comparison.link.way)
            action.triggered.connect(lambda _on=False, w=way: self._match(w))
        menu.exec(self.by.mapToGlobal(QPoint(0, self.by.height() + 4)))
        menu.deleteLater()

    def _match(self, way: str) -> None:
        self.comparison.link.choose(way)
        self._later()
