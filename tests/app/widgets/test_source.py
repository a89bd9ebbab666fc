"""The row of a data set: named sources, a CSV file of one's own, and what it says of a file that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.catalog import Catalog
from app.widgets.source import SourceField
from app.widgets.table_dialog import TableDialog
from engine.classical.pca import Params
from engine.core.params import build, parameter
from engine.core.values import Source


@pytest.fixture
def field(qapp: Any, look: Any) -> SourceField:
    entry = Catalog.load().entry("classical.pca")
    made = SourceField(look, parameter(Params, "source"), entry.params["source"])
    made.heard, made.said = [], []  # type: ignore[attr-defined]
    made.changed.connect(lambda value, final: made.heard.append(value))  # type: ignore[attr-defined]
    made.refused.connect(made.said.append)  # type: ignore[attr-defined]
    return made


def texts(field: SourceField) -> list[str]:
    return [field.dropdown.itemText(i) for i in range(field.dropdown.count())]


def test_named_sources_and_a_file_at_the_end(field: Any) -> None:
    assert field.dropdown.current == 0
    assert len(texts(field)) == len(parameter(Params, "source").choices) + 1
    field.dropdown.chosen.emit(5)
    assert field.heard == ["iris"]


def dialog_of(field: Any, path: Path) -> TableDialog:
    field.take(str(path))
    found: TableDialog = field.findChild(TableDialog)
    return found


def test_a_file_is_asked_for_and_shown(field: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"a,b\n1,2\n3,4\n5,5\n")
    dialog_of(field, path).use.click()
    made = build(Params, {"source": field.heard[-1]}).source
    assert isinstance(made, Source)
    assert made.sha256
    field.set_value(made)
    assert field.dropdown.currentText() == "mine.csv"
    field.set_value(Source("wine"))
    assert "mine.csv" not in texts(field)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"\x00\x01\x02", "no text in UTF-8 or GBK"), (b"a,b\n", "no row of numbers"),
    (b"a,b\nx,nan\ny,\n", "No row can be used")])
def test_a_bad_file_is_one_sentence_in_the_dialog(field: Any, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    dialog = dialog_of(field, path)
    assert words in dialog.said.text()
    assert "\n" not in dialog.said.text()
    assert not dialog.use.isEnabled()
    dialog.take()
    assert field.heard == []


def test_choosing_a_file_and_leaving_changes_nothing(field: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtWidgets import QFileDialog

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *rest: ("", ""))
    field.dropdown.set_current(field.dropdown.count() - 1)
    field.dropdown.chosen.emit(field.dropdown.count() - 1)
    assert field.heard == []
    assert field.dropdown.current == 0


