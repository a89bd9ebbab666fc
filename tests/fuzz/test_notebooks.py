"""Notebooks damaged at random, and of any content: opened whole, or refused in a sentence; the file stays as it was."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.entry import Words
from app.notebook import Answer, Note, Notebook, Picture
from app.notebook_file import dumps, loads, read_notebook, write_notebook
from app.provenance import provenance_of
from engine.core.address import load
from engine.core.faults import LoupeError

from .hostile import cases, damage, damaged, is_a_sentence, texts, values

CONCEPT = load("classical.gradient_descent_1d")
FIGURE = provenance_of(CONCEPT.id, CONCEPT.default(), index=3)
WHOLE = Notebook(
    "Descent 下降",
    (
        Picture(FIGURE, (FIGURE,), (("loss", 0.25), ("step", 3)), {"en": "aGk="}, {"light": "aGk="}, "", "$x^2$", "2026-01-31"),
        Note("", "# Mine\nsome *words* 中文"),
        Answer(FIGURE, "0123", Words("What?", "什么？"), Words("a", "甲"), Words("b", "乙"), Words("so", "因为")),
    ),
)
TEXT = dumps(WHOLE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebooks") / "a.loupe"


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value of the notebook's JSON stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(found for key, part in inner for found in places(part, (*here, key)))]


PLACES = places(json.loads(TEXT))[1:]


@given(how=damage)
@cases(900)
def test_any_damage_to_the_file(place: Path, how: Any) -> None:
    place.write_bytes(content := damaged(TEXT.encode(), how))
    try:
        made = read_notebook(place)
        assert loads(dumps(made), "again") == made
    except LoupeError as fault:
        is_a_sentence(fault)
    assert place.read_bytes() == content


@given(where=st.sampled_from(PLACES), value=st.one_of(values, texts), way=st.sampled_from(["put", "drop", "twice", "name"]))
@cases(900)
def test_any_value_in_any_place(place: Path, where: tuple[Any, ...], value: Any, way: str) -> None:
    table = copy.deepcopy(json.loads(TEXT))
    holder = table
    for key in where[:-1]:
        holder = holder[key]
    if way == "put":
        holder[where[-1]] = value
    elif way == "drop":
        del holder[where[-1]]
    elif isinstance(holder, list):
        holder.insert(0, holder[where[-1]])
    else:
        holder[str(value)[:20]] = holder[where[-1]]
    try:
        made = loads(json.dumps(table), "a.loupe")
    except LoupeError as fault:
        is_a_sentence(fault)
        return
    write_notebook(made, place)
    assert read_notebook(place) == made


@given(content=st.one_of(st.binary(max_size=60), texts.map(lambda t: t.encode("utf-8", "replace"))), headed=st.booleans())
@cases(300)
def test_any_bytes(place: Path, content: bytes, headed: bool) -> None:
    place.write_bytes(content := (b'{"loupe_notebook":' if headed else b"") + content)
    with pytest.raises(LoupeError) as caught:
        read_notebook(place)
    is_a_sentence(caught.value)
    assert place.read_bytes() == content
