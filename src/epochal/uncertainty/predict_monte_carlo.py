"""`epochal.predict_monte_carlo`: what many stochastic predictions of each row say."""

from collections.abc import Iterable
from numbers import Real
from typing import Any, cast

import keras

from epochal.batches.dataset import Dataset, checked_dataset
from epochal.batches.feed import ArrayFeed, make_feed
from epochal.bridge.build import build_for_prediction
from epochal.bridge.checks import check_model
from epochal.checks import check_whole
from epochal.errors import InputError
from epochal.training.arguments import check_engine, check_sizes
from epochal.uncertainty.output_kind import linked, task_of
from epochal.uncertainty.prediction import MonteCarloPrediction
from epochal.uncertainty.samplers import block_sampler
from epochal.uncertainty.summary import concatenate_summaries, summary_of

FEWEST_SAMPLES = 2  # a standard deviation takes two
MOST_SAMPLES = 10_000_000  # the mean is then known to a three-thousandth of a standard deviation
LARGEST_SEED = 2**64 - 1


def predict_monte_carlo(
    model: keras.Model,
    x: Any,
    *,
    samples: int = 100,
    seed: int = 0,
    batch_size: int | None = None,
    quantiles: Iterable[float] = (0.05, 0.5, 0.95),
    task: str | None = None,
    engine: str = "auto",
) -> MonteCarloPrediction:
    """Predict each row many times with dropout on, and say what the predictions have in common.

    With the outputs p_1 ... p_S of S samples, the prediction is their mean, and its uncertainty
    is told in two ways: by their standard deviation and quantiles, and for probabilities by
    information, with H the entropy in nats:

    =====================  =======================================================
    total uncertainty      entropy = H(mean p)
    aleatoric uncertainty  expected_entropy = mean H(p)
    epistemic uncertainty  mutual_information = entropy - expected_entropy
    =====================  =======================================================

    Only dropout and noise are stochastic (those inside recurrent and attention layers and inside
    layers of one's own too); batch normalisation stays in inference mode, so that a row's
    prediction does not depend on the other rows. A recurrent layer has one mask for a whole
    sequence, as in training. What lies before the first dropout is computed once a row. Samples are
    drawn and summed up a block of rows at a time: never are they held for all rows.

    Parameters
    ----------
    model : keras.Model
        Of any kind, with one output; need not be compiled. What it returns is taken for
        probabilities where it ends in a softmax or sigmoid or its loss says so (logits are made
        probabilities first), else for numbers.
    x : array_like
        Inputs, (rows, ...); a list or dict of arrays for several inputs.
    samples : int
        Samples a row, at least 2. The mean's own error is standard_deviation / sqrt(samples).
    seed : int
        From 0 to 2**64 - 1: it alone decides the masks. Element by element they depend on seed,
        layer, row number and sample, not on `batch_size`, and they are the same on both engines.
    batch_size : int, optional
        Batch size. None: a few hundred, fewer where the samples would fill the memory.
    quantiles : iterable of float
        Levels in [0, 1]; none for an empty one.
    task : {"multiclass", "binary", "multilabel", "regression", "unit_interval"}, optional
        What the outputs are, where the model does not show it (a subclass without a loss).
    engine : {"auto", "native", "xla"}
        As in `epochal.fit`: "native" where it runs the model's layers, "xla" for any model.

    Returns
    -------
    MonteCarloPrediction

    Raises
    ------
    InputError
        A model that draws no random number, or has several outputs; fewer than 2 samples; an
        argument out of its range; what `epochal.data.check_arrays` refuses.

    References
    ----------
    Y. Gal and Z. Ghahramani, arXiv:1506.02142 (2016); aleatoric and epistemic: S. Depeweg et al.,
    "Decomposition of Uncertainty in Bayesian Deep Learning", 2018, arXiv:1710.07283.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dropout(0.5),
    ...                           keras.layers.Dense(3, "softmax")])
    >>> prediction = epochal.predict_monte_carlo(model, np.ones((5, 8)), samples=20)
    >>> prediction.mean.shape, prediction.entropy.shape, prediction.quantiles.shape
    ((5, 3), (5,), (3, 5, 3))
    """
    _check_arguments(model, samples, seed, batch_size, engine)
    data = _checked_arrays(model, x)
    levels = _checked_levels(quantiles)
    task, link = task_of(model, task)
    feed = cast(ArrayFeed, make_feed(data, batch_size=batch_size))  # nothing else got here
    build_for_prediction(model, feed.iterator)
    sampler = block_sampler(engine, model, feed, samples, batch_size)
    parts = [summary_of(linked(block, link), levels, task) for block in sampler.blocks(seed)]
    return MonteCarloPrediction(
        **concatenate_summaries(parts)._asdict(),
        levels=levels,
        task=task,
        samples=samples,
        seed=seed,
        engine=sampler.engine,
        engine_reason=sampler.engine_reason,
    )


def _check_arguments(model: Any, samples: Any, seed: Any, batch_size: Any, engine: Any) -> None:
    check_model(model, "predict_monte_carlo")
    if check_whole("samples", samples, FEWEST_SAMPLES, "100 is usual") > MOST_SAMPLES:
        raise InputError(
            f"samples must be at most {MOST_SAMPLES:,}, got {samples:,}: 100 are usual."
        )
    if check_whole("seed", seed, 0, "leave it out for 0") > LARGEST_SEED:
        raise InputError(f"seed must be below 2**64, got {seed!r}: leave it out for 0.")
    check_sizes(batch_size=batch_size)
    check_engine(engine)


def _checked_arrays(model: keras.Model, x: Any) -> Dataset:
    data = checked_dataset(model, x, targets=False)
    if not data.are_arrays:
        raise InputError(
            f"x must be arrays, got a {type(x).__name__}, which yields batches of its own: "
            "call predict_monte_carlo on the arrays of one batch at a time."
        )
    return data


def _checked_levels(quantiles: Any) -> tuple[float, ...]:
    levels = tuple(quantiles) if isinstance(quantiles, Iterable) else (quantiles,)
    for level in levels:
        if not isinstance(level, Real) or isinstance(level, bool) or not 0 <= float(level) <= 1:
            raise InputError(
                f"quantiles must be levels from 0 to 1, got {level!r}: "
                "write for example (0.05, 0.5, 0.95)."
            )
    return tuple(map(float, levels))
