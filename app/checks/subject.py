"""What a contract check looks at: one concept with its words, its source, its runs and its pictures, each made once."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.catalog import Catalog
from app.entry import Entry
from app.export.figure import Figure, compute
from app.recording import Recording
from engine.core.address import load
from engine.core.checks import FEW
from engine.core.concept import Check as Verdict
from engine.core.concept import Concept
from engine.core.params import build, run_key, schema
from engine.core.run import Run, iterate

if TYPE_CHECKING:
    from app.checks.legible import Flaw
    from app.checks.tiles import Tile
    from panels.kit.panel import Panel

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ""                # the name of the case that has no preset

Faults = Iterator[str]
Check = Callable[["Subject"], Faults]


class Subject:
    """A concept under check. Everything costly is computed when first asked for, and kept."""

    def __init__(self, entry: Entry, catalog: Catalog, root: Path = ROOT, concept: Concept | None = None,
                 panel: Panel | None = None, *, full: bool = False) -> None:
        self.entry, self.catalog, self.root = entry, catalog, root
        self.full = full                                # every combination of its pictures, not only the telling ones
        self.seen: dict[Tile, list[Flaw]] = {}          # what was found in each picture
        self._concept, self._panel = concept, panel
        self._runs: dict[tuple[str, bool], Figure] = {}
        self._layered: dict[str, Figure] = {}
        self._verified: dict[str, list[Verdict]] = {}
        self._layers: dict[tuple[str, str, bool], Any] = {}

    @property
    def is_page(self) -> bool:
        """Whether the concept is text without an engine."""
        return self.entry.kind == "page"

    @cached_property
    def concept(self) -> Concept:
        return self._concept or load(self.entry.id)

    @cached_property
    def panel(self) -> Panel:
        from panels.kit.panel import PANELS, load_panel

        if self._panel is not None:
            PANELS[self.entry.id] = self._panel
        return load_panel(self.entry.id)

    @cached_property
    def presets(self) -> dict[str, dict[str, Any]]:
        return {name: dict(preset.set) for name, preset in self.entry.presets.items()}

    def path(self, kind: str) -> Path:
        """Where a concept's file of a kind belongs: 'engine', 'panel', 'words', 'lesson.en' or 'lesson.zh'."""
        at = self.entry.path
        return self.root / {"engine": f"engine/{at}.py", "panel": f"panels/{at}.py",
                            "words": f"assets/concepts/{at}.toml", "lesson.en": f"assets/concepts/{at}.en.md",
                            "lesson.zh": f"assets/concepts/{at}.zh.md"}[kind]

    def sources(self) -> list[Path]:
        """The concept's own Python files: engine, panel, and companions named `<id>_<what>.py`."""
        found = []
        for kind in ("engine", "panel"):
            path = self.path(kind)
            found += [path] if path.is_file() else []
            found += sorted(p for p in path.parent.glob(f"{path.stem}_*.py") if self._owner(p.stem) == self.entry.name)
        return found

    def _owner(self, stem: str) -> str:
        """The concept whose companion a module is: gradient_descent_1d_view belongs to gradient_descent_1d."""
        names = [e.name for e in self.catalog.of_chapter(self.entry.chapter)] + [self.entry.name]
        return max((n for n in names if stem == n or stem.startswith(n + "_")), key=len, default="")

    def lesson(self, language: str) -> str:
        """The lesson's text; empty where there is none."""
        path = self.path(f"lesson.{language}")
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    # runs ---------------------------------------------------------------------------------------------------------

    def params(self, **values: Any) -> Any:
        """Parameters over the defaults, cheap ones where the concept declares them."""
        return build(self.concept.Params, {**values, **self.concept.small}, settle=True)

    def cases(self) -> list[str]:
        """The default and every preset, by name."""
        return [DEFAULT, *self.presets]

    def whole(self, case: str = DEFAULT) -> Figure:
        """The run of a case to its rest, without layers: for what looks at its frames."""
        return self._kept(case, short=False)

    def begun(self, case: str = DEFAULT) -> Figure:
        """The first frames of a case, with the first frame of each layer: for what holds at any time."""
        return self._kept(case, short=True)

    def figure(self, case: str = DEFAULT) -> Figure:
        """The run of a case to its rest with its layers refined: for what looks at the finished picture."""
        if case not in self._layered:
            figure = self.whole(case)
            found = {name: self.layer(name, figure.params, last=True) for name in self.concept.layers}
            self._layered[case] = replace(figure, layers={k: v for k, v in found.items() if v is not None})
        return self._layered[case]

    def layer(self, name: str, params: Any, *, last: bool) -> Any:
        """The first or the last frame of a layer, made once for all parameters that agree in what it reads."""
        layer = self.concept.layers[name]
        key = (name, run_key(self.concept.id, params, layer.reads), last)
        if key not in self._layers:
            with contextlib.closing(self.concept.layer_frames(name, params, Run(params))) as frames:
                kept = deque(frames if last else islice(frames, 1), maxlen=1)
            self._layers[key] = kept[0] if kept else None
        return self._layers[key]

    def verified(self, case: str = DEFAULT) -> list[Verdict]:
        """What the concept's own proof says of a case."""
        if case not in self._verified:
            figure = self.whole(case)
            self._verified[case] = self.concept.checks(figure.params, [r.frame for r in figure.recording.all()])
        return self._verified[case]

    def _kept(self, case: str, short: bool) -> Figure:
        if (case, short) not in self._runs:
            self._runs[case, short] = self.run(self.presets.get(case, {}), short=short)
        return self._runs[case, short]

    def run(self, values: dict[str, Any], *, short: bool = False) -> Figure:
        """A run with these values, computed here: to its rest, or just begun."""
        params, rest = self.params(**values), self.concept.rest
        if not short:
            return compute(self.entry, self.concept, params)
        recording = Recording()
        for index, frame in enumerate(iterate(self.concept, params, last=FEW if rest is None else min(rest, FEW))):
            recording.add(index, frame, params)
        layers = {name: self.layer(name, params, last=False) for name in self.concept.layers}
        return Figure(self.entry, self.concept, params, recording, recording.last_index, layers)

    def varied(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, values) of every choice of every parameter, for what must hold whichever is chosen."""
        for spec in schema(self.concept.Params):
            choices = spec.choices if spec.type == "choice" else (True, False) if spec.type == "bool" else ()
            for value in choices:
                if value != spec.default:
                    yield f"{spec.name}={value}", {spec.name: value}
