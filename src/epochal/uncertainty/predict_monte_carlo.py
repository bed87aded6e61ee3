"""`epochal.predict_monte_carlo`: what many stochastic predictions of each row say."""

from collections.abc import Iterable
from typing import Any

import keras

from epochal.training import Ensemble
from epochal.uncertainty.arguments import LEVELS, check_draws, checked_arrays, checked_levels
from epochal.uncertainty.draws import Networks, sampled_draws
from epochal.uncertainty.prediction import Prediction


def predict_monte_carlo(
    model: keras.Model | Ensemble,
    x: Any,
    *,
    samples: int = 100,
    seed: int = 0,
    batch_size: int | None = None,
    quantiles: Iterable[float] = LEVELS,
    task: str | None = None,
    engine: str = "auto",
) -> Prediction:
    """Predict each row many times with dropout on, and say what the predictions have in common.

    With the outputs p_1 ... p_S of S samples, the prediction is their mean, and its uncertainty
    is told in two ways: by their standard deviation and quantiles, and for probabilities by
    information, with H the entropy in nats:

    =====================  ================================================
    total uncertainty      entropy of the mean, H(mean p)
    aleatoric uncertainty  expected entropy, mean H(p)
    epistemic uncertainty  mutual information, H(mean p) - mean H(p)
    =====================  ================================================

    Of numbers the epistemic uncertainty is the variance of the outputs, and the aleatoric one is
    known where the model ends in a head for a distribution (`epochal.layers`).

    Only dropout and noise are stochastic (those inside recurrent and attention layers and inside
    layers of one's own too); batch normalisation stays in inference mode, so that a row's
    prediction does not depend on the other rows. A recurrent layer has one mask for a whole
    sequence, as in training. What lies before the first dropout is computed once a row. Samples are
    drawn and summed up a block of rows at a time: never are they held for all rows.

    Parameters
    ----------
    model : keras.Model or Ensemble
        Of an ensemble each member is drawn `samples` times. A model of any kind, with one output;
        need not be compiled. What it returns is taken for probabilities where it ends in a softmax
        or sigmoid or its loss says so (logits are made probabilities first), else for numbers.
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
    Prediction

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
    >>> prediction.mean.shape, prediction.total.shape, prediction.quantiles.shape
    ((5, 3), (5,), (3, 5, 3))
    """
    check_draws(model, samples, seed, batch_size, engine)
    levels = checked_levels(quantiles)
    networks = Networks.of(model, task)
    data = checked_arrays(networks.model, x, "predict_monte_carlo")
    drawn = sampled_draws(
        networks, data, samples=samples, seed=seed, batch_size=batch_size, engine=engine
    )
    return drawn.prediction(levels)
