"""Where the window has been: back and forward go through it, and the gallery shows what was seen last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.window import Window

MOST_VISITED, MOST_RECENT = 60, 24


class Places:
    """The concepts that were visited, in order; '' is the gallery."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.visited: list[str] = []
        self.at = -1

    def note(self, concept_id: str, visit: bool) -> None:
        """The window shows this now; a visit lets go of what lay ahead."""
        window = self.window
        window.sidebar.show_current(concept_id)
        if visit:
            self.visited = [*self.visited[:self.at + 1], concept_id][-MOST_VISITED:]
            self.at = len(self.visited) - 1
        if concept_id:
            recent = [concept_id, *(i for i in window.settings.recent if i != concept_id)][:MOST_RECENT]
            window.settings = window.file.change(recent=tuple(recent), concept=concept_id)
            window.gallery.page.recent = tuple(recent)

    def go(self, by: int) -> None:
        """Back or forward through what was visited."""
        at = self.at + by
        if 0 <= at < len(self.visited):
            self.at = at
            concept_id = self.visited[at]
            self.window.open(concept_id, visit=False) if concept_id else self.window.go_home(visit=False)
