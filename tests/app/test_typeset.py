"""The typesetter: formulas as SVG with the places of terms and slots, a child that may die, and painting as vectors."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QGraphicsScene

from app import typeset as module
from app.commands import typeset as command
from app.typeset import Formula, Typesetter, key_of
from engine.core.faults import BadInput, Failed
from panels.kit.formula import EM, FormulaItem, _glyph, paint_formula

CLT = (r"Z_n = \frac{\term{averages}{\bar X_n}-\term{bell}{\mu}}{\slot[5]{sigma}/\sqrt{\slot[4]{n}}}"
       r" = x^{\slot[2]{n}} \to \term{bell}{N(0,1)}")
INK, RED, BLUE = QColor(0, 0, 0), QColor(255, 0, 0), QColor(0, 0, 255)


@pytest.fixture(scope="module")
def typesetter() -> Iterator[Typesetter]:
    made = Typesetter(prebuilt=None)
    yield made
    made.close()


def painted(formula: Formula, ex_px: float = 16, **how: object) -> QImage:
    """The formula on white, its box exactly filling the image."""
    image = QImage(round(formula.width_ex * ex_px), round((formula.height_ex + formula.depth_ex) * ex_px),
                   QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_formula(painter, formula, 0, formula.height_ex * ex_px, ex_px, INK, **how)      # type: ignore[arg-type]
    painter.end()
    return image


def share(image: QImage, color: QColor, box: QRectF | None = None) -> float:
    """How much of the image, or of a box of it, has about that colour."""
    area = (box or QRectF(image.rect())).toAlignedRect().intersected(image.rect())
    pixels = [image.pixelColor(x, y) for x in range(area.left(), area.right() + 1)
              for y in range(area.top(), area.bottom() + 1)]
    near = [p for p in pixels if abs(p.red() - color.red()) + abs(p.green() - color.green())
            + abs(p.blue() - color.blue()) < 120]
    return len(near) / max(1, len(pixels))


# what a formula is ----------------------------------------------------------------------------------------------------

def test_a_formula_knows_its_size_its_terms_and_its_slots(typesetter: Typesetter) -> None:
    formula = typesetter.typeset(CLT)
    assert formula.width_ex > 20
    assert formula.height_ex > 2
    assert formula.depth_ex > 1
    assert set(formula.terms) == {"averages", "bell"}
    assert len(formula.terms["bell"]) == 2
    assert set(formula.slots) == {"sigma", "n"}
    inside, raised = formula.slots["n"]
    assert inside.scale == 1.0
    assert raised.scale == pytest.approx(0.707)
    assert inside.baseline > 0 > raised.baseline        # below the fraction's bar; in the exponent
    for box in [*formula.terms["bell"], *formula.slots["n"], *formula.slots["sigma"]]:
        assert 0 <= box.x <= box.x + box.width <= formula.width_ex
        assert -formula.height_ex <= box.y <= box.y + box.height <= formula.depth_ex


@pytest.mark.parametrize("digits", [1, 4, 12])
def test_a_slot_is_as_wide_as_its_digits(typesetter: Typesetter, digits: int) -> None:
    (slot,) = typesetter.typeset(rf"\slot[{digits}]{{n}}").slots["n"]
    (number,) = typesetter.typeset(rf"\term{{n}}{{{'8' * digits}}}").terms["n"]
    assert slot.width == pytest.approx(number.width, abs=0.01)


def test_four_digits_are_the_default(typesetter: Typesetter) -> None:
    assert typesetter.typeset(r"\slot{n}").slots["n"][0].width == pytest.approx(4 * 0.5 * EM, abs=0.01)


def test_terms_nest_and_the_smallest_is_under_the_pointer(typesetter: Typesetter) -> None:
    formula = typesetter.typeset(r"\term{sum}{a+\term{b}{b}+\slot{c}}+d")
    (b,), (whole,), (c,) = formula.terms["b"], formula.terms["sum"], formula.slots["c"]
    assert c.terms == ("sum",)
    assert formula.term_at(b.x + b.width / 2, b.y + b.height / 2) == "b"
    assert formula.term_at(whole.x + 0.1, -0.5) == "sum"
    assert formula.term_at(formula.width_ex - 0.1, -0.5) is None


def test_a_slot_is_spaced_like_a_symbol(typesetter: Typesetter) -> None:
    """A minus between two slots is a difference, not a sign."""
    slots, letters = typesetter.typeset(r"\slot[1]{a}-\slot[1]{b}"), typesetter.typeset("1-1")
    assert slots.width_ex == pytest.approx(letters.width_ex, abs=0.01)


def test_a_term_changes_nothing_but_the_colour(typesetter: Typesetter) -> None:
    for plain, marked in [("a=b", r"a\term{k}{=}b"), ("x^2", r"\term{k}{x}^2"), (r"\sum_i x", r"\term{k}{\sum_i} x")]:
        assert typesetter.typeset(plain).width_ex == typesetter.typeset(marked).width_ex


def test_text_style_is_smaller_than_display_style(typesetter: Typesetter) -> None:
    assert typesetter.typeset(r"\frac12", False).height_ex < typesetter.typeset(r"\frac12", True).height_ex


def test_the_svg_is_one_of_paths_in_the_ink_of_its_surroundings(typesetter: Typesetter) -> None:
    svg = typesetter.typeset(CLT).svg
    assert b'fill="currentColor"' in svg
    assert b"<text" not in svg
    assert set(re.findall(rb"<([a-z]+)", svg)) == {b"svg", b"defs", b"path", b"g", b"use", b"rect"}


@pytest.mark.parametrize(("tex", "said"), [
    (r"\frac{a", "missing close brace"), (r"\nonsense", r"undefined control sequence \nonsense"),
    ("", "empty"), ("  ", "empty"), ("a\x00b", "U+0000"), ("a\ud800", "U+D800"), (r"\slot[0]{x}", "1 to 99 digits"),
    (r"\slot{a b}", "no name"), (r"x\tag{1}", "equation numbers"), (r"\def\a{\a\a}\a", "macro"),
    (r"\begin{pmatrix}1", r"\end{pmatrix}"), ("{" * 300, "brace"),
])
def test_bad_tex_is_one_sentence(typesetter: Typesetter, tex: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        typesetter.typeset(tex)
    assert said in caught.value.message
    assert len(caught.value.message) < 250
    assert "\n" not in caught.value.message


def test_a_formula_leaves_nothing_behind_for_the_next(typesetter: Typesetter) -> None:
    assert typesetter.typeset(r"\newcommand\mine{x}\mine").svg == typesetter.typeset("x").svg
    with pytest.raises(BadInput):
        typesetter.typeset(r"\mine")
    labelled = [typesetter.typeset(tex).svg for tex in (r"\label{a}y", r"\label{a} y")]
    assert labelled == [typesetter.typeset("y").svg] * 2


def test_characters_beyond_the_first_plane_stay_whole(typesetter: Typesetter) -> None:
    assert typesetter.typeset("𝑥+1").svg == typesetter.typeset("x+1").svg
    assert "𠮷".encode() in typesetter.typeset(r"\text{𠮷}").svg


# the child and the caches ---------------------------------------------------------------------------------------------

def test_the_child_starts_when_needed_and_is_replaced_when_it_dies() -> None:
    made = Typesetter(prebuilt=None)
    assert made.pid is None
    before = made.typeset("a+1")
    first = made.pid
    assert first is not None
    os.kill(first, signal.SIGTERM)
    assert made.typeset("a+1") is before            # from memory, with no child
    assert made.typeset("a+2") != before
    assert made.pid not in (None, first)
    made.close()
    assert made.pid is None
    assert made.typeset("a+1") is before
    with pytest.raises(Failed, match="closing"):
        made.typeset("a+3")


def test_a_formula_that_takes_too_long_is_given_up() -> None:
    made = Typesetter(prebuilt=None, timeout=0.01)
    with pytest.raises(BadInput, match="takes longer than 0.01 s"):
        made.typeset("x")
    made.close()


def test_the_child_outlives_nobody() -> None:
    """Killed outright, a parent cannot tidy up: the child sees its pipe close and goes."""
    program = ("from app.typeset import Typesetter; t = Typesetter(prebuilt=None); t.typeset('x'); "
               "print(t.pid, flush=True); input()")
    with subprocess.Popen([sys.executable, "-c", program], cwd=module.ROOT, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 5
    while time.monotonic() < until and _alive(child):
        time.sleep(0.05)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_later_does_not_wait(typesetter: Typesetter) -> None:
    assert typesetter.find(r"\alpha_1") is None
    asked = [typesetter.later(rf"\alpha_{n % 3}") for n in range(9)]
    assert {future.result(30) for future in asked} == {typesetter.find(rf"\alpha_{n}") for n in range(3)}
    with pytest.raises(BadInput):
        typesetter.later(r"\frac{a").result(30)


def test_the_disk_keeps_formulas_and_heals(typesetter: Typesetter, tmp_path: Path) -> None:
    first = Typesetter(cache=tmp_path / "formulas", prebuilt=None)
    made = first.typeset(CLT)
    first.close()
    (kept,) = (tmp_path / "formulas").iterdir()
    assert kept.name == f"{key_of(CLT)}.svg.gz"
    second = Typesetter(cache=tmp_path / "formulas", prebuilt=None)
    found = second.find(CLT)
    assert found == made
    assert found is not None
    assert (found.slots, found.terms) == (made.slots, made.terms)
    assert second.find(CLT, display=False) is None
    for damage in (b"", kept.read_bytes()[:-20], b"\x1f\x8bnonsense", gzip.compress(b"<svg/>"), gzip.compress(b"<svg")):
        kept.write_bytes(damage)
        assert Typesetter(cache=tmp_path / "formulas", prebuilt=None).find(CLT) is None
    third = Typesetter(cache=tmp_path / "formulas", prebuilt=None)
    assert third.typeset(CLT) == made
    assert gzip.decompress(kept.read_bytes()) == made.svg
    third.close()


def test_a_cache_that_cannot_be_written_costs_time_only(typesetter: Typesetter, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = Typesetter(cache=tmp_path / "file", prebuilt=None)
    assert made.typeset("x") == typesetter.typeset("x")
    made.close()


def test_importing_the_typesetter_loads_no_qt() -> None:
    program = "import sys, app.typeset, app.commands.typeset; assert not [m for m in sys.modules if 'PySide' in m]"
    assert subprocess.run([sys.executable, "-c", program], cwd=module.ROOT, check=False).returncode == 0


# the prebuilt formulas ------------------------------------------------------------------------------------------------

def test_the_prebuilt_formulas_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    status = command.run(argparse.Namespace(check=True))
    assert status == 0, capsys.readouterr().err


def test_formulas_are_found_in_texts_but_not_in_code() -> None:
    lesson = ("Take $n$ of `$code$`:\n\n$$\na + b\n$$\n\n```\n$no$\n```\n\n"
              "| a |\n|---|\n| $t$ |\n\n$$c$$\n\nIn a line $$d$$.\n")
    assert list(command.in_lesson(lesson)) == [("n", False), ("a + b", True), ("t", False), ("c", True), ("d", False)]
    table = {"formula": "x", "title": {"en": "$no$"}, "presets": {"a": {"formula": "y"}}, "list": [{"formula": "z"}]}
    assert list(command.in_table(table)) == [("x", True), ("y", True), ("z", True)]


def test_the_command_builds_checks_and_removes(tmp_path: Path) -> None:
    texts, kept = tmp_path / "texts", tmp_path / "formulas"
    (texts / "a").mkdir(parents=True)
    (texts / "a" / "one.toml").write_text("formula = 'a+b'\n", encoding="utf-8")
    (texts / "a" / "one.zh.md").write_text(r"令 $n$，$\frac{1$", encoding="utf-8")
    wanted, faults = command.wanted_formulas(texts)
    assert (list(wanted.values()), faults) == (["a/one.toml", "a/one.zh.md", "a/one.zh.md"], [])
    assert len(command.check(wanted, kept)) == 3
    new, removed, wrong = command.build(wanted, kept)
    assert (new, removed) == (2, 0)
    assert len(wrong) == 1
    assert wrong[0].startswith(r"a/one.zh.md: formula \frac{1: missing close brace")
    assert len(command.check(wanted, kept)) == 1
    (texts / "a" / "one.zh.md").unlink()
    (texts / "a" / "broken.toml").write_text("formula = ", encoding="utf-8")
    wanted, faults = command.wanted_formulas(texts)
    assert len(faults) == 1
    assert "is used by no text" in command.check(wanted, kept)[0]
    assert command.build(wanted, kept) == (0, 1, [])
    assert command.check(wanted, kept) == []


def test_what_is_prebuilt_needs_no_child(tmp_path: Path) -> None:
    command.build({("a+b", True): "here"}, tmp_path)
    made = Typesetter(prebuilt=tmp_path)
    assert made.typeset(" a+b ").width_ex > 3
    assert made.pid is None


# painting -------------------------------------------------------------------------------------------------------------

def test_every_glyph_outline_keeps_its_area() -> None:
    """A path against its area by hand: two triangles, one with a bend that T mirrors."""
    assert _glyph("M0 0H10V10Z").toFillPolygon().boundingRect() == QRectF(0, 0, 10, 10)
    wave = _glyph("M0 0Q5 10 10 0T20 0Z")
    assert wave.boundingRect() == QRectF(0, -5, 20, 10)
    with pytest.raises(ValueError, match="path command A"):
        _glyph("M0 0A1 1")


def test_terms_are_painted_in_their_colours(typesetter: Typesetter, qapp: object) -> None:
    formula = typesetter.typeset(r"\term{a}{M}+\term{b}{M}+M")
    image = painted(formula, term_colors={"a": RED, "b": BLUE})
    for key, color in (("a", RED), ("b", BLUE)):
        (box,) = formula.terms[key]
        area = QRectF(box.x * 16, (box.y + formula.height_ex) * 16, box.width * 16, box.height * 16)
        assert share(image, color, area) > 0.15
        assert share(image, INK, area) == 0
    assert share(image, INK) > 0.03
    assert share(painted(formula), RED) == 0


def test_live_numbers_stand_in_their_slots(typesetter: Typesetter, qapp: object) -> None:
    formula = typesetter.typeset(r"M=\frac{\term{t}{\slot[5]{x}}}{2}+\slot[3]{y}")
    values = {"x": "8.888", "y": "888888888", "unknown": "1"}
    image = painted(formula, term_colors={"t": RED, "y": BLUE}, slot_values=values)
    for name, color in (("x", RED), ("y", BLUE)):
        (slot,) = formula.slots[name]
        area = QRectF(slot.x * 16, (slot.y + formula.height_ex) * 16, slot.width * 16, slot.height * 16)
        assert share(image, color, area) > 0.02
        inside = share(image, color, area) * area.width() * area.height()
        everywhere = share(image, color) * image.width() * image.height()
        assert inside > 0.8 * everywhere                # a number too long for its slot is set smaller, not beyond it
    assert share(painted(formula, slot_values={}), RED) == 0


@pytest.mark.parametrize("tex", [
    r"\text{中文}", r"\boxed{x}", r"\begin{array}{|c:c|}\hline 1&2\\3&4\\\hline\end{array}", r"\sqrt[3]{x}",
    r"\underbrace{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}_n", r"\left(\begin{matrix}1\\2\\3\\4\\5\\6\end{matrix}\right)",
    r"\begin{cases}a\\b\end{cases}", r"\xrightarrow{d}", r"\sum_{\substack{i<j\\k}}", r"\widehat{abc}",
])
def test_everything_mathjax_draws_is_painted_within_its_box(typesetter: Typesetter, qapp: object, tex: str) -> None:
    formula = typesetter.typeset(tex)
    assert 0.02 < share(painted(formula), INK) < 0.6
    margin, ex = 16, 8.0
    width, height = formula.width_ex * ex, (formula.height_ex + formula.depth_ex) * ex
    image = QImage(round(width) + 2 * margin, round(height) + 2 * margin, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_formula(painter, formula, margin, margin + formula.height_ex * ex, ex, INK)
    painter.end()
    inner = QRectF(margin - 3, margin - 3, width + 6, height + 6).toAlignedRect()
    ink_inside = share(image, INK, QRectF(inner)) * inner.width() * inner.height()
    assert ink_inside == pytest.approx(share(image, INK) * image.width() * image.height())


def test_a_pdf_holds_vectors_and_text(typesetter: Typesetter, qapp: object) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(96)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A6))
    writer.setPageMargins(QMarginsF())
    painter = QPainter(writer)
    paint_formula(painter, typesetter.typeset(CLT), 20, 60, 8, INK, {"bell": RED}, {"n": "30"})
    painter.end()
    data = bytes(buffer.data().data())
    assert b"/Subtype /Image" not in data
    assert b"/FontFile" in data                         # the number is text


def test_the_item_paints_what_the_function_paints(typesetter: Typesetter, qapp: object) -> None:
    formula = typesetter.typeset(CLT)
    scene = QGraphicsScene()
    item = FormulaItem(formula, 16, INK)
    item.set_colors(INK, {"bell": RED})
    item.set_values({"n": "30"})
    scene.addItem(item)
    image = painted(formula)
    image.fill(QColor("white"))
    painter = QPainter(image)
    top = formula.height_ex * 16
    scene.render(painter, QRectF(image.rect()), QRectF(0, -top, image.width(), image.height()))
    painter.end()
    assert share(image, RED) == pytest.approx(share(painted(formula, term_colors={"bell": RED}), RED), abs=0.005)
    assert item.boundingRect().contains(QRectF(0, -top, image.width(), image.height()).adjusted(1, 1, -1, -1))


def test_the_bundle_carries_its_licence() -> None:
    licence = module.BUNDLE.parent / "LICENSE"
    assert "Apache License" in licence.read_text(encoding="utf-8")
    assert module.BUNDLE.read_text(encoding="utf-8").startswith("/* MathJax 3.2.2 (Apache License 2.0")
    assert key_of("x") != hashlib.sha256(b"x").hexdigest()
