"""The real program in processes of its own: started, driven by a scenario, cut off from what it needs, and killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAND = Path(__file__).with_name("hand.py")
SECONDS = 90                        # no program of these tests takes so long, whatever else the machine does

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, limits and mounts of POSIX")


class Program:
    """Runs main.py, or main.py with a hand that acts in its window, in an environment of its own."""

    def __init__(self, home: Path, screen: dict[str, str]) -> None:
        self.home, self.screen = home, screen
        self.started: list[subprocess.Popen[str]] = []

    def environment(self, **changes: str | None) -> dict[str, str]:
        """This process's environment with the home and screen of the test; None takes a variable away."""
        made = {**os.environ, "LOUPE_HOME": str(self.home), **self.screen}
        return {key: value for key, value in {**made, **changes}.items() if value is not None}

    def run(self, *words: str, within: Sequence[str] = (), preexec: Callable[[], None] | None = None, user: int | None = None,
            **changes: str | None) -> subprocess.CompletedProcess[str]:
        """main.py with these words, to its end; `within` is a command that it is run by."""
        return subprocess.run([*within, sys.executable, str(ROOT / "main.py"), *words], cwd=ROOT, text=True, check=False,
                              capture_output=True, timeout=SECONDS, env=self.environment(**changes), preexec_fn=preexec,
                              user=user)

    def hand(self, scenario: str, *words: str, within: Sequence[str] = (), arguments: Sequence[str] = (),
             **changes: str | None) -> dict[str, Any]:
        """The window with these words and a hand that plays the scenario; what it reports when it has ended."""
        command = [*within, sys.executable, str(HAND), scenario, json.dumps(list(arguments)), *words]
        done = subprocess.run(command, cwd=ROOT, text=True, check=False, capture_output=True, timeout=SECONDS,
                              env=self.environment(**changes))
        told = [line for line in done.stdout.splitlines() if line.startswith("{")]
        assert told, f"rc {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return {**json.loads(told[-1]), "rc": done.returncode, "stderr": done.stderr}

    def start(self, *words: str, **changes: str | None) -> subprocess.Popen[str]:
        """main.py in the background; it is killed when the test ends."""
        made = subprocess.Popen([sys.executable, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.environment(**changes))
        self.started.append(made)
        return made

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A real X server of our own where Xvfb is installed, else Qt's offscreen platform."""
    if shutil.which("Xvfb") is None:
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
                              pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    if not number:
        server.kill()
        server.wait()
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
    server.terminate()
    server.wait()


@pytest.fixture
def program(tmp_path: Path, screen: dict[str, str]) -> Iterator[Program]:
    home = tmp_path / "home"
    home.mkdir()
    made = Program(home, screen)
    yield made
    made.close()


def apart(script: str, *, net: bool = False) -> list[str]:
    """A command that runs the words after it in mounts (and a network) of its own, once the script has prepared them."""
    return ["unshare", "--map-root-user", "--mount", *(["--net"] if net else []), "sh", "-ec", f'{script}\nexec "$@"', "sh"]


def can_be_apart(net: bool = False) -> bool:
    """Whether this machine lets us mount, in a namespace that ends with its process."""
    if shutil.which("unshare") is None:
        return False
    test = [*apart("mount -t tmpfs -o size=64k tmpfs /mnt" if not net else "", net=net), "true"]
    return subprocess.run(test, capture_output=True, check=False, timeout=20).returncode == 0


@pytest.fixture(scope="session")
def mounts() -> None:
    """For tests that mount: skipped, with the reason, where that is not allowed."""
    if not can_be_apart():
        pytest.skip("this machine allows no mounts in a namespace of our own (unshare --map-root-user --mount)")


def is_one_sentence(done: subprocess.CompletedProcess[str], status: int, words: str) -> None:
    """The program ended with this status, said these words in one line, and left no traceback."""
    assert done.returncode == status, (done.returncode, done.stderr[-3000:])
    assert words in done.stderr
    assert done.stderr.startswith("loupe: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
