"""A window's process without a window: it opens a concept, says which processes there are, and waits to be killed."""

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2])]


def main(name: str, n: int) -> None:
    import psutil
    from PySide6.QtCore import QCoreApplication

    from app.entry import Entry, Words
    from app.host import LaneHost
    from app.session import Session

    application = QCoreApplication([])
    host = LaneHost()
    host.warm("light", "heavy")
    session = Session(Entry(f"lane_concepts:{name}", "tests", 1, Words(), Words(), Words()), host)
    session.begin()
    until = time.monotonic() + 20
    while session.shown is None and time.monotonic() < until:
        application.processEvents()
        time.sleep(0.005)
    session.ask({"n": n})
    ready = time.monotonic() + 0.5
    while time.monotonic() < ready:
        application.processEvents()
        time.sleep(0.005)
    print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
    while True:
        application.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
