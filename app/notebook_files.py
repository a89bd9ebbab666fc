"""The notebooks' files: new, open, save as, recent."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app.look import sentence
from app.notebook_file import SUFFIX
from app.widgets.style import themed_menu
from engine.core.faults import LoupeError

if TYPE_CHECKING:
    from app.learning import Learning

class NotebookFiles:
    """Puts notebooks into the drawer and takes them to other places."""

    def __init__(self, learning: Learning) -> None:
        self.learning = learning

    def load(self, path: Path) -> None:
        """Open a notebook's file, and the drawer."""
        try:
            self.learning.keeper.open(path)
        except LoupeError as fault:
            self.learning.window.say(sentence(fault, self.learning.look.language))
            return
        self.learning.view.show_notebook(self.learning.keeper.notebook, 0)
        if not self.learning.open and self.learning.window.isVisible():
            self.learning.set_open(True)

    def new(self) -> None:
        """Begin another notebook; this one stays in its file."""
        try:
            self.learning.keeper.new()
        except LoupeError as fault:
            self.learning.window.say(sentence(fault, self.learning.look.language))
            return
        self.learning.set_open(True)
        self.learning.view.name.setFocus()

    def choose(self) -> None:
        """Open a notebook chosen in a dialog."""
        name, _ = QFileDialog.getOpenFileName(self.learning.window, self.learning.look.tr("window.actions.notebook_open"),
                                              str(self.learning.keeper.path.parent), f"*{SUFFIX}")
        if name:
            self.load(Path(name))

    def save_as(self) -> None:
        """Go on in a file chosen in a dialog."""
        title = "".join(c if c.isalnum() or c in " -_" else " " for c in self.learning.keeper.notebook.title).strip()[:60]
        name, _ = QFileDialog.getSaveFileName(self.learning.window, self.learning.look.tr("window.actions.notebook_save_as"), str(
            Path.home() / ((title or self.learning.keeper.path.stem) + SUFFIX)), f"*{SUFFIX}")
        if name:
            self.save_to(Path(name) if Path(name).suffix else Path(name).with_suffix(SUFFIX))

    def save_to(self, path: Path) -> None:
        """Go on in another file."""
        try:
            self.learning.keeper.save_as(path)
        except LoupeError as fault:
            self.learning.window.say(sentence(fault, self.learning.look.language))

    def menu(self) -> None:
        """What can be done with notebooks, and the recent ones."""
        menu, tr = themed_menu(self.learning.look, self.learning.view), self.learning.look.tr
        for key, act in (("notebook_new", self.new), ("notebook_open", self.choose), ("notebook_save_as", self.save_as)):
            menu.addAction(tr(f"window.actions.{key}"), act)
        known = [Path(p) for p in self.learning.window.settings.notebooks]
        recent = [path for path in known if path != self.learning.keeper.path and path.exists()]
        if recent:
            menu.addSeparator()
        for path in recent:
            menu.addAction(path.stem, partial(self.load, path))
        menu.popup(self.learning.view.more.mapToGlobal(self.learning.view.more.rect().bottomLeft()))
