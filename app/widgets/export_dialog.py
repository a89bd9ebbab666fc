"""The export dialog: format, size, colours and language, a preview, then a file; clips are written while the window lives."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QWidget

from app.export import (
    CLIPS,
    PICTURES,
    Compared,
    Exported,
    Figure,
    export_steps,
    parse_size,
    suffixes_for,
    wide_size,
)
from app.export.played import values_of
from app.host import LaneHost
from app.look import Look, sentence
from app.playing import on_lanes, playable_in
from app.provenance import Zoom
from app.recording import Recording
from app.session import Session
from app.settings import SettingsFile
from app.stage import Stage
from app.widgets.buttons import Button
from app.widgets.dialogs import Card
from app.widgets.dropdown import Dropdown
from app.widgets.segmented import Segmented
from engine.core.faults import LoupeError
from engine.core.params import Parameter
from panels.kit.canvas import Ghost

WAIT_MS = 10                    # between looks at a lane that computes a picture of the clip
THEMES, LANGUAGES = ("light", "dark", "print"), ("en", "zh")


def figure_of_session(session: Session, language: str, zoom: Zoom, ghosts: tuple[Ghost, ...] = ()) -> Figure:
    """What a session shows, as something to export."""
    shown = session.shown
    assert shown is not None
    recording = session.recording
    if not len(recording):                      # a recorded first picture, before the live one has landed
        recording = Recording(shown.params)
        recording.add(shown.index, shown.frame, shown.params)
    return Figure(session.entry, session.concept, shown.params, recording, shown.index, dict(session.layers),
                  language=language, device=session.device, edits=recording.edits, zoom=zoom, ghosts=ghosts)


def figure_of(session: Session, stage: Stage) -> Figure:
    """What a stage shows, with its pins."""
    return figure_of_session(session, stage.look.language, dict(stage.canvas.zoom), tuple(stage.pins))


class Preview(QWidget):
    """The picture as it will be, small."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.figure: Exported | None = None
        self.setMinimumSize(380, 280)

    def show_figure(self, figure: Exported | None) -> None:
        self.figure = figure
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.look.theme.color("surface_sunken"))
        if self.figure is None:
            return
        wide, high = self.figure.size.logical_width, self.figure.size.logical_height
        factor = min((self.width() - 24) / wide, (self.height() - 24) / high)
        painter.translate((self.width() - wide * factor) / 2, (self.height() - high * factor) / 2)
        painter.scale(factor, factor)
        painter.setClipRect(QRectF(0, 0, wide, high))
        with contextlib.suppress(LoupeError):
            self.figure.paint(painter, QRectF(0, 0, wide, high))


