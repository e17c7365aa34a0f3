"""The learning rate and the progress of a run."""

import pytest

from dragoman_training.schedule import Progress, rate_factor


def test_rate_rises_holds_and_falls_to_its_final_share():
    factors = [rate_factor(step, progress, 10, 0.3, 0.01) for step, progress in [(0, 0), (9, 0.1), (50, 0.3), (99, 1)]]
    assert factors == pytest.approx([0.1, 1.0, 1.0, 0.01])


def test_progress_is_the_further_of_pieces_and_clock():
    now = [0.0]
    progress = Progress(1000, lambda: now[0], 100.0)
    assert progress.at(500) == 0.5
    now[0] = 80.0
    assert progress.at(510) == pytest.approx(0.8)


def test_progress_never_goes_back_and_ends_at_one():
    now = [0.0]
    progress = Progress(1000, lambda: now[0], 100.0)
    progress.at(900)
    assert progress.at(100) == 0.9
    now[0] = 1e6
    assert progress.at(901) == 1.0


def test_resumed_run_spreads_what_is_left_over_the_remaining_time():
    now = [50.0]
    progress = Progress(1e12, lambda: now[0], 100.0, resumed_from=0.6)
    assert progress.at(0) == pytest.approx(0.6)
    now[0] = 75.0
    assert progress.at(0) == pytest.approx(0.8)
