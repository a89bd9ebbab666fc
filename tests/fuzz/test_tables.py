"""CSV files of any bytes: a table of finite numbers, or a sentence that says where the fault is."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.data import keep, load_source
from engine.core.faults import LoupeError
from engine.core.tables import read_csv

from .hostile import cases, damage, damaged, is_a_sentence

CELLS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.sampled_from(["", " ", "nan", "NA", "inf", "1e999", "1_000", "١", "a", '"', '"1', "1,5", "=1+1", "−3", "中"]),
    st.text(max_size=5),
)
PLAIN = b"a,b,label\n1,2,x\n3,4.5,y\n-1e3,0,x\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "table.csv"


def read(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    try:
        table = read_csv(place)
    except LoupeError as fault:
        is_a_sentence(fault, "table.csv")
        return
    finally:
        assert place.read_bytes() == content
    assert table.values.ndim == 2
    assert table.values.shape[1] == len(table.columns) == len(set(table.columns))
    assert np.isfinite(table.values).all()


@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text('0123456789.,;\t\n\r"e-+ ab中', max_size=120).map(str.encode),
        damage.map(lambda how: damaged(PLAIN, how)),
    )
)
@cases(1500)
def test_any_bytes(place: Path, content: bytes) -> None:
    read(place, content)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5),
    mark=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
@cases(800)
def test_any_cells(place: Path, rows: list[list[str]], mark: str, encoding: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=mark).writerows(rows)
    read(place, text.getvalue().encode(encoding, errors="replace"))


@given(
    values=st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1, max_size=6
    ),
    mark=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    named=st.booleans(),
)
@cases(400)
def test_a_good_table_is_read_as_it_was_written(
    place: Path, values: list[list[float]], mark: str, end: str, named: bool
) -> None:
    lines = [mark.join(map(repr, row)) for row in values]
    place.write_text(end.join([*([mark.join("abc")] if named else []), *lines, ""]), newline="")
    table = read_csv(place)
    assert table.values.tolist() == values
    assert table.columns == (("a", "b", "c") if named else ("x1", "x2", "x3"))
    assert load_source(keep(table, "table.csv")).tolist() == values
