"""Connects an open concept's stage and column with the window and with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QDesktopServices

from app.lesson_text import try_values
from app.look import sentence
from app.stage import Stage
from app.widgets.column import Column
from engine.core.faults import LoupeError
from engine.core.typed import parse_set

if TYPE_CHECKING:
    from app.window import Window


def connect(window: Window, stage: Stage, column: Column) -> None:
    """What the one asks for the other does; what neither can do the window does."""
    stage.export_wanted.connect(window.open_export)
    stage.sweep.clicked.connect(lambda: sweep(window))
    stage.compare_wanted.connect(window.comparing.toggle)
    stage.pinned.connect(column.readouts.set_pinned)
    stage.said.connect(window.say)
    stage.term_hovered.connect(column.controls.brighten)
    column.controls.hovered.connect(stage.formula.highlight)
    column.followed.connect(window.open)
    column.tried.connect(lambda link: try_link(window, link))
    column.went_out.connect(lambda url: QDesktopServices.openUrl(url))
    column.code_copied.connect(lambda: window.say(window.look.tr("window.stage.code_copied")))


def sweep(window: Window) -> None:
    """Open the sweep of the open concept; its card is imported when it is first wanted."""
    from app.widgets.sweep_card import open_sweep

    open_sweep(window)


def try_link(window: Window, link: str) -> None:
    """A lesson's Try link sets the open concept's parameters; a toast names them and can take them back."""
    session = window.session
    if session is None:
        return
    try:
        values = parse_set(session.concept.Params, try_values(link))
        before = session.requested
        session.ask(values)
        if session.requested != before:
            window.say(link.removeprefix("set:").replace(",", ", ").replace("=", " = "), undo=True)
    except LoupeError as fault:
        window.say(sentence(fault, window.look.language))
