"""`list`: the concepts, their parameters, metrics and presets."""

from __future__ import annotations

import argparse
from typing import Any

from app.catalog import Catalog
from app.entry import Entry, Words
from engine.core.address import load
from engine.core.params import schema
from engine.core.report import dump, parameter_report


def run(arguments: argparse.Namespace) -> int:
    catalog = Catalog.of_home()
    if arguments.json:
        print(dump({"loupe": 1, "concepts": [concept_report(e) for e in catalog.entries]}))
        return 0
    for chapter in catalog.chapters:
        for entry in catalog.of_chapter(chapter.id):
            print(f"{entry.id:36} {entry.title.en} · {entry.title.zh}")
    return 0


def concept_report(entry: Entry) -> dict[str, Any]:
    """One concept as `list --json` prints it; a page has no engine, so no parameters."""
    report: dict[str, Any] = {"id": entry.id, "chapter": entry.chapter, "kind": entry.kind, "order": entry.order,
                              "title": _both(entry.title), "summary": _both(entry.summary), "parameters": [],
                              "metrics": [], "presets": [], "experiments": len(entry.experiments)}
    if entry.kind == "page":
        return report
    found = load(entry.id)
    report["kind"] = found.kind
    for spec in schema(found.Params):
        words = entry.params.get(spec.name)
        report["parameters"].append(parameter_report(spec) | {
            "unit": words.unit if words else "", "label": _both(words.label) if words else None})
    report["metrics"] = [{"name": name, "unit": m.unit, "label": _both(m.label)} for name, m in entry.metrics.items()]
    report["presets"] = [{"id": key, "title": _both(p.title), "set": p.set} for key, p in entry.presets.items()]
    return report | {"lane": found.lane, "repeatable": found.repeatable, "rest": found.rest}


def _both(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}
