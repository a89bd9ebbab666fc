"""The child side of a lane: computes the newest request frame by frame, as far as its credit goes."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Protocol

from engine.core import messages as m
from engine.core.address import load
from engine.core.concept import Concept
from engine.core.faults import Failed, LoupeError, Overtaken
from engine.core.run import Run, Stepper
from engine.core.strided import Strided
from engine.core.wire import Encoder

GRACE = 0.150       # a first frame may be cut after this long ...
RECENT = 1.0        # ... if some picture landed within this time


class Pipe(Protocol):
    """What the server needs of its connection: `poll` and `recv` of objects, `send_bytes`."""

    def poll(self, timeout: float | None = 0.0) -> bool: ...
    def recv(self) -> Any: ...
    def send_bytes(self, data: bytes) -> None: ...


def find(name: str) -> Concept:
    """The concept of an id, or of module:name."""
    module, colon, attribute = name.partition(":")
    if not colon:
        return load(name)
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, Concept)
    return found


class Server:
    """One lane's state: the run, what it may still compute, its layer, and what it has sent."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.encoder, self.layer_encoder = Encoder(), Encoder()
        self.pending: m.Start | None = None
        self.current: m.Start | None = None
        self.stepper: Stepper | None = None
        self.upto = -1
        self.edits: list[m.EditLive] = []
        self.verify: m.Verify | None = None
        self.layers: list[m.StartLayer] = []
        self.sent: Strided[Any] = Strided()
        self.began = self.landed = 0.0
        self.closed = False

    # what to do next -------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer until the pipe closes."""
        while not self.closed:
            self.read(wait=not self.busy())
            self.work()

    def busy(self) -> bool:
        return bool(self.pending or self._has_credit() or self.verify or self.layers)

    def work(self) -> None:
        """One piece of work: a frame of the newest run first, then a check, then a layer."""
        if self.main_work():
            return
        if self.verify:
            self._verify()
        elif self.layers:
            self._layer(self.layers[0])

    def main_work(self) -> bool:
        """Begin the newest request or compute one frame; False when there is nothing to do."""
        if self.pending and not self._must_land():
            self._begin(self.pending)
            return True
        if self._has_credit():
            self._step()
            return True
        return False

    def _has_credit(self) -> bool:
        return self.stepper is not None and self.stepper.index < self.upto

    def _must_land(self) -> bool:
        """Whether the running request still owes its first picture."""
        if self.stepper is None or self.current is None or self.stepper.index >= self.current.land:
            return False
        now = monotonic()
        return not (now - self.began > GRACE and now - self.landed < RECENT)

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
            self.pending, self.verify, self.edits = message, None, []
        elif isinstance(message, m.Grant) and self._is_newest(message.generation):
            self.upto = message.upto
        elif isinstance(message, m.EditLive):
            self.edits.append(message)
        elif isinstance(message, m.Stop):
            self._stop(message.generation)
        elif isinstance(message, m.Verify):
            self.verify = message
        elif isinstance(message, m.StartLayer):
            self.layers = [x for x in self.layers if (x.concept, x.name) != (message.concept, message.name)] + [message]
        elif isinstance(message, m.AskDevices):
            self._devices()
        elif isinstance(message, m.Quit):
            self.closed = True

    def _is_newest(self, generation: int) -> bool:
        return self.pending is None and self.current is not None and self.current.generation == generation

    def _stop(self, generation: int) -> None:
        if self.pending and self.pending.generation <= generation:
            self.pending = None
        if self.current and self.current.generation <= generation:
            self.upto = -1
            self._close()

    # a run ------------------------------------------------------------------------------------------------------

    def _begin(self, start: m.Start) -> None:
        self._close()
        self.pending, self.current = None, start
        self.encoder.forget()
        self.sent, self.verify = Strided(), None
        self.upto = max(start.land, start.skip)
        with self._faults(start.generation):
            self.send(m.Loading(start.generation, False))
            concept = find(start.concept)
            self.send(m.Loading(start.generation, True))
            run = Run(start.params, start.device, on_check=self._on_check,
                      on_report=lambda done, total: self.send(m.Progress(start.generation, done, total)))
            self.began = monotonic()
            self.stepper = Stepper(concept, start.params, device=start.device, edits=start.edits, run=run)
            self.send(m.Began(start.generation))

    def _step(self) -> None:
        stepper, start = self.stepper, self.current
        assert stepper is not None and start is not None
        with self._faults(start.generation):
            for edit in [e for e in self.edits if e.generation == start.generation]:
                self.send(m.Edited(start.generation, stepper.edit(edit.name, edit.value)))
            self.edits = []
            missing = dict(stepper.run.missing)
            try:
                frame = next(stepper)
            except StopIteration:
                self.stepper = None
                self.send(m.Ended(start.generation, stepper.run.ended, dict(stepper.run.missing)))
                return
            self.sent.add(stepper.index, frame)
            if stepper.run.missing != missing:
                self.send(m.Missing(start.generation, dict(stepper.run.missing)))
            if stepper.index >= start.skip:
                self.send(m.FrameSent(start.generation, stepper.index, frame, stepper.run.params))
            if stepper.index >= start.land:
                self.landed = monotonic()

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
            with contextlib.suppress(ValueError, Overtaken):
                stepper.close()

    # checks, layers, devices --------------------------------------------------------------------------------------

    def _verify(self) -> None:
        asked, self.verify = self.verify, None
        if asked is None or self.current is None or asked.generation != self.current.generation or not len(self.sent):
            return
        found = []
        with self._faults(asked.generation):
            concept = find(self.current.concept)
            for verifier in concept.verifiers:
                for check in verifier(self.current.params, list(self.sent.items)):
                    found.append(check)
                    self.read()
                    if self.pending or self.closed:
                        return
            self.send(m.ChecksSent(asked.generation, tuple(found)))

    def _layer(self, start: m.StartLayer) -> None:
        """Refine a layer to its end; between its frames, and in its checks, the run goes first."""
        def give_way() -> None:
            self.read()
            while not self.closed and self.main_work():
                self.read()
            if self.closed or start not in self.layers:
                raise Overtaken

        with self._faults(-1, layer=start):
            concept = find(start.concept)
            self.layer_encoder.forget()
            frames = concept.layer_frames(start.name, start.params, Run(start.params, start.device, on_check=give_way))
            try:
                for frame in frames:
                    self.send(m.LayerSent(start.key, start.name, frame, False))
                    give_way()
                self.send(m.LayerSent(start.key, start.name, None, True))
            finally:
                frames.close()
        self.layers = [x for x in self.layers if x is not start]

    def _devices(self) -> None:
        from engine.core.device import available

        try:
            found = tuple((d.name, d.title) for d in available())
        except Exception:  # noqa: BLE001  a broken torch leaves the CPU
            found = (("cpu", "CPU"),)
        self.send(m.DevicesSent(found))

    # sending ------------------------------------------------------------------------------------------------------

    def send(self, message: Any) -> None:
        """Send a message; a closed pipe ends the lane."""
        encoder = self.layer_encoder if isinstance(message, m.LayerSent) else self.encoder
        try:
            self.pipe.send_bytes((b"L" if encoder is self.layer_encoder else b"M") + encoder.dumps(message))
        except (BrokenPipeError, OSError):
            self.closed = True

    @contextlib.contextmanager
    def _faults(self, generation: int, layer: m.StartLayer | None = None) -> Iterator[None]:
        """Any exception of a concept becomes one sentence with its traceback; the lane lives on."""
        try:
            yield
        except Overtaken:
            if layer is None:
                self.stepper = None
        except Exception as error:  # noqa: BLE001  whatever a concept raises is told, and the lane lives on
            if layer is None:
                self._close()
            else:
                self.layers = [x for x in self.layers if x is not layer]
            self.send(m.FaultSent(generation, sentence_of(error), traceback.format_exc()))


def sentence_of(error: Exception) -> LoupeError:
    """An exception as one sentence; ours are sentences already."""
    if isinstance(error, LoupeError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "alloc" in str(error)[:200]:
        return Failed("this asks for more memory than there is; make it smaller", "out_of_memory")
    words = " ".join(str(error).split())[:160]
    return Failed(f"the computation failed: {type(error).__name__}: {words}", "computation_failed",
                  name=type(error).__name__, words=words)


def main(connection: Connection, log: str, path: list[str]) -> None:
    """Entry of the lane's process: own group, dies with its parent, reads until the pipe closes."""
    sys.path[:] = path
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(log, "w", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        server = Server(connection)
        server.send(m.Ready(os.getpid()))
        server.serve()
    leave()


def leave() -> None:
    """End this process and every worker it started, at once."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def _die_with_parent() -> None:
    """On Linux the kernel kills this process when its parent dies, even in the middle of a long call."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
