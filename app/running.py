"""The run behind a session: what was sent to the lane, what has come back, and how far the lane may go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.player import Player
from app.recording import Recorded, Recording
from engine.core import messages as m
from engine.core.concept import Concept
from engine.core.faults import LoupeError
from engine.core.run import Edit

CAUGHT_UP = ("steps", "trace")          # a new run of these is shown from where the old one stood


class Running:
    """One concept's run: its recording, the one that is coming, and the player on them.

    A new request leaves the old recording in place until its own first picture lands. `receive` names what happened:
    'landed', 'frame', 'stale' (a picture of an overtaken request), 'ended', 'failed', 'said', or '' for nothing.
    """

    def __init__(self, address: str, concept: Concept, send: Callable[[Any], None], next_generation: Callable[[], int]):
        self.address, self.concept = address, concept
        self.recording = Recording()
        self.coming: Recording | None = None
        self.player = Player()
        self.generation = -1
        self.fault: LoupeError | None = None
        self.details = ""
        self.progress: tuple[int, int] | None = None
        self.stale: Recorded | None = None
        self.scrubbed = False                               # the user went back, and has not come to the head again
        self._send, self._next_generation = send, next_generation
        self._due: dict[int, int] = {}                      # generation -> index of its first picture
        self._granted = -1
        self._played = False                                # whether a fault interrupted playing

    # asking -----------------------------------------------------------------------------------------------------

    def start(self, params: Any, device: str, edits: tuple[Edit, ...] = (), land: int | None = None) -> None:
        """Ask for a new run; it overtakes the one before."""
        if land is None:
            land = self.player.index if self.concept.kind in CAUGHT_UP else 0
        self.coming = Recording(params, edits)
        self._ask(m.Start(self._next_generation(), self.address, params, device, edits, land))

    def take_up(self, params: Any, device: str) -> None:
        """Go on with a run whose lane was lost or served another: computed again, and sent from where it stopped."""
        recording = self.recording
        if self.coming is not None or not len(recording) or not self.concept.repeatable:
            self.start(params, device)
            return
        recording.ended = ""
        self._ask(m.Start(self._next_generation(), self.address, recording.params, device, recording.edits,
                          skip=recording.last_index + 1))

    def branch(self, changes: list[tuple[str, Any]], device: str) -> None:
        """An edit in the past: what came after it is let go, and the run goes on from there with the edit."""
        at = min(self.player.index, self.recording.last_index)
        self.recording.cut(at)
        for name, value in changes:
            self.recording.add_edit((at + 1, name, value))
        self.scrubbed = False
        self._ask(m.Start(self._next_generation(), self.address, self.recording.params, device, self.recording.edits,
                          skip=at + 1))

    def _ask(self, start: m.Start) -> None:
        self.generation, self._granted = start.generation, start.due
        self._due = {g: due for g, due in self._due.items() if g > start.generation - 64} | {start.generation: start.due}
        if self.fault is not None and self._played:
            self.player.play()
        self.fault, self.details, self.progress = None, "", None
        self._send(start)

    def edit(self, name: str, value: Any) -> None:
        """Change a Live() parameter of the running generator."""
        self._send(m.EditLive(self.generation, name, value))

    def stop(self) -> None:
        """End the run where it is; what was recorded stays."""
        self.player.pause()
        self._send(m.Stop(self.generation))
        self.coming = None
        self.recording.ended = self.recording.ended or "stopped"

    # receiving --------------------------------------------------------------------------------------------------

    def receive(self, message: Any) -> str:
        """Take a message of the lane; those of overtaken runs are let go, but for their first pictures."""
        if message.generation != self.generation:
            return self._stale(message)
        target = self.recording if self.coming is None else self.coming
        if isinstance(message, m.FrameSent):
            target.add(message.index, message.frame, message.params, message.size)
            self.progress = None
            if message.index >= self._due[self.generation]:
                return self._land()
            return "frame" if self.coming is None else ""       # on the way to its first picture nothing is seen of it
        if isinstance(message, m.Ended):
            what = self._land()
            self.recording.ended = self.recording.ended or message.reason
            self.recording.missing |= message.missing
            self.progress = None
            return "landed" if what == "landed" else "ended"
        if isinstance(message, m.FaultSent):
            return self._fail(message)
        if isinstance(message, m.Missing):
            target.missing = message.missing
        elif isinstance(message, m.Edited):
            target.add_edit(message.edit)
        elif isinstance(message, m.Progress):
            self.progress = (message.done, message.total)
            return "said"
        return ""

    def _stale(self, message: Any) -> str:
        """A first picture of an overtaken value is still a picture: it is shown, and nothing of it is kept."""
        if self.coming is None or not isinstance(message, m.FrameSent) or self._due.get(message.generation) != message.index:
            return ""
        self.stale = Recorded(message.index, message.frame, message.params)
        return "stale"

    def _land(self) -> str:
        if self.coming is None:
            return "frame"
        self.recording, self.coming, self.stale = self.coming, None, None
        self.scrubbed = False
        self.player.seek(min(self._due[self.generation], max(0, self.recording.last_index)))
        return "landed"

    def _fail(self, message: m.FaultSent) -> str:
        self.fault = message.fault if isinstance(message.fault, LoupeError) else None
        self.details, self.progress, self.coming = message.details, None, None
        self._played = self.player.playing
        self.player.pause()
        return "failed"

    # playing ----------------------------------------------------------------------------------------------------

    def pace(self, now: float) -> bool:
        """Move the player and give the lane its credit; True when another frame is to be shown."""
        if self.coming is not None or self.fault is not None:
            return False
        moved = self.player.tick(now, self.recording.last_index, bool(self.recording.ended))
        self.scrubbed = self.scrubbed and self.player.index < self.recording.last_index
        if not self.recording.ended:
            wanted = self.player.wanted()
            if wanted > self._granted or (wanted < self._granted and not self.player.playing):
                self._granted = wanted
                self._send(m.Grant(self.generation, wanted))
        return moved

    def seek(self, index: int) -> None:
        """Go to the frame at an index; one that is not there yet is computed, one past the end is the last."""
        last = max(0, self.recording.last_index)
        self.player.seek(min(index, last) if self.recording.ended else index)
        self.scrubbed = self.player.index < last

    def shown(self) -> Recorded | None:
        """The frame at the player's position, or the last one before it."""
        if not len(self.recording):
            return None
        return self.recording.at(self.recording.position_of(self.player.index))
