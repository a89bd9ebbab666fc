"""Whether Qt can open a window here: where it cannot, it aborts the process, so the displays are asked before it is."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys

from engine.core.faults import Unavailable

NEED_NO_DISPLAY = ("offscreen", "minimal", "cocoa", "windows")
ADVICE = "or use `main.py export --all DIR` to make pictures without one"
PATIENCE = 20                   # seconds that a platform nobody knows may take to say whether it can be used


def check_display() -> None:
    """Raise Unavailable where no window can be opened, and say what is missing."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if chosen:
        if not any(answers(name.partition(":")[0]) for name in chosen.split(";")):
            raise Unavailable(f"QT_QPA_PLATFORM={chosen}: Qt can open no window with it; leave it out, {ADVICE}",
                              "bad_platform", platform=chosen)
        return
    if not sys.platform.startswith("linux"):
        return
    named = [f"{name}={os.environ[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
    if not named:
        raise Unavailable(f"there is no display to open a window on; use{ADVICE.removeprefix('or use')}", "no_display")
    if os.environ.get("WAYLAND_DISPLAY") and answers("wayland"):
        return
    if not (os.environ.get("DISPLAY") and answers("xcb")):
        display = ", ".join(named)
        raise Unavailable(f"{display}: no display answers there; start one, {ADVICE}", "dead_display", display=display)


def answers(platform: str) -> bool:
    """Whether Qt can open windows on one of its platforms here; the displays are asked as Qt would ask them."""
    if platform == "xcb":
        return x_server_answers()
    if platform == "wayland":
        return wayland_answers()
    return platform in NEED_NO_DISPLAY or qt_answers(platform)


def x_server_answers() -> bool:
    """Whether the X server that DISPLAY names lets a program in; Unavailable where Qt could not ask it."""
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        raise Unavailable("Qt misses a system library to open windows with; run `make setup`, or install libxcb-cursor0",
                          "no_window_library") from None
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed


def wayland_answers() -> bool:
    """Whether a compositor listens where WAYLAND_DISPLAY says, and Qt has what it needs to talk to it."""
    if os.environ.get("WAYLAND_SOCKET"):
        return True
    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), os.environ.get("WAYLAND_DISPLAY") or "wayland-0")
    try:
        for name in ("libwayland-client.so.0", "libwayland-cursor.so.0"):
            ctypes.CDLL(name)
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(2.0)
            asked.connect(path)
    except (OSError, ValueError):
        return False
    return True


def qt_answers(platform: str) -> bool:
    """Whether Qt can be started on a platform that cannot be asked otherwise: tried in a process that it may abort."""
    code = "import sys; from PySide6.QtGui import QGuiApplication; sys.exit(not QGuiApplication([]).screens())"
    try:
        tried = subprocess.run([sys.executable, "-c", code], env={**os.environ, "QT_QPA_PLATFORM": platform}, check=False,
                               capture_output=True, timeout=PATIENCE)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0
