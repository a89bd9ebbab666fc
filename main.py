"""Loupe 洞见: hands the command line to app.cli."""

import gc
import os
import sys

# Qt shares even small areas of colour out over threads, and then waits for them: on a busy machine fifty times as long.
os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")

if __name__ == "__main__":
    gc.disable()                            # what is imported stays: there is no rubbish to look for
    from app.cli import main

    gc.freeze()
    gc.enable()
    sys.exit(main(sys.argv[1:]))
