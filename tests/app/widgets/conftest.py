"""Sessions of a concept with a parameter of every type, computed in this process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.entry import Entry, MetricWords, ParamWords, Preset, Term, Words


def _module() -> ModuleType:
    if "everything" not in sys.modules:
        spec = importlib.util.spec_from_file_location("everything", Path(__file__).with_name("everything.py"))
        assert spec is not None and spec.loader is not None
        sys.modules["everything"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["everything"])
    return sys.modules["everything"]


def both(english: str, chinese: str = "中文") -> Words:
    return Words(english, chinese)


def entry_of(name: str) -> Entry:
    """The words of a concept of this folder."""
    params = {key: ParamWords(both(key.capitalize(), f"参数 {key}"), both(f"What {key} does.", "说明")) for key in (
        "n", "share", "rate", "count", "speed", "shown", "rule", "slice", "seed", "curve", "words", "word", "which", "jobs",
        "weights", "mask", "layers", "points", "graph", "data", "x", "power")}
    params["kind"] = ParamWords(both("Kind"), group="more", choices={"b": both("second", "第二")})
    params["share"] = ParamWords(both("Share"), unit="%", format=".2f")
    params["rule"] = ParamWords(both("Rule", "规则"), choices={
        "fcfs": both("First come, first served", "先来先服务"), "sjf": both("SJF", "短作业"), "rr": both("RR", "轮转")})
    note = both("over {drawn} draws", "共 {drawn} 次")
    metrics = {"loss": MetricWords(both("Loss", "损失"), format=".3f", note=note, main=True),
               "norm": MetricWords(both("Norm", "范数"), unit="ms"), "drawn": MetricWords(both("Drawn"), format="d"),
               "y": MetricWords(both("y"), main=True)}
    return Entry(
        id=f"everything:{name}", chapter="", order=1, title=both("Everything"), summary=both("All"),
        notice=Words("{n:The draws} fall by {share:a share}.", "{n:抽样}下降。"),
        terms={"n": Term("n", "model", param="n"), "loss": Term("L", "error", metric="loss"), "share": Term("s", "truth"),
               "newton": Term("H", "series[5]")},
        params=params, metrics=metrics if name == "everything" else {"y": metrics["y"]},
        phases={"fall": both("falling to the floor", "下落"), "swing": both("swing", "摆动")},
        checks={"agrees": both("what agrees")}, reasons={"flat": both("the ground is flat here", "此处是平的")},
        presets={"usual": Preset(both("Usual", "常用"), both("As it is."), {}),
                 "many": Preset(both("Many draws", "多次"), both("Many."), {"n": 500, "share": 0.25})}
        if name == "everything" else {},
    )


@pytest.fixture
def make_session(qapp: Any) -> Iterator[Callable[[str], Any]]:
    """Sessions by the name of the concept; their lanes are closed in the end."""
    from app.host import LaneHost
    from app.session import Session

    _module()
    hosts: list[LaneHost] = []

    def make(name: str) -> Any:
        host = LaneHost(inline=True)
        hosts.append(host)
        session = Session(entry_of(name), host)
        session.begin()
        return session

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def session(make_session: Callable[[str], Any]) -> Any:
    """A session of the concept with everything, its first picture landed, paused."""
    made = make_session("everything")
    land(made)
    made.playback.pause()
    return made


@pytest.fixture
def look(qapp: Any) -> Any:
    from app.look import Look

    return Look()


def land(session: Any, upto: int = 0) -> None:
    """Carry messages until the frame at an index is recorded and nothing is owed."""
    for _ in range(2000):
        session.host.tick()
        if not session.computing and session.recording.last_index >= upto:
            return
    raise AssertionError(f"no picture: {session.details}")


@pytest.fixture(name="land")
def _land() -> Callable[..., None]:
    return land


@pytest.fixture
def on_screen(qapp: Any) -> Iterator[Callable[..., Any]]:
    """Show widgets with the focus, and delete them in the end."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QWidget

    shown: list[QWidget] = []

    def show(widget: QWidget, width: int = 288, height: int = 0) -> QWidget:
        widget.resize(width, height or max(widget.sizeHint().height(), widget.minimumHeight(), 10))
        widget.show()
        widget.activateWindow()
        qapp.processEvents()
        shown.append(widget)
        return widget

    yield show
    for widget in shown:
        widget.close()
        widget.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
