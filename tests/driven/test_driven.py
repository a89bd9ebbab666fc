"""The real window used by a hand: at random, along a tour, round after round. It says nothing wrong, and stays quick and small.

A gap is the processor time of the window's own thread between two beats of its event loop, for a test machine has
neighbours; the wall's seconds are printed beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.catalog import Catalog
from engine.core.address import load
from tests.processes import alive_after

ROOT = Path(__file__).resolve().parents[2]
WALK, TOUR = Path(__file__).with_name("walk.py"), Path(__file__).with_name("tour.py")
STILL = {".png", ".svg", ".pdf", ".csv", ".json", ".npz", ".py"}
CLIPS = {".gif", ".mp4", ".webm"}
ENTRIES = [entry for entry in Catalog.load().entries if entry.kind != "page"]
P99, MOST = 0.1, 0.5            # seconds that the window may be deaf
GROWTH = 12                     # megabytes from the second round to the last
RIGHTFUL = 2 * (3 + 2 + 1) + 2      # lanes: light, heavy, proof, two left ones; who draws for the notebook; each with its guard
                                    # beside it; multiprocessing's tracker, and the process that starts ranks
HEAP = 150                      # megabytes from a walk's hundredth action to its last: recordings, and what is kept of text

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="process groups and limits of POSIX")]


def driven(home: Path, name: str, *arguments: object, script: Path = WALK, seconds: int = 400) -> dict[str, Any]:
    """What the hand tells of its walk; no exception, no warning of Qt's, no process left."""
    environment = {**os.environ, "LOUPE_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "DUMP": str(seconds - 20)}
    done = subprocess.run([sys.executable, str(script), name, json.dumps([str(a) for a in arguments])], cwd=ROOT, text=True,
                          check=False, capture_output=True, timeout=seconds, env=environment)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, f"rc {done.returncode}\n{done.stderr[-5000:]}"
    told: dict[str, Any] = json.loads(lines[-1])
    assert told["raised"] == [], "\n".join([*dict.fromkeys(told["raised"]), str(told.get("after"))])
    assert told["warnings"] == [], "\n".join([*dict.fromkeys(told["warnings"]), str(told.get("after"))])
    assert done.returncode == 0, done.stderr[-3000:]
    assert told["threads"] == []
    assert not alive_after(told["left"])                # what the window had started ends with it, or at once after it
    return told


def is_quick(gaps: dict[str, Any], *, p99: bool = True) -> None:
    shown = {key: round(value, 3) for key, value in gaps.items() if key != "long"}
    print(shown)
    assert not p99 or gaps["p99"] <= P99 * gaps["slowness"], (shown, gaps["long"])
    assert gaps["most"] <= MOST * gaps["slowness"], (shown, gaps["long"])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The tour; its files are walked over and opened again by the other tests."""
    folder, home = tmp_path_factory.mktemp("exported"), tmp_path_factory.mktemp("home")
    return {"folder": folder, **driven(home, "tour", folder, script=TOUR, seconds=60 + 40 * len(ENTRIES))}


@pytest.mark.xdist_group("driven")
def test_a_tour_of_the_concepts(exported: dict[str, Any]) -> None:
    """Opened, theme, language and size switched while it plays, stepped, exported in every format, played to its end, left."""
    written: dict[str, set[str]] = {}
    for concept, suffix, fault in exported["seen"]:
        assert fault == "", (concept, suffix)
        assert (exported["folder"] / f"{concept}{suffix}").stat().st_size > 100
        written.setdefault(concept, set()).add(suffix)
    assert set(written) == set(exported["ends"]) == {entry.id for entry in ENTRIES}
    assert set.union(*written.values()) >= STILL | CLIPS
    for concept, end in exported["ends"].items():
        assert written[concept] >= STILL | (CLIPS if end["kind"] != "function" else set()), concept
        assert end["fault"] == "", (concept, end)
        assert end["ended"] or end["index"] >= (400 if end["rest"] is None else end["rest"]), (concept, end)
        assert end["back"] == max(0, end["index"] - 1), (concept, end)
    is_quick(exported["gaps"], p99=False)       # it does little else than open, switch and export: no hand is so quick


@pytest.mark.xdist_group("driven")
def test_what_was_exported_opens_again(exported: dict[str, Any], tmp_path: Path) -> None:
    """Every format of one concept, and one format (not the same) of each other."""
    files = sorted(exported["folder"].iterdir())
    wanted = [path for path in files if path.stem == "classical.gradient_descent_1d"]
    for number, entry in enumerate(ENTRIES):
        own = [path for path in files if path.stem == entry.id and path not in wanted]
        wanted += own[number % len(own):][:1] if own else []
    told = driven(tmp_path, "reopened", *wanted, script=TOUR)
    assert len(told["reopened"]) == len(wanted) >= len(ENTRIES)
    assert all(name.startswith(concept) and alive for name, concept, alive in told["reopened"]), told["reopened"]


@pytest.mark.xdist_group("driven")
@pytest.mark.parametrize("seed", [5])
def test_five_hundred_actions_at_random(exported: dict[str, Any], tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "letter.txt").write_text("hello")
    (folder / "table.csv").write_text("a,b,label\n" + "1,2,x\n3,4.5,y\n" * 20)
    for path in sorted(exported["folder"].iterdir())[:3]:
        (folder / path.name).write_bytes(path.read_bytes())
    told = driven(tmp_path / "home", "walk", seed, 500, folder)
    assert told["alive"]
    assert told["actions"] == 500
    is_quick(told["gaps"])
    before, after = told["before"], told["after_all"]
    print(before, after)
    lanes = 2                       # for trainings that were left, each with its pipes
    for what, more in (("threads", 0), ("handles", 4 * lanes)):
        assert after[what] <= before[what] + more, (what, before, after)
    assert after["processes"] <= RIGHTFUL, (before, after)
    assert after["megabytes"] <= before["megabytes"] + HEAP, (before, after)


@pytest.mark.xdist_group("driven")
def test_ten_rounds_leave_everything_where_it_was(tmp_path: Path) -> None:
    rounds = driven(tmp_path, "soak", 10, seconds=60 + 40 * len(ENTRIES))["rounds"]
    print(rounds[0], rounds[1], rounds[-1])
    assert len(rounds) == 10
    for what, more in (("threads", 0), ("handles", 4), ("processes", 1)):       # a training that was left has its own lane
        assert rounds[-1][what] <= rounds[1][what] + more, (what, rounds)
    assert rounds[-1]["objects"] <= rounds[1]["objects"] * 1.01
    assert rounds[-1]["megabytes"] <= rounds[1]["megabytes"] + GROWTH, rounds


@pytest.mark.xdist_group("driven")
@pytest.mark.parametrize("concept", [entry.id for entry in ENTRIES if load(entry.id).kind == "training"])
def test_closed_while_training_it_comes_back(tmp_path: Path, concept: str) -> None:
    told = driven(tmp_path, "trains_and_leaves", concept)
    assert told["playing"]
    assert len(told["family"]) >= 2
    name, value = told["set"]
    again = driven(tmp_path, "comes_back", concept, name)
    assert again["value"] == value
    assert again["toast"] == ""                         # it ended well: there is nothing to restore
