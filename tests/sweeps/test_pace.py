"""How many trials a block has."""

import math
from time import perf_counter

import pytest

from epochal.sweeps.running import MEMBERS_PER_CORE, Pace


@pytest.mark.parametrize("cores", [1, 2, 3, 16, 64])
@pytest.mark.parametrize("fits", [1, 2, 3, 5, 20])
def test_all_cores_have_as_many_fits_of_a_block(cores, fits):
    trials = Pace(fits=fits, members=None, deadline=None).trials(cores)
    assert trials * fits % cores == 0
    smallest = math.lcm(cores, fits)
    assert abs(trials * fits - MEMBERS_PER_CORE * cores) <= max(smallest / 2, smallest - 1)


def test_what_is_asked_for_is_taken():
    assert Pace(fits=3, members=7, deadline=None).trials(2) == 2
    assert Pace(fits=3, members=1, deadline=None).trials(2) == 1


def test_a_block_ends_before_the_time_does():
    pace = Pace(fits=3, members=None, deadline=perf_counter() + 10)
    assert pace.trials(2) == 2  # the first one tells how long a fit takes
    pace.began, pace.ended = perf_counter() - 10, 10
    assert pace.trials(2) == 3  # of 10 s for fits of 1 s each
    pace.deadline = perf_counter() - 1
    assert pace.trials(2) == 0
