"""Every check of the contract passes a healthy concept, and fails one that is broken in just its way."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.checks.contract import CHECKS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """What each check says, found in a copy of the program so that nothing is written into this one."""
    copy = tmp_path_factory.mktemp("copy") / "loupe"
    for name in ("app", "engine", "panels", "assets"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "broken_concepts.py", copy / "tests")
    done = subprocess.run([sys.executable, "tests/broken_concepts.py"], cwd=copy, capture_output=True, text=True, check=False,
                          timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", [check.__name__ for check in CHECKS])
def test_a_check_tells_a_broken_concept_from_a_healthy_one(name: str, verdicts: dict[str, list[object]]) -> None:
    healthy, broken, said = verdicts[name]
    assert healthy, f"fails the healthy concept: {said}"
    assert not broken, "passes the broken concept"
    assert said
