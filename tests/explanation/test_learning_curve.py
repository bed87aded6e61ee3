"""Learning curves: growing parts of the rows, and what follows from the scores."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from epochal.data.relations import Relations
from epochal.explanation.learning_curve import LearningCurve, growing_parts, learning_curve
from epochal.scoring import Interval
from epochal.scoring.task_metrics import metrics_of
from epochal.translation import language

RMSE = metrics_of("regression")[0]


def test_each_part_holds_those_before_it():
    parts = growing_parts(Relations.of(80))
    assert [len(part) for part in parts] == [10, 20, 40]
    assert set(parts[0]) < set(parts[1]) < set(parts[2])
    assert all((np.diff(part) > 0).all() for part in parts)
    assert any(
        (first != second).any()
        for first, second in zip(parts, growing_parts(Relations.of(80), seed=1), strict=True)
    )


def test_parts_have_the_classes_in_proportion():
    classes = np.repeat([0, 1, 2], [80, 40, 8])
    for part in growing_parts(Relations.of(128, classes=classes)):
        share = np.bincount(classes[part], minlength=3) / len(part)
        assert share == pytest.approx([0.625, 0.3125, 0.0625], abs=0.05)


def test_groups_are_whole():
    groups = np.random.default_rng(0).integers(0, 30, 200)
    for part in growing_parts(Relations.of(200, groups=groups)):
        assert not set(groups[part]) & set(np.delete(groups, part))


def test_of_times_the_latest_rows_are_taken():
    times = np.random.default_rng(0).permutation(80)
    first, *_ = growing_parts(Relations.of(80, order=times))
    assert sorted(times[first]) == list(range(70, 80))


def test_equal_times_stay_together():
    (half,) = growing_parts(Relations.of(9, order=[0, 0, 0, 1, 1, 1, 1, 2, 2]), [0.5])
    assert half.tolist() == [3, 4, 5, 6, 7, 8]


def test_parts_that_would_be_empty_or_all_rows_are_left_out():
    assert [len(part) for part in growing_parts(Relations.of(3))] == [1, 2]
    assert growing_parts(Relations.of(4, groups=[0, 0, 0, 0])) == []


def test_the_gain_is_that_of_all_rows_over_the_part_before():
    random = np.random.default_rng(0)
    truth = random.normal(size=(200, 1))
    noise = random.normal(size=(200, 1))
    outputs = {400: truth + noise, 100: truth + 3 * noise, 200: truth + 2 * noise}
    found = learning_curve(RMSE, truth, outputs)
    size = np.sqrt(np.mean(noise**2))
    assert found.rows == (100, 200, 400)
    assert [one.value for one in found.scores] == pytest.approx([3 * size, 2 * size, size])
    assert found.gain.value == pytest.approx(size)
    assert 0 < found.gain.low < size < found.gain.high


def test_each_model_has_its_threshold():
    truth = np.array([[0], [1]] * 30)
    outputs = {10: np.where(truth, 0.3, 0.1), 20: np.where(truth, 0.9, 0.7)}
    found = learning_curve(metrics_of("binary")[0], truth, outputs, thresholds={10: 0.2, 20: 0.5})
    assert [one.value for one in found.scores] == [1.0, 0.5]


def curve(low, high):
    point = Interval(value=3.0, low=2.0, high=4.0)
    return LearningCurve(
        score="RMSE",
        percent=False,
        higher_is_better=False,
        rows=(500, 1000),
        scores=(point, point),
        gain=Interval(value=(low + high) / 2, low=low, high=high),
    )


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (
            1.0,
            2.0,
            "more rows are likely to help: from 500 to 1,000 rows the RMSE became better by 1.50 "
            "(95% interval 1.00 to 2.00)",
        ),
        (
            -1.0,
            2.0,
            "whether more rows would help cannot be told: from 500 to 1,000 rows the RMSE became "
            "better by 0.500 (95% interval −1.00 to 2.00)",
        ),
        (
            -2.0,
            -1.0,
            "more rows of this kind did not help: from 500 to 1,000 rows the RMSE became worse by "
            "1.50 (95% interval −2.00 to −1.00)",
        ),
    ],
)
def test_what_follows_is_said_with_its_interval(low, high, sentence):
    assert curve(low, high).sentence == sentence


def test_a_score_that_is_not_defined_tells_nothing():
    undefined = replace(curve(0, 1), gain=Interval(value=np.nan, low=np.nan, high=np.nan))
    assert undefined.sentence == (
        "whether more rows would help cannot be told: the RMSE is not defined on these rows"
    )


def test_it_comes_back_from_json():
    found = curve(1.0, 2.0)
    assert LearningCurve.from_dict(json.loads(json.dumps(asdict(found)))) == found


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        (
            1.0,
            2.0,
            "행이 더 많으면 도움이 될 것 같습니다: 행이 500개에서 1,000개로 늘자 "
            "평균 제곱근 오차 (RMSE)가 1.50만큼 좋아졌습니다(95% 신뢰 구간 1.00~2.00)",
        ),
        (
            -2.0,
            -1.0,
            "이런 행은 더 많아도 도움이 되지 않았습니다: 행이 500개에서 1,000개로 늘자 "
            "평균 제곱근 오차 (RMSE)가 1.50만큼 나빠졌습니다(95% 신뢰 구간 −2.00~−1.00)",
        ),
        (
            np.nan,
            np.nan,
            "행이 더 많으면 도움이 될지 알 수 없습니다: 이 행들에서는 "
            "평균 제곱근 오차 (RMSE)가 정의되지 않습니다",
        ),
    ],
)
def test_what_follows_is_said_in_korean(low, high, sentence):
    with language("ko"):
        assert curve(low, high).sentence == sentence
