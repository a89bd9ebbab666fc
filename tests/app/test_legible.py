"""What is said to be wrong with a picture is: each kind of flaw is found where it is, and a good picture has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.checks.draw import image_of
from app.checks.legible import Flaw, contrasts, flaws_of, is_tofu
from app.checks.tiles import NORMAL, SMALL, Tile
from engine.mathematics.clt import clt
from panels.kit.canvas import Canvas
from panels.kit.panel import Panel, Shown
from panels.kit.theme import THEMES, load_fonts, theme
from panels.kit.view import View

X = np.linspace(0.0, 10.0, 50)


@dataclass(frozen=True)
class Nothing:
    """A frame and parameters of no content."""

    n: int = 3


def found(draw: Callable[[View], None], *, title: str = "a view", size: tuple[int, int] = NORMAL, look: str = "light",
          language: Any = "en", moment: int = 2) -> list[Flaw]:
    """The flaws of a picture of one view."""
    load_fonts()
    words = {"a": {"title": title}, "line": {"": "a line"}}
    canvas = Canvas(theme(look), language, lambda kind, name, part, language: words.get(name, {}).get(part))

    def drawn(c: Canvas, f: Any, p: Any, shown: Shown) -> None:
        c["a"].range(x=(0, 10), y=(0, 1))
        draw(c["a"])

    canvas.draw(Panel(clt, drawn, "a"), Nothing(), Nothing(), Shown())
    return flaws_of(canvas, image_of(canvas, size), Tile("", moment, language, look, size))


def healthy(v: View) -> None:
    v.line("line", X, X / 10)
    v.text("word", 3, 0.8, "12345")


@pytest.mark.parametrize("look", THEMES)
@pytest.mark.parametrize("size", [NORMAL, SMALL])
def test_a_good_picture_has_no_flaw(qapp: Any, look: str, size: tuple[int, int]) -> None:
    assert found(healthy, look=look, size=size) == []


def over_a_line(v: View) -> None:
    healthy(v)
    v.text("low", 5, 0.5, "12345", "model")         # its halo keeps it clear


def on_a_block(v: View) -> None:
    v.bars("block", [2.0, 8.0], [0.9], "truth", solid=True, label=False)
    v.text("low", 5, 0.5, "12345", "surface", halo=False)


@pytest.mark.parametrize("draw", [over_a_line, on_a_block])
def test_words_on_other_things_that_stand_out_are_good(qapp: Any, draw: Callable[[View], None]) -> None:
    assert found(draw) == []


def two_words(v: View) -> None:
    healthy(v)
    v.text("other", 3.02, 0.8, "67890")


def covered(v: View) -> None:
    healthy(v)
    v.handle("over", 3, 0.8, ("n", None), label=False)


def cut_by_the_edge(v: View) -> None:
    healthy(v)
    v.bars("tall", [1.0, 2.0], [1.0], "data", texts=["12345"])      # a number above a bar that reaches the top


def far_out(v: View) -> None:
    healthy(v)
    v.text("long", 9.9, 0.8, "1" * 80, anchor="left")


def pale(v: View) -> None:
    healthy(v)
    v.text("soft", 3, 0.5, "12345", "surface")


def on_the_wrong_ground(v: View) -> None:
    """Ink that stands out from the surface, on a block where it does not; both are roles as they are meant to be."""
    v.bars("block", [2.0, 8.0], [0.9], "data", solid=True, label=False)
    v.text("word", 5, 0.5, "12345", "model", halo=False)


def nothing(v: View) -> None:
    v.line("line", X, X + 5)


@pytest.mark.parametrize(("draw", "kind", "said"), [
    (two_words, "overlap", "'12345' and '67890' overlap"), (covered, "clipped", "of '12345' in view a is hidden"),
    (cut_by_the_edge, "clipped", "of '12345' in view a is hidden"), (far_out, "clipped", "reaches outside the picture"),
    (pale, "pale", "'12345' in view a has a contrast of 1.0"), (on_the_wrong_ground, "pale", "'12345' in view a has a contrast"),
    (nothing, "blank", "view a is blank")], ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_wrong_is_found_where_it_is(qapp: Any, draw: Callable[[View], None], kind: str, said: str) -> None:
    flaws = [flaw for flaw in found(draw) if flaw.kind == kind]
    assert any(said in flaw.what for flaw in flaws), flaws
    assert all(flaw.rect.width() > 5 for flaw in flaws)


def test_a_title_that_is_cut_is_found_where_there_would_be_room(qapp: Any) -> None:
    assert [flaw.kind for flaw in found(healthy, title="words " * 60)] == ["clipped"]
    assert found(healthy, title="words " * 60, size=SMALL) == []


def test_an_empty_view_is_allowed_on_the_way_where_others_show_something(qapp: Any) -> None:
    assert [flaw.kind for flaw in found(nothing, moment=0)] == ["blank"]         # it is the only one


def test_a_chinese_picture_has_chinese_words_with_letters(qapp: Any) -> None:
    assert found(healthy, title="中心极限定理", language="zh") == []
    assert [flaw.kind for flaw in found(healthy, title="a view", language="zh")] == ["chinese"]
    assert [flaw.kind for flaw in found(healthy, title="中\U00031350", language="zh")] == ["chinese"]
    assert is_tofu("\U0010fff0", "Inter") and not is_tofu("中", "Inter")


def test_contrast_is_that_of_wcag() -> None:
    grounds = np.array([[255.0, 255.0, 255.0], [0.0, 0.0, 0.0], [119.0, 119.0, 119.0]])
    assert contrasts(np.zeros(3), grounds) == pytest.approx([21.0, 1.0, 4.69], abs=0.01)
