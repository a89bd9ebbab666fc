"""One playhead for several runs: frames are matched by their index, by simulated time where they carry it, or by progress.

By index is the honest match of algorithms (step k beside step k); a run that has ended stays at its last frame. Runs
whose frames carry a simulated `time` are matched by it. By progress all begin and end together, whatever their length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.player import Player
from engine.core.frame import Array

if TYPE_CHECKING:
    from app.session import Session

WAYS = ("index", "time", "progress")
EVERYTHING = 10**9          # frames granted to runs that are matched by time or progress: they have an end


class Link:
    """The sessions under one playhead; its index counts the frames of the run that leads, which is the longest."""

    def __init__(self) -> None:
        self.player = Player()
        self.sessions: list[Session] = []
        self.stands = False                         # a parameter is played: the playhead stays where it is
        self.by = ""                                # chosen by the user; '' for what suits the frames
        self._now = -1.0
        self._clocks: dict[Session, tuple[object, Array, Array]] = {}

    # how frames are matched ---------------------------------------------------------------------------------------------

    @property
    def way(self) -> str:
        """The match that is in use: progress needs the end of every run."""
        ways = self.ways()
        return self.by if self.by in ways else ways[0]

    def ways(self) -> tuple[str, ...]:
        """The matches there are now, the one that suits these frames first."""
        timed = bool(self.sessions) and all(len(self._clock(s)[1]) for s in self.sessions)
        ended = bool(self.sessions) and all(s.recording.ended for s in self.sessions)
        return (*(("time",) if timed else ()), "index", *(("progress",) if ended else ()))

    @property
    def leader(self) -> Session:
        """The session whose frames the playhead counts."""
        if self.way == "time":
            return max(self.sessions, key=lambda s: (float(self._clock(s)[1][-1]), s.recording.last_index))
        return max(self.sessions, key=lambda s: s.recording.last_index)

    def index_of(self, session: Session) -> int:
        """The frame of a session that stands beside the playhead's."""
        at, leader = self.player.index, self.leader
        if session is leader or self.way == "index":
            return at
        if self.way == "progress":
            return round(at / max(1, leader.recording.last_index) * session.recording.last_index)
        (indices, times), (own, own_times) = self._clock(leader), self._clock(session)
        time = times[max(0, int(np.searchsorted(indices, at, side="right")) - 1)]
        return int(own[max(0, int(np.searchsorted(own_times, time + 1e-9 * abs(time), side="right")) - 1)])

    def _clock(self, session: Session) -> tuple[Array, Array]:
        """Indices and simulated times of the kept frames, (frames,) each; empty where there is none, or it goes back."""
        recording = session.recording
        key = (id(recording), recording.last_index, len(recording))
        if self._clocks.get(session, (None,))[0] != key:
            kept = recording.all() if session.concept.kind in ("trace", "real") else []
            found = np.array([getattr(r.frame, "time", np.nan) for r in kept], np.float64)
            good = len(found) > 0 and bool(np.isfinite(found).all() and np.all(np.diff(found) >= 0))
            indices = np.array([r.index for r in kept])
            self._clocks[session] = (key, indices if good else np.zeros(0), found if good else np.zeros(0))
        return self._clocks[session][1:]

    def choose(self, way: str) -> None:
        """Match in another way; the leading run stays where it is."""
        at = self.leader.player.index if self.sessions else 0
        self.by = way
        self.seek(self.index_from(self.leader, at))

    def index_from(self, session: Session, index: int) -> int:
        """The playhead's index for a frame of the leading session."""
        return min(index, max(0, session.recording.last_index)) if session.recording.ended else index

    # moving -------------------------------------------------------------------------------------------------------------

    def seek(self, index: int) -> None:
        """Every session to what stands beside that frame of the leading one."""
        last = max((s.recording.last_index for s in self.sessions), default=0)
        ended = all(s.recording.ended for s in self.sessions)
        self.player.seek(min(index, max(0, last)) if ended else index)
        for session in self.sessions:
            session.run.scrubbed = self.index_of(session) < session.recording.last_index

    def tick(self, now: float) -> None:
        """Move with the clock, once however many sessions ask; no run is left behind, none waits for one that ended."""
        if now == self._now:
            return
        self._now = now
        well = [s for s in self.sessions if s.fault is None]
        if self.stands or any(s.run.coming is not None for s in well):
            self.player.seek(self.player.index)                 # waits, and does not make up for it afterwards
            return
        running = [s.recording.last_index for s in well if not s.recording.ended]
        last = min(running) if running and self.way == "index" else max((s.recording.last_index for s in well), default=-1)
        self.player.tick(now, max(last, self.player.index), not running)


class Follower(Player):
    """The player of one session under a link: it plays when all play, and stands where the link says."""

    def __init__(self, link: Link, session: Session, index: int) -> None:
        self.link, self.session = link, session
        super().__init__()
        self.index = index

    @property
    def playing(self) -> bool:
        return self.link.player.playing

    @playing.setter
    def playing(self, value: bool) -> None:
        """Only `play` and `pause` change it."""

    @property
    def speed(self) -> float:
        return self.link.player.speed

    @speed.setter
    def speed(self, value: float) -> None:
        """Only `set_speed` changes it."""

    @property
    def loop(self) -> bool:
        return self.link.player.loop

    @loop.setter
    def loop(self, value: bool) -> None:
        """The link's own."""

    def play(self) -> None:
        self.link.player.play()

    def pause(self) -> None:
        self.link.player.pause()

    def set_speed(self, speed: float) -> None:
        self.link.player.set_speed(speed)

    def seek(self, index: int) -> None:
        """A run that begins again takes all back to the start; else the session goes where the link stands."""
        if index == 0:
            self.link.seek(0)
        self.index = index

    def wanted(self) -> int:
        if self.link.way != "index":
            return EVERYTHING
        return self.index + (self.link.player.wanted() - self.link.player.index)

    def tick(self, now: float, last: int, ended: bool) -> bool:
        self.link.tick(now)
        target = self.link.index_of(self.session)
        moved, self.index = target != self.index, target
        return moved

