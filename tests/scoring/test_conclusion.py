"""The conclusion says what the intervals show, and nothing else."""

from itertools import combinations

import pytest

from epochal.scoring import Comparison, Interval, Score
from epochal.scoring.conclusion import better_baseline, conclude
from epochal.translation import language

NAMES = ("most frequent class", "logistic regression", "gradient boosting")
SURE = 0.01
"""Half of the width of every interval."""


def _concluded(constant, linear, boosting, network, *, name="accuracy", higher=True):
    """The conclusion from scores with intervals of differences of `SURE` on each side."""
    values = dict(zip((*NAMES, "network"), (constant, linear, boosting, network), strict=True))
    sign = 1 if higher else -1
    parts = {who: Interval(value=v, low=v - SURE, high=v + SURE) for who, v in values.items()}
    gains = []
    for simpler, model in combinations(values, 2):
        gain = sign * (values[model] - values[simpler])
        found = Interval(value=gain, low=gain - SURE, high=gain + SURE)
        gains.append(Comparison(model=model, baseline=simpler, gain=found))
    score = Score(
        name=name,
        higher_is_better=higher,
        percent=higher,
        network=parts.pop("network"),
        baselines=parts,
    )
    return conclude(score, gains, "churn")


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (
            (0.6, 0.7, 0.9, 0.8),
            "Take gradient boosting instead: its accuracy is significantly better (by 10.0 points, "
            "95% interval 9.0 to 11.0).",
        ),
        (  # of two that are better, the best
            (0.6, 0.9, 0.87, 0.8),
            "Take logistic regression instead: its accuracy is significantly better (by 10.0 "
            "points, 95% interval 9.0 to 11.0).",
        ),
        (
            (0.7, 0.6, 0.6, 0.6),
            "The network learnt nothing about churn: take the most frequent class, its accuracy is "
            "significantly better (by 10.0 points, 95% interval 9.0 to 11.0).",
        ),
        (
            (0.7, 0.7, 0.705, 0.698),
            "Take none of the models for churn: on these test rows none has a significantly better "
            "accuracy than always predicting the most frequent class (the network by −0.2 points, "
            "95% interval −1.2 to 0.8).",
        ),
        (
            (0.7, 0.705, 0.715, 0.709),
            "Take gradient boosting: its accuracy is significantly better than that of always "
            "predicting the most frequent class, and the network's is not (by 0.9 points, 95% "
            "interval −0.1 to 1.9).",
        ),
        (
            (0.6, 0.8, 0.805, 0.808),
            "Take logistic regression: nothing has a significantly better accuracy, and it is the "
            "simplest (the network by 0.8 points, 95% interval −0.2 to 1.8).",
        ),
        (
            (0.6, 0.8, 0.815, 0.808),
            "Take gradient boosting: its accuracy is significantly better than that of logistic "
            "regression, and the network's is not (by 0.8 points, 95% interval −0.2 to 1.8).",
        ),
        (
            (0.6, 0.7, 0.8, 0.805),
            "Take the network or gradient boosting: the network is significantly better than "
            "logistic regression, and not significantly different from gradient boosting (by 0.5 "
            "points, 95% interval −0.5 to 1.5).",
        ),
        (
            (0.6, 0.7, 0.8, 0.9),
            "Take the network: its accuracy is significantly better than that of every baseline "
            "(than gradient boosting, the best of them, by 10.0 points, 95% interval 9.0 to 11.0).",
        ),
    ],
)
def test_the_sentence_follows_from_the_intervals(scores, sentence):
    assert _concluded(*scores) == sentence


def test_an_error_is_better_where_it_is_lower_and_has_its_own_unit():
    found = _concluded(5.0, 4.0, 3.0, 3.5, name="RMSE", higher=False)
    assert found.startswith("Take gradient boosting instead: its RMSE is significantly better (by")
    assert "by 0.500, 95% interval 0.490 to 0.510)" in found
    assert _concluded(5.0, 4.0, 3.0, 2.0, name="RMSE", higher=False).startswith("Take the network:")


def test_nothing_follows_from_scores_that_are_not_there():
    nothing = Interval(value=float("nan"), low=float("nan"), high=float("nan"))
    score = Score(
        name="AUC", higher_is_better=True, percent=False, network=nothing, baselines={"a": nothing}
    )
    assert conclude(score, (), "y").startswith("Nothing can be concluded: the test rows do not")


def test_a_constant_without_a_score_does_not_keep_the_others_from_being_compared():
    gain = Interval(value=0.1, low=0.05, high=0.15)
    gains = [Comparison(model="network", baseline=name, gain=gain) for name in NAMES[1:]]
    score = Score(
        name="precision",
        higher_is_better=True,
        percent=False,
        network=gain,
        baselines=dict.fromkeys(NAMES, gain),
    )
    assert conclude(score, gains, "y").startswith("Take the network: its precision is")
    assert better_baseline(gains) is None


def test_it_is_said_in_korean_with_the_particles_of_its_words():
    def interval(value, low, high):
        return Interval(value=value, low=low, high=high)

    score = Score(
        name="RMSE",
        higher_is_better=False,
        percent=False,
        network=interval(3.0, 2.8, 3.2),
        baselines={"mean": interval(5.0, 4.7, 5.3), "linear regression": interval(2.0, 1.7, 2.3)},
    )
    better = Comparison(model="network", baseline="mean", gain=interval(2.0, 1.7, 2.3))
    worse = Comparison(
        model="network", baseline="linear regression", gain=interval(-1.0, -1.4, -0.6)
    )
    with language("ko"):
        assert conclude(score, [better], "price") == (
            "신경망을 쓰세요: 평균 제곱근 오차 (RMSE)가 항상 평균을 예측하는 것보다 유의하게 더 "
            "좋습니다(나은 정도 2.00, 95% 신뢰 구간 1.70~2.30)."
        )
        assert conclude(score, [better, worse], "price") == (
            "신경망 대신 선형 회귀를 쓰세요: 평균 제곱근 오차 (RMSE)가 유의하게 더 좋습니다"
            "(나은 정도 1.00, 95% 신뢰 구간 0.60~1.40)."
        )
