"""Entering Compare from the stage and leaving it again: the window's part of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.compare import Comparison, Setting, adopt, can_be_adopted
from app.export.compared import Compared
from app.export.figure import Figure
from app.provenance import Provenance
from app.repeat import command_of_columns
from app.widgets.swept import can_be_swept

if TYPE_CHECKING:
    from app.widgets.compare_view import CompareView
    from app.window import Window


class Comparing:
    """What a window compares, if it does."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.comparison: Comparison | None = None
        self.view: CompareView | None = None

    def toggle(self) -> None:
        """Into Compare with the shown setting and what is pinned, or out of it."""
        if self.view is not None:
            self.leave()
        elif self.window.stage is not None and self.window.session is not None and self.window.session.shown is not None:
            self.enter(self._besides())

    def _besides(self) -> list[Setting]:
        """What stands beside the shown setting at first: the pins, else the defaults, else the same once more."""
        stage, session = self.window.stage, self.window.session
        assert stage is not None and session is not None
        at = session.player.index if session.concept.kind != "function" else 0
        found = [pin.params for pin in stage.pins if pin.params != session.requested]
        return [(params, (), at) for params in found or [session.concept.default()]]

    def enter(self, besides: Sequence[Setting]) -> None:
        """The open concept's session and these settings beside it."""
        from app.widgets.compare_view import CompareView

        window = self.window
        assert window.session is not None and window.stage is not None
        self.comparison = Comparison(window.session, window.host)
        self.comparison.add(besides)
        self.view = CompareView(window.look, self.comparison, window.stage)
        self.view.left.connect(self.leave)
        self.view.said.connect(window.say)
        self.view.export_wanted.connect(window.open_export)
        self.comparison.selected_changed.connect(self._follow)
        window.stage.asleep = True
        window.pages.addWidget(self.view)
        window.pages.setCurrentWidget(self.view)
        window.side.addWidget(self.view.controls)
        window.side.setCurrentWidget(self.view.controls)
        self._follow()
        window.arrange()
        self.view.picture.setFocus()

    def _follow(self) -> None:
        """The window's keys and status line are about the selected column."""
        assert self.comparison is not None
        self.window.session = self.comparison.current

    def leave(self) -> None:
        """Back to the single stage, with the selected column's setting; one undo takes back what Compare changed."""
        window, stage, column = self.window, self.window.stage, self.window.column
        if self.comparison is None or stage is None or column is None:
            return
        chosen, before = self.comparison.current, self.comparison.before
        wanted, index = chosen.requested, chosen.player.index
        adopted = chosen is not stage.session and can_be_adopted(chosen)
        recording = chosen.recording
        self.drop()
        if wanted != before:
            stage.session.changes.note(before, final=True)
        if adopted:
            adopt(stage.session, wanted, recording, index)
        window.pages.setCurrentWidget(stage)
        window.side.setCurrentWidget(column)
        stage.session.ask_params(wanted, remember=False)
        stage.redraw()
        window.arrange()
        stage.picture.setFocus()

    def drop(self) -> None:
        """Close the comparison; the stage's own session is the window's again."""
        if self.comparison is None or self.view is None:
            return
        window, view = self.window, self.view
        view.shut()
        window.session = self.comparison.sessions[0]
        self.comparison.close()
        for widget, stack in ((view, window.pages), (view.controls, window.side)):
            stack.removeWidget(widget)
            widget.deleteLater()
        self.comparison.deleteLater()
        self.comparison = self.view = None
        if window.stage is not None:
            window.stage.asleep = False

    def reopen(self, figure: Provenance) -> None:
        """The columns of an exported comparison, beside the one that is open; or the parameter that a clip plays."""
        stage = self.window.stage
        if stage is None:
            return
        if figure.compare:
            self.enter(figure.columns()[1:])
            assert self.view is not None
            self.view.stand([figure.view, *(beside.view for beside in figure.compare)], figure.linked)
        front = self.view or stage
        if figure.play in {spec.name for spec in can_be_swept(front.transport.session)}:
            front.transport.sweep.choose(figure.play)

    def arrange(self, small: bool) -> None:
        """The layout for the present width."""
        if self.view is not None:
            self.view.set_small(small and not self.window.presenting)
            self.view.set_presenting(self.window.presenting)
            self.window.side.setFixedWidth(round((276 if small else 332) * self.window.look.scale))
            self.window.reading.hide()

    def open_export(self) -> None:
        """The export dialog for the comparison, or for the single stage."""
        from app.widgets.export_dialog import ExportDialog, figure_of

        session, stage = self.window.session, self.window.stage
        figure: Compared | Figure | None = self.figure()
        if figure is None and self.comparison is None and session is not None and session.shown and stage is not None:
            figure = figure_of(session, stage)
        if figure is None:
            return
        dialog = ExportDialog(self.window.look, figure, self.window.file, self.window, self.window.host)
        dialog.said.connect(self.window.say)
        dialog.open()

    def figure(self) -> Compared | None:
        """What is shown, as something to export."""
        if self.comparison is None or self.view is None or any(s.shown is None for s in self.comparison.sessions):
            return None
        from app.widgets.export_dialog import figure_of_session

        figures = tuple(figure_of_session(column.session, self.window.look.language, dict(column.canvas.zoom))
                        for column in self.view.columns)
        behind = self.window.stage.pins if self.window.stage is not None else []
        pins = tuple(replace(pin.source, view={}).beside() for pin in behind if pin.source is not None)
        return Compared(figures, figures[0].size, language=self.window.look.language, linked=self.view.linked(), pins=pins)

    def command(self) -> str:
        """The command line that makes the picture; '' where nothing is compared."""
        if self.comparison is None:
            return ""
        comparison = self.comparison
        return command_of_columns(comparison.current.entry.id, comparison.settings(), comparison.link.player.index)
