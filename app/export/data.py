"""Numbers of a figure as CSV, JSON and NPZ: every recorded frame, with the provenance in front. Needs no Qt."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from app.atomic import write_bytes
from app.carriers import TEXT_LINE, ZIP_MEMBER
from app.export.figure import Figure
from engine.core.frame import Array, arrays, metrics, same
from engine.core.params import plain
from engine.core.report import dump, frame_report, number
from engine.core.version import PROGRAM

EPOCH = (1980, 1, 1, 0, 0, 0)       # the same numbers give the same bytes


def write_csv(figure: Figure, path: Path) -> None:
    """One row a frame, the metrics as columns; an undefined metric is an empty cell."""
    kept = figure.recording.all()
    rows = [metrics(k.frame) for k in kept]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    text.write(f"{TEXT_LINE.decode()}{figure.provenance().dumps()}\n")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["index", "phase", *names])
    for k, row in zip(kept, rows, strict=True):
        table.writerow([k.index, getattr(k.frame, "phase", ""), *(_cell(row.get(name)) for name in names)])
    write_bytes(path, text.getvalue().encode("utf-8"))


def _cell(value: Any) -> Any:
    value = number(value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else value


def write_json(figure: Figure, path: Path) -> None:
    """As the `run` command prints it: the metrics of every frame, and the arrays of the frame in the picture."""
    shown = figure.recorded().index
    report = {
        "provenance": figure.provenance().as_json(), "id": figure.concept.id, "program": PROGRAM,
        "device": figure.device, "parameters": plain(figure.start_params()),
        "frames": [frame_report(k.index, k.frame, k.index == shown) for k in figure.recording.all()],
        "ended": figure.recording.ended or "limit", "missing": dict(figure.recording.missing),
    }
    write_bytes(path, (dump(report) + "\n").encode("utf-8"))


def write_npz(figure: Figure, path: Path) -> None:
    """Arrays by name, one row a frame (those that never change, once), metrics by name, and the frames' indices."""
    kept = figure.recording.all()
    columns: dict[str, Array] = {"index": np.array([k.index for k in kept], np.int64)}
    for name, values in _gathered([metrics(k.frame) for k in kept]).items():
        if all(v is None or isinstance(v, int | float) for v in values):
            columns[f"metrics/{name}"] = np.array([np.nan if v is None else v for v in values])
    for name, values in _gathered([arrays(k.frame) for k in kept]).items():
        columns |= _stacked(name, values)
    write_bytes(path, packed(columns, {ZIP_MEMBER: figure.provenance().dumps()}))


def _gathered(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The values of each name over the frames; None where a frame has none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _stacked(name: str, values: list[Array | None]) -> dict[str, Array]:
    """One array where the shapes allow it, else one for each frame's position in `index`."""
    there = [v for v in values if v is not None]
    if all(v is there[0] or same(v, there[0]) for v in there) and len(there) == len(values):
        return {f"constant/{name}": there[0]}
    if len(there) == len(values) and len({(v.shape, v.dtype) for v in there}) == 1:
        return {f"frames/{name}": np.stack(there)}
    return {f"frames/{name}/{at}": v for at, v in enumerate(values) if v is not None}


def packed(columns: dict[str, Array], texts: dict[str, str]) -> bytes:
    """A compressed .npz of arrays without objects, with texts beside them as members of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in texts.items():
            _store(archive, name, text.encode("utf-8"))
        for name, column in columns.items():
            raw = io.BytesIO()
            np.lib.format.write_array(raw, np.asarray(column), allow_pickle=False)
            _store(archive, f"{name}.npy", raw.getvalue())
    return buffer.getvalue()


def _store(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, content, compresslevel=9)
