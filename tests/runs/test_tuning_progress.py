"""What is said while settings are tried."""

import re
from collections.abc import Mapping

from epochal.runs.tuning import told_by


class Heard:
    """An observer that keeps the last words."""

    words = ""

    def stage(self, words: str) -> None:
        self.words = words

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        raise AssertionError("no epochs are told")


def test_an_end_that_is_given_is_a_time_of_day() -> None:
    heard = Heard()
    tell = told_by(heard, 3600)
    tell(0, 0)
    said = heard.words
    assert re.fullmatch(r"tuning until \d\d:\d\d:\d\d: 0 networks trained", said)
    tell(7, 0)
    assert heard.words == said.replace("0 networks", "7 networks")


def test_what_ends_before_that_is_guessed() -> None:
    heard = Heard()
    told_by(heard, 1e6)(1, 4)
    assert re.fullmatch(r"tuning: 1 of 4 networks trained, about \d+ s left", heard.words)
    told_by(heard, None)(0, 4)
    assert heard.words == "tuning: 0 networks trained"
