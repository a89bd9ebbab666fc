"""What is on screen of a session: a frame with the parameters to draw it with, live or recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.recording import Recorded
from engine.core.params import build

if TYPE_CHECKING:
    from app.session import Session


@dataclass(frozen=True)
class ShownFrame:
    """What is on screen: a frame with the parameters to draw it with, and where it stands in the run."""

    frame: Any
    params: Any
    index: int
    live: bool = True               # False: a recorded first picture, until the live one lands


class Showing:
    """The picture of a session; a View() parameter takes effect on it at once, everything else with the next frame."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.shown: ShownFrame | None = None

    def redraw(self) -> None:
        """The frame at the player's position; what is on screen once more where there is none yet."""
        found = self._session.run.shown()
        if found is not None:
            self.show(found)
        elif self.shown is not None:
            self._again(self.shown)

    def follow_views(self) -> None:
        """Draw what is on screen once more if a View() parameter asks for another picture of it."""
        shown = self.shown
        if shown is not None and any(getattr(shown.params, name) != value for name, value in self._views().items()):
            self._again(shown)

    def _again(self, shown: ShownFrame) -> None:
        self.show(Recorded(shown.index, shown.frame, shown.params), shown.live)

    def show(self, recorded: Recorded, live: bool = True) -> None:
        """Put a frame on screen, drawn as the View() parameters ask for at present."""
        session = self._session
        params = build(session.concept.Params, self._views(), recorded.params, settle=True)
        session.layer_book.settle(params)
        self.shown = ShownFrame(recorded.frame, params, recorded.index, live)
        session.frame_shown.emit()

    def _views(self) -> dict[str, Any]:
        """The View() parameters as they are asked for at present."""
        return {p.name: getattr(self._session.requested, p.name) for p in self._session.schema if p.effect == "view"}

    def poster(self, frame: Any, params: Any, index: int) -> None:
        """A recorded first picture, until the live one lands."""
        if self.shown is None:
            self.show(Recorded(index, frame, params), live=False)
