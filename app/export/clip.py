"""GIF, MP4 and WebM of a recording; each is a stream of (done, total), so a window stays alive and can stop it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PySide6.QtGui import QImage

from app.atomic import partial_file
from app.export.picture import Painted, image_of
from app.export.played import Played
from engine.core.faults import BadInput, Failed, Unavailable
from engine.core.frame import Array

Progress = Iterator[tuple[int, int]]
EXACT_COLORS = 64           # of the 255 in a GIF; one more is left for what does not change
SAMPLES = 4                 # frames that the one palette of a GIF is chosen from
MOST_CLIP_SIDE = 4096
MOST_GIF_PIXELS = 1_000_000_000     # of all frames: they are held in memory, a byte each
CODECS: dict[str, tuple[str, dict[str, str]]] = {
    ".mp4": ("libx264", {"crf": "18", "preset": "veryfast"}),
    ".webm": ("libvpx-vp9", {"crf": "28", "b:v": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}),
}


class Film(Painted, Protocol):
    """What can be written as a clip: a figure whose run it goes through, several side by side, a parameter on its way."""

    def indices(self) -> list[int]: ...
    def at(self, index: int) -> Painted: ...


def write_clip(figure: Film, path: Path, fps: float) -> Progress:
    """Write every frame of a film; yields after each. Closing the stream early leaves no file."""
    suffix = path.suffix.lower()
    total = len(figure.indices())
    if total < 2:
        raise BadInput(f"{path.name}: {figure.entry.id} has one frame, and a clip needs two; export png, svg or pdf",
                       "one_frame", name=path.name, id=figure.entry.id)
    size = figure.size.even()
    if max(size.width, size.height) > MOST_CLIP_SIDE:
        raise BadInput(f"{path.name}: {size.width} × {size.height} pixels are too many for a clip; at most "
                       f"{MOST_CLIP_SIDE} a side", "clip_too_large", name=path.name, side=MOST_CLIP_SIDE)
    if suffix == ".gif" and size.width * size.height * total > MOST_GIF_PIXELS:
        raise BadInput(f"{path.name}: {total} frames of {size.width} × {size.height} pixels are too many for "
                       "a GIF; choose a smaller size, fewer frames, or mp4", "gif_too_large", name=path.name,
                       count=total)
    figure = replace(figure, size=size)  # type: ignore[type-var]
    before = 0
    if isinstance(figure, Played):
        before = total
        yield from ((done, before + total) for done, _ in figure.prepare())
    writer = _write_gif if suffix == ".gif" else _write_video
    for done, _ in writer(figure, path, fps):
        yield before + done, before + total


def pixels_of(image: QImage) -> Array:
    """(height, width, 3) uint8 RGB."""
    flat = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.bytesPerLine())
    return rows[:, :3 * flat.width()].reshape(flat.height(), flat.width(), 3).copy()


def _frames(figure: Film) -> Iterator[Array]:
    for index in figure.indices():
        yield pixels_of(image_of(figure.at(index)))


def _write_gif(figure: Film, path: Path, fps: float) -> Progress:
    """One palette from a few frames of the run, so that no colour flickers and most pixels repeat."""
    indices, total = figure.indices(), len(figure.indices())
    chosen = [indices[round(k * (total - 1) / (SAMPLES - 1))] for k in range(SAMPLES)]
    palette = Palette(np.concatenate([pixels_of(image_of(figure.at(index))) for index in chosen]))
    frames = []
    for done, pixels in enumerate(_frames(figure), 1):
        frames.append(palette.image(pixels))
        yield done, total
    with partial_file(path) as partial:
        frames[0].save(partial, "GIF", save_all=True, append_images=frames[1:], duration=_durations(total, fps), loop=0,
                       comment=figure.provenance().dumps().encode("ascii"), disposal=1)


class Palette:
    """255 colours for every frame of a GIF: the commonest exactly (paper stays white), the rest shared by all shades."""

    def __init__(self, sheet: Array) -> None:
        from PIL import Image

        found, counts = np.unique(_codes(sheet), return_counts=True)
        common = found[np.argsort(counts, kind="stable")[::-1][:EXACT_COLORS]]
        exact = np.stack([common >> 16, common >> 8 & 255, common & 255], axis=1).astype(np.uint8)
        shades = Image.fromarray(sheet).quantize(255 - len(exact), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        self.colors = np.concatenate([exact, np.array(shades.getpalette(), np.uint8).reshape(-1, 3)])[:255]     # (k, 3)
        self._number = self._nearest()
        self._number[common] = np.arange(len(common))

    def _nearest(self) -> Array:
        """The number of the nearest colour for every colour there is, to 5 bits a channel, (2^24,) uint8."""
        middles = np.arange(32, dtype=np.int32) * 8 + 4
        gaps = [(middles[:, None] - self.colors[:, channel].astype(np.int32)) ** 2 for channel in range(3)]    # (32, k)
        coarse = np.stack([(gaps[0][r][None, None] + gaps[1][:, None] + gaps[2][None]).argmin(axis=2) for r in range(32)])
        wide = np.empty((32, 8, 32, 8, 32, 8), np.uint8)
        wide[:] = coarse.astype(np.uint8)[:, None, :, None, :, None]
        return wide.reshape(-1)

    def image(self, pixels: Array) -> Any:
        """The pixels as a Pillow image in these colours."""
        from PIL import Image

        made = Image.fromarray(self._number[_codes(pixels)])
        made.putpalette(np.resize(self.colors, (256, 3)).ravel().tolist())
        return made


def _codes(pixels: Array) -> Array:
    """(..., 3) uint8 as one number each."""
    wide = pixels.astype(np.uint32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


def _durations(total: int, fps: float) -> list[int]:
    """Milliseconds of each frame in a GIF's hundredths of a second, so that the whole lasts total / fps."""
    ends = [round(100 * k / fps) for k in range(total + 1)]
    return [10 * max(2, b - a) for a, b in zip(ends, ends[1:], strict=False)]


