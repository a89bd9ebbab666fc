"""When the running request still lands its picture, and when the newest one overtakes it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

# While a hand drags, every request that was begun lands its picture, so that pictures keep coming. Once the newest
# request has been still for a moment, the running one is cut in its favour; unless no picture has landed for as long
# as one takes, for then a hand that rests every now and then would never see one.
STILL = 0.04            # seconds without a newer request: the hand rests
FRESH = 0.9             # a picture is fresh for this share of what the last one took
LONGEST = 1.5           # no request is owed its picture for longer than this


@dataclass
class Landing:
    """The times, in seconds, of the newest request, of the running one, and of the last picture that landed."""

    asked: float = 0.0          # when the newest request came
    began: float = 0.0          # when the running one began to compute
    landed: float = 0.0         # when the last picture landed
    cost: float = 0.0           # how long the last picture took from its beginning

    def ask(self) -> None:
        """A newer request has come."""
        self.asked = monotonic()

    def begin(self) -> None:
        """A request begins to compute."""
        self.began = monotonic()

    def forget(self) -> None:
        """Another concept's pictures say nothing of how long this one's take."""
        self.landed = self.cost = 0.0

    def land(self, now: float, first: bool) -> None:
        """A picture was ready at that time; the first of its request tells what one costs."""
        self.landed = now
        if first:
            self.cost = now - self.began

    def overtakes(self) -> bool:
        """Whether the newest request need not wait for the picture that the running one owes."""
        now = monotonic()
        rests, fresh = now - self.asked > STILL, now - self.landed < FRESH * self.cost
        return now - self.began >= LONGEST or (rests and fresh)
