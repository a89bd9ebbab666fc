"""MathJax in a child process: a formula a line in, its SVG a line out; the process is started, replaced and ended here."""

from __future__ import annotations

import atexit
import contextlib
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer
from time import monotonic
from typing import Any

from engine.core.faults import BadInput, Failed

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "assets" / "mathjax" / "tex-svg.js"
UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")       # what no XML may hold


class Child:
    """The process that runs MathJax: started when first asked, asked one formula at a time, replaced when it dies."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None else None

    def ask(self, tex: str, display: bool) -> str:
        """The SVG of a formula; BadInput where the TeX is wrong, Failed where it is not the TeX's fault."""
        shown = shortened(tex)
        if not tex:
            raise BadInput("a formula is empty; write some TeX", "empty_tex")
        if unfit := UNFIT.search(tex):
            raise BadInput(f"formula {shown}: cannot hold the character U+{ord(unfit[0]):04X}; remove it",
                           "unfit_tex", tex=shown)
        with self._lock:
            answer = self._answer(json.dumps([tex, display]).encode() + b"\n", shown)
        if error := answer.get("error"):
            reason = (error if error.startswith("MathJax") else error[:1].lower() + error[1:]).rstrip("?.")
            raise BadInput(f"formula {shown}: {reason}; correct the TeX", "bad_tex", tex=shown, reason=error)
        if fault := answer.get("fault"):
            raise Failed(f"formulas cannot be typeset: {fault}; reinstall the program", "no_typesetter", reason=fault)
        return str(answer["svg"])

    def _answer(self, line: bytes, shown: str) -> dict[str, Any]:
        """The child's answer to a line; a child that died is replaced and asked once more."""
        for _ in range(2):
            process = self._running()
            asked = monotonic()
            assert process.stdin is not None
            assert process.stdout is not None
            late = Timer(self._timeout, process.kill)
            late.daemon = True
            late.start()
            try:
                process.stdin.write(line)
                process.stdin.flush()
                return dict(json.loads(process.stdout.readline()))
            except (OSError, ValueError):
                self._end()
            finally:
                late.cancel()
            if monotonic() - asked >= self._timeout:
                raise BadInput(f"formula {shown}: takes longer than {self._timeout:g} s to set; make it shorter",
                               "slow_tex", tex=shown)
        raise Failed(f"formula {shown}: the typesetter ended unexpectedly, twice; report this formula",
                     "typesetter_died", tex=shown)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise Failed("formulas cannot be typeset any more: the program is closing", "typesetter_closed")
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.mathjax"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
            atexit.register(self.close)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError):          # what was not yet sent is lost with its reader
                process.communicate()

    def close(self) -> None:
        """End the process for good; whoever waits for it is told."""
        self._closed = True
        atexit.unregister(self.close)
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()


def shortened(tex: str) -> str:
    """TeX as a sentence can name it, in one line of at most 60 characters."""
    words = " ".join(tex.split())
    return repr(words if len(words) <= 60 else words[:59] + "…")[1:-1].replace("\\\\", "\\")


def serve() -> None:
    """The child: a formula a line in, its SVG a line out, until the parent closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl+C in a terminal is the parent's to answer
    try:
        from PySide6.QtCore import QCoreApplication
        from PySide6.QtQml import QJSEngine, QJSValue

        application = QCoreApplication([])
        engine: Any = QJSEngine(application)
        loaded = engine.evaluate(BUNDLE.read_text(encoding="utf-8"))
        fault = loaded.toString() if loaded.isError() else ""
        function = engine.globalObject().property("loupe").property("typeset")
    except (ImportError, OSError) as missing:
        fault = str(missing)
    for line in sys.stdin.buffer:
        tex, display = json.loads(line)
        answer = json.dumps({"fault": fault}) if fault else function.call([QJSValue(tex), QJSValue(display)]).toString()
        sys.stdout.buffer.write(answer.encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
