"""The words of --compare: each names a column of a comparison, as parameters over the common ones or as a preset."""

from __future__ import annotations

from typing import Any

from app.commands.request import Request, preset_values
from app.lesson_text import try_values
from app.provenance import MOST_COLUMNS
from engine.core.faults import BadInput
from engine.core.params import build, plain
from engine.core.typed import parse_set


def settings_of(wanted: Request, words: list[str]) -> list[Any]:
    """The parameters of every column, left to right; a single one stands beside the settings without it."""
    if not words:
        return []
    found = [values for word in words for values in _columns(wanted, word)]
    base = plain(wanted.params)
    settings = [build(wanted.concept.Params, base | values) for values in found]
    if len(settings) == 1:
        settings = [wanted.params, *settings]
    if len(settings) > MOST_COLUMNS:
        raise BadInput(f"--compare: names {len(settings)} settings; give two to {MOST_COLUMNS}", "too_many_columns",
                       count=len(settings), most=MOST_COLUMNS)
    same = next((k for k, params in enumerate(settings) if params in settings[:k]), 0)
    if same:
        raise BadInput(f"--compare: columns {settings.index(settings[same]) + 1} and {same + 1} are the same setting; "
                       "change a parameter of one", "same_columns", first=settings.index(settings[same]) + 1,
                       second=same + 1)
    return settings


def _columns(wanted: Request, word: str) -> list[dict[str, Any]]:
    """The columns of one word: 'n=5,seed=3' is one, 'coin,cauchy' are two presets."""
    parts = try_values(word)
    if not parts:
        raise BadInput("--compare: is empty; write n=5, preset=NAME or NAME", "empty_compare")
    if any("=" not in part for part in parts):
        return [preset_values(wanted.entry, part.removeprefix("preset=")) for part in parts]
    values: dict[str, Any] = {}
    for part in parts:
        if part.startswith("preset="):
            values |= preset_values(wanted.entry, part.removeprefix("preset="))
    pairs = [part for part in parts if not part.startswith("preset=")]
    return [values | parse_set(wanted.concept.Params, pairs)]
