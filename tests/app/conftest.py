"""Sessions on real lanes, with concepts that only tests open: `bench.open("lane_concepts:costly", cost=40)`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent

from app.entry import Entry, Preset, Words
from app.host import LaneHost
from app.session import Session
from app.start import make_window
from engine.core.address import find
from engine.core.params import build

CONCEPTS, ITEMS = (str(Path(__file__).parent / name) for name in ("concepts_for_lanes", "items_for_notebooks"))
for folder in (CONCEPTS, ITEMS):
    if folder not in sys.path:
        sys.path.append(folder)


class Bench:
    """A host, the sessions on it, and a clock to wait by."""

    def __init__(self, application: Any, inline: bool = False, **options: Any) -> None:
        self.application = application
        self.host = LaneHost(inline=inline, **options)
        self.sessions: list[Session] = []
        self.faults: list[Any] = []

    def open(self, name: str, *, begin: bool = True, **values: Any) -> Session:
        """A session on a concept of `lane_concepts`, begun."""
        presets = {"five": Preset(Words("five", "五"), Words(), {"x": 5.0, "cost": 1.0})}
        entry = Entry(f"lane_concepts:{name}", "tests", 1, Words(name, name), Words(), Words(), presets=presets)
        concept = find(entry.id)
        session = Session(entry, self.host, build(concept.Params, values))
        session.failed.connect(self.faults.append)
        self.sessions.append(session)
        if begin:
            session.begin()
        return session

    def until(self, condition: Callable[[], Any], seconds: float = 20.0, what: str = "") -> float:
        """Let the program run until the condition holds; returns how long that took."""
        began = time.perf_counter()
        while not condition():
            self.run(0.0)
            if time.perf_counter() - began > seconds:
                raise TimeoutError(f"{what or 'nothing'} after {seconds} s; lanes {self.host.status()}, {self.faults}")
        return time.perf_counter() - began

    def run(self, seconds: float) -> None:
        """Let the program run for so long."""
        until = time.perf_counter() + seconds
        while True:
            self.application.processEvents()
            self.application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            time.sleep(0.001)
            if time.perf_counter() >= until:
                return

    def rest(self, session: Session) -> None:
        """Wait until what was asked for is on screen."""
        self.until(lambda: not session.computing, what="no picture")

    def close(self) -> None:
        self.host.close()
        for session in self.sessions:
            session.deleteLater()
        self.host.deleteLater()
        self.run(0.0)


@pytest.fixture
def bench(qapp: Any) -> Iterator[Bench]:
    made = Bench(qapp)
    yield made
    made.close()


@pytest.fixture
def benches(qapp: Any) -> Iterator[Callable[..., Bench]]:
    """Makes benches with options of their own."""
    made: list[Bench] = []

    def make(**options: Any) -> Bench:
        made.append(Bench(qapp, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def window(qapp: Any) -> Iterator[Any]:
    """The program's window on lanes within this process; it is gone before the next test."""
    made = make_window(qapp, argparse.Namespace(inline=True))
    made.resize(1440, 900)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    qapp.sendPostedEvents(None, 52)
    qapp.processEvents()
