"""Real worker processes of a run: started together, listened to, killed, and gone when the run is left, however it is left."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.util import Finalize
from time import monotonic
from types import TracebackType
from typing import Any

from engine.core import nursery
from engine.core.faults import Failed

LOOK_UP = 0.05          # seconds between two looks at whether the run was overtaken
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
NO_MEMORY = ("MemoryError", "OutOfMemoryError")


@dataclass
class Outcome:
    """How one worker fared: its answer, or what it raised, or the signal that ended it; and what it said on the way."""

    number: int
    answer: Any = None
    answered: bool = False
    raised: str = ""                # the exception's type
    words: str = ""                 # the exception's words
    exitcode: int | None = None     # None while it lives; -9 where signal 9 ended it
    ended: float | None = None      # when it ended, on the clock of time.perf_counter
    said: list[Any] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Whether it neither answered, nor raised, nor ended."""
        return not self.answered and not self.raised and self.exitcode is None

    @property
    def out_of_memory(self) -> bool:
        """Whether what it raised says that there was too little memory."""
        return self.raised in NO_MEMORY or "alloc" in self.words[:200]

    def fault(self) -> Failed | None:
        """What went wrong, in one sentence; None where it answered."""
        if self.answered:
            return None
        if self.out_of_memory:
            return Failed(f"rank {self.number} ran out of memory; make it smaller, or take fewer ranks", "rank_memory",
                          rank=self.number)
        if self.raised:
            return Failed(f"rank {self.number} failed: {self.raised}: {self.words[:160]}", "rank_failed", rank=self.number,
                          name=self.raised, words=self.words[:160])
        if self.exitcode is not None and self.exitcode < 0:
            return Failed(f"rank {self.number} was killed by signal {-self.exitcode}; start the run again", "rank_killed",
                          rank=self.number, signal=-self.exitcode)
        if self.exitcode is not None:
            return Failed(f"rank {self.number} ended with status {self.exitcode} and no answer; start the run again",
                          "rank_ended", rank=self.number, status=self.exitcode)
        return Failed(f"rank {self.number} gave no answer in time; start the run again", "rank_silent", rank=self.number)


class Home:
    """The parent's end of a nursery; one a process, started when first needed, kept warm."""

    def __init__(self) -> None:
        self.process: SpawnProcess | None = None
        self.control: Connection | None = None
        self.crews = itertools.count()
        self.owner = os.getpid()
        self.ending: Finalize | None = None
        self.inbox: dict[int, list[tuple[int, str, Any]]] = {}

    def ready(self) -> Connection:
        """The pipe to a living nursery."""
        if self.control is None or self.process is None or not self.process.is_alive():
            self.close()
            context = get_context("spawn")
            self.control, theirs = context.Pipe()
            lasting = threading.current_thread() is threading.main_thread()
            self.process = context.Process(target=nursery.main, name="loupe-nursery",
                                           args=(theirs, os.getpid() if lasting else 0))
            with environment(ONE_THREAD):
                self.process.start()
            theirs.close()
            self.owner = os.getpid()
            self.ending = Finalize(None, self.close, exitpriority=100)     # also at the end of a pool's worker
        return self.control

    def receive(self, crew: int, timeout: float) -> tuple[int, str, Any] | None:
        """The next word of a crew; what comes for others is kept for them. EOFError when the nursery is gone."""
        until = monotonic() + timeout
        while not self.inbox[crew]:
            assert self.control is not None
            if not self.control.poll(max(0.0, until - monotonic())):
                return None
            to, *word = self.control.recv()
            if to in self.inbox:
                self.inbox[to].append((word[0], word[1], word[2]))
        return self.inbox[crew].pop(0)

    def close(self) -> None:
        """End the nursery with every worker; a copy in a forked child lets go of it only."""
        process, control, self.process, self.control = self.process, self.control, None, None
        if self.ending is not None:
            self.ending.cancel()
            self.ending = None
        if control is not None:
            control.close()                                         # end of file: it kills its workers and leaves
        if process is not None and self.owner == os.getpid():
            process.join(2.0)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()


