"""Loupe 洞见: hands the command line to app.cli."""

import os
import sys

# Qt shares even small areas of colour out over threads, and then waits for them: on a busy machine fifty times as long.
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")

if __name__ == "__main__":
    from app.cli import main

    sys.exit(main(sys.argv[1:]))
