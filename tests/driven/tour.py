"""A hand that goes through every concept as a user would, and opens again what it saved: `tour.py NAME '["argument"]'`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from walk import Heart, Scenario, live, main, settled, told

END = 400               # frames after which a run without an end has been played long enough


def tour(window: Any, folder: str) -> Scenario:
    """Every concept: switched and resized while it plays, stepped, exported in each format, played to its end, stepped back."""
    heart = Heart(window)
    told["seen"], told["ends"] = [], {}
    for entry in window.catalog.entries:
        if entry.kind == "page":
            continue
        heart.doing = f"open {entry.id}"
        window.open(entry.id)
        yield live(window)
        session = window.session
        session.ask(session.concept.small)
        session.playback.play()
        look = window.preferences
        for act in (look.toggle_language, look.toggle_theme, lambda: window.resize(800, 500),
                    lambda: window.resize(1440, 900), window.stage.toggle_pin, look.toggle_language, look.toggle_theme):
            heart.doing = f"look {entry.id}"
            act()
            yield settled(0.0)
        heart.doing = f"step {entry.id}"
        yield lambda s=session: s.run.coming is None            # a step counts from the run that was asked for
        session.playback.step(1)
        yield lambda s=session: not s.computing and s.shown.live and (s.recording.last_index > 0 or bool(s.recording.ended))
        yield from every_format(window, heart, Path(folder), entry.id)
        heart.doing = f"play {entry.id}"
        yield from played_to_the_end(session, entry.id)
    told["gaps"] = heart.report()


def every_format(window: Any, heart: Heart, folder: Path, concept: str) -> Iterator[Any]:
    """Each format that the dialog offers, small; a run of one frame has clips of a parameter, which cost a run a frame."""
    from shiboken6 import isValid

    from app.widgets.export_dialog import ExportDialog

    window.open_export()
    dialog = window.findChild(ExportDialog)
    suffixes = [s for s in dialog.suffixes if dialog.runs or s not in (".gif", ".mp4", ".webm")]
    dialog.close()
    for suffix in suffixes:
        heart.doing = f"export {concept} {suffix}"
        yield lambda: window.findChild(ExportDialog) is None
        window.open_export()
        dialog = window.findChild(ExportDialog)
        dialog.format.set_current(dialog.suffixes.index(suffix))
        dialog.size_field.setText("320x200")
        dialog.write(folder / f"{concept}{suffix}")
        yield lambda d=dialog: not isValid(d) or not d.isVisible() or d.fault.text() != ""
        open_still = isValid(dialog) and dialog.isVisible()
        told["seen"].append([concept, suffix, dialog.fault.text() if open_still else ""])
        if open_still:
            dialog.close()


def played_to_the_end(session: Any, concept: str) -> Iterator[Any]:
    """Played as fast as can be until the run ends (or rests, where it is endless), then one frame back."""
    kind, rest = session.concept.kind, session.concept.rest
    if kind != "function":
        session.player.set_speed(16)
        session.playback.play()
        last = END if rest is None else rest
        yield lambda: session.fault or not session.player.playing or session.player.index >= last
        session.playback.pause()
    index = session.player.index
    yield lambda: session.shown.index == index
    ended = bool(session.recording.ended) and index == session.recording.last_index
    session.playback.step(-1)
    back = max(0, index - 1)
    yield lambda: session.shown.index == back
    told["ends"][concept] = {"kind": kind, "index": index, "ended": ended, "rest": rest, "fault": str(session.fault or ""),
                             "back": session.shown.index}


def reopened(window: Any, *files: str) -> Scenario:
    """Exported files opened again: the same concept, parameters and frame."""
    told["reopened"] = []
    for path in map(Path, files):
        window.open_figure(path)
        yield live(window)
        session = window.session
        yield lambda s=session: s.fault is not None or s.shown.index == s._first[1]
        told["reopened"].append([path.name, session.entry.id, session.fault is None])


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    code = main("", json.loads(sys.argv[2]), sys.argv[3:], play=globals()[sys.argv[1]])
    sys.stdout.flush()
    sys.exit(code)
