"""`open`, and the program without a command: the window."""

from __future__ import annotations

import argparse

from app.commands.request import request
from app.display import check_display
from app.executors.choice import executor_of
from app.start import start


def run(arguments: argparse.Namespace) -> int:
    check_display()
    executor_of(arguments.engine)
    if arguments.id:
        request(arguments)                  # bad words are one sentence here, not a window that opens empty
    elif arguments.file:
        from pathlib import Path

        from app.notebook_file import is_notebook, read_notebook
        from app.provenance import read_provenance

        path = Path(arguments.file)
        read_notebook(path) if is_notebook(path) else read_provenance(path).rebuilt()
    return start(arguments)
