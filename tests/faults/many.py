"""Runs several commands of the program in one process; prints what each said, and the text of the files in a folder."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]


def main(commands: list[list[str]], folder: Path) -> None:
    """Every command, then what the folder holds (this process may be the last to see it)."""
    from app.cli import main as program

    told = []
    for words in commands:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = program(words)
        told.append({"words": words, "status": status, "out": out.getvalue(), "err": err.getvalue()})
    files = {p.name: p.read_bytes()[:100].decode("latin-1") for p in sorted(folder.iterdir()) if p.name != "ballast"}
    print(json.dumps({"told": told, "files": files}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
