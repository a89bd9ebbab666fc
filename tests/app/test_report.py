"""A report holds everything in one file, in both languages; what is bad is one sentence and a status."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_items import figure, whole

from app.catalog import Catalog
from app.cli import main, parse
from app.commands.compare import settings_of
from app.commands.request import request
from app.notebook import Note, Notebook, Picture
from app.notebook_file import clean, write_notebook
from app.provenance import Linked
from app.report import report_of
from app.typeset import Typesetter

HOSTILE = r"""<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) $\href{javascript:alert(1)}{y}$
[z](data:text/html,hi) ![p](http://example.org/x.png) "quotes' & $\frac{$ and `a<b`"""


CATALOG = Catalog.load()


class Checker(HTMLParser):
    """Notes every element and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.stack.append(tag)

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] != "style":
            self.words.append(data)


def written(tmp_path: Path, notebook: Notebook, name: str, *words: str) -> Path:
    write_notebook(notebook, tmp_path / "a.loupe")
    assert main(["report", str(tmp_path / "a.loupe"), "-o", str(tmp_path / name), *words]) == 0
    return tmp_path / name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_stands_alone(qapp: Any, tmp_path: Path, language: str) -> None:
    notebook = whole().added(Note("Bad", HOSTILE))
    text = written(tmp_path, notebook, "a.html", "--lang", language).read_text(encoding="utf-8")
    page = Checker()
    page.feed(text)
    assert not page.tags & {"script", "link", "iframe", "object", "img", "foreignobject", "form", "base"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    links = {value for name, value in page.attributes if name in ("href", "xlink:href")}
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links), links
    assert not re.search(r"url\((?!\"?(data:|#))", text) and "@import" not in text
    words = " ".join(page.words)
    assert "alert(1)" in words and "0.25" in words and ("什么？" if language == "zh" else "What?") in words
    assert "--set n=7 --frame 3" in words and "目录" not in words if language == "en" else True
    assert "@font-face" in text and "<svg" in text


def test_four_headings_have_contents(qapp: Any, tmp_path: Path) -> None:
    catalog = Catalog.load()
    assert report_of(whole(), catalog, "en").contents == []
    report = report_of(whole().added(Note("Fourth", "")), catalog, "en")
    assert [title for _, title in report.contents] == [catalog.entry("mathematics.clt").title.en, "Mine", "What?", "Fourth"]


def test_the_pdf_has_words_and_pages(qapp: Any, tmp_path: Path) -> None:
    notebook = whole()
    long = Note("Long", "\n\n".join(f"Paragraph {n} with $x_{n % 3}$." for n in range(120)))
    path = written(tmp_path, notebook.added(long).added(Note("Last", "end")), "a.pdf", "--lang", "zh")
    content = path.read_bytes()
    assert content.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", content)) >= 3
    assert b"/FontFile" in content and b"/Subtype /Image" not in content


def test_headings_stay_with_what_they_head(qapp: Any, tmp_path: Path) -> None:
    from app.export.report_pdf import Paper

    filler = Note("", "\n\n".join("words" for _ in range(37)))
    for extra in range(0, 12, 2):
        notebook = Notebook("t", (replace(filler, note=filler.note + "\n\nmore" * extra), *whole().items))
        with_typesetter = Typesetter()
        try:
            paper = Paper(report_of(notebook, CATALOG, "en"), with_typesetter)
        finally:
            with_typesetter.close()
        for position in paper.headings.values():
            block = paper.document.findBlock(position)
            assert paper._page_of(block) == paper._page_of(block.next())


def test_a_damaged_figure_is_told_in_its_place(qapp: Any, tmp_path: Path) -> None:
    one = whole()
    bad = one.changed(0, replace(one.items[0], drawings={"en": "aGVsbG8="}))       # type: ignore[call-arg]
    text = written(tmp_path, bad, "a.html").read_text(encoding="utf-8")
    assert "cannot be read" in text
    written(tmp_path, bad, "a.pdf")


@pytest.mark.parametrize(("words", "status"), [
    (["none.loupe", "-o", "a.html"], 2), (["a.loupe", "-o", "a.doc"], 2), (["a.loupe"], 2), (["b.loupe", "-o", "a.pdf"], 2),
    (["a.loupe", "-o", "no/such/a.pdf"], 2), (["a.loupe", "-o", "a.html", "--lang", "fr"], 2)])
def test_what_cannot_be_is_one_sentence(qapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any,
                                        words: list[str], status: int) -> None:
    monkeypatch.chdir(tmp_path)
    write_notebook(whole(), tmp_path / "a.loupe")
    (tmp_path / "b.loupe").write_text('{"loupe_notebook": 2}')
    assert main(["report", *words]) == status
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("loupe: ") and "Traceback" not in said
    assert not list(tmp_path.glob("a.html")) and not list(tmp_path.glob(".*partial*"))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="$"), max_size=120))
def test_any_note_becomes_a_page(note: str) -> None:
    from app.export.report_html import Page

    report = report_of(Notebook("t", (Note("", clean(note)),)), CATALOG, "en")
    page = Checker()
    page.feed("".join(Page(report, Typesetter())._section(0, s) for s in report.sections))
    known = "section div p ul ol li h2 h3 h4 h5 h6 strong em code pre br hr blockquote a table tr td"
    assert not page.tags - set(known.split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_comparison_is_told_by_what_its_columns_share_and_the_command_makes_them_all(language: str) -> None:
    one, two = figure(4, n=7, averages=50), figure(4, n=9, averages=50)
    beside = replace(one, compare=(two.beside(),), linked=Linked(at=4))
    section = report_of(Notebook("", (Picture(beside),)), CATALOG, language).sections[0]
    assert "n=7 --compare n=9" in section.command and "--set averages=50" in section.command and "--frame 4" in section.command
    assert not any(word.endswith((": 7", "：7")) for word in section.setting if "n" in word.split(":")[0])
    wanted = request(parse(["export", *section.command.split()[2:]]), CATALOG)
    words = [word for word in section.command.split() if word.startswith("n=")]
    assert [params.n for params in settings_of(wanted, words)] == [7, 9] and wanted.params.averages == 50
