"""Preparing a checkout: what is missing is installed or named in one sentence, and a second start does nothing."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/setup.py on a folder of its own, with no command really run."""
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "scripts" / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "loads", lambda name: True)
    return module


class Commands:
    """Stands in for subprocess.run: remembers the words, and makes what venv would make."""

    def __init__(self, setup: ModuleType, fails: dict[str, str] | None = None) -> None:
        self.setup, self.fails, self.ran = setup, fails or {}, list[list[str]]()

    def __call__(self, command: list[str], **_: Any) -> SimpleNamespace:
        self.ran.append(command)
        if "venv" in command:
            self.setup.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            self.setup.PYTHON.touch()
        for word, said in self.fails.items():
            if word in command:
                return SimpleNamespace(returncode=1, stdout="", stderr=said)
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    def with_word(self, word: str) -> list[list[str]]:
        return [c for c in self.ran if word in c]


def started(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, fails: dict[str, str] | None = None,
            purpose: str = "run") -> tuple[int, Commands]:
    commands = Commands(setup, fails)
    monkeypatch.setattr(subprocess, "run", commands)
    return setup.main([purpose]), commands


def test_everything_is_installed_once(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    status, commands = started(setup, monkeypatch)
    (install,) = commands.with_word("install")
    assert status == 0
    assert "-c" in install
    assert any(word.startswith("torch~=") for word in install)
    assert not any(word.startswith("pytest") for word in install)
    status, commands = started(setup, monkeypatch)
    assert (status, commands.ran) == (0, [])


def test_tests_need_the_tools_of_development_too(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    _, commands = started(setup, monkeypatch, purpose="test")
    assert any(word.startswith("pytest>=") for word in commands.with_word("install")[0])


def test_another_version_is_installed_again(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    started(setup, monkeypatch)
    with (setup.ROOT / "constraints.txt").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    _, commands = started(setup, monkeypatch)
    assert commands.with_word("install")


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("loupe: ")
    return said


def test_offline_is_one_sentence(setup: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    broken = "WARNING: Retrying: NewConnectionError('x')\nERROR: No matching distribution found for numpy"
    status, _ = started(setup, monkeypatch, {"install": broken})
    assert status == 4
    assert "go online and run make again" in sentence(capsys)
    assert not list(setup.VENV.glob(".prepared-*"))


def test_pips_own_reason_is_told(setup: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    status, _ = started(setup, monkeypatch, {"install": "noise\nERROR: this wheel is not for here\nmore"})
    assert status == 4
    assert "this wheel is not for here" in sentence(capsys)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt brings its own libraries elsewhere")
@pytest.mark.parametrize("root", [True, False])
def test_missing_libraries_are_installed_or_named(root: bool, setup: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(setup, "loads", lambda name: name != "libEGL.so.1")
    monkeypatch.setattr(setup, "privilege", lambda: [] if root else None)
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/usr/bin/{name}")
    status, commands = started(setup, monkeypatch)
    apt = commands.with_word("apt-get")
    if root:
        assert (status, apt[0][-1]) == (0, "libegl1")
    else:
        assert (status, apt) == (4, [])
        assert "sudo apt-get install -y --no-install-recommends libegl1" in sentence(capsys)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt brings its own libraries elsewhere")
def test_a_display_needs_the_windows_libraries(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    without = setup.needed_libraries()
    monkeypatch.setenv("DISPLAY", ":0")
    assert set(setup.needed_libraries().values()) - set(without.values()) >= {"libxcb-cursor0", "libxkbcommon-x11-0"}


def test_a_python_without_venv_is_one_sentence(setup: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(setup, "privilege", lambda: None)
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/usr/bin/{name}")
    status, _ = started(setup, monkeypatch)
    assert status == 4
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in sentence(capsys)


def test_an_old_python_is_one_sentence(setup: ModuleType, monkeypatch: pytest.MonkeyPatch,
                                       capsys: pytest.CaptureFixture[str]) -> None:
    class Version(tuple[int, ...]):
        def __getitem__(self, at: Any) -> Any:
            return (3, 9) if isinstance(at, slice) else 3

    monkeypatch.setattr(setup, "sys", SimpleNamespace(version_info=Version(), version="3.9.2 (x)", stderr=sys.stderr,
                                                      stdout=sys.stdout, platform=sys.platform))
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    assert setup.main(["run"]) == 4
    assert "Python 3.11, 3.12 or 3.13 is needed, this is 3.9.2" in sentence(capsys)


def test_an_unknown_purpose_is_one_sentence(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["fly"]) == 4
    assert "fly: say run or test" in sentence(capsys)
