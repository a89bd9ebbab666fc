"""Lines are cut at the plot's edge before they are stroked: what is left is just what lies within."""

import numpy as np
import pytest

from panels.kit.paper import cut


def test_a_line_inside_stays_whole() -> None:
    line = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    (only,) = cut(line, -1, -1, 4, 4)
    assert np.array_equal(only, line)


def test_a_line_that_leaves_and_returns_becomes_parts() -> None:
    line = np.array([[0, 0], [5, 5], [20, 5], [5, 5], [5, -30]], float)
    parts = [part.tolist() for part in cut(line, -1, -1, 10, 10)]
    assert parts == [[[0, 0], [5, 5], [10, 5]], [[10, 5], [5, 5], [5, -1]]]


def test_a_line_that_passes_by_leaves_nothing() -> None:
    assert cut(np.array([[50.0, 50.0], [60.0, 60.0]]), 0, 0, 10, 10) == []


@pytest.mark.parametrize("seed", range(20))
def test_the_length_left_is_the_length_within(seed: int) -> None:
    line = np.random.default_rng(seed).normal(size=(12, 2)) * 10
    left = sum(np.hypot(*np.diff(part, axis=0).T).sum() for part in cut(line, -5, -5, 5, 5))
    shares = np.arange(20_000)[:, None] / 20_000
    within = sum((np.abs(a + shares * (b - a)) <= 5).all(axis=1).mean() * np.hypot(*(b - a))
                 for a, b in zip(line, line[1:], strict=False))
    assert left == pytest.approx(within, abs=0.05)
