"""The scores of a task: what they are of, and which one is the headline."""

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.scoring.bootstrap import score_all
from epochal.scoring.task_metrics import ALL_METRICS, headline_first, metrics_of


def test_the_positive_class_is_named_where_a_score_depends_on_it():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 2, (200, 1)), rng.random((200, 1))
    one, _ = score_all(metrics_of("binary", positive="a"), truth, {"network": predicted}, draws=5)
    other, _ = score_all(
        metrics_of("binary", positive="b"), 1 - truth, {"network": 1 - predicted}, draws=5
    )
    for first, second in zip(one, other, strict=True):
        depends = first.network.value != pytest.approx(second.network.value)
        assert not (depends and first.of is None), first.name
        assert (first.of, second.of) in ((None, None), ("a", "b"))


@pytest.mark.parametrize(
    ("task", "rarest", "headline"),
    [
        ("binary", 0.1, "accuracy"),
        ("binary", 0.099, "average precision"),
        ("multilabel", 0.05, "average precision"),
        ("multiclass", 0.1, "accuracy"),
        ("multiclass", 0.05, "balanced accuracy"),
        ("regression", 1.0, "RMSE"),
    ],
)
def test_the_headline_of_a_task(task, rarest, headline):
    found = headline_first(metrics_of(task), rarest=rarest)
    assert found[0].name == headline
    assert sorted(one.name for one in found) == sorted(one.name for one in ALL_METRICS[task])


def test_the_headline_that_is_asked_for():
    found = metrics_of("regression", targets=("price", "days"))
    assert headline_first(found, asked="mae of DAYS")[0].label == "MAE of days"
    assert headline_first(found, asked="R2")[0].label == "R² of price"
    assert headline_first(metrics_of("binary", positive="x"), asked="f1")[0].label == "F1 of x"


def test_a_score_that_a_task_has_not_suggests_the_nearest():
    with pytest.raises(InputError, match=r"one of accuracy, .*'acuracy'.*mean 'accuracy'\?"):
        headline_first(metrics_of("multiclass"), asked="acuracy")
    with pytest.raises(InputError, match="metric must be one of RMSE, MAE, R², got 'AUC': give"):
        headline_first(metrics_of("regression"), asked="AUC")


def test_each_of_several_targets_has_scores_in_its_own_unit():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(50, 2)) * [1, 1000]
    predicted = truth + rng.normal(size=(50, 2)) * [0.1, 300]
    metrics = metrics_of("regression", targets=("a", "b"))
    both, _ = score_all(metrics, truth, {"network": predicted}, draws=20)
    alone = [
        score_all(
            metrics_of("regression"), truth[:, [at]], {"network": predicted[:, [at]]}, draws=20
        )
        for at in (0, 1)
    ]
    assert [score.network for score in both[1:]] == [
        score.network for scores, _ in alone for score in scores
    ]
    assert both[0].name == "mean R²"
    assert both[0].network.value == pytest.approx(
        np.mean([scores[2].network.value for scores, _ in alone])
    )
