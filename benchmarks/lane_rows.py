"""Rows of the engine's processes: against bare multiprocessing that does the same work with none of the care."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.picture_rows import application
from benchmarks.row import Benchmark

CONCEPTS = str(Path(__file__).resolve().parents[1] / "tests" / "app" / "concepts_for_lanes")
LOOK = 0.002            # seconds between two looks for messages in a busy child
TICK = 16               # milliseconds between two looks of a window's timer

Pair = tuple[Callable[[], object], Callable[[], object]]


def lane() -> Any:
    """A lane that listens; it ends with this process."""
    if CONCEPTS not in sys.path:
        sys.path.append(CONCEPTS)
    from app.lanes import Lane
    from engine.core import messages as m

    made = Lane("light")
    await_message(made, m.Ready)
    return made


def await_message(of: Any, kind: type, generation: int | None = None) -> Any:
    """The lane's next message of a kind, looked for without rest."""
    until = time.perf_counter() + 30
    while time.perf_counter() < until:
        for message in of.poll():
            if isinstance(message, kind) and generation in (None, getattr(message, "generation", None)):
                return message
    raise TimeoutError(f"no {kind.__name__} from the lane")


def bare(target: Callable[[Connection], None]) -> tuple[Any, Connection]:
    """A bare child that has said its first word; it ends with this process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    ours.recv()
    return process, ours


# processes ----------------------------------------------------------------------------------------------------------


def greet(connection: Connection) -> None:
    """A child's first word, once it has what any engine needs."""
    import numpy as np

    connection.send(np.zeros(1))
    with suppress(EOFError):
        connection.recv()


def spawn() -> Pair:
    """A child from nothing to its first word."""

    def ours() -> None:
        lane().close()

    def floor() -> None:
        process, pipe = bare(greet)
        process.kill()
        process.join()
        pipe.close()

    return ours, floor


def replace() -> Pair:
    """A child killed, noticed, and another one there in its place."""
    from engine.core import messages as m

    made, held = lane(), [bare(greet)]

    def ours() -> None:
        os.kill(made.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        await_message(made, m.Ready)

    def floor() -> None:
        process, pipe = held.pop()
        process.kill()
        process.join()
        pipe.close()
        held.append(bare(greet))

    return ours, floor


# messages -----------------------------------------------------------------------------------------------------------


def overtake() -> Pair:
    """A long frame is begun; another concept's request comes; its picture is there."""
    from engine.core import messages as m
    from engine.core.address import find

    made = lane()
    busy, quick = "lane_concepts:costly", "lane_concepts:function"
    numbers = iter(range(10**9))
    _, pipe = bare(look_up_now_and_then)

    def ours() -> None:
        first, second = next(numbers), next(numbers)
        made.send(m.Start(first, busy, find(busy).Params(cost=10_000.0)))
        await_message(made, m.Began, first)
        made.send(m.Start(second, quick, find(quick).Params(n=3)))
        await_message(made, m.FrameSent, second)

    def floor() -> None:
        for word in ("long", "short"):
            pipe.send(word)
            pipe.recv()

    return ours, floor


def look_up_now_and_then(connection: Connection) -> None:
    """A bare worker: at "long" it says that it begins, and works until another message is there."""
    connection.send("here")
    with suppress(EOFError):
        while True:
            word = connection.recv()
            connection.send(word)
            while word == "long":
                work(LOOK)
                word = "" if connection.poll() else word


def work(seconds: float) -> None:
    """Busy for so long."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def frames(numbers: int) -> Callable[[], Pair]:
    """One more frame asked for, made, sent and read."""

    def prepare() -> Pair:
        from engine.core import messages as m
        from engine.core.address import find

        made, index = lane(), iter(range(1, 10**9))
        large = "lane_concepts:large"
        made.send(m.Start(1, large, find(large).Params(numbers=numbers)))
        await_message(made, m.FrameSent)
        _, pipe = bare(send_arrays)

        def ours() -> None:
            made.send(m.Grant(1, next(index)))
            await_message(made, m.FrameSent)

        def floor() -> None:
            pipe.send((numbers, 1.0))
            pipe.recv()

        return ours, floor

    return prepare


def send_arrays(connection: Connection) -> None:
    """A bare worker: makes an array and pickles it into the pipe."""
    import numpy as np

    connection.send("here")
    with suppress(EOFError):
        while True:
            numbers, value = connection.recv()
            connection.send(np.full(numbers, value))


def slider() -> Pair:
    """A value is asked for in a Qt program until its picture, 3 ms of work, is there: against a bare worker and timer."""
    from PySide6.QtCore import Qt, QTimer

    from app.entry import Entry, Words
    from app.host import LaneHost
    from app.session import Session

    lane().close()                                      # so that the concepts are found
    app = application()
    host = LaneHost(interval_ms=TICK)
    session = Session(Entry("lane_concepts:costly", "benchmarks", 1, Words(), Words(), Words()), host)
    session.begin()
    session.playback.pause()
    _, pipe = bare(work_a_little)
    timer, values, heard = QTimer(app), iter(range(10**9)), []
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: heard.append(pipe.recv()) if pipe.poll() else None)
    timer.start(TICK)

    def ours() -> None:
        value = next(values) % 999 + 1.0
        session.ask({"x": value}, final=False)
        while session.shown is None or session.shown.params.x != value:
            app.processEvents()

    def floor() -> None:
        heard.clear()
        pipe.send(1)
        while not heard:
            app.processEvents()

    return ours, floor


def work_a_little(connection: Connection) -> None:
    """A bare worker: three milliseconds for each message."""
    connection.send("here")
    with suppress(EOFError):
        while True:
            value = connection.recv()
            work(0.003)
            connection.send(value)


ROWS = (
    Benchmark("lane.spawn", spawn, 3.0, "an engine process, from nothing to its first word", clock="wall"),
    Benchmark("lane.replace", replace, 3.0, "an engine process killed, noticed and replaced", clock="wall"),
    Benchmark("lane.overtake", overtake, 4.0, "a long frame begun, given up for another concept's picture", 15, "wall"),
    Benchmark("lane.frame_small", frames(8), 10.0, "one more frame of 64 bytes", clock="wall"),
    Benchmark("lane.frame_800kB", frames(100_000), 1.5, "one more frame of 800 kB", 15, "wall"),
    Benchmark("lane.frame_8MB", frames(1_000_000), 1.5, "one more frame of 8 MB", 15, "wall"),
    Benchmark("lane.slider", slider, 1.5, "from a slider's value to its picture, with 3 ms of work", 15, "wall"),
)
