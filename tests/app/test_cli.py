"""The command line: what it prints, and that every fault is one sentence with its status."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from engine.core.faults import BadInput, Failed, Interrupted, Unavailable

ROOT = Path(__file__).resolve().parents[2]
CLT = "mathematics.clt"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not strict JSON")

    return json.loads(text, parse_constant=refuse)


def test_list_names_every_concept_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "list")
    assert status == 0
    line = next(line for line in out.splitlines() if line.startswith(CLT))
    assert "Central limit theorem · 中心极限定理" in line


def test_list_as_json_declares_every_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "list", "--json")
    concept = next(c for c in strict(out)["concepts"] if c["id"] == CLT)
    n = next(p for p in concept["parameters"] if p["name"] == "n")
    assert status == 0
    assert (n["type"], n["default"], n["min"], n["max"], n["log"], n["effect"]) == ("int", 30, 1, 10_000, True, "run")
    p = next(p for p in concept["parameters"] if p["name"] == "p")
    assert p["when"] == {"population": ["coin"]}
    assert concept["kind"] == "stream"
    assert {"id", "title", "set"} == set(concept["presets"][0])


def test_run_prints_the_same_bytes_twice(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", CLT, "--set", "n=4", "--frame", "3", "--arrays", "--json")
    first, second = said(capsys, *words), said(capsys, *words)
    assert first == second
    report = strict(first[1])
    assert first[0] == 0
    assert report["parameters"]["n"] == 4
    frame, = report["frames"]
    assert frame["index"] == 3
    counts = frame["arrays"]["counts"]
    assert counts["shape"] == [len(counts["data"])]


def test_a_number_that_is_undefined_is_null_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    report = strict(said(capsys, "run", CLT, "--preset", "cauchy", "--frame", "0")[1])
    assert report["frames"][0]["metrics"]["bound"] is None
    assert report["missing"]["bound"] == "no_variance"


def test_frames_and_every_choose_frames(capsys: pytest.CaptureFixture[str]) -> None:
    report = strict(said(capsys, "run", CLT, "--frames", "7", "--every", "3")[1])
    assert [f["index"] for f in report["frames"]] == [0, 3, 6]


@pytest.mark.slow
def test_verify_agrees_and_says_with_what(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "verify", CLT, "--json")
    report = strict(out)
    assert status == 0
    assert report["ok"]
    assert {c["preset"] for c in report["checks"]} >= {"", "cauchy", "dice"}
    assert all(c["source"] for c in report["checks"])


FAULTS = {
    "an unknown concept": (["run", "mathematics.ctl"], "mathematics.ctl: no such concept; did you mean mathematics.clt"),
    "no id at all": (["run"], "the following arguments are required: ID"),
    "an unknown parameter": (["run", CLT, "--set", "m=3"], "m: no such parameter; did you mean"),
    "out of range": (["run", CLT, "--set", "n=0"], "n=0: must lie in [1, 10000]"),
    "far out of range": (["run", CLT, "--set", "n=1e99"], "n=1e+99: must lie in [1, 10000]"),
    "not a number": (["run", CLT, "--set", "n=many"], "n=many: must be a number"),
    "not whole": (["run", CLT, "--set", "n=2.5"], "n=2.5: must be a whole number"),
    "not finite": (["run", CLT, "--set", "p=NaN"], "p=NaN: must be a number"),
    "not a choice": (["run", CLT, "--set", "population=gauss"], "population=gauss: must be one of exponential, uniform"),
    "not a truth": (["run", CLT, "--set", "exact=7"], "exact=7: must be true or false"),
    "no equals sign": (["run", CLT, "--set", "n"], "n: write --set name=value"),
    "an unknown preset": (["run", CLT, "--preset", "gauss"], "preset=gauss: must be one of"),
    "a bad edit": (["run", CLT, "--edit", "n=3"], "n=3: write --edit K:name=value"),
    "a frame before the first": (["run", CLT, "--frame", "-1"], "frame=-1: must be at least 0"),
    "frame and frames": (["run", CLT, "--frame", "1", "--frames", "2"], "give --frame or --frames, not both"),
    "a word that is no option": (["list", "--jsn"], "unrecognized arguments: --jsn"),
    "no such language": (["list", "--lang", "fr"], "invalid choice: 'fr'"),
    "no such device": (["run", CLT, "--device", "tpu"], "device=tpu: must be cpu, cuda or cuda:N"),
    "a device that is not here": (["run", CLT, "--device", "cuda:99"], "device=cuda:99: this machine has"),
    "an unknown concept to check": (["check", "mathematics.ctl"], "did you mean mathematics.clt"),
    "an unknown concept to verify": (["verify", "nothing"], "nothing: no such concept"),
    "an id that cannot be": (["new", "Mathematics.X"], "write CHAPTER.ID in small letters"),
    "a concept that is there": (["new", CLT], "is there already; choose another name"),
    "a chapter that is not": (["new", "cooking.soup"], "cooking: no such chapter"),
    "a word of Python": (["new", "mathematics.lambda"], "lambda: is a word of Python"),
    "an unknown benchmark": (["bench", "nothing"], "nothing: no such benchmark"),
    "a suffix without a writer": (["export", CLT, "-o", "figure.bmp"], "the name must end in"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_one_sentence(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, sentence = FAULTS[case]
    status, out, err = said(capsys, *words)
    assert sentence in err
    assert err.startswith("loupe: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert out == ""
    assert status == (4 if case == "a device that is not here" else 2)


def test_without_a_display_the_window_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    if not sys.platform.startswith("linux"):
        pytest.skip("only X11 and Wayland can be missing")
    status, out, err = said(capsys)
    assert (status, out) == (4, "")
    assert "no display" in err
    assert err.count("\n") == 1


def test_a_display_that_does_not_answer_is_a_sentence(capsys: pytest.CaptureFixture[str],
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only X11 can be away")
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":7654")
    status, out, err = said(capsys)
    assert (status, out) == (4, "")
    assert "no display answers there" in err or "make setup" in err         # on a machine without a window's libraries
    assert err.count("\n") == 1


def test_a_reader_that_goes_away_is_no_fault() -> None:
    done = subprocess.run([f"{sys.executable} main.py list --json | head -c 10"], shell=True, cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert done.stdout == '{"loupe": '
    assert done.stderr == ""


def test_the_program_says_its_version() -> None:
    done = subprocess.run([sys.executable, "main.py", "--version"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("loupe ")


@pytest.mark.parametrize("words", [[], ["sweep"], ["export"]])
def test_every_help_names_every_exit_status(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for kind in (BadInput, Failed, Unavailable, Interrupted):
        assert f" {kind.status} " in said.partition("exit status: ")[2], kind