HOME = Home()


@contextlib.contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables while a process is started."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Workers:
    """Processes that each run one function, as `with run.spawn(...) as workers:`. After the block none of them lives."""

    def __init__(self, target: str, arguments: Sequence[dict[str, Any]], imports: Sequence[str],
                 check: Callable[[], None], home: Home = HOME) -> None:
        self._home, self._check = home, check
        self._crew = next(home.crews)
        self.outcomes = [Outcome(number) for number in range(len(arguments))]
        self.pids: tuple[int, ...] = ()
        home.inbox[self._crew] = []
        try:
            home.ready().send(("start", self._crew, list(sys.path), tuple(imports), target, list(arguments)))
            while not self.pids:
                self.listen()
        except BaseException:
            self.close()
            raise

    def listen(self) -> tuple[int, Any] | None:
        """Wait for a moment; a worker's (number, value) if one has said something."""
        self._check()
        try:
            word = self._home.receive(self._crew, LOOK_UP)
        except (EOFError, OSError) as fault:
            raise Failed("the process that starts the ranks has ended; start the run again", "nursery_lost") from fault
        if word is None:
            return None
        number, kind, value = word
        if kind == "started":
            self.pids = tuple(value)
        elif kind == "no_import":
            raise Failed(f"the ranks cannot start: {value[:200]}", "rank_import", words=value[:200])
        elif kind == "answer":
            self.outcomes[number].answer, self.outcomes[number].answered = value, True
        elif kind == "raised":
            self.outcomes[number].raised, self.outcomes[number].words = value
        elif kind == "ended":
            self.outcomes[number].exitcode, self.outcomes[number].ended = value
        elif kind == "said":
            self.outcomes[number].said.append(value)
            return number, value
        return None

    def tell(self, number: int, value: Any) -> None:
        """Send a value to a worker that waits in `Worker.hear`."""
        self._home.ready().send(("tell", self._crew, number, value))

    def kill(self, number: int) -> None:
        """End one worker at once, as kill -9 does; its outcome will say so."""
        self._home.ready().send(("kill", self._crew, number))

    def gather(self, patience: float, grace: float = 2.0) -> list[Outcome]:
        """Every worker's outcome, once each has answered, raised or ended; or after `patience` seconds of silence.

        Once one has failed the others, who may wait for it, have `grace` seconds left.
        """
        latest, heard = monotonic() + patience, 0
        while any(o.silent for o in self.outcomes) and monotonic() < latest:
            self.listen()
            count = sum(len(o.said) + (not o.silent) for o in self.outcomes)
            if count > heard:
                failed = any(not o.silent and not o.answered for o in self.outcomes)
                latest, heard = monotonic() + (grace if failed else patience), count
        return self.outcomes

    def answers(self, patience: float) -> list[Any]:
        """Every worker's answer in order; the first fault is raised, in one sentence, root causes before their victims."""
        outcomes = self.gather(patience)
        faulty = sorted((o for o in outcomes if not o.answered), key=gravity)
        if faulty:
            raise faulty[0].fault() or Failed("a rank failed", "rank_failed", rank=faulty[0].number, name="", words="")
        return [o.answer for o in outcomes]

    def close(self) -> None:
        """Every worker is gone when this returns, whatever it was doing."""
        home = self._home
        if self._crew not in home.inbox:
            return
        try:
            if home.control is not None:
                home.control.send(("end", self._crew))
                while (word := home.receive(self._crew, 10.0)) is not None and word[1] != "gone":
                    pass
                if word is None:
                    home.close()                                    # it does not answer: end of file, then kill -9
        except (EOFError, OSError):
            home.close()                                            # it is gone, and its workers with it
        finally:
            del home.inbox[self._crew]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def gravity(outcome: Outcome) -> int:
    """Order of what is told: lack of memory and kills explain the errors of those who waited for that rank."""
    if outcome.out_of_memory:
        return 0
    if outcome.exitcode is not None and outcome.exitcode != 0 and not outcome.raised:
        return 1
    return 2 if outcome.raised else 3
