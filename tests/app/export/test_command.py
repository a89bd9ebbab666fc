"""`main.py export` from outside: files, sentences and exit statuses."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from app.provenance import read_provenance

from .conftest import ROOT

QUICK = ["--frame", "1", "--set", "averages=50"]


def export(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run([sys.executable, "main.py", "export", *map(str, words)], cwd=ROOT, capture_output=True, text=True,
                          encoding="utf-8", env={**known, **environment}, timeout=300, check=False)


def refused(done: subprocess.CompletedProcess[str], status: int) -> str:
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("loupe: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_without_a_display_a_picture_is_written(tmp_path: Path) -> None:
    done = export("mathematics.clt", "-o", tmp_path / "a.png", "--size", "640x400", "--preset", "cauchy", "--theme", "dark",
                  "--lang", "zh", *QUICK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (640, 400)
        assert image.convert("RGB").getpixel((2, 2)) == (0x15, 0x17, 0x1C)
    made = read_provenance(tmp_path / "a.png")
    assert (made.params["population"], made.params["averages"], made.index, made.language) == ("cauchy", 50, 1, "zh")


def test_the_print_theme_is_the_default_whatever_the_window_has(tmp_path: Path) -> None:
    export("mathematics.clt", "-o", tmp_path / "a.png", *QUICK, LOUPE_THEME="dark", LOUPE_LANG="zh")
    assert (read_provenance(tmp_path / "a.png").theme, read_provenance(tmp_path / "a.png").language) == ("print", "zh")


def test_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cases = [
        ([], "give one concept's ID"), (["mathematics.clt"], "-o FILE"), (["mathematics.clt", "-o", "a.jpg"], ".png, .svg, .pdf"),
        (["mathematics.clt", "-o", "a"], ".png, .svg"),
        (["mathematics.cl", "-o", tmp_path / "a.png"], "did you mean mathematics.clt"),
        (["mathematics.clt", "-o", tmp_path / "none" / "a.png"], "no such folder"),
        (["mathematics.clt", "-o", tmp_path / "a.png", "--size", "0x9"], "greater than zero"),
        (["mathematics.clt", "-o", tmp_path / "a.png", "--dpi", "1"], "dpi=1: must lie in"),
        (["mathematics.clt", "-o", tmp_path / "a.png", "--set", "n=0"], "n=0: must lie in [1, 10000]"),
        (["mathematics.clt", "-o", tmp_path / "a.png", "--frame", "-1"], "frame=-1"),
        (["mathematics.clt", "-o", tmp_path / "a.gif", "--fps", "0"], "fps=0"),
        (["mathematics.clt", "-o", tmp_path / "a.gif", "--frame", "0"], "has one frame"),
        (["mathematics.clt", "-o", tmp_path / "a.png", "--preset", "x"], "preset=x: must be one of"),
        (["--all"], "--all: give one folder"), (["--all", tmp_path / "file"], "is a file, not a folder"),
        (["--all", tmp_path, "--set", "n=3"], "leave --set out"),
    ]
    for words, sentence in cases:
        assert sentence in refused(export(*words), 2), words
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("suffix", ["png", "pdf", "gif", "mp4", "webm", "npz"])
def test_a_full_disk_is_one_sentence_for_every_writer(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "main.py", "export", "mathematics.clt", "-o", str(path), "--frame", "4"], cwd=ROOT,
                          capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000)))
    assert "the disk is full, nothing was changed" in refused(done, 3)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


class Page(HTMLParser):
    """What a page names: pictures, languages, and anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.texts: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "img" and name == "src":
                self.images.append(value or "")
            if value and "//" in value:
                self.outside.append(value)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.slow
def test_every_concept_and_a_page_in_both_languages(tmp_path: Path) -> None:
    done = export("--all", tmp_path / "all", "--size", "640x400")
    assert done.returncode == 0, done.stderr
    page = Page()
    text = (tmp_path / "all" / "index.html").read_text(encoding="utf-8")
    page.feed(text)
    assert page.outside == []
    assert "<script" not in text
    assert {"mathematics.clt.en.png", "mathematics.clt.zh.png"} <= set(page.images)
    for name in page.images:
        with Image.open(tmp_path / "all" / name) as image:
            assert image.size == (640, 400)
    words = " ".join(page.texts)
    assert "Central limit theorem" in words
    assert "中心极限定理" in words
