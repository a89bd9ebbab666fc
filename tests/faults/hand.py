"""The real program, with a hand that acts in its window: `hand.py SCENARIO '["argument"]' [words of the command line]`.

A scenario is a generator: it acts, and yields a condition to wait for. What it puts in `told` is printed as JSON in the end.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

Scenario = Iterator[Callable[[], Any]]
told: dict[str, Any] = {"warnings": [], "raised": []}
PATIENCE = 40.0


def live(window: Any) -> Callable[[], bool]:
    """Whether a picture of the open concept's own run is on screen."""
    return lambda: window.session is not None and window.session.shown is not None and window.session.shown.live


def family() -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process().children(recursive=True)]


# scenarios ----------------------------------------------------------------------------------------------------------


def opens(window: Any) -> Scenario:
    """Wait for the first live picture, and say what stands on the screen."""
    yield live(window)
    picture = window.stage.picture.grab().toImage()
    told["picture"] = len({picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)})
    end = time.monotonic() + 0.5
    yield lambda: time.monotonic() > end
    told["fault"] = window.file.fault.message if window.file.fault else ""
    told["toast"] = window.toast.words.text() if window.toast.isVisible() else ""


def greets(window: Any) -> Scenario:
    """What the window says when it has just been opened."""
    end = time.monotonic() + 1.0
    yield lambda: time.monotonic() > end
    told["toast"] = window.toast.words.text() if window.toast.isVisible() else ""
    told["open"] = window.session.entry.id if window.session else ""


def trains(window: Any) -> Scenario:
    """Play a training, say which processes there are, and wait to be killed."""
    window.open("deep.mlp")
    yield live(window)
    yield lambda: window.session.player.index > 3
    told["family"] = family()
    print(json.dumps(told), flush=True)
    yield lambda: False


def leaves(window: Any, when: str) -> Scenario:
    """Close the window in the middle of something."""
    if when == "at once":
        return
    window.open("deep.mlp" if when == "training" else "mathematics.clt")
    if when == "starting":
        return
    yield live(window)
    yield lambda: window.session.recording.last_index > 4
    if when == "exporting":
        from app.widgets.export_dialog import ExportDialog

        window.open_export()
        dialog = window.findChild(ExportDialog)
        dialog.format.set_current(dialog.suffixes.index(".mp4"))
        dialog.write(Path(os.environ["LOUPE_HOME"]) / "clip.mp4")
        yield lambda: dialog.bar.value() > 1
    elif when == "dialog":
        window.actions_.open_about()
    elif when == "dragging":
        for value in range(2, 40):
            window.session.ask({"n": value}, final=False)
        yield lambda: True


def exports(window: Any, folder: str) -> Scenario:
    """Write every format from the dialog, into a folder where that cannot be done."""
    from shiboken6 import isValid

    from app.widgets.export_dialog import ExportDialog

    yield live(window)
    yield lambda: window.session.recording.last_index > 4
    window.session.playback.pause()
    told["said"] = {}
    for suffix in (".png", ".svg", ".pdf", ".gif", ".mp4", ".csv", ".json", ".npz", ".py"):
        window.open_export()
        dialog = window.findChild(ExportDialog)
        dialog.format.set_current(dialog.suffixes.index(suffix))
        dialog.size_field.setText("400x300")
        dialog.write(Path(folder) / f"old{suffix}")
        yield lambda d=dialog: not isValid(d) or d.fault.text() != "" or not d.isVisible()
        told["said"][suffix] = dialog.fault.text() if isValid(dialog) else ""
        if isValid(dialog):
            dialog.close()
        yield lambda: window.findChild(ExportDialog) is None
    told["old"] = {p.name: p.read_text(errors="replace") for p in sorted(Path(folder).iterdir()) if p.name != "ballast"}


def without_cuda(window: Any) -> Scenario:
    """The device that was asked for is not there: said in the panel; the CPU, once chosen, computes."""
    window.open("deep.mlp")
    yield lambda: window.session.fault is not None
    told["message"] = window.stage.fault.text.text()
    told["in_panel"] = window.stage.fault.isVisible()
    window.preferences.choose_device("cpu")
    window.session.playback.play()
    yield live(window)
    at = window.session.recording.last_index
    yield lambda: window.session.fault is None and window.session.recording.last_index > at + 3
    told["went_on"] = window.stage.picture.isVisible()


