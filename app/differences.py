"""What sets settings of one concept apart, in words: the parameters that differ, and the value of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.entry import Entry
from app.look import translate
from engine.core.params import Parameter, canonical, plain, schema

LONGEST = 24            # characters of a value that is a text or a list
MOST = 3                # parameters that a short name lists


def differing(settings: Sequence[Any]) -> list[Parameter]:
    """The parameters that are not the same in all settings, in declared order, without those hidden in all of them."""
    tables = [plain(params) for params in settings]
    return [spec for spec in (schema(type(settings[0])) if settings else ())
            if any(spec.applies(params) for params in settings) and any(t[spec.name] != tables[0][spec.name] for t in tables)]


def headings(entry: Entry, settings: Sequence[Any], language: str) -> list[str]:
    """For each setting the parameters that set it apart from the others, by their full names; '' where none does."""
    specs = differing(settings)
    gap = translate("compare.gap", language)
    return [gap.join(said(entry, spec, params, language) for spec in specs) for params in settings]


def said(entry: Entry, spec: Parameter, params: Any, language: str) -> str:
    """A parameter by its label and its value: 'Draws: 30'."""
    words = entry.params.get(spec.name)
    name = words.label(language) if words else spec.name
    return translate("export.caption.parameter", language, name=name, value=_value(entry, spec, params, language))


def briefly(entry: Entry, params: Any, others: Sequence[Any], language: str) -> str:
    """How a setting is called beside others, by symbols where there are any: 'n = 4, coin'."""
    parts = []
    for spec in differing([params, *others])[:MOST]:
        term = entry.term_for_param(spec.name)
        value = _value(entry, spec, params, language)
        words = entry.params.get(spec.name)
        name = term.symbol if term is not None else words.label(language) if words else spec.name
        parts.append(value if spec.type == "choice" else f"{name} = {value}")
    return ", ".join(parts)


def _value(entry: Entry, spec: Parameter, params: Any, language: str) -> str:
    """A value with its unit, short enough for a heading."""
    value = plain(params)[spec.name]
    if isinstance(value, bool):
        return translate("compare.on" if value else "compare.off", language)
    if isinstance(value, list | dict):
        text = canonical(value)
        return text if len(text) <= LONGEST else translate("compare.many", language, count=len(value))
    text = entry.format_value(spec.name, value, language)
    unit = entry.value_words(spec.name)[1]
    text = f"{text} {unit}" if unit else text
    return text if len(text) <= LONGEST or spec.type == "choice" else text[:LONGEST - 1] + "…"
