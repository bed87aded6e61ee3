"""The learning-rate range test: raise the rate step by step, and look at the loss."""

from math import ceil, isfinite
from numbers import Integral, Real
from typing import Any

import jax
import keras

from epochal.bridge.checks import check_built, check_compiled_model
from epochal.errors import InputError
from epochal.schedules import ExponentialRise
from epochal.training import Run, fit
from epochal.tuning.range_test import LearningRateCurve, curve_of
from epochal.tuning.restoring import restored_afterwards
from epochal.tuning.suggestion_rules import FEWEST_STEPS


def find_learning_rate(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    batch_size: int = 32,
    minimum: float = 1e-6,
    maximum: float = 10.0,
    steps: int = 100,
    seed: int = 0,
    sample_weight: Any = None,
) -> LearningRateCurve:
    """Find a learning rate for a compiled model by training it briefly at ever higher rates.

    The rate rises exponentially from step to step, on shuffled batches. What lies beyond four times
    the best smoothed loss, or beyond a loss that is not finite, is cut off. The test is pure: the
    model, its optimiser, its seeds and the data are afterwards byte for byte what they were, also
    when it is interrupted. The model trains with a fresh optimiser of the same configuration. Only
    metrics that Keras has not built yet are built, as on any first use, and stand at zero.

    Parameters
    ----------
    model : keras.Model
        Compiled and built.
    x, y, sample_weight
        Inputs, targets and weights as `epochal.fit` takes them, (rows, ...).
    batch_size : int
        Batch size; use that of the training to come, because the best rate depends on it.
    minimum, maximum : float
        The first and the last rate, above 0.
    steps : int
        Number of training steps, at least 3. The data is gone through again where it has fewer.
    seed : int
        Decides the order of the batches and the dropout masks: equal calls, equal curves.

    Returns
    -------
    LearningRateCurve
        Rates, losses, the smoothed losses, what each rule suggests, the suggestion of the default
        rule, and what speaks against it; `.plot()` draws it.

    Raises
    ------
    InputError
        A model that is not compiled or not built, rates, steps or batch size out of range, wrong
        data.

    References
    ----------
    L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3.3.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((256, 4))
    >>> model = epochal.network("regression", 4, hidden=(16,), seed=0)
    >>> curve = epochal.find_learning_rate(model, x, x.sum(axis=1))
    >>> curve.rule, 1e-4 < curve.suggestion < 1
    ('steepest', True)
    """
    _check(model, minimum, maximum, steps, batch_size)
    rise = ExponentialRise(minimum, maximum, steps)
    batches = _batches(x, batch_size)
    # Whole epochs where the data is short: they share their program with the training to come.
    short = batches is not None and batches <= steps
    with restored_afterwards(model, x, y, sample_weight, batch_size):
        run: Run = fit(
            model,
            x,
            y,
            sample_weight=sample_weight,
            batch_size=batch_size,
            epochs=ceil(steps / batches) if short and batches else 1,
            steps_per_epoch=None if short else steps,
            schedule=rise,
            seed=seed,
            verbose=0,
        )
    return curve_of(run.learning_rates[:steps], run.losses[:steps])


def _batches(x: Any, batch_size: int) -> int | None:
    """Batches in the data, None for what yields batches by itself."""
    leaves = [leaf for leaf in jax.tree.leaves(x) if getattr(leaf, "shape", ())]
    return ceil(leaves[0].shape[0] / batch_size) if leaves else None


def _check(model: keras.Model, minimum: float, maximum: float, steps: int, batch_size: int) -> None:
    check_built(model, "find_learning_rate")
    check_compiled_model(model, "find_learning_rate")
    for name, rate in (("minimum", minimum), ("maximum", maximum)):
        if not isinstance(rate, Real) or not (isfinite(rate) and rate > 0):
            raise InputError(
                f"{name} must be finite and above 0, got {rate!r}: give for example "
                f"{1e-6 if name == 'minimum' else 10.0}."
            )
    if maximum <= minimum:
        raise InputError(
            f"maximum must lie above minimum, got {maximum!r} and {minimum!r}: swap the two."
        )
    for name, number, least, usual in (
        ("steps", steps, FEWEST_STEPS, 100),
        ("batch_size", batch_size, 1, 32),
    ):
        if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
            raise InputError(
                f"{name} must be a whole number of at least {least}, got {number!r}: "
                f"give for example {usual}."
            )
