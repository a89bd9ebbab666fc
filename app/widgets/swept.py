"""The parameter that play moves where there is no run to play: where it stands, and the metrics seen on its way."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.running import CAUGHT_UP
from app.session import Session
from app.span import Span
from engine.core.frame import metrics
from engine.core.params import Parameter, plain


def can_be_swept(session: Session) -> list[Parameter]:
    """The numbers of a concept; the one its text names for it first, then those with a symbol in the formula."""
    numbers = [p for p in session.schema if p.type in ("int", "float") and p.min != p.max]
    entry = session.entry
    return sorted(numbers, key=lambda p: (p.name != entry.play, entry.term_for_param(p.name) is None))


class Swept(QObject):
    """A parameter as a timeline's axis, from 0 at its least value to 1 at its greatest."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.seen: dict[float, dict[str, Any]] = {}         # fraction -> metrics, under the other parameters' values
        self._chosen: str | None = None
        self._seen_for: Any = None
        session.frame_shown.connect(self._note)
        session.requested_changed.connect(self.changed)
        self._note()

    @property
    def active(self) -> bool:
        """Whether play moves a parameter here, rather than the run."""
        return self.spec is not None and (self.session.concept.kind == "function" or self.session.playback.animated is not None)

    @property
    def spec(self) -> Parameter | None:
        """The parameter that was chosen, or else the first that can be."""
        found = can_be_swept(self.session)
        name = self.session.playback.animated or self._chosen
        return next((p for p in found if p.name == name), found[0] if found else None)

    @property
    def span(self) -> Span:
        assert self.spec is not None
        return Span.of(self.spec, self.session.entry.value_words(self.spec.name)[0])

    @property
    def value(self) -> int | float:
        assert self.spec is not None
        found: int | float = getattr(self.session.requested, self.spec.name)
        return found

    @property
    def fraction(self) -> float:
        """How far along its range the parameter stands."""
        return self.span.fraction(self.value)

    @property
    def offered(self) -> bool:
        """Whether there is a choice: runs that a new value shows where the old one stood can be swept too."""
        return self.active or (self.session.concept.kind in CAUGHT_UP and self.spec is not None)

    def choose(self, name: str | None) -> None:
        """Move this parameter from now on; None plays the run again."""
        self.session.playback.pause()
        self._chosen = name
        self.session.playback.animate(name)
        self.seen = {}
        self._note()
        self.changed.emit()

    def play(self) -> None:
        """From where the parameter stands, up and down its range."""
        assert self.spec is not None
        self.session.playback.animate(self.spec.name)
        self.session.playback.play()

    def seek(self, fraction: float, *, final: bool = True) -> None:
        """Set the parameter to a fraction of its range."""
        self._ask(self.span.value(fraction), final=final)

    def step(self, count: int) -> None:
        """One value on or back."""
        self._ask(self.span.stepped(self.value, count), final=True)

    def _ask(self, value: int | float, *, final: bool) -> None:
        assert self.spec is not None
        if self.session.player.playing:
            self.session.playback.pause()
        self.session.ask({self.spec.name: value}, final=final)

    def _note(self) -> None:
        """Keep the metrics of each value seen, for the sparkline."""
        shown = self.session.shown
        if shown is None or not self.active or self.spec is None:
            return
        others = {k: v for k, v in plain(shown.params).items() if k != self.spec.name}
        if others != self._seen_for:
            self.seen, self._seen_for = {}, others
        self.seen[self.span.fraction(getattr(shown.params, self.spec.name))] = metrics(shown.frame)
        self.changed.emit()
