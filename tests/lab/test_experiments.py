"""Every experiment at small scale: it runs, its variants have the stored names, it is drawn."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from epochal.lab import ALL_EXPERIMENTS, ALL_SCALES, Experiment, ResultStore
from epochal.lab.experiments.activations import saturated_fraction
from epochal.lab.experiments.selu_constants import constants, moments
from epochal.lab.experiments.transfer import task_a, task_b
from epochal.lab.images import unit_images
from tests.plots.reading import pixels, words
from tests.tolerances import SATURATED_FRACTION, SELU_MOMENTS, SELU_MOMENTS_OF_DRAWS

SMALL = ALL_SCALES["small"]
TEN_MINUTES = {"fashion-mnist-cnn", "cifar10-cnn"}  # of one run
MANY_FITS = {"uncertainty-fashion-mnist", "uncertainty-cifar10", "uncertainty-out-of-distribution"}
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src/epochal/lab/experiments"
STORED = ResultStore(ROOT / "docs/lab", ALL_SCALES["full"])
every_experiment = pytest.mark.parametrize(
    "experiment", ALL_EXPERIMENTS, ids=lambda experiment: experiment.name
)


@pytest.mark.slow
@every_experiment
@pytest.mark.usefixtures("data_folder")
def test_it_runs_at_small_scale_and_is_drawn(experiment: Experiment) -> None:
    few = experiment.name in TEN_MINUTES | MANY_FITS
    scale = replace(SMALL, rows=200, held_out=50) if few else SMALL
    variants = dict(experiment.run(scale, experiment.seeds[0]))
    assert variants
    assert set(experiment.quoted) <= set(variants)
    for stored in STORED.of(experiment):
        assert list(stored.variants) == list(variants)
    for result in variants.values():
        assert np.isfinite(result.value)
        if experiment.percent:
            assert 0 <= result.value <= 1
    figure = experiment.draw([variants, variants])
    assert pixels(figure).std() > 0
    assert any(
        label in words(figure)
        for label in ("epoch", "variant", "input", "layer", "probability", "strength")
    )


@every_experiment
def test_it_says_what_it_is_about(experiment: Experiment) -> None:
    assert all([experiment.title, experiment.claim, experiment.measure])
    # The first is not random; the second is a sweep, which has seeds of its own.
    once = {"activations", "cifar10-dropout-and-rate", *TEN_MINUTES}
    fewest = 1 if experiment.name in once else 2 if experiment.name in MANY_FITS else 3
    assert len(set(experiment.seeds)) >= fewest


def test_names_are_those_of_the_files() -> None:
    files = {
        "-".join(path.relative_to(FOLDER).with_suffix("").parts).replace("_", "-")
        for path in FOLDER.rglob("*.py")
        if path.stem != "__init__"
    }
    assert {experiment.name for experiment in ALL_EXPERIMENTS} == files


def test_what_the_sources_quote() -> None:
    """The figures of the sources, typed in from them a second time."""
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
def test_the_tasks_of_transfer() -> None:
    images = unit_images("fashion-mnist", SMALL)
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
    assert abs(weights @ values) < SELU_MOMENTS
    assert abs(weights @ values**2 - 1) < SELU_MOMENTS
    means, stds = moments(20, seed=0)
    assert abs(means[-1]) < SELU_MOMENTS_OF_DRAWS
    assert abs(stds[-1] - 1) < SELU_MOMENTS_OF_DRAWS


def test_saturation_of_functions_with_known_derivatives() -> None:
    # s (1 - s) < 0.05 / 4 beyond 4.3574: 0.6426 of 5 on either side.
    assert abs(saturated_fraction("sigmoid") - 0.6426 / 5) < SATURATED_FRACTION
    assert abs(saturated_fraction("relu") - 0.5) < SATURATED_FRACTION
    assert saturated_fraction("leaky_relu") == 0


def test_experiments_do_not_import_one_another() -> None:
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("epochal.lab.experiments"), path
