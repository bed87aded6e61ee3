"""Heads for distributions and their likelihoods: SciPy, JAX in float64, finite differences."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.engine.graph import Likelihood, LossSpec
from epochal.engine.native.program import describe
from epochal.layers import ALL_HEADS, GaussianMixtureHead, QuantileHead
from epochal.losses import GaussianLikelihood, PinballLoss
from epochal.lowering.heads import HEADS, LIKELIHOODS
from tests.engine.native.graphs import LIKELIHOODS as SPECS
from tests.engine.native.graphs import Draft
from tests.engine.native.test_gradients import KEPT, assert_gradients_are_slopes
from tests.engines import extension as native
from tests.training.drawn import in_float64

pytestmark = pytest.mark.native

TARGETS = 2
SIZES = (0.01, 1.0, 12.0)  # of what the parameters are made from: these are near 0, usual, large
every_family = pytest.mark.parametrize("family", SPECS)


def head_of(family: str) -> Any:
    kind = next(each for each in ALL_HEADS if HEADS[each] == f"{family}_head")
    spec = SPECS[family]
    if kind is QuantileHead:
        return kind(TARGETS, spec.levels)
    return kind(TARGETS, spec.size // 3) if kind is GaussianMixtureHead else kind(TARGETS)


def loss_of(spec: Likelihood) -> Any:
    kind = next(each for each, family in LIKELIHOODS.items() if family == spec.family)
    if kind is PinballLoss:
        return kind(spec.levels)
    return kind(spec.beta) if kind is GaussianLikelihood else kind()


def cases(spec: Likelihood, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Some rows of what a head is applied to, (rows, outputs, parameters), and their targets."""
    random = np.random.default_rng(0)
    raw = size * random.normal(size=(40, TARGETS, spec.size))
    y = 3 * random.normal(size=(40, TARGETS))
    return raw, np.floor(np.abs(y)) if spec.family in ("poisson", "negative_binomial") else y


