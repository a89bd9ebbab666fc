"""How long the window does not answer: opening every concept, changing theme and language, on a stage and in the gallery.

`python -m benchmarks.gaps` prints the longest turns of the event loop a step, in processor time of the window's process, so
that other programs are not in the figure; QUALITY.md allows 100 ms at the 99th percentile. It needs a display, or runs
offscreen with QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from time import perf_counter, process_time, sleep
from typing import Any

ALLOWED = 0.1               # seconds of one turn
SETTLES = 1.2               # seconds that are watched after each step


def turns(application: Any, seconds: float) -> list[float]:
    """The processor seconds of each turn of the event loop, for so long."""
    from PySide6.QtCore import QCoreApplication, QEvent

    found, until = [], perf_counter() + seconds
    while perf_counter() < until:
        began = process_time()
        application.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        found.append(process_time() - began)
        sleep(0.002)
    return found


def step(application: Any, name: str, act: Callable[[], object], every: list[float], settles: float) -> None:
    """Do one thing, watch what follows, print the longest turns."""
    began = process_time()
    act()
    found = [process_time() - began, *turns(application, settles)]
    every += found
    longest = sorted(found[1:])[:-4:-1]
    mark = "ok   " if max(found) <= ALLOWED else "SLOW "
    print(f"  {mark} {name:40} {1e3 * found[0]:5.0f} ms, then {', '.join(f'{1e3 * t:.0f}' for t in longest)}", flush=True)


def main() -> int:
    """Open what the command line names, or every concept; then change theme and language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("concepts", nargs="*")
    parser.add_argument("--settles", type=float, default=SETTLES)
    parser.add_argument("--profile", default="", help="a step's name, or its beginning: where its time went")
    chosen = parser.parse_args()
    from PySide6.QtWidgets import QApplication

    from app.start import make_window, shutdown

    os.environ["LOUPE_HOME"] = tempfile.mkdtemp(prefix="loupe-gaps-")
    application: Any = QApplication.instance() or QApplication(sys.argv[:1])
    window = make_window(application, argparse.Namespace())
    window.resize(1440, 900)
    window.show()
    window.host.warm()
    turns(application, 3.0)
    every: list[float] = []
    ids = chosen.concepts or [entry.id for entry in window.catalog.entries if entry.kind != "page"]
    steps: list[tuple[str, Callable[[], object]]] = [(name, partial(window.open, name)) for name in ids]
    for where, go in (("a stage", lambda: None), ("the gallery", window.go_home)):
        steps += [(f"to {where}", go)] + [(f"{what} on {where}", getattr(window, f"toggle_{what}"))
                                          for what in ("theme", "theme", "language", "language")]
    for name, act in steps:
        if chosen.profile and name.startswith(chosen.profile):
            profiled(application, name, act, every, chosen.settles)
        else:
            step(application, name, act, every, chosen.settles)
    late = [t for t in every if t > ALLOWED]
    every.sort()
    print(f"{len(late)} of {len(every)} turns took longer than {1e3 * ALLOWED:.0f} ms; the longest {1e3 * every[-1]:.0f} ms")
    shutdown(application, window)
    return 1 if late else 0


def profiled(application: Any, name: str, act: Callable[[], object], every: list[float], settles: float) -> None:
    """As `step`, with the profile of it printed."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(step, application, name, act, every, settles)
    pstats.Stats(profile).sort_stats("cumtime").print_stats(90)


if __name__ == "__main__":
    raise SystemExit(main())
