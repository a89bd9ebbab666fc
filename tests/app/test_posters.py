"""Posters: a rest frame written down without pickle, small, and checked against the engine."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog import Catalog
from app.entry import Entry
from app.plain_frames import put_together, taken_apart
from app.posters import MOST_BYTES, faults_of_poster, load_poster, poster_bytes, poster_path, record, save_poster
from engine.core.faults import Failed
from engine.core.frame import Array, Named, Shared, freeze, same
from engine.mathematics.clt import Frame, Params


@pytest.fixture(scope="module")
def entry() -> Entry:
    return Catalog.load().entry("mathematics.clt")


@pytest.fixture(scope="module")
def poster(entry: Entry) -> Any:
    return record(entry)


def test_a_poster_comes_back_exactly(entry: Entry, poster: Any, tmp_path: Path) -> None:
    assert save_poster(entry, poster, tmp_path) == poster_path(entry, tmp_path).stat().st_size <= MOST_BYTES
    found = load_poster(entry, tmp_path)
    assert found is not None
    frame, params, index = found
    assert isinstance(frame, Frame)
    assert same(frame, poster[0])
    assert (params, index) == (Params(), 120)
    assert not frame.counts.flags.writeable
    assert faults_of_poster(entry, tmp_path) == []


def test_numpy_opens_a_poster_without_pickle(entry: Entry, poster: Any, tmp_path: Path) -> None:
    save_poster(entry, poster, tmp_path)
    with np.load(poster_path(entry, tmp_path), allow_pickle=False) as found:
        assert any(np.array_equal(found[name], poster[0].counts) for name in found.files if name != "poster.json")


def test_the_same_frame_gives_the_same_bytes(poster: Any) -> None:
    assert poster_bytes("mathematics.clt", poster) == poster_bytes("mathematics.clt", poster)


def test_a_poster_of_other_numbers_is_found_out(entry: Entry, poster: Any, tmp_path: Path) -> None:
    assert "has no poster" in faults_of_poster(entry, tmp_path)[0]
    counts = poster[0].counts.copy()
    counts[200] += 1
    for changed, sentence in (((replace(poster[0], counts=counts), *poster[1:]), "an array"),
                              ((replace(poster[0], ks=0.5), *poster[1:]), "numbers"),
                              ((poster[0], poster[1], 7), "frame 7, the rest frame is 120"),
                              ((poster[0], Params(n=4), 120), "other parameters")):
        save_poster(entry, changed, tmp_path)
        assert sentence in faults_of_poster(entry, tmp_path)[0]


def test_a_large_frame_is_kept_at_less_precision_and_still_checked(entry: Entry, poster: Any, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=9000)
    large = (replace(poster[0], quantiles=noise), *poster[1:])
    assert save_poster(entry, large, tmp_path) <= MOST_BYTES
    found = load_poster(entry, tmp_path)
    assert found is not None
    assert found[0].quantiles.dtype == np.float64
    assert not np.array_equal(found[0].quantiles, noise)
    assert np.allclose(found[0].quantiles, noise, atol=1e-5)


def test_a_frame_that_cannot_fit_is_refused(entry: Entry, poster: Any, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=60_000)
    with pytest.raises(Failed, match="50000 are allowed"):
        save_poster(entry, (replace(poster[0], quantiles=noise), *poster[1:]), tmp_path)
    assert not poster_path(entry, tmp_path).exists()


def rewritten(content: bytes, **changes: Any) -> bytes:
    """A poster with some of its table changed."""
    source, buffer = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in source.namelist():
            raw = source.read(name)
            archive.writestr(name, json.dumps({**json.loads(raw), **changes}) if name == "poster.json" else raw)
    return buffer.getvalue()


@pytest.mark.parametrize("damage", [
    lambda c: c[:200], lambda c: b"", lambda c: b"PK\3\4" + bytes(50), lambda c: rewritten(c, concept="mathematics.none"),
    lambda c: rewritten(c, params={"nn": 1}), lambda c: rewritten(c, frame={"class": "os:environ", "fields": {}}),
    lambda c: rewritten(c, frame={"class": "subprocess:Popen", "fields": {"args": "x"}}),
    lambda c: rewritten(c, frame={"class": "engine.core.run:Run", "fields": {"params": 1}}),
    lambda c: rewritten(c, frame={"class": "engine.mathematics.clt:Frame", "fields": {}}),
    lambda c: rewritten(c, frame={"pickle": "x"}), lambda c: rewritten(c, dtypes={"a99": "float64"}),
    lambda c: rewritten(c, index="x"),
])
def test_a_damaged_or_foreign_poster_is_none(entry: Entry, poster: Any, tmp_path: Path, damage: Any) -> None:
    save_poster(entry, poster, tmp_path)
    path = poster_path(entry, tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert load_poster(entry, tmp_path) is None
    assert faults_of_poster(entry, tmp_path)


def test_every_kind_of_value_comes_back() -> None:
    array = np.arange(3.0)
    value = {"a": array, "twice": array, "t": (1, 2.5, None, True, "文"), "l": [np.float32(1.5), np.int64(3), np.bool_(True)],
             "nan": float("nan"), "inf": (float("inf"), -float("inf")), "shared": Shared({"x": array}),
             "named": Named(("a", "b"), (1.0, None)), "empty": np.zeros((0, 3)), "b": np.array([True, False])}
    arrays: dict[str, Array] = {}
    plain = json.loads(json.dumps(taken_apart(value, arrays), allow_nan=False))
    assert len(arrays) == 6                 # one array is kept once, however often it is held
    assert same(freeze(put_together(plain, arrays)), freeze(value))


def test_what_cannot_be_written_down_is_named() -> None:
    @dataclass
    class Local:
        x: int = 1

    kinds = ((object(), "object"), ({1, 2}, "set"), (Local(), "Local"), (np.array([None]), "objects"), ({1: 2}, "dict"))
    for value, name in kinds:
        with pytest.raises(Failed, match=name):
            taken_apart(value, {})


@pytest.mark.slow
@pytest.mark.parametrize("concept_id", [e.id for e in Catalog.load().entries if e.kind != "page"])
def test_the_poster_that_is_shipped_is_what_the_engine_computes(concept_id: str) -> None:
    assert faults_of_poster(Catalog.load().entry(concept_id)) == []
