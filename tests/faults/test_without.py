"""Without a display, CUDA, fonts or a network the program says what it lacks in a sentence, or does without."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT, Program, apart, can_be_apart, is_one_sentence, pytestmark  # noqa: F401

CONCEPT = "classical.gradient_descent_1d"
NO_SCREEN = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 and Wayland can be missing")
@pytest.mark.parametrize("words", [[], ["open", CONCEPT]])
def test_without_a_display_it_is_one_sentence(program: Program, words: list[str]) -> None:
    is_one_sentence(program.run(*words, **NO_SCREEN), 4, "there is no display")     # type: ignore[arg-type]


DEAD = [                # what is set, what the sentence begins with
    ({"QT_QPA_PLATFORM": "nonsense"}, "QT_QPA_PLATFORM=nonsense: Qt can open no window"),
    ({"QT_QPA_PLATFORM": "nonsense;linuxfb"}, "QT_QPA_PLATFORM=nonsense;linuxfb: Qt can open no window"),
    ({"QT_QPA_PLATFORM": "xcb"}, "QT_QPA_PLATFORM=xcb: Qt can open no window"),
    ({"WAYLAND_DISPLAY": "wayland-99"}, "WAYLAND_DISPLAY=wayland-99: no display answers"),
    ({"WAYLAND_DISPLAY": "x" * 300, "DISPLAY": ":4099"}, "x, DISPLAY=:4099: no display answers"),
    ({"DISPLAY": ":4099"}, "DISPLAY=:4099: no display answers"),
    ({"DISPLAY": "nonsense"}, "DISPLAY=nonsense: no display answers"),
]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 and Wayland can be missing")
@pytest.mark.parametrize("named, words", DEAD, ids=[words.partition(":")[0][-40:] for _, words in DEAD])
def test_a_display_that_is_not_there_is_one_sentence(program: Program, named: dict[str, str], words: str) -> None:
    is_one_sentence(program.run("open", CONCEPT, **{**NO_SCREEN, **named}), 4, words)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 and Wayland can be missing")
def test_a_wayland_that_is_not_there_leaves_the_other_display(program: Program) -> None:
    """As Qt does: what answers is used, and a window opens on it."""
    if "DISPLAY" not in program.screen:
        pytest.skip("Xvfb is not installed")
    told = program.hand("opens", "open", CONCEPT, WAYLAND_DISPLAY="wayland-99", QT_QPA_PLATFORM=None)
    assert (told["rc"], told["raised"]) == (0, [])
    assert told["picture"] > 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 and Wayland can be missing")
def test_make_run_without_a_display_makes_the_gallery(tmp_path: Path) -> None:
    """The Makefile's own recipe, with a program in place of ours that says there is no display."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\n[ "$2" = export ] || exit 4\n')
    fake.chmod(0o755)
    done = subprocess.run(["make", "-o", "setup", "run", f"PY={fake}"], cwd=ROOT, capture_output=True, text=True, check=False,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "said").read_text().splitlines() == ["main.py", "main.py export --all out/gallery"]
    asked = subprocess.run(["make", "-o", "setup", "run", f"PY={fake}", "ARGS=list"], cwd=ROOT, capture_output=True, text=True,
                           check=False, timeout=60)
    assert asked.returncode == 2, "what was asked for in words is not replaced by a gallery"


def test_pictures_need_no_display(program: Program, tmp_path: Path) -> None:
    done = program.run("export", CONCEPT, "-o", str(tmp_path / "a.png"), "--frame", "3", **NO_SCREEN)   # type: ignore[arg-type]
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_without_cuda_a_command_says_so(program: Program) -> None:
    for concept in (CONCEPT, "deep.mlp"):
        done = program.run("run", concept, "--frame", "0", "--device", "cuda", CUDA_VISIBLE_DEVICES="")
        is_one_sentence(done, 4, "device=cuda: this machine has")


def test_without_cuda_the_window_says_so_in_the_panel_and_the_cpu_goes_on(program: Program) -> None:
    told = program.hand("without_cuda", LOUPE_DEVICE="cuda:0", CUDA_VISIBLE_DEVICES="")
    assert told["rc"] == 0, told
    assert not told["raised"], told
    assert told["in_panel"]
    assert "cuda:0" in told["message"]
    assert told["went_on"]


def picture(program: Program, path: Path, within: list[str], *words: str) -> bytes:
    done = program.run("export", CONCEPT, "-o", str(path), "--frame", "3", *words, within=within)
    assert (done.returncode, done.stderr) == (0, "")
    return path.read_bytes()


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_any_font_of_the_system_the_picture_is_the_same(program: Program, tmp_path: Path, language: str) -> None:
    """Every font is our own: not one pixel differs where the system has none."""
    places = [p for p in ("/usr/share/fonts", "/usr/local/share/fonts") if Path(p).is_dir()]
    hidden = apart("\n".join(f"mount -t tmpfs tmpfs {place}" for place in places))
    words = ("--lang", language, "--size", "640x400")
    assert picture(program, tmp_path / "b.png", hidden, *words) == picture(program, tmp_path / "a.png", [], *words)


@pytest.mark.usefixtures("mounts")
def test_without_our_fonts_and_without_the_systems_it_still_draws(program: Program, tmp_path: Path) -> None:
    places = [p for p in ("/usr/share/fonts", "/usr/local/share/fonts", str(ROOT / "assets" / "fonts")) if Path(p).is_dir()]
    hidden = apart("\n".join(f"mount -t tmpfs tmpfs {place}" for place in places))
    done = program.run("export", CONCEPT, "-o", str(tmp_path / "a.png"), "--frame", "3", within=hidden)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "a.png").stat().st_size > 2000


@pytest.mark.skipif(not can_be_apart(net=True), reason="this machine gives us no network namespace of our own")
def test_without_any_network_everything_is_there(program: Program, tmp_path: Path) -> None:
    """Not even a loopback: the commands, the engine's processes and the window need none."""
    alone = apart("", net=True)
    done = program.run("verify", CONCEPT, within=alone)
    assert done.returncode == 0, done.stderr
    assert picture(program, tmp_path / "a.png", alone)[:4] == b"\x89PNG"
    told = program.hand("opens", "open", "deep.mlp", within=alone, QT_QPA_PLATFORM="offscreen")
    assert (told["rc"], told["raised"], told["warnings"]) == (0, [], [])
    assert told["picture"] > 10
