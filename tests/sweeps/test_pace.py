"""How many trials there is time for."""

from time import perf_counter

import pytest

from epochal.sweeps.pace import Pace


def paced(left: float | None, *seconds: float) -> Pace:
    """Fits of these seconds have ended, of trials of 3, and so many are left, less an instant."""
    pace = Pace(fits=3, deadline=None if left is None else perf_counter() + left)
    for each in seconds:
        pace.add(each)
    return pace


def test_without_a_limit_there_is_time_for_all() -> None:
    assert paced(None, 1, 2).trials(7, at_once=2) == 7


def test_after_the_time_there_is_none() -> None:
    assert paced(-1).trials(7, at_once=2) == 0
    assert paced(-1, 1e-9).trials(7, at_once=2) == 0


def test_before_a_fit_has_ended_nobody_knows() -> None:
    assert paced(1e-3).trials(7, at_once=2) == 7


@pytest.mark.parametrize(
    ("left", "at_once", "in_turn", "trials"),
    [
        # Of fits of 10 s, on one core: the one under way, and three of the trial.
        (39, 1, 1, 0),
        (41, 1, 1, 1),
        (69, 1, 1, 1),
        (71, 1, 1, 2),
        # On 3 cores: one is free after 10 s, and all fits of the trial are over 10 s later.
        (21, 3, 1, 1),
        (19, 3, 1, 0),
        # On Ray a trial takes 30 s, and of 30 tasks under way one ends each second.
        (32, 30, 3, 1),
        (30, 30, 3, 0),
        (10_000, 2, 1, 7),
    ],
)
def test_what_there_is_time_for_follows_from_the_fits_that_ended(
    left: float, at_once: int, in_turn: int, trials: int
) -> None:
    pace = paced(left, 5, 15)
    assert pace.trials(7, at_once=at_once, in_turn=in_turn) == trials
