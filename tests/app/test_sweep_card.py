"""The sweep in the window: real runs in the background, drawn as they come, stopped, taken up, saved and clicked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.provenance import read_provenance
from app.swept_table import middle_and_spread
from app.widgets.sweep_card import SweepCard, open_sweep
from engine.core.address import load
from engine.core.frame import metrics
from engine.core.params import build
from engine.core.run import iterate
from tests.app.waiting import until

CLT = load("mathematics.clt")


@pytest.fixture
def window(window: Any) -> Iterator[Any]:
    window.resize(1280, 800)
    yield window
    for card in window.findChildren(SweepCard):
        card.close()


def card_of(window: Any, concept: str = "mathematics.clt", **values: Any) -> SweepCard:
    window.open(concept)
    window.session.ask(values)
    until(lambda: window.session.shown is not None and window.session.shown.live)
    window.session.playback.pause()
    made = open_sweep(window)
    assert made is not None
    return made


def fill(card: SweepCard, low: str, high: str, count: str, seeds: str) -> None:
    for field, text in ((card.form.first.low, low), (card.form.first.high, high), (card.form.first.count, count),
                        (card.form.seeds, seeds)):
        field.setText(text)
        field.textEdited.emit(text)


def run(card: SweepCard) -> None:
    QTest.mouseClick(card.go, Qt.MouseButton.LeftButton)
    until(lambda: card.running is None)


def click(card: SweepCard, view: str, x: float, y: float) -> None:
    card.picture.grab()
    box = card.picture.canvas.plots()[view].box
    at = QPoint(round(box.x.px(x)), round(box.y.px(y)))
    QTest.mouseClick(card.picture, Qt.MouseButton.LeftButton, pos=at)


def ks(n: int, seed: int) -> Any:
    frame = list(iterate(CLT, build(CLT.Params, {"n": n, "seed": seed, "averages": 50})))[-1]
    return metrics(frame)["ks"]


def test_a_sweep_over_one_parameter_draws_what_the_engine_computes(window: Any, tmp_path: Path) -> None:
    card = card_of(window, averages=50)
    assert card.form.metric_name == "ks"
    fill(card, "1", "100", "3", "2")
    assert card.form.wanted()[1] == ["n=1.0:100.0:3:log"]
    run(card)
    assert card.table is not None and card.table.done == 6
    assert card.table.grid("ks")[:, 0, :] == pytest.approx(np.array([[ks(n, s) for s in (7, 8)] for n in (1, 10, 100)]), abs=0)
    marks = card.picture.canvas["curve"].marks
    assert {"mean", "band", "seeds", "here"} <= set(marks)
    assert marks["mean"].y == pytest.approx(card.table.grid("ks")[:, 0, :].mean(axis=1))
    click(card, "curve", 12.0, float(marks["mean"].y[1]))
    assert window.session.requested.n == 10
    for name in ("a.png", "a.svg", "a.pdf", "a.csv"):
        card.write(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 200
        figure = read_provenance(tmp_path / name)
        assert (figure.concept, figure.params["averages"]) == ("mathematics.clt", 50)
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[1:]))))
    assert [(r["n"], r["seed"]) for r in rows] == [(str(n), str(s)) for n in (1, 10, 100) for s in (7, 8)]
    assert float(rows[3]["ks"]) == ks(10, 8)


def test_two_parameters_are_a_map_and_a_click_sets_both(window: Any) -> None:
    card = card_of(window, averages=50)
    names = [p.name for p in card.form.second.specs]
    card.form.second.choose(names.index("population"))
    fill(card, "1", "9", "2", "1")
    run(card)
    assert card.table is not None and not card.table.failed
    choices = card.form.second.specs[names.index("population")].choices
    assert card.table.grid("ks").shape == (2, len(choices), 1)
    assert np.isfinite(card.table.grid("ks")).all()
    click(card, "map", 1.0, choices.index("dice"))
    assert (window.session.requested.n, window.session.requested.population) == (9, "dice")
    window.preferences.toggle_language()
    window.preferences.toggle_theme()
    assert not card.grab().toImage().isNull()
    until(lambda: not window.session.computing)


def test_stopped_it_goes_on_where_it_was(window: Any) -> None:
    card = card_of(window, averages=5000)
    fill(card, "1", "400", "12", "3")              # seconds of work: more than a fast machine has done when it is stopped
    QTest.mouseClick(card.go, Qt.MouseButton.LeftButton)
    until(lambda: card.table is not None and card.table.done > 3)
    QTest.mouseClick(card.go, Qt.MouseButton.LeftButton)
    until(lambda: card.running is None)
    assert card.table is not None
    total, first = len(card.table.points), dict(card.table.metrics)
    assert 3 < len(first) < total
    QTest.mouseClick(card.go, Qt.MouseButton.LeftButton)
    until(lambda: card.table is not None and card.table.done >= len(first))
    kept = card.table.metrics
    assert {n: m for n, m in kept.items() if n in first} == first
    assert set(first) <= set(list(kept)[:len(first) + 2])       # before any other: they were read, not computed
    until(lambda: card.running is None)
    assert card.table.done == total


def test_closing_ends_the_process_and_leaving_the_concept_closes(window: Any) -> None:
    card = card_of(window)
    fill(card, "1", "1000", "40", "5")
    QTest.mouseClick(card.go, Qt.MouseButton.LeftButton)
    until(lambda: card.table is not None and card.table.done > 0)
    assert card.running is not None
    family = [card.running.pid, *(c.pid for c in psutil.Process(card.running.pid).children(recursive=True))]
    assert len(family) >= 2
    assert open_sweep(window) is card                           # one card a concept
    window.open("classical.pca")
    until(lambda: not [c for c in window.findChildren(SweepCard) if c.isVisible()])
    until(lambda: not [p for p in family if psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE])


def test_what_cannot_be_swept_is_a_sentence_at_once(window: Any) -> None:
    card = card_of(window)
    for low, high, count, seeds, sentence in [("0", "9", "3", "1", "must lie in"), ("1", "x", "3", "1", "must be a number"),
                                              ("1", "9", "0", "1", "whole number from 1"), ("1", "9", "3", "", "whole number"),
                                              ("1", "∞", "3", "1", "must be finite")]:
        fill(card, low, high, count, seeds)
        assert sentence in card.note.text()
        assert not card.go.isEnabled()
    fill(card, "1", "9", "3", "2")
    assert card.go.isEnabled()
    card.form.second.choose(0)
    assert card.note.text() == window.look.tr("sweep.same")


def test_mean_and_spread_know_what_is_missing() -> None:
    values = np.array([[1.0, 3.0, np.nan], [np.nan] * 3, [2.0, np.nan, np.nan]])
    mean, spread = middle_and_spread(values)
    assert mean == pytest.approx([2.0, np.nan, 2.0], nan_ok=True)
    assert spread == pytest.approx([np.std([1.0, 3.0], ddof=1), np.nan, 0.0], nan_ok=True)
