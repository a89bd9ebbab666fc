"""`export`: a figure, a clip, data or a script of one concept; or every concept's picture and a page of them."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.atomic import check_target
from app.commands.compare import settings_of
from app.commands.request import Request, request, whole
from app.differences import differing
from app.export import CLIPS, DATA, PICTURES, Exported, Figure, compute, export, kind_of, parse_size, rate_of, wide_size
from app.export.compared import Compared
from app.export.played import Making, Played, values_of
from engine.core.faults import BadInput
from engine.core.params import Parameter, build, parameter


def run(arguments: argparse.Namespace) -> int:
    if arguments.all:
        return _export_all(arguments)
    if not arguments.id or arguments.folder:
        raise BadInput("give one concept's ID and -o FILE, or --all and a folder", "what_to_export")
    if not arguments.output:
        raise BadInput(f"{arguments.id}: say where to: -o FILE", "no_output")
    export_one(arguments, Path(arguments.output))
    return 0


def export_one(arguments: argparse.Namespace, path: Path) -> None:
    """Everything that can be refused is refused before anything is computed."""
    suffix = kind_of(path)
    check_target(path)
    last = whole("frame", arguments.frame, 0)
    wanted = request(arguments)
    settings = settings_of(wanted, arguments.compare)
    size = parse_size(arguments.size, arguments.dpi, default=wide_size(path, len(settings)))
    if suffix in CLIPS:
        rate_of(path, arguments.fps)
    if arguments.play and suffix not in CLIPS:
        raise BadInput(f"{path.name}: a parameter is played in a clip; export {', '.join(CLIPS)}", "played_picture",
                       name=path.name, choices=", ".join(CLIPS))
    values = played_values(wanted, settings, arguments.play) if arguments.play else None
    if settings and suffix in DATA:
        raise BadInput(f"{path.name}: a comparison is a picture; export {', '.join((*PICTURES, *CLIPS))}", "compared_data",
                       name=path.name, choices=", ".join((*PICTURES, *CLIPS)))
    if suffix not in DATA:
        from app.export.headless import ensure_application

        ensure_application()
    look = {"size": size, "theme": arguments.theme or "print", "language": language(arguments), "caption": arguments.caption}
    figure: Exported = played(wanted, settings, *values, last, look) if values else computed(wanted, settings, last, look)
    export(figure, path, fps=arguments.fps, on_progress=_say_progress if sys.stderr.isatty() else None)


def computed(wanted: Request, settings: list[Any], last: int | None, look: dict[str, Any]) -> Figure | Compared:
    """The figure of what is asked for, or of every setting of a comparison."""
    figures = tuple(compute(wanted.entry, wanted.concept, params, device=wanted.device, edits=wanted.edits, last=last, **look)
                    for params in settings or [wanted.params])
    return Compared(figures, **look) if settings else figures[0]


def played_values(wanted: Request, settings: list[Any], word: str) -> tuple[Parameter, tuple[Any, ...]]:
    """The parameter that --play names, and its values."""
    name, _, span = word.partition("=")
    spec = parameter(wanted.concept.Params, name.strip())
    if spec.name in {p.name for p in differing(settings)}:
        raise BadInput(f"play={spec.name}: the columns differ in it; play another parameter", "played_differs",
                       name=spec.name)
    return spec, values_of(spec, span, wanted.entry.value_words(spec.name)[0])


def played(wanted: Request, settings: list[Any], spec: Parameter, values: tuple[Any, ...], last: int | None,
           look: dict[str, Any]) -> Played:
    """A clip of the parameter's values, each computed here."""

    def make(value: Any) -> Making:
        moved = [build(wanted.concept.Params, {spec.name: value}, params, settle=True)
                 for params in settings or [wanted.params]]
        yield computed(replace(wanted, params=moved[0]), moved if settings else [], last, look)

    own = {key: look[key] for key in ("size", "theme", "language")}
    first = next(found for found in make(values[0]) if found is not None).with_layers()
    return Played(first, spec, values, make, **own, made={0: first})


def language(arguments: argparse.Namespace) -> str:
    """--lang, else LOUPE_LANG, else English."""
    found = arguments.lang or os.environ.get("LOUPE_LANG") or "en"
    if found not in ("en", "zh"):
        raise BadInput(f"LOUPE_LANG={found}: must be en or zh", "bad_language", value=found)
    return found


def _say_progress(done: int, total: int) -> None:
    if total > 1:
        print(f"\r{done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _export_all(arguments: argparse.Namespace) -> int:
    from app.export.page import export_page

    folder = arguments.folder or arguments.id
    if not folder or (arguments.folder and arguments.id):
        raise BadInput("--all: give one folder to write to", "no_folder_given")
    for name in ("output", "set", "preset", "edit", "frame", "fps", "compare", "play"):
        if getattr(arguments, name):
            raise BadInput(f"--all: writes every concept as it is at first; leave --{name} out", "not_with_all", name=name)
    size = parse_size(arguments.size, arguments.dpi)
    failed = export_page(Path(folder), size, arguments.theme or "light", language(arguments),
                         jobs=whole("jobs", arguments.jobs, 0) or 0, on_made=_say_made)
    return 3 if failed else 0


def _say_made(done: int, total: int, made: tuple[str, str]) -> None:
    print(f"{done:4} of {total}  {made[0]}{': ' if made[1] else ''}{made[1]}", file=sys.stderr)
