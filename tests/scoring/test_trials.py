"""What was tried, as texts and as JSON."""

import json
from dataclasses import asdict, replace

from epochal.scoring import Interval
from epochal.scoring.json_numbers import nan_to_none
from epochal.scoring.trials import AS_IT_IS, Trial, Trials, trial_headings, trial_rows
from epochal.translation import language

SCORE = Interval(value=0.8, low=0.7, high=float("nan"))
GAIN = Interval(value=0.02, low=0.01, high=0.05)
FIRST = Trial(what=AS_IT_IS, option="", score=SCORE, log_loss=0.5, calibration_error=0.1)
SECOND = Trial(
    what="more dropout",
    option="--dropout 0.3",
    score=SCORE,
    gain=GAIN,
    better=True,
    log_loss=0.4,
    calibration_error=0.05,
)
TRIALS = Trials(
    why="remedies",
    label="accuracy",
    higher_is_better=True,
    percent=True,
    rows=1200,
    folds=3,
    trials=(FIRST, SECOND),
    conclusion="Take it.",
)


def test_they_are_read_as_json_holds_them():
    read = Trials.from_dict(json.loads(json.dumps(nan_to_none(asdict(TRIALS)))))
    assert repr(read) == repr(TRIALS)  # NaN is unlike itself


def test_the_best_is_the_one_of_the_largest_gain_beyond_chance():
    larger = replace(SECOND, what="luck", gain=replace(GAIN, value=0.5), better=False)
    third = replace(SECOND, what="l2", gain=replace(GAIN, value=0.03))
    assert replace(TRIALS, trials=(FIRST, SECOND, larger, third)).best == third
    assert replace(TRIALS, trials=(FIRST, larger)).best is None


def test_a_row_for_each():
    assert trial_headings(TRIALS) == [
        *("tried", "option", "score:", "gain (95% interval):", "log loss:", "calibration:", "")
    ]
    gain = "2.0% (1.0% to 5.0%)"
    assert trial_rows(TRIALS) == [
        ["as it is", "", "80.0%", "", "0.500", "0.100", ""],
        ["more dropout", "--dropout 0.3", "80.0%", gain, "0.400", "0.0500", "better"],
    ]
    assert TRIALS.aside == (
        "The score is accuracy on 1,200 training rows, each predicted by networks that were "
        "trained on others, in 3 folds. Gains are paired by row."
    )


def test_numbers_have_neither_log_loss_nor_calibration():
    plain = replace(SECOND, log_loss=None, calibration_error=None)
    numbers = replace(TRIALS, percent=False, trials=(plain, plain, plain))
    assert trial_headings(numbers) == ["tried", "option", "score:", "gain (95% interval):", ""]
    assert all(len(row) == 5 for row in trial_rows(numbers))
    assert numbers.aside.endswith("Better is what is so among 2 that were tried.")


def test_they_speak_the_current_language_and_keep_their_english_names():
    with language("ko"):
        assert TRIALS.title == "처방"
        assert trial_headings(TRIALS) == [
            *("시도한 것", "옵션", "점수:", "이득(95% 신뢰 구간):", "로그 손실:", "보정 오차:", "")
        ]
        gain = "2.0% (1.0%~5.0%)"
        assert trial_rows(TRIALS) == [
            ["그대로", "", "80.0%", "", "0.500", "0.100", ""],
            ["더 강한 드롭아웃", "--dropout 0.3", "80.0%", gain, "0.400", "0.0500", "더 좋음"],
        ]
        of_fraud = replace(TRIALS, why="class weights", label="average precision of fraud")
        assert of_fraud.title == "클래스 가중치"
        assert of_fraud.aside.startswith("점수는 훈련 행 1,200개의 fraud의 평균 정밀도입니다.")
    assert TRIALS.trials[1].what == "more dropout"
