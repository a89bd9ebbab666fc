"""`verify`: every number on screen against an implementation that shares no code with it."""

from __future__ import annotations

import argparse
from typing import Any

from app.catalog import Catalog
from app.commands.request import device
from app.entry import Entry
from engine.core.address import load
from engine.core.params import build
from engine.core.report import check_report, dump
from engine.core.run import iterate


def run(arguments: argparse.Namespace) -> int:
    catalog = Catalog.load()
    entries = [catalog.entry(i) for i in arguments.ids] or [e for e in catalog.entries if e.kind != "page"]
    reports: list[dict[str, Any]] = []
    for entry in entries:
        found = checks_of(entry)
        reports += found
        if not arguments.json:
            _print_table(entry, found)
    ok = all(r["ok"] for r in reports)
    if arguments.json:
        print(dump({"ok": ok, "checks": reports}))
    else:
        print(f"{sum(r['ok'] for r in reports)} of {len(reports)} checks agree")
    return 0 if ok else 1


def checks_of(entry: Entry) -> list[dict[str, Any]]:
    """Every check of a concept at its default and at each preset."""
    concept, where = load(entry.id), device()
    found: list[dict[str, Any]] = []
    for name, values in {"": {}, **{k: p.set for k, p in entry.presets.items()}}.items():
        params = build(concept.Params, {**values, **concept.small}, settle=True)
        frames = list(iterate(concept, params, device=where))
        found += [check_report(concept.id, name, c) for c in concept.checks(params, frames)]
    return found


def _print_table(entry: Entry, reports: list[dict[str, Any]]) -> None:
    print(f"{entry.id}  {entry.title.en} · {entry.title.zh}")
    for r in reports:
        mark = "ok " if r["ok"] else "DIFFERS"
        print(f"  {mark} {r['preset'] or 'default':16} {r['check']:18} {_short(r['measured'])} against "
              f"{_short(r['reference'])} ± {r['tolerance']:.2g}  ({r['source']})")


def _short(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.6g}"
