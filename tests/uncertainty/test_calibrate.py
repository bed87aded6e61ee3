"""`epochal.calibrate` on models, ensembles, predictions and probabilities."""

from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

import epochal
from epochal.calibration import Temperature
from epochal.errors import InputError
from epochal.scoring.calibration_error import calibration_error, confidence_calibration_error


def events(rows: int = 4000, sure: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of yes that are too sure, and what happened."""
    random = np.random.default_rng(0)
    logits = random.normal(size=rows)
    return expit(sure * logits), (random.random(rows) < expit(logits)).astype(int)


def blobs(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    x = random.normal(size=(rows, 2)) + np.array([[0, 0], [1, 0], [0, 1]])[y]
    return x.astype(np.float32), y


def overfitted() -> list[keras.Model]:
    x, y = blobs(60, 0)
    models = []
    for seed in range(2):
        keras.utils.set_random_seed(seed)
        layers = [keras.Input((2,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")]
        model = keras.Sequential([*layers, keras.layers.Dense(3, "softmax")])
        model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        epochal.fit(model, x, y, epochs=60, verbose=0, seed=seed)
        models.append(model)
    return models


def test_an_overfitted_network_and_ensemble_say_less_and_are_right() -> None:
    models, (x, y), (new, truth) = overfitted(), blobs(1000, 1), blobs(2000, 2)
    for source in (models[0], epochal.Ensemble(models=models)):
        fitted = epochal.calibrate(source, y, x=x, trained_on=blobs(60, 0))
        before = epochal.predict(source, new, verbose=0)
        after = fitted(before)
        assert isinstance(fitted.map, Temperature)
        assert fitted.map.temperature > 1.5
        assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
        errors = [confidence_calibration_error(truth, each) for each in (before, after)]
        assert errors[0] > 0.15
        assert errors[1] < errors[0] / 2
    # The training rows say that it is right to be so sure: they are refused.
    x, y = blobs(60, 0)
    with pytest.raises(InputError, match="got 60 of 60 that are in trained_on, such as row 0"):
        epochal.calibrate(models[0], y, x=x, trained_on=(x, y))


@pytest.mark.parametrize("method", ["temperature", "vector", "isotonic", "beta"])
def test_probabilities_of_yes_are_calibrated(method: str) -> None:
    p, happened = events()
    fitted = epochal.calibrate(p[:2000], happened[:2000], method=method)
    after = fitted(p[2000:])
    assert after.shape == (2000,)
    assert calibration_error(happened[2000:], p[2000:]) > 0.1
    assert calibration_error(happened[2000:], after) < 0.05


def test_a_prediction_stays_one_and_tells_its_total_alone() -> None:
    p, happened = events()
    found = epochal.Prediction(mean=p[:, None], task="binary", names=("no", "yes"))
    after = epochal.calibrate(found, happened)(found)
    assert after.names == ("no", "yes")
    q = after.mean[:, 0]
    assert_allclose(np.asarray(after.total)[:, 0], -(q * np.log(q) + (1 - q) * np.log(1 - q)))
    assert after.epistemic is None
    assert list(after.to_pandas()) == [
        "prediction", "probability_no", "probability_yes", "total_uncertainty",
    ]  # fmt: skip


def test_variances_become_as_large_as_the_errors() -> None:
    random = np.random.default_rng(0)
    variance = random.uniform(1, 2, (3000, 1))
    mean = random.normal(size=(3000, 1))
    y = mean + 3 * np.sqrt(variance) * random.normal(size=(3000, 1))
    deviation = np.sqrt(variance)
    found = epochal.Prediction(
        mean=mean, task="regression", total=variance, aleatoric=variance / 2,
        epistemic=variance / 2, standard_deviation=deviation,
        quantiles=np.array([mean - 1.2816 * deviation]), levels=(0.1,),
    )  # fmt: skip
    after = epochal.calibrate(found, y[:, 0])(found)
    total = np.asarray(after.total)
    assert_allclose(total, 9 * variance, rtol=0.1)
    assert_allclose(np.asarray(after.aleatoric) + np.asarray(after.epistemic), total)
    assert (y < after.quantile(0.1)).mean() == pytest.approx(0.1, abs=0.02)


NUMBERS = epochal.Prediction(mean=np.zeros((20, 1)), task="regression", total=np.ones((20, 1)))
UNSURE = epochal.Prediction(mean=np.zeros((20, 1)), task="regression", epistemic=np.ones((20, 1)))
P, Y = np.full(20, 0.5), np.arange(20) % 2
THREE = np.full((20, 3), 1 / 3)


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        (
            P, {"method": "temperatur"},
            "method must be one of temperature, vector, isotonic, beta for such predictions, got "
            "'temperatur'. Did you mean 'temperature'?",
        ),
        (
            NUMBERS, {"method": "temperature"},
            "method must be one of variance for such predictions, got 'temperature'.",
        ),
        (
            UNSURE, {},
            "source must know its total uncertainty for variance scaling, got a prediction of "
            "epistemic uncertainty alone: end the model in a head for a distribution.",
        ),
        (
            P[:9], {"y": Y[:9]},
            "y must have as many rows as were predicted, 9, and at least 10, got 9: give rows that "
            "were not trained on.",
        ),
        (
            P, {"y": Y[:15]},
            "y must have as many rows as were predicted, 20, and at least 10, got 15: give rows "
            "that were not trained on.",
        ),
        (
            P + 1, {},
            "source must be probabilities from 0 to 1, (rows,) or (rows, classes), got shape (20,) "
            "from 0 to 1.5: give what a softmax or sigmoid gives.",
        ),
        (
            P, {"y": Y + 1},
            "y must be 0 or 1 for such probabilities, got int64 of shape (20,): give the truth of "
            "each row.",
        ),
        (
            THREE, {"y": Y + 2},
            "y must be classes 0 to 2, (rows,) for such probabilities, got int64 of shape (20,): "
            "give the truth of each row.",
        ),
        (
            THREE, {"method": "isotonic"},
            "y must hold rows with and without each class, got only one kind of class 2: give more "
            "rows, or method='temperature'.",
        ),
        (
            P, {"trained_on": (P, Y)},
            "x must be given with trained_on, got None: pass the inputs of y.",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(source: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        epochal.calibrate(source, **({"y": Y} | arguments))
    assert str(raised.value) == message


def test_what_a_calibrator_is_not_for_is_a_sentence() -> None:
    fitted, of_numbers = epochal.calibrate(P, Y), epochal.calibrate(NUMBERS, Y)
    for given, one, message in (
        (THREE, fitted, "predicted must be of the task 'binary', got shape (20, 3): "),
        (NUMBERS, fitted, "predicted must be of the task 'binary', got one of 'regression': "),
        (P, of_numbers, "predicted must be an epochal.Prediction for variance scaling, got "),
    ):
        with pytest.raises(InputError) as raised:
            one(given)
        assert str(raised.value).startswith(message)
    model = epochal.network("binary", 2)
    with pytest.raises(InputError, match="x must be given with a model, got None: pass the inputs"):
        epochal.calibrate(model, Y)
