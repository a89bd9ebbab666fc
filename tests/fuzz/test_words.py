"""Command lines of any words: a sentence and a status, never a traceback; nothing here gets as far as computing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli import COMMANDS, main
from app.export.size import parse_size
from app.sweep import parse_axis
from engine.core.address import load
from engine.core.faults import BadInput, LoupeError

from .hostile import LONGEST, cases, is_a_sentence, numbers, texts

OPTIONS = [
    "--set",
    "--preset",
    "--edit",
    "--frames",
    "--every",
    "--arrays",
    "--json",
    "--device",
    "--lang",
    "--theme",
    "--seeds",
    "--over",
    "--metric",
    "--size",
    "--dpi",
    "--fps",
    "-o",
    "--caption",
    "--jobs",
    "--frame",
    "--",
    "-x",
    "--all",
]
plain_texts = texts.filter(lambda t: "\0" not in t and "\ud800" not in t)  # no shell can pass these on


@pytest.fixture(scope="module", autouse=True)
def _in_an_empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Whatever is written by mistake would be written here, and is looked for in the end."""
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("empty")
    patch.chdir(folder)
    patch.setenv("LOUPE_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        patch.delenv(name, raising=False)
    yield
    assert list(Path(folder).iterdir()) == []
    patch.undo()


@given(
    command=st.sampled_from(["run", "run", "open"]),
    concept_id=st.one_of(
        st.sampled_from(["mathematics.clt", "deep.mlp", "classical.pca", "clt", "mathematics.ctl"]), plain_texts
    ),
    words=st.lists(
        st.one_of(
            st.sampled_from(OPTIONS),
            plain_texts,
            st.sampled_from(["n=4", "n=0", "0:n=3", "en", "cpu", "cuda:99", "-1"]),
        ),
        max_size=5,
    ),
)
@cases(500)
def test_any_words_after_a_command(command: str, concept_id: str, words: list[str]) -> None:
    """`--frame -1` comes last, so that even good words are refused before anything is computed; there is no display."""
    status, said = ended([command, concept_id, *words, *(["--frame", "-1"] if command == "run" else [])])
    if "-h" in said or status == 0:
        return
    assert status in (2, 4), said


@given(
    command=st.sampled_from(["export", "export", "sweep", "sweep", "report", "verify", "check", "poster", "bench", "new"]),
    words=st.lists(
        st.one_of(
            st.sampled_from(OPTIONS),
            plain_texts,
            st.sampled_from(["n=1:9:3", "n=0:0:0:log", "ks", "a.csv", "x.png", "none/a.svg", "160mm", "1e9x1", "cpu", "-1"]),
        ),
        max_size=5,
    ),
)
@cases(400)
def test_any_words_after_the_other_commands(command: str, words: list[str]) -> None:
    """The concept (or notebook, or benchmark) is one that there is not, so that nothing is computed or written."""
    if "--all" in words:
        return
    status, said = ended([command, "no.such/thing\n", *words])
    assert "-h" in said or status in (2, 4), said


@given(words=st.lists(st.one_of(plain_texts, st.sampled_from(OPTIONS)), max_size=4))
@cases(500)
def test_any_words_at_all(words: list[str]) -> None:
    if any(word in COMMANDS for word in words):
        return
    status, said = ended(words)
    assert status in (0, 2, 4), said


def ended(words: list[str]) -> tuple[int, str]:
    """The status and the error output of the program with these words."""
    import contextlib
    import io
    import os

    out, err, before, heavy = io.StringIO(), io.StringIO(), dict(os.environ), "torch" in sys.modules
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(words)
    except SystemExit as end:  # argparse has printed its help
        return int(end.code or 0), "-h"
    finally:
        os.environ.clear()
        os.environ.update(before)
    said = err.getvalue()
    assert "Traceback" not in said
    assert heavy or "torch" not in sys.modules or status != 2
    if status:
        assert said.startswith("loupe: ")
        assert said.count("\n") == 1
        assert len(said) <= LONGEST + 2 * sum(map(len, words)), said
        assert out.getvalue() == ""
    return status, said


@given(
    text=st.one_of(texts, st.from_regex(r"[0-9.]{1,6}(mm|cm|in|px)?x?[0-9.]{0,6}(mm|in)?", fullmatch=True)),
    dpi=st.one_of(st.none(), numbers.map(lambda n: float(n) if abs(n) < 1e300 else 1e300)),
)
@cases(700)
def test_any_size_of_a_picture(text: str, dpi: float | None) -> None:
    try:
        size = parse_size(text, dpi)
    except BadInput as fault:
        is_a_sentence(fault)
        return
    assert 1 <= size.width <= 20_000
    assert 1 <= size.height <= 20_000
    assert size.logical_width >= 100


@given(
    text=st.one_of(
        texts,
        st.tuples(
            st.sampled_from(["n", "population", "w1", "exact", "data", "seed", "p"]),
            st.one_of(
                texts,
                st.tuples(
                    numbers.map(lambda n: str(n) if abs(n) < 10**300 else "9" * 400),
                    numbers.map(lambda n: f"{n:.30}" if isinstance(n, float) else "7"),
                    st.sampled_from(["1", "3", "0", "x", "2:log"]),
                ).map(":".join),
            ),
        ).map("=".join),
    )
)
@cases(700)
def test_any_axis_of_a_sweep(text: str) -> None:
    concept = load("mathematics.clt")
    try:
        axis = parse_axis(concept, text)
    except LoupeError as fault:
        is_a_sentence(fault)
        return
    assert axis.values
