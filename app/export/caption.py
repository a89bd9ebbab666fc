"""The caption under an exported picture: the concept's title, its parameters, and the frame."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.entry import Entry
from app.recording import Recorded
from engine.core.concept import Concept
from engine.core.params import Parameter, schema

GAP = "  ·  "


def caption_of(entry: Entry, concept: Concept, kept: Recorded, language: str, without: Collection[str] = ()) -> str:
    """One line such as 'Central limit theorem · Population: exponential · Seed: 7 · frame 120', but for some parameters."""
    return GAP.join([entry.title(language), *setting_of(entry, concept, kept.params, kept.index, language, without)])


def setting_of(entry: Entry, concept: Concept, params: Any, index: int, language: str,
               without: Collection[str] = ()) -> list[str]:
    """The key parameters and the frame, each in words."""
    from app.look import translate

    parts = [_said(entry, spec, getattr(params, spec.name), language)
             for spec in schema(concept.Params) if spec.name not in without and _matters(entry, spec, params)]
    return [*parts, translate("export.caption.frame", language, index=index)]


def _matters(entry: Entry, spec: Parameter, params: Any) -> bool:
    """The key parameters: those with a symbol of their own or off their default, the seed, and no long values."""
    if spec.effect == "view" or spec.type not in ("bool", "int", "float", "seed", "choice", "expression"):
        return False
    if not spec.applies(params):
        return False
    moved = getattr(params, spec.name) != spec.default
    return moved or spec.type == "seed" or entry.term_for_param(spec.name) is not None


def _said(entry: Entry, spec: Parameter, value: Any, language: str) -> str:
    from app.look import translate

    words = entry.params.get(spec.name)
    shown = entry.format_value(spec.name, value, language)
    unit = f" {words.unit}" if words and words.unit else ""
    return translate("export.caption.parameter", language, name=words.label(language) if words else spec.name,
                     value=shown + unit)
