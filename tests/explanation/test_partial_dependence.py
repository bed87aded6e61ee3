"""Partial dependence: closed forms, scikit-learn's, categories, dates and what has none."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence as of_sklearn

from epochal.explanation.composed_rows import ComposedRows
from epochal.explanation.importances import Importance, Importances
from epochal.explanation.partial_dependence import first_dependences, partial_dependence
from epochal.scoring import Interval


def table(rows=80):
    random = np.random.default_rng(0)
    return pd.DataFrame(random.normal(size=(rows, 3)), columns=list("abc"))


def predicted(frame):
    a, b, c = frame.to_numpy().T
    return np.sin(a) * b + c


def dependence(rows, column, kind, **options):
    found = partial_dependence(rows, column, kind, **options)
    assert found is not None
    return found


def test_of_a_sum_it_is_the_columns_term_plus_the_mean_of_the_others():
    frame = table()
    rows = ComposedRows.of(lambda f: (f["a"] ** 2 + f["b"]).to_numpy(), frame)
    found = dependence(rows, "a", "numeric")
    expected = np.square(found.values) + frame["b"].mean()
    np.testing.assert_allclose(found.mean[:, 0], expected)
    low, high = np.quantile(frame["b"], [0.1, 0.9])
    np.testing.assert_allclose(found.low[:, 0], np.square(found.values) + low)
    np.testing.assert_allclose(found.high[:, 0], np.square(found.values) + high)


def test_it_is_scikit_learns():
    class Model(RegressorMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.fitted_ = True
            return self

        def predict(self, X):
            return predicted(pd.DataFrame(np.asarray(X)))

    frame = table()
    ours = dependence(ComposedRows.of(predicted, frame), "a", "numeric", most_values=7)
    theirs = of_sklearn(
        Model().fit(frame),
        frame,
        ["a"],
        method="brute",
        kind="both",
        custom_values={"a": np.array(ours.values)},
    )
    np.testing.assert_allclose(ours.mean[:, 0], theirs["average"][0])
    curves = np.quantile(theirs["individual"][0], [0.1, 0.9], axis=0)
    np.testing.assert_allclose(np.stack([ours.low[:, 0], ours.high[:, 0]]), curves)


def test_numbers_are_values_of_the_table_between_the_quantiles():
    frame = table(500)
    values = dependence(ComposedRows.of(predicted, frame), "a", "numeric").values
    assert set(values) <= set(frame["a"])
    assert len(values) == 12
    low, high = np.quantile(frame["a"], [0.05, 0.95])
    assert values[0] == pytest.approx(low, abs=0.02)
    assert values[-1] == pytest.approx(high, abs=0.02)


def test_categories_go_from_the_most_frequent_on():
    frame = pd.DataFrame({"sex": ["f", "m", "m", None], "x": [0.0, 1.0, 2.0, 3.0]})
    worth = {"f": 5.0, "m": 1.0}
    rows = ComposedRows.of(lambda f: f["sex"].map(worth).to_numpy() + f["x"].to_numpy(), frame)
    found = dependence(rows, "sex", "category")
    assert found.values == ("m", "f")
    assert found.mean[:, 0].tolist() == [2.5, 6.5]


def test_booleans_keep_their_names():
    frame = pd.DataFrame({"member": ["yes", "no", "no"], "x": [0.0, 1.0, 2.0]})
    rows = ComposedRows.of(lambda f: (f["member"] == "yes").to_numpy(float), frame)
    found = dependence(rows, "member", "boolean")
    assert (found.values, found.mean[:, 0].tolist()) == (("no", "yes"), [0.0, 1.0])


def test_dates_are_years_and_missing_values_are_left_out():
    frame = pd.DataFrame({"day": ["2000-01-01", None, "2010-07-02"], "x": [0.0, 0.0, 0.0]})
    rows = ComposedRows.of(lambda f: pd.to_datetime(f["day"]).dt.year.to_numpy(float), frame)
    found = dependence(rows, "day", "date")
    assert found.values == pytest.approx((2000, 2010.5), abs=0.01)
    assert found.mean[:, 0].tolist() == [2000, 2010]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["some text", "another"], "text"), ([1.0, 1.0], "numeric"), ([None, None], "numeric")],
)
def test_texts_and_single_values_have_none(cells, kind):
    frame = pd.DataFrame({"a": cells})
    rows = ComposedRows.of(lambda f: np.zeros(len(f)), frame)
    assert partial_dependence(rows, "a", kind) is None


def test_of_several_outputs_the_one_that_depends_most_is_named():
    rows = ComposedRows.of(lambda f: np.stack([1000 * f["b"] + f["a"], f["a"]], axis=1), table())
    assert dependence(rows, "a", "numeric").output == 1


def test_of_a_group_the_column_that_matters_most_is_taken():
    rows = ComposedRows.of(lambda f: (5 * f["b"] + f["a"] + f["c"]).to_numpy(), table())
    one = Interval(value=1.0, low=0.5, high=2.0)
    importances = Importances(
        score="RMSE",
        percent=False,
        groups=(
            Importance(columns=("a", "b"), importance=one),
            Importance(columns=("c",), importance=one),
        ),
        rows=80,
        repeats=1,
    )
    kinds = dict.fromkeys("abc", "numeric")
    assert [one.column for one in first_dependences(rows, importances, kinds)] == ["b", "c"]
    assert [one.column for one in first_dependences(rows, importances, kinds, most=1)] == ["b"]
