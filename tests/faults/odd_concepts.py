"""Concepts that only tests have, put into the catalog: one whose curve has gaps, one that wants all memory."""

from __future__ import annotations

import sys
from pathlib import Path


def with_test_concepts() -> None:
    """Put concepts into the catalog that only tests have: one whose curve has gaps, one that wants all memory."""
    from dataclasses import replace

    import app.catalog
    from app.entry import Entry, Words
    from engine.core.address import find
    from panels.kit.panel import PANELS, Panel

    here = Path(__file__).parent
    sys.path += [str(here), str(here.parent / "app" / "concepts_for_lanes")]
    import broken_numbers

    entries = tuple(Entry(name, "mathematics", 99, Words(name, name), Words("", ""), Words("", ""))
                    for name in ("broken_numbers:broken", "lane_concepts:greedy"))
    read = app.catalog.Catalog.load.__func__  # type: ignore[attr-defined]
    app.catalog.Catalog.load = classmethod(  # type: ignore[method-assign,assignment]
        lambda cls, *a, **k: (found := read(cls, *a, **k)) and replace(found, entries=(*found.entries, *entries)))
    for entry, draw in zip(entries, (broken_numbers.draw, broken_numbers.draw_nothing), strict=True):
        PANELS[entry.id] = Panel(find(entry.id), draw, "curve")
