"""Provenance is what an exported figure carries of itself, so that it can be opened again just as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.core.address import ID, load
from engine.core.concept import Concept
from engine.core.faults import BadInput
from engine.core.params import build, coerce, parameter, plain
from engine.core.run import Edit
from engine.core.typed import strict_json
from engine.core.values import Stored
from engine.core.version import PROGRAM, SCHEMA

OPTIONAL = ("compare", "linked", "pins", "play")
KEYS = ("loupe", "program", "concept", "params", "edits", "index", "view", "data", "device", "language", "theme")
MOST_CHARACTERS = 4_000_000         # a megabyte of data, as text, with everything else
MOST_INDEX = 10**9
MOST_COLUMNS, MOST_PINS = 4, 8      # of a comparison; behind a picture
WAYS = ("", "index", "time", "progress")        # how the frames of a comparison are matched; '' as suits them
_SHA = re.compile("sha256:[0-9a-f]{64}")

Axis = tuple[float, float] | None
Zoom = dict[str, tuple[Axis, Axis]]


@dataclass(frozen=True)
class Beside:
    """Another run of the same figure, a column or a pin: its parameters, live edits and frame, and a column's own zoom."""

    params: dict[str, Any]
    edits: tuple[Edit, ...] = ()
    index: int = 0
    view: Zoom = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Its part of the JSON object."""
        made = {"params": self.params, "edits": [list(edit) for edit in self.edits], "index": self.index}
        return made | ({"view": view_json(self.view)} if self.view else {})


@dataclass(frozen=True)
class Linked:
    """How the columns of a comparison stand together."""

    axes: bool = True               # the same plot has the same ranges in all
    by: str = ""                    # one of WAYS
    at: int = 0                     # the playhead, in frames of the longest run
    selected: int = 0               # the column that the controls act on


@dataclass(frozen=True)
class Provenance:
    """A picture's concept, parameters, live edits, frame and view: all that is needed to make it again."""

    concept: str
    params: dict[str, Any]
    edits: tuple[Edit, ...] = ()
    index: int = 0
    view: Zoom = field(default_factory=dict)            # zoomed views: (x range, y range), None where not zoomed
    data: dict[str, str] = field(default_factory=dict)  # "sha256:..." -> the name of the file whose content it is
    device: str = "cpu"
    language: str = "en"
    theme: str = "print"
    program: str = PROGRAM
    compare: tuple[Beside, ...] = ()                    # the columns beside this one, left to right
    play: str = ""                                      # the parameter that a clip plays, from the value in `params` on
    linked: Linked = field(default_factory=Linked)      # of a comparison
    pins: tuple[Beside, ...] = ()                       # earlier runs behind the picture, the oldest first

    def as_json(self) -> dict[str, Any]:
        """The JSON object of SHAPES: the same in every format."""
        more: dict[str, Any] = {"play": self.play} if self.play else {}
        if self.compare:
            more |= {"compare": [b.as_json() for b in self.compare], "linked": vars(self.linked)}
        if self.pins:
            more["pins"] = [b.as_json() for b in self.pins]
        made = {"loupe": SCHEMA, "program": self.program, "concept": self.concept, "params": self.params,
                "edits": [list(edit) for edit in self.edits], "index": self.index, "view": view_json(self.view),
                "data": self.data, "device": self.device, "language": self.language, "theme": self.theme}
        return made | more                  # files are known by their beginning

    def dumps(self) -> str:
        """One line of strict ASCII JSON, which every carrier takes whatever its encoding."""
        return json.dumps(self.as_json(), ensure_ascii=True, allow_nan=False, separators=(",", ":"))

    def alone(self) -> Provenance:
        """The run itself, without what stands beside or behind it."""
        return replace(self, compare=(), linked=Linked(), pins=(), play="")

    def beside(self) -> Beside:
        """The run as another figure's column or pin."""
        return Beside(self.params, self.edits, self.index, self.view)

    def pinned(self) -> list[Provenance]:
        """The runs behind the picture, each as a figure of its own."""
        return [replace(self.alone(), params=b.params, edits=b.edits, index=b.index, view={}) for b in self.pins]

    def rebuilt(self) -> tuple[Concept, Any]:
        """The concept and its checked parameters; BadInput where this program no longer knows them."""
        return self._rebuilt(self.params, self.edits)

    def columns(self) -> list[tuple[Any, tuple[Edit, ...], int]]:
        """Parameters, edits and frame of every column of a comparison, this one first; checked as `rebuilt` does."""
        every = (Beside(self.params, self.edits, self.index), *self.compare)
        return [(self._rebuilt(b.params, b.edits)[1], b.edits, b.index) for b in every]

    def _rebuilt(self, params: dict[str, Any], edits: tuple[Edit, ...]) -> tuple[Concept, Any]:
        found = load(self.concept)
        for _, name, value in edits:
            coerce(parameter(found.Params, name), value)
        return found, build(found.Params, params)


def data_of(params: Any) -> dict[str, str]:
    """The files that the parameters name by content: 'sha256:...' -> file name."""
    stored = [v for v in vars(params).values() if isinstance(v, Stored) and v.sha256]
    return {f"sha256:{v.sha256}": v.name for v in stored}


