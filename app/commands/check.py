"""`check`: every contract check of the concepts, and a contact sheet of each to look at."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from app.catalog import Catalog
from app.checks.contract import catalog_outcome, outcomes
from app.checks.subject import Subject
from engine.core.checks import Outcome
from engine.core.report import dump


def run(arguments: argparse.Namespace) -> int:
    catalog = Catalog.load()
    entries = [catalog.entry(i) for i in arguments.ids] or list(catalog.entries)
    found = [catalog_outcome(catalog)]
    sheets: list[str] = []
    for entry in entries:
        subject = Subject(entry, catalog, full=arguments.full)
        for done in outcomes(subject):
            found.append(done)
            if not arguments.json:
                _print(done)
        if not subject.is_page and (arguments.sheet or arguments.ids):
            sheets += _sheet(subject, Path(arguments.sheet or "out/sheets"), arguments.full, arguments.json)
    ok = all(done.ok for done in found)
    if arguments.json:
        print(dump({"ok": ok, "checks": [dataclasses.asdict(done) for done in found], "sheet": sheets}))
    else:
        for fault in catalog.faults:
            print(f"  FAILS texts: {fault}")
        print(f"{sum(done.ok for done in found)} of {len(found)} checks pass")
    return 0 if ok else 1


def _print(done: Outcome) -> None:
    print(f"  {'ok   ' if done.ok else 'FAILS'} {done.concept:34} {done.check:38} {done.seconds:6.2f} s  {done.detail}",
          flush=True)


def _sheet(subject: Subject, folder: Path, full: bool, silent: bool) -> list[str]:
    """The concept's contact sheets; a concept whose picture cannot be drawn has been reported already."""
    from app.checks.sheet import write_flawed, write_sheet

    try:
        paths = [*write_sheet(subject, folder, full=full), *filter(None, [write_flawed(subject, folder)])]
    except Exception as fault:  # noqa: BLE001  the checks above say what is wrong with it
        if not silent:
            print(f"        no contact sheet: {type(fault).__name__}: {fault}")
        return []
    if not silent:
        print("".join(f"        contact sheet: {path}\n" for path in paths), end="")
    return [str(path) for path in paths]
