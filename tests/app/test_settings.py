"""Settings come back; a file that is damaged, too new or not to be had costs the memory and a sentence, nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.look import sentence
from app.settings import KEPT, NAME, SCHEMA, Settings, SettingsFile
from engine.core.data import home

FULL = Settings("zh", "dark", 1.5, True, "cuda:0", "mathematics.clt", {"mathematics.clt": {"n": 4, "points": [[1, 2.5]]}},
                ("mathematics.clt",), (-20, 10, 1200, 800), "/figures", {"mathematics.clt": {"0": 2}})


def test_everything_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    file = SettingsFile.load(folder)
    assert file.settings == Settings()
    file.settings = FULL
    file.flush()
    again = SettingsFile.load(folder)
    assert again.settings == FULL
    assert again.fault is None
    again.change(theme="light")
    assert SettingsFile.load(folder).settings.theme == "light"
    assert [path.name for path in folder.iterdir()] == [NAME]       # no partial file is left


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"loupe": 1, "theme": 3}', b'{"loupe": "1"}', b'{"loupe": 1, "scale": NaN}',
    b'{"loupe": 1, "geometry": [1]}', b'{"loupe": 1, "geometry": "left"}', b'{"loupe": 1, "geometry": [1e999, 0, 0, 0]}',
    b'{"loupe": 1, "recent": "abc"}', b'{"loupe": 1, "recent": [1]}', b'{"loupe": 1, "params": {"a": 5}}',
    b'{"loupe": 1, "theme": "dark", "theme": "light"}', b"[" * 100_000, b'{"loupe": 1, "reduced_motion": 1}',
    b" " * 9_000_000])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    file = SettingsFile.load(tmp_path)
    assert file.settings == Settings()
    assert file.fault is not None
    assert "is damaged" in file.fault.message
    assert "settings.bak" in file.fault.message
    assert "损坏" in sentence(file.fault, "zh")
    assert (tmp_path / KEPT).read_bytes() == content
    file.change(theme="dark")
    assert SettingsFile.load(tmp_path).settings.theme == "dark"


def test_a_newer_file_is_kept_aside(tmp_path: Path) -> None:
    text = json.dumps({"loupe": SCHEMA + 1, "theme": "dark", "whatever": {}})
    (tmp_path / NAME).write_text(text)
    file = SettingsFile.load(tmp_path)
    assert file.settings == Settings()
    assert file.fault is not None
    assert "newer version (2)" in file.fault.message
    assert (tmp_path / KEPT).read_text() == text


def test_what_is_not_known_is_left_out_and_ranges_hold(tmp_path: Path) -> None:
    table: dict[str, Any] = {"loupe": SCHEMA, "colour": "green", "scale": 99, "geometry": [0, 0, 1, 1e9]}
    (tmp_path / NAME).write_text(json.dumps(table))
    file = SettingsFile.load(tmp_path)
    assert file.fault is None
    assert file.settings.scale == 3.0
    assert file.settings.geometry == (0, 0, 400, 100_000)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_where_nothing_can_be_written_the_program_goes_on(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    file = SettingsFile.load(tmp_path / place)
    assert file.change(theme="dark").theme == "dark"
    assert file.fault is not None
    assert "not kept" in file.fault.message
    assert file.settings.theme == "dark"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_keeps_the_old_file(tmp_path: Path) -> None:
    SettingsFile.load(tmp_path).change(theme="dark")
    before = (tmp_path / NAME).read_bytes()
    tmp_path.chmod(0o500)
    try:
        file = SettingsFile.load(tmp_path)
        file.change(theme="light")
        assert file.fault is not None
        assert (tmp_path / NAME).read_bytes() == before
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_in_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    file = SettingsFile.load(tmp_path)
    assert file.settings == Settings()
    assert file.fault is not None
    assert "cannot be read" in file.fault.message


def test_home_is_what_was_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("LOUPE_HOME")
    assert home().is_absolute()