def provenance_of(concept_id: str, params: Any, **rest: Any) -> Provenance:
    """The provenance of a picture made with checked parameters."""
    return Provenance(concept_id, plain(params), data=data_of(params), **rest)


def read_provenance(path: Path) -> Provenance:
    """What an exported file of any kind carries; BadInput says why it cannot be opened again. Needs no Qt."""
    from app.carriers import text_of

    return loads(text_of(path), str(path))


def loads(text: str, where: str) -> Provenance:
    """Read provenance strictly; `where` is named in the sentence that says what is wrong with it."""
    if len(text) > MOST_CHARACTERS:
        raise corrupt(where, "is larger than a figure's can be")
    try:
        table = strict_json(text)
    except ValueError:
        raise corrupt(where, "is not valid JSON") from None
    return from_json(table, where)


def from_json(table: Any, where: str) -> Provenance:
    """The provenance of a JSON object, every part of it checked."""
    if not isinstance(table, dict) or "loupe" not in table:
        raise foreign(where)
    _check_version(table["loupe"], where)
    wrong = sorted(set(KEYS) ^ (set(table) - set(OPTIONAL)))
    if wrong:
        raise corrupt(where, f"{'lacks' if wrong[0] in KEYS else 'has an unknown'} {wrong[0][:40]}")
    checks: dict[str, Callable[[Any], object]] = {
        "program": _is_short_text, "concept": _is_id,
        "params": lambda v: isinstance(v, dict), "edits": _are_edits, "index": _is_index, "view": _is_view,
        "data": _is_data, "device": _is_short_text, "language": lambda v: v in ("en", "zh"),
        "theme": lambda v: v in ("light", "dark", "print"), "play": _is_short_text,
        "compare": lambda v: _are_beside(v, MOST_COLUMNS - 1), "pins": lambda v: _are_beside(v, MOST_PINS), "linked": _is_linked,
    }
    for key, good in checks.items():
        if key in table and not good(table[key]):
            raise corrupt(where, f"has a wrong {key}")
    compare, pins = (tuple(map(_beside, table.get(key, ()))) for key in ("compare", "pins"))
    return Provenance(table["concept"], table["params"], _edits_of(table["edits"]), table["index"], _view_of(table["view"]),
                      table["data"], table["device"], table["language"], table["theme"], table["program"], compare,
                      table.get("play", ""), Linked(**table.get("linked", {})), pins)


def _beside(table: dict[str, Any]) -> Beside:
    return Beside(table["params"], _edits_of(table["edits"]), table["index"], _view_of(table.get("view", {})))


def _view_of(table: dict[str, Any]) -> Zoom:
    return {name: (_pair(axes["x"]), _pair(axes["y"])) for name, axes in table.items()}


def view_json(view: Zoom) -> dict[str, Any]:
    """The zoomed views as JSON has them."""
    return {name: {"x": _listed(x), "y": _listed(y)} for name, (x, y) in view.items()}


def _edits_of(listed: list[list[Any]]) -> tuple[Edit, ...]:
    return tuple((k, name, value) for k, name, value in listed)


def foreign(where: str) -> BadInput:
    """The fault of a file that carries no figure of this program."""
    return BadInput(f"{where}: carries no figure of this program; open a file that it exported", "foreign_file",
                    path=where)


def corrupt(where: str, what: str) -> BadInput:
    """The fault of a figure whose provenance is damaged."""
    return BadInput(f"{where}: its figure's description {what}; export it again or open another copy",
                    "corrupt_figure", path=where, what=what)


def _check_version(version: Any, where: str) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise corrupt(where, "has a wrong version")
    if version > SCHEMA:
        raise BadInput(f"{where}: was exported by a newer version of this program (its format is {version}, this one reads "
                       f"{SCHEMA}); update the program to open it", "newer_figure", path=where, version=version,
                       known=SCHEMA)


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


def _is_id(value: Any) -> bool:
    return _is_short_text(value) and ID.fullmatch(value) is not None


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_INDEX


def _are_edits(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(e, list) and len(e) == 3 and _is_index(e[0]) and _is_short_text(e[1]) for e in value)


def _are_beside(value: Any, most: int) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= most and all(
        isinstance(b, dict) and set(b) - {"view"} == {"params", "edits", "index"} and isinstance(b["params"], dict)
        and _are_edits(b["edits"]) and _is_index(b["index"]) and _is_view(b.get("view", {})) for b in value)


def _is_linked(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == set(vars(Linked())) and isinstance(value["axes"], bool) and (
        isinstance(value["by"], str) and value["by"] in WAYS and _is_index(value["at"]) and _is_index(value["selected"]))


def _is_view(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(axes, dict) and set(axes) == {"x", "y"} and all(map(_is_axis, axes.values())) for axes in value.values())


def _is_axis(value: Any) -> bool:
    if value is None:
        return True
    return _are_numbers(value) and len(value) == 2 and bool(value[0] < value[1])


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e300
                                           for v in value)


def _is_data(value: Any) -> bool:
    return isinstance(value, dict) and all(_SHA.fullmatch(k) and isinstance(v, str) and len(v) <= 400
                                           for k, v in value.items())


def _pair(value: list[float] | None) -> Axis:
    return None if value is None else (float(value[0]), float(value[1]))


def _listed(axis: Axis) -> list[float] | None:
    return None if axis is None else list(axis)
