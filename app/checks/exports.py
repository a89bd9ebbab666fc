"""Checks of a concept's exports: each format opens in a reader that is not ours, and the script repeats the numbers."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from app.checks.subject import Check, Faults, Subject
from app.export import TRACE, export, suffixes_for
from app.export.headless import ensure_application
from engine.core.frame import metrics
from engine.core.report import number


def _png(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        if image.width < 100 or len(image.convert("RGB").getcolors(1 << 24) or ()) < 3:
            raise ValueError("is blank")


def _pdf(path: Path) -> None:
    data = path.read_bytes()
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-64:]:
        raise ValueError("is no PDF")


def _csv(path: Path) -> None:
    rows = [r for r in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()) if r and not r[0].startswith("#")]
    if len(rows) < 2 or len({len(r) for r in rows}) != 1:
        raise ValueError("has no rows, or rows of different lengths")


def _npz(path: Path) -> None:
    with np.load(path, allow_pickle=False) as found:
        if not found.files:
            raise ValueError("holds no array")


def _trace(path: Path) -> None:
    """As the Trace Event Format asks: what each phase of event needs, flows and asynchronous events in pairs, in order."""
    needs = {"M": {"args"}, "X": {"ts", "dur"}, "b": {"ts", "id"}, "e": {"ts", "id"}, "s": {"ts", "id"}, "f": {"ts", "id"}}
    events = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)["traceEvents"]
    for event in events:
        if missing := ({"name", "ph", "pid", "tid"} | needs[event["ph"]]) - event.keys():
            raise ValueError(f"has an event {event['ph']} without {', '.join(sorted(missing))}")
        if min(event.get("ts", 0), event.get("dur", 0)) < 0:
            raise ValueError("has an event before 0, or shorter than 0")
    times = [event["ts"] for event in events if "ts" in event]
    ids = {ph: sorted(e["id"] for e in events if e["ph"] == ph) for ph in "besf"}
    if times != sorted(times) or ids["b"] != ids["e"] or ids["s"] != ids["f"] or not times:
        raise ValueError("has events out of order, or half a message")


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not strict JSON")


READERS: dict[str, Callable[[Path], object]] = {
    ".png": _png, ".svg": ElementTree.parse, ".pdf": _pdf, ".csv": _csv, ".npz": _npz, TRACE: _trace,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)}


def every_format_opens(subject: Subject) -> Faults:
    """PNG, SVG, PDF, CSV, JSON, NPZ and traces open in Pillow, expat, csv, json and numpy (clips are tested once, not here)."""
    ensure_application()
    figure = subject.begun()
    with tempfile.TemporaryDirectory() as folder:
        for suffix, read in READERS.items():
            if suffix not in suffixes_for(figure):
                continue
            path = Path(folder) / f"figure{suffix}"
            try:
                export(figure, path)
                read(path)
            except (ValueError, OSError, SyntaxError) as fault:
                yield f"{suffix}: {fault}"


def the_script_repeats_the_numbers(subject: Subject) -> Faults:
    """The exported .py prints, in an interpreter of its own, the metrics of the frame that was exported."""
    if not subject.concept.repeatable:
        return
    figure = subject.begun()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.py"
        export(figure, path)
        done = subprocess.run([sys.executable, str(path), str(subject.root)], capture_output=True, text=True, check=False,
                              timeout=300, cwd=folder)
    if done.returncode:
        yield f"the script fails: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        return
    again = json.loads(done.stdout)["frames"][-1]["metrics"]
    ours = {name: number(value) for name, value in metrics(figure.recorded().frame).items()}
    if differ := [name for name, value in ours.items() if again.get(name) != value]:
        yield f"the script's {', '.join(differ)} differs from the figure's"


EXPORT_CHECKS: tuple[Check, ...] = (every_format_opens, the_script_repeats_the_numbers)
