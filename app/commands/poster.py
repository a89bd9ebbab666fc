"""`poster`: record a concept's rest frame as its thumbnail and first picture."""

from __future__ import annotations

import argparse
import sys

from app.catalog import Catalog
from app.commands.request import device
from app.posters import record, save_poster
from engine.core.faults import LoupeError


def run(arguments: argparse.Namespace) -> int:
    catalog, where, failed = Catalog.load(), device(), 0
    entries = [catalog.entry(i) for i in arguments.ids] or [e for e in catalog.entries if e.kind != "page"]
    for entry in entries:
        try:
            print(f"{entry.id:36} {save_poster(entry, record(entry, where)):6} bytes")
        except LoupeError as fault:             # the others are still recorded
            failed = fault.status
            print(f"loupe: {fault.message}", file=sys.stderr)
    return failed
