"""What the window and a lane say to each other; every message names the generation it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.core.concept import Check
from engine.core.run import Edit


@dataclass(frozen=True)
class Start:
    """Begin a run; it overtakes the one before. Frames up to `land` are due at once, more only with credit."""

    generation: int
    concept: str                      # an id, or module:name for one outside the engine
    params: Any
    device: str = "cpu"
    edits: tuple[Edit, ...] = ()
    land: int = 0                     # index of the first picture that must be shown
    skip: int = 0                     # frames before this index are computed, not sent (a run taken up again)

    @property
    def due(self) -> int:
        """Index of the first picture that is owed, with or without credit."""
        return max(self.land, self.skip)


@dataclass(frozen=True)
class Grant:
    """Frames up to this index may be computed."""

    generation: int
    upto: int


@dataclass(frozen=True)
class EditLive:
    """Change a Live() parameter of the running generator."""

    generation: int
    name: str
    value: Any


@dataclass(frozen=True)
class Stop:
    """End the run of this generation where it is."""

    generation: int


@dataclass(frozen=True)
class Verify:
    """Check the frames sent so far against the independent implementation."""

    generation: int


@dataclass(frozen=True)
class Prove:
    """Compute a repeatable run again up to frame `last`, and check it. It has a lane of its own: an independent
    implementation may import torch and take seconds, and no dragging hand is to wait for it."""

    generation: int
    concept: str
    params: Any
    device: str
    edits: tuple[Edit, ...]
    last: int


@dataclass(frozen=True)
class StartLayer:
    """Begin a layer; it overtakes an earlier one of the same name."""

    key: str
    concept: str
    name: str
    params: Any
    device: str = "cpu"


@dataclass(frozen=True)
class AskDevices:
    """Which devices are there? Imports torch."""


@dataclass(frozen=True)
class Quit:
    """Leave."""


@dataclass(frozen=True)
class Ready:
    """The lane is up and listens."""

    pid: int


@dataclass(frozen=True)
class Loading:
    """An import is under way (torch takes seconds), said again while it lasts; `done` when the concept is there."""

    generation: int
    done: bool


@dataclass(frozen=True)
class Began:
    """The run's generator has been made."""

    generation: int


@dataclass(frozen=True)
class FrameSent:
    """One frame."""

    generation: int
    index: int
    frame: Any
    params: Any                       # as they were when the frame was made, live edits included
    size: int = 0


@dataclass(frozen=True)
class Progress:
    """How far a long piece of work has come."""

    generation: int
    done: int
    total: int


@dataclass(frozen=True)
class Ended:
    """The run is over: 'done', or the reason it gave."""

    generation: int
    reason: str
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Missing:
    """Why metrics are undefined in this run."""

    generation: int
    missing: dict[str, str]


@dataclass(frozen=True)
class Edited:
    """A live edit took effect from this frame on."""

    generation: int
    edit: Edit


@dataclass(frozen=True)
class FaultSent:
    """The run failed; the sentence, its key and values, and the traceback to copy."""

    generation: int
    fault: Exception
    details: str


@dataclass(frozen=True)
class ChecksSent:
    """The outcome of Verify."""

    generation: int
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class LayerSent:
    """A layer's frame; None and done when there is no more."""

    key: str
    name: str
    frame: Any
    done: bool


@dataclass(frozen=True)
class LayerFailed:
    """A layer failed; the run goes on."""

    key: str
    name: str
    fault: Exception
    details: str


@dataclass(frozen=True)
class DevicesSent:
    """The devices of this machine."""

    devices: tuple[tuple[str, str], ...]
