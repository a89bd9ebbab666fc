"""The controls: a row for every parameter, bound to the session both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QInputMethodEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.entry import ParamWords, Words
from app.widgets.choice import Choice
from app.widgets.controls import Controls
from app.widgets.grid import pasted_rows
from app.widgets.ring import Ring
from engine.core.params import parameter

Show = Callable[..., Any]
KEY = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def controls(session: Any, look: Any, on_screen: Show) -> Controls:
    made = on_screen(Controls(session, look), height=1400)
    made.asked = []
    ask = session.ask

    def heard(values: dict[str, Any], *, final: bool = True) -> None:
        made.asked.append((values, final))
        ask(values, final=final)

    session.ask = heard
    return made


def control(controls: Controls, name: str) -> Any:
    return controls.rows[name].control


# all of them ------------------------------------------------------------------------------------------------------------

def test_every_parameter_has_a_row_with_a_name_and_a_height(controls: Controls, session: Any) -> None:
    controls.more.click()
    session.ask({"rule": "rr"})
    assert list(controls.rows) == [p.name for p in session.schema]
    for name, row in controls.rows.items():
        assert row.control.label and row.control.accessibleName() and row.isVisibleTo(controls), name
        assert row.control.height() >= 24, name


def test_building_them_asks_for_nothing(controls: Controls, session: Any) -> None:
    assert controls.asked == [] and not session.can_undo
    assert session.requested == session.concept.default()


@pytest.mark.parametrize(("name", "value"), [
    ("n", 200), ("share", 0.25), ("rate", 0.5), ("count", -3), ("speed", 2.0), ("shown", False), ("rule", "rr"),
    ("kind", "f"), ("seed", 99), ("curve", "sin(x)"), ("words", "other"), ("word", "cup"), ("which", ["newton"]),
    ("jobs", [["A", 3, "1/2"]]), ("weights", [[4.0]]), ("mask", [[1]]), ("layers", [3]), ("points", [[0.0, 0.0, 0]]),
    ("graph", {"nodes": [[0.0, 0.0]], "edges": []}), ("data", "wine")])
def test_a_change_from_outside_is_shown_without_a_loop(controls: Controls, session: Any, name: str, value: Any) -> None:
    before = session.ask_params
    calls: list[Any] = []
    session.ask_params = lambda params, **more: (calls.append(params), before(params, **more))
    session.ask({name: value})
    controls.asked.clear()
    assert len(calls) == 1
    assert shown(control(controls, name)) == plain(getattr(session.requested, name))
    QTest.qWait(400)                                            # the pauses of typing and stepping have passed
    assert len(calls) == 1 and controls.asked == []


def plain(value: Any) -> Any:
    return value.plain() if hasattr(value, "plain") else value


def shown(row: Any) -> Any:
    """What a control shows, read from its parts."""
    kind = row.spec.type
    if kind in ("int", "float"):
        return row.track.amount
    if kind == "bool":
        return row.switch.isChecked()
    if kind == "choice":
        return row.spec.choices[row.dropdown.current]
    if kind == "seed":
        return int(row.field.text())
    if kind == "flags":
        return [name for name, chip in row.chips.items() if chip.isChecked()]
    if kind in ("table", "matrix", "mask"):
        return [[row._cell(text, c) for c, text in enumerate(line)] for line in row.texts()]
    if kind in ("text", "expression"):
        return row.editor.text()
    text = row.editor.text()
    return json.loads(f"[{text}]" if kind == "layers" else text) if kind not in ("source", "image", "model") else text


def test_a_drag_is_one_step_of_undo(controls: Controls, session: Any) -> None:
    track = control(controls, "share").track
    y = 13
    QTest.mousePress(track, LEFT, pos=QPoint(200, y))
    for x in (210, 220, 230):
        QTest.mouseMove(track, QPoint(x, y))
    QTest.mouseRelease(track, LEFT, pos=QPoint(230, y))
    assert session.requested.share > 0.7
    assert [final for _, final in controls.asked].count(False) >= 3 and controls.asked[-1][1]
    session.undo()
    assert session.requested.share == 0.5 and not session.can_undo and track.amount == 0.5


def test_a_row_is_shown_only_when_it_matters(controls: Controls, session: Any) -> None:
    assert controls.rows["slice"].isHidden()
    session.ask({"rule": "rr"})
    assert not controls.rows["slice"].isHidden()
    session.undo()
    assert controls.rows["slice"].isHidden()


def test_other_groups_are_folded_away(controls: Controls) -> None:
    assert not controls.rows["kind"].isVisibleTo(controls)
    controls.more.click()
    assert controls.rows["kind"].isVisibleTo(controls) and controls.more.text() == "Fewer parameters"


def test_rows_wear_the_role_of_their_term(controls: Controls) -> None:
    assert control(controls, "n").role == "model" and control(controls, "share").role == ""


def test_hover_tells_the_term_and_a_term_brightens_its_row(controls: Controls) -> None:
    heard: list[str] = []
    controls.hovered.connect(heard.append)
    row = control(controls, "n")
    row.hovered.emit(True)
    row.hovered.emit(False)
    assert heard == ["n", ""]
    controls.brighten("n")
    assert row.lit and row.track.lit and not control(controls, "share").lit
    controls.brighten("")
    assert not row.lit and not row.track.lit


# presets ----------------------------------------------------------------------------------------------------------------

def test_presets_set_and_are_left_when_a_parameter_departs(controls: Controls, session: Any) -> None:
    chips = controls.chips
    assert chips["usual"].chosen and not chips["many"].chosen and controls.reset.isHidden()
    chips["many"].click()
    assert (session.requested.n, session.requested.share) == (500, 0.25)
    assert chips["many"].chosen and not chips["usual"].chosen and not controls.reset.isHidden()
    session.ask({"seed": 8})
    assert not any(chip.chosen for chip in chips.values())
    session.undo()
    assert chips["many"].chosen
    controls.reset.click()
    assert session.requested == session.concept.default() and chips["usual"].chosen
    session.undo()
    assert chips["many"].chosen


def test_chips_wrap_in_a_narrow_column_and_keep_their_words(controls: Controls, look: Any) -> None:
    wide = controls.presets.height()
    controls.resize(90, 1400)
    QApplication.processEvents()
    assert controls.presets.height() > wide
    look.set(language="zh")
    assert [chip.text() for chip in controls.chips.values()] == ["常用", "多次"]


# each kind --------------------------------------------------------------------------------------------------------------

def test_a_toggle_is_clicked_anywhere_in_its_row(controls: Controls, session: Any) -> None:
    switch = control(controls, "shown").switch
    QTest.mouseClick(switch, LEFT, pos=QPoint(10, 14))
    assert session.requested.shown is False
    QTest.keyClick(switch, KEY.Key_Space)
    assert session.requested.shown is True
    assert QAccessible.queryAccessibleInterface(switch).role() == QAccessible.Role.CheckBox


def test_space_is_the_toggles_own_only_for_who_walks_by_tab(controls: Controls) -> None:
    switch = control(controls, "shown").switch
    for reason, own in ((Qt.FocusReason.MouseFocusReason, False), (Qt.FocusReason.TabFocusReason, True)):
        switch.clearFocus()
        switch.setFocus(reason)
        event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, KEY.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
        event.ignore()
        QApplication.sendEvent(switch, event)
        assert event.isAccepted() == own


def test_the_focus_ring_shows_for_the_keyboard_alone(controls: Controls) -> None:
    switch = control(controls, "shown").switch
    switch.setFocus(Qt.FocusReason.MouseFocusReason)
    QApplication.processEvents()
    assert controls.findChild(Ring) is None
    switch.clearFocus()
    switch.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    ring = controls.findChild(Ring)
    assert ring is not None and ring.isVisible() and ring.width() == 32 + 8 and ring.height() == 18 + 8
    control(controls, "n").track.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert controls.findChildren(Ring) == [ring] and ring.width() - 14 - 8 in (0, 1)
    ring.owner.clearFocus()
    assert not ring.isVisible()


def test_segments_where_the_words_fit_and_a_dropdown_where_not(session: Any, look: Any, on_screen: Show) -> None:
    spec = parameter(session.concept.Params, "rule")
    short = ParamWords(Words("Rule", "规则"), choices={c: Words(c[:3], c[:3]) for c in spec.choices})
    choice = on_screen(Choice(look, spec, short))
    assert choice.segmented.isVisibleTo(choice) and choice.dropdown.isHidden()
    choice.resize(90, choice.height())
    assert choice.segmented.isHidden() and choice.dropdown.isVisibleTo(choice)
    choice.resize(288, choice.height())
    assert choice.segmented.isVisibleTo(choice)
    long = on_screen(Choice(look, spec, session.entry.params["rule"]))
    assert long.segmented.isHidden()                            # "First come, first served" does not fit a third
    look.set(language="zh")
    assert long.segmented.isVisibleTo(long)
    many = on_screen(Choice(look, parameter(session.concept.Params, "kind"), session.entry.params["kind"]))
    assert many.segmented is None


def test_segments_answer_to_the_mouse_and_the_arrows(session: Any, look: Any, on_screen: Show) -> None:
    look.set(language="zh")
    choice = on_screen(Choice(look, parameter(session.concept.Params, "rule"), session.entry.params["rule"]))
    heard: list[Any] = []
    choice.changed.connect(lambda value, final: heard.append((value, final)))
    segments = choice.segmented.segments
    QTest.mouseClick(segments[2], LEFT)
    assert heard == [("rr", True)]
    segments[2].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(segments[2], KEY.Key_Left)
    assert heard[-1] == ("sjf", True) and segments[1].hasFocus()
    assert QAccessible.queryAccessibleInterface(segments[1]).role() == QAccessible.Role.RadioButton


def test_a_dropdown_opens_chooses_and_closes(controls: Controls, session: Any) -> None:
    controls.more.click()
    box = control(controls, "kind").dropdown
    assert box.itemText(1) == "second"
    QTest.mousePress(box, LEFT)
    popup = box.popup
    assert popup is not None and popup.isVisible() and popup.view.currentIndex().row() == 0
    QTest.keyClick(popup.view, KEY.Key_Down)
    QTest.keyClick(popup.view, KEY.Key_Return)
    assert session.requested.kind == "b" and not popup.isVisible()
    QTest.mousePress(box, LEFT)
    QTest.keyClick(box.popup.view, KEY.Key_Down)
    QTest.keyClick(box.popup.view, KEY.Key_Escape)
    assert session.requested.kind == "b"
    QTest.mousePress(box, LEFT)
    QTest.mouseClick(box.popup.view.viewport(), LEFT, pos=QPoint(20, 28 * 3 + 10))
    assert session.requested.kind == "d"


def test_a_closed_dropdown_steps_by_keys_and_not_by_a_passing_wheel(controls: Controls, session: Any) -> None:
    controls.more.click()
    box = control(controls, "kind").dropdown
    at = QPointF(5, 5)
    box.clearFocus()
    wheel = QWheelEvent(at, at, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(box, wheel)
    assert not wheel.isAccepted() and session.requested.kind == "a"
    box.setFocus()
    QTest.keyClick(box, KEY.Key_Down)
    assert session.requested.kind == "b"
    QTest.keyClick(box, "g")
    assert session.requested.kind == "g"


def test_a_seed_is_typed_stepped_and_thrown(controls: Controls, session: Any) -> None:
    row = control(controls, "seed")
    row.field.begin("42")
    QTest.keyClick(row.field, KEY.Key_Return)
    assert session.requested.seed == 42
    QTest.keyClick(row.field, KEY.Key_Up)
    assert session.requested.seed == 43
    seen = set()
    for _ in range(5):
        before = session.requested.seed
        row.die.click()
        assert session.requested.seed != before
        seen.add(session.requested.seed)
    assert len(seen) > 1 and all(0 <= s < 10_000 for s in seen)
    row.field.begin("-1")
    assert "seed" in controls.rows["seed"].fault.text() and not controls.rows["seed"].fault.isHidden()


def test_an_expression_is_checked_while_it_is_typed(controls: Controls, session: Any) -> None:
    row = control(controls, "curve")
    editor, fault = row.editor, controls.rows["curve"].fault
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "sin(x) +")
    assert "curve" in fault.text() and editor.faulty
    QTest.qWait(400)
    assert session.requested.curve == "x**2"
    QTest.keyClicks(editor, " 1")                               # space and all
    assert fault.text() == "" and not editor.faulty
    QTest.qWait(400)
    assert session.requested.curve == "sin(x) + 1"
    assert controls.asked[-1] == ({"curve": "sin(x) + 1"}, False)
    QTest.keyClick(editor, KEY.Key_Return)
    assert controls.asked[-1][1] is True


def test_a_text_takes_lines_spaces_and_chinese(controls: Controls, session: Any) -> None:
    row = control(controls, "words")
    editor = row.editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "a b")
    QTest.keyClick(editor, KEY.Key_Return)
    QApplication.sendEvent(editor, QInputMethodEvent("ni'hao", []))
    QTest.qWait(400)
    assert "hao" not in session.requested.words                 # what is still being composed is nobody's yet
    commit = QInputMethodEvent("", [])
    commit.setCommitString("你好")
    QApplication.sendEvent(editor, commit)
    editor.clearFocus()
    assert session.requested.words == "a b\n你好"


def test_too_long_a_word_is_refused(controls: Controls, session: Any) -> None:
    editor = control(controls, "word").editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "x" * 21)
    QTest.keyClick(editor, KEY.Key_Return)
    assert "21" in controls.rows["word"].fault.text() and session.requested.word == "tea"
    QTest.keyClick(editor, KEY.Key_Escape)
    assert editor.text() == "tea" and controls.rows["word"].fault.text() == ""


def test_flags_switch_and_keep_to_their_bounds(controls: Controls, session: Any) -> None:
    chips = control(controls, "which").chips
    chips["newton"].click()
    assert session.requested.which.names == ("gd", "adam", "newton")
    for name in ("gd", "adam", "newton"):
        chips[name].click()
    assert session.requested.which.names == ("newton",)         # at least one: the last cannot be taken away
    assert chips["newton"].isChecked() and controls.rows["which"].fault.text()
    assert [chip.role for chip in chips.values()] == ["series[0]", "series[1]", "series[5]"]     # a term's own


def test_a_table_is_edited_cell_by_cell(controls: Controls, session: Any) -> None:
    row = control(controls, "jobs")
    row.cells.item(0, 1).setText("4")
    assert session.requested.jobs.rows[0] == ("P1", 4, "8")
    row.cells.item(1, 2).setText("a third")
    assert "jobs.burst" in controls.rows["jobs"].fault.text() and session.requested.jobs.rows[1] == ("P2", 1, "17/3")
    row.cells.item(1, 2).setText("1/3")
    assert session.requested.jobs.rows[1] == ("P2", 1, "1/3") and controls.rows["jobs"].fault.text() == ""


def test_rows_are_added_removed_and_pasted(controls: Controls, session: Any) -> None:
    row = control(controls, "jobs")
    row.buttons["add_row"].click()
    assert len(session.requested.jobs.rows) == 3
    for _ in range(3):
        row.buttons["remove_row"].click()
    assert len(session.requested.jobs.rows) == 1 and controls.rows["jobs"].fault.text()    # at least one row
    session.undo()
    QGuiApplication.clipboard().setText("A\t0\t3\nB\t2\t1/2\nC\t5\t6\n")
    row.buttons["paste"].click()
    assert session.requested.jobs.rows == (("A", 0, "3"), ("B", 2, "1/2"), ("C", 5, "6"))
    row.cells.setFocus()
    row.cells.setCurrentCell(1, 1)
    QGuiApplication.clipboard().setText("7\n8")
    QTest.keyClick(row.cells, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [r[1] for r in session.requested.jobs.rows] == [0, 7, 8]


def test_a_matrix_grows_and_shrinks_in_both_directions(controls: Controls, session: Any) -> None:
    row = control(controls, "weights")
    row.buttons["add_column"].click()
    assert session.requested.weights.rows == ((1.0, -0.5, 0.0), (0.25, 2.0, 0.0))
    row.buttons["remove_row"].click()
    row.cells.item(0, 0).setText("−3e-2")
    assert session.requested.weights.rows == ((-0.03, -0.5, 0.0),)
    QGuiApplication.clipboard().setText("1, 2\n3, 4")
    row.buttons["paste"].click()
    assert session.requested.weights.rows == ((1.0, 2.0), (3.0, 4.0))


def test_space_flips_a_mask_and_opens_other_cells_as_they_are(controls: Controls, session: Any) -> None:
    cells = control(controls, "mask").cells
    cells.setFocus()
    before = session.requested.mask.rows[0][0]
    QTest.keyClick(cells, Qt.Key.Key_Space)                     # no cell is chosen yet: the first one is
    assert session.requested.mask.rows[0][0] is not before and cells.currentRow() == 0
    QTest.keyClick(cells, Qt.Key.Key_Space)
    assert session.requested.mask.rows[0][0] is before
    weights = control(controls, "weights").cells
    weights.setFocus()
    text = weights.item(0, 0).text()
    QTest.keyClick(weights, Qt.Key.Key_Space)
    editor = weights.findChild(QLineEdit)
    assert editor is not None and editor.text() == text and not session.player.playing


def test_a_mask_takes_ones_and_zeros(controls: Controls, session: Any) -> None:
    control(controls, "mask").cells.item(0, 1).setText("1")
    assert session.requested.mask.rows == ((True, True), (False, True))


def test_space_turns_a_masks_cell_and_undo_turns_it_back(controls: Controls, session: Any) -> None:
    cells = control(controls, "mask").cells
    cells.setCurrentCell(1, 0)
    QTest.keyClick(cells, Qt.Key.Key_Space)
    assert session.requested.mask.rows == ((True, False), (True, True))
    QTest.keyClick(cells, Qt.Key.Key_Space)
    assert session.requested.mask.rows == ((True, False), (False, True))
    session.undo()
    assert session.requested.mask.rows == ((True, False), (True, True))


@pytest.mark.parametrize(("text", "rows"), [
    ("1\t2\n3\t4", [["1", "2"], ["3", "4"]]), ("a, b\n\n", [["a", "b"]]), ("1 2  3", [["1", "2", "3"]]),
    ("1,5;2", [["1,5", "2"]]), ("", []), ("  \n", [])])
def test_pasted_text_is_cut_into_cells(text: str, rows: list[list[str]]) -> None:
    assert pasted_rows(text) == rows


@pytest.mark.parametrize(("name", "typed", "value"), [
    ("layers", "16, 4", [16, 4]), ("layers", "[5]", [5]), ("points", "[[1, 2, 1]]", [[1.0, 2.0, 1]]),
    ("graph", '{"nodes": [[0, 0], [1, 1]], "edges": [[0, 1]]}', {"nodes": [[0, 0], [1, 1]], "edges": [[0, 1, 1]]}),
    ("data", "moons", "moons")])
def test_structured_values_are_typed(controls: Controls, session: Any, name: str, typed: str, value: Any) -> None:
    editor = control(controls, name).editor
    editor.setFocus()
    editor.setText(typed)
    editor.clearFocus()
    assert plain(getattr(session.requested, name)) == value


@pytest.mark.parametrize(("name", "typed"), [
    ("layers", "16, x"), ("layers", "0"), ("points", "[[1]]"), ("points", "[[NaN, 0]]"), ("graph", "[1]"), ("graph", "{")])
def test_structured_values_that_cannot_be_are_said(controls: Controls, session: Any, name: str, typed: str) -> None:
    before = getattr(session.requested, name)
    editor = control(controls, name).editor
    editor.setFocus()
    editor.setText(typed)
    editor.clearFocus()
    assert controls.rows[name].fault.text() and getattr(session.requested, name) == before


# the look ---------------------------------------------------------------------------------------------------------------

def test_nothing_recomputes_when_the_look_changes(controls: Controls, session: Any, look: Any) -> None:
    generation = session.generation
    look.set(language="zh", theme_name="dark", scale=1.5)
    QApplication.processEvents()
    assert session.generation == generation and controls.asked == []
    assert control(controls, "n").label == "参数 n"
    for row in controls.rows.values():
        assert not row.control.grab().isNull()


def test_a_parameter_moved_by_hand_is_no_longer_played(controls: Controls, session: Any) -> None:
    session.playback.animate("share")
    session.playback.play()
    QTest.keyClick(control(controls, "share").track, KEY.Key_End)
    assert not session.player.playing and session.requested.share == 1.0


def test_what_is_closed_is_forgotten(session: Any, look: Any, qapp: Any) -> None:
    import gc
    import weakref

    from PySide6.QtCore import QEvent

    from app.widgets.readouts import Readouts
    from app.widgets.transport import Transport

    gone = []
    for make in (Controls, Readouts, Transport):
        widget = make(session, look)
        widget.show()
        qapp.processEvents()
        gone.append(weakref.ref(widget))
        widget.close()
        widget.deleteLater()
        del widget
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]
    look.set(theme_name="dark", language="zh")                  # nobody who is gone is told
    session.ask({"n": 5})
