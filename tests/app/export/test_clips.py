"""GIF, MP4 and WebM, opened by Pillow and by PyAV's decoders."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.export import Figure, Stopped, compute, export, export_steps, parse_size
from app.provenance import read_provenance
from engine.core.faults import BadInput, Unavailable

from .conftest import FRAMES, far_apart, pixels

VIDEO = [".mp4", ".webm"]


@pytest.mark.parametrize("suffix", [".gif", *VIDEO])
def test_what_made_a_clip_is_read_back_from_it(clt: Figure, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("av")
    export(clt, tmp_path / f"a{suffix}")
    assert read_provenance(tmp_path / f"a{suffix}") == clt.provenance()


def test_pillow_opens_the_gif_frame_by_frame(clt: Figure, tmp_path: Path) -> None:
    export(clt, tmp_path / "a.gif", fps=12)
    export(clt.at(FRAMES - 1), tmp_path / "last.png")
    with Image.open(tmp_path / "a.gif") as image:
        assert image.size == (640, 400)
        assert image.n_frames == FRAMES
        lasts = []
        for number in range(image.n_frames):
            image.seek(number)
            lasts.append(image.info["duration"])
        assert sum(lasts) == pytest.approx(1000 * FRAMES / 12, abs=10)
        shown = np.asarray(image.convert("RGB"), np.float64)
    assert far_apart(shown, pixels(tmp_path / "last.png")) < 0.01


def test_a_gif_has_one_set_of_colours_with_the_paper_exactly(clt: Figure, tmp_path: Path) -> None:
    """Colours chosen for each frame by itself would flicker."""
    export(clt, tmp_path / "a.gif")
    colors: set[tuple[int, ...]] = set()
    with Image.open(tmp_path / "a.gif") as image:
        for number in range(image.n_frames):
            image.seek(number)
            shown = image.convert("RGB")
            assert shown.getpixel((3, 3)) == (255, 255, 255)
            colors |= {color for _, color in shown.getcolors(1 << 20)}
    assert 32 < len(colors) <= 256


@pytest.mark.parametrize("suffix", VIDEO)
def test_a_decoder_finds_every_frame_of_a_video(clt: Figure, tmp_path: Path, suffix: str) -> None:
    av = pytest.importorskip("av")
    export(clt, tmp_path / f"a{suffix}", fps=25)
    export(clt.at(0), tmp_path / "first.png")
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert float(stream.average_rate) == pytest.approx(25)
        comment = {key.lower(): value for key, value in container.metadata.items()}["comment"]
        assert comment == clt.provenance().dumps()
    assert len(frames) == FRAMES
    assert far_apart(frames[0].astype(np.float64), pixels(tmp_path / "first.png")) < 0.02
    assert far_apart(frames[0].astype(np.float64), frames[-1].astype(np.float64)) > 0.02


@pytest.mark.parametrize("suffix", VIDEO)
def test_an_odd_size_becomes_even(clt: Figure, tmp_path: Path, suffix: str) -> None:
    av = pytest.importorskip("av")
    export(replace(clt, size=parse_size("321x201")), tmp_path / f"a{suffix}")
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (322, 202)


@pytest.mark.parametrize("suffix", [".gif", *VIDEO])
def test_progress_counts_every_frame(clt: Figure, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("av")
    assert list(export_steps(clt, tmp_path / f"a{suffix}")) == [(k, FRAMES) for k in range(1, FRAMES + 1)]


@pytest.mark.parametrize("suffix", [".gif", *VIDEO])
def test_a_stopped_clip_leaves_nothing_and_the_old_file_stays(clt: Figure, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("av")
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(Stopped):
        export(clt, path, on_progress=lambda done, total: done < 3)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_without_pyav_a_video_says_what_to_install(clt: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(Unavailable, match="mp4 needs PyAV.*'video'"):
        export(clt, tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_one_frame_is_no_clip(clt: Figure, tmp_path: Path) -> None:
    one = compute(clt.entry, clt.concept, clt.params, last=0)
    with pytest.raises(BadInput, match="has one frame"):
        export(one, tmp_path / "a.gif")


@pytest.mark.parametrize("fps", [0, -5, 61, float("nan")])
def test_a_rate_that_no_clip_can_have(clt: Figure, tmp_path: Path, fps: float) -> None:
    with pytest.raises(BadInput, match=r"fps=.*must lie in \[1, 60\]"):
        export(clt, tmp_path / "a.gif", fps=fps)
