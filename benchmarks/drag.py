"""A slider dragged through 300 values in three seconds in the real window: pictures a second, and how late the last is.

`python -m benchmarks.drag` prints a line a concept; it needs a display (an Xvfb one will do). The mouse is played into
the slider itself, so that everything a hand goes through is measured: control, session, lane, canvas, paint.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

VALUES, SECONDS = 300, 3.0
LEAST, LATEST = 15.0, 0.1           # pictures a second; seconds that the last may come after its own computing time
DRAGS = (("mathematics.clt", "n"), ("classical.gradient_descent", "learning_rate"), ("transformer.rope", "shift"))


@dataclass(frozen=True)
class Drag:
    """What one drag gave: seconds between pictures, and from the last value to its picture."""

    concept: str
    parameter: str
    pictures_per_second: float
    median_gap: float
    longest_gap: float
    late: float
    ok: bool


def drag(window: Any, application: Any, concept: str, name: str) -> Drag:
    """Open the concept, wait until it rests, drag the slider of one parameter to and fro."""
    from PySide6.QtCore import QEvent, QObject

    window.open(concept)
    session, picture = window.session, window.stage.picture
    until(application, lambda: session.shown is not None and session.shown.live and not session.computing)
    rested = perf_counter() + 1.5                       # layers and checks have been asked for by then
    until(application, lambda: perf_counter() > rested)
    painted: list[tuple[float, Any]] = []

    class Watch(QObject):
        def eventFilter(self, _: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append((perf_counter(), session.shown.frame))
            return False

    watch = Watch()
    picture.installEventFilter(watch)
    slider = window.column.controls.rows[name].control.track
    began = perf_counter()
    move(slider, 0.2, "press")
    for index in range(VALUES):
        move(slider, 0.2 + 0.6 * abs(((index + 1) / 75) % 2 - 1), "move")
        due = began + SECONDS * (index + 1) / VALUES
        until(application, partial(passed, due))
    last = perf_counter()
    move(slider, 0.31, "move")
    until(application, lambda: not session.computing and painted and painted[-1][1] is session.shown.frame)
    late = painted[-1][0] - last
    move(slider, 0.31, "release")
    picture.removeEventFilter(watch)
    times = [at for at, _ in painted if began <= at <= last]
    gaps = [b - a for a, b in itertools.pairwise([began, *times])] or [SECONDS]
    rate = len(times) / SECONDS
    return Drag(concept, name, rate, median(gaps), max(gaps), late, rate >= LEAST and late <= LATEST)


def move(slider: Any, fraction: float, what: str) -> None:
    """A mouse event on the slider, at a fraction of its width."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    kinds = {"press": QEvent.Type.MouseButtonPress, "move": QEvent.Type.MouseMove, "release": QEvent.Type.MouseButtonRelease}
    at = QPointF(fraction * slider.width(), slider.height() / 2)
    button = Qt.MouseButton.NoButton if what == "move" else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if what == "release" else Qt.MouseButton.LeftButton
    event = QMouseEvent(kinds[what], at, slider.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(slider, event)


def passed(due: float) -> bool:
    """Whether it is later than that."""
    return perf_counter() >= due


def until(application: Any, condition: Any, seconds: float = 30.0) -> None:
    """Let the program run until the condition holds."""
    from PySide6.QtCore import QEventLoop

    end = perf_counter() + seconds
    while not condition():
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 2)
        if perf_counter() > end:
            raise TimeoutError("the picture of the last value did not come")


def main() -> int:
    """Drag what the command line names, or the three concepts that the bar was set for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drags", nargs="*", metavar="CONCEPT:PARAMETER")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--profile", action="store_true", help="say where the window's own time went")
    chosen = parser.parse_args()
    drags = [tuple(word.split(":")) for word in chosen.drags] or list(DRAGS)
    from PySide6.QtWidgets import QApplication

    from app.start import make_window, shutdown

    os.environ["LOUPE_HOME"] = tempfile.mkdtemp(prefix="loupe-drag-")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    window = make_window(application, argparse.Namespace())
    window.resize(1440, 900)
    window.show()
    window.host.warm()
    found = []
    for concept, name in drags:
        if chosen.profile:
            found.append(profiled(window, application, concept, name))
        else:
            found.append(drag(window, application, concept, name))
        one = found[-1]
        if not chosen.json:
            print(f"  {'ok   ' if one.ok else 'SLOW '} {concept} {name}: {one.pictures_per_second:.1f} pictures a second, "
                  f"gaps {1e3 * one.median_gap:.0f} ms (longest {1e3 * one.longest_gap:.0f}), "
                  f"last value after {1e3 * one.late:.0f} ms", flush=True)
    if chosen.json:
        print(json.dumps([asdict(one) for one in found]))
    window.close()
    shutdown(application, window)
    return 0 if all(one.ok for one in found) else 1


def profiled(window: Any, application: Any, concept: str, name: str) -> Drag:
    """As `drag`, with the profile of the window's process printed."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    found = profile.runcall(drag, window, application, concept, name)
    pstats.Stats(profile).sort_stats("tottime").print_stats(35)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