class ExportDialog(Card):
    """Choose how, then where; progress and cancel while it is written."""

    said = Signal(str)

    def __init__(self, look: Look, figure: Exported, file: SettingsFile, parent: QWidget,
                 host: LaneHost | None = None) -> None:
        super().__init__(look, "window.export.title", parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.figure, self.file, self.host = figure, file, host
        self._steps: Iterator[tuple[int, int]] | None = None
        self._path = Path()
        tr = look.tr
        self.playable = playable_in(figure) if isinstance(figure, Figure | Compared) and host is not None else []
        self.runs = len(figure.indices()) > 1
        self.suffixes = suffixes_for(figure, clips=self.runs or bool(self.playable))
        self.format = Dropdown(look, [tr(f"window.export.kinds.{s[1:].replace('.', '_')}") for s in self.suffixes])
        self.size_field, self.dpi = QLineEdit(self._size(".png")), QLineEdit("")
        ways = ([tr("window.export.run")] if self.runs else []) + [self._label(spec.name) for spec in self.playable]
        self.played, self.span = Dropdown(look, ways), QLineEdit("")
        self.theme = Segmented(look, [tr(f"window.export.{t}") for t in THEMES])
        self.language = Segmented(look, ["English", "中文"])
        self.played.set_current(0)
        self.theme.set_current(THEMES.index("print"))
        self.language.set_current(LANGUAGES.index(look.language))
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.preview = Preview(look)
        self.bar = QProgressBar()
        self.bar.hide()
        self.save = Button(look, "window.export.choose", "download", "primary")
        self.cancel = Button(look, "window.export.cancel")
        self._build()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._write_some)
        self.refresh()

    def _build(self) -> None:
        look = self.look
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("format", self.format), ("played", self.played), ("span", self.span), ("size", self.size_field),
            ("dpi", self.dpi), ("theme", self.theme), ("language", self.language))
        self.labels = {}
        for row, (key, widget) in enumerate(rows):
            label = self.labels[key] = QLabel(look.tr(f"window.export.{key}"))
            label.setFont(look.font("label"))
            label.setStyleSheet(f"color: {look.theme.hex('ink_soft')};")
            widget.setAccessibleName(label.text())
            widget.setFont(look.font("body"))
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        self.size_field.setToolTip(look.tr("window.export.size_hint"))
        self.span.setPlaceholderText(look.tr("window.export.span_hint"))
        self.fault.setFont(look.font("label", weight=400))
        self.fault.setStyleSheet(f"color: {look.theme.hex('error')};")
        self.column.addWidget(self.preview, 1)
        self.column.addLayout(grid)
        self.column.addWidget(self.fault)
        self.column.addWidget(self.bar)
        row_ = QHBoxLayout()
        row_.addStretch(1)
        row_.addWidget(self.cancel)
        row_.addWidget(self.save)
        self.column.addLayout(row_)
        self.resize(560, 640)
        self.format.chosen.connect(self._format_chosen)
        self.played.chosen.connect(lambda _: self.refresh())
        self.span.textChanged.connect(lambda _: self.refresh())
        self.theme.chosen.connect(lambda _: self.refresh())
        self.language.chosen.connect(lambda _: self.refresh())
        self.size_field.textChanged.connect(lambda _: self.refresh())
        self.dpi.textChanged.connect(lambda _: self.refresh())
        self.save.clicked.connect(self._choose)
        self.cancel.clicked.connect(self._cancel)

    @property
    def suffix(self) -> str:
        return self.suffixes[max(0, self.format.current)]

    def _format_chosen(self, number: int) -> None:
        self.size_field.setText(self._size(self.suffix))
        self.refresh()

    def _size(self, suffix: str) -> str:
        return wide_size(Path(f"x{suffix}"), len(self.figure.figures) if isinstance(self.figure, Compared) else 1)

    def _label(self, name: str) -> str:
        words = self.figure.entry.params.get(name)
        return words.label(self.look.language) if words else name

    @property
    def spec(self) -> Parameter | None:
        """The parameter that the clip plays; None where it is of the run, or no clip."""
        number = max(0, self.played.current) - self.runs
        return self.playable[number] if self.suffix in CLIPS and 0 <= number < len(self.playable) else None

    def wanted(self) -> Exported:
        """The figure as the fields ask for it; LoupeError says what is wrong with them."""
        figure: Exported = self.figure
        if self.spec is not None and self.host is not None and isinstance(figure, Figure | Compared):
            values = values_of(self.spec, self.span.text().strip(), figure.entry.value_words(self.spec.name)[0])
            figure = on_lanes(figure, self.host, self.spec, values)
        dpi = float(self.dpi.text()) if self.dpi.text().strip() else None
        size = parse_size(self.size_field.text().strip() or None, dpi, default=self._size(self.suffix))
        return replace(figure, size=size, theme=THEMES[max(0, self.theme.current)],
                       language=LANGUAGES[max(0, self.language.current)])

    def refresh(self) -> None:
        """Bring the preview and the fault up to date."""
        drawn = self.suffix in PICTURES or self.suffix in CLIPS
        fields: dict[str, QWidget] = {"size": self.size_field, "dpi": self.dpi, "theme": self.theme, "language": self.language}
        for key, widget in fields.items():
            widget.setVisible(drawn)
            self.labels[key].setVisible(drawn)
        self.preview.setVisible(drawn)
        ways = {"played": self.suffix in CLIPS and bool(self.playable),
                "span": self.spec is not None and self.spec.type in ("int", "float")}
        for key, shown in ways.items():
            getattr(self, key).setVisible(shown)
            self.labels[key].setVisible(shown)
        try:
            figure = self.wanted()
            self.fault.setText("")
            self.preview.show_figure(figure)
        except ValueError:
            self.fault.setText(self.look.tr("window.export.size_hint"))
        except LoupeError as fault:
            self.fault.setText(sentence(fault, self.look.language))
        self.save.setEnabled(not self.fault.text())

    def _choose(self) -> None:
        name = f"{self.figure.entry.name}{self.suffix}"
        folder = Path(self.file.settings.folder) if self.file.settings.folder else Path.home()
        chosen, _ = QFileDialog.getSaveFileName(self, self.look.tr("window.export.choose"), str(folder / name), f"*{self.suffix}")
        if chosen:
            path = Path(chosen)
            self.write(path if path.suffix else path.with_suffix(self.suffix))

    def write(self, path: Path) -> None:
        """Begin to write the file."""
        self.file.change(folder=str(path.parent))
        self._path = path
        try:
            self._steps = export_steps(self.wanted(), path)
        except LoupeError as fault:
            self.fault.setText(sentence(fault, self.look.language))
            return
        self.save.setEnabled(False)
        self.fault.setText("")
        self.bar.show()
        self._timer.start()

    def _write_some(self) -> None:
        assert self._steps is not None
        try:
            done, total = next(self._steps)
            self.bar.setMaximum(total)
            self._timer.setInterval(WAIT_MS if self.bar.value() == done else 0)
            self.bar.setValue(done)
        except StopIteration:
            self._end(self.look.tr("window.export.written", name=self._path.name))
        except LoupeError as fault:
            self._timer.stop()
            self._steps = None
            self.bar.hide()
            self.save.setEnabled(True)
            self.fault.setText(sentence(fault, self.look.language))

    def _end(self, words: str) -> None:
        self._timer.stop()
        self._steps = None
        self.said.emit(words)
        self.accept()

    def _cancel(self) -> None:
        if self._steps is not None:
            with contextlib.suppress(AttributeError):
                self._steps.close()  # type: ignore[attr-defined]
            self._end(self.look.tr("window.export.stopped"))
            return
        self.reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._steps is not None:
            self._cancel()
        super().closeEvent(event)
