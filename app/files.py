"""Files that a window opens, by their content: an exported figure as it was, a notebook in its drawer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from app.look import sentence
from app.notebook_file import is_notebook
from app.provenance import read_provenance
from app.reopen import open_figure
from app.widgets.source import SourceField
from engine.core.faults import LoupeError

if TYPE_CHECKING:
    from app.window import Window


TABLES = (".csv", ".tsv", ".txt")


class Files:
    """Opens files in a window."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def open(self, path: Path) -> None:
        """Open a file as what it is; a fault is one sentence."""
        window = self.window
        if is_notebook(path):
            window.learning.files.load(path)
            return
        if path.suffix.lower() in TABLES and self._table(path):
            return
        try:
            open_figure(window, read_provenance(path))
        except LoupeError as fault:
            window.say(sentence(fault, window.look.language))

    def _table(self, path: Path) -> bool:
        """A table goes to the concept that is shown, if it takes one; False where the file is an exported figure."""
        window = self.window
        with suppress(LoupeError):
            read_provenance(path)
            return False
        rows = window.column.controls.rows.values() if window.column is not None else ()
        field = next((row.control for row in rows if isinstance(row.control, SourceField)), None)
        if field is None:
            window.say(window.look.tr("table.takes_none", name=path.name))
        else:
            field.take(str(path))
        return True

    def choose(self) -> None:
        """Open a file chosen in a dialog."""
        name, _ = QFileDialog.getOpenFileName(self.window, self.window.look.tr("window.actions.open_file"))
        if name:
            self.open(Path(name))

    def drop(self, event: QDropEvent) -> None:
        """Open the first of the files that were dropped."""
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            self.open(paths[0])
