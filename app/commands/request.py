"""What the words of a command ask for: an entry, its concept, its parameters and its live edits."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import Any

from app.catalog import Catalog
from app.entry import Entry
from engine.core.address import load
from engine.core.concept import Concept
from engine.core.device import resolve
from engine.core.faults import BadInput
from engine.core.params import build
from engine.core.run import Edit
from engine.core.typed import parse_set


@dataclass(frozen=True)
class Request:
    """A concept with the parameters and edits asked for."""

    entry: Entry
    concept: Concept
    params: Any
    edits: tuple[Edit, ...]
    device: str


def request(arguments: argparse.Namespace, catalog: Catalog | None = None) -> Request:
    """Read --set, --preset, --edit and --device; BadInput names what is wrong with them."""
    entry = (catalog or Catalog.of_home()).entry(arguments.id)
    found = load(entry.id)
    values: dict[str, Any] = {}
    if getattr(arguments, "preset", None):
        values |= preset_values(entry, arguments.preset)
    values |= parse_set(found.Params, arguments.set)
    return Request(entry, found, build(found.Params, values), edits_of(found, getattr(arguments, "edit", [])), device())


def preset_values(entry: Entry, name: str) -> dict[str, Any]:
    """The values of a preset, or a sentence with the presets there are."""
    if name not in entry.presets:
        raise BadInput(f"preset={name}: must be one of {', '.join(entry.presets)}", "no_preset", name=name,
                       choices=", ".join(entry.presets))
    return dict(entry.presets[name].set)


def edits_of(concept: Concept, words: list[str]) -> tuple[Edit, ...]:
    """Live edits from words such as 40:learning_rate=0.1."""
    found = []
    for word in words:
        index, colon, pair = word.partition(":")
        if not colon or not index.isdigit():
            raise BadInput(f"{word}: write --edit K:name=value, with K the frame", "bad_edit", value=word)
        for name, value in parse_set(concept.Params, [pair]).items():
            found.append((int(index), name, value))
    return tuple(found)


def device() -> str:
    """The device asked for by --device or LOUPE_DEVICE, checked; the CPU otherwise."""
    wanted = os.environ.get("LOUPE_DEVICE") or "cpu"
    return wanted if wanted == "cpu" else resolve(wanted)


def whole(name: str, value: int | None, least: int) -> int | None:
    """A count from the command line, or a sentence where it is too small."""
    if value is not None and value < least:
        raise BadInput(f"{name}={value}: must be at least {least}", "too_small", name=name, value=value, min=least)
    return value
