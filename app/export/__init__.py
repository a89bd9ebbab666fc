"""Exporting: one writer a format, chosen by the file's suffix."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from app.atomic import check_target
from app.export.compared import Compared
from app.export.figure import Figure, compute
from app.export.played import Played
from app.export.size import Size, parse_size
from engine.core.faults import BadInput

Exported = Figure | Compared | Played
PICTURES, CLIPS = (".png", ".svg", ".pdf"), (".gif", ".mp4", ".webm")
TRACE = ".trace.json"                   # only of concepts that have a trace
DATA = (".csv", ".json", TRACE, ".npz", ".py")
SUFFIXES = (*PICTURES, *CLIPS, *DATA)
FPS = {".gif": 15.0}                    # frames a second; 30 in the others
CLIP_SIZE = {".gif": "800x500"}         # a GIF grows quickly; text stays as readable, there is less room around it

__all__ = ["CLIPS", "DATA", "PICTURES", "SUFFIXES", "TRACE", "Compared", "Exported", "Figure", "Played", "Size", "compute",
           "default_size", "export", "export_steps", "kind_of", "parse_size", "rate_of", "suffixes_for", "wide_size"]


class Stopped(Exception):
    """The user stopped an export; nothing was written."""


def kind_of(path: Path) -> str:
    """The suffix that chooses the writer, or a sentence with the suffixes there are."""
    suffix = TRACE if path.name.lower().endswith(TRACE) else path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{path.name or path}: the name must end in {', '.join(SUFFIXES)}", "unknown_suffix",
                       name=path.name, choices=", ".join(SUFFIXES))
    return suffix


def suffixes_for(figure: Exported, *, clips: bool = False) -> tuple[str, ...]:
    """The formats there are: clips where `clips` says that something moves, data of one run, a trace where there is one."""
    from app.export.trace_events import trace_of

    one = isinstance(figure, Figure)
    there = {**dict.fromkeys(DATA, one), TRACE: isinstance(figure, Figure) and trace_of(figure.recorded().frame) is not None,
             **dict.fromkeys(CLIPS, clips)}
    return tuple(s for s in SUFFIXES if there.get(s, True))


def rate_of(path: Path, fps: float | None) -> float:
    """Frames a second of a clip: as asked for, else what suits the format."""
    rate = FPS.get(path.suffix.lower(), 30.0) if fps is None else fps
    if not 1 <= rate <= 60:
        raise BadInput(f"fps={rate:g}: must lie in [1, 60]", "bad_fps", value=rate, min=1, max=60)
    return rate


def default_size(path: Path) -> str:
    """The size a format has when none is asked for."""
    return CLIP_SIZE.get(path.suffix.lower(), "1280x800")


def wide_size(path: Path, columns: int) -> str:
    """The size of a comparison when none is asked for: as high as one picture, and wide enough for its columns."""
    size = parse_size(default_size(path))
    if columns < 2:
        return default_size(path)
    return f"{round(size.width * (0.4 + 0.3 * columns))}x{size.height}"


def export(figure: Exported, path: Path, *, fps: float | None = None,
           on_progress: Callable[[int, int], bool | None] | None = None) -> None:
    """Write the figure; `on_progress(done, total)` may return False to stop, then Stopped is raised and no file is left."""
    steps = export_steps(figure, path, fps=fps)
    for done, total in steps:
        if on_progress is not None and on_progress(done, total) is False:
            steps.close()
            raise Stopped(str(path))


def export_steps(figure: Exported, path: Path, *, fps: float | None = None) -> Generator[tuple[int, int], None, None]:
    """The same as a stream of (done, total), for a window that goes on living between the frames of a clip."""
    suffix = kind_of(path)
    check_target(path)
    if suffix in PICTURES:
        assert not isinstance(figure, Played)
        _write_picture(figure.with_layers(), path, suffix)
    elif suffix in DATA:
        assert isinstance(figure, Figure)
        _write_data(figure, path, suffix)
    else:
        from app.export.clip import write_clip

        yield from write_clip(figure if isinstance(figure, Played) else figure.with_layers(), path, rate_of(path, fps))
        return
    yield 1, 1


def _write_picture(figure: Exported, path: Path, suffix: str) -> None:
    from app.export import picture

    {".png": picture.write_png, ".svg": picture.write_svg, ".pdf": picture.write_pdf}[suffix](figure, path)


def _write_data(figure: Figure, path: Path, suffix: str) -> None:
    from app.export import data, script, trace_events

    writers = {TRACE: trace_events.write_trace, ".csv": data.write_csv, ".json": data.write_json, ".npz": data.write_npz,
               ".py": script.write_script}
    writers[suffix](figure, path)
