"""Parameters declared once: the same frozen object is control panel, cache key, message, command line and header."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import math
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from engine.core.cells import resolved
from engine.core.expression import parse as parse_expression
from engine.core.faults import BadInput
from engine.core.structured import Among, Columns, Structured, brief, checked_text, note_of


@dataclass(frozen=True)
class Range:
    """Least and greatest value, both allowed; `log` for a logarithmic slider, `step` for its grid."""

    min: float
    max: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True)
class View:
    """Only the picture reads this parameter: a change redraws, and never recomputes."""


@dataclass(frozen=True)
class Live:
    """The running generator reads this parameter from `run.params`: a change needs no restart."""


@dataclass(frozen=True)
class When:
    """Show the control only while another parameter has one of these values; of several notes all must hold."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class IsSeed:
    """Marks the parameter that seeds every random draw."""


@dataclass(frozen=True)
class IsText:
    """A text of the user's, at most `limit` characters."""

    limit: int = 4000


@dataclass(frozen=True)
class IsExpression:
    """A typed formula in these variables, parsed safely."""

    variables: tuple[str, ...] = ("x",)


@dataclass(frozen=True)
class IsPath:
    """A text that names a folder, or a file with one of these suffixes, of the user's: its control can choose one."""

    folder: bool = True
    suffixes: tuple[str, ...] = ()


Seed = Annotated[int, IsSeed(), Range(0, 2**31 - 1)]
Text = Annotated[str, IsText()]
Expression = Annotated[str, IsExpression(("x",))]
Expression2 = Annotated[str, IsExpression(("x", "y"))]


@dataclass(frozen=True)
class Parameter:
    """One declared parameter, as the controls, the command line and the checks see it."""

    name: str
    type: str
    default: Any
    notes: tuple[Any, ...]
    kind: Any
    min: float | None = None
    max: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[str, ...] = ()
    effect: Literal["run", "view", "live"] = "run"
    when: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def applies(self, params: Any) -> bool:
        """Whether it matters, as its `When` notes say, with these values of the others."""
        return all(_plain(getattr(params, name)) in values for name, values in self.when)


def schema(params_type: type[Any]) -> tuple[Parameter, ...]:
    """The declared parameters of a Params class, in order. Raises TypeError where a declaration is incomplete."""
    return _schema(params_type)  # type: ignore[arg-type]


@cache
def _schema(params_type: Any) -> tuple[Parameter, ...]:
    hints = typing.get_type_hints(params_type, include_extras=True)
    return tuple(_parameter(params_type, field, hints[field.name]) for field in dataclasses.fields(params_type))


def _parameter(owner: Any, field: dataclasses.Field[Any], hint: Any) -> Parameter:
    notes: tuple[Any, ...] = ()
    while get_origin(hint) is Annotated:
        hint, *more = get_args(hint)
        notes = (*tuple(more), *notes)
    if field.default is dataclasses.MISSING:
        raise TypeError(f"{owner.__module__}.{field.name}: every parameter needs a default")
    where = f"{owner.__module__}.{field.name}"
    choices: tuple[str, ...] = ()
    kind = hint
    if get_origin(hint) is Literal:
        choices, kind, type_name = tuple(get_args(hint)), str, "choice"
    elif hint is bool:
        type_name = "bool"
    elif hint in (int, float):
        type_name = "seed" if note_of(notes, IsSeed) else hint.__name__
        if note_of(notes, Range) is None:
            raise TypeError(f"{where}: a number needs a Range")
    elif hint is str:
        type_name = "expression" if note_of(notes, IsExpression) else "text"
    elif isinstance(hint, type) and issubclass(hint, Structured):
        type_name = hint.kind
        choices = (note_of(notes, Among) or Among()).names
    else:
        raise TypeError(f"{where}: {hint} is no parameter type")
    span = note_of(notes, Range)
    return Parameter(
        field.name, type_name, field.default, notes, kind,
        min=span.min if span else None, max=span.max if span else None,
        log=bool(span and span.log), step=span.step if span else None, choices=choices,
        effect="view" if note_of(notes, View) else "live" if note_of(notes, Live) else "run",
        when=tuple((note.name, note.values) for note in notes if isinstance(note, When)),
    )


def parameter(params_type: Any, name: str) -> Parameter:
    """The parameter of that name; BadInput with the nearest names where there is none."""
    found = {p.name: p for p in schema(params_type)}
    if name not in found:
        near = difflib.get_close_matches(name[:60], found, n=3, cutoff=0.4) or list(found)
        raise BadInput(f"{brief(name)}: no such parameter; did you mean {', '.join(near)}?", "no_parameter",
                       name=brief(name), near=", ".join(near))
    return found[name]


