"""`open`, and the program without a command: the window."""

from __future__ import annotations

import argparse

from app.commands.request import request
from app.executors.choice import executor_of
from app.start import check_display, start


def run(arguments: argparse.Namespace) -> int:
    check_display()
    executor_of(arguments.engine)
    if arguments.id:
        request(arguments)                  # bad words are one sentence here, not a window that opens empty
    elif arguments.file:
        from pathlib import Path

        from app.provenance import read_provenance
        read_provenance(Path(arguments.file)).rebuilt()
    return start(arguments)
