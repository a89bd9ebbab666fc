"""A hand that uses the window at random, or along a tour: `walk.py NAME '["argument"]'` prints what it met as JSON.

The window is the real program's, in this process; the events are Qt's own, sent to the widgets on the screen.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "faults")]

import faulthandler  # noqa: E402

faulthandler.enable()
faulthandler.dump_traceback_later(float(os.environ.get("DUMP", "150")), exit=True)
from hand import close_popup, family, live, main, told  # noqa: E402

Scenario = Iterator[Callable[[], Any]]
LONG = 0.1              # seconds
QUIET = 0.0055          # seconds that slowness' piece of work takes on the machine where the bars were set
WARM = 100              # actions after which a walk has everything it needs
PAUSES = (0.0, 0.02, 0.05, 0.1, 0.2)            # seconds between two actions: a quick hand
SIZES = ((800, 500), (1440, 900), (1920, 1080), (640, 420), (1024, 700))


class Heart:
    """Beats in the event loop; a gap is what the window's own thread needed between two beats, and what the wall says.

    It is the wall's time without that in which the thread could have run and another had the processor (the kernel counts
    it for each thread): a test machine has neighbours, but waiting for a disk, a pipe or a lock is the window's own fault.
    """

    def __init__(self, window: Any) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.own: list[float] = []
        self.wall: list[float] = []
        self.clock = _clock()
        self.last = (self.clock(), time.monotonic())
        self.doing = ""
        self.slow = slowness()
        self.long: list[tuple[float, str]] = []
        self.timer = QTimer(window, interval=5)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.beat)
        self.timer.start()

    def beat(self) -> None:
        now = (self.clock(), time.monotonic())
        self.own.append(now[0] - self.last[0])
        self.wall.append(now[1] - self.last[1])
        if self.own[-1] > LONG:
            self.long.append((round(self.own[-1], 3), self.doing))
        self.last = now

    def report(self) -> dict[str, Any]:
        self.slow = max(self.slow, slowness())
        own, wall = sorted(self.own), sorted(self.wall)
        return {"slowness": self.slow, "beats": len(own), "p99": own[int(len(own) * 0.99)], "most": own[-1],
                "long": self.long, "wall_p99": wall[int(len(wall) * 0.99)], "wall_most": wall[-1]}


def _clock() -> Callable[[], float]:
    """Seconds of the wall in which this thread ran or waited of its own will; its processor time where nothing more is told."""
    try:
        told = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        if len(os.pread(told, 99, 0).split()) != 3:
            return time.thread_time
    except OSError:
        return time.thread_time
    return lambda: time.monotonic() - int(os.pread(told, 99, 0).split()[1]) / 1e9


def state() -> dict[str, float]:
    """What a long session must not heap up."""
    import psutil

    gc.collect()
    process = psutil.Process()
    return {"megabytes": process.memory_info().rss / 1e6, "threads": process.num_threads(), "handles": process.num_fds(),
            "processes": len(process.children(recursive=True)), "objects": len(gc.get_objects()) + gc.get_freeze_count()}


def slowness() -> float:
    """How much longer than on a quiet machine a fixed piece of work takes now: neighbours slow our own seconds too."""
    took = []
    for _ in range(7):
        began, total = time.thread_time(), 0
        for number in range(200_000):
            total += number * number
        took.append(time.thread_time() - began)
    return max(1.0, sorted(took)[3] / QUIET)


def settled(seconds: float, clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    end = clock() + seconds
    return lambda: clock() > end


# one action of a hand at random -----------------------------------------------------------------------------------------


class Hand:
    """Clicks, drags, types, wheels, resizes; whatever is on the screen is fair."""

    def __init__(self, window: Any, seed: int, files: list[Path]) -> None:
        self.window, self.rng, self.files = window, random.Random(seed), files

    def widgets(self, kind: type) -> list[Any]:
        """The visible, enabled widgets of a kind in the topmost window, in the order of their places."""
        from PySide6.QtCore import QPoint
        from PySide6.QtWidgets import QApplication

        top = QApplication.activeModalWidget() or self.window
        found = [w for w in top.findChildren(kind) if w.isVisible() and w.isEnabled() and w.width() > 3 and w.height() > 3]
        return sorted(found, key=lambda w: (w.mapToGlobal(QPoint(0, 0)).toTuple(), type(w).__name__))

    def one_of(self, kind: type) -> Any:
        found = self.widgets(kind)
        return self.rng.choice(found) if found else None

    def point(self, widget: Any) -> Any:
        from PySide6.QtCore import QPoint

        return QPoint(self.rng.randrange(widget.width()), self.rng.randrange(widget.height()))

    def act(self) -> str:
        """Do one thing; returns its name."""
        acts = [(self.click, 6), (self.drag_slider, 5), (self.drag_picture, 4), (self.wheel, 3), (self.key, 8), (self.type, 3),
                (self.resize, 1), (self.open, 1.5), (self.timeline, 2), (self.double_click, 2), (self.hover, 2), (self.look, 0.5),
                (self.right_click, 1), (self.drop, 0.5), (self.link, 1)]
        chosen = self.rng.choices([a for a, _ in acts], [w for _, w in acts])[0]
        return chosen.__name__ + ": " + str(chosen() or "")

    def click(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QAbstractButton

        button = self.one_of(QAbstractButton)
        if button is None:
            return ""
        name = button.accessibleName() or type(button).__name__
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())
        close_popup()
        return str(name)

    def drag(self, widget: Any, stops: int) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=self.point(widget))
        for _ in range(stops):
            QTest.mouseMove(widget, self.point(widget))
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=self.point(widget))

    def drag_slider(self) -> str:
        from app.widgets.slider import Track

        track = self.one_of(Track)
        if track is not None:
            self.drag(track, 4)
        return track.accessibleName() if track is not None else ""

    def drag_picture(self) -> str:
        from app.widgets.canvas_widget import CanvasWidget

        picture = self.one_of(CanvasWidget)
        if picture is not None:
            handles = [(p, m) for p in picture.canvas.plots().values() for m in p.view.marks.values() if hasattr(m, "sets")]
            if handles and self.rng.random() < 0.7:
                self.drag_handle(picture, *self.rng.choice(handles))
            else:
                self.drag(picture, 3)
        return ""

    def drag_handle(self, picture: Any, plot: Any, handle: Any) -> None:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        x, y = plot.box.px(handle.x, handle.y)[0]
        QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=QPoint(int(x), int(y)))
        for _ in range(3):
            QTest.mouseMove(picture, self.point(picture))
        QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=self.point(picture))

    def timeline(self) -> str:
        from app.widgets.timeline import Timeline

        line = self.one_of(Timeline)
        if line is not None:
            self.drag(line, 2)
        return ""

    def wheel(self) -> str:
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtGui import QWheelEvent
        from PySide6.QtWidgets import QApplication, QWidget

        widget = self.one_of(QWidget)
        at = QPointF(self.point(widget))
        keys = self.rng.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
        turn = QPoint(0, self.rng.choice([-360, -120, 120, 360]))
        QApplication.sendEvent(widget, QWheelEvent(at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), turn,
                                                   Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False))
        return type(widget).__name__

    def key(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        key, control, alt = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
        none, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
        chosen, keys = self.rng.choice([
            (key.Key_Space, none), (key.Key_Period, none), (key.Key_Comma, none), (key.Key_Right, none), (key.Key_Left, none),
            (key.Key_Up, none), (key.Key_Down, none), (key.Key_Home, control), (key.Key_R, control), (key.Key_Z, control),
            (key.Key_Y, control), (key.Key_D, control), (key.Key_0, control), (key.Key_E, control), (key.Key_L, control),
            (key.Key_T, control), (key.Key_K, control), (key.Key_F, control), (key.Key_F1, none), (key.Key_F5, none),
            (key.Key_Left, alt), (key.Key_Right, alt), (key.Key_Tab, none), (key.Key_Backtab, shift), (key.Key_Return, none),
            (key.Key_Delete, none), (key.Key_C, control | shift), (key.Key_X, control | shift), (key.Key_D, control | shift),
            (key.Key_PageUp, none), (key.Key_End, none), (key.Key_Backspace, control)])
        target = QApplication.focusWidget() or QApplication.activeModalWidget() or self.window
        QTest.keyClick(target, chosen, keys)
        self.put_away()
        return f"{chosen.name} {keys.name}"

    def put_away(self) -> None:
        """Most dialogs, presentations and popups are left soon: the walk is to see more than one of them."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        close_popup()
        dialog = QApplication.activeModalWidget()
        if dialog is not None and self.rng.random() < 0.5:
            QTest.keyClick(dialog, Qt.Key.Key_Escape)

    def type(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

        field = self.one_of(self.rng.choice([QLineEdit, QLineEdit, QPlainTextEdit]))
        if field is None:
            return ""
        words = self.rng.choice(["3", "-1", "1e9", "0.25", "abc", "x^2+sin(3*x)", "clt", "tidu", "", "[[1,2]]", "9" * 40, "17/3"])
        QTest.mouseClick(field, Qt.MouseButton.LeftButton)
        field.selectAll()
        QTest.keyClicks(field, words)
        if self.rng.random() < 0.8:
            QTest.keyClick(field, self.rng.choice([Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape]))
        return words

    def resize(self) -> str:
        size = self.rng.choice(SIZES)
        if not self.window.isFullScreen():
            self.window.resize(*size)
        return f"{size[0]}x{size[1]}"

    def open(self) -> str:
        entry = self.rng.choice(self.window.catalog.entries)
        self.window.open(entry.id)
        return str(entry.id)

    def double_click(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QWidget

        widget = self.one_of(QWidget)
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=self.point(widget))
        self.put_away()
        return type(widget).__name__

    def right_click(self) -> str:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from app.widgets.canvas_widget import CanvasWidget

        picture = self.one_of(CanvasWidget)
        if picture is not None:
            QTest.mouseClick(picture, Qt.MouseButton.RightButton, pos=self.point(picture))
        return ""

    def hover(self) -> str:
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QWidget

        widget = self.one_of(QWidget)
        for _ in range(3):
            QTest.mouseMove(widget, self.point(widget))
        return type(widget).__name__

    def look(self) -> str:
        self.rng.choice([self.window.preferences.toggle_theme, self.window.preferences.toggle_language])()
        return ""

    def link(self) -> str:
        """A link of the lesson, a preset, an experiment's start."""
        if self.window.session is not None and self.window.session.entry.presets:
            name = self.rng.choice(sorted(self.window.session.entry.presets))
            self.window.session.preset(name)
            return name
        return ""

    def drop(self) -> str:
        """A file is dropped on the window: a figure, or anything else."""
        path = self.rng.choice(self.files)
        self.window.open_figure(path)
        return path.name


def walk(window: Any, seed: str, count: str, folder: str) -> Scenario:
    """So many actions at random; every file that is asked for is one of the folder's."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QApplication, QFileDialog

    files = sorted(Path(folder).iterdir())
    hand = Hand(window, int(seed), files)
    QFileDialog.getOpenFileName = lambda *a, **k: (str(hand.rng.choice([*files, ""])), "")  # type: ignore[method-assign,assignment]
    QFileDialog.getSaveFileName = lambda *a, **k: (str(hand.rng.choice([Path(folder) / "saved.png", ""])), "")  # type: ignore[method-assign,assignment]
    QDesktopServices.openUrl = lambda url: True  # type: ignore[method-assign,assignment]

    class Stay(QObject):
        """The user says no when asked to quit."""

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Close and watched is window:
                event.ignore()
                return True
            return False

    window.open("mathematics.clt")
    yield live(window)
    stay = Stay()
    window.installEventFilter(stay)
    heart = Heart(window)
    told["actions"] = []
    for number in range(int(count)):
        if number == WARM:
            told["before"] = state()
        before = len(told["raised"]) + len(told["warnings"])
        heart.doing = hand.act()
        told["actions"].append(heart.doing)
        yield settled(hand.rng.choice(PAUSES), heart.clock)         # as long as on a machine without neighbours
        if len(told["raised"]) + len(told["warnings"]) > before:
            told.setdefault("after", []).append(told["actions"][-3:])
    told["gaps"] = heart.report()
    heart.timer.stop()
    window.removeEventFilter(stay)
    for dialog in [w for w in QApplication.topLevelWidgets() if w is not window and w.isVisible()]:
        dialog.close()
    if window.presenting:
        window.present()
    window.resize(1440, 900)
    window.open("mathematics.clt")
    window.session.ask_params(window.session.concept.default())
    window.session.restart()
    yield live(window)
    yield lambda: window.session.fault is None and window.session.player.index > 3
    told["alive"], told["after_all"] = window.stage.picture.isVisible(), state()
    told["actions"] = len(told["actions"])


def soak(window: Any, rounds: str) -> Scenario:
    """Every concept opened and left again, round after round; what there is after each round."""
    heart, told["rounds"] = Heart(window), []
    for _ in range(int(rounds)):
        for entry in window.catalog.entries:
            heart.doing = entry.id
            window.open(entry.id)
            yield lambda: window.session.shown is not None
            yield settled(0.05)
            if window.session.concept.kind == "training":
                window.session.playback.pause()      # one that plays goes on in the background, and heaps up its frames
            window.go_home()
            yield settled(0.0)
        told["rounds"].append(state())
    told["gaps"] = heart.report()


def trains_and_leaves(window: Any, concept: str) -> Scenario:
    """A training is running, with a value of the user's, when the window is closed."""
    window.open(concept)
    yield live(window)
    session = window.session
    yield lambda: session.player.index > 0 or session.recording.last_index > 0
    name, value = other_value(session.concept.Params)
    session.ask({name: value})
    yield lambda: session.shown.live and getattr(session.shown.params, name) == value
    session.playback.play()
    yield lambda: session.recording.last_index > 0
    told["family"], told["playing"], told["set"] = family(), session.player.playing, [name, value]


def other_value(params_type: Any) -> tuple[str, Any]:
    """A number that restarts a run, a little above its default: what a user might have set."""
    from engine.core.params import schema

    spec = next(s for s in schema(params_type) if s.type == "float" and s.effect != "view" and s.default < s.max)
    return spec.name, min(spec.max, spec.default * 1.25 or spec.max / 4)


def comes_back(window: Any, concept: str, name: str) -> Scenario:
    """What was left is there again."""
    window.open(concept)
    yield live(window)
    told["value"] = getattr(window.session.requested, name)
    told["toast"] = window.toast.words.text() if window.toast.isVisible() else ""


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    code = main("", json.loads(sys.argv[2]), sys.argv[3:], play=globals()[sys.argv[1]])
    sys.stdout.flush()
    sys.exit(code)