def coerce(spec: Parameter, value: Any) -> Any:
    """The value as the parameter's own type, checked against its declaration; BadInput names the fault."""
    name = spec.name
    if isinstance(value, Structured):
        value = value.plain()
    if spec.type == "bool":
        return _bool(name, value)
    if spec.type in ("int", "float", "seed"):
        return _number(spec, value)
    if spec.type == "choice":
        if value not in spec.choices:
            raise BadInput(f"{name}={brief(value)}: must be one of {', '.join(spec.choices)}", "not_choice",
                           name=name, value=brief(value), choices=", ".join(spec.choices))
        return value
    if spec.type in ("text", "expression"):
        return _text(spec, value)
    return spec.kind.read(name, value, spec.notes)


def _bool(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise BadInput(f"{name}={brief(value)}: must be true or false", "not_bool", name=name, value=brief(value))


def _number(spec: Parameter, value: Any) -> int | float:
    name, whole = spec.name, spec.type != "float"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{name}={brief(value)}: must be a {'whole ' if whole else ''}number", "not_number",
                       name=name, value=brief(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"{name}={value}: must be finite", "not_finite", name=name, value=value)
    if whole and isinstance(value, float) and not value.is_integer():
        raise BadInput(f"{name}={value}: must be a whole number", "not_whole", name=name, value=value)
    assert spec.min is not None and spec.max is not None
    if not spec.min <= value <= spec.max:
        said = f"{value:g}" if abs(value) < 1e15 else brief(value)
        raise BadInput(f"{name}={said}: must lie in [{spec.min:g}, {spec.max:g}]", "out_of_range",
                       name=name, value=value if abs(value) < 1e15 else said, min=spec.min, max=spec.max)
    return int(value) if whole else float(value)


def _text(spec: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{spec.name}: must be text", "not_text", name=spec.name)
    expression = note_of(spec.notes, IsExpression)
    if expression:
        parse_expression(value, expression.variables, name=spec.name)
        return value
    limit = (note_of(spec.notes, IsText) or IsText()).limit
    if len(value) > limit:
        raise BadInput(f"{spec.name}: {len(value)} characters, at most {limit} are allowed", "too_long",
                       name=spec.name, count=len(value), max=limit)
    return checked_text(spec.name, value)


def build(params_type: Any, values: Mapping[str, Any], base: Any = None, *, settle: bool = False) -> Any:
    """A checked Params from plain values over `base` (or the defaults).

    With `settle`, values that contradict one another are clamped by `Params.settled()`; without, they are refused.
    """
    values = resolved(values, lambda name: _rows_of(params_type, name, base), lambda name: _columns_of(params_type, name))
    specs = {name: parameter(params_type, name) for name in values}
    changes = {name: coerce(specs[name], value) for name, value in values.items()}
    made = dataclasses.replace(base, **changes) if base is not None else params_type(**changes)
    if not hasattr(made, "settled"):
        return made
    settled = made.settled()
    if settled != made and not settle:
        name = next(f.name for f in dataclasses.fields(made) if getattr(made, f.name) != getattr(settled, f.name))
        raise BadInput(f"{name}={getattr(made, name)}: with the other parameters it can be {getattr(settled, name)} "
                       "at the nearest", "contradiction", name=name, value=getattr(made, name),
                       nearest=getattr(settled, name))
    return settled


def _columns_of(params_type: Any, name: str) -> Columns:
    return note_of(parameter(params_type, name).notes, Columns) or Columns()


def _rows_of(params_type: Any, name: str, base: Any) -> list[list[Any]]:
    spec = parameter(params_type, name)
    value = getattr(base, name) if base is not None else spec.default
    return list(value.plain()) if spec.type == "table" else []


def plain(params: Any) -> dict[str, Any]:
    """The parameters as JSON-able values, in declared order."""
    return {f.name: _plain(getattr(params, f.name)) for f in dataclasses.fields(params)}


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, Structured) else value


def changed(params: Any) -> dict[str, Any]:
    """Only the parameters that differ from their defaults, as JSON-able values."""
    return {p.name: _plain(getattr(params, p.name)) for p in schema(type(params))
            if getattr(params, p.name) != p.default}


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces. ValueError for NaN and infinity, which JSON does not have."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def run_key(concept_id: str, params: Any, reads: Iterable[str] | None = None) -> str:
    """SHA-256 (hexadecimal) of what a run depends on: every field that is not View(), or only those a layer reads."""
    names = set(reads) if reads is not None else {p.name for p in schema(type(params)) if p.effect != "view"}
    values = {k: v for k, v in plain(params).items() if k in names}
    return hashlib.sha256(canonical([concept_id, values]).encode()).hexdigest()


def effect_of_change(old: Any, new: Any) -> Literal["none", "view", "live", "run"]:
    """What a change of parameters asks for: nothing, a redraw, a live edit, or a new run."""
    effects = {p.effect for p in schema(type(old)) if getattr(old, p.name) != getattr(new, p.name)}
    if "run" in effects:
        return "run"
    if "live" in effects:
        return "live"
    return "view" if effects else "none"


