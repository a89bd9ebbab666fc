"""Settings, caches and marks of any content: the program starts with what it can use, and keeps the file it cannot."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import Catalog
from app.recovery import Recovery
from app.settings import KEPT, NAME, Settings, SettingsFile

from .hostile import cases, damage, damaged, is_a_sentence, values

GOOD = {"loupe": 1, "language": "zh", "theme": "dark", "scale": 1.5, "reduced_motion": True, "device": "cpu",
        "concept": "mathematics.clt", "params": {"mathematics.clt": {"n": 4}}, "recent": ["mathematics.clt"],
        "geometry": [10, 10, 900, 700], "folder": "/figures", "answers": {"mathematics.clt": {"0": 1}}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@given(table=st.dictionaries(st.sampled_from([f.name for f in fields(Settings)]), values, max_size=3), how=st.one_of(st.none(), damage))
@cases(1000)
def test_any_settings(folder: Path, table: dict[str, Any], how: Any) -> None:
    content = json.dumps({**GOOD, **table}).encode()
    content = content if how is None else damaged(content, how)
    for path in folder.iterdir():
        path.unlink()
    (folder / NAME).write_bytes(content)
    file = SettingsFile.load(folder)
    if file.fault is not None:
        is_a_sentence(file.fault)
        assert (folder / KEPT).read_bytes() == content          # nothing of the user's is lost
        assert file.settings == Settings()
    else:
        assert (folder / NAME).read_bytes() == content
    file.change(theme="light" if file.settings.theme != "light" else "dark")
    again = SettingsFile.load(folder)
    assert again.fault is None
    assert again.settings == file.settings


@given(content=st.one_of(st.binary(max_size=60), values.map(lambda v: json.dumps(v).encode()), values.map(
    lambda v: json.dumps({"mathematics/clt.toml": v, "deep/mlp.toml": [v, {}]}).encode())))
@cases(150)
def test_any_cache_of_the_catalog(folder: Path, content: bytes) -> None:
    cache = folder / "catalog.json"
    cache.write_bytes(content)
    assert Catalog.load(cache=cache).entries == entries()


def entries() -> Any:
    if not KNOWN:
        KNOWN.append(Catalog.load().entries)
    return KNOWN[0]


KNOWN: list[Any] = []


@given(content=st.one_of(st.binary(max_size=30), st.text("0123456789 .-e", max_size=30).map(str.encode)))
@cases(300)
def test_any_mark_of_a_crash(folder: Path, content: bytes) -> None:
    mark = Recovery(folder)
    mark.path.write_bytes(content)
    mark.begin()
    mark.end()
    assert not mark.path.exists()
