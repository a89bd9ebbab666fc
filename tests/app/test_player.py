"""The player moves with the clock, and never ahead of the frames."""

from __future__ import annotations

import pytest

from app.player import FRAMES_A_SECOND, Player


def test_it_moves_at_its_speed() -> None:
    player = Player()
    player.play()
    player.set_speed(2.0)
    assert not player.tick(10.0, 1000, False)          # the first tick starts the clock
    assert player.tick(11.0, 1000, False)
    assert player.index == round(2 * FRAMES_A_SECOND)


def test_it_waits_for_frames_and_does_not_jump_when_they_come() -> None:
    player = Player()
    player.play()
    player.tick(0.0, 3, False)
    player.tick(5.0, 3, False)
    assert player.index == 3
    assert player.playing
    player.tick(5.0 + 1.5 / FRAMES_A_SECOND, 1000, False)
    assert player.index == 4


def test_it_ends_with_the_run_or_begins_again() -> None:
    player = Player()
    player.play()
    player.tick(0.0, 3, True)
    player.tick(9.0, 3, True)
    assert player.index == 3
    player.tick(10.0, 3, True)
    assert not player.playing
    player.loop = True
    player.play()
    player.tick(20.0, 3, True)
    assert player.tick(21.0, 3, True)
    assert player.index == 0
    assert player.playing


def test_a_single_frame_does_not_loop_for_ever() -> None:
    player = Player()
    player.loop = True
    player.play()
    player.tick(0.0, 0, True)
    player.tick(1.0, 0, True)
    assert not player.playing


@pytest.mark.parametrize("speed, ahead", [(0.25, 2), (1.0, 2), (16.0, 32)])
def test_credit_follows_the_speed_and_ends_with_a_pause(speed: float, ahead: int) -> None:
    player = Player()
    player.seek(40)
    player.set_speed(speed)
    assert player.wanted() == 40
    player.play()
    assert player.wanted() == 40 + ahead
    player.pause()
    assert player.wanted() == 40


def test_speeds_are_kept_within_reach_and_indices_above_zero() -> None:
    player = Player()
    player.set_speed(1000)
    assert player.speed == 16.0
    player.seek(-4)
    assert player.index == 0
