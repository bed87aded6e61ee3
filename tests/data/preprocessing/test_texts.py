"""Texts encoded: a linear model's predictions from their terms, by other rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from epochal.data.preprocessing.texts import TextEncoder

RANDOM = np.random.default_rng(0)
WORDS = [f"w{number}" for number in range(200)]


def reviews(rows: int, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Texts of 20 words of 200, of which each speaks a little for a class or against it."""
    random = np.random.default_rng(seed)
    leaning = np.random.default_rng(0).normal(size=len(WORDS))
    drawn = random.integers(0, len(WORDS), (rows, 20))
    texts = [" ".join(WORDS[number] for number in row) for row in drawn]
    target = leaning[drawn].sum(axis=1) + random.normal(size=rows) > 0
    return pd.DataFrame({"text": texts}), target.astype(float)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def test_the_predictions_are_those_of_a_ridge_regression_on_all_terms():
    frame, y = reviews(500)
    encoder = TextEncoder(classes=0).fit(frame, y)
    terms = csr_matrix(encoder.vectorizer_.transform(frame["text"]))
    scaled = (y - y.mean()) / y.std()
    errors = {}
    for penalty in (1.0, 3.0, 10.0):
        model = Ridge(penalty, solver="sparse_cg", tol=1e-8).fit(terms, scaled)
        errors[penalty] = np.abs(model.predict(terms) - encoder.transform(frame)[:, -1]).max()
    assert min(errors.values()) < 1e-3
    assert sorted(errors.values())[1] > 1e-2, "one penalty was chosen"


def test_they_tell_more_of_new_texts_than_the_largest_components():
    frame, y = reviews(2000)
    new, of_new = reviews(2000, seed=2)
    encoder = TextEncoder(30, classes=0).fit(frame, y)
    encoded = encoder.transform(new)
    components = Ridge().fit(encoder.transform(frame)[:, :-1], y).predict(encoded[:, :-1])
    assert correlation(encoded[:, -1], of_new) > correlation(components, of_new) + 0.1


def test_a_target_of_chance_is_not_given_away():
    """There are more terms than rows, so that any target can be learnt by heart."""
    frame, _ = reviews(300)
    chance = RANDOM.integers(0, 2, 300).astype(float)
    encoder = TextEncoder(classes=0)
    told = encoder.fit_transform(frame, chance)[:, -1]
    assert abs(correlation(told, chance)) < 0.2
    assert correlation(encoder.transform(frame)[:, -1], chance) > 0.8


@pytest.mark.parametrize(
    ("classes", "ends"), [(2, ["_score"]), (3, ["_score0", "_score1", "_score2"])]
)
def test_each_class_of_three_and_more_has_a_prediction(classes, ends):
    frame, y = reviews(300)
    target = y if classes == 2 else y + (RANDOM.random(300) < 0.3)
    encoder = TextEncoder(5, classes=classes)
    encoded = encoder.fit_transform(frame, target)
    names = list(encoder.get_feature_names_out())
    assert names == [f"text_text{n}" for n in range(5)] + ["text" + end for end in ends]
    assert encoded.shape == encoder.transform(frame).shape == (300, len(names))
    if classes == 3:
        assert correlation(encoded[:, -1], target == 2) > 0.1


def test_without_a_target_and_without_texts_there_are_none():
    frame, y = reviews(50)
    assert TextEncoder(5).fit_transform(frame, y).shape == (50, 5)
    empty = pd.DataFrame({"text": [None] * 50})
    encoder = TextEncoder(5, classes=0).fit(empty, y)
    assert encoder.transform(frame).shape == (50, 0)
    assert len(encoder.get_feature_names_out()) == 0
