"""The slider: every way to set a number, and what belongs to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QInputMethodEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.span import Span
from app.widgets.slider import Slider
from engine.core.params import parameter

Show = Callable[..., Any]
KEY = Qt.Key


@pytest.fixture
def make(session: Any, look: Any, on_screen: Show) -> Callable[[str], Slider]:
    def made(name: str, role: str = "model") -> Slider:
        slider = Slider(look, parameter(session.concept.Params, name), session.entry.params[name], role)
        slider.heard = []
        slider.changed.connect(lambda value, final: slider.heard.append((value, final)))
        on_screen(slider)
        return slider

    return made


def turn(widget: Any, notches: int) -> bool:
    """Turn the wheel over a widget; True if it was taken."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120 * notches),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_click_on_the_track_goes_there_and_a_release_ends_the_gesture(make: Any) -> None:
    slider = make("share")
    track = slider.track
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() - 7, 13))
    assert slider.heard == [(1.0, False)]
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() - 7, 13))
    assert slider.heard[-1] == (1.0, True)
    assert slider.field.text() == "1.00"


def test_a_drag_follows_the_pointer_and_shift_is_ten_times_finer(make: Any) -> None:
    slider = make("share")
    track = slider.track
    middle = QPoint(round(track._x(0.5)), 13)
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=middle)
    assert slider.heard == []                                   # taking hold of the handle changes nothing
    QTest.mouseMove(track, middle + QPoint(100, 0))
    far = slider.heard[-1][0]
    assert far == pytest.approx(0.5 + 100 / track._reach(), abs=0.006) and slider.heard[-1][1] is False
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=middle + QPoint(100, 0))
    slider.set_value(0.5)
    track._grip = (float(middle.x()), 0.5, 0.5)
    event = mouse_move(track, middle + QPoint(100, 0), Qt.KeyboardModifier.ShiftModifier)
    QApplication.sendEvent(track, event)
    assert slider.heard[-1][0] == pytest.approx(0.5 + 10 / track._reach(), abs=0.006)


def mouse_move(widget: Any, at: QPoint, modifiers: Qt.KeyboardModifier) -> Any:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    return QMouseEvent(QEvent.Type.MouseMove, QPointF(at), QPointF(widget.mapToGlobal(at)), Qt.MouseButton.NoButton,
                       Qt.MouseButton.LeftButton, modifiers)


def test_escape_in_a_drag_goes_back(make: Any) -> None:
    slider = make("share")
    QTest.mousePress(slider.track, Qt.MouseButton.LeftButton, pos=QPoint(20, 13))
    QTest.keyClick(slider.track, KEY.Key_Escape)
    assert slider.heard[-1] == (0.5, True)


def test_the_wheel_turns_only_what_has_the_focus(make: Any) -> None:
    slider = make("share")
    slider.track.clearFocus()
    assert not turn(slider.track, 1) and slider.heard == []
    slider.track.setFocus()
    assert turn(slider.track, 2)
    assert slider.heard == [(0.52, False)]
    QTest.qWait(450)
    assert slider.heard[-1] == (0.52, True)                     # a moment after the last notch the gesture is over


def test_half_notches_of_a_touchpad_add_up(make: Any) -> None:
    slider = make("count")
    slider.track.setFocus()
    at = QPointF(10, 10)
    for _ in range(4):
        QApplication.sendEvent(slider.track, QWheelEvent(
            at, at, QPoint(), QPoint(0, 30), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False))
    assert slider.heard == [(1, False)]


@pytest.mark.parametrize(("key", "value"), [
    (KEY.Key_Right, 0.51), (KEY.Key_Left, 0.49), (KEY.Key_Up, 0.51), (KEY.Key_PageUp, 0.6), (KEY.Key_PageDown, 0.4),
    (KEY.Key_Home, 0.0), (KEY.Key_End, 1.0)])
def test_keys_step(make: Any, key: Qt.Key, value: float) -> None:
    slider = make("share")
    slider.track.setFocus()
    QTest.keyClick(slider.track, key)
    assert slider.heard[0][0] == pytest.approx(value)


def test_leaving_ends_the_gesture_of_the_arrows(make: Any) -> None:
    slider = make("share")
    slider.track.setFocus()
    QTest.keyClick(slider.track, KEY.Key_Right)
    slider.track.clearFocus()
    assert slider.heard == [(0.51, False), (0.51, True)]


def test_a_double_click_resets_on_the_track_and_on_the_label(make: Any) -> None:
    slider = make("share")
    for widget, at in ((slider.track, QPoint(40, 13)), (slider, QPoint(10, 10))):
        slider.set_value(0.9)
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)
        assert slider.heard[-1] == (0.5, True)


def test_a_digit_begins_typing_and_enter_takes_it(make: Any) -> None:
    slider = make("n")
    slider.track.setFocus()
    QTest.keyClick(slider.track, "4")
    assert slider.field.hasFocus() and slider.field.text() == "4"
    QTest.keyClicks(slider.field, "00")
    assert slider.heard == []
    QTest.keyClick(slider.field, KEY.Key_Return)
    assert slider.heard == [(400, True)] and slider.track.amount == 400


@pytest.mark.parametrize("typed", ["0", "1001", "x", "2.5", "", "1e99"])
def test_what_cannot_be_is_said_and_never_asked_for(make: Any, typed: str) -> None:
    slider = make("n")
    said: list[str] = []
    slider.refused.connect(said.append)
    slider.field.begin("")
    slider.field.selectAll()
    QTest.keyClick(slider.field, KEY.Key_Backspace)
    QTest.keyClicks(slider.field, typed)
    QTest.keyClick(slider.field, KEY.Key_Return)
    assert said[-1] and slider.field.faulty and slider.heard == []
    assert "n" in said[-1]
    slider.field.clearFocus()                                   # left so, it is let go
    assert slider.field.text() == "30" and said[-1] == "" and slider.heard == []


