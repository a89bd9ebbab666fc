"""PNG, SVG and PDF, each opened by a reader that shares no code with the program."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from app.export import Figure, export, parse_size
from app.provenance import read_provenance

from .conftest import far_apart, figure_of, pixels

Tool = Callable[..., str]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_what_made_a_picture_is_read_back_from_it(clt: Figure, tmp_path: Path, suffix: str) -> None:
    figure = replace(clt, index=3, zoom={"means": ((-2.0, 2.5), None)}, language="zh", theme="dark", caption=True)
    export(figure, tmp_path / f"a{suffix}")
    found = read_provenance(tmp_path / f"a{suffix}")
    assert found == figure.provenance()
    assert (found.index, found.view, found.language, found.theme) == (3, {"means": ((-2.0, 2.5), None)}, "zh", "dark")
    assert found.rebuilt()[1] == clt.params


def test_pillow_opens_the_png_at_its_size(clt: Figure, tmp_path: Path) -> None:
    export(replace(clt, size=parse_size("80mm", 200)), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        image.load()
        assert image.size == (630, 394)
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        assert '"concept":"mathematics.clt"' in image.info["loupe"]
        assert len(image.convert("RGB").getcolors(1 << 20)) > 100


def test_png_pdf_and_svg_are_one_picture(clt: Figure, tmp_path: Path, tool: Tool) -> None:
    for suffix in ("png", "svg", "pdf"):
        export(replace(clt, caption=True), tmp_path / f"a.{suffix}")
    tool("rsvg-convert", tmp_path / "a.svg", "-w", "640", "-h", "400", "-o", tmp_path / "svg.png")
    tool("pdftoppm", "-r", "96", "-png", "-singlefile", tmp_path / "a.pdf", tmp_path / "pdf")
    png = pixels(tmp_path / "a.png")
    assert far_apart(png, pixels(tmp_path / "svg.png")) < 0.01
    assert far_apart(png, pixels(tmp_path / "pdf.png")) < 0.01
    assert far_apart(png, np.roll(png, 3, axis=1)) > 0.02      # the measure does see a small shift


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_an_image_mark_looks_the_same_in_vector_files(descent: Figure, tmp_path: Path, tool: Tool, suffix: str) -> None:
    export(descent, tmp_path / "a.png")
    export(descent, tmp_path / f"a.{suffix}")
    if suffix == "svg":
        tool("rsvg-convert", tmp_path / "a.svg", "-w", "640", "-h", "400", "-o", tmp_path / "b.png")
    else:
        tool("pdftoppm", "-r", "96", "-png", "-singlefile", tmp_path / "a.pdf", tmp_path / "b")
    assert far_apart(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png")) < 0.01


def test_vector_files_hold_no_raster_without_an_image_mark(clt: Figure, tmp_path: Path, tool: Tool) -> None:
    export(clt, tmp_path / "a.svg")
    export(clt, tmp_path / "a.pdf")
    assert "<image" not in (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert len(tool("pdfimages", "-list", tmp_path / "a.pdf").splitlines()) == 2       # only the table's head


def test_an_image_mark_is_one_image_in_vector_files(descent: Figure, tmp_path: Path, tool: Tool) -> None:
    export(descent, tmp_path / "a.svg")
    export(descent, tmp_path / "a.pdf")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").count("<image") == 1
    assert len(tool("pdfimages", "-list", tmp_path / "a.pdf").splitlines()) == 3


def test_words_and_numbers_are_read_out_of_the_pdf_in_both_languages(clt: Figure, tmp_path: Path, tool: Tool) -> None:
    export(replace(clt, caption=True, size=parse_size("174mm")), tmp_path / "en.pdf")
    export(replace(clt, caption=True, size=parse_size("174mm"), language="zh"), tmp_path / "zh.pdf")
    en, zh = tool("pdftotext", tmp_path / "en.pdf", "-"), tool("pdftotext", tmp_path / "zh.pdf", "-")
    assert "Central limit theorem" in en
    assert "n: 12" in en
    assert "frame 5" in en
    assert "3000 averages of 12 exponential draws" in en
    assert "中心极限定理" in zh
    assert "随机种子：7" in zh
    assert "−2" in zh


def test_every_font_of_a_pdf_is_embedded_with_its_letters(clt: Figure, tmp_path: Path, tool: Tool) -> None:
    export(replace(clt, language="zh", caption=True), tmp_path / "a.pdf")
    fonts = [line.split() for line in tool("pdffonts", tmp_path / "a.pdf").splitlines()[2:]]
    assert any("LoupeSansSC" in row[0] for row in fonts)
    assert all(row[-5] == "yes" and row[-3] == "yes" for row in fonts), fonts          # embedded, with unicode


def test_words_are_words_in_the_svg(clt: Figure, tmp_path: Path) -> None:
    export(replace(clt, language="zh", caption=True), tmp_path / "a.svg")
    texts = {e.text for e in ElementTree.parse(tmp_path / "a.svg").getroot().iter(f"{SVG}text")}
    drawn = {t.text for t in clt_texts(replace(clt, language="zh"))}
    assert drawn <= texts
    assert any(t and t.startswith("中心极限定理") for t in texts)


def clt_texts(figure: Figure) -> list[Any]:
    """The words that the canvas says it painted."""
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    image = QImage(figure.size.width, figure.size.height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    canvas = figure.paint(painter, QRectF(0, 0, figure.size.width, figure.size.height))
    painter.end()
    return canvas.texts()


def test_on_paper_the_smallest_words_are_seven_points(clt: Figure, tmp_path: Path, tool: Tool) -> None:
    export(replace(clt, size=parse_size("160mm")), tmp_path / "a.pdf")
    export(replace(clt, size=parse_size("160mm")), tmp_path / "a.svg")
    box = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", tool("pdfinfo", tmp_path / "a.pdf"))
    assert box is not None
    assert float(box[1]) == pytest.approx(160 / 25.4 * 72, abs=1)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    points = float(root.attrib["width"].removesuffix("pt")) / float(root.attrib["viewBox"].split()[2])
    sizes = {float(e.attrib["font-size"]) * points for e in root.iter(f"{SVG}text")}
    assert min(sizes) == pytest.approx(7.0, abs=0.05)
    assert max(sizes) < 9.5


def test_a_clipped_line_stays_in_its_view_in_the_svg(clt: Figure, tmp_path: Path, tool: Tool) -> None:
    """Zoomed in, curves run far beyond the axes: nothing of them may reach the margin."""
    figure = replace(clt, zoom={"means": ((-0.5, 0.5), (0.1, 0.2))})
    export(figure, tmp_path / "a.svg")
    tool("rsvg-convert", tmp_path / "a.svg", "-w", "640", "-h", "400", "-o", tmp_path / "svg.png")
    export(figure, tmp_path / "a.png")
    assert far_apart(pixels(tmp_path / "a.png"), pixels(tmp_path / "svg.png")) < 0.01


def test_the_caption_takes_its_own_room(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "without.png")
    export(replace(clt, caption=True), tmp_path / "with.png")
    without, with_caption = pixels(tmp_path / "without.png"), pixels(tmp_path / "with.png")
    assert without.shape == with_caption.shape
    assert (with_caption[-34:-12] < 128).any()


def test_the_picture_is_of_the_frame_asked_for(clt: Figure, tmp_path: Path) -> None:
    export(clt.at(0), tmp_path / "first.png")
    export(clt.at(5), tmp_path / "last.png")
    alone = replace(figure_of("mathematics.clt", last=0, n=12, averages=500).with_layers(), size=clt.size)
    export(alone, tmp_path / "alone.png")
    first = pixels(tmp_path / "first.png")
    assert far_apart(first, pixels(tmp_path / "last.png")) > 0.02
    assert far_apart(first, pixels(tmp_path / "alone.png")) == 0


def test_the_same_figure_gives_the_same_bytes(clt: Figure, tmp_path: Path) -> None:
    for suffix in ("png", "svg"):
        export(clt, tmp_path / f"a.{suffix}")
        export(clt, tmp_path / f"b.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_the_png_chunk_is_well_formed(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "a.png")
    raw, at, kinds = (tmp_path / "a.png").read_bytes(), 8, []
    while at < len(raw):
        length, kind = int.from_bytes(raw[at:at + 4], "big"), raw[at + 4:at + 8]
        assert zlib.crc32(raw[at + 4:at + 8 + length]) == int.from_bytes(raw[at + 8 + length:at + 12 + length], "big")
        kinds.append(kind)
        at += 12 + length
    assert kinds[:2] == [b"IHDR", b"iTXt"]
    assert kinds[-1] == b"IEND"
