"""The child side of a lane: computes the newest request frame by frame, as far as its credit goes."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

from engine.core import messages as m
from engine.core.address import find
from engine.core.device import named, resolve
from engine.core.faults import Overtaken, sentence_of
from engine.core.frame import size_of
from engine.core.landing import Landing
from engine.core.outbox import Outbox, Pipe
from engine.core.proving import checked, proved
from engine.core.run import Run, Stepper
from engine.core.strided import Strided

TELL = 0.2              # seconds between two words on how far a run taken up again has come


class Server:
    """One lane's state: the run, what it may still compute, its layers, and what it has sent."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.outbox = Outbox(pipe)
        self.pending: m.Start | None = None
        self.current: m.Start | None = None
        self.stepper: Stepper | None = None
        self.upto = self.least = -1         # what may be computed, and what is owed without any credit
        self.granted: m.Grant | None = None
        self.edits: list[m.EditLive] = []
        self.verify: m.Verify | None = None
        self.prove: m.Prove | None = None
        self.layers: list[m.StartLayer] = []
        self.sent: Strided[Any] = Strided()
        self.landing = Landing()
        self.told = 0.0                     # when progress was last told
        self.closed = False

    # what to do next -------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer until the pipe closes."""
        while not self.closed:
            self.read(wait=not self.busy())
            self.work()

    def busy(self) -> bool:
        """Whether there is anything to do before the next message."""
        return bool(self.pending or self._has_credit() or self.verify or self.prove or self.layers)

    def work(self) -> None:
        """One piece of work: what is owed first, then a check, a layer (which gives way to frames), or a frame."""
        if self._urgent():
            self._main_work()
        elif self.verify:
            self._verify()
        elif self.prove:
            self._prove(self.prove)
        elif self.layers:
            self._layer(self.layers[0])
        else:
            self._main_work()

    def _urgent(self) -> bool:
        """Whether a picture is owed: a request waits, or the running one has not landed."""
        return self.pending is not None or self._owes()

    def _main_work(self) -> None:
        """Begin the newest request, or compute one frame, or do nothing."""
        if self.pending and not self._must_land():
            self._begin(self.pending)
        elif self._has_credit():
            self._step()

    def _has_credit(self) -> bool:
        return self.stepper is not None and self.stepper.index < self.upto

    def _owes(self) -> bool:
        return self.stepper is not None and self.current is not None and self.stepper.index < self.current.due

    def _must_land(self) -> bool:
        """Whether the running request is to land its picture before the newer one begins."""
        if not self._owes() or self.pending is None or self.current is None:
            return False
        return self.pending.concept == self.current.concept and not self.landing.overtakes()

    # reading ----------------------------------------------------------------------------------------------------

    def read(self, wait: bool = False) -> None:
        """Take every message that has come; with `wait`, sleep until there is one."""
        try:
            while self.pipe.poll(None if wait else 0.0):
                self._take(self.pipe.recv())
                wait = False
        except (EOFError, OSError):
            self.closed = True

    def _take(self, message: Any) -> None:
        if isinstance(message, m.Start):
            self.pending, self.verify = message, None
            self.landing.ask()
            self.layers = [x for x in self.layers if x.concept == message.concept]
        elif isinstance(message, m.Grant):
            self.granted = message
            self._use_grant()
        elif isinstance(message, m.EditLive):
            self.edits.append(message)
        elif isinstance(message, m.Stop):
            self._stop(message.generation)
        elif isinstance(message, m.Verify):
            self.verify = message
        elif isinstance(message, m.Prove):
            self.prove = message
        elif isinstance(message, m.StartLayer):
            self.layers = [x for x in self.layers if (x.concept, x.name) != (message.concept, message.name)] + [message]
        elif isinstance(message, m.AskDevices):
            self.send(m.DevicesSent(named()))
        elif isinstance(message, m.Quit):
            self.closed = True

    def _use_grant(self) -> None:
        """Credit counts for the run it was given to, which may have to begin yet; what is owed needs none."""
        if self.current and self.granted and self.granted.generation == self.current.generation and self.stepper:
            self.upto = max(self.granted.upto, self.least)

    def _stop(self, generation: int) -> None:
        if self.pending and self.pending.generation <= generation:
            self.pending = None
        if self.current and self.current.generation <= generation:
            self.upto = -1
            self._close()
        self.send(m.Ended(generation, "stopped"))

    # a run ------------------------------------------------------------------------------------------------------

    def _begin(self, start: m.Start) -> None:
        self._close()
        if self.current is None or self.current.concept != start.concept:
            self.landing.forget()
        self.pending, self.current = None, start
        self.outbox.frames.forget()
        self.sent, self.verify = Strided(), None
        self.upto = self.least = start.due
        with self._faults(start.generation):
            self.send(m.Loading(start.generation, False))
            concept, device = find(start.concept), resolve(start.device)
            self.send(m.Loading(start.generation, True))
            run = Run(start.params, device, on_check=self._on_check,
                      on_report=lambda done, total: self.send(m.Progress(start.generation, done, total)))
            self.landing.begin()
            self.told = monotonic()
            self.stepper = Stepper(concept, start.params, device=device, edits=start.edits, run=run)
            if concept.kind == "function":
                self.upto = self.least = start.due + 1      # so that it ends: its one frame is all there is
            self._use_grant()
            self.send(m.Began(start.generation))

    def _step(self) -> None:
        stepper, start = self.stepper, self.current
        assert stepper is not None and start is not None
        with self._faults(start.generation):
            self._apply_edits(stepper, start)
            missing = dict(stepper.run.missing)
            try:
                frame = next(stepper)
            except StopIteration:
                self.stepper = None
                self.send(m.Ended(start.generation, stepper.run.ended, dict(stepper.run.missing)))
                return
            if stepper.run.missing != missing:
                self.send(m.Missing(start.generation, dict(stepper.run.missing)))
            self._deliver(frame, stepper, start)

    def _apply_edits(self, stepper: Stepper, start: m.Start) -> None:
        """Live edits take effect at the next frame, those of a run taken up again at its first new one."""
        if stepper.index + 1 < start.skip:
            return
        newest = {e.name: e for e in self.edits if e.generation == start.generation}
        self.edits = [e for e in self.edits if e.generation > start.generation]
        for edit in newest.values():
            self.send(m.Edited(start.generation, stepper.edit(edit.name, edit.value)))

    def _deliver(self, frame: Any, stepper: Stepper, start: m.Start) -> None:
        size, now = size_of(frame), monotonic()
        self.sent.add(stepper.index, frame, size)
        overtaken = self.pending is not None and stepper.index < start.due      # only its picture is still of use
        if stepper.index >= start.skip and not overtaken:
            self.send(m.FrameSent(start.generation, stepper.index, frame, stepper.run.params, size))
        elif stepper.index < start.skip and now - self.told > TELL:
            self.told = now
            self.send(m.Progress(start.generation, stepper.index + 1, start.skip + 1))
        if stepper.index >= start.due:
            self.landing.land(now, first=stepper.index == start.due)

    def _on_check(self) -> None:
        """In the middle of a frame: read, and give way to a newer request or to a stop."""
        self.read()
        stopped = self.upto < 0 and self.pending is None
        if self.closed or stopped or (self.pending and not self._must_land()):
            raise Overtaken

    def _close(self) -> None:
        """Close the generator at its yield; one that is running now is unwound by Overtaken instead."""
        stepper, self.stepper = self.stepper, None
        if stepper is not None:
            with contextlib.suppress(Exception):     # what it says while it is thrown away is of no use to anybody
                stepper.close()

    # checks and layers ----------------------------------------------------------------------------------------------

    def _verify(self) -> None:
        """The checks of the very frames that were sent; a newer request overtakes them."""
        asked, self.verify = self.verify, None
        if asked is None or self.current is None or asked.generation != self.current.generation or not len(self.sent):
            return
        give_way = self._unless(lambda: self.pending is not None)
        with contextlib.suppress(Overtaken):
            found = checked(self.current.concept, self.current.params, list(self.sent.items), give_way)
            self.send(m.ChecksSent(asked.generation, found))

    def _prove(self, asked: m.Prove) -> None:
        """The run again, and its checks; a newer wish to prove overtakes it at any frame or check."""
        self.send(m.Began(asked.generation))
        give_way = self._unless(lambda: self.prove is not asked or self.pending is not None)
        with contextlib.suppress(Overtaken):
            found = proved(asked, give_way)
            self.prove = None
            self.send(m.ChecksSent(asked.generation, found))

    def _unless(self, newer: Callable[[], bool]) -> Callable[[], None]:
        """What a proof calls: read, and raise Overtaken where something newer has come."""
        def give_way() -> None:
            self.read()
            if newer() or self.closed:
                raise Overtaken

        return give_way

    def _layer(self, start: m.StartLayer) -> None:
        """Refine a layer to its end; in its checks and between its frames the run goes on."""
        give_way = self._giving_way(start)
        try:
            self.outbox.layers.forget()
            run = Run(start.params, resolve(start.device), on_check=give_way)
            with contextlib.closing(find(start.concept).layer_frames(start.name, start.params, run)) as frames:
                for frame in frames:
                    self.send(m.LayerSent(start.key, start.name, frame, False))
                    give_way()
            self.send(m.LayerSent(start.key, start.name, None, True))
        except Overtaken:
            pass
        except Exception as error:
            self.send(m.LayerFailed(start.key, start.name, sentence_of(error), traceback.format_exc()))
        self.layers = [x for x in self.layers if x is not start]

    def _giving_way(self, start: m.StartLayer) -> Callable[[], None]:
        """What a layer calls: everything owed comes first, then frames and the layer share the time half and half."""
        worked, took = monotonic(), 0.0

        def give_way() -> None:
            nonlocal worked, took
            self.read()
            while self._urgent() and not self.closed:
                self._main_work()
                self.read()
            if self.closed or not any(x is start for x in self.layers):
                raise Overtaken
            now = monotonic()
            if self._has_credit() and now - worked >= took:
                self._step()
                worked = monotonic()
                took = min(worked - now, 0.05)

        return give_way

    # sending ------------------------------------------------------------------------------------------------------

    def send(self, message: Any) -> None:
        """Send a message; a closed pipe ends the lane."""
        if not self.outbox.send(message):
            self.closed = True

    @contextlib.contextmanager
    def _faults(self, generation: int) -> Iterator[None]:
        """Any exception of a concept becomes one sentence with its traceback; the lane lives on."""
        try:
            yield
        except Overtaken:
            self.stepper = None
        except Exception as error:
            details = traceback.format_exc()
            self._close()
            self.send(m.FaultSent(generation, sentence_of(error), details))
