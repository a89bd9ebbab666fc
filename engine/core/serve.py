"""The child side of a lane: computes the newest request frame by frame, as far as its credit goes."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Protocol

from engine.core import messages as m
from engine.core.address import find
from engine.core.concept import Check
from engine.core.device import resolve
from engine.core.faults import Failed, LoupeError, Overtaken
from engine.core.frame import size_of
from engine.core.run import Run, Stepper, up_to
from engine.core.strided import Strided
from engine.core.wire import Encoder

# While a hand drags, every request that was begun lands its picture, so that pictures keep coming. Once the newest
# request has been still for a moment, the running one is cut in its favour; unless no picture has landed for as long
# as one takes, for then a hand that rests every now and then would never see one.
STILL = 0.04            # seconds without a newer request: the hand rests
FRESH = 0.9             # a picture is fresh for this share of what the last one took
LONGEST = 1.5           # no request is owed its picture for longer than this
TELL = 0.2              # seconds between two words on how far a run taken up again has come


class Pipe(Protocol):
    """What the server needs of its connection: `poll` and `recv` of objects, `send_bytes`."""

    def poll(self, timeout: float | None = 0.0) -> bool: ...
    def recv(self) -> Any: ...
    def send_bytes(self, data: bytes) -> None: ...


class Server:
    """One lane's state: the run, what it may still compute, its layers, and what it has sent."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.encoder, self.layer_encoder = Encoder(), Encoder()
        self.writing = threading.Lock()
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
        self.asked = self.began = self.landed = self.cost = self.told = 0.0
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
        """Whether the running request is to land its picture before the newer one begins (see STILL)."""
        if not self._owes() or self.pending is None or self.current is None:
            return False
        if self.pending.concept != self.current.concept:
            return False
        now = monotonic()
        rests, fresh = now - self.asked > STILL, now - self.landed < FRESH * self.cost
        return now - self.began < LONGEST and not (rests and fresh)

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
            self.pending, self.verify, self.asked = message, None, monotonic()
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
            self._devices()
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
            self.landed = self.cost = 0.0
        self.pending, self.current = None, start
        self.encoder.forget()
        self.sent, self.verify = Strided(), None
        self.upto = self.least = start.due
        with self._faults(start.generation):
            self.send(m.Loading(start.generation, False))
            concept, device = find(start.concept), resolve(start.device)
            self.send(m.Loading(start.generation, True))
            run = Run(start.params, device, on_check=self._on_check,
                      on_report=lambda done, total: self.send(m.Progress(start.generation, done, total)))
            self.began = self.told = monotonic()
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
            self.cost = now - self.began if stepper.index == start.due else self.cost
            self.landed = now

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

    # checks, layers, devices --------------------------------------------------------------------------------------

    def _verify(self) -> None:
        asked, self.verify = self.verify, None
        if asked is None or self.current is None or asked.generation != self.current.generation or not len(self.sent):
            return
        found = self._checked(self.current.concept, self.current.params, list(self.sent.items), lambda: self.pending is not None)
        if found is not None:
            self.send(m.ChecksSent(asked.generation, found))

    def _checked(self, concept: str, params: Any, frames: list[Any], overtaken: Callable[[], bool]) -> tuple[Check, ...] | None:
        """Every check of these frames; None where something newer came between."""
        found: list[Check] = []
        try:
            for verifier in find(concept).verifiers:
                for check in verifier(params, frames):
                    found.append(check)
                    self.read()
                    if overtaken() or self.closed:
                        return None
        except Exception as error:                   # a check that cannot be made is a check that failed
            found.append(Check("broken", float("nan"), float("nan"), 0.0, sentence_of(error).message))
        return tuple(found)

    def _prove(self, asked: m.Prove) -> None:
        """The run again, and its checks; a newer wish to prove overtakes it at any frame or check."""
        def newer() -> bool:
            return self.prove is not asked or self.pending is not None

        def give_up() -> None:
            self.read()
            if newer() or self.closed:
                raise Overtaken

        frames: Strided[Any] = Strided()
        self.send(m.Began(asked.generation))
        try:
            run = Run(asked.params, resolve(asked.device), on_check=give_up)
            stepper = Stepper(find(asked.concept), asked.params, device=run.device, edits=asked.edits, run=run)
            for frame in up_to(stepper, asked.last):
                frames.add(stepper.index, frame, size_of(frame))
                give_up()
            stepper.close()
        except Overtaken:
            return
        except Exception as error:
            broken = Check("broken", float("nan"), float("nan"), 0.0, sentence_of(error).message)
            self.prove = None
            self.send(m.ChecksSent(asked.generation, (broken,)))
            return
        found = self._checked(asked.concept, run.params, list(frames.items), newer)
        if found is not None:
            self.prove = None
            self.send(m.ChecksSent(asked.generation, found))

    def _layer(self, start: m.StartLayer) -> None:
        """Refine a layer to its end; in its checks and between its frames the run goes on."""
        give_way = self._giving_way(start)
        try:
            self.layer_encoder.forget()
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

    def _devices(self) -> None:
        from engine.core.device import available

        try:
            found = tuple((d.name, d.title) for d in available())
        except Exception:  # a broken torch leaves the CPU
            found = (("cpu", "CPU"),)
        self.send(m.DevicesSent(found))

    # sending ------------------------------------------------------------------------------------------------------

    def send(self, message: Any) -> None:
        """Send a message; a closed pipe ends the lane."""
        layer = isinstance(message, m.LayerSent)
        with self.writing:
            data = self.layer_encoder.dumps(message, b"L") if layer else self.encoder.dumps(message, b"M")
            try:
                self.pipe.send_bytes(data)
            except (BrokenPipeError, OSError):
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


def sentence_of(error: Exception) -> LoupeError:
    """An exception as one sentence; ours are sentences already."""
    if isinstance(error, LoupeError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "alloc" in str(error)[:200]:
        return Failed("this asks for more memory than there is; make it smaller", "out_of_memory")
    words = " ".join(str(error).split())[:160]
    return Failed(f"the computation failed: {type(error).__name__}: {words}", "computation_failed",
                  name=type(error).__name__, words=words)
