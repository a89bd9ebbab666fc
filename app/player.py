"""The player is a position on a recording's timeline that moves with the clock while it plays."""

from __future__ import annotations

FRAMES_A_SECOND = 24.0
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
AHEAD = 1 / 12          # seconds computed ahead: enough for an even pace, so little that a live edit is seen at once


class Player:
    """Position in frame indices; how far it may go is told at each tick."""

    def __init__(self) -> None:
        self.index = 0
        self.playing = False
        self.speed = 1.0
        self.loop = False
        self._since: float | None = None
        self._from = 0.0

    def play(self) -> None:
        self.playing, self._since = True, None

    def pause(self) -> None:
        self.playing = False

    def seek(self, index: int) -> None:
        """Go to an index; playing goes on from there."""
        self.index, self._since = max(0, index), None

    def set_speed(self, speed: float) -> None:
        self.speed, self._since = min(max(speed, SPEEDS[0]), SPEEDS[-1]), None

    def wanted(self) -> int:
        """The index up to which frames should be there soon: a little ahead, or just the present one."""
        return self.index + (max(2, round(self.speed * FRAMES_A_SECOND * AHEAD)) if self.playing else 0)

    def tick(self, now: float, last: int, ended: bool) -> bool:
        """Move to where the clock says, no further than `last`; True when the index changed."""
        if not self.playing or last < 0:
            return False
        if self._since is None:
            self._since, self._from = now, float(self.index)
        target = int(self._from + (now - self._since) * self.speed * FRAMES_A_SECOND)
        if target > last:
            self._since, self._from = now, float(max(last, 0))  # waits for frames without running ahead of them
            if ended and self.index >= last:
                return self._finish()
            target = last
        moved = target != self.index
        self.index = target
        return moved

    def _finish(self) -> bool:
        if self.loop and self.index > 0:
            self.seek(0)
            return True
        self.pause()
        return False
