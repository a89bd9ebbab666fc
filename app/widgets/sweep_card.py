"""The sweep in the window: what to sweep on the left, the picture growing on the right; a click in it sets parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.atomic import write_bytes
from app.carriers import TEXT_LINE
from app.export import PICTURES, export
from app.look import Look, sentence
from app.recording import Recording
from app.session import Session
from app.settings import SettingsFile
from app.sweep_run import SweepRun, words_of
from app.swept_picture import SweptFigure, SweptView
from app.swept_table import SweptTable
from app.widgets.axis_values import reading_text
from app.widgets.buttons import Button
from app.widgets.canvas_widget import CanvasWidget
from app.widgets.sweep_form import SweepForm, quiet
from engine.core.faults import LoupeError
from panels.kit.canvas import Canvas
from panels.kit.mark import Reading
from panels.kit.panel import Shown
from panels.kit.plot import Plot

if TYPE_CHECKING:
    from app.window import Window

WIDTH, HEIGHT, FORM = 980, 600, 236
SUFFIXES = (*PICTURES, ".csv")
CLICK = 4               # px that the pointer may move between press and release of a click


class SweptPicture(CanvasWidget):
    """Shows a sweep; a click says where in it."""

    clicked = Signal(str, float, float)         # view, x, y

    def __init__(self, look: Look) -> None:
        super().__init__(look, Canvas(look.theme, look.language))
        self._pressed: QPointF | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at, pressed, self._pressed = event.position(), self._pressed, None
        plot = self.canvas.plot_at(at)
        if plot is not None and pressed is not None and (at - pressed).manhattanLength() < CLICK:
            self.clicked.emit(plot.view.name, plot.box.x.data(at.x()), plot.box.y.data(at.y()))


class SweepCard(QDialog):
    """Sweeps the open concept; the window stays usable beside it."""

    said = Signal(str)

    def __init__(self, look: Look, session: Session, file: SettingsFile, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.look, self.session, self.file = look, session, file
        self.table: SweptTable | None = None
        self.running: SweepRun | None = None
        self._base: Any = session.requested         # the parameters that were swept from
        self.form, self.picture = SweepForm(look, session), SweptPicture(look)
        self.note, self.bar = QLabel(), QProgressBar()
        self.go = Button(look, "sweep.run", "play", "primary")
        self.save = Button(look, "sweep.save", "download")
        self._build()
        self.form.changed.connect(self._look_over)
        self.form.metric_changed.connect(self.redraw)
        self.go.clicked.connect(self._run_or_stop)
        self.save.clicked.connect(self._choose_file)
        self.picture.clicked.connect(self._set)
        self.picture.read_out = self._read
        session.requested_changed.connect(self._requested)
        session.destroyed.connect(self.close)
        look.changed.connect(self.restyle)
        self.restyle()
        self.resize(min(WIDTH, parent.width() - 40), min(HEIGHT, parent.height() - 60))

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.form)
        left.addWidget(self.note)
        left.addWidget(self.bar)
        left.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        left.addLayout(buttons)
        side = QWidget()
        side.setFixedWidth(round(FORM * self.look.scale))
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 18, 20, 18)
        row.setSpacing(22)
        row.addWidget(side)
        row.addWidget(self.picture, 1)
        self.note.setWordWrap(True)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.hide()

    # showing --------------------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Take words, fonts and colours from the present look."""
        look = self.look
        self.setWindowTitle(f"{look.tr('sweep.heading')} · {self.session.entry.title(look.language)}")
        self.form.restyle()
        quiet(look, self.note)
        self._look_over()
        self.redraw()

    def _look_over(self) -> None:
        """Say how many runs there will be, or what is wrong; while one runs, how far it is."""
        if self.running is not None:
            return
        try:
            made, _, _ = self.form.wanted()
            text = self.look.tr("sweep.points", count=len(made.points()))
            if self.table is None:
                text += "\n" + self.look.tr("sweep.empty")
            self.go.setEnabled(bool(self.form.names))
        except LoupeError as fault:
            text = sentence(fault, self.look.language)
            self.go.setEnabled(False)
        self.note.setText(text)
        self.save.setEnabled(self.table is not None and self.table.done > 0)

    def view(self) -> SweptView | None:
        """What is shown of the sweep."""
        if self.table is None:
            return None
        return SweptView(self.session.entry, self.session.concept, self.table, self.form.metric_name, self.session.requested)

    def redraw(self) -> None:
        """Draw what is known so far."""
        view = self.view()
        if view is None:
            return
        self.picture.canvas = view.canvas("dark" if self.look.theme.dark else "light", self.look.language)
        self.picture.show_scene(view.panel(), view.frame(), self._base, Shown())

    def _requested(self) -> None:
        self.redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.theme.color("surface"))
        painter.setPen(self.look.theme.color("line"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    # running --------------------------------------------------------------------------------------------------------

    def _run_or_stop(self) -> None:
        if self.running is not None:
            self.running.stop()
            return
        made, over, seeds = self.form.wanted()
        self.table, self._base = SweptTable(made), made.params
        try:
            self.running = SweepRun(words_of(self.session, over, seeds))
        except OSError as fault:
            self.note.setText(str(fault.strerror or fault))
            return
        self.running.came.connect(self._came)
        self.running.ended.connect(self._ended)
        self.go.set_key("sweep.stop", "stop")
        self.form.setEnabled(False)
        self.bar.setMaximum(len(self.table.points))
        self.bar.setValue(0)
        self.bar.show()
        self._came([])

    def _came(self, points: list[tuple[int, Any]]) -> None:
        assert self.table is not None
        for number, metrics in points:
            if metrics is None:
                self.table.failed.add(number)
            else:
                self.table.add(number, metrics)
        self.bar.setValue(self.table.done)
        self.note.setText(self.look.tr("sweep.progress", done=self.table.done, total=len(self.table.points)))
        self.redraw()

    def _ended(self, fault: LoupeError | None) -> None:
        stopped = self.running is not None and self.running.stopped
        self.running = None
        self.go.set_key("sweep.run", "play")
        self.form.setEnabled(True)
        self.bar.hide()
        self._look_over()
        assert self.table is not None
        done, total = self.table.done, len(self.table.points)
        self.note.setText(sentence(fault, self.look.language) if fault is not None else
                          self.look.tr("sweep.stopped" if stopped else "sweep.finished", done=done, total=total))

    def _set(self, view_name: str, x: float, y: float) -> None:
        """The parameters of the clicked point."""
        view = self.view()
        values = view.values_at(view_name, x, y) if view is not None else None
        if values and view is not None:
            self.session.ask(values)
            what = self.look.tr("sweep.set", what=view.said_of(values, self.look.language))
            self.note.setText(what)                 # in a small window the card covers the toast
            self.said.emit(what)

    def _read(self, plot: Plot, reading: Reading) -> str:
        """What the pointer reads: on the map the swept values, for its axes count cells."""
        view = self.view()
        if view is None or plot.view.name != "map" or reading.value is None:
            return reading_text(plot, reading)
        values = view.values_at("map", reading.x, reading.y) or {}
        number = view.entry.format_value(view.metric, reading.value, self.look.language)
        return f"{view.said_of(values, self.look.language)}: {number}"

    # saving ---------------------------------------------------------------------------------------------------------

    def _choose_file(self) -> None:
        folder = Path(self.file.settings.folder) if self.file.settings.folder else Path.home()
        kinds = ";;".join(f"{self.look.tr(f'window.export.kinds.{s[1:]}') if s in PICTURES else 'CSV'} (*{s})" for s in SUFFIXES)
        chosen, kind = QFileDialog.getSaveFileName(self, self.look.tr("sweep.save"),
                                                   str(folder / f"{self.session.entry.name}_sweep.png"), kinds)
        if chosen:
            path = Path(chosen)
            suffix = next((s for s in SUFFIXES if kind.endswith(f"(*{s})")), SUFFIXES[0])
            self.write(path if path.suffix.lower() in SUFFIXES else path.with_name(path.name + suffix))

    def write(self, path: Path) -> None:
        """Write the picture, or the numbers."""
        view = self.view()
        assert view is not None
        figure = SweptFigure(view.entry, view.concept, self._base, Recording(), 0, language=self.look.language,
                             device=self.session.device, view=view)
        try:
            if path.suffix.lower() == ".csv":
                comment = f"{TEXT_LINE.decode()}{figure.provenance().dumps()}\n"
                write_bytes(path, view.table.csv(comment).encode("utf-8"))
            else:
                export(figure, path)
            self.file.change(folder=str(path.parent))
            self.said.emit(self.look.tr("sweep.written", name=path.name))
        except LoupeError as fault:
            self.note.setText(sentence(fault, self.look.language))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.running is not None:
            self.running.close()
            self.running = None
        super().closeEvent(event)


def open_sweep(window: Window) -> SweepCard | None:
    """Show the sweep of the open concept, beside the window's own work."""
    session = window.session
    if session is None or session.shown is None:
        return None
    for card in window.findChildren(SweepCard):
        if card.session is session:
            card.raise_()
            card.activateWindow()
            return card
    made = SweepCard(window.look, session, window.file, window)
    made.said.connect(window.say)
    made.show()
    return made
