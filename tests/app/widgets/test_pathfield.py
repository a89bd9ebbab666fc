"""The row of a folder or file of the user's: typed, chosen in the dialog, or dropped; leaving the dialog changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.entry import ParamWords, Words
from app.widgets.controls import row_of
from app.widgets.pathfield import PathField
from app.widgets.textfield import TextField
from engine.core.params import IsPath, IsText, parameter


@dataclass(frozen=True)
class Params:
    place: Annotated[str, IsText(200), IsPath()] = ""
    file: Annotated[str, IsText(200), IsPath(folder=False, suffixes=(".csv",))] = ""
    other: Annotated[str, IsText(200)] = ""


@pytest.fixture
def field(qapp: Any, look: Any) -> Iterator[Callable[[str], Any]]:
    """Makes rows, and takes them away again while they can still hear that they lose the focus."""
    rows: list[Any] = []

    def made(name: str) -> Any:
        rows.append(shown(look, name))
        return rows[-1]

    yield made
    for row in rows:
        row.close()
        row.deleteLater()
    qapp.processEvents()


def shown(look: Any, name: str) -> Any:
    made: Any = PathField(look, parameter(Params, name), ParamWords(Words("Place", "位置"), Words("A hint", "提示")))
    made.heard = []
    made.changed.connect(lambda value, final: made.heard.append((value, final)))
    made.resize(300, made.height())
    made.show()
    return made


def test_only_what_is_declared_a_path_gets_the_row() -> None:
    assert row_of(parameter(Params, "place")) is PathField
    assert row_of(parameter(Params, "other")) is TextField


def test_a_folder_is_chosen_with_the_mouse_and_with_the_keys(field: Any, tmp_path: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = field("place"), []

    def dialog(_parent: object, title: str, start: str) -> str:
        asked.append((title, start))
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", dialog)
    QTest.mouseClick(made.button, Qt.MouseButton.LeftButton)
    assert made.heard == [(str(tmp_path), True)]
    assert made.editor.text() == str(tmp_path)
    assert made.button.focusPolicy() & Qt.FocusPolicy.TabFocus
    made.button.setFocus()
    QTest.keyClick(made.button, Qt.Key.Key_Space)
    assert asked == [("Place", str(Path.home())), ("Place", str(tmp_path))]     # it opens where one was


def test_leaving_the_dialog_changes_nothing(field: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = field("file")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *rest: ("", ""))
    made.choose()
    assert made.heard == []


def test_a_file_is_asked_for_by_its_suffix(field: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = field("file"), []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *rest: (asked.append(rest[3]), ("/x/y.csv", ""))[1])
    made.choose()
    assert asked == ["*.csv;;(*)"]
    assert made.heard == [("/x/y.csv", True)]


def test_a_folder_can_be_dropped_and_a_file_cannot(field: Any, tmp_path: Path) -> None:
    made = field("place")
    (tmp_path / "file.txt").write_text("")
    for place in (tmp_path / "file.txt", tmp_path):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(place))])
        made.dropEvent(QDropEvent(QPointF(QPoint(5, 5)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                  Qt.KeyboardModifier.NoModifier))
    assert made.heard == [(str(tmp_path), True)]


def test_the_button_speaks_both_languages_and_fits(field: Any, look: Any) -> None:
    made = field("place")
    words = {made.button.text()}
    look.set(language="zh")
    words.add(made.button.text())
    assert words == {"Choose…", "选择……"}
    assert made.editor.geometry().right() < made.button.geometry().left()
    assert made.button.geometry().right() <= made.width()
