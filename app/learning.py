"""What the reader keeps while learning: the notebook in its drawer, and the answers to experiments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.artist import Artist
from app.capture import Sitting, answer_of, now, picture_of
from app.keeper import Keeper
from app.look import sentence
from app.notebook import Note, Picture, key_of
from app.notebook_files import NotebookFiles
from app.reopen import reopen
from app.report_job import ReportJob
from app.widgets.notebook_view import NotebookView, rail_below

if TYPE_CHECKING:
    from app.window import Window

MOST_RECENT = 8
Row = tuple[str, tuple[str, ...], Callable[[], object]]


class Learning(QObject):
    """The window's notebook: it takes pictures and answers into it, and brings them back."""

    resized = Signal()                  # the drawer has opened or closed

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window, self.look = window, window.look
        self.keeper = Keeper(window.file.folder / "notebooks")
        self.view = NotebookView(window.look, window.catalog, window.typesetter)
        self.open = window.settings.drawer
        window.row.addWidget(self.view)
        self.artist = Artist(self)
        self._warned = False
        self.files, self.report = NotebookFiles(self), ReportJob(self)
        self._connect()
        QTimer.singleShot(0, self, self._bring_back)

    def _connect(self) -> None:
        view, keeper, items = self.view, self.keeper, self.view.list
        self.artist.done.connect(self._drawn)
        self.artist.failed.connect(lambda fault: self.window.say(sentence(fault, self.look.language)))
        keeper.changed.connect(lambda: view.show_notebook(keeper.notebook))
        keeper.state_changed.connect(lambda: view.say_trouble(keeper.trouble))
        keeper.moved.connect(self._moved)
        self.look.changed.connect(lambda: view.say_trouble(keeper.trouble))
        view.title_edited.connect(lambda text: keeper.put(replace(keeper.notebook, title=text), step=False))
        view.menu_wanted.connect(self.files.menu)
        view.rescue_wanted.connect(self.files.save_as)
        view.picture.clicked.connect(self.add_picture)
        view.note.clicked.connect(self.add_note)
        view.report.clicked.connect(self.report.export)
        view.shut.clicked.connect(lambda: self.set_open(False))
        view.editor.edited.connect(self._edited)
        view.editor.followed.connect(self.window.open)
        view.editor.went_out.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        items.chosen.connect(lambda _row: view.show_current())
        items.opened.connect(self.reopen)
        items.move_wanted.connect(self._move)
        items.delete_wanted.connect(self._delete)
        items.undo_wanted.connect(lambda again: keeper.redo() if again else keeper.undo())

    def rows(self) -> list[Row]:
        """What can be done, for the table of actions."""
        return [("note_picture", ("Ctrl+B",), self.add_picture), ("notebook", ("Ctrl+J",), self.toggle),
                ("note_add", ("Ctrl+Shift+J",), self.add_note), ("note_report", (), self.report.export),
                ("notebook_new", (), self.files.new), ("notebook_open", (), self.files.choose),
                ("notebook_save_as", (), self.files.save_as)]

    # the drawer -----------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Open or close the drawer."""
        self.set_open(not self.open)

    def set_open(self, shown: bool) -> None:
        """Have the drawer open or closed."""
        self.open = shown
        self.remember(drawer=shown)
        self.resized.emit()

    def arrange(self, small: bool) -> bool:
        """Take the layout of the window; True where the drawer leaves room for a rail only."""
        self.view.set_small(small)
        self.view.setVisible(self.open and not self.window.presenting)
        return self.open and self.window.width() < rail_below() * self.look.scale

    def remember(self, **values: object) -> None:
        """Keep settings."""
        self.window.settings = self.window.file.change(**values)

    def _moved(self, path: Path) -> None:
        """Another file: it is the one to come back to, and the first among the recent ones."""
        if path.exists():
            known = [str(path), *(p for p in self.window.settings.notebooks if p != str(path))][:MOST_RECENT]
            self.remember(notebook=str(path), notebooks=tuple(known))
        else:
            self.remember(notebook="")

    def _bring_back(self) -> None:
        """The notebook of last time."""
        path = Path(self.window.settings.notebook)
        if self.window.settings.notebook and path.exists() and not self.keeper.notebook.items:
            self.files.load(path)

    # putting in -----------------------------------------------------------------------------------------------------

    def add_picture(self) -> None:
        """What is in front, the stage's picture or a comparison, at the end of the notebook."""
        session, stage, compared = self.window.session, self.window.stage, self.window.comparing.figure()
        if session is None or stage is None:
            return
        behind = [column.session for column in self.window.comparing.view.columns] if self.window.comparing.view else [session]
        if any(s.shown is None or not s.shown.live or not len(s.recording) for s in behind):
            self.say("not_yet")
            return
        from app.widgets.export_dialog import figure_of

        figure = compared or figure_of(session, stage)
        picture = picture_of(figure, stage.pins, session)
        if not self.artist.has(picture):
            self.artist.take(picture, Sitting.of(figure))

    def _drawn(self, picture: Picture) -> None:
        self._put(picture)
        self.say("picture_added", undo=True, show=True)

    def add_note(self) -> None:
        """An empty note after the chosen item, ready to be written."""
        self.set_open(True)
        place = self.view.list.currentRow()
        place = len(self.keeper.notebook.items) if place < 0 else place + 1
        self.keeper.put(self.keeper.notebook.added(Note(made=now()), place))
        self.view.show_notebook(self.keeper.notebook, place)
        self.view.editor.write()

    def _put(self, picture: Picture) -> None:
        self.keeper.put(self.keeper.notebook.added(picture))
        last = len(self.keeper.notebook.items) - 1
        self.view.show_notebook(self.keeper.notebook, last)
        self.view.list.scrollToBottom()

    def say(self, key: str, *, undo: bool = False, show: bool = False, **values: object) -> None:
        """A toast, with a way back, and one to the drawer where it is closed."""
        showing = partial(self.set_open, True) if show and not self.open else None
        self.window.toast.say(self.look.tr(f"notebook.{key}", **values), self._undo if undo else None, showing)

    def _undo(self) -> None:
        self.keeper.undo()

    # experiments ----------------------------------------------------------------------------------------------------

    def opened(self) -> None:
        """A concept was opened: what its experiments were answered is known."""
        session, column = self.window.session, self.window.column
        if session is None or column is None:
            return
        kept = self.window.settings.answers.get(session.entry.id, {})
        found = {number: kept[key_of(e)] for number, e in enumerate(session.entry.experiments) if key_of(e) in kept}
        column.experiments.remember({n: a for n, a in found.items()
                                     if type(a) is int and 0 <= a < len(session.entry.experiments[n].answers)})
        column.experiments.answered.connect(self._answered)
        column.experiments.forgotten.connect(self._forgotten)

    def _answered(self, number: int, given: int) -> None:
        session = self.window.session
        if session is None:
            return
        self._keep_answer(session.entry.id, key_of(session.entry.experiments[number]), given)
        self.keeper.put(self.keeper.notebook.answered(answer_of(session, number, given)))
        self.say("answer_added", undo=True, show=True)

    def _forgotten(self, number: int) -> None:
        session = self.window.session
        if session is not None:
            self._keep_answer(session.entry.id, key_of(session.entry.experiments[number]), None)

    def _keep_answer(self, concept: str, key: str, given: int | None) -> None:
        answers = self.window.settings.answers
        mine = {k: v for k, v in answers.get(concept, {}).items() if k != key}
        self.remember(answers=answers | {concept: mine if given is None else mine | {key: given}})

    # changing -------------------------------------------------------------------------------------------------------

    def _edited(self, title: str, note: str) -> None:
        place, notebook = self.view.list.currentRow(), self.keeper.notebook
        if 0 <= place < len(notebook.items):
            self.keeper.put(notebook.changed(place, replace(notebook.items[place], title=title, note=note)), step=False)

    def _move(self, place: int, to: int) -> None:
        self.keeper.put(self.keeper.notebook.moved(place, to))
        self.view.show_notebook(self.keeper.notebook, to)

    def _delete(self, place: int) -> None:
        self.keeper.put(self.keeper.notebook.without(place))
        self.say("deleted", undo=True)

    def reopen(self, place: int) -> None:
        """Show the item as it was: picture and pins, or an experiment's outcome; a note is gone on with."""
        item = self.keeper.notebook.items[place]
        if isinstance(item, Note):
            return
        fault = reopen(self.window, item)
        if fault is not None:
            self.window.say(sentence(fault, self.look.language))

    # closing --------------------------------------------------------------------------------------------------------

    def close(self) -> bool:
        """Have everything on the disk. False where nowhere takes it: the window stays, once, and says so."""
        self.artist.finish()
        if not self.keeper.finish() and self.keeper.rescue() is None and not self._warned:
            self._warned = True
            self.say("not_closed")
            return False
        self.report.close()
        self.artist.close()
        self.keeper.close()
        return True
