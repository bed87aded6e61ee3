"""Which of many trainings goes on is told instead of what a training itself tells."""

from typing import Any, cast

import pytest

from epochal.runs.plan import Plan
from epochal.runs.trial_progress import TrialProgress
from epochal.translation import language


class Told:
    def __init__(self):
        self.stages = []

    def stage(self, words):
        self.stages.append(words)

    def epoch(self, epoch, epochs, logs):
        raise AssertionError("an epoch of one of many trainings says nothing")


@pytest.fixture
def stages(monkeypatch):
    """What is told of two of some trainings, of 30 seconds each."""

    def told(spoken: str, trainings: int) -> list[str]:
        now = [0.0]

        def train_once(plan: Any, observer: Any) -> None:
            observer.stage("training")
            observer.epoch(1, 2, {"loss": 1.0})
            now[0] += 30

        monkeypatch.setattr("epochal.runs.trial_progress.perf_counter", lambda: now[0])
        monkeypatch.setattr("epochal.runs.trial_progress.train_once", train_once)
        watching = Told()
        with language(spoken):
            progress = TrialProgress(watching, trainings)
            for what in ("as it is", "more dropout"):
                progress.training(what)(cast(Plan, None))
        return watching.stages

    return told


def test_what_is_tried_and_how_long_it_will_take(stages):
    assert stages("en", 3) == [
        "trying as it is: 1 of 3 trainings",
        "trying more dropout: 2 of 3 trainings, about 60 s left",
    ]
    assert stages("en", 9)[1] == "trying more dropout: 2 of 9 trainings, about 4 min left"


def test_in_korean(stages):
    assert stages("ko", 3) == [
        "그대로 시도 중: 훈련 3번 중 1번째",
        "더 강한 드롭아웃 시도 중: 훈련 3번 중 2번째, 약 60초 남음",
    ]
    assert stages("ko", 9)[1].endswith("약 4분 남음")