def _write_video(figure: Film, path: Path, fps: float) -> Progress:
    av = _av(path)
    total = len(figure.indices())
    with partial_file(path) as partial:
        try:
            with av.open(str(partial), "w", options=_container_options(path)) as container:
                container.metadata["comment"] = figure.provenance().dumps()
                container.metadata["title"] = figure.entry.title(figure.language)
                stream = _stream(container, figure, path, fps)
                with ThreadPoolExecutor(1, "encoder") as encoder:               # while it encodes, the next is painted
                    last, images = encoder.submit(lambda: None), [QImage(), QImage()]
                    for done, index in enumerate(figure.indices(), 1):
                        images[done % 2] = image_of(figure.at(index), None if images[done % 2].isNull() else images[done % 2])
                        last.result()
                        last = encoder.submit(_encode, container, stream, images[done % 2])
                        yield done, total
                    last.result()
                container.mux(stream.encode(None))
        except av.error.FFmpegError as fault:
            if isinstance(fault, OSError) and fault.errno:
                raise OSError(fault.errno, fault.strerror) from fault
            raise Failed(f"{path}: the clip could not be encoded ({fault}); choose another size or format",
                         "not_encoded", path=path, fault=fault) from fault


def _encode(container: Any, stream: Any, image: QImage) -> None:
    """One picture into the clip, from the bytes it was painted in."""
    import av

    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    container.mux(stream.encode(av.VideoFrame.from_ndarray(rows, "bgra")))


def _container_options(path: Path) -> dict[str, str]:
    """An MP4 is read from its start, so that it plays while it loads."""
    return {"movflags": "faststart"} if path.suffix.lower() == ".mp4" else {}


def _stream(container: Any, figure: Film, path: Path, fps: float) -> Any:
    codec, options = CODECS[path.suffix.lower()]
    stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1000), options=options)
    stream.width, stream.height, stream.pix_fmt = figure.size.width, figure.size.height, "yuv420p"
    return stream


def _av(path: Path) -> Any:
    try:
        import av
    except ImportError as fault:
        raise Unavailable(f"{path.suffix[1:]} needs PyAV, which is not installed; install the extra 'video' or export gif",
                          "no_video", format=path.suffix[1:]) from fault
    return av
