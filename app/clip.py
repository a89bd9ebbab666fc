"""What goes to the clipboard: the picture as it is shown, the numbers of every frame, and the command that repeats them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from engine.core.frame import metrics

if TYPE_CHECKING:
    from app.window import Window


class Clip:
    """Copies from a window, and says so."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def picture(self) -> None:
        """The stage's picture as pixels."""
        stage = self.window.stage
        if stage is not None and stage.session.shown is not None:
            front = self.window.comparing.view
            QGuiApplication.clipboard().setImage((front.inner if front else stage.picture).grab().toImage())
            self._say("copied_picture")

    def data(self) -> None:
        """The metrics of every recorded frame as a table, for a spreadsheet."""
        session = self.window.session
        if session is None or not len(session.recording):
            return
        history = session.recording.history()
        names = ["index", *(n for n in metrics(session.recording.at(0).frame) if n in history)]
        rows = ["\t".join(names)]
        columns = zip(*(history[n] for n in names), strict=True)
        rows += ["\t".join("" if v != v else repr(float(v)) for v in row) for row in columns]
        QGuiApplication.clipboard().setText("\n".join(rows))
        self._say("copied_data")

    def command(self) -> None:
        """The command line that makes the picture."""
        if self.window.stage is not None:
            command = self.window.comparing.command() or self.window.stage.command()
            QGuiApplication.clipboard().setText(command)
            self._say("copied_command", command=command)

    def _say(self, key: str, **values: object) -> None:
        self.window.say(self.window.look.tr(f"window.stage.{key}", **values))
