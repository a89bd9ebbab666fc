"""Prepares a checkout once: system libraries, .venv, packages. Started by make; a second start does nothing.

Usage: python3 scripts/setup.py [run|test|cluster]      (test adds the tools of development, cluster Ray as well)
It uses the standard library only, and every fault is one sentence.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST, NEWEST = (3, 11), (3, 13)
EXTRAS = {"run": ("video",), "test": ("video", "dev"), "cluster": ("video", "dev", "cluster")}
ENOUGH = {"run": ("run", "test", "cluster"), "test": ("test", "cluster"), "cluster": ("cluster",)}     # what was prepared

# What Qt loads at run time: file name of the library -> Debian's and Ubuntu's package.
PICTURE_LIBRARIES = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3", "libfontconfig.so.1": "libfontconfig1", "libxkbcommon.so.0": "libxkbcommon0",
}
WINDOW_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0", "libxcb-shape.so.0": "libxcb-shape0", "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0", "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libwayland-cursor.so.0": "libwayland-cursor0",
}
OFFLINE = ("NewConnectionError", "name resolution", "Max retries exceeded", "ConnectTimeout", "ReadTimeout",
           "Network is unreachable", "ProxyError", "ConnectionError")


class Stop(Exception):
    """Preparation cannot go on; the message is the sentence to print."""


def main(words: list[str]) -> int:
    """Prepare the checkout for a purpose; returns 0, or 4 after one sentence."""
    purpose = words[0] if words else "run"
    try:
        if purpose not in EXTRAS:
            raise Stop(f"{purpose}: say {' or '.join(EXTRAS)}")
        use_a_fitting_python(words)
        prepare(purpose)
    except Stop as stop:
        print(f"loupe: {' '.join(str(stop).split())}", file=sys.stderr)
        return 4
    except OSError as fault:
        print(f"loupe: {fault.filename or ROOT}: {fault.strerror}; check the disk and its permissions", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        print("loupe: stopped; run make again to go on", file=sys.stderr)
        return 4
    return 0


def use_a_fitting_python(words: list[str]) -> None:
    """Go on under a Python from 3.11 to 3.13, if this one is not; such a one may have a name of its own."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            sys.stdout.flush()
            os.execv(found, [found, str(Path(__file__).resolve()), *words])
    raise Stop(f"Python 3.11, 3.12 or 3.13 is needed, this is {sys.version.split()[0]}; install one and run make again")


def prepare(purpose: str) -> None:
    """Do what is missing, and write down that it is done."""
    libraries = needed_libraries()
    if any(is_prepared(enough, libraries) for enough in ENOUGH[purpose]):
        return
    install_libraries(missing(libraries))
    make_environment()
    install_packages(requirements(purpose))
    try_it()
    stamp_of(purpose).write_text(fingerprint(purpose, libraries), encoding="ascii")


def is_prepared(purpose: str, libraries: dict[str, str]) -> bool:
    """Whether everything for a purpose was done before."""
    stamp = stamp_of(purpose)
    return PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint(purpose, libraries)


def stamp_of(purpose: str) -> Path:
    """The file that remembers what was prepared."""
    return VENV / f".prepared-{purpose}"


def fingerprint(purpose: str, libraries: dict[str, str]) -> str:
    """What the preparation depends on, hashed."""
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    parts = [purpose, sys.version.split()[0], *libraries, *requirements(purpose), constraints]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# system libraries -----------------------------------------------------------------------------------------------------

def needed_libraries() -> dict[str, str]:
    """The libraries for pictures on Linux, and for a window where there is a display; elsewhere Qt brings its own."""
    if not sys.platform.startswith("linux"):
        return {}
    shows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return {**PICTURE_LIBRARIES, **(WINDOW_LIBRARIES if shows else {})}


def missing(libraries: dict[str, str]) -> list[str]:
    """The packages of the libraries that cannot be loaded."""
    return [package for name, package in libraries.items() if not loads(name)]


def loads(name: str) -> bool:
    """Whether the system finds a library of that file name."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def install_libraries(packages: list[str]) -> None:
    """Install system packages where that can be done without asking; else say how."""
    if not packages:
        return
    if not shutil.which("apt-get"):
        raise Stop(f"Qt needs these libraries (Debian's names): {' '.join(packages)}; install them and run make again")
    apt(packages, "Qt needs system libraries")


def apt(packages: list[str], why: str) -> None:
    """Install Debian packages as root or with a sudo that asks nothing."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    by_hand = f"{why}; run: sudo {' '.join(command)}"
    before = privilege()
    if before is None:
        raise Stop(by_hand)
    print(f"loupe: installing {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for attempt in (command, ["apt-get", "update"], command):
        done = subprocess.run([*before, *attempt], env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0 and attempt is command:
            return
    raise Stop(by_hand)


def privilege() -> list[str] | None:
    """The words before a command that make it root's; None where a password would be asked."""
    if os.name == "posix" and os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


# the environment ------------------------------------------------------------------------------------------------------

def make_environment() -> None:
    """.venv with a working pip."""
    if PYTHON.exists() and works([str(PYTHON), "-m", "pip", "--version"]):
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not shutil.which("apt-get"):
            raise Stop("this Python has no venv and ensurepip; install them (often a package called python3-venv)")
        apt([package], f"Python's venv is missing ({package})")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False)
    if done.returncode or not works([str(PYTHON), "-m", "pip", "--version"]):
        raise Stop(f"{VENV.name} cannot be made: {last_line(done.stdout + done.stderr)}; "
                   "check the disk and its permissions, or install python3-venv")


def works(command: list[str]) -> bool:
    """Whether a command ends well."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def requirements(purpose: str) -> list[str]:
    """The requirements of pyproject.toml for a purpose."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(r for extra in EXTRAS[purpose] for r in project["optional-dependencies"][extra])]


def install_packages(wanted: list[str]) -> None:
    """Install packages into .venv at the versions of constraints.txt."""
    print("loupe: installing packages into .venv (once; a few minutes)", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2",
               "-c", str(ROOT / "constraints.txt"), *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if any(word in done.stderr for word in OFFLINE):
        raise Stop("the packages cannot be downloaded: no package index can be reached; go online and run make again")
    if "No space left" in done.stderr:
        raise Stop("the packages need about 3 GB, and the disk is full; make room and run make again")
    raise Stop(f"pip could not install the packages: {last_line(done.stderr)}")


def try_it() -> None:
    """Qt loads; else say what it misses."""
    done = subprocess.run([str(PYTHON), "-c", "import PySide6.QtWidgets, PySide6.QtSvg, PySide6.QtQml"], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise Stop(f"Qt does not load here: {last_line(done.stderr)}; install what is named and run make again")


def last_line(text: str) -> str:
    """The line that says most: the last error, without its label."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return errors[-1].removeprefix("ERROR: ")[:300] if errors else "no reason was given"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