def starves(window: Any, n: str, megabytes: str) -> Scenario:
    """The engine asks for n times 10^8 floats (of a lane that gets so many megabytes more): a message, and on it goes."""
    import psutil

    window.open("mathematics.clt")
    yield live(window)
    window.session.ask({"n": 7})
    window.open("lane_concepts:greedy")
    yield live(window)
    pid = window.host.lane("light").pid
    lane = psutil.Process(pid)
    if megabytes:
        lane.rlimit(psutil.RLIMIT_AS, (lane.memory_info().vms + int(megabytes) * 1_000_000, -1))
    window.session.ask({"n": int(n)})
    yield lambda: window.session.fault is not None
    told["message"] = window.stage.fault.text.text()
    told["in_panel"] = window.stage.fault.isVisible()
    told["key"] = window.session.fault.key
    window.session.undo()
    yield lambda: window.session.fault is None and not window.session.computing
    told["undone"] = window.session.requested.n == 0
    window.open("mathematics.clt")
    yield live(window)
    told["kept"] = window.session.requested.n


def drags(window: Any) -> Scenario:
    """300 changes of a slider in three seconds with the real pointer; how long after the last one its picture stands."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    from app.widgets.slider import Track

    yield live(window)
    window.session.playback.pause()
    track = next(t for t in window.column.controls.rows["n"].findChildren(Track) if t.isVisible())

    def point(kind: QEvent.Type, share: float) -> None:
        at = QPointF(8 + share * (track.width() - 16), track.height() / 2)
        pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        QApplication.sendEvent(track, QMouseEvent(kind, at, track.mapToGlobal(at), Qt.MouseButton.LeftButton, pressed,
                                                  Qt.KeyboardModifier.NoModifier))

    told["late"], told["pictures"] = [], 0
    window.session.frame_shown.connect(lambda: told.__setitem__("pictures", told["pictures"] + 1))
    for _ in range(3):
        point(QEvent.Type.MouseButtonPress, 0.1)
        began = time.monotonic()
        for number in range(1, 301):
            point(QEvent.Type.MouseMove, 0.1 + 0.8 * number / 300)
            yield lambda n=number, b=began: time.monotonic() >= b + n * 0.01
        last, wanted = time.monotonic(), window.session.requested.n
        yield lambda w=wanted: window.session.shown.params.n == w
        told["late"].append(time.monotonic() - last)
        point(QEvent.Type.MouseButtonRelease, 0.9)
        if told["late"][-1] <= 0.1:
            break


def gaps(window: Any) -> Scenario:
    """A concept whose numbers are not finite: it is drawn all the same, and the panel says so."""
    window.open("broken_numbers:broken")
    yield live(window)
    window.session.playback.pause()
    yield lambda: bool(window.stage.gaps)
    told["said"] = window.stage.gaps
    told["painted"] = not window.grab().toImage().isNull()


def close_popup() -> None:
    from PySide6.QtWidgets import QApplication

    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


# running ------------------------------------------------------------------------------------------------------------


def heard(kind: Any, context: Any, text: str) -> None:
    """A warning of Qt's; what the offscreen platform cannot do is no fault of the program's."""
    if not text.startswith("This plugin does not support"):
        told["warnings"].append(text)
        sys.stderr.write(f"{text}\n")


def caught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """An exception that nobody took: told to the test, and let go, so that nothing it holds lives on."""
    told["raised"].append("".join(traceback.format_exception(kind, error, trace)[-3:]))
    sys.stderr.write("".join(traceback.format_exception(kind, error, trace)))


def main(name: str, arguments: list[str], words: list[str], play: Callable[..., Scenario] | None = None) -> int:
    """Start the program as main.py does, and play the scenario once its window is there."""
    from PySide6.QtCore import QTimer, qInstallMessageHandler

    import app.start
    from app.cli import main as program

    qInstallMessageHandler(heard)
    sys.excepthook = caught
    if name in ("gaps", "starves"):
        from odd_concepts import with_test_concepts

        with_test_concepts()
    first = app.start._first

    def then(window: Any, *rest: Any) -> None:
        first(window, *rest)
        scenario = (play or globals()[name])(window, *arguments)
        waiting: list[Any] = [None, time.monotonic()]
        busy: list[bool] = []
        timer = QTimer(window, interval=2)

        def step() -> None:
            busy.append(True)
            try:
                if waiting[0] is None or waiting[0]():
                    waiting[:] = [next(scenario), time.monotonic()]
                elif time.monotonic() - waiting[1] > PATIENCE:
                    raise TimeoutError("the scenario waits in vain")
            except StopIteration:
                timer.stop()
                window.close()
            except Exception as error:  # noqa: BLE001  told to the test
                told["raised"].append("in the scenario: " + "".join(traceback.format_exception(error)[-2:]))
                timer.stop()
                window.close()
            finally:
                busy.clear()

        timer.timeout.connect(step)
        timer.start()
        closer = QTimer(window, interval=30)            # a timer does not beat in the loop of a menu that it opened itself
        closer.timeout.connect(lambda: close_popup() if busy else None)
        closer.start()

    app.start._first = then
    status = program(words)
    told["threads"] = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    told["left"] = family()
    print(json.dumps(told), flush=True)
    return status


if __name__ == "__main__":
    code = main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:])
    sys.stdout.flush()
    sys.exit(code)
