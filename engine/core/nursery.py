"""A nursery is the process that real workers are forked from: it has imported what they need, and has no threads.

It is a child of the process that computes (a lane, a command, a test). It outlives nobody: at the end of its pipe, which
the kernel closes however its parent dies, it kills every worker and leaves; and on Linux the kernel kills the workers
should the nursery itself be killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import perf_counter
from typing import Any

FORK = sys.platform == "linux"          # elsewhere system libraries may hold threads: every worker is started afresh


def die_with_parent() -> None:
    """On Linux the kernel kills this process when its parent dies, even in the middle of a long call."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@dataclass
class Worker:
    """A worker's own end: its number among `count`, and its word to whoever started it."""

    number: int
    count: int
    pipe: Connection
    answered: bool = False

    def say(self, value: Any) -> None:
        """Send a value on the way; `Workers.listen` and `gather` hand it over."""
        self.pipe.send(("said", value))

    def answer(self, value: Any) -> None:
        """Give the answer and live on; a target that only returns gives its answer so."""
        self.answered = True
        self.pipe.send(("answer", value))

    def hear(self) -> Any:
        """Wait for a value from `Workers.tell`; EOFError when nobody is there any more."""
        return self.pipe.recv()


@dataclass(eq=False)
class Member:
    """A worker as the nursery holds it."""

    crew: int
    number: int
    process: BaseProcess
    pipe: Connection | None


@dataclass
class Nursery:
    """Starts workers, passes on what they say, and tells how each has ended."""

    control: Connection
    members: list[Member] = field(default_factory=list)

    def serve(self) -> None:
        """Until the pipe of the parent closes; then nobody is left."""
        try:
            while True:
                pipes = {m.pipe: m for m in self.members if m.pipe is not None}
                sentinels = {m.process.sentinel: m for m in self.members if m.pipe is None}
                for ready in wait([self.control, *pipes, *sentinels]):
                    if ready is self.control:
                        self.obey(*self.control.recv())
                    else:
                        self.hear_of(sentinels[ready] if isinstance(ready, int) else pipes[ready])  # type: ignore[index]
        except (EOFError, OSError):
            pass
        finally:
            self.kill(lambda member: True)

    def hear_of(self, member: Member) -> None:
        """A word of a worker's, or its end; an order just obeyed may have ended it already."""
        if member in self.members:
            if member.pipe is None:
                self.bury(member)
            else:
                self.pass_on(member)

    def obey(self, order: str, crew: int, *rest: Any) -> None:
        """One order of the parent's: 'start', 'tell', 'kill' one, or 'end' a whole crew."""
        if order == "start":
            self.start(crew, *rest)
        elif order == "tell":
            for member in self.of(crew, rest[0]):
                with contextlib.suppress(OSError):
                    if member.pipe is not None:
                        member.pipe.send(rest[1])
        elif order == "kill":
            for member in self.of(crew, rest[0]):
                member.process.kill()
        elif order == "end":
            self.kill(lambda member: member.crew == crew)
            self.control.send((crew, -1, "gone", None))

    def of(self, crew: int, number: int) -> list[Member]:
        """The members of that number in a crew."""
        return [m for m in self.members if (m.crew, m.number) == (crew, number)]

    def start(self, crew: int, path: list[str], imports: tuple[str, ...], target: str, arguments: list[dict[str, Any]]) -> None:
        """Import what is needed, once, then one worker for each set of arguments."""
        sys.path[:] = path
        try:
            for name in (*imports, target.partition(":")[0]):
                importlib.import_module(name)
        except Exception as fault:  # noqa: BLE001  whatever an import raises is told to the parent in words
            self.control.send((crew, -1, "no_import", f"{type(fault).__name__}: {fault}"))
            return
        context: Any = get_context("fork" if FORK else "spawn")
        pids = []
        for number, given in enumerate(arguments):
            ours, theirs = context.Pipe()
            others = [self.control, ours, *(m.pipe for m in self.members if m.pipe is not None)] if FORK else []
            process = context.Process(target=work, args=(target, number, len(arguments), theirs, given, others, os.getpid()))
            process.start()
            theirs.close()
            self.members.append(Member(crew, number, process, ours))
            pids.append(process.pid)
        self.control.send((crew, -1, "started", pids))

    def pass_on(self, member: Member) -> None:
        """One message of a worker's; the end of its pipe is left to `bury`, which knows how it ended."""
        assert member.pipe is not None
        try:
            kind, value = member.pipe.recv()
        except (EOFError, OSError):
            member.pipe.close()
            member.pipe = None
            return
        self.control.send((member.crew, member.number, kind, value))

    def bury(self, member: Member) -> None:
        """A worker's process is over: its exit status goes to the parent."""
        member.process.join()
        self.members.remove(member)
        self.control.send((member.crew, member.number, "ended", (member.process.exitcode, perf_counter())))
        member.process.close()

    def kill(self, which: Callable[[Member], bool]) -> None:
        """End workers, whatever they are doing; they are gone when this returns."""
        doomed = [m for m in self.members if which(m)]
        self.members = [m for m in self.members if not which(m)]
        for member in doomed:
            member.process.kill()
        for member in doomed:
            member.process.join()
            member.process.close()
            if member.pipe is not None:
                member.pipe.close()


def main(control: Connection, parent: int) -> None:
    """Entry of the nursery's process. `parent`: its parent's process, 0 where a passing thread started it."""
    if parent:
        die_with_parent()
        if os.name == "posix" and os.getppid() != parent:          # it died before the kernel was asked
            return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Nursery(control).serve()


def work(target: str, number: int, count: int, pipe: Connection, given: dict[str, Any], others: list[Connection],
         nursery: int) -> None:
    """Entry of a worker's process: call the target, send its answer or its fault, and leave at once."""
    die_with_parent()
    if os.name == "posix" and os.getppid() != nursery:
        os._exit(1)
    for inherited in others:
        inherited.close()
    module, _, name = target.partition(":")
    with told_to(pipe):
        worker = Worker(number, count, pipe)
        value = getattr(importlib.import_module(module), name)(worker, **given)
        if not worker.answered:
            worker.answer(value)
    pipe.close()
    sys.stdout.flush()
    os._exit(0)                                                     # no clean-up of libraries may hang


@contextlib.contextmanager
def told_to(pipe: Connection) -> Iterator[None]:
    """A fault inside becomes ('raised', (type, words)) on the pipe, and exit status 1."""
    try:
        yield
    except BaseException as fault:  # noqa: BLE001  the process ends here: whatever it was is told
        with contextlib.suppress(OSError):
            pipe.send(("raised", (type(fault).__name__, " ".join(str(fault).split())[:300])))
        pipe.close()
        os._exit(1)
