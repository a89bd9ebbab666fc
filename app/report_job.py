"""Writes the notebook as a report in a process of its own, so that the window goes on living."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.look import sentence
from app.notebook_file import write_notebook
from engine.core.faults import LoupeError

if TYPE_CHECKING:
    from app.learning import Learning

MAIN = Path(__file__).resolve().parents[1] / "main.py"


class ReportJob:
    """One report at a time: the command line's own `report`, and a sentence when it is done."""

    def __init__(self, learning: Learning) -> None:
        self.learning = learning
        self._process: QProcess | None = None

    def export(self) -> None:
        """Write the notebook as a report, in a process of its own."""
        if not self.learning.keeper.notebook.items or self._process is not None:
            return
        window = self.learning.window
        suggested = Path(window.settings.folder or Path.home()) / f"{self.learning.keeper.path.stem}.html"
        name, _ = QFileDialog.getSaveFileName(window, self.learning.look.tr("window.actions.note_report"), str(suggested),
                                              "HTML (*.html);;PDF (*.pdf)")
        if name:
            self.export_to(Path(name) if Path(name).suffix else Path(name).with_suffix(".html"))

    def export_to(self, path: Path) -> None:
        """Begin to write the report; a sentence says when it is there, or why not."""
        self.learning.remember(folder=str(path.parent))
        source = self.learning.keeper.path
        if not self.learning.keeper.finish():
            source = Path(tempfile.mkdtemp()) / source.name
            try:
                write_notebook(self.learning.keeper.notebook, source)
            except LoupeError as fault:
                self.learning.window.say(sentence(fault, self.learning.look.language))
                return
        self._process = QProcess(self.learning)
        self._process.finished.connect(partial(self._exported, path))
        language = self.learning.look.language
        self._process.start(sys.executable, [str(MAIN), "report", str(source), "-o", str(path), "--lang", language])
        self.learning.say("report_begun", name=path.name)

    def _exported(self, path: Path, status: int, _how: object = None) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        words = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip().removeprefix("loupe: ")
        process.deleteLater()
        if status == 0:
            self.learning.window.toast.say(self.learning.look.tr("notebook.report_written", name=path.name),
                                           show=partial(_show, path))
        else:
            self.learning.window.say(words.splitlines()[-1] if words else self.learning.look.tr("notebook.report_failed"))

    def close(self) -> None:
        """End a report that is being written; nothing of it is left."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(2000)


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