def applied(spec: Likelihood, raw: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """The parameters, the loss and its slope by what the head is applied to, of each row."""
    width = raw[0].size
    graph = (
        Draft(width).head(spec, TARGETS).graph(LossSpec(loss="likelihood", likelihood=spec), KEPT)
    )
    network = native.Network64(describe(graph), 1)
    network.load(0, -1, np.eye(width))
    rows = np.arange(len(raw), dtype=np.int32)
    x, slopes, losses = [raw.reshape(len(raw), -1)], np.empty(raw.shape), np.empty(len(raw))
    for row in rows:
        kernel, bias = np.empty((width, width)), np.empty((1, width))
        losses[row] = network.gradients(x, y, None, rows[:, None], row, [kernel, bias])
        slopes[row] = bias.reshape(raw.shape[1:])
    parameters = np.empty_like(raw)
    network.predict(x, rows[None], 0, 1, parameters)
    return parameters, losses, slopes


@every_family
@pytest.mark.parametrize("size", SIZES)
def test_the_loss_is_minus_scipys_log_likelihood(family, size):
    if family == "quantiles":
        pytest.skip("pinball losses are no likelihood")
    raw, y = cases(SPECS[family], size)
    parameters, losses, _ = applied(SPECS[family], raw, y)
    wanted = -head_of(family).distribution.log_likelihood(y, parameters).mean(axis=1)
    assert_allclose(losses, wanted, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "spec", [*SPECS.values(), replace(SPECS["gaussian"], beta=0.5)], ids=lambda each: each.family
)
@pytest.mark.parametrize("size", SIZES)
def test_loss_and_gradient_are_those_of_keras_in_float64(spec, size):
    assert_as_keras(spec, *cases(spec, size))


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("reach", [-9.0, 1e5])
def test_gamma_functions_of_any_numbers(family, reach):
    """Between the poles of negative numbers, too, though no such count passes an estimator."""
    raw, _ = cases(SPECS[family], 1.0)
    y = reach * np.random.default_rng(1).uniform(size=raw.shape[:2])
    assert_as_keras(SPECS[family], raw, y)


def assert_as_keras(spec: Likelihood, raw: np.ndarray, y: np.ndarray) -> None:
    head, loss = head_of(spec.family), loss_of(spec)

    def total(values: Any) -> tuple[Any, tuple[Any, Any]]:
        parameters = head.parameters_of(values)
        losses = loss.call(y, parameters)
        return losses.sum(), (losses, parameters)

    with in_float64():
        wanted, (losses, parameters) = jax.grad(total, has_aux=True)(jax.numpy.asarray(raw))
    found = applied(spec, raw, y)
    assert_allclose(found[0], parameters, rtol=1e-12, atol=1e-14)
    assert_allclose(found[1], losses, rtol=1e-9, atol=1e-9)
    assert_allclose(found[2], wanted, rtol=1e-7, atol=1e-9)


@every_family
def test_gradients_are_slopes(family):
    spec = SPECS[family]
    draft = Draft(5, penalties=(0.01, 0.02)).dense(20).activation("tanh").head(spec, 3)
    for mean in (True, False):
        loss = LossSpec(loss="likelihood", likelihood=spec, mean=mean)
        assert_gradients_are_slopes(draft.graph(loss, KEPT))


@every_family
def test_heads_amid_a_graph(family):
    draft = Draft(5).head(SPECS[family], 4).activation("tanh").dense(20)
    assert_gradients_are_slopes(draft.head(SPECS[family], 2).dense(3).graph(LossSpec(), KEPT))


GAUSSIAN: dict[str, Any] = vars(SPECS["gaussian"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"likelihood": GAUSSIAN | {"size": 3}}, "a distribution has the wrong number of param"),
        ({"likelihood": GAUSSIAN | {"size": -2}}, "a distribution has the wrong number of param"),
        ({"likelihood": GAUSSIAN | {"family": "cauchy"}}, "unknown family of distributions"),
        ({"likelihood": vars(SPECS["student_t"])}, "of a distribution do not fit the outputs"),
        ({"likelihood": None}, "a likelihood needs a family of distributions"),
        ({"loss": "mse"}, "a likelihood needs a family of distributions"),
        ({"metrics": [{"measure": "mse", "weighted": False, "threshold": 0, "likelihood": None}]},
         "the metrics of a distribution are of those that the loss is of"),
    ],
)  # fmt: skip
def test_descriptions_that_make_no_sense_are_refused(change, message):
    loss = LossSpec(loss="likelihood", likelihood=SPECS["gaussian"])
    description = describe(Draft(5).head(SPECS["gaussian"], 2).graph(loss))
    native.Network(description, 1)  # as it is it makes sense
    with pytest.raises(ValueError, match=message):
        native.Network(description | change, 1)


@every_family
@pytest.mark.parametrize("part", [-3, 0, 5, 2**62])
def test_a_head_of_the_wrong_size_is_refused(family, part):
    description = describe(Draft(5).head(SPECS[family], 3).graph())
    description["operations"][-1]["part"] = part
    with pytest.raises(ValueError, match=r"wrong number of parameters|parts do not fit a row"):
        native.Network(description, 1)


def test_targets_that_are_not_one_for_each_distribution_are_refused():
    loss = LossSpec(loss="likelihood", likelihood=SPECS["gaussian"])
    network = native.Network(describe(Draft(5).head(SPECS["gaussian"], 2).graph(loss)), 1)
    x, order = [np.zeros((4, 5), np.float32)], np.zeros((1, 4), np.int32)
    network.evaluate(x, np.zeros((4, 2), np.float32), None, order, 0, 1)
    with pytest.raises(ValueError, match="the targets do not fit the outputs"):
        network.evaluate(x, np.zeros((4, 2, 2), np.float32), None, order, 0, 1)
