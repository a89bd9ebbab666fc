"""The transport: back, play, forward, the timeline, the counter, speed, loop and restart."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import Look
from app.player import SPEEDS
from app.session import Session
from app.widgets.base import Looked
from app.widgets.style import elided, text_width, themed_menu, write
from app.widgets.swept import Swept, can_be_swept
from app.widgets.timeline import Line, Phase, Timeline
from app.widgets.transport_buttons import STEP, PlayButton, StepButton, TextButton

HEIGHT, SMALL_HEIGHT, PLAY, SMALL_PLAY = 68, 52, 34, 30
SIDE, SPEED = 12, 42                            # px: outer margin, the speed button
UNITS = 1000.0                                  # of a sweep's axis from end to end
GROWS_FROM = 16                                 # frames on the axis of a run whose length is not known


class Transport(Looked, QWidget):
    """Plays the run of a session, or sweeps a parameter of a concept that is a function."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.session, self.look, self.small = session, look, False
        self.sweep = Swept(session)
        self.back = StepButton(look, "back", "transport.back", self)
        self.play = PlayButton(look, self)
        self.forward = StepButton(look, "forward", "transport.forward", self)
        self.timeline = Timeline(look, self)
        self.swept = TextButton(look, "transport.sweep", self)
        self.speed = TextButton(look, "transport.speed", self)
        self.loop = StepButton(look, "loop", "transport.loop", self)
        self.restart = StepButton(look, "restart", "transport.restart", self)
        self.loop.setCheckable(True)
        self._phases: tuple[Any, tuple[Phase, ...]] = (None, ())
        self._counter = ("", "")
        self._connect()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin_look(look)

    def _connect(self) -> None:
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.play.clicked.connect(self.toggle)
        self.restart.clicked.connect(self.start_again)
        self.loop.toggled.connect(self._loop)
        self.speed.clicked.connect(self._choose_speed)
        self.swept.clicked.connect(self._choose_swept)
        self.timeline.sought.connect(self._seek)
        self.timeline.stepped.connect(self.step)
        for signal in (self.session.recording_changed, self.session.status_changed, self.session.frame_shown,
                       self.sweep.changed):
            signal.connect(self.refresh)

    # what it does ---------------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Play or pause; from the first frame again once the run has ended and is at its end."""
        if self.session.player.playing:
            self.session.playback.pause()
        elif self.sweep.active:
            self.sweep.play()
        else:
            self.session.playback.play()

    def step(self, count: int) -> None:
        """So many frames on (or back), or values of the swept parameter."""
        if self.sweep.active:
            self.sweep.step(count)
        else:
            self.session.playback.step(count)

    def start_again(self) -> None:
        """Run again from the first frame, or sweep from the start."""
        if self.sweep.active:
            self.sweep.seek(0.0)
            self.sweep.play()
        else:
            self.session.restart()

    def _seek(self, at: float, final: bool) -> None:
        if self.sweep.active:
            self.sweep.seek(at / UNITS, final=final)
        else:
            self.session.playback.seek(round(at))

    def _loop(self, on: bool) -> None:
        self.session.player.loop = on

    def _choose_speed(self) -> None:
        menu = themed_menu(self.look, self)
        for speed in SPEEDS:
            action = menu.addAction(speed_text(speed))
            action.setCheckable(True)
            action.setChecked(speed == self.session.player.speed)
            action.triggered.connect(lambda _on=False, s=speed: self.set_speed(s))
        menu.exec(self.speed.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))
        menu.deleteLater()

    def set_speed(self, speed: float) -> None:
        """How fast it plays, against 24 frames a second."""
        self.session.player.set_speed(speed)
        self.session.status_changed.emit()

    def _choose_swept(self) -> None:
        menu = themed_menu(self.look, self)
        if self.session.concept.kind != "function":
            action = menu.addAction(self.look.tr("transport.run"))
            action.setCheckable(True)
            action.setChecked(not self.sweep.active)
            action.triggered.connect(lambda: self.sweep.choose(None))
        for spec in can_be_swept(self.session):
            action = menu.addAction(self._label(spec.name))
            action.setCheckable(True)
            action.setChecked(self.sweep.active and self.sweep.spec is not None and spec.name == self.sweep.spec.name)
            action.triggered.connect(lambda _on=False, n=spec.name: self.sweep.choose(n))
        menu.exec(self.swept.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))
        menu.deleteLater()

    def _label(self, name: str) -> str:
        words = self.session.entry.params.get(name)
        return words.label(self.look.language) if words else name

    # what it shows --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show where the player, or the sweep, stands."""
        sweeping = self.sweep.active
        self.play.set_playing(self.session.player.playing)
        self.speed.say(speed_text(self.session.player.speed))
        if self.loop.isChecked() != self.session.player.loop:
            self.loop.setChecked(self.session.player.loop)
        self.timeline.set_line(self._sweep_line() if sweeping else self._run_line())
        offered = self.sweep.offered and (sweeping or not self.small)
        spec = self.sweep.spec
        self.swept.say(self._label(spec.name) if sweeping and spec is not None else self.look.tr("transport.run"))
        counter = self._sweep_counter() if sweeping else self._run_counter()
        if counter != self._counter or self.swept.isHidden() == offered:
            wider = len(counter[1]) != len(self._counter[1]) or self.swept.isHidden() == offered
            self._counter = counter
            if wider:
                self._place()
            self.update()

    def _run_line(self) -> Line:
        recording, player = self.session.recording, self.session.player
        history = recording.history()
        main = next((n for n, words in self.session.entry.metrics.items() if words.main), "")
        y = history.get(main)
        end = float(axis_end(recording.last_index, recording.ended, self.session.concept.rest))
        x = history.get("index", np.zeros(0))
        return Line(end, float(min(player.index, end)), float(max(0, recording.last_index)),
                    x if y is not None else np.zeros(0), y if y is not None else np.zeros(0), self._named_phases(end))

    def _named_phases(self, end: float) -> tuple[Phase, ...]:
        recording = self.session.recording
        key = (id(recording), recording.last_index, recording.ended, self.look.language, end)
        if self._phases[0] != key:
            found = recording.phases()
            starts = [first for _, first, _ in found] + [end]
            words = self.session.entry.words
            self._phases = (key, tuple(
                Phase(words("phases", name, "", self.look.language) or name, float(first), float(starts[n + 1]))
                for n, (name, first, _) in enumerate(found)))
        return self._phases[1]

    def _sweep_line(self) -> Line:
        main = next((n for n, words in self.session.entry.metrics.items() if words.main), "")
        seen = sorted((f, m[main]) for f, m in self.sweep.seen.items() if isinstance(m.get(main), int | float))
        x, y = np.array([f * UNITS for f, _ in seen]), np.array([v for _, v in seen], float)
        return Line(UNITS, self.sweep.fraction * UNITS, UNITS, x, y)

    def _run_counter(self) -> tuple[str, str]:
        """Where the player is, and the longest text that may stand there."""
        recording, player, language = self.session.recording, self.session.player, self.look.language
        frame = self.session.shown.frame if self.session.shown is not None else None
        if "time" in self.session.entry.metrics and hasattr(frame, "time") and len(recording):
            unit = self.session.entry.value_words("time")[1]
            now = self.session.entry.format_value("time", getattr(frame, "time", None), language)
            whole = self.session.entry.format_value("time", recording.at(len(recording)).frame.time, language)
            text = f"{now} / {whole if recording.ended else '…'} {unit}".rstrip()
            return text, f"{whole} / {whole} {unit}".rstrip()
        end = axis_end(recording.last_index, recording.ended, self.session.concept.rest)
        known = recording.ended or (self.session.concept.rest or 0) >= recording.last_index > -1
        total = str(end) if known and end else "…"
        return f"{player.index} / {total}", f"{end} / {end}"

    def _sweep_counter(self) -> tuple[str, str]:
        spec, entry, language = self.sweep.spec, self.session.entry, self.look.language
        assert spec is not None
        unit = entry.value_words(spec.name)[1]
        texts = [f"{entry.format_value(spec.name, v, language)} {unit}".rstrip() for v in (self.sweep.value, spec.min, spec.max)]
        return texts[0], max(texts, key=len)

    # looks ----------------------------------------------------------------------------------------------------------

    def set_small(self, small: bool) -> None:
        """52 px, only play and the current phase, for small windows."""
        self.small = small
        self.timeline.set_small(small)
        self._look_changed()

    def relook(self) -> None:
        self.setFixedHeight(round(self.px(SMALL_HEIGHT if self.small else HEIGHT)))
        self.setAccessibleName(self.look.tr("transport.name"))
        self._phases = (None, ())
        self.refresh()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(600, self.height())

    def _place(self) -> None:
        middle, sweeping = self.height() / 2, self.sweep.active
        left = self._place_left(middle)
        right = float(self.width() - self.px(SIDE if not self.small else 16))
        buttons = [] if self.small else [self.restart] if sweeping else [self.restart, self.loop]
        for button in (self.restart, self.loop):
            button.setVisible(button in buttons)
        for button in buttons:
            right -= self.px(STEP)
            self._put(button, right, middle, self.px(STEP), self.px(STEP))
            right -= self.px(4)
        right -= self.px(SPEED) + (self.px(4) if buttons else 0)
        self._put(self.speed, right, middle, self.px(SPEED), self.px(26))
        right -= self.px(14)
        self._counter_right = right
        right -= text_width(self._counter_font(), self._counter[1])
        offered = self.sweep.offered and (sweeping or not self.small)
        self.swept.setVisible(offered)
        if offered:
            font = self.look.font("label", weight=600)
            wide = min(self.px(150), text_width(font, self.swept.text()) + self.px(18))
            right -= wide + self.px(10)
            self._put(self.swept, right, middle, wide, self.px(26))
        self.timeline.setGeometry(round(left), 1, max(40, round(right - self.px(24) - left)), self.height() - 1)

    def _place_left(self, middle: float) -> float:
        size = self.px(SMALL_PLAY if self.small else PLAY)
        self.back.setVisible(not self.small)
        self.forward.setVisible(not self.small)
        left = self.px(20 if self.small else SIDE)
        if not self.small:
            self._put(self.back, left - self.px(1), middle, self.px(STEP), self.px(STEP))
            left += self.px(STEP + 5)
        self._put(self.play, left, middle, size, size)
        left += size
        if not self.small:
            self._put(self.forward, left + self.px(5), middle, self.px(STEP), self.px(STEP))
            left += self.px(STEP + 5)
        return left + self.px(16)

    def _put(self, widget: QWidget, left: float, middle: float, width: float, height: float) -> None:
        widget.setGeometry(round(left), round(middle - height / 2), round(width), round(height))

    def _counter_font(self) -> Any:
        return self.look.font("body", family="mono")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.ink("surface"))
        painter.fillRect(0, 0, self.width(), 1, self.ink("line"))
        font = self._counter_font()
        width = text_width(font, self._counter[1])
        box = QRectF(self._counter_right - width - 2, 0, width + 3, self.height())
        write(painter, box, elided(font, self._counter[0], width + 3), font, self.ink("ink"), Qt.AlignmentFlag.AlignRight)

    _counter_right = 0.0


def speed_text(speed: float) -> str:
    """A speed as it stands on its button: 1×, 0.25×."""
    return f"{speed:g}×"


def axis_end(last: int, ended: str, rest: int | None) -> int:
    """The last index on the axis: the run's own end once it is known, else enough room, doubling as it grows."""
    if ended:
        return max(1, last)
    end = rest or GROWS_FROM
    while end < last:
        end *= 2
    return end
