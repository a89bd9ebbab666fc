"""Posters: each concept's rest frame, recorded, so that a picture is there before anything is computed."""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from app.atomic import write_bytes
from app.entry import Entry
from app.export.data import packed
from app.plain_frames import put_together, taken_apart
from engine.core.address import load
from engine.core.concept import Concept
from engine.core.faults import BadInput, Failed
from engine.core.frame import Array, freeze
from engine.core.params import build, plain
from engine.core.run import Stepper, up_to
from engine.core.typed import strict_json

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "posters"
MOST_BYTES = 50_000
PRECISIONS = ("", "float32", "float16")     # how a large frame's real numbers are kept, so that it fits
TOLERANCE = {"": 1e-9, "float32": 1e-5, "float16": 4e-3}    # of each array's largest number
_MEMBER = "poster.json"
_MOST_TEXT, _MOST_ARRAY = 1_000_000, 8_000_000

Poster = tuple[Any, Any, int]               # frame, parameters, index


def poster_path(entry: Entry, folder: Path = FOLDER) -> Path:
    """Where a concept's poster lies."""
    return folder / f"{entry.path}.npz"


def load_poster(entry: Entry, folder: Path = FOLDER) -> Poster | None:
    """The recorded rest frame, its parameters and its index; None where there is none that fits this program."""
    try:
        return _read(poster_path(entry, folder))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, BadInput, zipfile.BadZipFile,
            zlib.error, StopIteration, RecursionError):
        return None                         # a poster only comes before the live picture; without one, that is waited for


def record(entry: Entry, device: str = "cpu") -> Poster:
    """The rest frame at the default parameters, computed now."""
    concept = load(entry.id)
    params = concept.default()
    stepper = Stepper(concept, params, device=device)
    try:
        kept = deque(up_to(stepper, concept.rest), maxlen=1)
    finally:
        stepper.close()
    if not kept:
        raise Failed(f"{entry.id}: yields no frame at its default parameters", "no_frame")
    return kept[0], params, stepper.index


def save_poster(entry: Entry, poster: Poster, folder: Path = FOLDER) -> int:
    """Write a poster as exactly as its limit allows; returns its bytes."""
    for precision in PRECISIONS:
        content = poster_bytes(entry.id, poster, precision)
        if len(content) <= MOST_BYTES:
            path = poster_path(entry, folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content)
            return len(content)
    raise Failed(f"{entry.id}: its rest frame takes {len(content)} bytes as a poster, {MOST_BYTES} are allowed; give the "
                 "frame smaller arrays", "poster_too_large", id=entry.id, size=len(content), most=MOST_BYTES)


def poster_bytes(concept_id: str, poster: Poster, precision: str = "") -> bytes:
    """The file's content: the frame's plain values as JSON, its arrays beside them."""
    frame, params, index = poster
    arrays: dict[str, Array] = {}
    values = taken_apart(frame, arrays)
    text = json.dumps({"loupe": 1, "concept": concept_id, "params": plain(params), "index": index, "precision": precision,
                       "dtypes": {k: str(a.dtype) for k, a in arrays.items()}, "frame": values}, allow_nan=False)
    return packed({name: _narrowed(array, precision) for name, array in arrays.items()}, {_MEMBER: text})


def faults_of_poster(entry: Entry, folder: Path = FOLDER) -> list[str]:
    """What is wrong with a concept's poster: missing, too large, or other than what the engine computes now."""
    path = poster_path(entry, folder)
    if not path.is_file():
        return [f"{entry.id}: has no poster; make it with main.py poster {entry.id}"]
    faults = [f"{path.name}: {path.stat().st_size} bytes, at most {MOST_BYTES}"] if path.stat().st_size > MOST_BYTES else []
    found = load_poster(entry, folder)
    if found is None:
        return [*faults, f"{entry.id}: its poster does not fit the program; make it again with main.py poster {entry.id}"]
    concept = load(entry.id)
    if found[1] != concept.default():
        return [*faults, f"{entry.id}: its poster has other parameters than the defaults; make it again"]
    return faults + (_differences(entry, concept, found, _precision(path)) if concept.repeatable else [])


def _differences(entry: Entry, concept: Concept, found: Poster, precision: str) -> list[str]:
    now = record(entry)
    old_arrays: dict[str, Array] = {}
    new_arrays: dict[str, Array] = {}
    old, new = taken_apart(found[0], old_arrays), taken_apart(now[0], new_arrays)
    if found[2] != now[2]:
        return [f"{entry.id}: its poster is frame {found[2]}, the rest frame is {now[2]}; make it again"]
    pairs: list[tuple[str, str]] = []
    if not _alike(old, new, pairs):
        return [f"{entry.id}: its poster's numbers are not the engine's any more; make it again"]
    wrong = [a for a, b in pairs if not _near(old_arrays[a], new_arrays[b], TOLERANCE[precision])]
    return [f"{entry.id}: an array of its poster is not the engine's any more; make it again"] if wrong else []


def _alike(a: Any, b: Any, pairs: list[tuple[str, str]]) -> bool:
    """Whether two plain values agree, numbers to a part in a billion; arrays that must agree are added to `pairs`."""
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() == b.keys() == {"array"}:
            pairs.append((a["array"], b["array"]))
            return True
        return a.keys() == b.keys() and all(_alike(a[k], b[k], pairs) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_alike(x, y, pairs) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return type(a) is type(b) and bool(a == b)


def _near(a: Array, b: Array, tolerance: float) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    size = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=0.0, atol=tolerance * size, equal_nan=True))


def _narrowed(array: Array, precision: str) -> Array:
    """Real numbers at less precision; those that would overflow keep what they have."""
    if not precision or array.dtype.kind != "f" or array.dtype.itemsize <= np.dtype(precision).itemsize:
        return array
    with np.errstate(over="ignore"):
        narrow = array.astype(precision)
    return narrow if np.array_equal(np.isfinite(narrow), np.isfinite(array)) else array


def _read(path: Path) -> Poster:
    table, members = _contents(path)
    arrays = {}
    for name, dtype in table["dtypes"].items():
        array = np.lib.format.read_array(io.BytesIO(members[f"{name}.npy"]), allow_pickle=False)
        arrays[name] = array.astype(np.dtype(dtype), copy=False)
    concept = load(table["concept"])
    return freeze(put_together(table["frame"], arrays)), build(concept.Params, table["params"]), int(table["index"])


def _precision(path: Path) -> str:
    return str(_contents(path)[0]["precision"])


def _contents(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The table and the arrays' bytes; only so much is unpacked."""
    with zipfile.ZipFile(path) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        if sizes[_MEMBER] > _MOST_TEXT or sum(sizes.values()) > _MOST_ARRAY:
            raise ValueError("a poster unpacks to more than a poster can be")
        members = {name: archive.read(name) for name in sizes}
    return strict_json(members.pop(_MEMBER).decode("utf-8")), members
