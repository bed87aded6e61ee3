"""Which rows are scored, the scores against scikit-learn's and by hand, and the networks."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import log_loss as sklearn_log_loss

from epochal.lab import ALL_SCALES, uncertain_networks
from epochal.lab.corruptions import ALL_CORRUPTIONS, STRENGTHS, corrupt
from epochal.lab.experiment import Scale
from epochal.lab.experiments.uncertainty import out_of_distribution
from epochal.lab.experiments.uncertainty.out_of_distribution import mahalanobis
from epochal.lab.images import Images
from epochal.lab.uncertain_networks import DENSE, ensemble, hyper_deep_ensemble
from epochal.lab.uncertainty_comparison import Rows, log_loss, scores

TINY = Scale(name="tiny", rows=300, held_out=40, max_epochs=1)


def given_images(rows=40) -> Images:
    random = np.random.default_rng(0)
    x = random.random((rows, 12, 12, 1)).astype(np.float32)
    y = random.integers(0, 3, rows)
    return Images(x[:5], y[:5], x, y, x[::-1], y[::-1])


def given_rows() -> Rows:
    return Rows.of(given_images(400))


def test_every_corruption_has_every_twentieth_test_image():
    images, rows = given_images(), Rows.of(given_images())
    assert len(rows.x) == 40 + 40 + 2 * len(ALL_CORRUPTIONS) * len(STRENGTHS)
    np.testing.assert_array_equal(rows.x[rows.parts["clean", 0]], images.x_test)
    np.testing.assert_array_equal(
        rows.x[rows.parts["blur", 4]], corrupt(images.x_test[::20], "blur", 4)
    )
    np.testing.assert_array_equal(rows.y[rows.parts["blur", 4]], images.y_test[::20])
    assert len(rows.numbers("blur")) == 2 * len(STRENGTHS)
    assert len(rows.numbers(strength=2)) == 2 * len(ALL_CORRUPTIONS)
    assert set(rows.numbers("blur", 2)) == set(rows.numbers("blur")) & set(rows.numbers("", 2))


def test_log_loss_is_scikit_learns():
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(4), 200)
    truth = random.integers(0, 4, 200)
    assert log_loss(truth, probabilities) == pytest.approx(sklearn_log_loss(truth, probabilities))


def test_temperature_comes_from_the_validation_images_alone():
    """Too sure by a factor of two on those: half as sure everywhere, right where that holds."""
    rows = given_rows()
    random = np.random.default_rng(1)
    logits = random.normal(size=(len(rows.x), 3))
    truth = np.array([random.choice(3, p=p) for p in _softmax(logits)])
    found = scores(_softmax(2 * logits), rows._replace(y=truth))
    assert found["temperature"][0] == pytest.approx(2, abs=0.3)
    assert found["calibrated_error"][0] < 0.5 * found["error"][0]
    assert found["calibrated_log_loss"][0] < found["log_loss"][0]
    part = rows.parts["clean", 0]
    right = (_softmax(2 * logits)[part].argmax(axis=1) == truth[part]).mean()
    assert found["accuracy"][0] == pytest.approx(right)
    assert len(found["accuracy"]) == 1 + len(STRENGTHS)
    assert len(found["calibrated_log_loss_by_corruption"]) == len(ALL_CORRUPTIONS)


@pytest.mark.usefixtures("data_folder")
def test_members_differ_in_their_seeds_or_settings(monkeypatch):
    monkeypatch.setattr(uncertain_networks, "MEMBERS", 2)
    monkeypatch.setattr(uncertain_networks, "CANDIDATES", 3)
    members = ensemble("fashion-mnist", DENSE, TINY, 0)
    first, second = (model.get_weights()[0] for model in members.models)
    assert not np.allclose(first, second)
    assert {_rates(model) for model in members.models} == {(0.1, 0.1)}
    chosen = hyper_deep_ensemble("fashion-mnist", DENSE, TINY, 0)
    assert sum(weight > 0 for weight in chosen.weights or ()) <= 2
    assert len({_rates(model) for model in chosen.models}) == len(chosen.models)


def test_photographs_become_grey_and_lose_their_border(monkeypatch):
    digits = np.zeros((3, 28, 28), np.float32)
    photographs = np.ones((2, 32, 32, 3), np.float32)
    photographs[:, :2] = photographs[:, :, -2:] = 0  # of the border
    photographs *= np.array([1, 0, 0.5], np.float32)
    parts = {"mnist": digits, "cifar-10": photographs}
    monkeypatch.setattr(
        out_of_distribution,
        "unit_images",
        lambda name, scale: given_images()._replace(x_test=parts[name]),
    )
    found = out_of_distribution.strange_images(ALL_SCALES["small"])
    assert found["MNIST"].shape == (3, 28, 28, 1)
    grey = np.full((2, 28, 28, 1), 0.299 + 0.5 * 0.114)
    np.testing.assert_allclose(found["CIFAR-10 in grey"], grey, atol=1e-6)


def test_mahalanobis_is_the_distance_to_the_nearest_mean():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 5000)
    shape = np.diag([1.0, 4.0])
    known = random.multivariate_normal([0, 0], shape, 10_000) + 20 * labels[:, None]
    new = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [20.0, 26.0]])
    means = np.array([[0.0, 0.0], [20.0, 20.0]])
    expected = cdist(new, means, "mahalanobis", VI=np.linalg.inv(shape)).min(axis=1) ** 2
    np.testing.assert_allclose(mahalanobis(known, labels, new), expected, atol=0.4)


def _softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def _rates(model):
    return tuple(layer.rate for layer in model.layers if hasattr(layer, "rate"))
