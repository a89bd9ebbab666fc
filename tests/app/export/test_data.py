"""CSV, JSON, NPZ and the script: the numbers are those of the run, whoever reads them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.export import Figure, export
from app.export.data import packed
from app.provenance import read_provenance
from app.recording import Recording
from engine.core.address import find
from engine.core.frame import arrays, metrics, same
from engine.core.params import build
from engine.core.run import Stepper, iterate, up_to

from .conftest import FRAMES, ROOT, figure_of


@pytest.mark.parametrize("suffix", [".csv", ".json", ".npz", ".py"])
def test_what_made_the_numbers_is_read_back_with_them(clt: Figure, tmp_path: Path, suffix: str) -> None:
    export(clt.at(2), tmp_path / f"a{suffix}")
    assert read_provenance(tmp_path / f"a{suffix}") == clt.at(2).provenance()


def test_the_csv_has_a_row_a_frame_and_every_metric_exactly(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert next(file).startswith("# loupe: {")
        rows = list(csv.DictReader(file))
    assert [int(row["index"]) for row in rows] == list(range(FRAMES))
    for row, kept in zip(rows, clt.recording.all(), strict=True):
        assert row["phase"] == kept.frame.phase
        for name, value in metrics(kept.frame).items():
            assert row[name] == "" if value is None else float(row[name]) == value
        assert float(row["ks"]) > 0


def test_an_undefined_metric_is_an_empty_cell_null_and_nan(tmp_path: Path) -> None:
    figure = figure_of("mathematics.clt", last=1, population="cauchy", averages=100)
    for suffix in ("csv", "json", "npz"):
        export(figure, tmp_path / f"a.{suffix}")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert dict(zip(lines[1].split(","), lines[2].split(","), strict=True))["bound"] == ""
    report = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert report["frames"][0]["metrics"]["bound"] is None
    assert report["missing"]["bound"] == "no_variance"
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert np.isnan(found["metrics/bound"]).all()


def test_the_json_holds_the_arrays_of_the_frame_in_the_picture(clt: Figure, tmp_path: Path) -> None:
    export(clt.at(3), tmp_path / "a.json")
    report = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert [frame["index"] for frame in report["frames"]] == list(range(FRAMES))
    assert [bool(frame["arrays"]) for frame in report["frames"]] == [k == 3 for k in range(FRAMES)]
    counts = report["frames"][3]["arrays"]["counts"]
    assert counts["data"] == clt.at(3).recorded().frame.counts.tolist()


def test_numpy_opens_the_npz_without_pickle(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert found["index"].tolist() == list(range(FRAMES))
        assert found["frames/counts"].shape[0] == FRAMES
        for at, kept in enumerate(clt.recording.all()):
            assert found["metrics/ks"][at] == kept.frame.ks
            for name, array in arrays(kept.frame).items():
                constant = f"constant/{name}" in found
                assert np.array_equal(found[f"constant/{name}"] if constant else found[f"frames/{name}"][at], array)
        assert "constant/law.density" in found          # what never changes is there once


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        packed({"a": np.array([{}], dtype=object)}, {})


def test_the_same_numbers_give_the_same_bytes(clt: Figure, tmp_path: Path) -> None:
    for suffix in ("csv", "json", "npz", "py"):
        export(clt, tmp_path / f"a.{suffix}")
        first = (tmp_path / f"a.{suffix}").read_bytes()
        export(clt, tmp_path / f"a.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes() == first


def run_script(path: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(path), *words], cwd=folder, capture_output=True, text=True, timeout=120,
                          encoding="utf-8", check=False)


def test_the_script_prints_what_the_run_command_prints(clt: Figure, tmp_path: Path) -> None:
    export(clt.at(4), tmp_path / "figure.py")
    words = [f"--set={name}={value}" for name, value in (("n", 12), ("averages", 500))]
    ran = subprocess.run([sys.executable, "main.py", "run", "mathematics.clt", *words, "--frame", "4", "--json"], cwd=ROOT,
                         capture_output=True, text=True, timeout=120, encoding="utf-8", check=True)
    here, elsewhere = run_script(tmp_path / "figure.py", ROOT), run_script(tmp_path / "figure.py", tmp_path, str(ROOT))
    assert here.stdout == elsewhere.stdout == ran.stdout
    assert json.loads(here.stdout)["frames"][0]["metrics"]["ks"] == clt.at(4).recorded().frame.ks


def test_the_script_says_where_to_run_it(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "figure.py")
    done = run_script(tmp_path / "figure.py", tmp_path)
    assert done.returncode != 0
    assert "holds no engine" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_script_reads_no_qt(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "figure.py")
    (tmp_path / "sitecustomize.py").write_text("import atexit, sys\natexit.register(lambda: sys.stderr.write("
                                               "str([m for m in sys.modules if 'PySide' in m])))\n", encoding="utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "figure.py"), str(ROOT)], capture_output=True, text=True,
                          env={"PYTHONPATH": str(tmp_path), "PATH": ""}, timeout=120, check=True)
    assert done.stderr == "[]"


def test_words_from_outside_cannot_leave_their_place_in_the_script(clt: Figure, tmp_path: Path) -> None:
    """A title or a text parameter is data, however it is written."""
    title = replace(clt.entry.title, en='""" + print("out") + """ \\')
    export(replace(clt, entry=replace(clt.entry, title=title)), tmp_path / "figure.py")
    compile((tmp_path / "figure.py").read_text(encoding="utf-8"), "figure.py", "exec")
    assert "out" not in json.dumps(json.loads(run_script(tmp_path / "figure.py", ROOT).stdout)["parameters"])


def test_a_run_that_was_edited_live_is_made_again_exactly(clt: Figure) -> None:
    """What is on screen after an edit has later parameters than the run began with: the figure keeps both apart."""
    costly = find("lane_concepts:costly")
    stepper, recording = Stepper(costly, costly.default()), Recording()
    for frame in up_to(stepper, 6):
        recording.add(stepper.index, frame, stepper.run.params)
        if stepper.index in (2, 4):
            stepper.edit("rate", float(stepper.index))
    shown = recording.at(6)
    figure = Figure(clt.entry, costly, shown.params, recording, 6, edits=tuple(stepper.edits))
    made = figure.provenance()
    assert shown.params.rate == 4.0
    assert (made.params["rate"], made.edits) == (1.0, ((3, "rate", 2.0), (5, "rate", 4.0)))
    again = list(iterate(costly, build(costly.Params, made.params), edits=made.edits, last=6))
    assert all(same(a, k.frame) for a, k in zip(again, recording.all(), strict=True))
    assert figure.at(3).provenance().edits == ((3, "rate", 2.0),)
