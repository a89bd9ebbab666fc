"""A folder or a file of the user's: its path can be typed, pasted or dropped, or chosen in the system's own dialog."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog

from app.entry import ParamWords
from app.look import Look
from app.widgets.buttons import Button
from app.widgets.textfield import LABEL, LINE, TypedValue
from engine.core.params import IsPath, Parameter
from engine.core.structured import note_of

GAP = 6                             # px between the path and the button


class PathField(TypedValue):
    """A line for the path, and a button that opens the dialog."""

    button: Button | None = None    # there is none yet when the base class first lays itself out

    def __init__(self, look: Look, spec: Parameter, words: ParamWords, role: str = "") -> None:
        super().__init__(look, spec, words, role)
        self.note = note_of(spec.notes, IsPath) or IsPath()
        self.button = Button(look, "controls.choose_folder" if self.note.folder else "controls.choose_file", parent=self)
        self.button.clicked.connect(self.choose)
        self.setAcceptDrops(True)
        self.relook()

    def choose(self) -> None:
        """Ask where; leaving the dialog changes nothing."""
        at = Path(self.editor.text().strip()).expanduser()
        start = str(at if at.is_dir() else at.parent) if self.editor.text().strip() else str(Path.home())
        label = self.label
        if self.note.folder:
            found = QFileDialog.getExistingDirectory(self, label, start)
        else:
            shown = " ".join(f"*{suffix}" for suffix in self.note.suffixes)
            found, _ = QFileDialog.getOpenFileName(self, label, start, f"{shown};;(*)" if shown else "")
        if found:
            self.take(found)

    def take(self, path: str) -> None:
        """Ask for this path, as if it had been typed."""
        self.editor.setText(path)
        self._take(final=True)

    def relook(self) -> None:
        super().relook()
        if self.button is not None:
            self.button.setAccessibleDescription(self.label)

    def _place(self) -> None:
        wide = self.button.sizeHint().width() if self.button is not None else 0
        top, high, gap = round(self.px(LABEL)), round(self.px(LINE)), round(self.px(GAP))
        self.editor.setGeometry(0, top, self.width() - (wide + gap if wide else 0), high)
        if self.button is not None:
            self.button.setGeometry(self.width() - wide, top, wide, high)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = self._dropped(event)
        if path is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.take(path)

    def _dropped(self, event: QDropEvent) -> str | None:
        """The one folder or file that is held over the row, if it is of the wanted kind."""
        places = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if len(places) != 1 or places[0].is_dir() != self.note.folder:
            return None
        return str(places[0])
