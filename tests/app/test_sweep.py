"""Sweeps: rows of metrics against parameters, the same however many processes compute them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.sweep import parse_axis
from engine.core.address import load
from engine.core.faults import BadInput
from engine.core.frame import metrics
from engine.core.run import iterate
from engine.mathematics.clt import Params

ROOT = Path(__file__).resolve().parents[2]
CLT = load("mathematics.clt")
QUICK = ["--frame", "1", "--set", "averages=50"]


def sweep(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "main.py", "sweep", *map(str, words)], cwd=ROOT, capture_output=True, text=True,
                          encoding="utf-8", timeout=300, check=False)


def test_axes_are_read() -> None:
    assert parse_axis(CLT, "n=1:1000:4:log").values == (1, 10, 100, 1000)
    assert parse_axis(CLT, "n=1:3:9").values == (1, 2, 3)                     # whole numbers, each once
    assert parse_axis(CLT, "p=0.1:0.3:3").values == pytest.approx((0.1, 0.2, 0.3))
    assert parse_axis(CLT, "population=coin,dice,coin").values == ("coin", "dice")
    assert parse_axis(CLT, "n=4,1").values == (4, 1)


@pytest.mark.parametrize("word", ["n", "n=", "n=1:2", "n=1:2:x", "n=1:2:0", "n=1:2:3:lin", "n=1:2:3:log:x", "n=0:2:3:log",
                                  "n=nan:2:3", "m=1,2", "bins=16,32", "n=a,b", "n=,", "population=cat", "n=1:2:9999999"])
def test_axes_that_make_no_sense(word: str) -> None:
    with pytest.raises(BadInput):
        parse_axis(CLT, word)


def test_rows_are_the_metrics_of_the_runs(tmp_path: Path) -> None:
    done = sweep("mathematics.clt", "--over", "n=1,4,9", "--metric", "ks", "--metric", "bound", "--seeds", "2", *QUICK,
                 "-o", tmp_path / "a.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    report = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert [(row["n"], row["seed"]) for row in report["rows"]] == [(n, s) for n in (1, 4, 9) for s in (7, 8)]
    for row in report["rows"]:
        frame = list(iterate(CLT, Params(n=row["n"], seed=row["seed"], averages=50), last=1))[-1]
        assert {k: row[k] for k in ("ks", "bound")} == {k: metrics(frame)[k] for k in ("ks", "bound")}


def test_one_process_and_several_give_the_same_table() -> None:
    words = ["mathematics.clt", "--over", "n=1,4", "--over", "population=coin,cauchy", *QUICK]
    one, two = sweep(*words, "--jobs", "1"), sweep(*words, "--jobs", "2")
    assert one.returncode == two.returncode == 0
    assert one.stdout == two.stdout
    rows = list(csv.DictReader(io.StringIO(one.stdout)))
    assert [(row["n"], row["population"]) for row in rows] == [("1", "coin"), ("1", "cauchy"), ("4", "coin"), ("4", "cauchy")]
    assert rows[1]["bound"] == ""                                              # undefined: an empty cell
    assert float(rows[0]["bound"]) > 0


def test_what_is_refused(tmp_path: Path) -> None:
    cases = [
        ([], "give --over once or twice"), (["--over", "n=1,2", "--over", "n=3"], "give --over once or twice"),
        (["--over", "n=0:5:2"], "n=0: must lie in"), (["--over", "n=4", "--metric", "kz", *QUICK], "metric=kz: must be one of"),
        (["--over", "n=4", "--seeds", "0"], "seeds=0"), (["--over", "seed=1,2", "--seeds", "2"], "not both"),
        (["--over", "n=4", "-o", tmp_path / "a.txt"], ".csv, .json"),
        (["--over", "n=4", "-o", tmp_path / "none" / "a.csv"], "no such folder"),
        (["--over", "n=1:1000:20", "--seeds", "99999"], "at most 100000"), (["--over", "n=4", "--jobs", "-1"], "jobs=-1"),
    ]
    for words, sentence in cases:
        done = sweep("mathematics.clt", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())