def test_powers_minus_signs_and_full_width_digits_are_read(make: Any) -> None:
    slider = make("rate")
    for typed, value in (("1e-3", 1e-3), ("5 × 10⁻²", 0.05), ("０．２", 0.2)):
        slider.field.begin("")
        slider.field.selectAll()
        slider.field.insert(typed)
        slider.field.setModified(True)
        QTest.keyClick(slider.field, KEY.Key_Return)
        assert slider.heard[-1] == (value, True)


def test_what_is_typed_is_not_rounded_to_the_grid_of_the_drag(make: Any) -> None:
    slider = make("share")
    slider.field.begin("0.1237")
    QTest.keyClick(slider.field, KEY.Key_Return)
    assert slider.heard == [(0.1237, True)] and slider.field.text() == "0.1237"


def test_a_value_from_outside_is_shown_and_nothing_is_asked(make: Any) -> None:
    slider = make("n")
    slider.set_value(77)
    assert slider.field.text() == "77" and slider.track.value() == 77 and slider.heard == []


def test_a_value_from_outside_leaves_what_is_being_typed(make: Any) -> None:
    slider = make("n")
    slider.field.begin("4")
    slider.set_value(77)
    assert slider.field.text() == "4"


def test_arrows_belong_to_the_slider_and_space_to_play(make: Any) -> None:
    slider = make("share")
    slider.track.setFocus(Qt.FocusReason.MouseFocusReason)
    assert override(slider.track, KEY.Key_Right) and not override(slider.track, KEY.Key_Space)
    assert not override(slider.track, KEY.Key_Right, Qt.KeyboardModifier.ControlModifier)
    slider.field.setFocus()
    assert override(slider.field, KEY.Key_Space, text=" ")      # in a field space is typed


def override(widget: Any, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
             text: str = "") -> bool:
    """Whether a widget keeps a key from the window's shortcuts."""
    event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, modifiers, text)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_an_input_method_may_compose_without_a_complaint(make: Any) -> None:
    slider = make("n")
    said: list[str] = []
    slider.refused.connect(said.append)
    slider.field.begin("")
    before = len(said)
    QApplication.sendEvent(slider.field, QInputMethodEvent("wu'shi", []))
    assert len(said) == before and slider.heard == []
    commit = QInputMethodEvent("", [])
    commit.setCommitString("50")
    QApplication.sendEvent(slider.field, commit)
    QTest.keyClick(slider.field, KEY.Key_Return)
    assert slider.heard == [(50, True)]


def test_a_screen_reader_hears_and_sets_it(make: Any) -> None:
    slider = make("n")
    found = QAccessible.queryAccessibleInterface(slider.track)
    assert found.role() == QAccessible.Role.Slider and found.text(QAccessible.Text.Name) == "N"
    assert "30" in found.text(QAccessible.Text.Description)
    slider.track.setValue(200)
    assert slider.heard == [(200, True)]
    rate = make("rate")
    rate.track.setValue(1000)
    assert rate.heard == [(1.0, True)]


def test_it_follows_language_and_scale(make: Any, look: Any) -> None:
    slider = make("n")
    look.set(language="zh", scale=1.5)
    assert slider.height() == 75 and slider.track.accessibleName() == "参数 n" and slider.track.toolTip() == "说明"


def test_the_filled_part_wears_the_role_and_the_default_is_marked(make: Any, look: Any) -> None:
    slider = make("share", "truth")
    slider.set_value(0.9)
    image = slider.grab().toImage()
    y = 35
    assert image.pixelColor(40, y) == look.theme.color("truth")
    assert image.pixelColor(image.width() - 4, y) == look.theme.color("line")
    assert image.pixelColor(round(slider.track._x(0.5)), y) == look.theme.color("surface_raised")


# the span ---------------------------------------------------------------------------------------------------------------

SPANS = [Span(1, 1000, True, True, 1), Span(-5, 5, True, False, 1), Span(0, 1, False, False, 0.01),
         Span(1e-4, 1, False, True), Span(0, 100, True, False, 5)]


@pytest.mark.parametrize("span", SPANS)
@given(fraction=st.floats(0, 1))
def test_fractions_and_values_go_together(span: Span, fraction: float) -> None:
    value = span.value(fraction)
    assert span.low <= value <= span.high and span.snap(value) == value
    step = max(span.fraction(span.stepped(value, 1)) - span.fraction(value), 0.0)
    assert abs(span.fraction(value) - fraction) <= max(step, 0.5)
    assert isinstance(value, int) == span.whole


@pytest.mark.parametrize("span", SPANS)
@given(fraction=st.floats(0, 1), fine=st.booleans())
def test_a_step_always_moves_except_at_the_ends(span: Span, fraction: float, fine: bool) -> None:
    value = span.value(fraction)
    assert span.stepped(value, 1, fine) > value or value == span.high
    assert span.stepped(value, -1, fine) < value or value == span.low


def test_ends_are_reached_and_decades_are_marked() -> None:
    for span in SPANS:
        assert (span.value(0.0), span.value(1.0)) == (span.low, span.high)
    assert SPANS[0].decades() == pytest.approx([0, 1 / 3, 2 / 3, 1]) and SPANS[1].decades() == []
