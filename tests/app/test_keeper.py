"""The notebook is on the disk within a second; where the disk refuses, it is kept, said, tried again, and put elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from notebook_items import whole
from PySide6.QtTest import QTest

from app import keeper as keeping
from app.keeper import Keeper
from app.notebook import Note, Notebook
from app.notebook_file import read_notebook, write_notebook
from engine.core.faults import BadInput, Failed


@pytest.fixture
def keeper(qapp: Any, tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(tmp_path / "notebooks")
    yield made
    made.close()


def until(test: Callable[[], bool], seconds: float = 10.0) -> None:
    end = monotonic() + seconds
    while not test():
        assert monotonic() < end, "it did not happen in time"
        QTest.qWait(5)


def test_a_change_is_written_by_itself(keeper: Keeper) -> None:
    keeper.put(whole())
    assert not keeper.path.exists()
    until(lambda: keeper.saved)
    assert read_notebook(keeper.path) == whole()


def test_typing_without_end_is_still_written(keeper: Keeper) -> None:
    """The delay counts from the first change, not from the last: a busy hand does not put it off."""
    for number in range(120):
        keeper.put(Notebook(str(number)), step=False)
        QTest.qWait(10)
        if keeper.path.exists():
            break
    assert keeper.path.exists()


def test_undo_and_redo(keeper: Keeper) -> None:
    one = whole()
    keeper.put(one)
    keeper.put(one.without(0))
    assert keeper.undo() and keeper.notebook == one
    assert keeper.redo() and keeper.notebook == one.without(0)
    assert keeper.undo() and keeper.undo() and not keeper.undo()
    assert keeper.notebook == Notebook()


def test_a_full_disk_loses_nothing(keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write = keeping.write_notebook

    def full(notebook: Notebook, path: Path) -> None:
        if "notebooks" in path.parts:
            raise Failed(f"{path}: the disk is full", "disk_full", path=path)
        write(notebook, path)

    monkeypatch.setattr(keeping, "write_notebook", full)
    monkeypatch.setattr(keeping, "AGAIN_MS", 30)
    keeper.put(whole())
    until(lambda: keeper.trouble is not None)
    assert keeper.notebook == whole() and not keeper.saved
    keeper.put(whole().added(Note(note="more")))
    assert not keeper.finish()
    with pytest.raises(Failed):
        keeper.new()                                    # it is not let go of
    keeper.save_as(tmp_path / "elsewhere.loupe")
    assert keeper.trouble is None and keeper.saved
    assert len(read_notebook(tmp_path / "elsewhere.loupe").items) == 4
    monkeypatch.setattr(keeping, "write_notebook", write)
    keeper.put(whole())
    until(lambda: keeper.saved)


def test_a_disk_that_has_room_again_is_written_by_itself(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    write, refused = keeping.write_notebook, []

    def twice(notebook: Notebook, path: Path) -> None:
        if len(refused) < 2:
            refused.append(path)
            raise Failed(f"{path}: the disk is full", "disk_full", path=path)
        write(notebook, path)

    monkeypatch.setattr(keeping, "write_notebook", twice)
    monkeypatch.setattr(keeping, "AGAIN_MS", 20)
    keeper.put(whole())
    until(lambda: keeper.saved)
    assert keeper.trouble is None and read_notebook(keeper.path) == whole()


def test_a_file_changed_by_another_is_not_overwritten(keeper: Keeper) -> None:
    keeper.put(whole())
    assert keeper.finish()
    first = keeper.path
    write_notebook(Notebook("theirs"), first)
    keeper.put(Notebook("mine"))
    assert keeper.finish()
    assert keeper.path != first and read_notebook(keeper.path).title == "mine" and read_notebook(first).title == "theirs"


def test_a_damaged_file_leaves_the_open_one(keeper: Keeper, tmp_path: Path) -> None:
    keeper.put(whole())
    (tmp_path / "bad.loupe").write_text('{"loupe_notebook": 1')
    with pytest.raises(BadInput):
        keeper.open(tmp_path / "bad.loupe")
    assert keeper.notebook == whole() and keeper.saved


def test_what_no_place_takes_is_rescued_or_told(keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    keeper.folder, keeper.path = blocked / "notebooks", blocked / "notebooks" / "a.loupe"
    monkeypatch.setattr(keeping.tempfile, "gettempdir", lambda: str(tmp_path))
    keeper.put(whole())
    assert not keeper.finish()
    assert keeper.rescue() == tmp_path / "a.loupe"
    assert read_notebook(tmp_path / "a.loupe") == whole()
