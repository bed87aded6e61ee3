"""How many steps are run at once, by a clock of the test's own."""

import pytest

from epochal.training.chunks import FIRST_STEPS, TARGET_SECONDS, ChunkSizer


@pytest.fixture(scope="module", autouse=True)
def engine():
    """No engine runs here."""


@pytest.fixture
def after(monkeypatch):
    """End a chunk of so many steps that took so many seconds; gives the steps of the next."""
    now = [5.0]
    monkeypatch.setattr("epochal.training.chunks.perf_counter", lambda: now[0])

    def end(sizer: ChunkSizer, steps: int, seconds: float) -> int:
        sizer.begin()
        now[0] += seconds
        sizer.end(steps)
        return sizer.steps

    return end


def test_the_next_chunk_takes_the_time_that_a_person_waits(after):
    sizer = ChunkSizer()
    assert sizer.steps == FIRST_STEPS
    assert after(sizer, 32, TARGET_SECONDS / 2) == 64
    assert after(sizer, 64, 4 * TARGET_SECONDS) == 16


def test_it_grows_at_most_16_times_at_once_and_never_runs_no_step(after):
    sizer = ChunkSizer()
    assert after(sizer, 32, 0.0) == 16 * 32
    assert after(sizer, 1, 100.0) == 1
