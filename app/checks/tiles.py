"""A tile is one picture of a concept to look at: a case, a frame, a language, a theme and a size; and which of them tell most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.checks.subject import DEFAULT, Subject
from panels.kit.theme import THEMES, Language

NORMAL, SMALL = (1180, 760), (640, 460)         # the stage of a common window, and of the smallest
LANGUAGES: tuple[Language, Language] = ("en", "zh")
ALWAYS: tuple[tuple[Language, str, tuple[int, int]], ...] = (
    ("en", "light", NORMAL), ("zh", "dark", NORMAL), ("zh", "print", NORMAL), ("en", "dark", SMALL), ("zh", "light", SMALL))


@dataclass(frozen=True)
class Tile:
    """One picture; `moment` is 0 for the run's first frame, 1 for the middle one and 2 for the last."""

    case: str
    moment: int
    language: Language
    look: str
    size: tuple[int, int] = NORMAL

    @property
    def caption(self) -> str:
        where = f" · {self.size[0]}×{self.size[1]}" if self.size != NORMAL else ""
        return f"{self.case or 'default'} · {MOMENTS[self.moment]} frame · {self.language} · {self.look}{where}"

    def index(self, subject: Subject) -> int:
        """The frame's place in the run."""
        recording = subject.figure(self.case).recording
        return recording.at((0, len(recording) // 2, len(recording) - 1)[self.moment]).index


MOMENTS = ("first", "middle", "last")


def every_tile(subject: Subject) -> Iterator[Tile]:
    """Every case at three moments in both languages, all themes and two sizes."""
    for case in subject.cases():
        for language in LANGUAGES:
            for look in THEMES:
                for size in (NORMAL, SMALL):
                    yield from (Tile(case, moment, language, look, size) for moment in range(3))


def examined(subject: Subject) -> list[Tile]:
    """The pictures that the checks look at: the finished one of each case in five ways, and the way there in some."""
    if subject.full:
        return list(every_tile(subject))
    found = [Tile(case, 2, *way) for case in subject.cases() for way in ALWAYS]
    found += [Tile(DEFAULT, 0, "en", "light"), Tile(DEFAULT, 0, "zh", "dark", SMALL), Tile(DEFAULT, 2, "en", "print"),
              Tile(DEFAULT, 1, "zh", "light"), Tile(DEFAULT, 1, "en", "print", SMALL)]
    return found + [Tile(case, n % 2, LANGUAGES[n % 2], THEMES[n % len(THEMES)]) for n, case in enumerate(subject.presets)]


def telling(subject: Subject) -> list[Tile]:
    """The pictures of a contact sheet: few enough to look at one by one."""
    found = [Tile(DEFAULT, 0, "en", "light"), Tile(DEFAULT, 1, "en", "light"), Tile(DEFAULT, 2, "en", "light"),
             Tile(DEFAULT, 2, "zh", "dark"), Tile(DEFAULT, 2, "en", "print"), Tile(DEFAULT, 2, "zh", "light", SMALL)]
    return found + [Tile(case, 2, ("zh", "en")[number % 2], ("light", "dark")[number % 2])
                    for number, case in enumerate(subject.presets)]
