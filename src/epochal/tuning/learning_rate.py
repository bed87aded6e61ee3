"""The learning-rate range test: raise the rate step by step, and look at the loss."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, isfinite
from numbers import Integral, Real
from typing import Any

import jax
import keras

from epochal.errors import InputError
from epochal.schedules import ExponentialRise
from epochal.training import Run, bridge, fit
from epochal.tuning.curve import FEWEST_STEPS, LearningRateCurve, curve_of

# What a fit leaves on a model besides its variables.
_LEFT_BY_A_FIT = ("history", "stop_training")


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
        Rows a step; use that of the training to come, because the best rate depends on it.
    minimum, maximum : float
        The first and the last rate, above 0.
    steps : int
        Number of training steps, at least 3. The data is gone through again where it has fewer.
    seed : int
        Decides the order of the batches and the dropout masks: equal calls, equal curves.

    Returns
    -------
    LearningRateCurve
        Rates, losses, the smoothed losses, the suggestion with its rule, and what speaks against
        it.

    Raises
    ------
    InputError
        A model that is not compiled or not built, rates or steps out of range, wrong data.

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
    _check(model, minimum, maximum, steps)
    rise = ExponentialRise(minimum, maximum, steps)
    batches = _batches(x, batch_size)
    # Whole epochs where the data is short: they share their program with the training to come.
    short = batches is not None and batches <= steps
    with _as_before(model, x, y, sample_weight, batch_size):
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


@contextmanager
def _as_before(
    model: keras.Model, x: Any, y: Any, sample_weight: Any, batch_size: int
) -> Iterator[None]:
    """Train inside this with a fresh optimiser; afterwards everything is as it was."""
    optimizer, attributes = model.optimizer, vars(model)
    kept = {name: attributes[name] for name in _LEFT_BY_A_FIT if name in attributes}
    model.optimizer = _fresh(optimizer)
    try:
        # No epoch: it only builds what Keras builds on first use, which a snapshot must include.
        fit(model, x, y, sample_weight=sample_weight, batch_size=batch_size, epochs=0, verbose=0)
        before = bridge.snapshot(model)
        try:
            yield
        finally:
            bridge.restore(model, before)
    finally:
        model.optimizer = optimizer
        for name in _LEFT_BY_A_FIT:
            attributes.pop(name, None)
        attributes.update(kept)


def _fresh(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """An optimiser of the same configuration, at its beginning."""
    config = optimizer.get_config()
    if "learning_rate" in config:
        config["learning_rate"] = 1.0  # the fit's schedule decides; one of the user's stays out
    return type(optimizer).from_config(config)


def _batches(x: Any, batch_size: int) -> int | None:
    """Batches in the data, None for what yields batches by itself."""
    leaves = [leaf for leaf in jax.tree.leaves(x) if getattr(leaf, "shape", ())]
    return ceil(leaves[0].shape[0] / batch_size) if leaves else None


def _check(model: keras.Model, minimum: float, maximum: float, steps: int) -> None:
    if not isinstance(model, keras.Model) or not model.compiled or not model.built:
        raise InputError(
            "model must be a compiled keras.Model that is built, got "
            f"{'one that is not' if isinstance(model, keras.Model) else repr(model)}: compile it, "
            "and give it a keras.Input or call it on one batch."
        )
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
    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < FEWEST_STEPS:
        raise InputError(
            f"steps must be a whole number of at least {FEWEST_STEPS}, got {steps!r}: "
            "give for example 100."
        )
