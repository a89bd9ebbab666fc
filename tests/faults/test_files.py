"""Files that mean harm: they are refused in one sentence, nothing in them is run, and memory stays where it was."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import ROOT, Program, is_one_sentence, pytestmark  # noqa: F401

MOST_MEGABYTES = 300            # of the whole program with Qt and numpy; a bomb would add five hundred and more
BOMB = 500_000_000


class Touch:
    """Pickled, it makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def bomb(path: Path, member: str) -> None:
    """A small archive whose member is half a gigabyte of blanks."""
    made = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with made as archive, archive.open(member, "w") as file:
        block = b" " * 10_000_000
        for _ in range(BOMB // len(block)):
            file.write(block)


def measured(program: Program, *words: str) -> tuple[int, str, float]:
    """The status, the error output and the greatest memory (MB) of the program with these words."""
    code = ("import resource, subprocess, sys\n"
            "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.stderr.write(done.stderr)\n"
            "sys.exit(done.returncode)")
    import subprocess

    done = subprocess.run([sys.executable, "-c", code, sys.executable, str(ROOT / "main.py"), *words], cwd=ROOT, text=True,
                          capture_output=True, check=False, timeout=90, env=program.environment())
    return done.returncode, done.stderr, int(done.stdout) / 1000


def test_a_bomb_in_an_archive_is_not_unpacked(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "figure.npz"
    bomb(path, "provenance.json")
    status, said, megabytes = measured(program, str(path))
    assert status == 2
    assert "is larger than a figure's can be" in said
    assert said.count("\n") == 1
    assert megabytes < MOST_MEGABYTES


def test_a_bomb_in_a_picture_is_not_unpacked(program: Program, tmp_path: Path) -> None:
    import zlib

    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 10_000_000) for _ in range(BOMB // 10_000_000)) + packer.flush()
    body = b"iTXtloupe\0\1\0\0\0" + packed
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    path = tmp_path / "figure.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    status, said, megabytes = measured(program, str(path))
    assert status == 2
    assert "is larger than a figure's can be" in said
    assert megabytes < MOST_MEGABYTES


def pickled(mark: Path) -> bytes:
    raw = io.BytesIO()
    np.lib.format.write_array(raw, np.array([Touch(mark)], object), allow_pickle=True)
    return raw.getvalue()


def test_a_pickled_array_in_the_store_of_data_is_not_run(program: Program, tmp_path: Path) -> None:
    sha, mark = "ab" * 32, tmp_path / "executed"
    place = program.home / "data"
    place.mkdir()
    (place / f"{sha}.npy").write_bytes(pickled(mark))
    pickle.loads(pickle.dumps(Touch(tmp_path / "works")))           # the charge is live
    assert (tmp_path / "works").exists()
    source = json.dumps({"name": "mine.csv", "sha256": sha, "columns": ["a", "b"]})
    done = program.run("run", "classical.pca", "--set", f"source={source}", "--json")
    is_one_sentence(done, 2, "its kept data are damaged")
    assert not mark.exists()


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".pkl", ".joblib", ".png"])
def test_a_pickle_given_as_a_figure_is_not_run(program: Program, tmp_path: Path, suffix: str) -> None:
    mark, path = tmp_path / "executed", tmp_path / f"figure{suffix}"
    if suffix == ".npz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("provenance.json", pickle.dumps(Touch(mark)))
            archive.writestr("frames/y.npy", pickled(mark))
    else:
        path.write_bytes(pickled(mark) if suffix == ".npy" else pickle.dumps(Touch(mark)))
    done = program.run(str(path))
    is_one_sentence(done, 2, str(path))
    assert not mark.exists()


def test_nothing_in_the_program_unpickles_a_file() -> None:
    """Pickle crosses the pipes between our own processes alone; joblib, dill, eval and exec are not there at all."""
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
               for room in ("app", "engine", "panels") for path in (ROOT / room).rglob("*.py")}
    using = {name for name, text in sources.items() if re.search(r"\bpickle\.(loads?|Unpickler)\b", text)}
    assert using <= {"engine/core/wire.py", "engine/core/checks.py", "app/checks/picture.py",
                      "app/executors/remote.py", "app/executors/gateway.py"}        # window, gateway, workers of its cluster
    wrong = [name for name, text in sources.items() if re.search(
        r"^\s*(import|from) (joblib|dill|cloudpickle|shelve|marshal)\b|allow_pickle=True|(?<![\w.])(eval|exec)\(|"
        r"weights_only=False", text, re.MULTILINE)]
    assert not wrong


GOOD = {"loupe": 1, "program": "loupe", "concept": "mathematics.clt", "params": {"n": 4}, "edits": [], "index": 0, "view": {},
        "data": {}, "device": "cpu", "language": "en", "theme": "print"}
HARM: dict[str, Callable[[str], str]] = {
    "NaN": lambda text: text.replace('"n": 4', '"n": NaN'),
    "Infinity": lambda text: text.replace('"n": 4', '"n": Infinity'),
    "a key twice": lambda text: text.replace('"n": 4', '"n": 4, "n": 5'),
    "a hundred thousand brackets": lambda text: text.replace('"n": 4', '"n": ' + "[" * 100_000 + "]" * 100_000),
    "brackets without end": lambda text: text.replace('"n": 4', '"n": ' + "[" * 100_000),
    "a number of ten thousand digits": lambda text: text.replace('"n": 4', '"n": ' + "9" * 10_000),
    "a number of a thousand digits": lambda text: text.replace('"n": 4', '"n": ' + "9" * 1_000),
    "a list for an object": lambda text: text.replace('{"n": 4}', "[4]"),
    "a text cut short": lambda text: text[:-9],
}


@pytest.mark.parametrize("how", HARM)
def test_json_that_is_none_is_one_sentence(program: Program, tmp_path: Path, how: str) -> None:
    text = HARM[how](json.dumps(GOOD))
    assert text != json.dumps(GOOD)
    path = tmp_path / "figure.json"
    path.write_text(text)
    done = program.run(str(path))
    is_one_sentence(done, 2, "")
    assert len(done.stderr) < 600


def test_what_is_no_file_is_one_sentence(program: Program, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, words in ((fifo, "is not a file"), (tmp_path, "is not a file"), (tmp_path / "none.png", "no such file"),
                        (Path("/dev/zero"), "is not a file"), (tmp_path / ("x" * 300), "")):
        is_one_sentence(program.run(str(path)), 2, words)
    for name in ("fifo", "none.csv", ""):
        done = program.run("run", "classical.pca", "--set", f"source={tmp_path / name}", "--json")
        is_one_sentence(done, 2, "")
