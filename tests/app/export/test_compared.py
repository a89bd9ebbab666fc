"""Comparisons and played parameters: from the command line, in every format, and reopened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.catalog import Catalog
from app.differences import briefly, differing, headings
from app.export import Compared, Played, compute, export, parse_size, wide_size
from app.export.played import values_of
from app.provenance import Beside, Linked, loads, read_provenance
from engine.core.address import load
from engine.core.faults import BadInput
from engine.core.params import build, parameter
from panels.kit.linked import link, unlink

from .test_command import QUICK, refused
from .test_command import export as command

CLT = "mathematics.clt"


def figures(*values: dict[str, Any], concept: str = CLT, last: int = 1) -> tuple[Any, ...]:
    found, entry = load(concept), Catalog.load().entry(concept)
    return tuple(compute(entry, found, build(found.Params, v), last=last, size=parse_size("640x400")) for v in values)


def test_what_differs_is_named_in_words_and_values() -> None:
    found, entry = load(CLT), Catalog.load().entry(CLT)
    settings = [build(found.Params, v) for v in ({"n": 5}, {"n": 30, "exact": False}, {"n": 5, "population": "coin"})]
    assert [p.name for p in differing(settings)] == ["population", "n", "exact"]    # p counts for the coin alone, alike in all
    assert headings(entry, settings, "en")[1] == "Population: exponential, Draws per average, n: 30, Exact density: off"
    assert headings(entry, settings, "zh")[2].startswith("总体：硬币（伯努利）")
    assert briefly(entry, settings[0], settings[1:2], "en") == "n = 5, Exact density = on"
    assert headings(entry, settings[:1] * 2, "en") == ["", ""]


def test_columns_share_their_axes() -> None:
    one, many = (f.drawn() for f in figures({"n": 1, "averages": 50}, {"n": 100, "averages": 50}))
    link([one, many])
    assert one.linked["means"] == many.linked["means"]
    unlink([one, many])
    assert one.linked == {}


def test_cells_share_their_colours_and_get_their_own_back() -> None:
    canvases = [f.drawn() for f in figures({"base": 10_000.0}, {"base": 500_000.0}, concept="transformer.rope", last=0)]
    before = [c.views["scores"].marks["score"] for c in canvases]
    for _ in range(2):                          # linked again, one scene being new, changes nothing
        link(canvases)
    limits = {c.views["scores"].marks["score"].limits for c in canvases}
    assert len(limits) == 1
    unlink(canvases)
    assert all(a is c.views["scores"].marks["score"] for a, c in zip(before, canvases, strict=True))


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_comparison_is_written_and_read_again(qapp: Any, tmp_path: Path, suffix: str) -> None:
    columns = figures({"n": 1, "averages": 50}, {"n": 5, "averages": 50})
    path = tmp_path / f"two{suffix}"
    export(Compared(columns, parse_size("900x500"), language="zh", caption=True), path)
    made = read_provenance(path)
    assert (made.params["n"], made.compare[0].params["n"], made.compare[0].index, made.language) == (1, 5, 1, "zh")
    assert [params.n for params, _, _ in made.columns()] == [1, 5]


def test_each_column_shows_its_own_numbers(qapp: Any, tmp_path: Path) -> None:
    """The halves of the picture differ, and each is there."""
    columns = figures({"n": 1, "averages": 50}, {"n": 5, "averages": 50})
    path = tmp_path / "two.png"
    export(Compared(columns, parse_size("900x500")), path)
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"), float)
    left, right = pixels[:, :450], pixels[:, 450:]
    assert left.std() > 5 and right.std() > 5 and np.abs(left - right).mean() > 1


def test_provenance_of_a_comparison_is_checked() -> None:
    made = figures({"averages": 50})[0].provenance()
    beside = Beside({"n": 5}, (), 1)
    text = type(made)(**{**vars(made), "compare": (beside,) * 3}).dumps()
    assert loads(text, "x").compare == (beside,) * 3
    for wrong in (text.replace('"index":1}]', '"index":-1}]'), text.replace('"params":{"n":5}', '"params":5'),
                  type(made)(**{**vars(made), "compare": (beside,) * 4}).dumps()):
        with pytest.raises(BadInput, match="has a wrong compare"):
            loads(wrong, "x")


def test_what_is_pinned_and_how_columns_stand_is_checked() -> None:
    made = figures({"averages": 50})[0].provenance()
    beside = Beside({"n": 5}, ((2, "n", 4),), 1, {"means": ((0.0, 1.0), None)})
    full = replace(made, compare=(beside,), pins=(beside, beside), linked=Linked(False, "time", 7, 1))
    text = full.dumps()
    assert loads(text, "x") == full
    for old, new, what in (('"by":"time"', '"by":"chance"', "linked"), ('"selected":1', '"selected":-1', "linked"),
                           ('"axes":false', '"axes":0', "linked"), ('"pins":[', '"pins":[5,', "pins"),
                           ('"view":{"means":{"x":[0.0,1.0],"y":null}}}]', '"view":{"means":5}}]', "compare")):
        assert old in text
        with pytest.raises(BadInput, match=f"has a wrong {what}"):
            loads(text.replace(old, new), "x")
    with pytest.raises(BadInput, match="has a wrong pins"):
        loads(replace(made, pins=(beside,) * 9).dumps(), "x")


def test_the_command_line_compares(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    done = command(CLT, "-o", path, "--compare", "n=5,population=uniform", "--compare", "preset=cauchy", *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    made = read_provenance(path)
    assert (made.params["population"], made.compare[0].params["population"]) == ("uniform", "cauchy")
    assert made.compare[0].params["averages"] == 50
    with Image.open(path) as image:
        assert image.size == tuple(map(int, wide_size(path, 2).split("x")))


@pytest.mark.parametrize(("words", "sentence"), [
    (["--compare", "n=0"], "n=0: must lie in [1, 10000]"),
    (["--compare", "n=30"], "are the same setting"),
    (["--compare", "nothing"], "preset=nothing: must be one of"),
    (["--compare", ""], "--compare: is empty"),
    (["--compare", "n=1", "--compare", "n=2", "--compare", "n=3", "--compare", "n=4", "--compare", "n=5"], "two to 4"),
    (["--play", "n"], "a parameter is played in a clip"),
])
def test_what_cannot_be_compared_is_said(tmp_path: Path, words: list[str], sentence: str) -> None:
    assert sentence in refused(command(CLT, "-o", tmp_path / "a.png", *words), 2)
    assert not list(tmp_path.iterdir())


def test_data_cannot_be_compared(tmp_path: Path) -> None:
    assert "a comparison is a picture" in refused(command(CLT, "-o", tmp_path / "a.csv", "--compare", "n=1"), 2)


def test_a_played_parameter_is_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    done = command(CLT, "-o", path, "--play", "n=1:9:3", "--size", "320x200", *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(path) as image:
        assert image.n_frames == 3  # type: ignore[attr-defined]
    made = read_provenance(path)
    assert (made.play, made.params["n"]) == ("n", 1)


@pytest.mark.parametrize(("word", "sentence"), [
    ("nn", "did you mean"), ("n=1", "write n=MIN:MAX"), ("n=0:5:3", "must lie in"), ("n=1:5:1", "there can be 2 to"),
    ("population=1:2", "leave the range out"), ("n=5:5", "write n=MIN:MAX"),
])
def test_what_cannot_be_played_is_said(tmp_path: Path, word: str, sentence: str) -> None:
    assert sentence in refused(command(CLT, "-o", tmp_path / "a.gif", "--play", word), 2)


def test_values_of_a_range() -> None:
    params = load(CLT).Params
    assert values_of(parameter(params, "n"), "1:9:3") == (1, 3, 9)              # its slider is logarithmic
    assert values_of(parameter(params, "n"), "9:1:3") == (9, 3, 1)
    assert values_of(parameter(params, "exact")) == (False, True)
    assert set(values_of(parameter(params, "population"))) == set(parameter(params, "population").choices)
    with pytest.raises(BadInput, match="has no range"):
        values_of(parameter(load("transformer.attention").Params, "text"))


def test_pictures_of_a_clip_are_computed_once(qapp: Any, tmp_path: Path) -> None:
    columns = {v: figures({"n": v, "averages": 50})[0] for v in (1, 3)}
    asked: list[int] = []

    def make(value: int) -> Any:
        asked.append(value)
        yield None                              # a lane is at work
        yield columns[value]

    film = Played(columns[1], parameter(load(CLT).Params, "n"), (1, 3), make, parse_size("320x200"))
    export(film, tmp_path / "a.gif")
    assert asked == [1, 3] and "n: 3" in film.at(1).words and film.provenance().play == "n"
