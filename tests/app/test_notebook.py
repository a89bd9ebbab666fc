"""A notebook comes back as it was, or is refused in one sentence with its file untouched; killed at any moment, it is whole."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notebook_items import SVG, whole

from app.drawing import read_drawing
from app.look import sentence
from app.notebook import Note, Notebook, key_of, packed, unpacked
from app.notebook_file import dumps, is_notebook, loads, read_notebook, write_notebook
from engine.core.faults import BadInput

ROOT = Path(__file__).resolve().parents[2]
TEXT = dumps(whole())
EMPTY = '{"loupe_notebook": 1, "program": "", "title": "t", "items": []}'


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.loupe"
    write_notebook(whole(), path)
    assert is_notebook(path)
    assert read_notebook(path) == whole()
    assert dumps(read_notebook(path)) == TEXT
    assert [p.name for p in tmp_path.iterdir()] == ["a.loupe"]


def test_changes_make_new_values() -> None:
    one = whole()
    assert one.moved(0, 2).items == (one.items[1], one.items[2], one.items[0])
    assert one.without(1).added(one.items[1], 1) == one
    again = replace(one.items[2], guess=one.items[2].outcome)       # type: ignore[union-attr]
    noted = one.changed(2, replace(one.items[2], note="why?"))
    assert noted.answered(again).items[2] == replace(again, note="why?")
    assert len(one.answered(replace(again, experiment="other")).items) == 4


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "[" * 200_000, '{"loupe_notebook": 1}', EMPTY.replace("1", "true"), EMPTY.replace('"t"', "3"),
    EMPTY.replace("[]", "{}"),
    TEXT.replace("0.25", "NaN"), TEXT.replace("0.25", "1e999"), TEXT.replace('"title"', '"title": "x", "title"', 1), TEXT[:-40],
    TEXT.replace('"kind": "note"', '"kind": "macro"'), TEXT.replace('"kind": "note"', '"kind": ["note"]'),
    TEXT.replace("mathematics.clt", "../etc"), TEXT.replace('"index": 3', '"index": -3'), TEXT.replace('"note": "', '"extra": "'),
    TEXT.replace('{"en": "a"', '{"fr": "a"'), TEXT.replace('"aGk="', '"<b>"'), TEXT.replace("0.25", "[0.25]"),
    TEXT.replace("0.25", "9" * 5000), '{"loupe_notebook": 1, "loupe_notebook": 1}'])
def test_a_damaged_file_is_one_sentence_and_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.loupe"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_notebook(path)
    assert str(path) in caught.value.message and "\n" not in caught.value.message and len(caught.value.message) < 400
    assert sentence(caught.value, "zh") != caught.value.message
    assert path.read_text(encoding="utf-8") == text


def test_a_newer_one_is_refused_by_its_version(tmp_path: Path) -> None:
    path = tmp_path / "a.loupe"
    path.write_text('{"loupe_notebook": 9, "anything": []}')
    with pytest.raises(BadInput, match="newer version"):
        read_notebook(path)
    assert is_notebook(path)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.loupe"):
        with pytest.raises(BadInput):
            read_notebook(path)
    (tmp_path / "b.loupe").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not text"):
        read_notebook(tmp_path / "b.loupe")


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
anything = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                                          max_size=3), max_leaves=8)
TABLE = json.loads(TEXT)
PLACES = [(i, key) for i, item in enumerate(TABLE["items"]) for key in item]


@settings(max_examples=700, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), anything)
def test_any_value_in_any_place_is_read_or_refused(place: tuple[int, str], value: object) -> None:
    """Never another fault; and what is read is written so that it is read again as the same."""
    table = json.loads(TEXT)
    table["items"][place[0]][place[1]] = value
    try:
        found = loads(json.dumps(table), "x.loupe")
    except BadInput:
        return
    assert loads(dumps(found), "y") == found


@settings(max_examples=700, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 40), st.text(max_size=6))
def test_any_letters_changed_are_read_or_refused(at: int, cut: int, letters: str) -> None:
    try:
        found = loads(TEXT[:at] + letters + TEXT[at + cut:], "x.loupe")
    except BadInput:
        return
    assert loads(dumps(found), "y") == found


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_words_survive(note: str, title: str) -> None:
    """What is typed is cleaned of what nothing can show, and nothing else."""
    from app.notebook_file import clean

    one = Notebook(clean(title), (Note(clean(title), clean(note)),))
    assert loads(dumps(one), "x") == one
    assert clean(note) == note or any(c < " " or c in "\x7f\ufffe\uffff" or "\ud800" <= c <= "\udfff" for c in note)


# drawings -----------------------------------------------------------------------------------------------------------


def test_a_drawing_is_read_and_written_for_a_page() -> None:
    drawing = read_drawing(unpacked(packed(SVG)))
    text = drawing.svg("f1", "a <title>")
    assert "R&amp;D 中" in text and 'url(#f1-clip0)' in text and "&lt;title&gt;" in text
    assert drawing.shapes[0].clip == "clip0" and drawing.width == 40


@pytest.mark.parametrize("svg", [
    "", "<svg>", '<svg viewBox="0 0 4 4"><script>alert(1)</script></svg>', SVG.replace("<path ", '<path onclick="x()" '),
    SVG.replace("#1f6fc9", "url(http://x)"), SVG.replace("<text", "<foreignObject/><text"),
    SVG.replace('"#000000"', '"red;}"'), SVG.replace("<path", '<image xlink:href="http://x/y.png"/><path'),
    SVG.replace("<path", '<image xlink:href="data:text/html;base64,aGk="/><path'), SVG.replace("clip0)", "clip7)"),
    '<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 4 4"/>', SVG.replace('"0 0 40 20"', '"0 0 1e9 20"'), "<a" * 50_000])
def test_a_drawing_that_could_act_is_refused(svg: str) -> None:
    with pytest.raises(ValueError, match=r"has|is|unpack"):
        read_drawing(svg)


def test_a_drawing_that_unpacks_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        unpacked(packed("0" * 7_000_000))


def test_an_experiment_is_known_by_its_words() -> None:
    from app.catalog import Catalog

    entry = Catalog.load().entry("mathematics.clt")
    assert len({key_of(e) for e in entry.experiments}) == len(entry.experiments)


# killed -------------------------------------------------------------------------------------------------------------

WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[2] + "/tests/app/items_for_notebooks"]
from notebook_items import whole
from app.notebook_file import write_notebook
one = whole()
one = replace(one, items=one.items * 300)
print("ready", flush=True)
number = 0
while True:
    number += 1
    write_notebook(replace(one, title=str(number)), Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_killed_while_saving_it_is_always_whole(tmp_path: Path) -> None:
    """kill -9 at thirty moments of an endless saving: the file is there, whole, and one of those that were written."""
    path, chance = tmp_path / "a.loupe", random.Random(7)
    write_notebook(whole(), path)
    titles = set()
    for _ in range(30):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(ROOT)], stdout=subprocess.PIPE)
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.12))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        found = read_notebook(path)
        assert len(found.items) in (3, 900)
        titles.add(found.title)
    assert len(titles) > 1
