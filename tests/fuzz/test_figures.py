"""Exported figures of every format, damaged at random, and metadata of any shape: they open again, or a sentence says why not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import Catalog
from app.export import compute, export, parse_size
from app.provenance import from_json, loads, read_provenance
from engine.core.address import load
from engine.core.faults import LoupeError
from engine.core.params import schema

from .hostile import cases, damage, damaged, given_to, is_a_sentence, texts, values

CONCEPT = "classical.gradient_descent_1d"
SUFFIXES = (".png", ".svg", ".pdf", ".gif", ".mp4", ".csv", ".json", ".npz", ".py")
GOOD: dict[str, Any] = {
    "loupe": 1,
    "program": "loupe",
    "concept": CONCEPT,
    "params": {"start": 0.5},
    "edits": [[2, "learning_rate", 0.1]],
    "index": 3,
    "view": {"curve": {"x": [0, 1], "y": None}},
    "data": {"sha256:" + "0" * 64: "a.csv"},
    "device": "cpu",
    "language": "en",
    "theme": "print",
}


@pytest.fixture(scope="module")
def files(qapp: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One small file of each format."""
    folder, concept = tmp_path_factory.mktemp("figures"), load(CONCEPT)
    figure = compute(Catalog.load().entry(CONCEPT), concept, concept.default(), last=3, size=parse_size("320x200"))
    for suffix in SUFFIXES:
        export(figure, folder / f"a{suffix}")
    return {suffix: (folder / f"a{suffix}").read_bytes() for suffix in SUFFIXES}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "figure"


def near_the_figure(content: bytes, at: int, how: list[tuple[str, int, bytes]]) -> bytes:
    """Damages near where the metadata begins, where they tell most."""
    head, rest = content[:at], content[at : at + 900]
    return head + damaged(rest, how) + content[at + 900 :]


@given(suffix=st.sampled_from(SUFFIXES), how=damage, anywhere=st.booleans())
@cases(1500)
def test_any_damage_to_a_file(files: dict[str, bytes], place: Path, suffix: str, how: Any, anywhere: bool) -> None:
    content = files[suffix]
    at = next((k for word in (b"loupe", b"PK") if (k := content.find(word)) >= 0), 0)
    place.write_bytes(bad := damaged(content, how) if anywhere else near_the_figure(content, max(0, at - 20), how))
    try:
        read_provenance(place).rebuilt()
    except LoupeError as fault:
        is_a_sentence(fault)
    assert place.read_bytes() == bad


@given(data=st.data(), key=st.sampled_from([*GOOD, "loupe", "params", "view", "edits", "more"]))
@cases(900)
def test_any_metadata(data: st.DataObject, key: str) -> None:
    table = copy.deepcopy(GOOD)
    if key == "params":
        spec = data.draw(st.sampled_from(schema(load(CONCEPT).Params)))
        table["params"] = {spec.name: data.draw(given_to(spec))}
    elif key == "edits":
        table["edits"] = [
            [
                data.draw(st.integers(-1, 9)),
                data.draw(st.sampled_from(["learning_rate", "noise", "none"])),
                data.draw(values),
            ]
        ]
    elif key == "view":
        table["view"] = {data.draw(texts): {"x": data.draw(values), "y": data.draw(values)}}
    else:
        table[key] = data.draw(values)
    try:
        made = from_json(table, "figure.png")
        made.rebuilt()
        assert from_json(json.loads(made.dumps()), "again").as_json() == made.as_json()
    except LoupeError as fault:
        is_a_sentence(fault)


@given(
    text=st.one_of(
        texts, damage.map(lambda how: damaged(json.dumps(GOOD).encode(), how).decode("utf-8", errors="replace"))
    )
)
@cases(500)
def test_any_text(text: str) -> None:
    try:
        loads(text, "figure.png").rebuilt()
    except LoupeError as fault:
        is_a_sentence(fault)
