"""Whether new rows are drawn as those of the training were."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from epochal.drift.drift import drift_of
from epochal.drift.told_apart import area, told_apart

KINDS = {"x": "numeric", "z": "numeric"}


def rows(count, seed, *, shift=0.0):
    random = np.random.default_rng(seed)
    x = random.normal(shift, 1, count)
    return pd.DataFrame({"x": x, "z": x + random.normal(0, 0.3, count)})


def compared(known, new):
    return drift_of(known, new, KINDS, (known.to_numpy(), new.to_numpy()), seed=0)


def test_rows_alike():
    found = compared(rows(400, 0), rows(300, 1))
    assert (found.kind, found.differing) == ("none", ())
    assert found.told_apart is not None
    assert found.told_apart.low < 0.5
    assert found.unlike is not None
    assert found.unlike < 0.03
    assert found.sentence.startswith("These rows look like those of the training: ")


def test_rows_that_are_shifted():
    found = compared(rows(400, 0), rows(300, 1, shift=2))
    assert found.kind == "strong"
    assert {column.name for column in found.differing} == {"x", "z"}
    assert "do not believe the run's scores and intervals" in found.sentence
    assert found.sentence.endswith("Columns that differ: x, z.")


def test_what_no_column_shows_the_classifier_finds():
    known = rows(400, 0)
    shuffled = known.assign(z=np.random.default_rng(1).permutation(known["z"]))
    found = compared(known, shuffled)
    assert [column.size for column in found.columns] == [0, 0]
    assert found.kind == "strong"
    assert found.told_apart is not None
    assert found.told_apart.low > 0.7


def test_few_rows():
    assert compared(rows(400, 0), rows(10, 1, shift=5)).kind == "unknown"
    few = compared(rows(400, 0), rows(25, 1, shift=2))
    assert (few.told_apart, few.kind) == (None, "strong")


def test_the_area_is_scikit_learns_and_its_interval_covers():
    random = np.random.default_rng(0)
    held = []
    for _ in range(300):
        low, high = random.normal(0, 1, 60).round(1), random.normal(1, 1, 40).round(1)
        found = area(low, high)
        held.append(found.low <= 0.7602 <= found.high)  # Phi(1 / sqrt(2))
    truth = np.repeat([0, 1], [60, 40])
    assert found.value == pytest.approx(roc_auc_score(truth, np.concatenate([low, high])))
    assert 0.9 <= np.mean(held) <= 0.985


@pytest.mark.slow
def test_a_classifier_finds_nothing_where_there_is_nothing():
    alarms = 0
    for seed in range(40):
        known, new = (rows(120, 2 * seed + at).to_numpy() for at in (0, 1))
        found = told_apart(known, new, seed=seed)
        assert found is not None
        alarms += found.low > 0.5
    assert alarms <= 4
