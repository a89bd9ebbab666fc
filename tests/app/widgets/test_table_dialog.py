"""The dialog before a table is used: what it shows, what can be changed, and that a typed word comes to the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.widgets.table_dialog import TableDialog
from engine.core.data import Takes, chosen, load_source
from engine.core.params import build
from engine.core.typed import parse_set
from engine.core.values import Source
from engine.deep.datasets import table
from engine.deep.mlp import Params

MESSY = "id;身高;体重;种类\nA1;1.7;60;猫\nA2;;70;狗\nA3;1.5;x;猫\nA4;1.8;75\nA5;1.6;55;狗\nA6;1.9;nan;猫\n"
XY, MANY, ONE = Takes("x", "y", label="must"), Takes(label="may"), Takes("value")


@pytest.fixture
def opened(qapp: Any, look: Any, tmp_path: Path) -> Callable[..., TableDialog]:
    kept: list[QWidget] = []

    def make(content: bytes, takes: Takes = XY, name: str = "table.csv") -> TableDialog:
        path = tmp_path / name
        path.write_bytes(content)
        kept.append(QWidget())
        dialog = TableDialog(look, path, "data", takes, kept[-1])
        dialog.heard = []  # type: ignore[attr-defined]
        dialog.chosen.connect(dialog.heard.append)  # type: ignore[attr-defined]
        return dialog

    return make


def typed(dialog: TableDialog) -> str:
    """The word that the dialog says comes to the same, with the file's whole name."""
    word = dialog.typed.text().split("data=", 1)[1]
    return str(dialog.path.parent / word)


def test_it_finds_encoding_separator_columns_and_bad_rows(opened: Any) -> None:
    dialog = opened(MESSY.encode("gbk"))
    assert dialog.encoding.currentText() == "GBK"
    assert dialog.delimiter.currentText() == "semicolon ;"
    assert (dialog.parts.columns(), dialog.parts.label()) == (("身高", "体重"), "种类")
    assert dialog.parts.lists["label"].currentText() == "种类 (words)"
    assert dialog.said.text() == "4 of 6 rows cannot be used: lines 3, 4, 5, 7."
    assert "6 rows, 4 columns" in dialog.what.text()


@pytest.mark.parametrize("takes", [XY, MANY, ONE])
def test_a_typed_word_comes_to_the_same(opened: Any, takes: Takes) -> None:
    dialog = opened(MESSY.encode("gb18030"), takes)
    dialog.rows.setText("2")
    word = typed(dialog)
    dialog.use.click()
    assert Source.read("data", chosen("data", word, (), takes), ()) == dialog.heard[0]
    assert load_source(dialog.heard[0]).shape == (2, len(dialog.heard[0].columns))


def test_the_network_trains_on_the_same_points_either_way(opened: Any) -> None:
    rows = "".join(f"{a},{b},{'hot' if a + b > 5 else 'cold'},{a * b}\n" for a in range(5) for b in range(5))
    dialog = opened(("east,north,kind,area\n" + rows).encode())
    dialog.parts.lists["y"].set_current(3)
    dialog.parts.changed.emit()
    word = typed(dialog)
    assert word.endswith("table.csv:east,area?label=kind")
    dialog.use.click()
    assert build(Params, parse_set(Params, [f"data={word}"])).data == dialog.heard[0]
    assert dialog.heard[0].columns == ("east", "area", "label")
    x, label, names = table(dialog.heard[0], 1, 2)
    assert names == ("east", "area")
    east, area = np.repeat(np.arange(5.0), 5), np.outer(np.arange(5.0), np.arange(5.0)).ravel()
    assert np.allclose(x, np.stack([(v - v.mean()) / v.std() for v in (east, area)], axis=1))
    assert label.sum() == 6


def test_another_encoding_and_separator(opened: Any) -> None:
    dialog = opened("身高,体重,种类\n1.7,60,甲\n1.6,50,乙\n".encode("gbk"))
    dialog.encoding.set_current(0)
    dialog.encoding.chosen.emit(0)
    assert "cannot be read as UTF-8" in dialog.said.text()
    dialog.encoding.chosen.emit(2)
    assert dialog.encoding.currentText() == "GB18030"
    assert "encoding=gb18030" in typed(dialog)
    dialog.delimiter.chosen.emit(1)
    assert dialog.parts.names == ("身高,体重,种类",)
    assert not dialog.use.isEnabled()


