"""Readouts, the proof badge, the notice line and the toast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.entry import MetricWords, Words
from app.widgets.badge import ProofBadge
from app.widgets.notice import Notice, Piece, pieces
from app.widgets.readouts import Readouts, fill, label_of, ordered
from app.widgets.toast import Toast

Show = Callable[..., Any]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def readouts(session: Any, look: Any, on_screen: Show) -> Readouts:
    return on_screen(Readouts(session, look))


def cell(readouts: Readouts, name: str) -> Any:
    return readouts.cells[name]


def test_the_main_one_first_and_what_a_note_names_last(readouts: Readouts) -> None:
    assert list(readouts.cells) == ["loss", "norm", "drawn"]
    assert cell(readouts, "loss").role == "error" and cell(readouts, "drawn").role == ""


def test_numbers_units_and_notes(readouts: Readouts, session: Any, land: Any) -> None:
    loss = cell(readouts, "loss")
    assert (loss.label, loss.number, loss.note) == ("Loss", "30.500", "over 0 draws")
    session.playback.seek(20)
    land(session, 20)
    session.playback.seek(20)
    norm = cell(readouts, "norm")
    assert (norm.number, norm.unit) == ("0.05", "ms")
    assert cell(readouts, "drawn").number == "20\u2009000"


def test_what_is_undefined_says_why(readouts: Readouts, look: Any) -> None:
    norm = cell(readouts, "norm")
    assert (norm.number, norm.unit, norm.note) == ("–", "", "the ground is flat here")
    look.set(language="zh")
    assert norm.note == "此处是平的" and cell(readouts, "loss").label == "损失"


def test_a_pinned_run_is_told_apart(readouts: Readouts) -> None:
    readouts.set_pinned({"loss": 31.0})
    assert cell(readouts, "loss").note == "pinned 31.000, now −0.500"
    readouts.set_pinned({"loss": 30.0, "norm": None})
    assert cell(readouts, "loss").note == "pinned 30.000, now +0.500" and cell(readouts, "norm").note == "the ground is flat here"
    readouts.set_pinned(None)
    assert cell(readouts, "loss").note == "over 0 draws"


def test_more_than_six_are_folded(session: Any, look: Any, on_screen: Show) -> None:
    import dataclasses

    from engine.core.frame import Named

    entry = dataclasses.replace(session.entry, metrics=session.entry.metrics | {
        "each": MetricWords(Words("Each", "各"), names={"a": Words("first", "第一")})})
    frame = dataclasses.make_dataclass("Wide", ["loss", "each"])(1.0, Named(tuple("abcdefgh"), tuple(map(float, range(8)))))
    session.entry, session.showing.shown = entry, dataclasses.replace(session.shown, frame=frame)
    readouts = on_screen(Readouts(session, look))
    assert len(readouts.cells) == 9 and sum(not c.isHidden() for c in readouts.cells.values()) == 6
    assert readouts.more.text() == "3 more readouts"
    low = readouts.height()
    readouts.more.click()
    assert not any(c.isHidden() for c in readouts.cells.values()) and readouts.height() > low
    assert cell(readouts, "each.a").label == "Each, first" and cell(readouts, "each.b").label == "Each, b"


def test_a_long_note_takes_two_lines_and_makes_room(readouts: Readouts) -> None:
    before = readouts.height()
    readouts.resize(150, before)
    assert cell(readouts, "norm").note_lines() == 2 and readouts.height() > before


def test_a_term_brightens_its_readout(readouts: Readouts) -> None:
    readouts.brighten("loss")
    assert cell(readouts, "loss").lit and not cell(readouts, "drawn").lit
    readouts.brighten("")
    assert not cell(readouts, "loss").lit


def test_slots_are_filled_in_their_formats(session: Any) -> None:
    entry = session.entry
    assert fill("{loss} of {n}, {loss:.1f}", entry, {"loss": 2.0, "n": 30}, "en") == "2.000 of 30, 2.0"
    assert fill("bound {norm}", entry, {"norm": None}, "en") == "" and fill("theory 0", entry, {}, "en") == "theory 0"


def test_the_order_and_the_names_of_metrics(session: Any) -> None:
    assert ordered(session.entry, {"drawn": 1, "loss": 2.0, "unknown": 3}) == ["loss", "drawn"]
    assert label_of(session.entry, "loss", "zh") == "损失"


# the badge --------------------------------------------------------------------------------------------------------------

def test_the_badge_counts_and_opens_its_table(session: Any, look: Any, on_screen: Show, land: Any) -> None:
    badge = on_screen(ProofBadge(session, look), width=160, height=24)
    assert badge.text() == "not checked yet" and not badge.isEnabled()
    session.verify()
    for _ in range(200):
        session.host.tick()
    assert badge.text() == "1 of 2 differs" and badge.state == "differ"
    look.set(language="zh")
    assert badge.text() == "2 项中 1 项不符"
    look.set(language="en")
    QTest.mouseClick(badge, LEFT)
    table = badge.table.table
    assert [check.name for check in table.checks] == ["differs", "agrees"]          # what differs comes first
    assert table.rows[1][0] == "what agrees" and table.rows[0][1:] == ["1", "2", "1", "0.5", "on purpose"]
    assert "on purpose" in table.accessibleName() and not table.grab().isNull()
    QTest.keyClick(badge.table, Qt.Key.Key_Escape)
    assert badge.table is None or not badge.table.isVisible()
    session.checks = session.checks[:1]
    session.checks_changed.emit()
    assert badge.text() == "1 check agrees" and badge.state == "agree"
    session.checks = ()
    session.checks_changed.emit()
    assert badge.state == "none" and not badge.isEnabled()


# the notice -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "found"), [
    ("{n:The draws} fall.", [Piece("The draws", "n"), Piece(" fall.")]), ("plain", [Piece("plain")]),
    ("a {b:c}{d:e}", [Piece("a "), Piece("c", "b"), Piece("e", "d")]), ("", [])])
def test_a_notice_is_cut_into_pieces(text: str, found: list[Piece]) -> None:
    assert pieces(text) == found


def test_the_notice_colours_terms_and_tells_them(session: Any, look: Any, on_screen: Show) -> None:
    notice = on_screen(Notice(look, session.entry), width=600, height=20)
    assert notice.accessibleName() == "Notice: The draws fall by a share."
    image = notice.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {look.theme.color("model").name(), look.theme.color("truth").name()} <= colours
    heard: list[str] = []
    notice.hovered.connect(heard.append)
    for x in (5, 70, 125, 180):
        QTest.mouseMove(notice, QPoint(x, 10))
    assert heard[0] == "n" and "share" in heard
    notice.leaveEvent(None)
    assert heard[-1] == ""
    notice.show_text(Words("Other.", "其他。"))
    assert notice.accessibleName() == "Notice: Other."


def test_a_notice_wraps_where_it_must(session: Any, look: Any, on_screen: Show) -> None:
    notice = on_screen(Notice(look, session.entry), width=600, height=20)
    assert notice.heightForWidth(600) == 20 and notice.heightForWidth(120) >= 40
    look.set(language="zh")
    assert notice.heightForWidth(600) == 22


# the toast --------------------------------------------------------------------------------------------------------------

def test_a_toast_says_offers_undo_and_goes(qapp: Any, look: Any, on_screen: Show) -> None:
    stage = on_screen(QWidget(), width=500, height=300)
    toast = Toast(look, stage)
    done: list[str] = []
    toast.say("Figure saved", lambda: done.append("undo"), lambda: done.append("show"))
    QApplication.processEvents()
    assert toast.isVisible() and [act.text() for act in toast.acts] == ["Show", "Undo"]
    assert abs(toast.geometry().center().x() - 250) <= 1 and toast.geometry().bottom() < 300
    stage.resize(700, 200)
    assert abs(toast.geometry().center().x() - 350) <= 1 and toast.geometry().bottom() < 200
    QTest.mouseClick(toast.acts[1], LEFT)
    assert done == ["undo"] and not toast.isVisible()
    toast.say("Again")
    assert toast.isVisible() and toast.acts == []
    toast.go()
    QTest.qWait(300)
    assert not toast.isVisible()
