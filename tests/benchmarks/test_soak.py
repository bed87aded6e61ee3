"""What a soak tries, once each where that takes no time, and what it says of what did not hold."""

import random
import signal

import pytest

from benchmarks import soak
from benchmarks.interrupts import KINDS, TRAIN, interrupt
from benchmarks.soak_areas import AREAS, Area

QUICK = [area for area in AREAS if area.times > 1]


@pytest.mark.native
@pytest.mark.parametrize("area", QUICK, ids=[area.attempt.__name__ for area in QUICK])
def test_what_takes_milliseconds_holds(area, tmp_path):
    area.attempt(random.Random(3), tmp_path)  # noqa: S311


def test_what_did_not_hold_is_counted_and_said_with_its_seed(monkeypatch, capsys):
    def fail(draw, folder):
        assert folder.is_dir()
        raise AssertionError("no")

    good, bad = Area("good", lambda *_: None, times=2), Area("bad", fail)
    monkeypatch.setattr(soak, "AREAS", [good, bad])
    minutes, before, after = soak.soak(1e-9, 7)
    assert (good.tried, good.held, bad.tried, bad.held) == (2, 2, 1, 0)
    assert bad.wrong[0].startswith("seed 9: ")
    assert bad.wrong[0].endswith("AssertionError: no\n")
    assert "| bad | 1 | 0 |" in soak.report(minutes, 7, before, after)
    assert "3 tried, 2 held" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.native
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_interrupted_leaves_what_is_whole_or_nothing(kind, number, tmp_path):
    assert interrupt(kind, number, 4, 0.5, tmp_path).wrong == ""


@pytest.mark.slow
def test_a_run_that_nobody_interrupts_is_whole(tmp_path):
    ended = interrupt(TRAIN, 0, 0, None, tmp_path)
    assert (ended.left, ended.wrong) == ("kept", "")
