"""Which settings are told apart, by closed forms, simulations and planted differences."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from epochal.sweeps.fits import Fit
from epochal.sweeps.judging import Setting, judged, simplest_of
from epochal.sweeps.moderation import moderated


def fits(values: NDArray | list[float], weights: int = 10) -> list[Fit]:
    return [
        Fit(value=None if np.isnan(value) else float(value), epochs=1, weights=weights, seconds=1.0)
        for value in values
    ]


def of(*rows: list[float], higher: bool = False, ratio: float = 0.0) -> list[Setting]:
    trials = [(at, {"number": at}, fits(row)) for at, row in enumerate(rows)]
    return judged(trials, higher=higher, ratio=ratio)


def test_two_settings_are_compared_by_the_t_interval_of_their_pairs() -> None:
    a, b = [0.1, 0.5, 0.9], [0.2, 0.61, 1.0]
    best, other = of(a, b)
    reference = stats.ttest_rel(b, a).confidence_interval(0.95)
    assert (best.number, other.number) == (0, 1)
    assert (other.difference.low, other.difference.high) == pytest.approx(tuple(reference))
    assert other.is_worse
    assert not best.is_worse


def test_folds_of_one_table_widen_the_interval() -> None:
    a, b = [0.1, 0.5, 0.9], [0.2, 0.61, 1.0]
    plain, folds = of(a, b)[1].difference, of(a, b, ratio=0.25)[1].difference
    wider = np.sqrt((1 / 3 + 0.25) / (1 / 3))
    assert folds.high - folds.value == pytest.approx(wider * (plain.high - plain.value))


def test_of_a_score_the_highest_is_best_and_the_difference_still_counts_from_zero_up() -> None:
    best, other = of([0.5, 0.6], [0.7, 0.9], higher=True)
    assert best.number == 1
    assert other.difference.value == pytest.approx(0.25)


def test_a_setting_that_diverged_comes_last_and_is_never_alike() -> None:
    ranked = of([0.5, float("nan")], [0.7, 0.9], [0.1, 0.2])
    assert [each.number for each in ranked] == [2, 1, 0]
    assert ranked[-1].is_worse
    assert np.isnan(ranked[-1].interval.value)


def test_one_fit_each_tells_nothing_apart() -> None:
    assert not any(setting.is_worse for setting in of([0.1], [0.9], [0.5]))


def test_the_simplest_has_the_fewest_weights_then_the_fewest_techniques_then_the_best_mean() -> (
    None
):
    values = [[0.50, 0.70], [0.51, 0.72], [0.52, 0.69], [0.9, 1.1]]
    settings: list[dict[str, Any]] = [
        {"dropout": 0.1, "clipnorm": 1.0},
        {"dropout": 0.1, "clipnorm": None},
        {"dropout": 0.0, "clipnorm": None},
        {"dropout": 0.0, "clipnorm": None},
    ]
    few = [20, 10, 10, 5]
    trials = [(at, settings[at], fits(values[at], few[at])) for at in range(4)]
    ranked = judged(trials, higher=False, ratio=0.0)
    assert [each.number for each in ranked] == [0, 2, 1, 3]
    assert ranked[3].is_worse, "the smallest network is not among them"
    assert simplest_of(ranked).number == 2
    assert simplest_of([each for each in ranked if each.number != 2]).number == 1


def test_of_settings_that_are_equally_good_few_are_called_worse_and_of_planted_ones_all() -> None:
    random = np.random.default_rng(0)
    called, found = [], []
    for _ in range(200):
        spread = random.uniform(0.5, 2.0, size=(20, 1)) * 0.01
        values = 0.5 + spread * random.standard_normal((20, 3)) + random.standard_normal(3) * 0.1
        values[10:] += 0.2  # as far as ten to forty spreads
        ranked = of(*values.tolist())
        by_number = {each.number: each.is_worse for each in ranked}
        called += [by_number[at] for at in range(10)]
        found += [by_number[at] for at in range(10, 20)]
    # The best of ten is lucky, so that others lie further behind it than chance has two of them.
    assert np.mean(called) < 0.25
    assert np.mean(found) > 0.99


def test_moderated_variances_are_those_of_the_prior_that_they_were_drawn_from() -> None:
    random = np.random.default_rng(1)
    prior, common, freedom = 8.0, 0.3, 2
    truth = prior * common / random.chisquare(prior, 20_000)
    variances = truth * random.chisquare(freedom, 20_000) / freedom
    steadied, found = moderated(variances, freedom)
    assert found == pytest.approx(freedom + prior, rel=0.1)
    # The posterior means of Smyth's formula 2 are nearer to the truth than each by itself.
    assert np.corrcoef(steadied, truth)[0, 1] == pytest.approx(
        np.corrcoef((prior * common + freedom * variances), truth)[0, 1]
    )
    assert np.mean((steadied - truth) ** 2) < 0.4 * np.mean((variances - truth) ** 2)


def test_fewer_than_four_variances_stay_as_they_are() -> None:
    variances = np.array([0.0, 1.0, 2.0, 3.0])
    steadied, freedom = moderated(variances, 2)
    assert steadied.tolist() == variances.tolist()
    assert freedom == 2
