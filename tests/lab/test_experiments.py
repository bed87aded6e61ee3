"""Every experiment at small scale: it runs, its arms are those that it quotes, it is drawn."""

import ast
from pathlib import Path

import numpy as np
import pytest

from epochal.lab import ALL_EXPERIMENTS, ALL_SCALES, Experiment
from epochal.lab.experiments.activations import saturated_share
from epochal.lab.experiments.selu_constants import constants, moments
from epochal.lab.experiments.transfer import task_a, task_b
from epochal.lab.images import raw, standardized, unit
from tests.plots.reading import pixels, words

SMALL, FULL = ALL_SCALES["small"], ALL_SCALES["full"]
every_experiment = pytest.mark.parametrize(
    "experiment", ALL_EXPERIMENTS, ids=lambda experiment: experiment.name
)


@pytest.mark.slow
@every_experiment
@pytest.mark.usefixtures("data_folder")
def test_it_runs_at_small_scale_and_is_drawn(experiment: Experiment) -> None:
    arms = dict(experiment.run(SMALL, experiment.seeds[0]))
    assert arms
    assert set(experiment.quoted) <= set(arms)
    for result in arms.values():
        assert np.isfinite(result.value)
        if experiment.percent:
            assert 0 <= result.value <= 1
    figure = experiment.draw([arms, arms])
    assert pixels(figure).std() > 0
    assert any(
        label in words(figure) for label in ("epoch", "variant", "input", "layer", "probability")
    )


@every_experiment
def test_it_says_what_it_is_about(experiment: Experiment) -> None:
    assert all([experiment.title, experiment.claim, experiment.measure, experiment.source])
    random = experiment.name not in {"activations"}
    assert len(set(experiment.seeds)) >= (3 if random else 1)


def test_names_are_those_of_the_files() -> None:
    folder = Path(__file__).parents[2] / "src/epochal/lab/experiments"
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py")}
    assert {experiment.name for experiment in ALL_EXPERIMENTS} == files


def test_what_the_documents_quote() -> None:
    """The figures of the documents, typed in from them a second time."""
    quoted = {
        experiment.name: list(experiment.quoted.values())
        for experiment in ALL_EXPERIMENTS
        if experiment.quoted
    }
    assert quoted == {
        "selu-constants": [-1.758, 0.0, 1.0],
        "transfer": [0.9695, 0.9925],
        "monte-carlo": [0.99, 0.62],
        "cifar10-plain": [0.47],
        "cifar10-selu": [0.514],
        "cifar10-alpha-dropout": [0.508],
        "cifar10-monte-carlo": [0.508, 0.509],
        "cifar10-one-cycle": [0.528],
    }


@pytest.mark.usefixtures("data_folder")
def test_images_are_split_as_the_documents_split_them() -> None:
    images = raw("cifar-10", FULL)
    assert images.x_train.shape == (45000, 32, 32, 3)
    assert images.x_valid.shape == (5000, 32, 32, 3)
    everything = np.concatenate([images.y_valid, images.y_train])
    small = raw("cifar-10", SMALL)
    np.testing.assert_array_equal(small.y_train, everything[5000:7000])
    np.testing.assert_array_equal(small.y_valid, everything[:500])


@pytest.mark.usefixtures("data_folder")
def test_pixels_are_scaled_by_the_training_part() -> None:
    images = standardized("fashion-mnist", SMALL)
    varies = images.x_train.std(axis=0) > 0
    np.testing.assert_allclose(images.x_train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(images.x_train.std(axis=0)[varies], 1, rtol=1e-4)
    pixels = raw("fashion-mnist", SMALL)
    mean, deviation = pixels.x_train.mean(axis=0), pixels.x_train.std(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (pixels.x_test - mean) / deviation
    np.testing.assert_allclose(images.x_test[:, varies], expected[:, varies], rtol=1e-4, atol=1e-4)
    assert unit("fashion-mnist", SMALL).x_train.max() == 1


@pytest.mark.usefixtures("data_folder")
def test_the_tasks_of_the_transfer() -> None:
    images = unit("fashion-mnist", SMALL)
    a, b = task_a(images), task_b(images)
    assert set(a.y_train) == set(range(8))
    assert set(b.y_train) == {0, 1}
    assert len(b.x_train) == 200
    shirts = images.x_train[images.y_train == 6]
    np.testing.assert_array_equal(b.x_train[b.y_train == 1][0], shirts[0])
    ankle_boots = images.x_train[images.y_train == 9]
    np.testing.assert_array_equal(a.x_train[a.y_train == 7][0], ankle_boots[0])


def test_selu_keeps_mean_and_variance_by_quadrature() -> None:
    """The constants against the two moments that they are defined by."""
    alpha, scale = constants()
    points, weights = np.polynomial.hermite_e.hermegauss(200)
    weights = weights / weights.sum()
    values = scale * np.where(points < 0, alpha * np.expm1(np.minimum(points, 0)), points)
    assert abs(weights @ values) < 1e-3
    assert abs(weights @ values**2 - 1) < 1e-3
    means, deviations = moments(20, seed=0)
    assert abs(means[-1]) < 0.1
    assert abs(deviations[-1] - 1) < 0.1


def test_saturation_of_functions_with_known_slopes() -> None:
    # s (1 - s) < 0.05 / 4 beyond 4.3574: 0.6426 of 5 on either side.
    assert abs(saturated_share("sigmoid") - 0.6426 / 5) < 2e-3
    assert abs(saturated_share("relu") - 0.5) < 2e-3
    assert saturated_share("leaky_relu") == 0


def test_experiments_do_not_import_one_another() -> None:
    folder = Path(__file__).parents[2] / "src/epochal/lab/experiments"
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("epochal.lab.experiments"), path
