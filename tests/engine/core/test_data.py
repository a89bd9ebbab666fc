"""A user's CSV file: what is read, what is refused and in which words, and the store that finds it again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.core import BadInput, Source
from engine.core.data import Takes, asked, chosen, content_hash, home, keep, load_source, place_of, word_for
from engine.core.tables import Reading, preview, read_csv

ROOT = Path(__file__).resolve().parents[3]
GOOD = {
    "comma": (b"a,b\n1,2\n3,4.5\n", ("a", "b"), [[1, 2], [3, 4.5]]),
    "semicolon": (b"a;b\n1;2\n", ("a", "b"), [[1, 2]]),
    "tab": (b"a\tb\n1\t2\n", ("a", "b"), [[1, 2]]),
    "utf-8 mark, windows lines": (b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n", ("a", "b"), [[1, 2], [3, 4]]),
    "gbk": ("身高,体重\n1.7,60\n".encode("gbk"), ("身高", "体重"), [[1.7, 60]]),
    "no names": (b"1,2\n3,4\n", ("x1", "x2"), [[1, 2], [3, 4]]),
    "quotes": (b'"a, first","b"\n"1","-2e3"\n', ("a, first", "b"), [[1, -2000]]),
    "blank lines": (b"\na,b\n\n1,2\n\n3,4\n\n", ("a", "b"), [[1, 2], [3, 4]]),
    "one name twice, one missing": (b"a,a,\n1,2,3\n", ("a", "a′", "x3"), [[1, 2, 3]]),
    "classes": (b"x,y,label\n1,2,cat\n3,4,dog\n5,6,cat\n", ("x", "y", "label"), [[1, 2, 0], [3, 4, 1], [5, 6, 0]]),
    "classes, one of them a number": (b"x,label\n1,cat\n2,0\n3,cat\n", ("x", "label"), [[1, 0], [2, 1], [3, 0]]),
    "classes in Chinese": ("x,类别\n1,猫\n2,狗\n".encode(), ("x", "类别"), [[1, 0], [2, 1]]),
}
BAD = {
    "nothing": (b"", "is empty"), "blanks": (b"\n ,\n", "is empty"), "names only": (b"a,b\n", "no row of numbers"),
    "too few": (b"a,b\n1,2\n3\n", "line 3 has 1 cells"), "too many": (b"a,b\n1,2\n3,4,5\n", "line 3 has 3 cells"),
    "words": (b"a,b\n1,2\n3,high\n", "column b has 'high' in line 3"),
    "gap": (b"a,b\n1,\n", "column b has no number in line 2"), "nan": (b"a,b\nNaN,2\n", "column a has no number in line 2"),
    "infinite": (b"a,b\n1,inf\n", "'inf'"), "underscore": (b"a,b\n1_0,2\n", "'1_0'"),
    "decimal comma": (b"a;b\n1,5;2\n", "'1,5'"), "utf-16": ("a,b\n1,2\n".encode("utf-16"), "UTF-8 or GBK"),
    "no class": (b"x,label\n1,\n", "column label has no number"), "bytes": (bytes(range(256)), "UTF-8 or GBK"),
}


def file(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", GOOD)
def test_tables_are_read(case: str, tmp_path: Path) -> None:
    content, columns, values = GOOD[case]
    table = read_csv(file(tmp_path, content))
    assert table.columns == columns
    assert np.array_equal(table.values, values)


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    content, words = BAD[case]
    with pytest.raises(BadInput) as caught:
        read_csv(file(tmp_path, content))
    assert words in caught.value.message
    assert "table.csv" in caught.value.message
    assert "\n" not in caught.value.message


def test_every_fault_has_its_words_in_chinese(tmp_path: Path) -> None:
    from app.look import sentence

    for content, _ in BAD.values():
        with pytest.raises(BadInput) as caught:
            read_csv(file(tmp_path, content))
        assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence(caught.value, "zh")), caught.value.key


def test_the_slow_way_reads_what_the_fast_way_reads(tmp_path: Path) -> None:
    """A column of classes sends every cell through the slow way; the numbers beside it must not change."""
    values = np.random.default_rng(3).standard_normal((200, 3))
    rows = [",".join(repr(float(v)) for v in row) for row in values]
    fast = read_csv(file(tmp_path, "\n".join(["a,b,c", *rows]).encode()))
    slow = read_csv(file(tmp_path, "\n".join(["a,b,c,label", *(f"{row},k{n % 2}" for n, row in enumerate(rows))]).encode()))
    assert np.array_equal(fast.values, values)
    assert np.array_equal(slow.values[:, :3], values)


def test_a_million_rows(tmp_path: Path) -> None:
    path = file(tmp_path, b"a,b\n" + b"1,2\n3,4\n" * 500_001)
    assert read_csv(path).values.shape == (1_000_002, 2)


def test_what_is_kept_is_found_by_its_content(tmp_path: Path) -> None:
    table = read_csv(file(tmp_path, b"a,b\n1,2\n3,4\n"))
    source = keep(table, "mine.csv")
    assert source == keep(table, "mine.csv")
    assert place_of(source.sha256).parent == home() / "data"
    assert np.array_equal(load_source(source), table.values)
    assert source.sha256 == content_hash(table.values)
    assert sorted(p.name for p in (home() / "data").iterdir()) == [f"{source.sha256}.npy"], "nothing half written"
    assert Source.read("source", source.plain(), ()) == source


def test_damaged_and_missing_data_say_so(tmp_path: Path) -> None:
    table = read_csv(file(tmp_path, b"a,b\n5,6\n7,8\n"))
    source = keep(table, "mine.csv")
    place = place_of(source.sha256)
    np.save(place, table.values + 1)
    with pytest.raises(BadInput, match=r"mine\.csv: its kept data are damaged"):
        load_source(source)
    np.save(place, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="damaged"):
        load_source(source)
    place.unlink()
    with pytest.raises(BadInput, match="not on this machine"):
        load_source(source)


def test_a_name_or_a_file(tmp_path: Path) -> None:
    path = file(tmp_path, b"a,b\n1,2\n")
    assert chosen("source", "iris", ("iris",)) == "iris"
    found = chosen("source", str(path), ("iris",))
    assert isinstance(found, dict)
    assert found["name"] == "table.csv"
    assert found["columns"] == ["a", "b"]
    with pytest.raises(BadInput, match="source=no: must be one of iris, or the name of a CSV file"):
        chosen("source", "no", ("iris",))
    with pytest.raises(BadInput, match="no such file"):
        chosen("source", str(tmp_path / "none.csv"), ("iris",))


def test_the_command_line_takes_a_file(tmp_path: Path) -> None:
    path = file(tmp_path, "长,宽\n1,1\n2,2.5\n3,2.5\n4,4\n".encode("gbk"))
    run = [sys.executable, "main.py", "run", "classical.pca", "--json", "--set"]
    done = subprocess.run([*run, f"source={path}"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["parameters"]["source"]["columns"] == ["长", "宽"]
    spread = np.linalg.eigvalsh(np.cov([[1, 2, 3, 4], [1, 2.5, 2.5, 4]]))
    assert report["frames"][0]["metrics"]["total"] == pytest.approx(spread.sum())
    assert report["frames"][0]["metrics"]["best_share"] == pytest.approx(spread[-1] / spread.sum())
    path.write_bytes(b"a,b\n1\n")
    done = subprocess.run([*run, f"source={path}"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "line 2 has 1 cells" in done.stderr


# parts of a table -----------------------------------------------------------------------------------------------------

MESSY = "id;身高;体重;种类\nA1;1.7;60;猫\nA2;;70;狗\nA3;1,5;x;猫\n\nA4;1.8;75\nA5;1.6;55;狗\nA6;1.9;nan;猫\n"
XY = Takes("x", "y", label="must")


def kept(path: Path, word: str, takes: Takes | None = None) -> tuple[list[str], list[list[float]]]:
    found = chosen("data", f"{path}{word}", (), takes)
    source = Source.read("data", found, ())
    return list(source.columns), load_source(source).tolist()


def test_columns_are_chosen_by_name_and_bad_rows_left_out(tmp_path: Path) -> None:
    path = file(tmp_path, MESSY.encode("gbk"))
    names, values = kept(path, ":体重,身高,种类?bad=skip", XY)
    assert names == ["体重", "身高", "label"]
    assert values == [[60, 1.7, 0], [55, 1.6, 1]]
    assert kept(path, ":体重?bad=skip&rows=2", Takes("value")) == (["体重"], [[60], [70]])
    assert kept(path, ":身高,体重?label=种类&bad=skip", Takes(label="may"))[1] == [[1.7, 60, 0], [1.6, 55, 1]]
    assert kept(path, ":体重?label=身高&bad=skip", Takes(label="may")) == (["体重", "label"], [[60, 1.7], [55, 1.6]])


def test_bad_rows_are_counted_by_line(tmp_path: Path) -> None:
    path = file(tmp_path, MESSY.encode("gbk"))
    table = read_csv(path, Reading(columns=("身高", "体重"), skip_bad=True))
    assert table.bad == (3, 4, 6, 8)
    seen = preview(path)
    assert seen.layout.encoding == "gbk"
    assert seen.layout.delimiter == ";"
    assert seen.numeric == (False, True, True, False)
    assert seen.unusable(("身高", "体重"), "") == (3, 4, 6, 8)
    assert seen.unusable(("体重",), "种类") == (4, 6, 8)
    assert seen.whole


@pytest.mark.parametrize("how", [
    Reading(), Reading(columns=("a", "b, c")), Reading(columns=("a:b", "?"), label="", rows=5, skip_bad=True),
    Reading("gbk", ";", ("身高",), "种&类=", 3), Reading(delimiter="\t", label="label"), Reading("gb18030", "|", ("a",))])
def test_a_reading_can_be_written_and_read_again(how: Reading, tmp_path: Path) -> None:
    path = file(tmp_path, b"a\n1\n")
    assert asked(word_for(str(path), how), Takes()) == (path, how)


@pytest.mark.parametrize(("word", "sentence"), [
    (":a,身高,种类", "has no column 'a'; its columns are id, 身高"), (":身高,体重,种类,id", "4 columns are given, 3 are wanted"),
    (":身高,体重", "2 columns are given, 3 are wanted; name one for each of x, y, label"),
    (":身高,体重,种类?bad=maybe", "bad=maybe: must be one of refuse, skip"), ("?rows=-1", "rows=-1"),
    ("?encoding=latin1", "encoding=latin1: must be one of utf-8, gbk, gb18030"), ("?encoding=utf-8", "cannot be read as UTF-8"),
    ("?delimiter=ab", "delimiter=ab"), (":身高,体重,种类", "column 身高 has no number in line 3")])
def test_a_part_that_cannot_be_is_refused_in_one_sentence(word: str, sentence: str, tmp_path: Path) -> None:
    from app.look import sentence as translated

    path = file(tmp_path, MESSY.encode("gbk"))
    with pytest.raises(BadInput) as caught:
        kept(path, word, XY)
    assert sentence in caught.value.message
    assert "\n" not in caught.value.message
    assert any("\u4e00" <= letter <= "\u9fff" for letter in translated(caught.value, "zh")), caught.value.key


def test_a_long_file_is_looked_at_from_its_beginning(tmp_path: Path) -> None:
    path = file(tmp_path, b"a,b\n" + b"1.25,2.5\n" * 100_000)
    seen = preview(path)
    assert not seen.whole
    assert all(cells == ("1.25", "2.5") for cells in seen.rows), "the last line is not cut"
    assert read_csv(path, Reading(rows=10)).values.shape == (10, 2)
    for shift in range(3):
        chinese = file(tmp_path, b"a,b\n1,2\n" + b" " * shift + "中".encode() * 200_000)
        assert preview(chinese).layout.encoding == "utf-8", "a character that is cut is no fault"
