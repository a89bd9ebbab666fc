"""The status line's words: what the engine does for the open concept, said in the user's language."""

from __future__ import annotations

from app.catalog import Catalog
from app.host import LaneHost
from app.look import Look
from app.session import Session
from app.widgets.statusbar import StatusBar


def describe(bar: StatusBar, session: Session | None, host: LaneHost, catalog: Catalog, look: Look) -> None:
    """Bring the status line up to date."""
    tr = look.tr
    background = [s for s in host.status() if s.background and s.concept]
    bar.background.say(tr("window.status.background", title=catalog.entry(background[0].concept).title(look.language))
                       if background else "")
    if session is None:
        bar.state.say(tr("window.status.ready"), "ok")
        bar.work.say(tr("window.status.concepts", count=len(catalog.entries)))
        bar.repeat.say("")
        bar.stop.hide()
        return
    lane = next((s for s in host.status() if s.name == session.concept.lane and not s.background), None)
    words, dot = state_of(session, lane.state if lane else "starting", look)
    bar.state.say(words, dot)
    done, total = session.progress or (0, 0)
    bar.work.say(tr("window.status.progress", done=done, total=total) if session.progress else "")
    seed = getattr(session.requested, "seed", None)
    bar.repeat.say(tr("window.status.measured") if not session.concept.repeatable else
                   tr("window.status.seed", seed=seed) if seed is not None else "")
    bar.repeat.setVisible(bool(bar.repeat.words) and not bar.small)
    stops = session.concept.kind_of(session.requested) in ("training", "real", "stream")
    bar.stop.setVisible(stops and not session.recording.ended and session.fault is None)


def state_of(session: Session, lane: str, look: Look) -> tuple[str, str]:
    """The words for what goes on, and the role of the dot before them."""
    tr = look.tr
    if session.fault is not None:
        return tr("window.status.failed"), "fail"
    if lane == "starting":
        return tr("window.status.starting"), "accent"
    if lane == "loading":
        return tr("window.status.loading"), "accent"
    if session.player.playing and not session.recording.ended:
        return tr("window.status.running", lane=tr(f"window.status.{session.concept.lane}")), "ok"
    if session.recording.ended and session.player.index >= session.recording.last_index:
        return tr(f"window.status.ended_{session.recording.ended}"), "ok"
    return tr("window.status.paused", index=session.player.index), "ok"
