"""The window: sidebar, gallery or stage, right column and status line; it opens concepts and carries out actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.actions import Actions
from app.background import Background
from app.catalog import Catalog
from app.clip import Clip
from app.comparing import Comparing
from app.files import Files
from app.host import LaneHost
from app.learning import Learning
from app.look import Look, sentence
from app.memory import Memory
from app.opening import first_picture, remembered, reopened
from app.places import Places
from app.preferences import Preferences
from app.provenance import Provenance
from app.session import Session
from app.settings import Settings, SettingsFile
from app.stage import Stage
from app.thumbnails import thumbnail_of
from app.typeset import Typesetter
from app.widgets.column import Column
from app.widgets.gallery import Gallery
from app.widgets.palette import Palette
from app.widgets.sidebar import Sidebar
from app.widgets.statusbar import StatusBar
from app.widgets.style import apply_style
from app.widgets.toast import Toast
from app.wires import connect
from app.worded_status import describe
from engine.core.faults import LoupeError
from panels.kit.panel import load_panel
from panels.kit.theme import tokens

SMALL, LARGE = (int(tokens()["layout"]["breakpoints"][k]) for k in ("small", "large"))


class Window(QMainWindow):
    """The program's window."""

    def __init__(self, look: Look, catalog: Catalog, host: LaneHost, typesetter: Typesetter, file: SettingsFile,
                 device: str = "cpu") -> None:
        super().__init__()
        self.look, self.catalog, self.host, self.typesetter, self.file = look, catalog, host, typesetter, file
        self.settings: Settings = file.settings
        self.device = device
        self.session: Session | None = None
        self.stage: Stage | None = None
        self.column: Column | None = None
        self.presenting = False
        self.sidebar = Sidebar(look, catalog)
        self.gallery = Gallery(look, catalog, lambda entry, width, height, ratio: thumbnail_of(entry, look, width, height, ratio))
        self.status = StatusBar(look)
        self.pages, self.side, self.reading = QStackedWidget(), QStackedWidget(), QStackedWidget()
        self._build()
        self.clip, self.files, self.comparing = Clip(self), Files(self), Comparing(self)
        self.background, self.learning = Background(host), Learning(self)
        self.places, self.memory, self.preferences = Places(self), Memory(self), Preferences(self)
        self.toast = Toast(look, self.pages)
        self.palette_card = Palette(look, self.sidebar.rows.search, self.centre)
        self.actions_ = Actions(self)
        self._connect()
        self._restyle()
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 420)
        self.gallery.page.recent = tuple(self.settings.recent)
        self.go_home()

    def _build(self) -> None:
        centre = self.centre = QWidget()
        outer = QVBoxLayout(centre)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        row = self.row = QHBoxLayout()
        row.setSpacing(0)
        self.pages.addWidget(self.gallery)
        row.addWidget(self.sidebar)
        row.addWidget(self.pages, 1)
        row.addWidget(self.reading)
        row.addWidget(self.side)
        self.reading.hide()
        self.side.hide()
        outer.addLayout(row, 1)
        outer.addWidget(self.status)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        self.sidebar.opened.connect(self.open)
        self.sidebar.went_home.connect(self.go_home)
        self.sidebar.wanted_palette.connect(lambda: self.actions_.open_palette())
        self.gallery.opened.connect(self.open)
        self.status.stop_asked.connect(self._stop)
        self.learning.resized.connect(self.arrange)
        self.host.status_changed.connect(self._show_status)
        self.look.changed.connect(self._restyle)
        self._status_timer = QTimer(self, interval=200)
        self._status_timer.timeout.connect(self._show_status)
        self._status_timer.start()

    # going places ---------------------------------------------------------------------------------------------------

    def open(self, concept_id: str, *, params: Any = None, figure: Provenance | None = None, visit: bool = True) -> None:
        """Show a concept: as it was left, or with these parameters, or as an exported figure has it."""
        if self.session is not None and self.session.entry.id == concept_id and params is None and figure is None:
            return
        known = self.background.take(concept_id, anew=params is not None or figure is not None)
        try:
            made = known or self._session(concept_id, params, figure)
        except LoupeError as fault:
            self.say(sentence(fault, self.look.language))
            return
        self._leave()
        self.session = made
        self.stage = Stage(self.look, self.catalog, made, self.typesetter)
        self.column = Column(self.look, self.catalog, made, self.typesetter)
        connect(self, self.stage, self.column)
        self.learning.opened()
        self.pages.addWidget(self.stage)
        self.pages.setCurrentWidget(self.stage)
        self.reading.addWidget(self.column.reader)
        self.side.addWidget(self.column)
        self.side.setCurrentWidget(self.column)
        if known is not None:
            self.background.go_on(known)
        else:
            self.stage.canvas.zoom = dict(figure.view) if figure is not None else {}
            if figure is None:
                first_picture(made)
            made.begin()
        self.places.note(concept_id, visit)
        self.arrange()
        self._show_status()
        self.stage.picture.setFocus()
        if figure is not None:
            self.comparing.reopen(figure)

    def _session(self, concept_id: str, params: Any, figure: Provenance | None) -> Session:
        entry = self.catalog.entry(concept_id)
        load_panel(concept_id)
        if figure is not None:
            return reopened(entry, self.host, self.device, figure)
        kept = remembered(entry, self.settings.params) if params is None else params
        return Session(entry, self.host, kept, self.device)

    def _leave(self) -> None:
        """Let go of the open concept; a training may go on in the background."""
        if self.session is None:
            return
        self.comparing.drop()
        self.memory.keep()
        self.background.leave(self.session)
        reader = self.column.reader if self.column is not None else None
        for widget, stack in ((self.stage, self.pages), (reader, self.reading), (self.column, self.side)):
            if widget is not None:
                stack.removeWidget(widget)
                widget.deleteLater()
        self.session = self.stage = self.column = None

    def go_home(self, visit: bool = True) -> None:
        """Show the gallery."""
        self._leave()
        self.pages.setCurrentWidget(self.gallery)
        self.places.note("", visit)
        self.gallery.page.arrange()
        self.arrange()
        self._show_status()

    def open_figure(self, path: Path) -> None:
        """Reopen an exported figure as it was, or a notebook."""
        self.files.open(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.files.drop(event)

    # what it looks like ---------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        steps = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
        if event.button() in steps:
            self.places.go(steps[event.button()])

    def _restyle(self) -> None:
        app = QGuiApplication.instance()
        if isinstance(app, QApplication):
            apply_style(app, self.look)
        self._restyle_title()
        self._show_status()

    def arrange(self) -> None:
        """Choose the layout for the present width."""
        small, large = self.width() < SMALL * self.look.scale, self.width() >= LARGE * self.look.scale
        self.sidebar.set_rail(self.learning.arrange(small) or small)
        self.sidebar.setVisible(not self.presenting)
        self.status.set_small(small)
        self.status.setVisible(not self.presenting)
        self.side.setVisible(self.session is not None and not self.presenting and not (small and self.learning.open))
        self.reading.setVisible(large and self.session is not None and not self.presenting)
        if self.stage is not None and self.column is not None:
            self.stage.set_small(small and not self.presenting)
            self.stage.set_presenting(self.presenting)
            self.column.arrange(small, large)
            self.side.setFixedWidth(self.column.width())
            self.reading.setFixedWidth(self.column.reader.width())
        self.comparing.arrange(small)
        self._restyle_title()

    def _restyle_title(self) -> None:
        title = self.look.tr("window.full_name")
        self.setWindowTitle(f"{self.session.entry.title(self.look.language)} · {title}" if self.session else title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
        self.palette_card.hide()

    def present(self) -> None:
        """Full screen with picture, formula and transport alone, or back."""
        if self.session is None and not self.presenting:
            return
        self.presenting = not self.presenting
        scale = self.look.scale
        self.look.set(scale=scale * 1.5 if self.presenting else scale / 1.5)
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)      # one that was maximised is so again
        self.actions_.presenting.set_on(self.presenting)
        self.arrange()

    def say(self, words: str, undo: bool = False) -> None:
        """A toast at the bottom of the stage."""
        self.toast.say(words, self._undo if undo else None)

    def _undo(self) -> None:
        if self.session is not None:
            self.session.undo()

    def _stop(self) -> None:
        if self.session is not None:
            self.session.playback.stop()

    def _show_status(self) -> None:
        fault = self.file.unsaid()
        if fault is not None:
            self.say(sentence(fault, self.look.language))
        describe(self.status, self.session, self.host, self.catalog, self.look)

    # doing ----------------------------------------------------------------------------------------------------------

    def open_export(self) -> None:
        self.comparing.open_export()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.learning.close():
            event.ignore()
            return
        self.memory.close()
        self._status_timer.stop()
        self.host.close()
        self.typesetter.close()
        super().closeEvent(event)

    def keyboard_away(self) -> None:
        """Take the keyboard out of any field."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
