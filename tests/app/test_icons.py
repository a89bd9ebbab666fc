"""Icons: each draws something, in the colour asked for, at any size; an unknown name is an error."""

from __future__ import annotations

import re
from typing import Any

import pytest
from PySide6.QtGui import QColor, QPixmap

from app.widgets import icons

NEEDED = """
search home play pause step-back step-forward to-start to-end loop restart pin compare sweep export copy camera
reset undo redo sun moon globe device settings close chevron-down chevron-right chevron-left chevron-up menu info check
cross warn dice sliders lesson flask code keyboard fullscreen book link folder file image film download stop plus minus
eye star clock grid back forward command logo
"""
HEAD = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="currentColor" '
        'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">')


def opaque(pixmap: QPixmap) -> list[QColor]:
    """The colours of the pixels that are fully there."""
    image = pixmap.toImage()
    at = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return [color for color in at if color.alpha() == 255]


def test_all_needed_icons_are_there() -> None:
    assert set(NEEDED.split()) <= set(icons.names())


@pytest.mark.parametrize("name", icons.names())
def test_an_icon_draws_in_the_colour_asked_for(qapp: Any, name: str) -> None:
    ink = QColor(10, 120, 60)
    seen = opaque(icons.pixmap(name, ink, 20, 2.0))
    assert 30 < len(seen) < 0.6 * 40 * 40
    assert all(abs(color.green() - 120) <= 2 and abs(color.red() - 10) <= 2 for color in seen)


@pytest.mark.parametrize("name", icons.names())
def test_no_icon_is_cut_off_by_its_edge(qapp: Any, name: str) -> None:
    image = icons.pixmap(name, QColor("black"), 40).toImage()
    last = image.width() - 1
    edge = [image.pixelColor(x, y).alpha() for n in range(last + 1) for x, y in ((n, 0), (n, last), (0, n), (last, n))]
    assert max(edge) < 40


@pytest.mark.parametrize("name", [name for name in icons.names() if name != "logo"])
def test_icons_are_of_one_hand(name: str) -> None:
    source = (icons.ICONS / f"{name}.svg").read_text(encoding="utf-8")
    assert source.startswith(HEAD)
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb\(|<style|<text|<image|href", source)


def test_two_icons_are_not_the_same_picture(qapp: Any) -> None:
    pictures = {bytes(icons.pixmap(name, QColor("black"), 32).toImage().constBits()): name for name in icons.names()}
    assert len(pictures) == len(icons.names())


def test_ratio_transparency_and_accent(qapp: Any) -> None:
    drawn = icons.pixmap("stop", QColor(0, 0, 0, 128), 16, 1.5)
    assert (drawn.width(), drawn.devicePixelRatio()) == (24, 1.5)
    assert abs(drawn.toImage().pixelColor(12, 12).alpha() - 128) <= 2
    both = opaque(icons.pixmap("logo", QColor("black"), 64, 1.0, accent=QColor(255, 0, 0)))
    assert any(color.red() > 250 for color in both)
    assert any(color.red() < 5 for color in both)


def test_the_logo_comes_in_all_sizes(qapp: Any) -> None:
    made = icons.logo(QColor("black"), QColor("blue"))
    assert sorted(size.width() for size in made.availableSizes()) == list(icons.LOGO_SIZES)


@pytest.mark.parametrize("name", ["nothing", "", "../icons/play", "play.svg"])
def test_an_unknown_name_is_an_error(qapp: Any, name: str) -> None:
    with pytest.raises(KeyError):
        icons.icon(name, QColor("black"))
