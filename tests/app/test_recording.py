"""Recordings stay within their bounds, and say truly what they kept."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.columns import Columns
from app.recording import Recording
from engine.core import Array, Shared
from engine.core.strided import Strided


@dataclass(frozen=True)
class Frame:
    array: Array
    loss: float | None
    phase: str = ""
    world: Shared[Array] | None = None


def filled(count: int, size: int = 1, **options: int) -> Recording:
    recording = Recording(None, **options)
    for index in range(count):
        recording.add(index, Frame(np.full(size, index, float), None if index % 3 == 0 else index / 2), index)
    return recording


def test_it_keeps_at_most_so_many_frames_and_doubles_its_stride() -> None:
    recording = filled(10_001)
    assert 1000 <= len(recording) <= 2000
    assert recording.stride == 8
    kept = [recorded.index for recorded in recording.all()]
    assert kept == [*range(0, 10_000, 8), 10_000] or kept == list(range(0, 10_001, 8))
    assert recording.last_index == 10_000
    assert all(recorded.frame.array[0] == recorded.index == recorded.params for recorded in recording.all())


def test_the_newest_frame_is_always_there() -> None:
    recording = Recording(None, most=10)
    for index in range(500):
        recording.add(index, Frame(np.zeros(1), None), None)
        assert recording.last_index == index
        assert len(recording) <= 10
        assert recording.at(recording.position_of(index)).index == index


def test_it_keeps_within_its_bytes() -> None:
    recording = filled(400, size=10_000, most_bytes=2_000_000)
    assert recording.bytes <= 2_000_000
    assert len(recording) >= 2_000_000 / 80_100 / 2 - 1
    tracemalloc.start()
    recording = filled(400, size=10_000, most_bytes=2_000_000)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 1_000_000 < held < 3_500_000


def test_what_is_shared_is_not_counted_for_every_frame() -> None:
    world = Shared(np.zeros(1_000_000))
    recording = Recording(None, most_bytes=1_000_000)
    for index in range(100):
        recording.add(index, Frame(np.zeros(10), None, world=world), None)
    assert len(recording) == 100


def test_history_has_every_frame_and_nan_where_undefined() -> None:
    recording = filled(50)
    history = recording.history()
    assert history["index"].tolist() == list(range(50))
    assert np.isnan(history["loss"][::3]).all()
    assert history["loss"][4] == 2.0
    before = history["loss"].copy()
    for index in range(50, 30_000):
        recording.add(index, Frame(np.zeros(1), float(index)), None)
    assert np.array_equal(history["loss"], before, equal_nan=True)      # what was handed out never changes
    assert len(recording.history()["loss"]) <= 10_000
    assert not recording.history()["loss"].flags.writeable


def test_a_cut_forgets_what_came_after_it() -> None:
    recording = filled(100)
    recording.add_edit((5, "rate", 1.0))
    recording.add_edit((5, "rate", 2.0))
    recording.add_edit((50, "rate", 3.0))
    assert recording.edits == ((5, "rate", 2.0), (50, "rate", 3.0))
    recording.ended = "done"
    recording.cut(20)
    assert recording.last_index == 20
    assert recording.edits == ((5, "rate", 2.0),)
    assert recording.ended == ""
    assert recording.history()["index"][-1] == 20


def test_phases_in_order() -> None:
    recording = Recording()
    for index, phase in enumerate(["", "split", "split", "merge", "split"]):
        recording.add(index, Frame(np.zeros(1), None, phase), None)
    assert recording.phases() == [("split", 1, 2), ("merge", 3, 3), ("split", 4, 4)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.integers(3, 30), st.integers(50, 500))
def test_a_strided_list_is_always_within_its_bounds(sizes: list[int], most: int, most_bytes: int) -> None:
    kept: Strided[int] = Strided(most, most_bytes)
    for index, size in enumerate(sizes):
        kept.add(index, index, size)
        assert len(kept) <= most
        assert kept.bytes == sum(sizes[i] for i in kept.items)
        assert kept.bytes <= max(most_bytes, 3 * 40)
        assert kept.indices == kept.items == sorted(set(kept.items))
        assert kept.items[-1] == index
        assert all(i % kept.stride == 0 for i in kept.items[:-1])


def test_columns_take_names_that_come_late() -> None:
    columns = Columns(most=100)
    columns.add(0, {"a": 1.0})
    columns.add(1, {"b": 2.0})
    assert np.isnan(columns.arrays()["b"][0])
    assert np.isnan(columns.arrays()["a"][1])
    for index in range(2, 1000):
        columns.add(index, {"a": float(index)})
    found = columns.arrays()
    assert len(columns) <= 100
    assert np.array_equal(found["a"][1:], found["index"][1:])
