"""The rules of the house, each a test: who may import whom, what stays out of Python, how long things may be."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.checks.source import HEX, too_long, too_wide

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("engine", "panels", "app")
PYTHON = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
CJK = re.compile("[\u3400-\u9fff]")
MACHINE = re.compile(r"/(?:home|root|Users|work|tmp)/\w|\b(?:pypi|npmjs|pythonhosted|anaconda)\.\w+", re.IGNORECASE)

WIDER = {"View": "one method a mark: it is the vocabulary of the panels"}
NAMES_IN_CHINESE = ("洞见", "中文")                 # the program's own name, and the language's
CHINESE_DATA = {"app/pinyin.py": "how characters sound", "engine/core/tables.py": "names of columns in the user's files"}


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def test_rooms_import_only_downward() -> None:
    done = command("-c", "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c()")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_ruff_has_no_complaint() -> None:
    done = command("-m", "ruff", "check", "--no-cache", "--output-format", "concise", ".")
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.slow
def test_mypy_has_no_complaint() -> None:
    done = command("-m", "mypy")
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_engine_loads_light_in_a_fresh_interpreter() -> None:
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in (ROOT / "engine").glob("*/*.py")
             if p.name != "__init__.py" and p.parent.name != "models"]
    code = (f"import importlib, sys\nfor n in {names!r}: importlib.import_module(n)\n"
            "print([m for m in ('torch', 'sklearn', 'scipy', 'PySide6', 'pyqtgraph', 'pandas') if m in sys.modules])")
    done = command("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["run", "mathematics.clt", "--frame", "0"]])
def test_commands_that_draw_nothing_load_no_qt(words: list[str]) -> None:
    code = ("import sys; from app.cli import main; status = main(sys.argv[1:]); "
            "loaded = [m for m in ('PySide6', 'pyqtgraph', 'torch', 'sklearn') if m in sys.modules]; "
            "sys.exit(status or ' '.join(loaded) or 0)")
    done = command("-c", code, *words)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_are_short(path: Path) -> None:
    assert not list(too_long(path, ROOT))
    assert not [f for f in too_wide(path, ROOT) if not any(f" {c} has" in f for c in WIDER)]


@pytest.mark.parametrize("room", ["panels", "app"])
def test_colours_stand_in_the_tokens_alone(room: str) -> None:
    found = [f"{p.relative_to(ROOT).as_posix()}:{node.lineno} {node.value}" for p in (ROOT / room).rglob("*.py")
             for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
             if isinstance(node, ast.Constant) and isinstance(node.value, str) and HEX.fullmatch(node.value.strip())]
    assert not found


def test_no_chinese_is_written_in_python() -> None:
    """Words live in TOML, beside their English."""
    found = []
    for path in [*PYTHON, ROOT / "main.py"]:
        if path.relative_to(ROOT).as_posix() in CHINESE_DATA:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            rest = line
            for name in NAMES_IN_CHINESE:
                rest = rest.replace(name, "")
            if CJK.search(rest) and not rest.lstrip().startswith(("#", '"""', "'''")):
                found.append(f"{path.relative_to(ROOT).as_posix()}:{number} {line.strip()[:80]}")
    assert not found


def test_nothing_names_a_machine_or_a_package_host() -> None:
    found = [f"{path.relative_to(ROOT).as_posix()}: {hit[0]}" for path in
             [*PYTHON, *(ROOT / "scripts").rglob("*.py"), *(ROOT / "assets").rglob("*.toml"), ROOT / "Makefile",
              ROOT / "pyproject.toml", ROOT / "constraints.txt"]
             for hit in MACHINE.finditer(path.read_text(encoding="utf-8"))]
    assert not found


def test_nothing_happens_at_import() -> None:
    """No module of the house starts a thread, a process or an application by being imported."""
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in PYTHON
             if p.name != "__init__.py" and not p.relative_to(ROOT).as_posix().startswith("app/commands/bench")]
    code = (f"import importlib, sys, threading\nfor n in {names!r}: importlib.import_module(n)\n"
            "from PySide6.QtCore import QCoreApplication\nimport multiprocessing\n"
            "print(threading.active_count(), QCoreApplication.instance(), multiprocessing.active_children())")
    done = command("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1 None []"
