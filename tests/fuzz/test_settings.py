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

GOOD = {
    "loupe": 1,
    "language": "zh",
    "theme": "dark",
    "scale": 1.5,
    "reduced_motion": True,
    "device": "cpu",
    "concept": "mathematics.clt",
    "params": {"mathematics.clt": {"n": 4}},
    "recent": ["mathematics.clt"],
    "geometry": [10, 10, 900, 700],
    "folder": "/figures",
    "answers": {"mathematics.clt": {"0": 1}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@given(
    table=st.dictionaries(st.sampled_from([f.name for f in fields(Settings)]), values, max_size=3),
    how=st.one_of(st.none(), damage),
)
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
        assert (folder / KEPT).read_bytes() == content  # nothing of the user's is lost
        assert file.settings == Settings()
    else:
        assert (folder / NAME).read_bytes() == content
    file.change(theme="light" if file.settings.theme != "light" else "dark")
    again = SettingsFile.load(folder)
    assert again.fault is None
    assert again.settings == file.settings


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The texts of one short concept, as a catalog of their own."""
    folder = tmp_path_factory.mktemp("concepts")
    (folder / "mathematics").mkdir()
    (folder / "chapters.toml").write_text('mathematics = { en = "Mathematics", zh = "数学" }\n')
    words = '{ en = "a", zh = "甲" }'
    (folder / "mathematics" / "clt.toml").write_text(
        f"order = 1\ntitle = {words}\nsummary = {words}\nnotice = {words}\n"
    )
    return folder


@given(value=values, stamped=st.booleans(), raw=st.one_of(st.none(), st.binary(max_size=40)))
@cases(400)
def test_any_cache_of_the_catalog(folder: Path, small: Path, value: Any, stamped: bool, raw: bytes | None) -> None:
    state = (small / "mathematics" / "clt.toml").stat()
    old = [[state.st_mtime_ns, state.st_size], value] if stamped else value
    cache = folder / "catalog.json"
    cache.write_bytes(json.dumps({"mathematics/clt.toml": old}).encode() if raw is None else raw)
    found = Catalog.load(small, cache)
    assert [e.id for e in found.entries] == ["mathematics.clt"] or found.faults


@given(content=st.one_of(st.binary(max_size=30), st.text("0123456789 .-e", max_size=30).map(str.encode)))
@cases(300)
def test_any_mark_of_a_crash(folder: Path, content: bytes) -> None:
    mark = Recovery(folder)
    mark.path.write_bytes(content)
    mark.begin()
    mark.end()
    assert not mark.path.exists()