def test_any_number_of_columns_by_click_and_by_key(opened: Any, qapp: Any) -> None:
    dialog = opened(b"a,b,c,kind\n1,2,3,x\n4,5,6,y\n", MANY)
    dialog.show()
    assert dialog.parts.columns() == ("a", "b", "c")
    dialog.table.setCurrentCell(0, 1)
    QTest.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.parts.columns() == ("a", "c")
    word = typed(dialog)
    assert word.endswith("table.csv:a,c")
    for at in (0, 2):
        dialog.table.turned.emit(at)
    assert dialog.said.text() == "Choose at least one column."
    assert not dialog.use.isEnabled()
    dialog.table.turned.emit(0)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.heard == []


def test_bad_rows_are_left_out_only_when_so_asked(opened: Any) -> None:
    dialog = opened(b"a,b,kind\n1,2,x\n4,,y\n5,6,y\n")
    assert dialog.use.isEnabled()
    dialog.leave_out.click()
    assert not dialog.use.isEnabled()
    dialog.leave_out.click()
    dialog.use.click()
    assert load_source(dialog.heard[0]).tolist() == [[1, 2, 0], [5, 6, 1]]


def test_rows_that_are_no_number(opened: Any) -> None:
    dialog = opened(b"a,b,kind\n1,2,x\n4,3,y\n5,6,y\n")
    for text, good in (("", True), ("2", True), ("0", False), ("-1", False), ("many", False), ("1.5", False)):
        dialog.rows.setText(text)
        assert dialog.use.isEnabled() == good, text


@pytest.mark.slow
def test_a_large_file_is_read_in_a_process_of_its_own(opened: Any, qapp: Any) -> None:
    dialog = opened(b"a,b,kind\n" + b"1.5,2.5,x\n2.5,3.5,y\n" * 120_000 + b"bad\n1,1,x\n")
    assert "looked at the first" in dialog.what.text()
    dialog.take()
    assert dialog.heard == [], "the window goes on meanwhile"
    assert dialog.said.text().startswith("Reading")
    for _ in range(4000):
        if dialog.heard or dialog.reader is None:
            break
        QTest.qWait(10)
    assert load_source(dialog.heard[0]).shape == (240_001, 3)


def test_reading_is_given_up_with_the_dialog(opened: Any, qapp: Any) -> None:
    dialog = opened(b"a,b,kind\n" + b"1.5,2.5,x\n2.5,3.5,y\n" * 120_000)
    dialog.take()
    process = dialog.reader._process
    dialog.reject()
    assert process.exitcode is not None
    assert dialog.heard == []


def test_every_word_in_chinese_and_in_a_small_window(opened: Any, look: Any) -> None:
    look.set(language="zh", theme_name="dark")
    dialog = opened(MESSY.encode("gbk"))
    dialog.resize(dialog.minimumSize())
    dialog.show()
    assert "不能用" in dialog.said.text()
    assert dialog.use.geometry().right() <= dialog.width()
    assert dialog.table.height() >= 60
    for box in dialog.parts.lists.values():
        assert dialog.rect().contains(box.geometry().translated(dialog.parts.pos()))


# files that a window is given ---------------------------------------------------------------------------------------------


def test_a_table_goes_to_the_concept_that_is_shown(window: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"speed,height\n1,2\n2,3\n4,5\n")
    window.open("systems.scheduling")
    window.files.open(path)
    assert window.findChild(TableDialog) is None, "it takes no table: a sentence says so"
    window.open("mathematics.clt")
    window.files.open(path)
    dialog = window.findChild(TableDialog)
    dialog.parts.lists["value"].set_current(1)
    dialog.parts.changed.emit()
    dialog.use.click()
    asked = window.session.requested
    assert (asked.population, asked.data.name, asked.data.columns) == ("data", "mine.csv", ("height",))


def test_an_exported_table_is_the_figure_that_it_was(window: Any, tmp_path: Path) -> None:
    from app.export import export
    from tests.app.export.conftest import figure_of

    path = tmp_path / "figure.csv"
    export(figure_of("classical.gradient_descent", last=2), path)
    window.files.open(path)
    assert window.session.entry.id == "classical.gradient_descent"
    assert window.findChild(TableDialog) is None
